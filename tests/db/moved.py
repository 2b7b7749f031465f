"""A record whose members are moved to another table, and what is asked of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from samples import make_fund, make_snapshot
from stockgroups.checks import validate
from stockgroups.db import schema
from stockgroups.db.connection import Target, connect
from stockgroups.db.errors import translate_errors
from stockgroups.db.migrations import FUNCTIONS, SNAPSHOT_VIEWS
from stockgroups.db.scratch import scratch_copy
from stockgroups.db.transactions import reading
from stockgroups.errors import DatabaseError
from stockgroups.jobs.export import export
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors
from stockgroups.jobs.restore import import_export
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.past import find_past_stock
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store
from tables import dump, read_members

OLD, NEW = dt.date(2019, 6, 28), dt.date(2021, 6, 30)
SECTORS = ("Energy", "Technology")
CONTENT = "SELECT * FROM stockgroups.full_snapshots ORDER BY group_id, id"
HOLDINGS = "SELECT h::text FROM stockgroups.holdings h ORDER BY 1"


def report(day: dt.date, xom: float, *, symbol: str = "MSFT") -> DesiredGroup:
    members = {"XOM": xom, symbol: round(1 - xom, 3)}
    return make_fund("SPY", make_snapshot(members, day, sectors=SECTORS))


def make_record(store: Store) -> None:
    """Record a fund with reports of two years, one of them rolled back, sectors and metadata."""
    apply(store, [report(OLD, 0.5)])
    apply(store, [report(NEW, 0.4)])
    mistaken = apply(store, [report(dt.date(2020, 1, 31), 0.9)])
    assert mistaken.load_id is not None
    roll_back(store, mistaken.load_id)
    organize_sectors(store)
    build_metadata(store)


def read_answers(store: Store) -> dict[str, Any]:
    """What is asked every day, of now and of a day that has passed."""
    then = Moment(dt.date(2020, 6, 1))
    known = Moment(dt.date(2020, 6, 1), known_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    return {
        "content": store.connection.execute(CONTENT.encode()).fetchall(),
        "holdings": store.connection.execute(HOLDINGS.encode()).fetchall(),
        "tables": {k: rows for k, rows in dump(store.connection).items() if "snapshots" not in k},
        "fund": find_group(store, GroupType.ETF, "SPY"),
        "fund then": find_group(store, GroupType.ETF, "SPY", then),
        "stock": find_stock(store, "XOM"),
        "stock then": find_past_stock(store, "XOM", then),
        "stock as known": find_past_stock(store, "XOM", known),
        "statistics": read_statistics(store),
        "statistics then": read_statistics(store, then),
        "findings": validate(store).rows(),
    }


@contextmanager
def asking_since_before(store: Store, target: Target) -> Iterator[None]:
    """Fail if a transaction that began before the body gets another answer than a refusal."""
    then = Moment(dt.date(2020, 6, 1))
    before = find_group(store, GroupType.ETF, "SPY", then)
    with connect(target) as connection, reading(connection):
        connection.execute("SELECT 1")
        yield
        older = Store(connection, store.environment, catalog=store.catalog)
        refusal = pytest.raises(DatabaseError, match=r"have moved .*run it again, in a new trans")
        with refusal, translate_errors("here"):
            find_group(older, GroupType.ETF, "SPY", then)
    assert find_group(store, GroupType.ETF, "SPY", then) == before


def check_copies(store: Store, target: Target, folder: Path) -> None:
    """Fail unless the record is exported, imported, copied and upgraded as in one table."""
    connection = store.connection
    export(store, folder)
    other = Store(connection, "UAT", catalog=store.catalog)
    import_export(other, folder)
    assert find_group(other, GroupType.ETF, "SPY").symbols == ["MSFT", "XOM"]
    with scratch_copy(target, connection) as copy, connect(copy) as copied:
        there = Store(copied, "TEST", catalog=store.catalog)
        assert read_answers(there) == read_answers(store)
        apply(there, [report(dt.date(2021, 7, 30), 0.3)])
        assert read_members(copied, "SPY") == {"MSFT": 0.7, "XOM": 0.3}
    # A revision may add columns, and runs these files.
    connection.execute("ALTER TABLE stockgroups.snapshots ADD COLUMN remark text")
    connection.execute(SNAPSHOT_VIEWS.read_bytes())
    connection.execute(FUNCTIONS.read_bytes())
    assert schema.upgrade(target) == (schema.VERSION, schema.VERSION)
    assert apply(store, [report(dt.date(2021, 7, 30), 0.3)]).load_id is not None
