"""What lies in the program's database when something is measured."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.data import ENVIRONMENT, make_desired
from benchmarks.scratch import clear
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.plan import Plan
from stockgroups.store import Store


def fill(connection: Connection, catalog: Catalog) -> None:
    """Bring the database to a state in which everything is there: one day of each fund."""
    clear(connection)
    load(connection, make_desired())
    store = Store(connection, ENVIRONMENT, catalog=catalog)
    organize_sectors(store)
    organize_universe(store)
    build_metadata(store)
    connection.execute(b"VACUUM ANALYZE")


def load(connection: Connection, desired: Sequence[DesiredGroup]) -> Plan:
    """Apply, and fail when a file is refused: half a load must not be timed."""
    plan = apply(Store(connection, ENVIRONMENT), desired)
    for group in plan.groups:
        if group.error is not None or any(s.error is not None for s in group.snapshots):
            raise RuntimeError(f"{group.key} was refused")
    return plan


def load_unchanged(connection: Connection, desired: Sequence[DesiredGroup]) -> None:
    """Apply what is stored already."""
    if load(connection, desired).changes_anything:
        raise RuntimeError("a load that should change nothing changed something")
