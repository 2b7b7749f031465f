"""Everything in the tables about the stocks that texts may name, read in a few statements."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.environments import advise_empty
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import searching_by_index
from stockgroups.queries.readings import (
    IDENTIFIERS,
    Method,
    Reading,
    compact_word,
)
from stockgroups.queries.resolutions import Candidate
from stockgroups.record.stored_runs import read_reported
from stockgroups.store import Store, execute
from stockgroups.symbols import is_label
from stockgroups.symbols.identifiers import cusip_of_isin

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


_SQL = load_statements("resolve")
_IDENTITY = load_statements("identity")
_CHECKS = load_statements("checks")
_QUERIES = load_statements("queries")
_LAST = dt.date.max


class StoredSecurity(NamedTuple):
    """The security of a symbol or ref, from `valid_from` up to, not including, `valid_to`.

    `symbol` is its symbol of today.
    """

    valid_from: dt.date
    valid_to: dt.date
    security_id: int
    symbol: str


class Knowledge:
    """Everything in the tables about the stocks that the texts may name."""

    def __init__(
        self, store: Store, readings: Mapping[str, list[Reading]], as_of: dt.date | None
    ) -> None:
        self._store = store
        self.as_of = as_of
        self.day = _LAST if as_of is None else as_of
        found = [one for several in readings.values() for one in several]
        symbols = {one.value for one in found if one.method not in IDENTIFIERS}
        self.owners = self._find_owners(symbols)
        self.identified = self._find_identified([o for o in found if o.method in IDENTIFIERS])
        self.registered: dict[Reading, str] = {}
        self._find_registered([o for o in found if o.method in (Method.CUSIP, Method.ISIN)])
        strangers = {symbol for symbol in symbols if not self.owner(symbol)}
        words = {compact_word(s) for s in strangers} - {None}
        self.dotted: dict[str, str] = self._find_dotted(words) if words else {}
        fresh = set(self.dotted.values()) - symbols
        self.owners |= self._find_owners(fresh)
        unheld = strangers | {symbol for symbol in fresh if not self.owner(symbol)}
        self.listed = self._find_listed(unheld) if unheld else frozenset()
        self.intervals = self._read_intervals() if as_of is not None else {}
        self.held_days = self._read_held_days()

    def move_to(self, day: dt.date) -> None:
        """Answer for this day from now on; what directories list stays that of the first day."""
        self.as_of = self.day = day

    def find_change_days(self, text: str, readings: Iterable[Reading]) -> set[dt.date]:
        """Return the days on which the answer for a text may change.

        The owner of an identifier does not depend on the day.
        """
        symbols = {one.value for one in readings} | {self.dotted.get(compact_word(text) or "", "")}
        days: set[dt.date] = set()
        for held in (held for symbol in symbols for held in self.owners.get(symbol, ())):
            days.update((held.valid_from, held.valid_to, *self.held_days.get(held.security_id, ())))
        return days

    @cached_property
    def why_unheld(self) -> str:
        """Why a stock is unknown: no group holds it, or there is no group yet."""
        row = execute(self._store, _QUERIES["has_members"]).fetchone()
        if row is None or not row[0]:
            advice = advise_empty(self._store.connection, self._store.environment)
            return f"no group in environment {self._store.environment} has members; {advice}"
        return (
            f"no source in environment {self._store.environment} holds it, and no symbol directory "
            "lists it"
        )

    def explain_nameless(self, readings: Sequence[Reading]) -> str | None:
        """Return why identifiers lead to no stock although sources report one; else None."""
        rows = execute(self._store, _SQL["find_nameless"], **_by_scheme(readings))
        names = [name for (name,) in rows]
        if not names:
            return None
        text = f" ({' or '.join(filter(None, names))})" if any(names) else ""
        return (
            f"sources report it with neither ticker nor ISIN{text}, and nothing identifies the "
            "stock"
        )

    def owner(self, symbol: str) -> StoredSecurity | None:
        """Return the security that has the symbol on the day."""
        for held in self.owners.get(symbol, ()):
            if held.valid_from <= self.day and (self.day < held.valid_to or held.valid_to == _LAST):
                return held
        return None

    def owners_today(self, symbol: str) -> list[StoredSecurity]:
        """Return the security that has the symbol now, as a list of one or none."""
        return [held for held in self.owners.get(symbol, ()) if held.valid_to == _LAST]

    def why_unsure(self, symbol: str, held: StoredSecurity) -> str | None:
        """Return why it is uncertain that the security had a symbol on the day; None if it had.

        It is uncertain before the first and after the last day on which a group held the security.
        A label belongs to its security for all time.
        """
        if held.security_id not in self.held_days:
            return "only reports that were corrected or reverted have the stock"
        first, end = self.held_days[held.security_id]
        if is_label(symbol):
            return None
        if self.as_of is not None and self.day < first:
            why = "no group had held the stock yet"
        elif self.day >= end < _LAST:
            why = f"no group has held the stock since {end}"
        else:
            return None
        return (
            f"{why}: no source says which stock {symbol} {'was then' if self.as_of else 'is now'}"
        )

    def candidate(self, held: StoredSecurity, method: Method) -> Candidate:
        """Return the security as a candidate, under its symbol of the day."""
        symbol: str | None = held.symbol
        if self.as_of is not None:
            intervals = self.intervals.get(held.security_id, ())
            symbol = next((s for s, start, end in intervals if start <= self.day < end), None)
        return Candidate(symbol, held.symbol, held.security_id, method)

    def _find_owners(self, symbols: Iterable[str]) -> dict[str, list[StoredSecurity]]:
        wanted = list(symbols)
        owners: dict[str, list[StoredSecurity]] = defaultdict(list)
        if wanted:
            rows = execute(
                self._store,
                _SQL["find_owners"],
                symbols=wanted,
                labels=[symbol for symbol in wanted if is_label(symbol)],
            )
            for symbol, *held in rows:
                owners[symbol].append(StoredSecurity(*held))
        return dict(owners)

    def _find_dotted(self, words: Iterable[str | None]) -> dict[str, str]:
        rows = self._store.connection.execute(_IDENTITY["find_spellings"], {"symbols": list(words)})
        return dict(rows.fetchall())

    def _find_listed(self, symbols: Iterable[str]) -> frozenset[str]:
        _, _, found = only_row(
            self._store.connection.execute(
                _CHECKS["listed_symbols"], {"symbols": list(symbols), "day": self.day}
            )
        )
        return frozenset(found)

    def _find_identified(
        self, readings: Sequence[Reading]
    ) -> dict[Reading, dict[int, StoredSecurity]]:
        """Return the securities of each identifier, by their numbers.

        A ref whose symbol changed hands is evidence only for the securities of the days on which a
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
        values = _by_scheme(wanted)
        refs: dict[int, list[StoredSecurity]] = defaultdict(list)
        keys: dict[int, list[Reading]] = {}
        with searching_by_index(self._store.connection):
            rows = execute(self._store, _SQL["find_identified"], **values).fetchall()
        for number, cusip, isin, sedol, figi, security_id, start, end, current in rows:
            refs[number].append(StoredSecurity(start, end, security_id, current))
            reported: list[tuple[Method, str | None]] = [
                (Method.CUSIP, cusip),
                (Method.ISIN, isin),
                (Method.CUSIP, cusip_of_isin(isin) if isin else None),
                (Method.SEDOL, sedol),
                (Method.FIGI, figi),
            ]
            keys[number] = [
                one for kind, value in reported if value for one in wanted.get((kind, value), ())
            ]
        self._narrow(refs)
        identified: dict[Reading, dict[int, StoredSecurity]] = defaultdict(dict)
        for number, several in refs.items():
            for one in keys[number]:
                identified[one] |= {held.security_id: held for held in several}
        return dict(identified)

    def _find_registered(self, readings: Sequence[Reading]) -> None:
        """Add stocks whose CUSIP only a register has: by their symbol on the register's days."""
        wanted: dict[str, list[Reading]] = defaultdict(list)
        for one in readings:
            cusip = one.value if one.method is Method.CUSIP else cusip_of_isin(one.value)
            if cusip and not self.identified.get(one):
                wanted[cusip].append(one)
        if not wanted:
            return
        rows = execute(self._store, _SQL["find_registered"], cusips=list(wanted))
        for cusip, symbol, name, first, last, *held in rows:
            for one in wanted[cusip]:
                text = f"{symbol} ({name})" if name else symbol
                days = f"from {first} to {last}" if first < last else f"on {first}"
                why = f"the SEC's fails-to-deliver files list it as {text} {days}"
                self.registered.setdefault(one, why)
                if held[2] is not None:
                    found = self.identified.setdefault(one, {})
                    found.setdefault(held[2], StoredSecurity(*held))

    def _narrow(self, refs: dict[int, list[StoredSecurity]]) -> None:
        """Keep, for a ref with several securities, those of the days on which it is reported."""
        open_ones = [n for n, held in refs.items() if len({h.security_id for h in held}) > 1]
        if not open_ones:
            return
        seen: dict[int, list[Sequence[dt.date]]] = defaultdict(list)
        for _, reported in read_reported(self._store, open_ones):
            for days, _, found in reported.list_runs():
                for number in found:
                    seen[number].append(days)
        for number in open_ones:
            refs[number] = [
                held
                for held in refs[number]
                if any(
                    bisect_left(days, held.valid_from) < bisect_left(days, held.valid_to)
                    for days in seen[number]
                )
            ]

    def _read_held_days(self) -> dict[int, tuple[dt.date, dt.date]]:
        ids = {held.security_id for several in self.owners.values() for held in several}
        rows = self._store.connection.execute(_SQL["find_held_days"], {"ids": list(ids)})
        return {number: (first, end) for number, first, end in rows}

    def _read_intervals(self) -> dict[int, list[tuple[str, dt.date, dt.date]]]:
        ids = {held.security_id for several in self.owners.values() for held in several}
        ids |= {number for held in self.identified.values() for number in held}
        intervals: dict[int, list[tuple[str, dt.date, dt.date]]] = defaultdict(list)
        rows = self._store.connection.execute(_SQL["read_symbols"], {"ids": list(ids)})
        for number, *interval in rows:
            intervals[number].append((interval[0], interval[1], interval[2]))
        return intervals


def _by_scheme(readings: Iterable[tuple[Method, str]]) -> dict[str, Any]:
    """Return identifiers by their schemes, as the statements name them: `cusips`, `isins` …."""
    found = [*readings]
    return {
        f"{method.lower()}s": [value for kind, value in found if kind is method]
        for method in IDENTIFIERS
    }
