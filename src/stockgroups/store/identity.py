"""What changes in securities when statements come in: planned, not yet written.

Only the symbols that the new prints are connected with are looked at, unless what the identity was
computed with has changed: then all are. Either way the outcome is that of all evidence together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.identity.components import find_plain, identifier_keys
from stockgroups.identity.evidence import Evidence, Print
from stockgroups.identity.securities import Meaning, Span, identify
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.sql import load_statements
from stockgroups.store.meanings import Meanings, read_meanings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.identity.lines import Conflict
    from stockgroups.store.refs import RefNumbers
    from stockgroups.store.statements import Statement

_SQL = load_statements("identity")

VERSION = 1
"""Goes up with every change to what prints turn out to be: all is computed anew then."""

Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Saying:
    """A new statement and the group that it is about; that has no number before it is made."""

    registry_id: int | None
    key: GroupKey
    statement: Statement


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

    `aliases` are the catalogue's; None leaves those that are stored.
    """
    inputs = _Inputs(connection, environment, aliases)
    meanings = read_meanings(connection, environment)
    plan = IdentityPlan(environment, inputs.digest, meanings, inputs.changed_aliases)
    plan.was = inputs.was
    new = [
        Print(number, r.symbol, r.name, r.cusip, r.isin, r.sedol, r.figi)
        for number, r in refs.missing.items()
    ]
    asked = {printed.symbol for printed in new}
    for saying in sayings:
        snapshot, day = saying.statement.snapshot, saying.statement.as_of
        for number, symbol in zip(refs.of(saying.statement), snapshot.symbols, strict=True):
            if not meanings.is_settled(number, symbol, day):
                asked.add(symbol)
    if inputs.was != inputs.digest or not inputs.has_prints:
        gathered = _gather_all(connection, environment, new)
    elif asked:
        gathered = _gather(connection, environment, new, asked, inputs)
    else:
        return plan
    _settle(connection, plan, gathered, inputs, sayings, refs)
    return plan


class _Inputs:
    """What identity is computed with besides prints."""

    def __init__(
        self, connection: Connection, environment: str, aliases: Sequence[Alias] | None
    ) -> None:
        self.connection = connection
        self.environment = environment
        rows = connection.execute(_SQL["read_aliases"], {"environment": environment}).fetchall()
        stored = [Alias(old, day, new, source) for old, day, new, source, _ in rows]
        own = [a for a, row in zip(stored, rows, strict=True) if row[-1] == "catalog"]
        confirmed = [a for a, row in zip(stored, rows, strict=True) if row[-1] != "catalog"]
        spoken = {(alias.old, alias.effective) for alias in confirmed}
        wanted = (
            own
            if aliases is None
            else sorted(alias for alias in aliases if (alias.old, alias.effective) not in spoken)
        )
        self.changed_aliases = None if sorted(own) == wanted else wanted
        self.aliases = sorted([*wanted, *confirmed])
        row = connection.execute(_SQL["read_state"], {"environment": environment}).fetchone()
        self.was, directories, self.has_prints = row if row is not None else (None, [], False)
        self.has_directories = bool(directories)
        told = repr((VERSION, [alias[:3] for alias in self.aliases], directories))
        self.digest = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
        self._registrants: frozenset[tuple[str, str]] | None = None

    @property
    def registrants(self) -> frozenset[tuple[str, str]]:
        """Pairs (old, new) of symbols that a registrant had as its one stock, in turn."""
        if not self.has_directories:
            return frozenset()
        if self._registrants is None:
            rows = self.connection.execute(_SQL["find_registrants"])
            changed = [(_stocks(gone), _stocks(come)) for gone, come in rows]
            self._registrants = frozenset(
                (gone[0], come[0]) for gone, come in changed if len(gone) == len(come) == 1
            )
        return self._registrants

    def spellings(self, symbols: Iterable[str]) -> dict[str, str]:
        """Return which of the symbols are others without their dot."""
        if not self.has_directories:
            return {}
        rows = self.connection.execute(_SQL["find_spellings"], {"symbols": sorted(symbols)})
        return dict(rows.fetchall())


def _stocks(symbols: Sequence[str]) -> list[str]:
    """Return the symbols that add no letters to another one: `ABLLW` is a warrant of `ABL`."""
    return [s for s in symbols if not any(s != root and s.startswith(root) for root in symbols)]


@dataclass(slots=True)
class _Gathered:
    """The prints to look at, and what the tables hold of the securities that they touch."""

    prints: dict[int, Print]
    stored: dict[int, Spans]


def _gather_all(connection: Connection, environment: str, new: Iterable[Print]) -> _Gathered:
    parameters = {"environment": environment}
    prints = {row[0]: Print(*row) for row in connection.execute(_SQL["read_prints"], parameters)}
    prints |= {printed.number: printed for printed in new}
    return _Gathered(prints, _read_spans(connection, "read_all_securities", parameters))


def _gather(
    connection: Connection,
    environment: str,
    new: Sequence[Print],
    asked: set[str],
    inputs: _Inputs,
) -> _Gathered:
    """Return all that is connected with the new prints and the symbols asked for."""
    gathered = _Gathered({printed.number: printed for printed in new}, {})
    known: dict[str, set[str]] = defaultdict(set)
    found: dict[str, set[str]] = defaultdict(set)
    found["symbols"] |= asked
    _add_keys(found, new)
    while True:
        fresh = {kind: values - known[kind] for kind, values in found.items()}
        if not any(fresh.values()):
            return gathered
        for kind, values in fresh.items():
            known[kind] |= values
        _add_connected(found, fresh.get("symbols", set()), inputs)
        parameters: dict[str, Any] = {"environment": environment}
        for kind in ("symbols", "cusips", "isins", "sedols", "figis"):
            parameters[kind] = sorted(fresh.get(kind, ()))
        rows = connection.execute(_SQL["find_prints"], parameters)
        prints = {row[0]: Print(*row) for row in rows}
        gathered.prints |= prints
        _add_keys(found, prints.values())
        spans = _read_spans(connection, "read_securities", parameters)
        gathered.stored |= spans
        found["symbols"] |= {span.symbol for held in spans.values() for span in held}


def _add_keys(found: dict[str, set[str]], prints: Iterable[Print]) -> None:
    for printed in prints:
        found["symbols"].add(printed.symbol)
        kinds = ("cusips", "cusips", "isins", "sedols", "figis")
        for kind, value in zip(kinds, identifier_keys(printed), strict=True):
            if value:
                found[kind].add(value)


def _add_connected(found: dict[str, set[str]], symbols: set[str], inputs: _Inputs) -> None:
    """Add the symbols that aliases, registrants and spellings connect with these."""
    pairs = [(alias.old, alias.new) for alias in inputs.aliases if alias.new]
    for one, other in (*pairs, *inputs.registrants):
        if one in symbols or other in symbols:
            found["symbols"] |= {one, other}
    if symbols:
        dotted = {symbol.replace(".", "") for symbol in symbols if "." in symbol}
        found["symbols"] |= dotted | set(inputs.spellings(symbols).values())


def _settle(
    connection: Connection,
    plan: IdentityPlan,
    gathered: _Gathered,
    inputs: _Inputs,
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
    days = _read_days(connection, plan.environment, watched, sayings, refs)
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


def _read_days(
    connection: Connection,
    environment: str,
    numbers: Sequence[int],
    sayings: Sequence[Saying],
    refs: RefNumbers,
) -> dict[int, list[dt.date]]:
    """Return the days on which the prints stand once the sayings are recorded.

    Of several snapshots of one group, date and kind the last one stands.
    """
    days: dict[int, set[dt.date]] = defaultdict(set)
    wanted = set(numbers)
    said: dict[tuple[GroupKey, bool, dt.date], Saying] = {}
    replaced: set[tuple[int | None, bool, dt.date]] = set()
    for saying in sayings:
        place = saying.statement.snapshot.is_proxy, saying.statement.as_of
        said[saying.key, *place] = saying
        replaced.add((saying.registry_id, *place))
    for saying in said.values():
        for number in refs.of(saying.statement):
            if number in wanted:
                days[number].add(saying.statement.as_of)
    known = [number for number in numbers if number > 0]
    if known:
        parameters = {"environment": environment, "ref_ids": known}
        for registry_id, is_proxy, day, held in connection.execute(
            _SQL["read_sightings"], parameters
        ):
            if (registry_id, is_proxy, day) not in replaced:
                for number in held:
                    days[number].add(day)
    return {number: sorted(stands) for number, stands in days.items()}


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


def _read_spans(
    connection: Connection, statement: str, parameters: Mapping[str, Any]
) -> dict[int, Spans]:
    spans: dict[int, list[Span]] = defaultdict(list)
    for number, symbol, start, end in connection.execute(_SQL[statement], parameters):
        spans[number].append(Span(symbol, start, end))
    return {number: tuple(held) for number, held in spans.items()}
