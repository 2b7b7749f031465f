"""`find_panel` and `find_ever`: an expression on many dates, without survivors' bias."""

from __future__ import annotations

import bisect
import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.expressions.evaluate import Evaluator
from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.expressions.tree import map_terms
from stockgroups.analytics.panels.ever import EverMember, EverMembers
from stockgroups.analytics.panels.panel import Gap, Panel, PanelGroup, PanelStock, Run, UsedSnapshot
from stockgroups.analytics.panels.source import PanelSource, UncoveredError
from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.errors import UsageError
from stockgroups.queries.moments import Moment
from stockgroups.times import check_range

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.analytics.expressions.evaluate import Selection
    from stockgroups.analytics.expressions.tree import Node
    from stockgroups.errors import StockgroupsError
    from stockgroups.record.effective import Header
    from stockgroups.store import Store

_SQL = load_statements("panels")
_DAY = dt.timedelta(days=1)


class _Stretch(NamedTuple):
    """Dates by their places on which an expression means the same, or nothing answers."""

    start: int
    stop: int
    selection: Selection | None
    cause: StockgroupsError | None = None


@pausing_collector()
def find_panel(
    store: Store,
    text: str,
    dates: Sequence[dt.date],
    *,
    moment: Moment | None = None,
    as_published: bool = False,
) -> Panel:
    """Return the stocks that an expression means on each of some dates, in one transaction.

    On each date the answer is that of `find_members` for this date: each group answers by its
    newest report that is not after it. Dates for which that would refuse are gaps of the panel.

    Args:
        text: The expression; a date in it holds for its part on all dates.
        dates: The dates, in order, at least one.
        moment: The limits for all dates: known by when, how old a group's report may be, and which
            kinds of reports are used. None: no limits.
        as_published: Whether each date uses only reports that were public by it.

    Raises:
        UsageError: The text is not an expression, or has no meaning.
        NotFoundError: Nothing has one of the names, or nothing is recorded by the last date.
        StaleError: On every date a source is too old.
    """
    with reading(store.connection):
        question = _Question(store, text, moment, as_published=as_published)
        stretches = question.evaluate(dates)
        names = _Names(store, question.source, stretches)
        runs = [run for one in stretches for run in _list_runs(one, dates, names)]
        groups = question.list_groups(dates)
    return Panel(
        question.understood,
        tuple(dates),
        tuple(runs),
        groups,
        question.warnings,
        question.moment(dates[-1]),
        as_published,
    )


@pausing_collector()
def find_ever(
    store: Store,
    text: str,
    since: dt.date,
    until: dt.date,
    *,
    moment: Moment | None = None,
    as_published: bool = False,
) -> EverMembers:
    """Return every stock that an expression meant on any day of a range, and on which days.

    It is the universe of a backtest: a stock that was a member for a day and was delisted since is
    in it. See `find_panel` for the arguments and errors.
    """
    check_range(since, until)
    with reading(store.connection):
        question = _Question(store, text, moment, as_published=as_published)
        days = question.source.find_change_days(since, until)
        if days is None:
            raise UsageError(
                "how many ETFs hold a stock may change every day", remedy="ask for a panel"
            )
        stretches = question.evaluate(days)
        names = _Names(store, question.source, stretches)
        groups = question.list_groups([*days, until])
    held: dict[str, list[tuple[dt.date, dt.date]]] = defaultdict(list)
    gaps: list[Gap] = []
    for one in stretches:
        first = days[one.start]
        last = days[one.stop] - _DAY if one.stop < len(days) else until
        if one.selection is None:
            gaps.append(Gap(first, last, (last - first).days + 1, str(one.cause)))
            continue
        for symbol in one.selection.symbols:
            stays = held[symbol]
            if stays and stays[-1][1] + _DAY == first:
                stays[-1] = (stays[-1][0], last)
            else:
                stays.append((first, last))
    members = [
        EverMember(symbol, names.securities.get(symbol), stays[0][0], stays[-1][1], tuple(stays))
        for symbol, stays in sorted(held.items())
    ]
    return EverMembers(
        question.understood,
        since,
        until,
        tuple(members),
        groups,
        tuple(gaps),
        question.warnings,
        question.moment(until),
        as_published,
    )


class _Question:
    """An expression with the groups that it names, to be evaluated on many dates."""

    def __init__(
        self, store: Store, text: str, moment: Moment | None, *, as_published: bool
    ) -> None:
        self._tree: Node = parse(text)
        self._moment = moment or Moment(dt.date.max)
        self.source = PanelSource(
            store, self._tree, text, moment=self._moment, as_published=as_published
        )
        self._evaluator = Evaluator(self.source, text)

    def moment(self, on: dt.date) -> Moment:
        """Return the requested moment on a day."""
        return replace(self._moment, on=on)

    @property
    def understood(self) -> str:
        """The expression in canonical spelling."""
        return str(map_terms(self._tree, self.source.spell))

    @property
    def warnings(self) -> tuple[str, ...]:
        """The gaps in the answer."""
        return (*self.source.all_warnings, *self._evaluator.warnings)

    def evaluate(self, dates: Sequence[dt.date]) -> list[_Stretch]:
        """Return what the expression means on the dates, or raise why that is nothing on all."""
        changes = self.source.find_change_days(dates[0], dates[-1])
        places = list(_list_starts(dates, changes))
        self.source.read(dates[start] for start, _ in places)
        found: list[_Stretch] = []
        cause: StockgroupsError | None = None
        for start, stop in places:
            self.source.move_to(dates[start])
            try:
                found.append(_Stretch(start, stop, self._evaluator.select(self._tree)))
            except UncoveredError as uncovered:
                cause = uncovered.cause
                before = found[-1] if found else None
                if before and before.cause is not None and before.stop == start:
                    found[-1] = before._replace(stop=stop, cause=cause)
                else:
                    found.append(_Stretch(start, stop, None, cause))
        if cause is not None and not any(one.selection for one in found):
            raise cause
        return found

    def list_groups(self, days: Sequence[dt.date]) -> tuple[PanelGroup, ...]:
        """Return the groups that terms without a date name, with what answered on some days."""
        groups = []
        for label, past in self.source.pasts.items():
            used: list[tuple[dt.date, dt.date, Header]] = []
            for day in days:
                header = past.find(day)
                if header is None:
                    continue
                if used and used[-1][2] is header:
                    used[-1] = (used[-1][0], day, header)
                else:
                    used.append((day, day, header))
            snapshots = tuple(
                UsedSnapshot(first, last, past.read[header.id].origin)
                for first, last, header in used
                if header.id in past.read
            )
            groups.append(PanelGroup(label, past.title, snapshots))
        return tuple(groups)


def _list_starts(
    dates: Sequence[dt.date], changes: Sequence[dt.date] | None
) -> Iterator[tuple[int, int]]:
    """Yield the places of dates in stretches within which nothing changes, each with its end."""
    if changes is None:
        yield from ((place, place + 1) for place in range(len(dates)))
        return
    start = 0
    while start < len(dates):
        following = bisect.bisect_right(changes, dates[start])
        stop = (
            bisect.bisect_left(dates, changes[following], lo=start + 1)
            if following < len(changes)
            else len(dates)
        )
        yield start, stop
        start = stop


class _Names:
    """The securities of all stocks of some selections, with the symbols that these have had."""

    def __init__(self, store: Store, source: PanelSource, stretches: Sequence[_Stretch]) -> None:
        symbols = {s for one in stretches if one.selection for s in one.selection.symbols}
        self.securities = source.find_securities(symbols)
        self.intervals: dict[str, list[tuple[str, dt.date, dt.date]]] = defaultdict(list)
        of = {number: symbol for symbol, number in self.securities.items()}
        for number, *interval in store.connection.execute(
            _SQL["read_names"], {"ids": list(of)}, binary=True
        ):
            self.intervals[of[number]].append((interval[0], interval[1], interval[2]))

    def find(self, symbol: str, on: dt.date) -> str:
        """Return the symbol that a stock had on a day, today's where that is not known."""
        return next(
            (s for s, start, end in self.intervals.get(symbol, ()) if start <= on < end), symbol
        )


def _list_runs(stretch: _Stretch, dates: Sequence[dt.date], names: _Names) -> Iterator[Run]:
    """Yield a stretch in runs within which no stock changes its symbol."""
    if stretch.selection is None:
        yield Run(stretch.start, stretch.stop, why=str(stretch.cause))
        return
    weights = stretch.selection.weights or {}
    symbols = stretch.selection.symbols
    held = sorted(
        ((symbol, weights.get(symbol)) for symbol in symbols),
        key=lambda one: (-(one[1] or 0.0), one[0]),
    )
    renamed = names.intervals.keys() & symbols
    bounds = sorted({day for s in renamed for _, *days in names.intervals[s] for day in days})
    within = dates[stretch.start : stretch.stop]
    for start, stop in _list_starts(within, bounds):
        then = {symbol: names.find(symbol, within[start]) for symbol in renamed}
        yield Run(
            stretch.start + start,
            stretch.start + stop,
            [PanelStock(s, then.get(s, s), names.securities.get(s), weight) for s, weight in held],
        )
