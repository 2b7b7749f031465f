"""Rolls a migration back: deletes exactly what it added, and keeps what came in other ways since.

This is the only operation that deletes from the record. The entries are still in the old store, so
nothing is lost, and a second migration must find the same record as the first one did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.db.locks import GROUPS
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading_or_writing
from stockgroups.errors import NotFoundError
from stockgroups.migration.archive import count_archived
from stockgroups.migration.migrate import KIND
from stockgroups.migration.withdrawal import RollbackReport, Withdrawal
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.interval_differences import project_history
from stockgroups.record.loads import LoadNote, reserve_load, write_load
from stockgroups.record.securities import forget_identity
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_SQL = load_statements("rollback")
_BATCH_GROUPS = 200


def roll_back(store: Store, load_id: int | None = None, *, dry_run: bool = False) -> RollbackReport:
    """Roll back the migration with that number, or the last one that is not rolled back.

    Its snapshots are deleted, and the memberships become those of the snapshot that is effective
    without them. Later changes by other programs stay. A group's own row gets its former values,
    except those that somebody has changed since then. A group that the migration made is deleted,
    unless it now holds other data.

    Args:
        load_id: The migration's number in the audit; None for the last one not rolled back.

    Raises:
        NotFoundError: There is no such migration, or it is rolled back already.
    """
    with reading_or_writing(store.connection, store.environment, GROUPS, dry_run=dry_run):
        number, changes = _find(store, load_id)
        report = RollbackReport(number, dry_run)
        if not dry_run:
            report.load_id = reserve_load(store.connection)
        for batch in _batches(store.environment, changes):
            Withdrawal(store, report, batch).carry_out()
        if not dry_run:
            _audit(store, report)
            # The runs that the identity is computed from.
            project_history(store)
            # The refs are resolved again, without those that only the migration added.
            forget_identity(store)
            apply(store, [], note=LoadNote("rollback"))
            # Of all groups: the deleted evidence may have identified the refs of other groups.
            project_history(store)
            report.standing = _list_standing(store)
        report.archived = count_archived(store)
    return report


def _find(store: Store, load_id: int | None) -> tuple[int, dict[str, Any]]:
    """Return the number of the migration and its changes by group."""
    where = f"environment {store.environment}"
    if load_id is None:
        standing = _list_standing(store)
        if not standing:
            raise NotFoundError("there is no migration to revert", where=where)
        load_id = standing[0]
    row = execute(store, _SQL["find_load"], load_id=load_id).fetchone()
    if row is None or row[1] != KIND:
        standing = _list_standing(store)
        numbers = ", ".join(map(str, standing)) or "none"
        raise NotFoundError(
            f"load {load_id} is not a migration",
            where=where,
            remedy=f"migrations in force: {numbers}",
        )
    if row[4] is not None:
        raise NotFoundError(f"migration {load_id} was already reverted, by load {row[4]}")
    return load_id, row[3]


def _list_standing(store: Store) -> list[int]:
    rows = execute(store, _SQL["list_standing"], kind=KIND)
    return [row[0] for row in rows]


def _batches(
    environment: str, changes: Mapping[str, Any]
) -> Iterator[dict[GroupKey, Mapping[str, Any]]]:
    names = sorted(changes)
    for first in range(0, len(names), _BATCH_GROUPS):
        batch = {}
        for name in names[first : first + _BATCH_GROUPS]:
            kind, _, group = name.partition(" ")
            # Groups without a definition only had a stock that got another symbol, settled anew.
            if "definition" in changes[name]:
                batch[GroupKey(environment, GroupType(kind), group)] = changes[name]["definition"]
        yield batch


def _audit(store: Store, report: RollbackReport) -> None:
    figures: dict[str, dict[str, Any]] = {
        key.full_name: {"deleted": True} for key in report.deleted
    }
    figures |= {key.full_name: {"restored": True} for key in (*report.restored, *report.kept)}
    write_load(
        store,
        LoadNote("rollback", {"load": report.undone}, undoes=report.undone, number=report.load_id),
        figures,
    )
