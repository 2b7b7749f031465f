"""Two rows of one symbol: one security twice, or two securities of which one is rejected."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import NUMBERS, Field, FileColumns
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.model import Ref


def merge_duplicates(
    refs: dict[int, Ref], rows: FileColumns, verdicts: dict[int, Verdict]
) -> dict[int, list[int]]:
    """Remove rows whose symbol another row has from `refs`; return which rows merge into which.

    Rows of one security are merged into the first one. If the securities differ, the one with the
    greatest size (weight, shares) is kept and the others are rejected. Two rows are the same
    security if they share a valid CUSIP, ISIN, SEDOL or FIGI, or have none and the same name.
    """
    sizes = rows.numbers.get(Field.WEIGHT) or rows.numbers.get(Field.SHARES)
    sizes = sizes or [None] * len(rows.lines)
    first: dict[str, int] = {}
    repeated: dict[int, list[int]] = {}
    for position, ref in refs.items():
        before = first.setdefault(ref.known_as, position)
        if before != position:
            repeated.setdefault(before, [before]).append(position)
    merged: dict[int, list[int]] = {}
    for positions in repeated.values():
        securities = _split_by_security(positions, refs)
        kept = max(securities, key=lambda of: (sum(sizes[row] or 0.0 for row in of), -of[0]))
        symbol, line = refs[kept[0]].known_as, rows.lines[kept[0]]
        again = Verdict(Category.MERGED, f"{symbol} again, summed into line {line}")
        other = f"another security under the symbol {symbol} of line {line}, which is larger"
        verdicts |= dict.fromkeys(positions, Verdict(Category.REJECTED, other))
        verdicts |= dict.fromkeys(kept, again)
        del verdicts[kept[0]]
        for position in set(positions) - {kept[0]}:
            del refs[position]
        if kept[1:]:
            merged[kept[0]] = kept[1:]
    return merged


def find_repetition(
    rows: FileColumns, merged: Mapping[int, Sequence[int]]
) -> tuple[Suspicion, ...]:
    """Return the suspicion about merged rows that are equal in every cell, figures included."""
    figures = list(rows.numbers.values())
    columns = [*(cells for field, cells in rows.columns.items() if field not in NUMBERS), *figures]
    twice: list[tuple[int, int]] = []
    for kept, others in merged.items():
        seen: dict[tuple[object, ...], int] = {}
        for row in (kept, *others):
            first = seen.setdefault(tuple([column[row] for column in columns]), row)
            if first != row and any(column[row] for column in figures):
                twice.append((rows.lines[row], rows.lines[first]))
    if not twice:
        return ()
    line, first = min(twice)
    stand = "1 row appears" if len(twice) == 1 else f"{len(twice)} rows appear"
    message = f"{stand} twice, equal in every cell: line {line} repeats line {first}"
    return (Suspicion(Guard.REPEATED, message),)


def sum_up(
    values: Sequence[float | None] | None,
    members: Sequence[int],
    merged: Mapping[int, Sequence[int]],
) -> tuple[float | None, ...] | None:
    """Return the members' values, each with those of the rows merged into it."""
    if values is None:
        return None
    of_members = [values[row] for row in members]
    if merged:
        for index, row in enumerate(members):
            if row in merged:
                given = [part for at in (row, *merged[row]) if (part := values[at]) is not None]
                of_members[index] = float(f"{fsum(given):.12g}") if given else None
    return tuple(of_members)


def _split_by_security(positions: Sequence[int], refs: Mapping[int, Ref]) -> list[list[int]]:
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
    return securities


def _signs(ref: Ref) -> set[tuple[str, str]]:
    """Return what identifies a security: its identifiers, else its name.

    An identifier without a valid check digit (`000000000`, `#N/A`, `3.07E+108`) identifies nothing
    by itself. Two rows are of one security if they share a sign. (Signs avoid comparing pairs: a
    file that repeats one ticker on every row would take the square of its rows.)
    """
    identifiers = (
        ("cusip", valid_cusip(ref.cusip)),
        ("isin", valid_isin(ref.isin)),
        ("sedol", valid_sedol(ref.sedol)),
        ("figi", valid_figi(ref.figi)),
    )
    signs = {(kind, identifier) for kind, identifier in identifiers if identifier is not None}
    if signs:
        return signs
    name = " ".join((ref.name or "").casefold().split())
    # Different texts still mean different rows: SEEL's twin has the CUSIP `815CVR105`.
    printed = (ref.cusip, ref.isin, ref.sedol, ref.figi)
    return {("name", "\x1f".join((name, *(text or "" for text in printed))))}
