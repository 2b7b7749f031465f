"""Which security a ref is on a day, and the symbol that this security has today."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict, deque
from itertools import compress, count, islice
from sys import maxsize
from typing import TYPE_CHECKING, Any, cast

from stockgroups.db.arrays import pack_ints
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import joining_by_hash
from stockgroups.record.effective import FOREVER
from stockgroups.store import execute
from stockgroups.symbols import is_isin

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.record.intervals import Owned
    from stockgroups.store import Store

_SQL = load_statements("ref_securities")

_Exception = tuple[int, dt.date, dt.date, int, str]
"""A ref, dates, its security on these, and the symbol that this one has today."""
_READ_AT_ONCE = 10_000
"""Refs that are asked for at once."""


class _Answers(dict[int, "int | None"]):
    """The security of each ref that was read; to ask for another ref is an error."""

    def __missing__(self, ref: int) -> None:
        raise LookupError(f"the security of ref {ref} was not read")


class RefSecurities:
    """Which security a ref is on a day, as in the view `ref_securities`, and its symbol today.

    A ref is read before it is asked for: each question about another one raises LookupError. A ref
    that is not recorded has a negative number, and is the security that has its symbol.

    Attributes:
        exceptions: The securities of refs that are not the owner of their symbol.
        moved: The owners of symbols that are not one security at all times, with this symbol today.
        symbols: Today's symbols of securities, at least where a ref that was read has another one.
        table: After all were read, the security that each ref is at all times, by number; None for
            the others. The first is number 0, which no ref has.
    """

    def __init__(self, store: Store, *, is_empty: bool = False) -> None:
        """Start without any ref; `is_empty` states that the environment has none."""
        self._store = store
        self._only = _Answers()  # None where a ref has no security, or has it on some dates only
        self._find: Callable[[int], int | None] = self._only.__getitem__
        self._has_all = False
        self.table: list[int | None] = []
        self._dated: dict[int, Sequence[Owned]] = {}
        self._fresh: Sequence[str] = ()
        self._first_fresh = 0
        self._first_new = maxsize
        self._of_new: Mapping[int, list[Owned]] = {}
        self.exceptions: dict[int, list[Owned]] = {}
        self.moved: dict[str, list[Owned]] = {}
        self.symbols: dict[int, str] = {}
        if is_empty:
            self._close()

    def read(self, refs: Iterable[tuple[int, str | None]]) -> None:
        """Read the securities of refs, given as numbers with symbols, unless they were read."""
        left = (one for one in refs if one[0] not in self._only)
        while not self._has_all and (some := [*islice(left, _READ_AT_ONCE)]):
            numbers, symbols = zip(*some, strict=True)
            only, moved = self._read_owners({*filter(None, symbols)})
            self._only.update(zip(numbers, map(only.get, symbols), strict=True))
            exceptions = self._read_exceptions(numbers)
            dated = {ref: moved[symbol] for ref, symbol in some if symbol in moved}
            self._note(dated | exceptions)
            self.moved |= moved
            self.exceptions |= exceptions

    def read_numbers(self, refs: Iterable[int]) -> None:
        """Read the securities of refs, given as numbers, unless they were read."""
        if left := {*refs} - self._only.keys():
            self.read(self._read_pairs("read_symbols", ref_ids=pack_ints(left)))

    def read_all(self) -> None:
        """Read the securities of all refs of the environment, as the server joins them."""
        with joining_by_hash(self._store.connection):
            self._only.update(self._read_pairs("read_all_only"))
            dated = self._group(execute(self._store, _SQL["read_all_dated"], binary=True))
            self.exceptions = self._group(
                execute(self._store, _SQL["read_all_exceptions"], binary=True)
            )
        self._note(dated | self.exceptions)
        self.symbols = dict(self._read_pairs("read_all_symbols"))
        self._close()
        # Nearly all numbers are taken: a list answers for a million refs three times as fast.
        self.table = [None] * (max(self._only, default=0) + 1)
        for ref, security in self._only.items():
            self.table[ref] = security

    def read_of(self, securities: Iterable[int]) -> None:
        """Read the refs of some securities. Other refs then count as refs without a security."""
        numbers = pack_ints(securities)
        rows = execute(self._store, _SQL["read_refs_of"], security_ids=numbers, binary=True)
        self._note(self._group(rows))
        self._close()

    def after(
        self,
        changed: Iterable[int],
        fresh: Sequence[str],
        first_fresh: int,
        first_new: int = maxsize,
        exceptions: Iterable[_Exception] = (),
    ) -> RefSecurities:
        """Return what is known after a plan was written: the refs that are plain before and after.

        Args:
            changed: The refs that the plan was computed from.
            fresh: The symbols of new securities that have this one symbol at all times, and need
                not be read.
            first_fresh: The number of the first of them; the others follow consecutively.
            first_new: The number of the first ref that the load recorded.
            exceptions: Of all refs from `first_new` on, the exceptions, which need not be read.
        """
        later = RefSecurities(self._store)
        later._fresh, later._first_fresh = fresh, first_fresh
        later._first_new, later._of_new = first_new, later._group(exceptions)
        unknown = {None, *self.symbols}
        later._only.update(item for item in self._only.items() if item[1] not in unknown)
        for ref in later._only.keys() & changed:
            del later._only[ref]
        return later

    def _close(self) -> None:
        """Let every ref that was not read be one without a security."""
        self._has_all, self._find = True, self._only.get

    def _note(self, dated: Mapping[int, Sequence[Owned]]) -> None:
        """Store the securities of refs with their dates, which may be all dates."""
        for ref, held in dated.items():
            is_only = len(held) == 1 and held[0][:2] == (dt.date.min, FOREVER)
            self._only[ref] = held[0][2] if is_only else None
            if not is_only:
                self._dated[ref] = held

    def _read_owners(
        self, symbols: AbstractSet[str]
    ) -> tuple[dict[Any, int], dict[Any, list[Owned]]]:
        """Return the owners of symbols with one at all times, and those of the other symbols."""
        # For a filing of 100,000 stocks a dictionary of all fresh ones would take 8 MB.
        numbered = enumerate(self._fresh, self._first_fresh)
        only = {symbol: number for number, symbol in numbered if symbol in symbols}
        if not (missing := symbols - only.keys()):
            return only, {}
        row = only_row(execute(self._store, _SQL["read_owners"], symbols=[*missing], binary=True))
        plain, owners, *others = (column or () for column in row)
        only.update(zip(plain, owners, strict=True))
        return only, self._group(zip(*others, strict=True))

    def _read_exceptions(self, refs: Sequence[int]) -> dict[int, list[Owned]]:
        """Return the securities of those of some refs that do not own their symbol."""
        asked = [ref for ref in refs if 0 < ref < self._first_new]
        found: dict[int, list[Owned]] = {}
        if asked:
            ref_ids = pack_ints(asked)
            found = self._group(
                execute(self._store, _SQL["read_exceptions"], ref_ids=ref_ids, binary=True)
            )
        return found | {ref: self._of_new[ref] for ref in self._of_new.keys() & refs}

    def _read_pairs(self, statement: str, **parameters: Any) -> Iterator[tuple[Any, Any]]:
        """Yield the pairs of two arrays of equal length; rows would take three times as long."""
        row = only_row(execute(self._store, _SQL[statement], **parameters, binary=True))
        return zip(row[0] or (), row[1] or (), strict=True)

    def _group(self, rows: Iterable[tuple[Any, ...]]) -> dict[Any, list[Owned]]:
        """Return securities by ref or symbol; today's symbols at the ends of rows are kept."""
        found: dict[Any, list[Owned]] = defaultdict(list)
        for key, start, end, security, *today in rows:
            found[key].append((start, end, security))
            self.symbols.update((security, symbol) for symbol in today)
        return found

    def are_plain(self, refs: Iterable[int]) -> bool:
        """Return whether refs are the stocks that have their symbols, on every day."""
        if not self._has_all:
            deque(map(self._find, refs), maxlen=0)  # raises if one was not read
        return not self.symbols

    def security_of(self, ref: int, day: dt.date) -> int | None:
        """Return the security that a ref is on a day; None if unknown."""
        dated = self._dated.get(ref)
        if dated is None:
            return self._find(ref)
        return next((held for start, end, held in dated if start <= day < end), None)

    def symbol_of(self, ref: int, reported: str, day: dt.date) -> str:
        """Return today's symbol of the stock that a ref is on a day, else the reported one.

        NAMELESS is reported for a ref without a symbol.
        """
        security = self.security_of(ref, day)
        return reported if security is None else self.symbols.get(security, reported)

    def is_settled(self, ref: int, reported: str, day: dt.date) -> bool:
        """Return whether a known ref on a new day cannot change which security any ref is.

        A ref that is reported by its ISIN is one stock for all time, whatever the day.
        """
        owned = self.list_owned(ref)
        return is_isin(reported) or (
            ref not in self.exceptions
            and len(owned) <= 1
            and all(start <= day < end for start, end, _ in owned)
        )

    def find_securities(
        self, refs: Collection[int], as_of: dt.date, until: dt.date | None = None
    ) -> set[int]:
        """Return the securities that a snapshot's refs are on its date, or until another date."""
        last = as_of if until is None else until - dt.timedelta(days=1)
        found = set(self._list_only(refs))
        found.discard(None)
        if self._dated:
            found.update(
                security
                for ref in self._dated.keys() & refs
                for start, end, security in self._dated[ref]
                if start <= last and as_of < end
            )
        return cast("set[int]", found)

    def find_refs(self, securities: AbstractSet[int]) -> set[int]:
        """Return the refs, of those that were read, that are one of some securities on some day."""
        found = {ref for ref, security in self._only.items() if security in securities}
        for ref, owned in self._dated.items():
            if any(security in securities for *_, security in owned):
                found.add(ref)
        return found

    def list_securities(self, refs: Sequence[int], as_of: dt.date) -> list[int | None]:
        """Return the security that each of a snapshot's refs is on its date; None if unknown."""
        found = self._list_only(refs)
        for place in compress(count(), map(self._dated.__contains__, refs)):
            found[place] = self.security_of(refs[place], as_of)
        return found

    def _list_only(self, refs: Iterable[int]) -> list[int | None]:
        """Return the security that each ref is at all times; None for the others."""
        try:
            return list(map(self.table.__getitem__, refs))
        except IndexError:  # not all were read, or a damaged record has a number that no ref has
            return list(map(self._find, refs))

    def list_symbols(
        self, refs: Sequence[int], reported: Sequence[str], as_of: dt.date
    ) -> list[str]:
        """Return `symbol_of` for all refs of a snapshot, on its date."""
        return list(map(self.symbols.get, self.list_securities(refs, as_of), reported))  # type: ignore[arg-type]

    def list_owned(self, ref: int) -> Sequence[Owned]:
        """Return the securities that a ref is, each with its dates."""
        only = self._find(ref)
        return self._dated.get(ref, ()) if only is None else ((dt.date.min, FOREVER, only),)
