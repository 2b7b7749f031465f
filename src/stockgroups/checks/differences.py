"""Memberships compared with the record: the groups and the members that differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SQL = load_statements("checks")
_DRIFT = load_statements("drift")
_TYPES = frozenset(kind.value for kind in GroupType)


class RecordDifference(NamedTuple):
    """One membership that differs from the effective snapshot.

    `is_recorded`: the effective snapshot has it. `is_stored`: the memberships have it. A missing
    weight is None.
    """

    type: str
    group: str
    symbol: str
    is_recorded: bool
    is_stored: bool
    weight: float | None
    stored_weight: float | None


class Stock(NamedTuple):
    """A stock that an ETF holds, or that has a metadata entry, with what the entry says.

    `is_suspect`: the entry may not have the ETFs and themes that hold the stock.
    """

    symbol: str
    is_held: bool
    has_entry: bool
    sector: str | None
    industry: str | None
    confidence: str | None
    is_suspect: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """The changes by other programs since this program wrote or recorded the memberships.

    Other checks do not report the consequences of drift.

    Attributes:
        securities: The securities of all refs, with which the record was read.
        members: The memberships that differ from the record.
        deleted: The groups (type, name) whose rows are gone, with the number of their recorded
            members.
        words: The fields of groups' own rows that changed.
        stocks: The stocks of ETFs and entries in the order of symbols, for the checks that need
            them.
    """

    securities: RefSecurities
    members: list[RecordDifference] = field(default_factory=list)
    deleted: dict[tuple[str, str], int] = field(default_factory=dict)
    words: dict[GroupKey, dict[str, Any]] = field(default_factory=dict)
    stocks: Sequence[Stock] = ()

    @property
    def groups(self) -> set[tuple[str, str]]:
        """The groups (type, name) whose members differ."""
        return {(one.type, one.group) for one in self.members} | self.deleted.keys()

    def is_reworded(self, kind: GroupType, name: str, word: str) -> bool:
        """Whether another program changed a key of a group's metadata."""
        return any(
            (key.type, key.name) == (kind, name) and word in words.get("metadata", ())
            for key, words in self.words.items()
        )

    def pairs(self, kind: str) -> set[tuple[str, str]]:
        """Return (group, symbol) for added or missing members of one type; weights do not count."""
        return {
            (one.group, one.symbol)
            for one in self.members
            if one.type == kind and one.is_recorded is not one.is_stored
        }


def find_drift(store: Store) -> Drift:
    """Return the drift of an environment, in an open transaction."""
    rows = execute(store, _SQL["deleted_groups"])
    deleted = {(kind, name): count for kind, name, count in rows}
    securities = RefSecurities(store)
    securities.read_all()
    return Drift(
        securities,
        _find_record_differences(store, securities),
        deleted,
        find_words(store),
    )


def read_stocks(store: Store) -> list[Stock]:
    """Return the stocks of ETFs and of metadata entries."""
    return [*map(Stock._make, execute(store, _SQL["stocks"]).fetchall())]


def find_words(store: Store) -> dict[GroupKey, dict[str, Any]]:
    """Return the fields of groups' own rows that changed.

    Keys that other programs added to the metadata belong to them and are left out.
    """
    found: dict[GroupKey, dict[str, Any]] = {}
    for kind, name, before, now in execute(store, _DRIFT["list_definitions"]):
        words = {
            word: before[word]
            for word in ("description", "liquidity_filter")
            if before.get(word) is not None and before[word] != now.get(word)
        }
        was, current = before.get("metadata"), now.get("metadata")
        if isinstance(was, dict):
            known = current if isinstance(current, dict) else {}
            metadata = {k: v for k, v in was.items() if k not in known or known[k] != v}
            if metadata:
                words["metadata"] = metadata
        if words and kind in _TYPES:
            found[GroupKey(store.environment, GroupType(kind), name)] = words
    return found


def name_words(words: Mapping[str, Any]) -> list[str]:
    """Return the sorted names of a group's changed fields from `find_words`.

    A key of the metadata is written as `metadata.industries`.
    """
    return sorted(
        [word for word in words if word != "metadata"]
        + [f"metadata.{name}" for name in words.get("metadata", ())]
    )


def _find_record_differences(store: Store, securities: RefSecurities) -> list[RecordDifference]:
    """Return the memberships that differ from the record."""
    groups = _find_suspects(store, securities)
    if not groups:
        return []
    with joining_by_hash(store.connection):
        rows = execute(store, _SQL["record_differences"], group_ids=list(groups)).fetchall()
    return [*map(RecordDifference._make, rows)]


def _find_suspects(store: Store, securities: RefSecurities) -> set[int]:
    """Return the groups whose memberships may differ from the record; all other groups agree.

    The comparison is done here, because the server needs three times as long to join all positions
    of the record with refs and securities. The server continues to read meanwhile.
    """
    symbols: Mapping[Any, str] = securities.symbols
    suspects: set[int] = set()
    unresolved: dict[int, set[int]] = defaultdict(set)
    where = {"environment": store.environment}
    with store.connection.cursor() as cursor:
        for group, as_of, refs, weights, held, stored in cursor.stream(
            _SQL["read_positions"], where, binary=True
        ):
            found = securities.list_securities(refs or (), as_of)
            recorded = dict(zip(map(symbols.get, found), weights or repeat(None), strict=False))
            if None in recorded:
                del recorded[None]
                for ref, security in zip(refs, found, strict=True):
                    if security is None:
                        unresolved[ref].add(group)
            count = len(found) - found.count(None)
            if count != len(held or ()) or recorded != dict(
                zip(held or (), stored or (), strict=True)
            ):
                suspects.add(group)
    # A ref without a security is compared by its reported symbol, if it has one.
    if unresolved:
        for (ref,) in execute(store, _SQL["list_reported_symbols"], ref_ids=list(unresolved)):
            suspects |= unresolved[ref]
    return suspects
