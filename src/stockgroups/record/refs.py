"""The numbers of refs, of recorded ones and of those that are about to be recorded."""

from __future__ import annotations

from array import array
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.db.arrays import pack_uuids
from stockgroups.db.lines import make_lines
from stockgroups.db.sql import load_statements, only_row
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from stockgroups.model import Ref
    from stockgroups.record.incoming import IncomingSnapshot

_SQL = load_statements("store")
_MOST_AHEAD = 20_000
"""Refs that are recorded before it is known which of them are one stock."""


class RefNumbers:
    """The numbers of the refs of incoming snapshots.

    A ref that is not recorded has a negative number until it is. Funds of one issuer report a stock
    alike, so each distinct ref has one place, and a snapshot is a list of places.

    Attributes:
        first_new: The first number that was given to a ref; None if none was.
    """

    def __init__(self, store: Store, snapshots: Iterable[IncomingSnapshot]) -> None:
        """Look up the refs of all new snapshots in one query."""
        self._store = store
        places: dict[Ref, int] = {}
        # Of a filing of 100,000 stocks a list of numbers takes ten times the memory of an array.
        self._places = {
            id(incoming): array(
                "i", [places.setdefault(ref, len(places)) for ref in incoming.snapshot.refs]
            )
            for incoming in snapshots
            if incoming.is_new
        }
        self._refs = list(places)
        self._numbers = self._find()
        self._ahead: int | None = None
        self.first_new: int | None = None

    def __len__(self) -> int:
        """Return the number of distinct refs in the snapshots."""
        return len(self._refs)

    @property
    def missing(self) -> Iterator[tuple[int, Ref]]:
        """The refs that are not recorded, with their negative numbers."""
        return ((number, self._refs[at]) for at, number in enumerate(self._numbers) if number < 0)

    @property
    def known(self) -> Iterator[tuple[int, Ref]]:
        """The refs that are recorded, with their numbers."""
        return ((number, self._refs[at]) for at, number in enumerate(self._numbers) if number > 0)

    def of(self, incoming: IncomingSnapshot) -> list[int]:
        """Return the numbers of a new snapshot's refs, in their order."""
        return list(map(self._numbers.__getitem__, self._places[id(incoming)]))

    def true_number(self, number: int) -> int:
        """Return the current number of a ref; negative while it is not recorded."""
        return number if number > 0 else self._numbers[-number - 1]

    @property
    def pairs(self) -> Iterator[tuple[int, str | None]]:
        """The numbers of the refs, each with its canonical symbol."""
        return ((number, ref.symbol) for number, ref in zip(self._numbers, self._refs, strict=True))

    @property
    def symbols(self) -> Iterator[tuple[int, str]]:
        """The numbers of the refs that have a canonical symbol, with it."""
        return ((number, symbol) for number, symbol in self.pairs if symbol is not None)

    def record(self, snapshots: Sequence[IncomingSnapshot]) -> Sequence[int]:
        """Record the missing refs of the snapshots, and return their places.

        Call it in the transaction that records the snapshots.
        """
        if self._ahead is not None:
            self._numbers = array("i", range(self._ahead, self._ahead + len(self._refs)))
            self._ahead = None
            return range(len(self._refs))
        reported = dict.fromkeys(chain.from_iterable(self._places[id(s)] for s in snapshots))
        missing = array("i", [place for place in reported if self._numbers[place] < 0])
        del reported
        if not missing:
            return missing
        numbers = range(first := self._reserve(len(missing)), first + len(missing))
        self._copy(zip(numbers, missing, strict=True))
        for number, place in zip(numbers, missing, strict=True):
            self._numbers[place] = number
        return missing

    def record_ahead(self) -> None:
        """Record all refs, none of which is recorded yet; `record` returns their numbers later.

        The server writes them while the caller computes.
        """
        if 0 < len(self._refs) <= _MOST_AHEAD:
            self._ahead = self._reserve(len(self._refs))
            places = range(len(self._refs))
            self._copy(zip(range(self._ahead, self._ahead + len(places)), places, strict=True))

    def forget(self, places: Iterable[int]) -> None:
        """Discard numbers whose rows were rolled back; `places` is what `record` returned."""
        for place in places:
            self._numbers[place] = -1 - place

    def _find(self) -> array[int]:
        """Return the number of each distinct ref: the recorded one, or a negative one.

        The first refs of an environment are not looked up: their fingerprints are computed when
        they are sent, while the server writes earlier rows.
        """
        numbers = array("i", range(-1, -len(self._refs) - 1, -1))
        if numbers and self._has_any():
            for place, number, symbol in execute(
                self._store,
                _SQL["find_refs"],
                fingerprints=pack_uuids(ref.fingerprint for ref in self._refs),
                binary=True,
            ):
                if self._refs[place - 1].symbol == symbol:
                    numbers[place - 1] = number
        return numbers

    def _has_any(self) -> bool:
        """Whether the environment has any ref."""
        return execute(self._store, _SQL["has_refs"]).fetchone() == (True,)

    def _reserve(self, count: int) -> int:
        """Return the first of `count` consecutive numbers that nobody else will get."""
        last: int = only_row(
            self._store.connection.execute(_SQL["reserve_ref_ids"], {"count": count})
        )[0]
        first = last - count + 1
        if self.first_new is None:
            self.first_new = first
        return first

    def _copy(self, numbered: Iterable[tuple[int, int]]) -> None:
        """Write refs, by their places, under their numbers."""
        environment = self._store.environment
        rows = (
            (str(number), environment, ref.fingerprint.hex(), *[text or "" for text in ref])
            for number, place in numbered
            for ref in (self._refs[place],)
        )
        self._store.connection.behind.copy(_SQL["copy_refs"], make_lines(rows))
