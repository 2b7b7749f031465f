"""Split the evidence into unconnected parts, each of which is settled without the others."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, TypeVar

from stockgroups.identity.codes import list_candidates
from stockgroups.identity.components import identifier_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from stockgroups.identity.evidence import Announcement, Evidence, NumberedRef, Succession
    from stockgroups.model import Alias


_Kept = TypeVar("_Kept")


@dataclass(slots=True)
class Part:
    """Some evidence, with its plain symbols and its other keys."""

    refs: list[NumberedRef] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    aliases: list[Alias] = field(default_factory=list)
    spellings: list[tuple[str, str]] = field(default_factory=list)
    successions: list[Succession] = field(default_factory=list)
    announced: list[Announcement] = field(default_factory=list)

    @property
    def is_all(self) -> bool:
        """Whether it is all of the evidence."""
        return isinstance(self.keys, _AllKeys)

    @property
    def size(self) -> int:
        """The size of the part, as a measure of the work."""
        return len(self.refs) + len(self.plain)

    def pop_from(self, left: dict[str, list[_Kept]]) -> list[_Kept]:
        """Remove the part's entries from the remaining ones, by keys, and return them."""
        if self.is_all:
            found = [one for some in left.values() for one in some]
            left.clear()
            return found
        return [one for key in self.keys for one in left.pop(key, ())]

    def take_from(self, evidence: Evidence) -> Evidence:
        """Return the part's entries of the evidence."""
        return replace(
            evidence,
            refs=self.refs,
            aliases=self.aliases,
            spellings=dict(self.spellings),
            successions=frozenset(self.successions),
            announced=frozenset(self.announced),
        )


def key_of(ref: NumberedRef) -> str:
    """Return one key of a ref; the ref is settled in the part that has the key."""
    return ref.symbol or keys_of(ref)[0]


def keys_of(ref: NumberedRef) -> list[str]:
    """Return the keys that connect a ref with others; its number if nothing connects it.

    The keys are its symbol, its identifiers, and the symbols that its ticker may be.
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
    """Yield the evidence in parts of about the given size; connected refs are in one part.

    Args:
        evidence: The refs that have to be settled, with all other evidence.
        plain: Symbols that are settled, and have no ref among these.
        bonds: Keys that have to be in one part for other reasons.
        most: The size from which a part is full.
    """
    if len(evidence.refs) + len(plain) <= most:
        part = Part([*evidence.refs], sorted(plain), _AllKeys(), [*evidence.aliases])
        part.spellings += evidence.spellings.items()
        part.successions += evidence.successions
        part.announced += evidence.announced
        yield part
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
    for announcement in evidence.announced:
        connected.join((announcement.symbol, announcement.cusip))
    for bond in bonds:
        connected.join(bond)
    refs = connected.group(evidence.refs, lambda ref: keys_of(ref)[0])
    symbols = connected.group(plain, str)
    aliases = connected.group(evidence.aliases, attrgetter("old"))
    spellings = connected.group(evidence.spellings.items(), itemgetter(0))
    successions = connected.group(evidence.successions, attrgetter("old"))
    announced = connected.group(evidence.announced, attrgetter("symbol"))
    keys = connected.list_sets()
    del connected
    part = Part()
    for place in [*keys]:
        part.refs += refs.pop(place, ())
        part.plain += sorted(symbols.pop(place, ()))
        part.keys.update(keys.pop(place))
        part.aliases += aliases.pop(place, ())
        part.spellings += spellings.pop(place, ())
        part.successions += successions.pop(place, ())
        part.announced += announced.pop(place, ())
        if part.size >= most:
            yield part
            part = Part()
    yield part


class _AllKeys(set[str]):
    """The keys of a part that is the whole evidence."""

    def __contains__(self, key: object) -> bool:
        return True


class _Connected:
    """Which keys are connected, directly or through others."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._parents: list[int] = []

    def find(self, key: str) -> int:
        """Return the place that represents everything connected with a key."""
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

    def group(
        self, ones: Iterable[_Kept], key_of: Callable[[_Kept], str]
    ) -> dict[int, list[_Kept]]:
        """Return the entries of connected keys, by the place that represents the keys."""
        found: dict[int, list[_Kept]] = defaultdict(list)
        for one in ones:
            found[self.find(key_of(one))].append(one)
        return found

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
