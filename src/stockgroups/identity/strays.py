"""Reports on the wrong side of a symbol change: late, early, or a history in today's tickers."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import Identifiers, Run, read_identifiers
from stockgroups.identity.names import Likeness, compare_all

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.identity.evidence import NumberedRef, Seen
    from stockgroups.identity.histories import Histories
    from stockgroups.identity.lines import Line

LATE = dt.timedelta(days=62)
"""How long after a change sources still report the old ticker: a monthly file, published late."""
EARLY = dt.timedelta(days=31)
"""How long before a change some already report the new ticker."""
LONG = dt.timedelta(days=400)
"""The length of a short break: a yearly reconstitution, reported late. Across a longer one a ticker
is no evidence, whatever the name; and reports under different names may be no farther apart."""
RENAMED = dt.timedelta(days=1096)
"""The longest time between a stock's last report under its old ticker and its rename. A stock that
gave up a ticker had it, and a stock that takes one seldom renames itself within three years."""


class Holdings:
    """All reports by symbol, and which groups held them when."""

    def __init__(self, seen: Mapping[str, Seen]) -> None:
        self._seen = seen
        self._runs: dict[str, dict[int, list[Run]]] = {}

    def extend(self, run: Run, symbol: str) -> Run:
        """Return a part of a run, extended to the end of the whole run."""
        whole = self.runs_of(symbol).get(run.group, ())
        return run._replace(end=max(o.end for o in whole if run.days[-1] in o.days))

    def runs_of(self, symbol: str) -> dict[int, list[Run]]:
        """Return the runs of a symbol by group. Few symbols are asked for."""
        if symbol not in self._runs:
            found: dict[int, list[Run]] = defaultdict(list)
            for runs in self._seen.get(symbol, {}).values():
                for run in runs:
                    found[run.group].append(run)
            self._runs[symbol] = found
        return self._runs[symbol]

    def find(self, symbol: str | None, start: dt.date, end: dt.date) -> Seen:
        """Return what is reported under a symbol from `start` to before `end`."""
        return between(self._seen.get(symbol or "", {}), start, end)


def between(seen: Seen, start: dt.date, end: dt.date) -> Seen:
    """Return what is reported from `start` to before `end`; date.max includes the last day."""
    if (start, end) == (dt.date.min, dt.date.max):  # nearly always: nothing is copied
        return {ref: runs for ref, runs in seen.items() if runs}
    found: Seen = {}
    for ref, runs in seen.items():
        parts = [part for run in runs if (part := _clip(run, start, end))]
        if parts:
            found[ref] = parts
    return found


def _clip(run: Run, start: dt.date, end: dt.date) -> Run | None:
    last = len(run.days) if end == dt.date.max else bisect_left(run.days, end)
    days = run.days[bisect_left(run.days, start) : last]
    return Run(run.group, max(run.start, start), min(run.end, end), days) if days else None


def move_strays(
    before: Line, after: Line, earlier: Seen, later: Seen, histories: Histories
) -> None:
    """Move late reports of the old ticker, and early ones of the new, across a change of symbol.

    `before` and `after` are the segments on both sides of the day, `earlier` and `later` the
    reports in them.

    A stock's other reports, also under its other symbol, decide whose a report is. If a group holds
    the ticker for longer, the report is not late: it belongs to the next holder.
    """
    day, holdings = before.end, histories.holdings
    if before.left:
        elsewhere = holdings.find(before.left.new, day, shift(day, LONG))
        for ref, runs in _find_strays(
            later,
            earlier,
            elsewhere,
            lambda run: run.days[-1] < shift(day, LATE),
            lambda run: run.days[0] < shift(day, LONG),
        ):
            _move(ref, runs, later, earlier)
    if after.arrived:
        arrived, left = after.arrived, before.left
        elsewhere = holdings.find(arrived.old, shift(day, -LONG), day)
        for ref, runs in _find_strays(
            earlier,
            later,
            elsewhere,
            lambda run: run.start >= day - EARLY or histories.is_backdated(run, arrived, left),
            lambda run: (
                run.days[-1] >= shift(day, -LONG) or histories.is_backdated(run, arrived, left)
            ),
        ):
            _move(ref, [holdings.extend(run, ref.symbol) for run in runs], earlier, later)


def _find_strays(
    seen: Seen,
    target: Seen,
    elsewhere: Seen,
    is_near: Callable[[Run], bool],
    is_named: Callable[[Run], bool],
) -> list[tuple[NumberedRef, list[Run]]]:
    """Return the runs that belong to the stock of the target, reported `elsewhere` too.

    `is_near`: whether a run is near enough to belong to it by the ticker alone; `is_named`: whether
    by the same name. (A stock that takes a ticker years later may take the name with it.)
    """
    known = Identifiers()
    names: list[str] = []
    for ref in chain(target, elsewhere):
        known |= read_identifiers(ref)
        names += [ref.name] if ref.name else []
    others = [ref.name for ref in seen if ref.name and read_identifiers(ref).contradict(known)]
    found = (
        (
            ref,
            [
                run
                for run in runs
                if _belongs(ref, known, names, others, is_near=is_near(run), is_named=is_named(run))
            ],
        )
        for ref, runs in seen.items()
    )
    return [(ref, runs) for ref, runs in found if runs]


def shift(day: dt.date, time: dt.timedelta) -> dt.date:
    """Return the day shifted by a time, or the first or last day of the calendar."""
    try:
        return day + time
    except OverflowError:
        return dt.date.max if time > dt.timedelta() else dt.date.min


def _move(ref: NumberedRef, runs: Sequence[Run], source: Seen, target: Seen) -> None:
    """Move parts of a ref's runs from one segment to the other."""
    target[ref] = sorted([*target.get(ref, ()), *runs])
    moved = {(run.group, day) for run in runs for day in run.days}
    kept = []
    for run in source[ref]:
        days = tuple(day for day in run.days if (run.group, day) not in moved)
        if days:
            kept.append(run._replace(start=max(run.start, days[0]), days=days))
    source[ref] = kept
    if not kept:
        del source[ref]


def _belongs(
    ref: NumberedRef,
    known: Identifiers,
    names: Sequence[str],
    others: Sequence[str],
    *,
    is_near: bool,
    is_named: bool,
) -> bool:
    """Whether a ref on the wrong side of a change is the stock of the other side.

    Its identifiers decide if the other side has some too. Otherwise the same name decides, or a
    similar one near the change; without names, nearness to the change. A name that the ticker's
    other holder has too (Fox) decides nothing.
    """
    own = read_identifiers(ref)
    if own.shared(known):
        return True
    if own.contradict(known):
        return False
    if ref.name and names:
        likeness = compare_all([ref.name], names)
        if likeness is Likeness.SAME and compare_all([ref.name], others) is not Likeness.SAME:
            return is_named
        return is_near and likeness is not Likeness.UNLIKE
    return is_near
