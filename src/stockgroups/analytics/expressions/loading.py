"""The meaning of an expression's terms in the database, and the values for its filters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.analytics.attributes import (
    PLACES,
    Description,
    describe_stocks,
    read_places,
    warn_ahead,
    warn_later,
)
from stockgroups.analytics.expressions.evaluate import Group
from stockgroups.analytics.expressions.names import advise, find_kind
from stockgroups.analytics.expressions.tree import (
    INDUSTRY,
    KNOWN_AT,
    PUBLISHED_BY,
    STOCK,
    Term,
    When,
    list_terms,
    quote,
)
from stockgroups.catalog.countries import COUNTRIES, read_country
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.errors import NotFoundError, StockgroupsError
from stockgroups.model import GroupType
from stockgroups.queries.answers import Holding
from stockgroups.queries.groups import find_group, find_industry
from stockgroups.queries.moments import Moment, warn_left_out
from stockgroups.queries.named import list_groups
from stockgroups.queries.stocks import find_stock
from stockgroups.store import Store, execute
from stockgroups.text import find_nearest, fold_key
from stockgroups.times import read_date, read_time, today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.analytics.expressions.tree import Condition, Node
    from stockgroups.queries.answers import GroupAnswer

_SQL = load_statements("expressions")
_SECTOR, _CUSTOM = GroupType.SECTOR.lower(), GroupType.CUSTOM.lower()


def make_stock(held: Holding) -> Group:
    """Return what a term means that names one stock."""
    symbol = held.symbol
    return Group(
        f"{STOCK}:{quote(symbol)}", STOCK, symbol, frozenset([symbol]), holdings={symbol: held}
    )


def read_when(when: When | None, requested: Moment | None = None) -> Moment | None:
    """Return the moment of a term.

    Without a day of its own it is the one asked for, or the day by which reports must be public if
    that is earlier.

    Args:
        when: The moment in the expression; None: none.
        requested: The moment of terms without their own; None: now. Its limits on the kind
            and age of reports hold for all terms.
    """
    if when is None:
        return requested
    moment = requested or Moment(today_utc())
    if when.known_at is not None:
        moment = replace(moment, known_at=read_time(when.known_at, KNOWN_AT))
    if when.published_by is not None:
        public = read_date(when.published_by, PUBLISHED_BY)
        moment = replace(moment, published_by=public, on=min(moment.on, public))
    return replace(moment, on=read_date(when.date, "@")) if when.date is not None else moment


class DatabaseSource:
    """Loads each group of an expression once for each date, in the open transaction.

    Attributes:
        used: The groups behind the answer, in the order of their use.
        warnings: What is not known for the day asked for.
    """

    def __init__(
        self,
        store: Store,
        tree: Node,
        text: str,
        moment: Moment | None,
        computed: Mapping[str, Group] | None = None,
    ) -> None:
        """Prepare to load the terms of a tree.

        Args:
            text: Its text, for errors that point into it.
            moment: The moment of terms that have none of their own, None: now; see `read_when`.
            computed: CUSTOM groups that take the place of the stored ones today, by folded keys.
        """
        self._store = store
        self._text = text
        self._moment = moment
        self._computed = computed or {}
        self._shows_dates = len({when for _, when in list_terms(tree)}) > 1
        self._kinds: dict[str, str] = {}
        self._groups: dict[tuple[str, str, Moment | None, When | None], Group] = {}
        self._spelt: dict[Term, Term] = {}
        self.used: dict[Group, None] = {}
        self.warnings: dict[str, None] = {}

    def load(self, term: Term, when: When | None) -> Group:
        """Return the group that a term means. Raises the error of its question, with the column."""
        try:
            kind = term.kind or self._find_kind(term.name)
            group = self._load(kind, term.name, self._at(when), when)
        except StockgroupsError as error:
            if term.kind is None:
                advise(error, term.name)
            error.at(self._text, term.column)
            raise
        self.used[group] = None
        self._spelt[term] = Term(group.key, kind, term.column)
        return group

    def spell(self, term: Term) -> Term:
        """Return a term that was loaded with its type and its canonical name."""
        return self._spelt[term]

    def match(
        self, condition: Condition, symbols: AbstractSet[str], groups: list[Group]
    ) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Return the stocks that have a text, and the stocks for which a value is known at all."""
        value = str(condition.value)
        moment = _find_newest(groups)
        if condition.attribute in PLACES:
            return self._match_places(condition.attribute, value, symbols, groups)
        wanted = self._load(condition.attribute, value, moment)
        self.used[wanted] = None
        if condition.attribute == INDUSTRY:
            rows = self._ask("list_with_industry", symbols=list(symbols))
            return wanted.symbols & symbols, {row[0] for row in rows} | wanted.symbols & symbols
        return wanted.symbols & symbols, self._list_classified(moment) & symbols

    def count_etfs(self, symbols: AbstractSet[str], groups: list[Group]) -> Mapping[str, int]:
        """Return how many recorded ETFs hold each of the stocks; all of any age count."""
        moment = _find_newest(groups)
        if moment is None:
            return dict(self._ask("count_etfs", symbols=list(symbols)))
        connection = self._store.connection
        with connection.transaction(), joining_by_hash(connection):
            return dict(self._ask("count_past_etfs", symbols=list(symbols), **moment.parameters))

    def find_securities(self, symbols: Iterable[str]) -> dict[str, int]:
        """Return the numbers of the securities with these symbols."""
        return dict(self._ask("find_securities", symbols=list(symbols)))

    def describe(self, symbols: Iterable[str]) -> Mapping[str, Description]:
        """Return what reports of any group say of some stocks."""
        return describe_stocks(self._store, symbols)

    def _ask(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        return execute(self._store, _SQL[statement], **parameters).fetchall()

    def _at(self, when: When | None) -> Moment | None:
        """Return the moment of a term of which the expression says this."""
        return read_when(when, self._moment)

    def _find_kind(self, name: str) -> str:
        if name not in self._kinds:
            self._kinds[name] = find_kind(self._store, name)
        return self._kinds[name]

    def _load(self, kind: str, name: str, moment: Moment | None, when: When | None = None) -> Group:
        place = (kind, name.casefold(), moment, when)
        if place not in self._groups:
            found = self._read(kind, name, moment, when)
            label = self._add_moment(found.label, when, moment)
            self._groups[place] = replace(found, label=label)
        return self._groups[place]

    def _add_moment(self, label: str, when: When | None, moment: Moment | None) -> str:
        """Return a label with its moment, if the tree has more than one moment."""
        if when is None or moment is None or not self._shows_dates:
            return label
        on, public = str(moment.on), str(moment.published_by)
        own = When(when.date and on, when.known_at, when.published_by and public)
        return f"{label} {own}"

    def _read(
        self,
        kind: str,
        name: str,
        moment: Moment | None,
        when: When | None,  # noqa: ARG002 - a panel asks
    ) -> Group:
        """Read the group of a name at a moment; `when` is the moment's text in the expression."""
        store, label = self._store, f"{kind}:{quote(name)}"
        if kind == STOCK:
            then = replace(moment, max_age=None) if moment else None
            stock = find_stock(store, name, then)
            held = Holding(stock.current_symbol, name=stock.name, sector=stock.sector)
            return replace(make_stock(held), moment=moment)
        if kind == INDUSTRY:
            self._look_ahead("industry", moment, label)
            found = find_industry(store, name)
            label = f"{kind}:{quote(found.industry)}"
            symbols = frozenset(found.symbols)
            return Group(label, kind, found.industry, symbols, title=found.industry, moment=moment)
        if kind == _CUSTOM and (moment is None or moment.is_present):
            computed = self._computed.get(fold_key(name))
            if computed is not None:
                return replace(computed, moment=moment)
        return _make_group(self._find(GroupType(kind.upper()), name, moment), moment)

    def _find(
        self, kind: GroupType, name: str, moment: Moment | None, *, details: bool = True
    ) -> GroupAnswer:
        """Return a group at a moment, a sector without a record of that day as it is today."""
        store = self._store

        def find(moment: Moment | None) -> GroupAnswer:
            return find_group(store, kind, name, moment, details=details)

        try:
            answer = find(moment)
        except NotFoundError:
            if moment is None or kind is not GroupType.SECTOR:
                raise
            answer = find(None)
            self._look_ahead(_SECTOR, moment, f"{_SECTOR}:{answer.key}")
        for warning in warn_left_out(moment, answer.left_out):
            self.warnings[f"{kind.lower()}:{quote(answer.key)}: {warning}"] = None
        return answer

    def _list_classified(self, moment: Moment | None) -> set[str]:
        """Return the stocks that are in any sector at a moment."""
        known: set[str] = set()
        for one in list_groups(self._store, GroupType.SECTOR):
            known.update(self._find(GroupType.SECTOR, one.key, moment, details=False).symbols)
        return known

    def _look_ahead(self, word: str, moment: Moment | None, what: str) -> None:
        """Use today's classification for a day in the past.

        Raises UsageError if only what was known by then may answer.
        """
        self.warnings.update(dict.fromkeys(warn_ahead(word, moment, what)))

    def _match_places(
        self, attribute: str, value: str, symbols: AbstractSet[str], groups: list[Group]
    ) -> tuple[AbstractSet[str], AbstractSet[str]]:
        """Match countries or currencies by the groups' own reports, else by the newest report.

        For a past state of knowledge only the groups' own reports are used.
        """
        moment = _find_newest(groups)
        reports = [group.holdings for group in groups]
        places, later = read_places(self.describe, attribute, symbols, reports, moment)
        self._warn_later(attribute, later, moment)
        read = read_country if attribute == "country" else str.upper
        wanted = read(value)
        matching = {symbol for symbol, text in places.items() if read(text) == wanted}
        if attribute == "country" and not matching and wanted not in COUNTRIES:
            near = find_nearest(value, COUNTRIES, COUNTRIES)
            names = [f"{code} ({COUNTRIES[code][0]})" for code in near]
            remedy = None if near else "write its code, such as US, or its name in quotes"
            raise NotFoundError(f"unknown country {value!r}", remedy=remedy, nearest=names)
        return matching, places.keys()

    def _warn_later(self, attribute: str, count: int, moment: Moment | None) -> None:
        """Warn that newer reports than those of the day were used for some stocks."""
        self.warnings.update(dict.fromkeys(warn_later(attribute, count, moment)))


def _make_group(answer: GroupAnswer, moment: Moment | None) -> Group:
    kind = answer.kind.lower()
    weights = answer.weights
    return Group(
        f"{kind}:{quote(answer.key)}",
        kind,
        answer.key,
        frozenset(weights),
        weights if any(weight is not None for weight in weights.values()) else None,
        {holding.symbol: holding for holding in answer.holdings},
        answer.name,
        answer.origin,
        moment,
    )


def _find_newest(groups: list[Group]) -> Moment | None:
    """Return the newest moment of some groups; None, now, is newer than all."""
    moments = [group.moment for group in groups]
    return max((m for m in moments if m), key=lambda m: m.on) if all(moments) else None
