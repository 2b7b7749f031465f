"""Evidence in parts that nothing connects: each is settled without the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from stockgroups.identity.codes import list_candidates
from stockgroups.identity.components import identifier_keys

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from stockgroups.identity.evidence import Evidence, NumberedRef


@dataclass(slots=True)
class Part:
    """Some evidence, the plain symbols and the other keys that go with it."""

    refs: list[NumberedRef] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    @property
    def is_all(self) -> bool:
        """Whether it is all of the evidence."""
        return isinstance(self.keys, _AllKeys)

    @property
    def size(self) -> int:
        """How much there is to settle."""
        return len(self.refs) + len(self.plain)

    def holds(self, ref: NumberedRef) -> bool:
        """Whether the part is where a ref is settled."""
        return (ref.symbol or keys_of(ref)[0]) in self.keys

    def take_from(self, evidence: Evidence) -> Evidence:
        """Return what the evidence has of the part."""
        keys = self.keys
        return replace(
            evidence,
            refs=self.refs,
            aliases=[alias for alias in evidence.aliases if alias.old in keys],
            spellings={one: two for one, two in evidence.spellings.items() if one in keys},
            successions=frozenset(one for one in evidence.successions if one.old in keys),
        )


def keys_of(ref: NumberedRef) -> list[str]:
    """Return by what a ref is connected with others, its number where nothing connects it.

    That is its symbol, its identifiers, and the symbols that its ticker may be.
    """
    found = [key for key in (ref.symbol, *identifier_keys(ref)) if key]
    if ref.ticker is not None:
        found += sorted(list_candidates(ref.ticker))
    return found or [f"#{ref.number}"]


def split_evidence(
    evidence: Evidence,
    plain: Collection[str],
    bonds: Iterable[Collection[str]],
    most: int,
) -> Iterator[Part]:
    """Yield the evidence in parts of about so many refs and symbols; what is connected is in one.

    Args:
        evidence: The refs that have to be settled, with all else.
        plain: Symbols that are settled, and have no ref among these.
        bonds: Keys that have to be in one part for other reasons.
        most: From this size on a part is full.
    """
    if len(evidence.refs) + len(plain) <= most:
        yield Part([*evidence.refs], sorted(plain), _AllKeys())
        return
    connected = _Connected()
    for ref in evidence.refs:
        connected.join(keys_of(ref))
        if "." in ref.symbol:
            connected.join((ref.symbol, ref.symbol.replace(".", "")))
    for alias in evidence.aliases:
        connected.join((alias.old, alias.new or alias.old))
    for pairs in (evidence.spellings.items(), (s[:2] for s in evidence.successions)):
        for pair in pairs:
            connected.join(pair)
    for announced in evidence.announced:
        connected.join((announced.symbol, announced.cusip))
    for bond in bonds:
        connected.join(bond)
    refs: dict[int, list[NumberedRef]] = defaultdict(list)
    symbols: dict[int, list[str]] = defaultdict(list)
    for ref in evidence.refs:
        refs[connected.find(keys_of(ref)[0])].append(ref)
    for symbol in plain:
        symbols[connected.find(symbol)].append(symbol)
    keys = connected.list_sets()
    del connected
    part = Part()
    for place in [*keys]:
        part.refs += refs.pop(place, ())
        part.plain += sorted(symbols.pop(place, ()))
        part.keys.update(keys.pop(place))
        if part.size >= most:
            yield part
            part = Part()
    yield part


class _AllKeys(set[str]):
    """The keys of a part that is all there is."""

    def __contains__(self, key: object) -> bool:
        return True


class _Connected:
    """Which keys are connected, directly or by others."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._parents: list[int] = []

    def find(self, key: str) -> int:
        """Return the place that stands for all that a key is connected with."""
        place = self._places.setdefault(key, len(self._parents))
        if place == len(self._parents):
            self._parents.append(place)
        while (parent := self._parents[place]) != place:
            self._parents[place] = place = self._parents[parent]
        return place

    def join(self, keys: Iterable[str]) -> None:
        """Connect keys with each other."""
        first, *others = map(self.find, keys)
        for place in others:
            self._parents[self._root(place)] = self._root(first)

    def list_sets(self) -> dict[int, list[str]]:
        """Return the keys of each set."""
        found: dict[int, list[str]] = defaultdict(list)
        for key in self._places:
            found[self.find(key)].append(key)
        return found

    def _root(self, place: int) -> int:
        while self._parents[place] != place:
            place = self._parents[place]
        return place
