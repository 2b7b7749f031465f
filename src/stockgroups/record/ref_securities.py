"""The securities of many refs on many days, as the history of memberships needs them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from stockgroups.db.arrays import pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.record.effective import FOREVER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.store import Store

_SQL = load_statements("history")
_READ_AT_ONCE = 4_000
"""Refs whose symbols are asked for their owners at once."""
_Range = tuple[dt.date, dt.date, int]


class RefSecurities:
    """Which security a ref is on a day, as the view `ref_securities` says it."""

    def __init__(self, store: Store) -> None:
        self._connection = store.connection
        self._where = {"environment": store.environment}
        self._always: dict[int, int] = {}
        self._dated: dict[int, list[_Range]] = {}

    def read(self, ref_ids: Iterable[int], known: Iterable[tuple[int, str]] = ()) -> None:
        """Read the securities of some refs; `known` has refs with symbols that need not be read."""
        self._take(self._read_symbols(set(ref_ids), known))

    def read_all(self) -> None:
        """Read the securities of all refs of the environment."""
        self._take(self._read_pairs("read_all_symbols", self._where))

    def _take(self, symbols: Iterable[tuple[int, str | None]]) -> None:
        others = self._read_ranges("read_other_owners")
        own = self._read_ranges("read_own_securities")
        left = iter(symbols)
        while some := [*islice(left, _READ_AT_ONCE)]:
            asked = {"symbols": [*{symbol for _, symbol in some if symbol is not None}]}
            only = dict(self._read_pairs("read_only_owners", self._where | asked))
            for ref, symbol in some:
                if ref in own:
                    self._dated[ref] = own[ref]
                elif symbol in only:
                    self._always[ref] = only[symbol]
                elif symbol in others:
                    self._dated[ref] = others[symbol]

    def _read_symbols(
        self, left: set[int], known: Iterable[tuple[int, str]]
    ) -> Iterator[tuple[int, str | None]]:
        """Yield the refs with their symbols, first those whose symbol is known."""
        for ref, symbol in known:
            if ref in left:
                left.remove(ref)
                yield ref, symbol
        if left:
            yield from self._read_pairs("read_symbols_of", {"ref_ids": pack_ints(left)})

    def _read_pairs(
        self, statement: str, parameters: Mapping[str, Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the pairs of two arrays of one length: a third of the time of as many rows."""
        row = self._connection.execute(_SQL[statement], parameters, binary=True).fetchone()
        assert row is not None  # noqa: S101 - aggregates make one row
        return zip(row[0] or (), row[1] or (), strict=True)

    def _read_ranges(self, statement: str) -> dict[Any, list[_Range]]:
        found: dict[Any, list[_Range]] = defaultdict(list)
        for key, security, start, end in self._connection.execute(
            _SQL[statement], self._where, binary=True
        ):
            found[key].append((start or dt.date.min, end or FOREVER, security))
        return found

    def find_securities(self, ref_ids: AbstractSet[int], as_of: dt.date) -> set[int]:
        """Return the securities that a snapshot's refs are on its date."""
        found: set[int | None] = set(map(self._always.get, ref_ids))
        found.discard(None)
        if self._dated:
            found.update(
                security
                for ref in self._dated.keys() & ref_ids
                for start, end, security in self._dated[ref]
                if start <= as_of < end
            )
        return cast("set[int]", found)

    def list_securities(self, ref_ids: Sequence[int], as_of: dt.date) -> list[int | None]:
        """Return the security that each of a snapshot's refs is on its date, None where unknown."""
        found = list(map(self._always.get, ref_ids))
        if not self._dated.keys().isdisjoint(ref_ids):
            for place, ref in enumerate(ref_ids):
                for start, end, security in self._dated.get(ref, ()):
                    if start <= as_of < end:
                        found[place] = security
        return found
