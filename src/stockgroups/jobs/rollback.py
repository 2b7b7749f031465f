"""Taking a load back, as a new act: nothing is erased, and the act can be taken back itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import rehearsing, writing
from stockgroups.errors import GuardError
from stockgroups.history.projection import read_headers
from stockgroups.history.undo import Undo, plan_undo
from stockgroups.model import GroupKey, GroupType
from stockgroups.queries.provenance import LoadEntry, read_loads
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply
from stockgroups.store.desired import Amendment, DesiredGroup
from stockgroups.store.loads import LoadNote
from stockgroups.store.state import StoredGroup, read_groups

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection
    from stockgroups.history.timeline import Header
    from stockgroups.store.plan import Plan

_SQL = load_statements("loads")


@dataclass(frozen=True, slots=True)
class RollbackReport:
    """What was taken back. `replaced` counts, by group, what later loads had replaced already."""

    load: LoadEntry
    plan: Plan
    replaced: Mapping[str, int]
    dry_run: bool


def roll_back(
    connection: Connection, environment: str, load_id: int, *, dry_run: bool = False
) -> RollbackReport:
    """Restore the state before a load, and keep what later loads have said.

    Where it had superseded a date, the earlier statement is said again; where it was the first,
    the date is taken back. Groups that it made and of which nothing else is known go; groups that
    it deleted come back. Raises NotFoundError for an unknown load, GuardError when there is nothing
    to take back, and when the memberships before it were another program's, which no record holds.
    """
    with rehearsing(connection, dry_run=dry_run), writing(connection, environment):
        load = read_loads(connection, environment, limit=1, load_id=load_id)[0]
        undoing = _Undoing(connection, environment, load)
        if undoing.is_empty:
            by = f": load {load.undone_by} did it" if load.undone_by else ""
            raise GuardError(f"load {load_id} has nothing that could be taken back{by}")
        plan = apply(
            connection,
            environment,
            undoing.desired,
            delete=undoing.delete,
            amendments=undoing.amendments,
            note=LoadNote("rollback", {"load": load_id}, undoes=load_id),
        )
    return RollbackReport(load, plan, undoing.replaced, dry_run)


class _Undoing:
    """What has to be done so that a load counts no longer, read in the open transaction."""

    def __init__(self, connection: Connection, environment: str, load: LoadEntry) -> None:
        self._load = load
        self.amendments: list[Amendment] = []
        self.desired: list[DesiredGroup] = []
        self.delete: list[GroupKey] = []
        self.replaced: dict[str, int] = {}
        loaded: dict[GroupKey, set[int]] = defaultdict(set)
        for kind, name, _, snapshot_id in connection.execute(
            _SQL["find_recorded_by"], {"environment": environment, "load_id": load.id}
        ):
            loaded[GroupKey(environment, GroupType(kind), name)].add(snapshot_id)
        done = {_parse_name(environment, name): told for name, told in load.changes.items()}
        keys = sorted(loaded.keys() | done.keys())
        stored = read_groups(connection, environment, keys)
        numbers = [group.registry_id for group in stored.values() if group.registry_id is not None]
        headers = read_headers(connection, numbers)
        for key in keys:
            group = stored[key]
            if group.registry_id is not None:
                recorded = headers[group.registry_id]
                self._plan_group(group, recorded, loaded[key], done.get(key, {}))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.amendments or self.delete or self.desired)

    def _plan_group(
        self,
        group: StoredGroup,
        headers: list[Header],
        loaded: set[int],
        done: Mapping[str, Any],
    ) -> None:
        key, registry_id = group.key, group.registry_id
        assert registry_id is not None  # noqa: S101 - the caller looked
        undone, replaced = plan_undo(headers, loaded)
        if replaced:
            self.replaced[f"{key.type} {key.name}"] = len(replaced)
        self.amendments += [Amendment(key, registry_id, u.snapshot_id, u.restates) for u in undone]
        remains = _remains(headers, undone)
        former = done.get("former", {})
        if done.get("deleted"):
            if group.group_id is None:
                self.desired.append(_restore(key, former, has_record=bool(headers)))
        elif group.group_id is None:
            return  # deleted since; its record alone is amended
        elif done.get("created") and not remains:
            self.delete.append(key)
        elif undone or former:
            if undone and not remains:
                self._check_empty(group, headers, loaded, done)
            self.desired.append(_restore(key, former, has_record=bool(undone)))

    def _check_empty(
        self,
        group: StoredGroup,
        headers: list[Header],
        loaded: set[int],
        done: Mapping[str, Any],
    ) -> None:
        """Refuse where the load took the place of members that no snapshot holds."""
        counts = {header.member_count for header in headers if header.id in loaded}
        was_empty = not done.get("removed") and done.get("added", 0) in counts
        if not was_empty:
            raise GuardError(
                f"what {group.key} held before load {self._load.id} is not in the record",
                remedy="another program had made it; load a file of it in place of the rollback",
            )


def _remains(headers: list[Header], undone: list[Undo]) -> bool:
    """Return whether anything counts on any date once this has been said."""
    last: dict[tuple[bool, Any], bool] = {}
    by_id = {header.id: header for header in headers}
    for header in sorted(headers, key=lambda header: header.id):
        last[header.is_proxy, header.as_of] = not header.retracted
    for one in undone:
        header = by_id[one.snapshot_id]
        last[header.is_proxy, header.as_of] = one.restates
    return any(last.values())


def _restore(key: GroupKey, former: Mapping[str, Any], *, has_record: bool) -> DesiredGroup:
    """Return the group as it was: its own words, and as members what its record says by then."""
    return DesiredGroup(
        key,
        description=former.get("description"),
        metadata=former.get("metadata", {}),
        liquidity_filter=former.get("liquidity_filter"),
        snapshots=() if has_record else None,
    )


def _parse_name(environment: str, text: str) -> GroupKey:
    """Return the group that the audit calls `TYPE NAME`."""
    kind, _, name = text.partition(" ")
    return GroupKey(environment, GroupType(kind), name)
