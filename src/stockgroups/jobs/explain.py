"""Explain why texts mean one stock or two: the evidence, with its rank and its days.

This module decides nothing. It gathers and weighs the evidence as every load does.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.identity.aliases import describe_alias
from stockgroups.identity.evidence import read_identifiers
from stockgroups.identity.identify import identify
from stockgroups.identity.securities import Security
from stockgroups.identity.unions import Rule
from stockgroups.json_values import Fields, pick
from stockgroups.queries.readings import IDENTIFIERS, read_text
from stockgroups.queries.resolve import resolve
from stockgroups.ranges import SymbolInterval
from stockgroups.record.evidence import Inputs, gather, make_evidence
from stockgroups.record.refs import RefNumbers
from stockgroups.record.sightings import read_sightings
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.identity.evidence import NumberedRef, Run
    from stockgroups.identity.lines import Line
    from stockgroups.identity.securities import Identity
    from stockgroups.identity.unions import Link
    from stockgroups.queries.resolutions import Resolution, Resolutions
    from stockgroups.record.sightings import Sightings

_SQL = load_statements("explain")
_IDENTITY = load_statements("identity")
ONE_DAY = dt.timedelta(days=1)


class Reporter(NamedTuple):
    """A group whose snapshots report a ref, with the first and last as-of date."""

    group: str
    first: dt.date
    last: dt.date


class Piece(NamedTuple):
    """One piece of evidence about a stock.

    Attributes:
        symbol: The symbol that the evidence is about; empty for a report without a symbol.
        reporters: The groups that report it, if it is a report.
    """

    rule: Rule
    first: dt.date
    last: dt.date
    symbol: str
    says: str
    source: str
    reporters: tuple[Reporter, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the piece as JSON values."""
        return {
            **pick(self, "rank=rule.rank rule from=first to=last"),
            "symbol": self.symbol or None,
            **pick(self, "says source"),
            "groups": [pick(one, "group from=first to=last") for one in self.reporters],
        }


class Reason(NamedTuple):
    """Why two lines of reports are one stock, or two."""

    rule: Rule
    is_join: bool
    one: str
    other: str
    why: str

    def to_dict(self) -> dict[str, Any]:
        """Return the reason as JSON values."""
        return {
            **pick(self, "rank=rule.rank rule one_stock=is_join"),
            "lines": [self.one, self.other],
            "why": self.why,
        }


@dataclass(frozen=True, slots=True)
class ExplainedStock(Fields):
    """A stock with its evidence. `security_id` is None for a stock that only registers list."""

    KEYS = "symbol=label security_id symbols evidence"

    label: str
    security_id: int | None
    symbols: tuple[SymbolInterval, ...]
    evidence: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class ExplainedAnswer(Fields):
    """The stocks that texts mean, and why they are one stock or several."""

    resolutions: Resolutions
    stocks: tuple[ExplainedStock, ...]
    reasons: tuple[Reason, ...]


def explain(store: Store, texts: Sequence[str], as_of: dt.date | None = None) -> ExplainedAnswer:
    """Return the stocks that texts mean on a day (None: today), with the evidence."""
    with reading(store.connection):
        found = resolve(store, texts, as_of)
        symbols = _list_symbols(store.connection, texts, found, store.catalog)
        if not symbols:
            return ExplainedAnswer(found, (), ())
        search = _Search(store, symbols)
        return ExplainedAnswer(found, search.list_stocks(), search.list_reasons())


def _list_symbols(
    connection: Connection, texts: Sequence[str], found: Sequence[Resolution], catalog: Catalog
) -> set[str]:
    """Return the symbols that the texts may mean, with all symbols of their stocks."""
    ids = {one.security_id for one in found}
    ids |= {candidate.security_id for one in found for candidate in one.candidates}
    rows = connection.execute(_SQL["list_symbols_of"], {"ids": list(filter(None, ids))})
    return {row[0] for row in rows} | {
        reading.value
        for text in texts
        for reading in read_text(text, catalog)
        if reading.method not in IDENTIFIERS
    }


class _Search:
    """All evidence that is connected with some symbols, and the lines and stocks that it gives."""

    def __init__(self, store: Store, symbols: set[str]) -> None:
        self._connection = store.connection
        inputs = Inputs(store, None)
        gathered = gather(store, [], symbols, inputs)
        evidence = make_evidence(gathered, inputs)
        sightings = read_sightings(store, gathered.refs, (), RefNumbers(store, ()))
        self._evidence = replace(evidence, runs={**evidence.runs, **sightings.runs})
        self._identity = identify(self._evidence)
        self._lines = self._identity.lines
        self._numbers = {held: number for number, held in gathered.stored.items()}
        self._groups = self._name_groups(sightings)
        rows = execute(store, _IDENTITY["list_aliases"])
        self._confirmed = {(row[0], row[1]) for row in rows if row[4] == "user"}
        self._sets = self._choose_sets(symbols)
        shown = sorted({self._lines[place].symbol for _, places in self._sets for place in places})
        self._listings: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        for symbol, *listing in store.connection.execute(_SQL["find_listings"], {"symbols": shown}):
            self._listings[symbol].append(tuple(listing))

    def list_stocks(self) -> tuple[ExplainedStock, ...]:
        """Return the stocks, each with its evidence: the strongest first, then the oldest."""
        return tuple(
            ExplainedStock(
                security.label,
                self._numbers.get(security),
                security.intervals,
                tuple(
                    sorted(
                        (p for place in places for p in self._list_pieces(self._lines[place])),
                        key=lambda piece: (piece.rule.rank, *piece[1:]),
                    )
                ),
            )
            for security, places in self._sets
        )

    def list_reasons(self) -> tuple[Reason, ...]:
        """Return why the lines of these stocks are one stock or two, the strongest reason first."""
        shown = {place for _, places in self._sets for place in places}
        return tuple(
            sorted(
                {self._explain(link) for link in self._identity.links if {*link[:2]} <= shown},
                key=lambda reason: (reason.rule.rank, not reason.is_join, *reason[2:]),
            )
        )

    def _choose_sets(self, symbols: set[str]) -> list[tuple[Security, Collection[int]]]:
        """Return the stocks that have a line with one of the symbols, in registers too."""
        identity: Identity = self._identity
        sets: list[tuple[Security, Collection[int]]] = [
            (security, places)
            for security, places in zip(identity.securities, identity.parts, strict=True)
            if any(self._lines[place].symbol in symbols for place in places)
        ]
        for places in identity.others:
            lines = [self._lines[place] for place in places]
            if any(line.seen and line.symbol in symbols for line in lines):
                intervals = tuple(
                    SymbolInterval(line.symbol, line.start, line.end) for line in lines
                )
                sets.append((Security(intervals, lines[-1].symbol), places))
        return sets

    def _name_groups(self, sightings: Sightings) -> list[str]:
        """Return the names of the groups of the runs, in the order of the runs."""
        ids = [group for group in sightings.groups if isinstance(group, int)]
        rows = self._connection.execute(_SQL["name_groups"], {"ids": ids})
        names = {number: f"{kind} {name}" for number, kind, name in rows}
        return [names.get(number, "?") for number in ids]

    def _explain(self, link: Link) -> Reason:
        one, other = self._describe(link.one), self._describe(link.other)
        return Reason(link.rule, link.is_join, one, other, link.why)

    def _describe(self, place: int) -> str:
        line = self._lines[place]
        name = line.symbol or f"a stock without a symbol ({line.identifiers.describe()})"
        if not line.runs:
            return f"{name}, not reported"
        days = f"{line.first} to {line.last}" if line.first < line.last else f"{line.first}"
        return f"{name} of {days}"

    def _list_pieces(self, line: Line) -> Iterator[Piece]:
        """Yield the evidence of a line, then the evidence for its start and its end."""
        for ref, runs in line.seen.items():
            if runs:
                yield self._describe_report(ref, runs)
        yield from self._list_aliases(line)
        for tenure in self._evidence.tenures.get(line.symbol, ()):
            if tenure.since < line.end and line.start < tenure.until:
                days, says = (tenure.since, tenure.until), f"one stock: {tenure.source}"
                yield Piece(Rule.TICKER, *days, line.symbol, says, "the catalogue")
        for change in self._evidence.announced:
            if change.symbol == line.symbol and change.cusip in line.identifiers.cusip:
                says = f"announced as the {'new' if change.is_new else 'old'} CUSIP {change.cusip}"
                source = "SEC fails-to-deliver files"
                yield Piece(Rule.REGISTER, change.day, change.day, line.symbol, says, source)
        for source, name, cik, ipo_year, first, last in self._listings.get(line.symbol, ()):
            if line.start <= first < line.end:
                number = f"CIK {cik}" if cik else None
                since = f"listed since {ipo_year}" if ipo_year else None
                says = ", ".join(filter(None, (name, number, since))) or "listed"
                yield Piece(Rule.REGISTER, first, last, line.symbol, says, f"directory {source}")

    def _describe_report(self, ref: NumberedRef, runs: Sequence[Run]) -> Piece:
        """Return the evidence that sources, or a register, report a ref."""
        identifiers = read_identifiers(ref).describe()
        says = ", ".join(filter(None, (ref.name, identifiers))) or "no name and no identifier"
        first = min(run.days[0] for run in runs)
        last = max(run.days[-1] for run in runs)
        if ref.number in self._evidence.registered:
            source = "SEC fails-to-deliver files"
            return Piece(Rule.REGISTER, first, last, ref.symbol, says, source)
        days: dict[str, set[dt.date]] = defaultdict(set)
        for run in runs:
            days[self._groups[run.group]].update(run.days)
        reporters = tuple(
            Reporter(name, min(held), max(held)) for name, held in sorted(days.items())
        )
        source = reporters[0].group + (
            f" and {len(reporters) - 1} more" if len(reporters) > 1 else ""
        )
        rule = Rule.IDENTIFIER if identifiers else Rule.TICKER
        return Piece(rule, first, last, ref.symbol, says, source, reporters)

    def _list_aliases(self, line: Line) -> Iterator[Piece]:
        for alias in (line.arrived, line.left if line.left and line.left.new is None else None):
            if alias is not None:
                own = (alias.old, alias.effective) in self._confirmed
                source = "a person" if own else "the catalogue"
                rule, day = Rule.ALIAS, alias.effective
                if alias in self._evidence.steps:
                    rule, source = Rule.REGISTER, "a register"
                yield Piece(rule, day, day, line.symbol, describe_alias(alias), source)
