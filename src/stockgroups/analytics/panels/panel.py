"""The answer: the stocks of an expression on each of many dates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.json_values import Fields, write_tuple
from stockgroups.queries.frames import Column, Kind, Tabular
from stockgroups.queries.origins import describe_bounds
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.queries.moments import Moment
    from stockgroups.queries.origins import Origin


class PanelStock(NamedTuple):
    """A stock on some dates.

    Attributes:
        symbol: The symbol that it has today.
        symbol_then: The one that it had on these dates; today's where it is not known.
        security_id: The number of the security, None where only another program knows the stock.
        weight: Its weight where the expression has one, a fraction.
    """

    symbol: str
    symbol_then: str
    security_id: int | None
    weight: float | None


class Run(NamedTuple):
    """Consecutive dates on which the answer is the same.

    Attributes:
        start: The place of the first of them among the dates of the panel.
        stop: The place after the last.
        stocks: The stocks: the heaviest first, those without a weight by symbol.
        why: Why there is no answer on these dates; None: there is one.
    """

    start: int
    stop: int
    stocks: Sequence[PanelStock] = ()
    why: str | None = None


@dataclass(frozen=True, slots=True)
class UsedSnapshot(Fields):
    """A snapshot that answered, and the first and last date of the panel on which it did."""

    KEYS = "since until *source"

    since: dt.date
    until: dt.date
    origin: Origin

    @property
    def source(self) -> dict[str, Any]:
        """Its origin, with its age on the last date, as JSON values."""
        return self.origin.to_dict(self.until)


@dataclass(frozen=True, slots=True)
class PanelGroup(Fields):
    """A group that the expression names, with the snapshots that answered for it.

    Attributes:
        term: The group in canonical spelling: `etf:SPY`.
        snapshots: The snapshots, the oldest first.
    """

    KEYS = "term name=title max_age_days snapshots"

    term: str
    title: str
    snapshots: tuple[UsedSnapshot, ...]

    @property
    def max_age_days(self) -> int | None:
        """By how many days a source was older than the date that it answered for, at most."""
        return max((one.origin.age_on(one.until) or 0 for one in self.snapshots), default=None)

    def describe(self) -> str:
        """Return the group with its sources in words."""
        if not self.snapshots:
            return f"{self.term}: no source by then"
        first, last = self.snapshots[0].origin.as_of, self.snapshots[-1].origin.as_of
        days = f"{first} to {last}" if first != last else f"{first}"
        proxies = sum(bool(one.origin.is_proxy) for one in self.snapshots)
        suffix = f" ({proxies} of them proxies)" if proxies else ""
        names = ", ".join(
            sorted({one.origin.source for one in self.snapshots if one.origin.source})
        )
        return (
            f"{self.term}: {count_of(len(self.snapshots), 'source')} of {days}{suffix}, "
            f"from {names}, at most {count_of(self.max_age_days or 0, 'day')} old"
        )


class OverDates(Tabular):
    """An answer about many dates: what a panel and the members of a range have in common."""

    __slots__ = ()
    KEYS = "expression since until *limits total_symbols=len(symbols) symbols groups gaps warnings"

    groups: tuple[PanelGroup, ...]
    moment: Moment
    as_published: bool

    @property
    def limits(self) -> dict[str, Any]:
        """What may answer: known and public by when, and of which source, as JSON values."""
        return describe_bounds(self.moment, as_published=self.as_published)

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with each snapshot that answered."""
        return [
            {"group": group.term, **snapshot.to_dict()}
            for group in self.groups
            for snapshot in group.snapshots
        ]


class Gap(NamedTuple):
    """Dates of the panel, from `since` to `until`, on which there is no answer, and why."""

    since: dt.date
    until: dt.date
    dates: int
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Return the gap as JSON values."""
        return write_tuple(self)


@dataclass(frozen=True, repr=False)
class Panel(OverDates):
    """Which stocks an expression meant on each of many dates: a row for each date and stock.

    Attributes:
        expression: The expression as it was understood, in canonical spelling.
        dates: The dates, in order.
        runs: The stocks on them.
        groups: The groups that it names, with the snapshots that answered.
        warnings: What is missing from the answer, or missing for the dates that were asked.
        moment: What was known and how old a source may be; its day is the last date.
    """

    KEYS = f"{OverDates.KEYS} dates members=rows()"
    KINDS: ClassVar[Mapping[str, Kind]] = {
        "date": Kind.DATE,
        "symbol": Kind.TEXT,
        "symbol_then": Kind.TEXT,
        "security_id": Kind.INTEGER,
        "weight": Kind.NUMBER,
    }
    expression: str
    dates: tuple[dt.date, ...]
    runs: tuple[Run, ...]
    groups: tuple[PanelGroup, ...]
    warnings: tuple[str, ...]
    moment: Moment
    as_published: bool = False

    def __repr__(self) -> str:
        return (
            f"<Panel {self.expression}: {count_of(len(self.dates), 'date')}, "
            f"{count_of(len(self.symbols), 'stock')}>"
        )

    def __len__(self) -> int:
        return sum((run.stop - run.start) * len(run.stocks) for run in self.runs)

    @property
    def since(self) -> dt.date:
        """The first date."""
        return self.dates[0]

    @property
    def until(self) -> dt.date:
        """The last date."""
        return self.dates[-1]

    @cached_property
    def symbols(self) -> list[str]:
        """The symbols of today of all stocks of any date, sorted."""
        return sorted({stock.symbol for run in self.runs for stock in run.stocks})

    @property
    def has_weights(self) -> bool:
        """Whether any stock has a weight."""
        return any(stock.weight is not None for run in self.runs for stock in run.stocks)

    @property
    def gaps(self) -> list[Gap]:
        """The dates without an answer, and why; consecutive ones with one reason are one gap."""
        return [
            Gap(self.dates[run.start], self.dates[run.stop - 1], run.stop - run.start, run.why)
            for run in self.runs
            if run.why is not None
        ]

    def count_rows(self) -> int:
        """Return the number of rows, which are not made for it."""
        return len(self)

    def count_members(self) -> Iterator[tuple[dt.date, int | None, int, int]]:
        """Yield for each date how many stocks there are, how many came and how many went.

        The number is None on dates without an answer.
        """
        before: set[str] | None = None
        for run in self.runs:
            if run.why is not None:
                yield from ((self.dates[place], None, 0, 0) for place in range(run.start, run.stop))
                continue
            held = {stock.symbol for stock in run.stocks}
            added = len(held - before) if before is not None else 0
            removed = len(before - held) if before is not None else 0
            yield self.dates[run.start], len(held), added, removed
            for place in range(run.start + 1, run.stop):
                yield self.dates[place], len(held), 0, 0
            before = held

    def columns(self) -> list[Column]:
        """Return the columns: arrays where numpy is installed, else lists."""
        try:
            return self._make_arrays()
        except ImportError:
            cells = [
                (self.dates[place], *stock)
                for run in self.runs
                for place in range(run.start, run.stop)
                for stock in run.stocks
            ]
            lists = zip(*cells, strict=True) if cells else repeat(())
            return [
                Column(name, kind, list(values))
                for (name, kind), values in zip(self.KINDS.items(), lists, strict=False)
            ]

    def _make_arrays(self) -> list[Column]:
        """Return the columns as arrays: what a run holds is written once for all its dates."""
        import numpy as np  # noqa: PLC0415 - optional

        runs = [run for run in self.runs if run.stocks]
        days = np.array(self.dates, dtype="datetime64[D]")
        dates = [np.repeat(days[run.start : run.stop], len(run.stocks)) for run in runs]
        columns: list[Any] = [np.concatenate([days[:0], *dates])]
        for place, kind in enumerate(list(self.KINDS.values())[1:]):
            lists = [[stock[place] for stock in run.stocks] for run in runs]
            # An array of integers cannot hold missing values, and an array of texts is slower.
            is_whole = kind is not Kind.TEXT and not any(None in values for values in lists)
            parts = [
                np.tile(np.array(values, None if is_whole else object), run.stop - run.start)
                for run, values in zip(runs, lists, strict=True)
            ]
            column = np.concatenate(parts) if parts else np.empty(0, object)
            columns.append(column if is_whole and parts else column.tolist())
        return [
            Column(name, kind, values)
            for (name, kind), values in zip(self.KINDS.items(), columns, strict=True)
        ]

    def to_wide(self, *, weights: bool = False) -> WidePanel:
        """Return the panel with a row for each date and a column for each stock's symbol of today.

        Args:
            weights: Whether the cells are weights, where they are not True and False.
        """
        return WidePanel(self, weights)


@dataclass(frozen=True, slots=True)
class WidePanel(Tabular):
    """A panel with a row for each date and a column for each stock.

    A cell is whether the stock was a member, or its weight, which is 0 if it was not. It is missing
    if the date has no answer, or if the member's weight is unknown.
    """

    panel: Panel
    weights: bool

    def kinds(self) -> Mapping[str, Kind]:
        """Return the date, then the stocks by their symbols of today."""
        kind = Kind.NUMBER if self.weights else Kind.FLAG
        return {"date": Kind.DATE} | dict.fromkeys(self.panel.symbols, kind)

    def columns(self) -> list[Column]:
        """Return the dates, and a column for each stock."""
        panel = self.panel
        nothing: Any = 0.0 if self.weights else False
        cells: dict[str, list[Any]] = {
            symbol: list(
                chain.from_iterable(
                    repeat(nothing if run.why is None else None, run.stop - run.start)
                    for run in panel.runs
                )
            )
            for symbol in panel.symbols
        }
        for run in panel.runs:
            length = run.stop - run.start
            for stock in run.stocks:
                value = stock.weight if self.weights else True
                cells[stock.symbol][run.start : run.stop] = [value] * length
        kinds = self.kinds()
        return [
            Column("date", Kind.DATE, list(panel.dates)),
            *(Column(symbol, kinds[symbol], values) for symbol, values in cells.items()),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, with the rows of this form."""
        return self.panel.to_dict() | {"members": self.rows()}
