"""What changes in securities when statements come in: planned, not yet written.

Only the symbols that the new prints are connected with are looked at, unless what the identity was
computed with has changed: then all are. Either way the outcome is that of all evidence together.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.identity.components import find_plain
from stockgroups.identity.evidence import Evidence, Print
from stockgroups.identity.securities import Meaning, Span, identify
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.sql import load_statements
from stockgroups.store.meanings import Meanings, read_meanings
from stockgroups.store.prints import (
    Gathered,
    Inputs,
    Saying,
    Spans,
    gather,
    gather_all,
    read_days,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.identity.lines import Conflict
    from stockgroups.store.refs import RefNumbers

_SQL = load_statements("identity")


@dataclass(slots=True)
class IdentityPlan:
    """What the securities become.

    `securities` are those that were looked at, with their numbers where they have one already;
    `stored` is what the tables hold of them. `exceptions` are prints with what they mean, by
    number, negative where they are not recorded yet; `stale_refs` those of which the tables hold
    something else. `touched` are groups whose members may have other symbols than before.
    """

    environment: str
    digest: str
    meanings: Meanings
    aliases: Sequence[Alias] | None = None
    securities: list[Spans] = field(default_factory=list)
    numbers: list[int | None] = field(default_factory=list)
    stored: dict[int, Spans] = field(default_factory=dict)
    exceptions: dict[int, tuple[Meaning, ...]] = field(default_factory=dict)
    stale_refs: list[int] = field(default_factory=list)
    conflicts: tuple[Conflict, ...] = ()
    touched: set[GroupKey] = field(default_factory=set)
    was: str | None = None
    _looked_at: set[str] = field(default_factory=set)
    _owners: dict[str, list[tuple[Span, str]]] = field(default_factory=dict)

    @property
    def changes_anything(self) -> bool:
        """Whether anything has another meaning than before, or has one for the first time."""
        return bool(
            self.stale_refs
            or self.aliases is not None
            or any(
                number is None or self.stored.get(number) != spans
                for number, spans in zip(self.numbers, self.securities, strict=True)
            )
            or self.stored.keys() - set(self.numbers)
        )

    def symbol_of(self, number: int, printed: str, day: dt.date) -> str:
        """Return today's symbol of the stock that a print means on a day, as it will be."""
        if printed not in self._looked_at:
            return self.meanings.symbol_of(number, printed, day)
        for meaning in self.exceptions.get(number, ()):
            if meaning.start <= day < meaning.end:
                return self.securities[meaning.security][-1].symbol
        owners = self._owners.get(printed, ())
        return next((s for span, s in owners if span.start <= day < span.end), printed)

    @property
    def is_plain(self) -> bool:
        """Whether every print simply means the stock whose symbol it is."""
        meanings = self.meanings
        return not (meanings.moved or meanings.exceptions or self._owners or self.exceptions)

    def index_owners(self, looked_at: set[str]) -> None:
        """Make `symbol_of` answer for the symbols that were looked at."""
        self._looked_at = looked_at
        for spans in self.securities:
            if len(spans) > 1 or spans[0].start > dt.date.min or spans[0].end < dt.date.max:
                for span in spans:
                    self._owners.setdefault(span.symbol, []).append((span, spans[-1].symbol))


def plan_identity(
    connection: Connection,
    environment: str,
    sayings: Sequence[Saying],
    refs: RefNumbers,
    aliases: Sequence[Alias] | None = None,
) -> IdentityPlan:
    """Return what the securities become when the sayings are recorded. Reads; never writes.

    `aliases` are the catalogue's; None leaves those that are stored. What a SECTOR group holds is
    what this program concluded from prints: it tells nothing of them.
    """
    sayings = [saying for saying in sayings if saying.key.type is not GroupType.SECTOR]
    inputs = Inputs(connection, environment, aliases)
    meanings = read_meanings(connection, environment)
    plan = IdentityPlan(environment, inputs.digest, meanings, inputs.changed_aliases)
    plan.was = inputs.was
    said = {number for saying in sayings for number in refs.of(saying.statement)}
    new = [
        Print(number, r.symbol, r.name, r.cusip, r.isin, r.sedol, r.figi)
        for number, r in refs.missing.items()
        if number in said
    ]
    asked = {printed.symbol for printed in new}
    for saying in () if meanings.is_plain else sayings:
        snapshot, day = saying.statement.snapshot, saying.statement.as_of
        for number, symbol in zip(refs.of(saying.statement), snapshot.symbols, strict=True):
            if not meanings.is_settled(number, symbol, day):
                asked.add(symbol)
    if inputs.was != inputs.digest or not inputs.has_prints:
        gathered = gather_all(connection, environment, new)
    elif asked:
        gathered = gather(connection, environment, new, asked, inputs)
    else:
        return plan
    _settle(connection, plan, gathered, inputs, sayings, refs)
    return plan


def _settle(
    connection: Connection,
    plan: IdentityPlan,
    gathered: Gathered,
    inputs: Inputs,
    sayings: Sequence[Saying],
    refs: RefNumbers,
) -> None:
    """Fill the plan in with what the gathered prints turn out to be."""
    prints = gathered.prints.values()
    symbols = {printed.symbol for printed in prints}
    spellings = inputs.spellings(symbols)
    plain = find_plain(prints, inputs.aliases, spellings, inputs.registrants)
    aliases = [a for a in inputs.aliases if a.old in symbols or a.new in symbols]
    open_prints = [printed for printed in prints if printed.symbol not in plain]
    moved = plan.meanings.moved
    watched = [p.number for p in prints if p.symbol not in plain or p.symbol in moved]
    days = read_days(connection, plan.environment, watched, sayings, refs)
    identity = identify(
        Evidence(
            open_prints,
            days,
            _connected_aliases(aliases, inputs.aliases),
            spellings,
            frozenset(pair for pair in inputs.registrants if symbols.issuperset(pair)),
        )
    )
    plan.conflicts = identity.conflicts
    plan.securities = [*identity.securities]
    plan.securities += [(Span(symbol, dt.date.min, dt.date.max),) for symbol in sorted(plain)]
    plan.stored = gathered.stored
    plan.numbers = match_securities(plan.securities, plan.stored)
    plan.exceptions = dict(identity.exceptions)
    plan.stale_refs = _find_stale(plan, gathered.prints)
    plan.index_owners(symbols)
    plan.touched = _find_touched(connection, plan, gathered.prints)


def _connected_aliases(some: Sequence[Alias], every: Sequence[Alias]) -> list[Alias]:
    """Return the aliases of some symbols with those that lead on from them."""
    symbols = {s for alias in some for s in (alias.old, alias.new) if s}
    while True:
        found = [a for a in every if a.old in symbols or a.new in symbols]
        more = {s for alias in found for s in (alias.old, alias.new) if s}
        if more == symbols:
            return found
        symbols = more


def match_securities(securities: Sequence[Spans], stored: Mapping[int, Spans]) -> list[int | None]:
    """Return for each security the number of the stored one that it goes on as, or None.

    That is the one of lowest number that had one of its symbols at the same time, so that numbers
    stay when securities are computed anew.
    """
    holders: dict[str, list[tuple[int, Span]]] = defaultdict(list)
    for number in sorted(stored):
        for span in stored[number]:
            holders[span.symbol].append((number, span))
    taken: set[int] = set()
    numbers: list[int | None] = []
    for spans in securities:
        candidates = sorted(
            number
            for span in spans
            for number, held in holders.get(span.symbol, ())
            if held.start < span.end and span.start < held.end and number not in taken
        )
        numbers.append(candidates[0] if candidates else None)
        taken.update(candidates[:1])
    return numbers


def _find_stale(plan: IdentityPlan, prints: Mapping[int, Print]) -> list[int]:
    """Return the prints of which the tables hold another meaning than the plan, or none, or one."""
    stale = []
    for number in sorted(
        plan.exceptions.keys() | (plan.meanings.exceptions.keys() & prints.keys())
    ):
        stored = [held[:3] for held in plan.meanings.exceptions.get(number, ())]
        wanted = [
            (meaning.start, meaning.end, plan.numbers[meaning.security])
            for meaning in plan.exceptions.get(number, ())
        ]
        if stored != wanted:
            stale.append(number)
    return stale


def _find_touched(
    connection: Connection, plan: IdentityPlan, prints: Mapping[int, Print]
) -> set[GroupKey]:
    """Return the groups that hold a symbol whose security is not what it was."""
    symbols = {prints[number].symbol for number in plan.stale_refs}
    kept = dict(zip(plan.numbers, plan.securities, strict=True))
    for number, spans in plan.stored.items():
        if kept.get(number) != spans:
            symbols |= {span.symbol for span in spans}
    if not symbols:
        return set()
    rows = connection.execute(
        _SQL["find_holders"], {"environment": plan.environment, "symbols": sorted(symbols)}
    )
    return {GroupKey(plan.environment, GroupType(kind), name) for kind, name in rows}
