"""Memberships against the record, member by member, in the groups whose hash differs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.model import GroupKey, GroupType
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping


_SQL = load_statements("checks")
_DRIFT = load_statements("drift")
_TYPES = frozenset(kind.value for kind in GroupType)


class RecordDifference(NamedTuple):
    """One membership that differs from the effective snapshot.

    `is_recorded` and `is_stored` tell on which side it is. A weight is None where it is missing.
    """

    type: str
    group: str
    symbol: str
    is_recorded: bool
    is_stored: bool
    weight: float | None
    stored_weight: float | None


@dataclass(frozen=True, slots=True)
class Drift:
    """What other programs changed since this program wrote or recorded the memberships.

    `deleted` maps groups (type, name) whose rows are gone to the number of their recorded members.
    `words` has fields of the groups' own rows that changed. Other checks leave out what follows
    from drift.
    """

    members: list[RecordDifference] = field(default_factory=list)
    deleted: dict[tuple[str, str], int] = field(default_factory=dict)
    words: dict[GroupKey, dict[str, Any]] = field(default_factory=dict)

    @property
    def groups(self) -> set[tuple[str, str]]:
        """The groups (type, name) of which the members differ."""
        return {(one.type, one.group) for one in self.members} | self.deleted.keys()

    def is_reworded(self, kind: GroupType, name: str, word: str) -> bool:
        """Whether a group says something else of a key of its metadata than it did."""
        return any(
            (key.type, key.name) == (kind, name) and word in words.get("metadata", ())
            for key, words in self.words.items()
        )

    def pairs(self, kind: str) -> set[tuple[str, str]]:
        """Return group and symbol of what differs in groups of one type, weights left out."""
        return {
            (one.group, one.symbol)
            for one in self.members
            if one.type == kind and one.is_recorded is not one.is_stored
        }


def find_drift(store: Store) -> Drift:
    """Return the drift of an environment, in an open transaction."""
    rows = execute(store, _SQL["deleted_groups"])
    deleted = {(kind, name): count for kind, name, count in rows}
    return Drift(
        find_record_differences(store),
        deleted,
        find_words(store),
    )


def find_words(store: Store) -> dict[GroupKey, dict[str, Any]]:
    """Return the fields of groups' own rows that changed.

    Keys of the metadata that other programs added are theirs and are left out.
    """
    found: dict[GroupKey, dict[str, Any]] = {}
    for kind, name, before, now in execute(store, _DRIFT["list_definitions"]):
        words = {
            word: before[word]
            for word in ("description", "liquidity_filter")
            if before.get(word) is not None and before[word] != now.get(word)
        }
        was, told = before.get("metadata"), now.get("metadata")
        if isinstance(was, dict):
            known = told if isinstance(told, dict) else {}
            metadata = {k: v for k, v in was.items() if k not in known or known[k] != v}
            if metadata:
                words["metadata"] = metadata
        if words and kind in _TYPES:
            found[GroupKey(store.environment, GroupType(kind), name)] = words
    return found


def name_words(words: Mapping[str, Any]) -> list[str]:
    """Return the names of what `find_words` gives of a group, sorted: `metadata.industries`."""
    return sorted(
        [word for word in words if word != "metadata"]
        + [f"metadata.{name}" for name in words.get("metadata", ())]
    )


def find_record_differences(store: Store) -> list[RecordDifference]:
    """Return where memberships differ from the record, in an open transaction."""
    with joining_by_hash(store.connection):
        row = execute(store, _state("suspect_groups"), group_ids=None).fetchone()
        if row is None or row[0] is None:
            return []
        rows = execute(store, _state("record_differences"), group_ids=row[0]).fetchall()
    return [*map(RecordDifference._make, rows)]


def _state(name: str) -> bytes:
    return b"WITH " + _SQL["recorded"] + b"\n" + _SQL[name]
