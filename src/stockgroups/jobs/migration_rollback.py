"""Taking a migration back: exactly what it brought goes, what came since by other means stays.

It is the one act that takes from the record: the entries, from which all of it came, are still in
the old store, and a second migration shall find the record as the first one did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import bump_version, reading, writing
from stockgroups.errors import NotFoundError
from stockgroups.history.projection import project_history
from stockgroups.jobs.archive import count_archived
from stockgroups.jobs.migrate import KIND
from stockgroups.jobs.withdrawal import RollbackReport, Withdrawal
from stockgroups.model import GroupKey, GroupType
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply
from stockgroups.store.loads import LoadNote, reserve_load, write_load
from stockgroups.store.locks import hold_tables
from stockgroups.store.state import read_clock, read_groups

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.db.connection import Connection

_SQL = load_statements("rollback")
_IDENTITY = load_statements("identity")
_BATCH_GROUPS = 200


def roll_back(
    connection: Connection, environment: str, load_id: int | None = None, *, dry_run: bool = False
) -> RollbackReport:
    """Take the migration of that number back, or the last one that stands.

    Its snapshots go, and the memberships become what counts without them; what other programs
    changed in between stays changed. A group's words become what they were, unless somebody changed
    them since; a group that it made goes, unless it holds something of others. Raises NotFoundError
    when there is no such migration or it was taken back already.
    """
    if dry_run:
        with reading(connection):
            number, changes = _find(connection, environment, load_id)
            report = RollbackReport(number, dry_run=True)
            for batch in _batches(environment, changes):
                Withdrawal(connection, environment, number, batch).tell(report)
            report.archived = count_archived(connection, environment)
        return report
    with writing(connection, environment):
        hold_tables(connection)
        number, changes = _find(connection, environment, load_id)
        report = RollbackReport(number, dry_run=False, load_id=reserve_load(connection))
        for batch in _batches(environment, changes):
            one = Withdrawal(connection, environment, number, batch)
            one.write(report)
            one.tell(report)
        _audit(connection, environment, report)
        _settle_identity(connection, environment)
        _settle_history(connection, environment, changes)
        bump_version(connection, environment)
        report.standing = _list_standing(connection, environment)
        report.archived = count_archived(connection, environment)
    return report


def _find(
    connection: Connection, environment: str, load_id: int | None
) -> tuple[int, dict[str, Any]]:
    """Return the number of the migration and its changes by group."""
    where = f"environment {environment}"
    if load_id is None:
        standing = _list_standing(connection, environment)
        if not standing:
            raise NotFoundError("no migration stands here that could be taken back", where=where)
        load_id = standing[0]
    row = connection.execute(
        _SQL["find_load"], {"environment": environment, "load_id": load_id}
    ).fetchone()
    if row is None or row[1] != KIND:
        standing = _list_standing(connection, environment)
        told = ", ".join(map(str, standing)) or "none"
        raise NotFoundError(
            f"load {load_id} is no migration", where=where, remedy=f"those that stand: {told}"
        )
    if row[4] is not None:
        raise NotFoundError(f"migration {load_id} was taken back already, by load {row[4]}")
    return load_id, row[3]


def _list_standing(connection: Connection, environment: str) -> list[int]:
    rows = connection.execute(_SQL["list_standing"], {"environment": environment, "kind": KIND})
    return [row[0] for row in rows]


def _batches(
    environment: str, changes: Mapping[str, Any]
) -> Iterator[dict[GroupKey, Mapping[str, Any]]]:
    names = sorted(changes)
    for first in range(0, len(names), _BATCH_GROUPS):
        batch = {}
        for name in names[first : first + _BATCH_GROUPS]:
            kind, _, group = name.partition(" ")
            # Groups without: a stock of theirs came to have another symbol, which is settled anew.
            if "definition" in changes[name]:
                batch[GroupKey(environment, GroupType(kind), group)] = changes[name]["definition"]
        yield batch


def _audit(connection: Connection, environment: str, report: RollbackReport) -> None:
    assert report.load_id is not None  # noqa: S101 - reserved above
    figures: dict[str, dict[str, Any]] = {
        f"{key.type} {key.name}": {"deleted": True} for key in report.deleted
    }
    figures |= {
        f"{key.type} {key.name}": {"restored": True} for key in (*report.restored, *report.kept)
    }
    write_load(
        connection,
        environment,
        report.load_id,
        LoadNote("rollback", {"load": report.undone}, undoes=report.undone),
        read_clock(connection),
        frozenset(),
        figures,
    )


def _settle_identity(connection: Connection, environment: str) -> None:
    """Compute anew what prints turn out to be, without those that only the migration brought."""
    connection.execute(_IDENTITY["write_state"], {"environment": environment, "identity": None})
    apply(connection, environment, [], note=LoadNote("rollback"))


def _settle_history(connection: Connection, environment: str, changes: Mapping[str, Any]) -> None:
    """Make the history of the groups anew from what is recorded of them still."""
    for batch in _batches(environment, changes):
        stored = read_groups(connection, environment, batch).values()
        numbers = {group.registry_id for group in stored if group.registry_id is not None}
        project_history(connection, environment, numbers)
