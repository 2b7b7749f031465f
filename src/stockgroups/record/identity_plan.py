"""The plan of the securities, and the symbol that each ref has after it."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.identity.changes import sort_changes
from stockgroups.identity.evidence import NAMELESS
from stockgroups.identity.securities import Identity, Security, SecurityInterval
from stockgroups.record.identity_changes import list_changes
from stockgroups.record.sightings import Sightings

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from stockgroups.identity.changes import Change
    from stockgroups.identity.evidence import NumberedRef
    from stockgroups.model import Alias, GroupKey
    from stockgroups.ranges import SymbolInterval
    from stockgroups.record.ref_securities import RefSecurities

_NOTHING = Identity((), {}, ())
_UNSEEN = Sightings()


@dataclass(slots=True)
class IdentityPlan:
    """What the securities become.

    Attributes:
        environment: The environment.
        digest: The digest of the aliases, directories and rules that it is computed from.
        ref_securities: The securities of refs, as they are stored.
        aliases: The catalogue's aliases if they change, otherwise None.
        securities: The securities that were computed.
        numbers: The number of each security; None for a new one.
        fresh: The symbols of further new securities, each with this one symbol for all time. In a
            first filing all are such, and a text takes a tenth of a security's memory.
        first_fresh: The number of the first of these, once they are numbered consecutively.
        stored: What the tables hold of the securities.
        exceptions: By ref number, refs whose security is not the one that has their symbol. The
            number is negative if the ref is not recorded yet.
        stale_refs: Refs for which the tables hold something else.
        touched: Groups whose members may have other symbols than before.
        was: The digest that the stored securities were computed with; None before the first time.
        ref_ids: The numbers of the refs that it is computed from. An array takes a sixteenth of a
            set.
        nameless: The refs among them without a symbol.
        identity: The computed identity, with its lines; empty if it was computed in parts.
        refs: These refs; released if it was computed in parts.
        sightings: When the refs were reported, and on which days the record held them before.
        changes: The result of `list_changes`; computed at once for parts, because their lines are
            released.
        holders: The groups, by registry number, that hold refs without a symbol whose security
            changes.
    """

    environment: str
    digest: str
    ref_securities: RefSecurities
    aliases: Sequence[Alias] | None = None
    securities: list[Security] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    fresh: list[str] = field(default_factory=list)
    first_fresh: int = 0
    stored: dict[int, Security] = field(default_factory=dict)
    exceptions: dict[int, tuple[SecurityInterval, ...]] = field(default_factory=dict)
    stale_refs: list[int] = field(default_factory=list)
    touched: set[GroupKey] = field(default_factory=set)
    was: str | None = None
    ref_ids: Sequence[int] = ()
    nameless: frozenset[int] = frozenset()
    identity: Identity = _NOTHING
    refs: Mapping[int, NumberedRef] = field(default_factory=dict)
    sightings: Sightings = _UNSEEN
    changes: list[Change] | None = None
    holders: set[int] = field(default_factory=set)
    _looked_at: set[str] = field(default_factory=set)
    _owners: dict[str, list[tuple[SymbolInterval, str]]] = field(default_factory=dict)

    @property
    def changes_anything(self) -> bool:
        """Whether a ref has another security than before, or has one for the first time."""
        return bool(
            self.stale_refs
            or self.fresh
            or self.aliases is not None
            or any(
                number is None or self.stored.get(number) != security
                for number, security in zip(self.numbers, self.securities, strict=True)
            )
            or self.stored.keys() - set(self.numbers)
        )

    def symbol_of(self, number: int, reported: str, day: dt.date) -> str:
        """Return today's symbol, after the plan, of the stock that a ref is on a day."""
        if number not in self.nameless if reported == NAMELESS else reported not in self._looked_at:
            return self.ref_securities.symbol_of(number, reported, day)
        for interval in self.exceptions.get(number, ()):
            if interval.valid_from <= day < interval.valid_to:
                return self.securities[interval.security].label
        owners = self._owners.get(reported, ())
        return next(
            (s for interval, s in owners if interval.valid_from <= day < interval.valid_to),
            reported,
        )

    def absorb(self, part: IdentityPlan, *, is_alone: bool) -> None:
        """Add the plan of some of the refs, or of all of them."""
        offset = len(self.securities)
        self.securities += part.securities
        self.numbers += part.numbers
        self.stored |= part.stored
        self.exceptions |= {
            number: tuple(one._replace(security=one.security + offset) for one in intervals)
            for number, intervals in part.exceptions.items()
        }
        self.stale_refs += part.stale_refs
        if is_alone:
            self.identity, self.refs = part.identity, part.refs
        else:
            self.changes = self.changes or []
            self.changes += list_changes(part)

    def sort_parts(self) -> None:
        """Sort what was added part by part; call it after the last part."""
        self.stale_refs.sort()
        if self.changes is not None:
            self.changes = sort_changes(self.changes)

    def are_plain(self, refs: Iterable[int]) -> bool:
        """Return whether refs are the stocks that have their symbols, on every day."""
        is_plain = self.ref_securities.are_plain(refs)
        return is_plain and not (self._owners or self.exceptions)

    def note_refs(self, refs: Collection[NumberedRef]) -> None:
        """Store the numbers of the refs that it is computed from."""
        self.ref_ids = array("i", [ref.number for ref in refs])
        self.nameless = frozenset(ref.number for ref in refs if ref.symbol == NAMELESS)

    def index_owners(self, looked_at: set[str]) -> None:
        """Make `symbol_of` answer for the symbols that were computed, except fresh ones."""
        self._looked_at = looked_at
        for security in self.securities:
            if not security.is_plain:
                for interval in security.intervals:
                    self._owners.setdefault(interval.symbol, []).append((interval, security.label))
