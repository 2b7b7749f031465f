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
    first: dict[tuple[str, str], int] = {}
    for position in positions:
        signs = _signs(refs[position])
        found = min((first[sign] for sign in signs if sign in first), default=None)
        if found is None:
            first.update(dict.fromkeys(signs, len(securities)))
            securities.append([position])
        else:
            securities[found].append(position)
    kept = max(securities, key=lambda rows: (sum(sizes[row] or 0.0 for row in rows), -rows[0]))
    return [
        Duplicate(row, kept[0], rows is kept)
        for rows in securities
        for row in rows
        if row != kept[0]
    ]


def is_same(one: Ref, other: Ref) -> bool:
    """Tell whether two rows of one symbol are the same security."""
    return not _signs(one).isdisjoint(_signs(other))


def _signs(ref: Ref) -> set[tuple[str, str]]:
    """Return that by which a security is known: its identifiers, else its name.

    Two rows are of one security if they share a sign. (Not compared pair by pair: in a file that
    repeats one ticker on every row that would take the square of its rows.)
    """
    identifiers = (
        ("cusip", ref.cusip),
        ("isin", ref.isin),
        ("sedol", ref.sedol),
        ("figi", ref.figi),
    )
    signs = {(kind, identifier) for kind, identifier in identifiers if identifier is not None}
    return signs or {("name", " ".join((ref.name or "").casefold().split()))}
