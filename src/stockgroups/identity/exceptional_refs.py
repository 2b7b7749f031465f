"""Refs that are another security than the holder of their symbol."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.identity.securities import SecurityInterval
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.identity.evidence import Evidence, NumberedRef
    from stockgroups.identity.lines import Line
    from stockgroups.identity.securities import Security

_ONE_DAY = dt.timedelta(days=1)


def find_exceptions(
    stocks: Sequence[tuple[Security, Sequence[Line]]], evidence: Evidence
) -> dict[int, tuple[SecurityInterval, ...]]:
    """Return the refs whose security on some day is not the holder of their symbol.

    An ISIN is one security for all time, also in refs that are no longer reported.

    Args:
        stocks: The securities in their order, each with its lines that have a symbol.
        evidence: All evidence.

    Returns:
        The securities of each ref for all time, by its number; registered refs are left out.
    """
    owners: dict[str, list[SecurityInterval]] = defaultdict(list)
    for place, (security, _) in enumerate(stocks):
        for symbol, valid_from, valid_to in security.intervals:
            owners[symbol].append(SecurityInterval(place, valid_from, valid_to))
    strange: set[NumberedRef] = set()
    isins: dict[str, int] = {}
    for place, (_, lines) in enumerate(stocks):
        for line in lines:
            if is_isin(line.symbol):
                isins[line.symbol] = place
            elif owners.get(line.symbol) != [SecurityInterval(place)]:
                own = [held for held in owners.get(line.symbol, ()) if held.security == place]
                strange |= _find_strange(line, own)
    meant: dict[NumberedRef, dict[dt.date, int]] = defaultdict(dict)
    for place, (_, lines) in enumerate(stocks) if strange else ():
        for line in lines:
            for ref in strange & line.seen.keys():
                meant[ref] |= {day: place for run in line.seen[ref] for day in run.days}
    found = {ref.number: _list_intervals(meant[ref], owners.get(ref.symbol, ())) for ref in strange}
    found |= {
        ref.number: (SecurityInterval(isins[ref.symbol]),)
        for ref in evidence.refs
        if ref.symbol in isins and ref.symbol not in owners
    }
    return {number: found[number] for number in sorted(found.keys() - evidence.registered)}


def _find_strange(line: Line, own: Sequence[SecurityInterval]) -> set[NumberedRef]:
    """Return the refs of a line that are reported while its security does not have the symbol."""
    return {
        ref
        for ref, runs in line.seen.items()
        for run in runs
        if not all(any(i.valid_from <= day < i.valid_to for i in own) for day in run.days)
    }


def _list_intervals(
    meant: Mapping[dt.date, int], owners: Sequence[SecurityInterval]
) -> tuple[SecurityInterval, ...]:
    """Return the securities of a ref for all time, from its securities on the days of its reports.

    After the last report, it is the security that keeps the symbol: a sector of today is no report
    and holds that security under the bare symbol.
    """
    intervals: list[SecurityInterval] = []

    def go_on(security: int, day: dt.date) -> None:
        if intervals:
            intervals[-1] = intervals[-1]._replace(valid_to=day)
        intervals.append(SecurityInterval(security, day if intervals else dt.date.min))

    for day in sorted(meant):
        if not intervals or intervals[-1].security != meant[day]:
            go_on(meant[day], day)
    for owner in owners:
        if owner.valid_to == dt.date.max and owner.security != intervals[-1].security:
            go_on(owner.security, max(owner.valid_from, max(meant) + _ONE_DAY))
    return tuple(intervals)
