"""The record partitioned by year gives the same answers, after any command."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from db.moved import asking_since_before, check_copies, make_record, read_answers, report
from stockgroups.checks import validate
from stockgroups.db import partitions
from stockgroups.db.connection import Target
from stockgroups.db.layout import read_layout
from stockgroups.errors import DatabaseError
from stockgroups.jobs.rebuild import rebuild
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.record.apply import apply
from stockgroups.store import Store
from stockgroups.times import today_utc
from tables import read_members, read_one

PARTITION = "SELECT count(*) FROM stockgroups.snapshot_members_{}"


@pytest.fixture
def recorded(store: Store) -> Store:
    make_record(store)
    return store


def test_every_answer_stays_when_the_record_is_parted_and_united(recorded: Store) -> None:
    connection = recorded.connection
    before = read_answers(recorded)
    this = today_utc().year
    assert partitions.partition(connection).is_partitioned
    years, missing = partitions.read_years(connection)
    assert (years, missing) == ([2019, 2020, 2021, this, this + 1], [])
    assert [read_one(connection, PARTITION.format(year)) for year in (2019, 2020, 2021)] == [
        1,
        2,
        1,
    ]
    assert read_answers(recorded) == before
    assert not partitions.gather(connection).is_partitioned
    assert read_answers(recorded) == before
    assert read_one(connection, "SELECT to_regproc('stockgroups.add_full_snapshot')") is None


def test_all_work_goes_on_where_the_record_is_parted(recorded: Store) -> None:
    connection = recorded.connection
    partitions.partition(connection)
    apply(recorded, [report(dt.date(2021, 7, 30), 0.3)])
    found = validate(recorded).rows()
    # A year that no partition was made for.
    assert apply(recorded, [report(dt.date(2005, 7, 29), 0.7, symbol="IBM")]).load_id is not None
    assert read_one(connection, PARTITION.format("other")) == 1
    partitions.partition(connection)
    assert partitions.read_years(connection)[0][0] == 2005
    assert read_one(connection, PARTITION.format("other")) == 0
    assert read_one(connection, PARTITION.format(2005)) == 1
    past = find_group(recorded, GroupType.ETF, "SPY", Moment(dt.date(2006, 1, 1)))
    assert [holding.symbol for holding in past.holdings] == ["XOM", "IBM"]
    newest = apply(recorded, [report(dt.date(2021, 8, 31), 0.8)])
    assert newest.load_id is not None
    assert read_members(connection, "SPY") == {"MSFT": 0.2, "XOM": 0.8}
    roll_back(recorded, newest.load_id)
    assert read_members(connection, "SPY") == {"MSFT": 0.7, "XOM": 0.3}
    assert not rebuild(recorded).intervals
    assert validate(recorded).rows() == found
    # What is deleted takes its members along.
    connection.execute("DELETE FROM stockgroups.snapshots WHERE as_of = '2005-07-29'")
    assert read_one(connection, PARTITION.format(2005)) == 0


def test_who_asks_since_before_a_move_is_refused_and_asks_again(
    recorded: Store, target: Target
) -> None:
    """To such a transaction, members are missing where they are now."""
    with asking_since_before(recorded, target):
        partitions.partition(recorded.connection)
    apply(recorded, [report(dt.date(2005, 7, 29), 0.7, symbol="IBM")])
    with asking_since_before(recorded, target):
        partitions.partition(recorded.connection)  # a year more
    with asking_since_before(recorded, target):
        partitions.gather(recorded.connection)


def test_a_parted_record_is_exported_imported_copied_and_upgraded(
    recorded: Store, target: Target, tmp_path: Path
) -> None:
    partitions.partition(recorded.connection)
    check_copies(recorded, target, tmp_path / "out")


def test_what_is_in_the_way_is_told_and_what_was_done_is_used(recorded: Store) -> None:
    connection = recorded.connection
    connection.execute("GRANT SELECT ON stockgroups.snapshots TO PUBLIC")
    connection.execute("CREATE PUBLICATION theirs FOR TABLE stockgroups.snapshots")
    connection.execute("CREATE VIEW theirs AS SELECT weights FROM stockgroups.snapshots")
    before = read_answers(recorded)
    with pytest.raises(DatabaseError, match="view theirs depends on column weights"):
        partitions.partition(connection)
    assert not read_layout(connection).is_partitioned
    # Loads go on meanwhile, and a load may be taken from the record.
    apply(recorded, [report(dt.date(2021, 7, 30), 0.3)])
    connection.execute("DELETE FROM stockgroups.snapshots WHERE as_of = '2021-07-30'")
    connection.execute("DROP VIEW theirs")
    assert partitions.partition(connection).is_partitioned
    assert read_answers(recorded)["content"] == before["content"]
    assert connection.execute(
        "SELECT tablename FROM pg_publication_tables WHERE pubname = 'theirs' ORDER BY 1"
    ).fetchone() == ("snapshot_members_2019",)
    assert (
        read_one(
            connection,
            "SELECT count(*) FROM information_schema.table_privileges WHERE grantee = 'PUBLIC'"
            " AND table_name IN ('snapshots', 'snapshot_members', 'full_snapshots')",
        )
        == 3
    )
