"""Read the input of identity: the refs to examine, their days, aliases, directories."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import searching_by_index
from stockgroups.identity.aliases import choose_steps
from stockgroups.identity.codes import find_codes, list_candidates
from stockgroups.identity.components import identifier_keys
from stockgroups.identity.evidence import (
    NAMELESS,
    Evidence,
    Handover,
    NumberedRef,
    Succession,
)
from stockgroups.identity.names import Likeness, compare_names
from stockgroups.identity.securities import Security
from stockgroups.model import Alias
from stockgroups.ranges import SymbolInterval
from stockgroups.record.registers import READ_AHEAD, Registered, read_registered
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection

_SQL = load_statements("identity")
_LONG = 5
"""Letters of a Nasdaq ticker with a type letter at its end, and of an over-the-counter ticker."""

VERSION = 20
"""Increase it with every change of how refs resolve; everything is then computed anew."""


class Inputs:
    """The input of identity besides refs."""

    def __init__(self, store: Store, aliases: Sequence[Alias] | None) -> None:
        self.connection = store.connection
        rows = execute(store, _SQL["read_aliases"]).fetchall()
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
        self.tenures = store.catalog.tenures
        row = execute(store, _SQL["read_state"]).fetchone()
        self.was, directory, self.has_refs, self.has_registers = row or (None, None, False, True)
        self.has_directories = directory is not None
        tenures = [tenure[:3] for held in self.tenures.values() for tenure in held]
        text = repr((VERSION, [alias[:3] for alias in self.aliases], directory, tenures))
        self.digest = hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
        self._successions: set[Succession] = set()
        self._listed: set[str] = set()
        self._steps: set[Alias] = set()
        self._mapped: set[str] = set()

    @property
    def has_lists(self) -> bool:
        """Whether there are directories or registers, which are asked about the refs."""
        return self.has_directories or self.has_registers

    @property
    def are_settled(self) -> bool:
        """Whether the stored identity was computed from exactly this input."""
        return self.was == self.digest and self.changed_aliases is None

    def successions(self, symbols: AbstractSet[str]) -> AbstractSet[Succession]:
        """Return the stocks that left and came where a registrant had one before and one after.

        The registrants are those that have had one of the symbols, and those of earlier calls.
        """
        if self.has_directories and (unasked := symbols - self._listed):
            self._listed |= unasked
            rows = self.connection.execute(_SQL["find_registrants"], {"symbols": sorted(unasked)})
            for before, after, *fields in rows:
                removed, added = _stocks(before) - {*after}, _stocks(after) - {*before}
                if len(removed) == len(added) == 1:
                    self._successions.add(Succession(removed.pop(), added.pop(), *fields))
        return self._successions

    def steps(self, symbols: AbstractSet[str]) -> AbstractSet[Alias]:
        """Return what maps of symbols state, unless a person or the catalogue states something.

        The maps are those that have one of the symbols, and those of earlier calls.
        """
        if self.has_directories and (unasked := symbols - self._mapped):
            self._mapped |= unasked
            with searching_by_index(self.connection):
                rows = self.connection.execute(_SQL["find_steps"], {"symbols": sorted(unasked)})
            changes = [
                Alias(old, day, new, f"the map of symbols {file_name}")
                for old, day, new, file_name in rows
            ]
            self._steps.update(choose_steps(changes, self.aliases))
        return self._steps

    def spellings(self, symbols: Iterable[str]) -> dict[str, str]:
        """Return the symbols that are other symbols without their dot."""
        if not self.has_directories:
            return {}
        rows = self.connection.execute(_SQL["find_spellings"], {"symbols": sorted(symbols)})
        return dict(rows.fetchall())

    def handovers(self, symbols: Iterable[str]) -> dict[str, list[Handover]]:
        """Return when a symbol passed to another company, by the directories.

        A registrant with the same name is the same company, registered again.
        """
        found: dict[str, list[Handover]] = defaultdict(list)
        if self.has_directories:
            parameters = {"symbols": sorted(symbols)}
            rows = self.connection.execute(_SQL["find_handovers"], parameters)
            for symbol, since, until, *names in rows:
                if None in names or compare_names(*names) is not Likeness.SAME:
                    found[symbol].append(Handover(since, until))
        return found

    def names(self, symbols: Iterable[str]) -> dict[str, set[str]]:
        """Return the names that directories have for symbols."""
        found: dict[str, set[str]] = defaultdict(set)
        if self.has_directories:
            parameters = {"symbols": sorted(symbols)}
            for symbol, name in self.connection.execute(_SQL["find_names"], parameters):
                found[symbol].add(name)
        return found


def _stocks(symbols: Sequence[str]) -> set[str]:
    """Return a registrant's symbols without those of its warrants, units, rights and notes.

    Such a symbol adds letters to the share's (`ABLLW` to `ABL`), or has a fifth letter beside a
    shorter share symbol, as Nasdaq assigns it (`SQLLW` beside `ATLN`). A fifth F or Y is a share's.
    """
    has_short = any(len(symbol) < _LONG for symbol in symbols)
    return {
        symbol
        for symbol in symbols
        if not any(symbol != root and symbol.startswith(root) for root in symbols)
        and not (has_short and len(symbol) == _LONG and symbol[-1] not in "FY")
    }


@dataclass(slots=True)
class Gathered:
    """The refs to examine, and the stored securities that they touch."""

    refs: dict[int, NumberedRef]
    stored: dict[int, Security]
    registered: Registered = field(default_factory=Registered)


def read_all(store: Store) -> Gathered:
    """Return all refs and securities of an environment."""
    parameters = {"environment": store.environment}
    texts: dict[Any, Any] = {}  # funds report a stock alike: a text is kept once
    keep: Callable[[Any, Any], Any] = texts.setdefault
    with store.connection.cursor() as cursor:
        refs = {
            number: NumberedRef(number, *(keep(text, text) for text in fields))
            for number, *fields in cursor.stream(_SQL["read_refs"], parameters, size=READ_AHEAD)
        }
    return Gathered(refs, _read_stored(store.connection, "read_all_securities", parameters))


def find_registered(store: Store, gathered: Gathered, inputs: Inputs) -> None:
    """Add what registers state about the refs.

    A register is also asked for symbols that aliases, its own lists and spellings connect with the
    refs: it may know a former symbol that no file reports.
    """
    if not inputs.has_registers:
        return
    texts = {text: text for ref in gathered.refs.values() for text in ref[1:]}
    found: dict[str, set[str]] = defaultdict(set)
    _add_keys(found, gathered.refs.values())
    known: set[str] = set()
    size = (-1, -1)
    while True:
        while fresh := found["symbols"] - known:
            known |= fresh
            _add_connected(found, fresh, inputs)
        if size == (len(found["symbols"]), len(found["cusips"])):
            return
        gathered.registered = Registered()  # frees its memory before it is read again
        gathered.registered = read_registered(
            store.connection, found["symbols"], found["cusips"], texts
        )
        # The register was read for the symbols and CUSIPs that it connects, too.
        _add_keys(found, gathered.registered.refs.values())
        size = len(found["symbols"]), len(found["cusips"])


def gather(
    store: Store, new: Sequence[NumberedRef], requested: set[str], inputs: Inputs
) -> Gathered:
    """Return everything that is connected with some refs and the given symbols."""
    gathered = Gathered({ref.number: ref for ref in new}, {})
    known: dict[str, set[str]] = defaultdict(set)
    found: dict[str, set[str]] = defaultdict(set)
    found["symbols"] |= requested
    _add_keys(found, new)
    while True:
        fresh = {kind: values - known[kind] for kind, values in found.items()}
        if not any(fresh.values()):
            if not inputs.has_registers:
                return gathered
            registered = read_registered(store.connection, known["symbols"], known["cusips"])
            reported = registered.refs.values()
            connected = {ref.symbol for ref in reported} - known["symbols"]
            connected_keys = {p.cusip for p in reported if p.cusip} - known["cusips"]
            if not connected and not connected_keys:
                gathered.registered = registered
                return gathered
            found["symbols"] |= connected
            found["cusips"] |= connected_keys
            continue
        for kind, values in fresh.items():
            known[kind] |= values
        _add_connected(found, fresh.get("symbols", set()), inputs)
        parameters: dict[str, Any] = {"environment": store.environment}
        for kind in ("symbols", "cusips", "isins", "sedols", "figis"):
            parameters[kind] = sorted(fresh.get(kind, ()))
        rows = store.connection.execute(_SQL["find_refs"], parameters)
        refs = {row[0]: NumberedRef(*row) for row in rows}
        if codes := find_codes(fresh.get("symbols", ())):
            rows = execute(store, _SQL["find_coded"], codes=codes)
            coded = [NumberedRef(*row) for row in rows]
            symbols = fresh["symbols"]
            refs |= {r.number: r for r in coded if list_candidates(r.ticker) & symbols}
        gathered.refs |= refs
        _add_keys(found, refs.values())
        stored = _read_stored(store.connection, "read_securities", parameters)
        gathered.stored |= stored
        found["symbols"] |= {
            interval.symbol for held in stored.values() for interval in held.intervals
        }


def make_evidence(gathered: Gathered, inputs: Inputs) -> Evidence:
    """Return the evidence about the gathered refs, with the runs of registers."""
    registered = gathered.registered
    refs = [*gathered.refs.values(), *registered.refs.values()]
    symbols = {ref.symbol for ref in refs}
    aliases = _connected_aliases(symbols, inputs)
    # Names are read for symbols whose ticker only a register may have.
    listed = {ref.symbol for ref in registered.refs.values()}
    listed |= {alias.new for alias in aliases if alias.new}
    return Evidence(
        refs,
        registered.runs,
        aliases,
        inputs.spellings(symbols),
        frozenset(s for s in inputs.successions(symbols) if symbols.issuperset(s[:2])),
        inputs.handovers(symbols),
        frozenset(registered.refs),
        registered.announced,
        frozenset(inputs.steps(symbols)),
        inputs.names(listed) if listed and registered.refs else {},
        inputs.tenures,
    )


def _connected_aliases(symbols: AbstractSet[str], inputs: Inputs) -> list[Alias]:
    """Return the aliases of some symbols, with the aliases that follow them."""
    while True:
        every = [*inputs.aliases, *sorted(inputs.steps(symbols))]
        found = [a for a in every if a.old in symbols or a.new in symbols]
        more = symbols | {s for alias in found for s in (alias.old, alias.new) if s}
        if more == symbols:
            return found
        symbols = more


def _add_keys(found: dict[str, set[str]], refs: Iterable[NumberedRef]) -> None:
    for ref in refs:
        if ref.symbol != NAMELESS:
            found["symbols"].add(ref.symbol)
        found["symbols"] |= list_candidates(ref.ticker)
        kinds = ("cusips", "cusips", "isins", "sedols", "figis")
        for kind, value in zip(kinds, identifier_keys(ref), strict=True):
            if value:
                found[kind].add(value)


def _add_connected(found: dict[str, set[str]], symbols: set[str], inputs: Inputs) -> None:
    """Add the symbols that aliases, successions and spellings connect with these."""
    every = (*inputs.aliases, *inputs.steps(symbols))
    pairs = [(alias.old, alias.new) for alias in every if alias.new]
    named = [(one.old, one.new) for one in inputs.successions(symbols)]
    for one, other in (*pairs, *named):
        if one in symbols or other in symbols:
            found["symbols"] |= {one, other}
    if symbols:
        dotted = {symbol.replace(".", "") for symbol in symbols if "." in symbol}
        found["symbols"] |= dotted | set(inputs.spellings(symbols).values())


def _read_stored(
    connection: Connection, statement: str, parameters: Mapping[str, Any]
) -> dict[int, Security]:
    return {
        number: Security(
            tuple(
                SymbolInterval(*interval)
                for interval in zip(*(part or () for part in intervals), strict=True)
            ),
            label,
        )
        for number, label, *intervals in connection.execute(_SQL[statement], parameters)
    }
