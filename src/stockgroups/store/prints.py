"""What identity is computed from, read: the prints to look at, their days, aliases, directories."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.identity.components import identifier_keys
from stockgroups.identity.evidence import Print
from stockgroups.identity.securities import Span
from stockgroups.model import Alias, GroupKey
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.db.connection import Connection
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


class Inputs:
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
class Gathered:
    """The prints to look at, and what the tables hold of the securities that they touch."""

    prints: dict[int, Print]
    stored: dict[int, Spans]


def gather_all(connection: Connection, environment: str, new: Iterable[Print]) -> Gathered:
    parameters = {"environment": environment}
    prints = {row[0]: Print(*row) for row in connection.execute(_SQL["read_prints"], parameters)}
    prints |= {printed.number: printed for printed in new}
    return Gathered(prints, _read_spans(connection, "read_all_securities", parameters))


def gather(
    connection: Connection,
    environment: str,
    new: Sequence[Print],
    asked: set[str],
    inputs: Inputs,
) -> Gathered:
    """Return all that is connected with the new prints and the symbols asked for."""
    gathered = Gathered({printed.number: printed for printed in new}, {})
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


def _add_connected(found: dict[str, set[str]], symbols: set[str], inputs: Inputs) -> None:
    """Add the symbols that aliases, registrants and spellings connect with these."""
    pairs = [(alias.old, alias.new) for alias in inputs.aliases if alias.new]
    for one, other in (*pairs, *inputs.registrants):
        if one in symbols or other in symbols:
            found["symbols"] |= {one, other}
    if symbols:
        dotted = {symbol.replace(".", "") for symbol in symbols if "." in symbol}
        found["symbols"] |= dotted | set(inputs.spellings(symbols).values())


def read_days(
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


def _read_spans(
    connection: Connection, statement: str, parameters: Mapping[str, Any]
) -> dict[int, Spans]:
    spans: dict[int, list[Span]] = defaultdict(list)
    for number, symbol, start, end in connection.execute(_SQL[statement], parameters):
        spans[number].append(Span(symbol, start, end))
    return {number: tuple(held) for number, held in spans.items()}
