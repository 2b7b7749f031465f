"""Two rows of one symbol: one security twice, or two securities of which one must give way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.model import Ref


class Duplicate(NamedTuple):
    """A row whose symbol another row has: of the same security (merged), or not (rejected)."""

    position: int
    kept: int
    same: bool


def find_duplicates(refs: Mapping[int, Ref], sizes: Sequence[float | None]) -> list[Duplicate]:
    """Return the rows that share a symbol with a row that is kept.

    The first row is kept, and merged with the others of the same security; of different
    securities that with the greatest size (weight, value) is. The same are two rows with an equal
    CUSIP, ISIN or SEDOL, or without any identifiers and with the same name.
    """
    if len({ref.symbol for ref in refs.values()}) == len(refs):
        return []
    rows_of: dict[str, list[int]] = {}
    for position, ref in refs.items():
        rows_of.setdefault(ref.symbol, []).append(position)
    duplicates: list[Duplicate] = []
    for positions in rows_of.values():
        if len(positions) > 1:
            duplicates += _of_one_symbol(positions, refs, sizes)
    return duplicates


def _of_one_symbol(
    positions: list[int], refs: Mapping[int, Ref], sizes: Sequence[float | None]
) -> list[Duplicate]:
    securities: list[list[int]] = []
    for position in positions:
        for rows in securities:
            if is_same(refs[rows[0]], refs[position]):
                rows.append(position)
                break
        else:
            securities.append([position])
    kept = max(securities, key=lambda rows: (sum(sizes[row] or 0.0 for row in rows), -rows[0]))
    return [
        Duplicate(row, kept[0], rows is kept)
        for rows in securities
        for row in rows
        if row != kept[0]
    ]


def is_same(one: Ref, other: Ref) -> bool:
    """Tell whether two rows of one symbol are the same security."""
    pairs = [
        (one.cusip, other.cusip),
        (one.isin, other.isin),
        (one.sedol, other.sedol),
        (one.figi, other.figi),
    ]
    compared = [a == b for a, b in pairs if a is not None and b is not None]
    if compared:
        return any(compared)
    if any(a is not None or b is not None for a, b in pairs):
        return False
    return (one.name or "").casefold().split() == (other.name or "").casefold().split()
