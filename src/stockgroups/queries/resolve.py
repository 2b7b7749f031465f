"""Which stocks texts mean: symbols in any spelling, former symbols, identifiers.

A handful of statements, whatever the number of texts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.transactions import reading
from stockgroups.identifiers import cusip_of_isin
from stockgroups.queries.readings import IDENTIFIERS, Method, Reading, compact_word, read_text
from stockgroups.queries.resolutions import Candidate, Confidence, Resolution
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("resolve")
_IDENTITY = load_statements("identity")
_CHECKS = load_statements("checks")
_LAST = dt.date.max


class _Held(NamedTuple):
    """A security under a symbol, or by a print, from `start` to before `end`."""

    start: dt.date
    end: dt.date
    security_id: int
    current: str


def resolve(
    connection: Connection,
    environment: str,
    texts: Iterable[str],
    catalog: Catalog,
    as_of: dt.date | None = None,
) -> list[Resolution]:
    """Return what each of the texts means on a day (None: today), in their order.

    A text is a symbol in any spelling, or an ISIN, CUSIP, SEDOL or FIGI. Symbols and identifiers
    are known from the environment's own sources; what these do not hold, the symbol directories
    may list. A guess is never an answer: see `Confidence`.
    """
    asked = list(texts)
    readings = {text: read_text(text, catalog) for text in dict.fromkeys(asked)}
    with reading(connection):
        known = _Knowledge(connection, environment, readings, as_of)
    answers = {
        text: _answer(text, found, known, catalog) if found else _unknown(text)
        for text, found in readings.items()
    }
    return [answers[text] for text in asked]


class _Knowledge:
    """What the tables say of everything that the texts may mean."""

    def __init__(
        self,
        connection: Connection,
        environment: str,
        readings: Mapping[str, list[Reading]],
        as_of: dt.date | None,
    ) -> None:
        self._connection = connection
        self._environment = environment
        self.as_of = as_of
        self.day = _LAST if as_of is None else as_of
        found = [one for several in readings.values() for one in several]
        symbols = {one.value for one in found if one.method not in IDENTIFIERS}
        self.owners = self._find_owners(symbols)
        self.identified = self._find_identified([o for o in found if o.method in IDENTIFIERS])
        strangers = {symbol for symbol in symbols if not self.owner(symbol)}
        words = {compact_word(s) for s in strangers} - {None}
        self.dotted: dict[str, str] = self._find_dotted(words) if words else {}
        fresh = set(self.dotted.values()) - symbols
        self.owners |= self._find_owners(fresh)
        unheld = strangers | {symbol for symbol in fresh if not self.owner(symbol)}
        self.listed = self._find_listed(unheld) if unheld else frozenset()
        self.spans = self._read_spans() if as_of is not None else {}

    def owner(self, symbol: str) -> _Held | None:
        """Return who has the symbol on the day."""
        for held in self.owners.get(symbol, ()):
            if held.start <= self.day and (self.day < held.end or held.end == _LAST):
                return held
        return None

    def candidate(self, held: _Held, method: Method) -> Candidate:
        """Return the security as a candidate, under its symbol of the day."""
        symbol: str | None = held.current
        if self.as_of is not None:
            spans = self.spans.get(held.security_id, ())
            symbol = next((s for s, start, end in spans if start <= self.day < end), None)
        return Candidate(symbol, held.current, held.security_id, method)

    def _find_owners(self, symbols: Iterable[str]) -> dict[str, list[_Held]]:
        wanted = list(symbols)
        owners: dict[str, list[_Held]] = defaultdict(list)
        if wanted:
            rows = self._connection.execute(
                _SQL["find_owners"], {"environment": self._environment, "symbols": wanted}
            )
            for symbol, *held in rows:
                owners[symbol].append(_Held(*held))
        return dict(owners)

    def _find_dotted(self, words: Iterable[str | None]) -> dict[str, str]:
        rows = self._connection.execute(_IDENTITY["find_spellings"], {"symbols": list(words)})
        return dict(rows.fetchall())

    def _find_listed(self, symbols: Iterable[str]) -> frozenset[str]:
        row = self._connection.execute(
            _CHECKS["listed_symbols"], {"symbols": list(symbols), "day": self.day}
        ).fetchone()
        return frozenset(row[2] if row else ())

    def _find_identified(self, readings: Sequence[Reading]) -> dict[Reading, dict[int, _Held]]:
        """Return for each identifier the securities of the prints that have it, by their numbers.

        A print whose symbol changed hands is the stock's that it stands for on the days on which a
        snapshot holds it.
        """
        if not readings:
            return {}
        wanted: dict[tuple[Method, str], list[Reading]] = defaultdict(list)
        for one in readings:
            wanted[one].append(one)
            inside = cusip_of_isin(one.value) if one.method is Method.ISIN else None
            if inside:
                wanted[Method.CUSIP, inside].append(one)
        values = {
            f"{method.lower()}s": [value for kind, value in wanted if kind is method]
            for method in IDENTIFIERS
        }
        prints: dict[int, list[_Held]] = defaultdict(list)
        keys: dict[int, list[Reading]] = {}
        for (
            number,
            cusip,
            isin,
            sedol,
            figi,
            security_id,
            start,
            end,
            current,
        ) in self._connection.execute(
            _SQL["find_identified"], {"environment": self._environment, **values}
        ):
            prints[number].append(_Held(start, end, security_id, current))
            printed: list[tuple[Method, str | None]] = [
                (Method.CUSIP, cusip),
                (Method.ISIN, isin),
                (Method.CUSIP, cusip_of_isin(isin) if isin else None),
                (Method.SEDOL, sedol),
                (Method.FIGI, figi),
            ]
            keys[number] = [
                one for kind, value in printed if value for one in wanted.get((kind, value), ())
            ]
        self._narrow(prints)
        identified: dict[Reading, dict[int, _Held]] = defaultdict(dict)
        for number, several in prints.items():
            for one in keys[number]:
                identified[one] |= {held.security_id: held for held in several}
        return dict(identified)

    def _narrow(self, prints: dict[int, list[_Held]]) -> None:
        """Leave of prints with several meanings those of the days on which they stand."""
        open_ones = [n for n, held in prints.items() if len({h.security_id for h in held}) > 1]
        if not open_ones:
            return
        seen: dict[int, set[dt.date]] = defaultdict(set)
        for _, _, day, numbers in self._connection.execute(
            _IDENTITY["read_sightings"], {"environment": self._environment, "ref_ids": open_ones}
        ):
            for number in numbers:
                seen[number].add(day)
        for number in open_ones:
            prints[number] = [
                held
                for held in prints[number]
                if any(held.start <= day < held.end for day in seen[number])
            ]

    def _read_spans(self) -> dict[int, list[tuple[str, dt.date, dt.date]]]:
        ids = {held.security_id for several in self.owners.values() for held in several}
        ids |= {number for held in self.identified.values() for number in held}
        spans: dict[int, list[tuple[str, dt.date, dt.date]]] = defaultdict(list)
        rows = self._connection.execute(_SQL["read_symbols"], {"ids": list(ids)})
        for number, *span in rows:
            spans[number].append((span[0], span[1], span[2]))
        return spans


def _unknown(text: str) -> Resolution:
    return Resolution(text, None, None, None, Method.NONE, Confidence.NONE)


def _answer(
    text: str, readings: Sequence[Reading], known: _Knowledge, catalog: Catalog
) -> Resolution:
    if readings[0].method in IDENTIFIERS:
        return _answer_identifier(text, readings[0], known, catalog)
    first = readings[0]
    if len(readings) == 1 and len(known.owners.get(first.value, ())) == 1:  # nearly every text
        held = known.owner(first.value)
        if held is not None:
            return Resolution(text, *known.candidate(held, first.method), Confidence.HIGH)
    readings = _with_dotted(text, readings, known)
    own = [
        (one, held) for one in readings for held in (known.owner(one.value),) if held is not None
    ]
    listed = [
        Candidate(one.value, one.value, None, _by_directory(one))
        for one in readings
        if one.value in known.listed
    ]
    other = [
        known.candidate(held, Method.FORMER if held.end <= known.day else Method.LATER)
        for one in readings
        for held in known.owners.get(one.value, ())
        if held is not known.owner(one.value)
    ]
    held_now = _distinct(known.candidate(held, one.method) for one, held in own)
    others = _distinct([*held_now, *other, *listed])
    if held_now:
        sure = held_now[0].method is not Method.CLASS_TABLE and len(held_now) == 1
        return _choose(text, held_now, others, Confidence.HIGH if sure else Confidence.MEDIUM)
    former = _distinct(other)
    if former:
        return _choose(text, former, others, Confidence.LOW if listed else Confidence.MEDIUM)
    if listed:
        return _choose(text, listed, others, Confidence.HIGH)
    unheld = [Candidate(one.value, one.value, None, one.method) for one in readings]
    return _choose(text, unheld, unheld, Confidence.LOW)


def _with_dotted(text: str, readings: Sequence[Reading], known: _Knowledge) -> Sequence[Reading]:
    """Return the readings, with the directories' word on a symbol that is written without its dot.

    Their word stands before the table of classes. What has a stock of its own is none's spelling.
    """
    dotted = known.dotted.get(compact_word(text) or "")
    if dotted is None:
        return readings
    rest = [one for one in readings if one.value not in (dotted, readings[0].value)]
    return [Reading(Method.DIRECTORY, dotted), *rest]


def _by_directory(one: Reading) -> Method:
    return Method.DIRECTORY if one.method is Method.EXACT else one.method


def _answer_identifier(text: str, one: Reading, known: _Knowledge, catalog: Catalog) -> Resolution:
    """Return the security that has the identifier: of several listings the one at home."""
    held = known.identified.get(one, {})
    if not held:
        return Resolution(text, None, None, None, one.method, Confidence.NONE)
    candidates = [known.candidate(h, one.method) for h in held.values()]
    if len(candidates) == 1:
        return Resolution(text, *candidates[0], Confidence.HIGH)
    candidates.sort(key=lambda candidate: candidate.current_symbol)
    home = [c for c in candidates if _country(c.current_symbol, catalog) == one.value[:2]]
    if one.method is Method.ISIN and len(home) == 1:
        return Resolution(text, *home[0], Confidence.MEDIUM, tuple(candidates))
    return _choose(text, candidates, candidates, Confidence.NONE)


def _country(symbol: str, catalog: Catalog) -> str:
    exchange = catalog.exchanges.get(symbol.rpartition(".")[2]) if "." in symbol else None
    return exchange.country if exchange is not None else "US"


def _choose(
    text: str,
    best: Sequence[Candidate],
    candidates: Sequence[Candidate],
    confidence: Confidence,
) -> Resolution:
    """Return the only one of the best; where there are more, all candidates and no answer."""
    several = tuple(candidates) if len(candidates) > 1 else ()
    if len(best) == 1:
        return Resolution(text, *best[0], confidence, several)
    method = best[0].method if len({one.method for one in best}) == 1 else Method.NONE
    return Resolution(text, None, None, None, method, Confidence.NONE, several)


def _distinct(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates once each, by security, else by symbol."""
    found: dict[object, Candidate] = {}
    for one in candidates:
        found.setdefault(one.security_id or one.current_symbol, one)
    return list(found.values())
