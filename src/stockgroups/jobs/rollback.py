"""Undo a load by a new load: nothing is erased, and the rollback can be rolled back too."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.locks import ENTRIES, GROUPS, hold_tables
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import supposing, writing
from stockgroups.errors import GuardError
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.json_values import pick
from stockgroups.model import GroupKey, GroupType
from stockgroups.queries.provenance import LoadEntry, describe_changes, read_loads
from stockgroups.record.apply import apply
from stockgroups.record.definitions import PROJECTED
from stockgroups.record.desired import Amendment, DesiredGroup
from stockgroups.record.figures import list_figures
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.state import StoredGroup, read_groups
from stockgroups.record.undo import plan_undo
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.record.effective import Header, ReportKind
    from stockgroups.record.plan import Plan

_SQL = load_statements("loads")
_TYPES = frozenset(kind.value for kind in GroupType)
_NOT_BY_ROLLBACK = {
    "alias": (
        "changes by aliases last as long as the aliases",
        "`stockgroups alias list` shows them, `alias remove` removes one",
    ),
    "classify-override": (
        "the decision is not part of any load",
        "`stockgroups classify override SYMBOL --remove --reason TEXT` withdraws it",
    ),
    "rebuild": ("it made the tables match the record", "revert the load that recorded it"),
    "reconcile": ("it made the tables match the record", "make the change again"),
    "archive": ("it moved entries", "`stockgroups archive-legacy --restore` moves them back"),
    "unarchive": ("it moved entries back", "`stockgroups archive-legacy` moves them again"),
    "build-metadata": (
        "the entries that it wrote have changed since",
        "`stockgroups build-metadata` rebuilds them",
    ),
    "import": (
        "it imported the loads of an export",
        "`stockgroups loads` lists them, and each can be reverted",
    ),
    "adopt": ("it recorded what was there and changed nothing", "there is nothing to do"),
}


@dataclass(frozen=True, slots=True)
class RollbackReport(PlanReport):
    """What was undone.

    `replaced` counts, by group, the snapshots that later loads had superseded already. `entries`
    counts the restored entries of stock_metadata, `changed_entries` those that have changed since
    the load and stay. `kept` are groups that the load made; they stay without members, because
    somebody has changed their description or metadata since.
    """

    load: LoadEntry
    plan: Plan
    replaced: Mapping[str, int]
    dry_run: bool
    entries: int = 0
    changed_entries: int = 0
    kept: Sequence[GroupKey] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "dry_run": self.dry_run,
            **pick(self, "undoes=load.id load=load_id"),
            "changes": describe_changes(list_figures(self.plan)),
            **self.others,
            "replaced_since": dict(self.replaced),
            "kept": [[key.type.value, key.name] for key in self.kept],
            **pick(self, "entries changed_entries"),
            "errors": [str(group.error) for group in self.plan.groups if group.error],
        }


def roll_back(store: Store, load_id: int, *, dry_run: bool = False) -> RollbackReport:
    """Restore the state before a load, and keep what later loads recorded.

    If the load had superseded a snapshot, that snapshot becomes current again; if its snapshot was
    the first for its date, the date is retracted. A group that the load made is deleted if nothing
    else is recorded for it. A group that it deleted is made again. Entries of stock_metadata that
    it replaced are restored unless somebody has changed them since.

    Raises:
        NotFoundError: The load is unknown.
        GuardError: There is nothing to undo, or the members before the load came from another
            program and no record holds them.
    """
    with supposing(store.connection) if dry_run else writing(store.connection, store.environment):
        if not dry_run:
            hold_tables(store.connection, (*GROUPS, *ENTRIES))
        load = read_loads(store, limit=1, load_id=load_id)[0]
        if load.kind == "adopt":
            raise _explain_nothing(load)
        where = {"environment": store.environment, "load_id": load_id}
        replaced, entries = only_row(store.connection.execute(_SQL["count_replaced"], where))
        undoing = _Undoing(store, load)
        if undoing.is_empty and not entries:
            raise _explain_nothing(load)
        number = None if dry_run else reserve_load(store.connection)
        note = LoadNote(
            "rollback",
            {"load": load_id},
            undoes=load_id,
            figures={"stock_metadata": {"updated": entries}} if entries else {},
            number=number,
        )
        if entries and not dry_run:
            store.connection.execute(_SQL["put_back_entries"], where | {"number": number})
        plan = apply(
            store,
            undoing.desired,
            delete=undoing.delete,
            amendments=undoing.amendments,
            note=note,
            dry_run=dry_run,
        )
        if plan.load_id is None and not dry_run:
            plan.load_id = write_load(store, note)
    changed = replaced - entries
    return RollbackReport(load, plan, undoing.replaced, dry_run, entries, changed, undoing.kept)


class _Undoing:
    """The steps that undo a load, read in the open transaction."""

    def __init__(self, store: Store, load: LoadEntry) -> None:
        self._load = load
        self.amendments: list[Amendment] = []
        self.desired: list[DesiredGroup] = []
        self.delete: list[GroupKey] = []
        self.replaced: dict[str, int] = {}
        self.kept: list[GroupKey] = []
        loaded: dict[GroupKey, set[int]] = defaultdict(set)
        for kind, name, _, snapshot_id in execute(store, _SQL["find_recorded_by"], load_id=load.id):
            loaded[store.key(kind, name)].add(snapshot_id)
        done = {
            key: change
            for name, change in load.changes.items()
            if (key := _parse_name(store.environment, name)) is not None
        }
        rows = execute(store, _SQL["list_worded_since"], load_id=load.id)
        self._worded_since = {name for (name,) in rows}
        # Of several migrations the first made the group.
        self._withdrawn: dict[str, Mapping[str, Any]] = dict(
            execute(store, _SQL["list_withdrawn"], load_id=load.id).fetchall()
        )
        keys = sorted(loaded.keys() | done.keys())
        stored = read_groups(store, keys)
        for key in keys:
            if stored[key].registry_id is not None:
                self._plan_group(stored[key], loaded[key], done.get(key, {}))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.amendments or self.delete or self.desired)

    def _plan_group(self, group: StoredGroup, loaded: set[int], done: Mapping[str, Any]) -> None:
        key, headers = group.key, group.headers
        undone, replaced = plan_undo(group, loaded)
        if replaced:
            self.replaced[key.full_name] = len(replaced)
        self.amendments += undone
        # Another program may have deleted a recorded group, which was then absent.
        came_later = any(
            header.recorded_at > self._load.started_at and header.id not in loaded
            for header in headers
        )
        remains = _remains(headers, undone) and (came_later or not done.get("created"))
        former = done.get("former", {})
        if done.get("deleted"):
            if group.group_id is None:
                self.desired.append(_restore(key, former, has_record=bool(headers)))
        elif group.group_id is None:
            return  # deleted since then; only its record is amended
        elif done.get("created") and not remains:
            is_worded = key.full_name in self._worded_since or not group.is_remembered
            if is_worded:
                self.desired.append(_restore(key, {}, has_record=bool(undone)))
                self.kept.append(key)
            else:
                self.delete.append(key)
        elif undone or former:
            if undone and not remains:
                withdrawn = self._withdrawn.get(key.full_name)
                if withdrawn is None:
                    self._check_empty(group, loaded, done)
                elif withdrawn["is_new"]:
                    self.delete.append(key)
                    return
                else:
                    former = _before(withdrawn)
            self.desired.append(_restore(key, former, has_record=bool(undone)))

    def _check_empty(self, group: StoredGroup, loaded: set[int], done: Mapping[str, Any]) -> None:
        """Raise if the load replaced members that no snapshot holds.

        Current loads record such members first; loads of earlier versions did not.
        """
        counts = {header.member_count for header in group.headers if header.id in loaded}
        was_empty = not done.get("removed") and done.get("added", 0) in counts
        if not was_empty:
            raise GuardError(
                f"what {group.key} held before load {self._load.id} is not in the record",
                remedy="another program had made it; load a file for it instead",
            )


def _remains(headers: list[Header], undone: list[Amendment]) -> bool:
    """Return whether any snapshot is still effective on some date after the amendments."""
    last: dict[tuple[ReportKind, Any], bool] = {}
    by_id = {header.id: header for header in headers}
    for header in sorted(headers, key=lambda header: header.id):
        last[header.place] = not header.retracted
    for one in undone:
        last[by_id[one.snapshot_id].place] = one.restates
    return any(last.values())


def _before(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a group's fields before a migration, in the form in which a load stores them."""
    before = definition["before"]
    brought = [*definition["after"]["metadata"], *sorted(PROJECTED)]
    return {**before, "absent": [key for key in brought if key not in before["metadata"]]}


def _restore(key: GroupKey, former: Mapping[str, Any], *, has_record: bool) -> DesiredGroup:
    """Return the group as it was: its own row, and the members that its record then gives."""
    return DesiredGroup(
        key,
        description=former.get("description"),
        metadata=former.get("metadata", {}),
        metadata_gone=tuple(former.get("absent", ())),
        liquidity_filter=former.get("liquidity_filter"),
        snapshots=() if has_record else None,
        restores=True,
        cleared=tuple(
            word
            for word in ("description", "liquidity_filter")
            if word in former and former[word] is None
        ),
    )


def _parse_name(environment: str, text: str) -> GroupKey | None:
    """Return the group that the audit calls `TYPE NAME`; None if the text names no group."""
    kind, _, name = text.partition(" ")
    return GroupKey(environment, GroupType(kind), name) if kind in _TYPES and name else None


def _explain_nothing(load: LoadEntry) -> GuardError:
    """Return why there is nothing to undo, and what to do instead."""
    what = f"load {load.id} ({load.kind}) cannot be reverted"
    if load.undone_by:
        return GuardError(f"{what}: load {load.undone_by} has already reverted it")
    reason, remedy = _NOT_BY_ROLLBACK.get(
        load.kind, ("what it recorded is no longer in effect", "`stockgroups loads` lists others")
    )
    return GuardError(f"{what}: {reason}", remedy=remedy)
