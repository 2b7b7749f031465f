"""Memberships compared with the record: the groups and the members that differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.arrays import pack_bigints, pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


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


class Size(NamedTuple):
    """The number of a group's memberships, and the sum of their weights; None if none has one."""

    members: int
    weight: float | None


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
        sizes: The memberships of each group (type, name).
        members: The memberships that differ from the record.
        deleted: The groups (type, name) whose rows are gone, with the number of their recorded
            members.
        words: The fields of groups' own rows that changed.
        stocks: The stocks of ETFs and entries in the order of symbols, for the checks that need
            them.
    """

    securities: RefSecurities
    sizes: Mapping[tuple[str, str], Size]
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
    sizes, suspects = _measure_groups(store, securities)
    return Drift(
        securities,
        sizes,
        _find_record_differences(store, suspects),
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


def _find_record_differences(store: Store, suspects: Collection[int]) -> list[RecordDifference]:
    """Return the memberships of some groups that differ from the record."""
    if not suspects:
        return []
    with joining_by_hash(store.connection):
        rows = execute(store, _SQL["record_differences"], group_ids=list(suspects)).fetchall()
    return [*map(RecordDifference._make, rows)]


def _measure_groups(
    store: Store, securities: RefSecurities
) -> tuple[dict[tuple[str, str], Size], set[int]]:
    """Return the sizes of all groups, and the groups whose memberships may differ from the record.

    The server compares each group as one hash. It knows the stock of a ref that always was one
    security; the others are looked up here.
    """
    ids, hashes = execute(store, _SQL["hash_symbols"], binary=True).fetchone() or ((), ())
    keys = dict(zip(ids or (), hashes or (), strict=True))
    recorded: dict[int, tuple[int, int]] = {}
    others: list[tuple[int, str, int]] = []
    unresolved: dict[int, set[int]] = defaultdict(set)
    for group, as_of, count, digest, refs, weights in execute(
        store,
        _SQL["hash_positions"],
        keys=pack_bigints(keys.get(security, 0) for security in securities.table[1:]),
        binary=True,
    ):
        found = securities.list_securities(refs or (), as_of)
        recorded[group] = count - found.count(None), digest or 0
        for ref, security, weight in zip(refs or (), found, weights or (), strict=True):
            if security is None:
                unresolved[ref].add(group)
            else:
                others.append((group, securities.symbols.get(security, ""), weight))
    for group, digest in _hash_others(store, others):
        recorded[group] = recorded[group][0], recorded[group][1] ^ digest
    sizes: dict[tuple[str, str], Size] = {}
    suspects: set[int] = set()
    for group, kind, name, count, weight, digest in execute(
        store, _SQL["hash_memberships"], binary=True
    ):
        sizes[kind, name] = Size(count, weight)
        if recorded.get(group, (count, digest or 0)) != (count, digest or 0):
            suspects.add(group)
    # A ref without a security is compared by its reported symbol, if it has one.
    if unresolved:
        for (ref,) in execute(store, _SQL["list_reported_symbols"], ref_ids=list(unresolved)):
            suspects |= unresolved[ref]
    return sizes, suspects


def _hash_others(
    store: Store, positions: Sequence[tuple[int, str, int]]
) -> Iterable[tuple[int, int]]:
    """Return the hash of the positions of each group, given with symbols and hashes of weights."""
    if not positions:
        return []
    groups, symbols, weights = zip(*positions, strict=True)
    return execute(
        store,
        _SQL["hash_others"],
        group_ids=pack_ints(groups),
        symbols=list(symbols),
        weights=pack_bigints(weights),
        binary=True,
    )
