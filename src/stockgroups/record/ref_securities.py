"""The securities of many refs on many days, for the history of memberships."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections import defaultdict
from itertools import compress, count, islice
from typing import TYPE_CHECKING, Any, cast

from stockgroups.db.arrays import pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.record.effective import FOREVER

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.record.intervals import Owned
    from stockgroups.store import Store

_SQL = load_statements("history")
_READ_AT_ONCE = 4_000
"""Refs whose symbols are asked for their owners at once."""


class RefSecurities:
    """Which security a ref is on a day, as in the view `ref_securities`."""

    def __init__(self, store: Store, fresh: Sequence[str] = (), first_fresh: int = 0) -> None:
        """Start with the securities that are known already.

        Args:
            store: The environment.
            fresh: The sorted symbols of securities that have this one symbol for all time, and need
                not be read. (It is searched in place: for a filing of 100,000 stocks a dictionary
                takes 8 MB.)
            first_fresh: The number of the first of them; the others follow consecutively.
        """
        self._connection = store.connection
        self._fresh = fresh
        self._first_fresh = first_fresh
        self._where = {"environment": store.environment}
        self._always: dict[int, int] = {}
        self._dated: dict[int, list[Owned]] = {}

    def read(self, ref_ids: Iterable[int], known: Iterable[tuple[int, str]] = ()) -> None:
        """Read the securities of some refs; `known` has refs with symbols that need not be read."""
        self._take(self._read_symbols(set(ref_ids), known))

    def read_all(self) -> None:
        """Read the securities of all refs of the environment, as the server joins them."""
        with joining_by_hash(self._connection):
            self._always = dict(self._read_pairs("read_only_securities", self._where))
            self._dated = self._read_ranges("read_other_securities", self._where)
            own = self._read_ranges("read_all_own_securities", self._where)
        for ref in own:
            self._always.pop(ref, None)
        self._dated |= own

    def read_of(self, securities: Iterable[int]) -> None:
        """Read which refs are some securities; other refs stay unknown."""
        numbers = {"security_ids": pack_ints(securities)}
        self._dated = self._read_ranges("read_refs_of", numbers)

    def read_symbols(self) -> dict[int, str]:
        """Return the symbols that all securities of the environment have today."""
        return dict(self._read_pairs("read_current_symbols", self._where))

    def _take(self, symbols: Iterable[tuple[int, str | None]]) -> None:
        left = iter(symbols)
        while some := [*islice(left, _READ_AT_ONCE)]:
            asked = {symbol for _, symbol in some if symbol is not None}
            only = dict(self._find_fresh(asked))
            others: dict[Any, list[Owned]] = {}
            if asked := asked - only.keys():
                parameters = self._where | {"symbols": [*asked]}
                only |= dict(self._read_pairs("read_only_owners", parameters))
                others = self._read_ranges("read_other_owners", parameters)
            numbers = {"ref_ids": pack_ints([ref for ref, _ in some])}
            own = self._read_ranges("read_own_securities", numbers)
            for ref, symbol in some:
                if ref in own:
                    self._dated[ref] = own[ref]
                elif symbol in only:
                    self._always[ref] = only[symbol]
                elif symbol in others:
                    self._dated[ref] = others[symbol]

    def _find_fresh(self, symbols: Iterable[str]) -> Iterator[tuple[str, int]]:
        """Yield the symbols that belong to fresh securities, with these."""
        fresh, end = self._fresh, len(self._fresh)
        for symbol in symbols if fresh else ():
            place = bisect_left(fresh, symbol)
            if place < end and fresh[place] == symbol:
                yield symbol, self._first_fresh + place

    def _read_symbols(
        self, left: set[int], known: Iterable[tuple[int, str]]
    ) -> Iterator[tuple[int, str | None]]:
        """Yield the refs with their symbols, those with a known symbol first."""
        for ref, symbol in known:
            if ref in left:
                left.remove(ref)
                yield ref, symbol
        if left:
            yield from self._read_pairs("read_symbols_of", {"ref_ids": pack_ints(left)})

    def _read_pairs(
        self, statement: str, parameters: Mapping[str, Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the pairs of two arrays of equal length; rows would take three times as long."""
        row = self._connection.execute(_SQL[statement], parameters, binary=True).fetchone()
        assert row is not None  # noqa: S101 - aggregates make one row
        return zip(row[0] or (), row[1] or (), strict=True)

    def _read_ranges(self, statement: str, parameters: Mapping[str, Any]) -> dict[Any, list[Owned]]:
        found: dict[Any, list[Owned]] = defaultdict(list)
        for key, security, start, end in self._connection.execute(
            _SQL[statement], parameters, binary=True
        ):
            found[key].append((start or dt.date.min, end or FOREVER, security))
        return found

    def find_securities(
        self, ref_ids: Collection[int], as_of: dt.date, until: dt.date | None = None
    ) -> set[int]:
        """Return the securities that a snapshot's refs are on its date, or until another date."""
        last = as_of if until is None else until - dt.timedelta(days=1)
        found: set[int | None] = set(map(self._always.get, ref_ids))
        found.discard(None)
        if self._dated:
            found.update(
                security
                for ref in self._dated.keys() & ref_ids
                for start, end, security in self._dated[ref]
                if start <= last and as_of < end
            )
        return cast("set[int]", found)

    def list_owned(self, ref: int) -> Sequence[Owned]:
        """Return the securities that a ref is, each with its dates."""
        if ref in self._always:
            return ((dt.date.min, FOREVER, self._always[ref]),)
        return self._dated.get(ref, ())

    def find_refs(self, securities: AbstractSet[int]) -> set[int]:
        """Return the refs that are one of some securities on some day."""
        found = {ref for ref, security in self._always.items() if security in securities}
        for ref, owned in self._dated.items():
            if any(security in securities for _, _, security in owned):
                found.add(ref)
        return found

    def list_securities(self, ref_ids: Sequence[int], as_of: dt.date) -> list[int | None]:
        """Return the security that each of a snapshot's refs is on its date; None if unknown."""
        found = list(map(self._always.get, ref_ids))
        for place in compress(count(), map(self._dated.__contains__, ref_ids)):
            for start, end, security in self._dated[ref_ids[place]]:
                if start <= as_of < end:
                    found[place] = security
        return found
