"""What the terms of an expression mean on many days: a source that is moved from day to day."""

from __future__ import annotations

import bisect
import datetime as dt
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.analytics.attributes import PLACES, Description, warn_ahead, warn_later
from stockgroups.analytics.expressions.loading import DatabaseSource, make_stock, read_when
from stockgroups.analytics.expressions.tree import (
    INDUSTRY,
    PUBLISHED_BY,
    STOCK,
    list_conditions,
    list_terms,
)
from stockgroups.analytics.panels.past_groups import find_past_group, read_members
from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StaleError, StockgroupsError, SymbolError, UsageError
from stockgroups.model import GroupType
from stockgroups.queries.answers import Holding
from stockgroups.queries.moments import (
    LeftOut,
    Moment,
    check_age,
    explain_unrecorded,
)
from stockgroups.queries.named import list_groups
from stockgroups.queries.past import find_security, read_security
from stockgroups.store import Store, execute
from stockgroups.symbols import list_readings
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.analytics.expressions.evaluate import Group
    from stockgroups.analytics.expressions.tree import Node, When
    from stockgroups.analytics.panels.past_groups import PastGroup

_PAST = load_statements("past")
_SECTOR = GroupType.SECTOR.lower()
_DAY = dt.timedelta(days=1)


class UncoveredError(Exception):
    """Nothing answers for a term on a day; the cause says why."""

    def __init__(self, cause: StockgroupsError) -> None:
        """Wrap the error that the question about this day would raise."""
        super().__init__(str(cause))
        self.cause = cause


def _moves(when: When | None) -> bool:
    """Return whether a term uses the panel's day: its moment may have limits, but no date."""
    return when is None or when.date is None


class PanelSource(DatabaseSource):
    """Loads the groups of an expression once for all days; `move_to` chooses the day.

    Attributes:
        pasts: The groups that terms without a day of their own name, by their labels.
    """

    def __init__(
        self,
        store: Store,
        tree: Node,
        text: str,
        *,
        moment: Moment,
        as_published: bool = False,
    ) -> None:
        """Find the groups of a tree with their snapshots; `read` reads the members.

        Args:
            text: Its text, for errors that point into it.
            moment: The limits for all days.
            as_published: Whether each day uses only reports that were public by it.
        """
        self._day = moment
        self._as_published = as_published
        super().__init__(store, tree, text, self._day)
        self.pasts: dict[str, PastGroup] = {}
        self._opened: dict[tuple[str, str, When | None], PastGroup | None] = {}
        self._stocks: dict[str, list[dt.date]] = {}
        self._stock_groups: dict[tuple[str, int], Group] = {}
        self._industries: dict[str, Group] = {}
        self._sectors_now: dict[str, Group] = {}
        self._described: dict[str, Description] = {}
        self._ahead: dict[str, None] = {}
        self._later: dict[str, list[int]] = {}
        self._attributes = {one.attribute for one in list_conditions(tree)}
        terms = list(list_terms(tree))
        for term, when in terms:
            if _moves(when):
                # A wrong name is reported with its column when the term is loaded.
                with suppress(StockgroupsError):
                    self._open(term.kind or self._find_kind(term.name), term.name, when)
            elif as_published and when is not None and when.published_by is None:
                error = UsageError(
                    f"{term} has its own date, without a date by which it was public",
                    remedy=f"write {term} {when} {PUBLISHED_BY} DATE",
                )
                raise error.at(text, term.column)
        self._all_sectors: list[str] = []
        if _SECTOR in self._attributes:
            self._all_sectors = [one.key for one in list_groups(store, GroupType.SECTOR)]
            for when in {None, *(when for _, when in terms if _moves(when))}:
                for key in self._all_sectors:
                    self._open(_SECTOR, key, when)

    def find_change_days(self, since: dt.date, until: dt.date) -> list[dt.date] | None:
        """Return the days on which the answer may change; None: on every day."""
        if "etfs" in self._attributes:
            return None
        days = {since}
        for past in filter(None, self._opened.values()):
            days.update(past.dates)
            age = self._day.max_age
            if age is not None:
                # A report near the end of time never gets too old.
                reported = (header.as_of for header in past.headers)
                days.update(day + (age + 1) * _DAY for day in reported if day.year + age < 9000)
        for bounds in self._stocks.values():
            days.update(bounds)
        return sorted(day for day in days if since <= day <= until)

    def read(self, days: Iterable[dt.date]) -> None:
        """Read what the groups hold on some days."""
        requested = list(days)
        wanted: dict[PastGroup, set[int]] = {
            past: {header.id for day in requested if (header := past.find(day))}
            for past in filter(None, self._opened.values())
        }
        read_members(self._store, wanted, places=not self._attributes.isdisjoint(PLACES))

    def move_to(self, day: dt.date) -> None:
        """Answer for this day from now on."""
        self._moment = self._day = replace(
            self._day, on=day, published_by=day if self._as_published else None
        )
        self._groups.clear()
        self.used.clear()

    @property
    def all_warnings(self) -> tuple[str, ...]:
        """The unknown attributes on some days, one warning for all days."""
        changed = [
            f"the {word} of each stock is recorded {self._describe_record(word)}: today's is used "
            "for other dates"
            for word in self._ahead
        ]
        changed += [
            f"the {attribute} of up to {count_of(max(counts), 'stock')} is that of its newest "
            "report, which may be later than the date"
            for attribute, counts in self._later.items()
        ]
        changed += [
            f"{label}: {text}"
            for label, past in self.pasts.items()
            if (text := self._describe_late(past))
        ]
        return (*self.warnings, *changed)

    def _describe_late(self, past: PastGroup) -> str | None:
        """Return what reports a panel as published leaves out to its end, None: none."""
        last = self._day.on
        late = [
            (day, as_of, published) for day, as_of, published in past.public if as_of <= last < day
        ]
        if not late:
            return None
        return LeftOut(
            len(late),
            1,
            sum(not published for *_, published in late),
            max(as_of for _, as_of, _ in late),
            min(day for day, *_ in late),
        ).describe(last)

    def describe(self, symbols: Iterable[str]) -> dict[str, Description]:
        """Return the attributes of some stocks in other reports; each stock is read once."""
        requested = list(symbols)
        fresh = [symbol for symbol in requested if symbol not in self._described]
        self._described |= {**dict.fromkeys(fresh, Description()), **super().describe(fresh)}
        return {symbol: self._described[symbol] for symbol in requested}

    def _at(self, when: When | None) -> Moment | None:
        moment = super()._at(when)
        public = self._day.published_by
        if moment and when and when.published_by and public and _moves(when):
            moment = replace(moment, published_by=min(moment.published_by or public, public))
        return moment

    def _open(self, kind: str, name: str, when: When | None) -> PastGroup | None:
        """Return a group with its snapshots, None for an industry or a stock."""
        if kind == STOCK:
            if name not in self._stocks:
                self._stocks[name] = self._find_bounds(name)
            return None
        place = (kind, name.casefold(), when)
        if place not in self._opened:
            past = None
            if kind != INDUSTRY:
                moment = read_when(when, self._day) or self._day
                past = find_past_group(
                    self._store,
                    GroupType(kind.upper()),
                    name,
                    moment,
                    as_published=self._as_published,
                )
                # Two spellings of one group are one.
                label = self._add_moment(past.label, when, moment)
                past = self.pasts.setdefault(label, past)
            self._opened[place] = past
        return self._opened[place]

    def _find_bounds(self, name: str) -> list[dt.date]:
        """Return the days on which a name may become another stock's."""
        catalog = self._store.catalog
        readings: Sequence[str] = []
        with suppress(SymbolError):
            readings = list_readings(name, catalog.share_classes, catalog.exchanges)
        rows = execute(self._store, _PAST["find_named"], symbols=list(readings))
        return sorted({day for _, start, end, _ in rows for day in (start, end)})

    def _read(self, kind: str, name: str, moment: Moment | None, when: When | None) -> Group:
        if moment is None or not (moment is self._day if when is None else _moves(when)):
            return super()._read(kind, name, moment, when)  # a term with a date of its own
        if kind == STOCK:
            return self._read_stock(name, moment)
        if kind == INDUSTRY:
            if name in self._industries:
                self._look_ahead(INDUSTRY, moment, self._industries[name].label)
            else:
                self._industries[name] = super()._read(kind, name, moment, when)
            return replace(self._industries[name], moment=moment)
        past = self._open(kind, name, when)
        assert past is not None  # noqa: S101 - only industries and stocks are none
        header = past.find(moment.on)
        if header is None:
            return self._read_unrecorded(past, moment)
        try:
            check_age(past.key, header.as_of, moment)
        except StaleError as stale:
            raise UncoveredError(stale) from stale
        return replace(past.read[header.id], moment=moment)

    def _read_stock(self, name: str, moment: Moment) -> Group:
        bounds = self._stocks.setdefault(name, [])
        place = (name, bisect.bisect_right(bounds, moment.on))
        if place not in self._stock_groups:
            number = find_security(self._store, name, moment.on)
            symbol, title, _ = read_security(self._store, number)
            self._stock_groups[place] = make_stock(Holding(symbol, name=title))
        return replace(self._stock_groups[place], moment=moment)

    def _read_unrecorded(self, past: PastGroup, moment: Moment) -> Group:
        """Return a sector as it is today. Raises UncoveredError for any other group."""
        missing = explain_unrecorded(past.key, moment, past.first, past.first_recorded)
        if past.kind is not GroupType.SECTOR:
            raise UncoveredError(missing)
        if past.key not in self._sectors_now:
            try:
                self._sectors_now[past.key] = super()._read(_SECTOR, past.key, None, None)
            except NotFoundError:
                raise UncoveredError(missing) from None
        self._look_ahead(_SECTOR, moment, past.label)
        return replace(self._sectors_now[past.key], moment=moment)

    def _list_classified(self, moment: Moment | None) -> set[str]:
        if moment is not self._day:
            return super()._list_classified(moment)
        known: set[str] = set()
        for key in self._all_sectors:
            with suppress(UncoveredError):
                known |= self._load(_SECTOR, key, moment).symbols
        return known

    def _describe_record(self, word: str) -> str:
        """Return since when classifications are recorded; all sectors are only then."""
        sectors = [past for past in self.pasts.values() if past.kind is GroupType.SECTOR]
        if word != _SECTOR or not all(past.dates for past in sectors):
            return "only for today"
        return f"from {max(past.dates[0] for past in sectors)} on"

    def _look_ahead(self, word: str, moment: Moment | None, what: str) -> None:
        if warn_ahead(word, moment, what):
            self._ahead[word] = None

    def _warn_later(self, attribute: str, count: int, moment: Moment | None) -> None:
        if warn_later(attribute, count, moment):
            self._later.setdefault(attribute, []).append(count)
