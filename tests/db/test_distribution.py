"""The members of the record on other servers: every answer stays, and none mixes two moments."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg

import stockgroups
from cluster import Cluster, make_cluster
from commands import check_refusal, make_command
from databases import Databases
from db.moved import OLD, asking_since_before, check_copies, make_record, read_answers, report
from samples import make_fund, make_printed
from stockgroups.analytics.members import read_members as read_fund_members
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.checks.differences import Drift, Size, find_drift
from stockgroups.checks.etfs import check_etfs
from stockgroups.checks.unnamed import read_by_nameless, read_nameless
from stockgroups.db import distribution, partitions, transactions
from stockgroups.db.connection import connect
from stockgroups.db.layout import read_layout
from stockgroups.db.sql import load_statements
from stockgroups.errors import DatabaseError
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.rebuild import rebuild
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupType, Ref
from stockgroups.queries.moments import EVER, Moment
from stockgroups.queries.past import find_past_stock
from stockgroups.queries.statistics import read_statistics
from stockgroups.record.apply import apply
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store, execute
from tables import read_members, read_one

LATE = r"the members of (snapshot \d+|\d+ of \d+ snapshots) are not on their servers?"
MEMBERS = "SELECT count(*) FROM stockgroups.distributed_members"
SNAPSHOTS = "SELECT count(*) FROM stockgroups.snapshots"


def build_anew(store: Store) -> list[tuple[object, ...]]:
    """The names and sectors that a build gives the stocks if there are none."""
    with store.connection.transaction(force_rollback=True):
        store.connection.execute("DELETE FROM public.cache_entries")
        build_metadata(store)
        return store.connection.execute(
            "SELECT key, name, value FROM public.cache_entries ORDER BY key"
        ).fetchall()


SIZES: dict[tuple[str, str], Size] = defaultdict(lambda: Size(1, None))
THEN = Moment(dt.date(2020, 6, 1))
MANY: dict[str, Callable[[Store], object]] = {
    "a stock on a day": lambda store: find_past_stock(store, "XOM", THEN),
    "a stock as known": lambda store: find_past_stock(
        store, "XOM", replace(THEN, known_at=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))
    ),
    "statistics of a day": lambda store: read_statistics(store, THEN),
    "drift": lambda store: find_drift(store).members,
    "the funds": lambda store: check_etfs(store, Drift(RefSecurities(store), SIZES)).findings,
    "the record": lambda store: list(find_differences(store)),
    "metadata": build_anew,
    "all funds on a day": lambda store: read_fund_members(store, GroupType.ETF, THEN),
    "a stock in them": lambda store: read_fund_members(store, GroupType.ETF, THEN, ["A"]),
    "their funds": lambda store: ask(
        store, "expressions", "count_past_etfs", symbols=["XOM", "IBM"], **THEN.parameters
    ),
    "refs of their groups": lambda store: ask(
        store,
        "expressions",
        "list_candidates",
        types=["ETF", "ETF", "ETF"],
        names=["SPY", "QQQ", "QQQ"],
        days=[THEN.on, None, dt.date(2022, 1, 1)],
        known=[EVER] * 3,
        published=[None] * 3,
        today=dt.date(2022, 1, 1),
        security_ids=list(range(100)),
    ),
    "members that nothing confirms": lambda store: ask(store, "checks", "strange_members"),
    "unresolved rows": lambda store: read_by_nameless(store, "unresolved_rows"),
    "unresolved refs": lambda store: sorted(read_nameless(store)),
}
"""Questions that read members of snapshots of many groups."""
MEMBERS_IN = "stockgroups.members_in(integer[], bigint[], date[], text[])"
COMPUTED_THERE = (
    "a stock on a day",
    "statistics of a day",
    "the funds",
    "the record",
    "a stock in them",
    "their funds",
    "refs of their groups",
    "members that nothing confirms",
    "unresolved rows",
    "unresolved refs",
)
ONE_BY_ONE = """
    ALTER FUNCTION stockgroups.members_of(integer, bigint) RENAME TO members_of_sector;
    CREATE FUNCTION stockgroups.members_of(of_group integer, of_snapshot bigint)
    RETURNS TABLE (
        ref_ids integer[], weights double precision[], shares double precision[],
        sector_codes smallint[], industry_labels text[], industry_codes smallint[],
        member_metadata jsonb
    )
    LANGUAGE plpgsql AS $body$
    BEGIN
        IF (SELECT type FROM stockgroups.group_registry WHERE id = of_group) <> 'SECTOR' THEN
            RAISE 'one by one';
        END IF;
        RETURN QUERY SELECT * FROM stockgroups.members_of_sector(of_group, of_snapshot);
    END
    $body$
"""
"""There are eleven sectors, however many groups there are."""

HIDE_ONE = """
    UPDATE stockgroups.distributed_members SET snapshot_id = -snapshot_id WHERE snapshot_id = (
        SELECT snapshot_id FROM stockgroups.group_registry WHERE type = 'ETF' AND name = 'QQQ'
    )
"""


@pytest.fixture
def cluster(server: str, databases: Databases) -> Iterator[Cluster]:
    """A coordinator with the schema and nothing in it, environment TEST."""
    del databases  # it makes the template
    with make_cluster(server) as made:
        yield made


@pytest.fixture
def recorded(cluster: Cluster, catalog: Catalog) -> Iterator[Store]:
    with connect(cluster.target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        make_record(store)
        yield store


def ask(store: Store, topic: str, statement: str, **parameters: Any) -> list[tuple[object, ...]]:
    found = execute(store, load_statements(topic)[statement], **parameters)
    return sorted(found.fetchall(), key=str)


def add_doubtful(store: Store) -> None:
    """Record stocks that no source identifies, and stocks that nothing confirms."""
    nameless, listed = Ref(None, name="Lost Inc.", cusip="037833100"), Ref("A", name="Agilent")
    unknown = Ref("ZZZ", name="Unknown Corp.")
    file = make_printed(
        OLD, {unknown: 0.1, nameless: 0.2, Ref("XOM", name="Exxon"): 0.4, listed: 0.3}
    )
    apply(store, [make_fund("QQQ", file)])
    store.connection.execute(
        "WITH d AS (INSERT INTO stockgroups.directories"
        " (source, as_of, file_name, sha256, reader, entry_count, receipt)"
        " VALUES ('nasdaqlisted', '2019-01-02', 'f.txt', '\\x01', 'r', 1, '{}') RETURNING id)"
        " INSERT INTO stockgroups.listings (directory_id, symbol, ticker, is_test)"
        " SELECT id, 'A', 'A', false FROM d"
    )


def read_many(store: Store) -> dict[str, object]:
    return {name: ask(store) for name, ask in MANY.items()}


def test_every_answer_stays_when_the_members_go_and_come_back(recorded: Store) -> None:
    connection = recorded.connection
    before = read_answers(recorded)
    layout = distribution.distribute(connection)
    assert (layout.is_distributed, layout.is_partitioned) == (True, False)
    assert read_one(connection, MEMBERS) == read_one(connection, SNAPSHOTS)
    assert read_answers(recorded) == before
    assert distribution.distribute(connection) == layout
    assert not distribution.gather(connection).is_distributed
    assert read_answers(recorded) == before
    for left in ("add_full_snapshot", "remove_members", "members_of", "members_of_leaving"):
        assert read_one(connection, f"SELECT to_regproc('stockgroups.{left}')") is None
    assert read_one(connection, "SELECT to_regclass('stockgroups.distributed_members')") is None


def test_all_work_goes_on_where_the_members_are_elsewhere(recorded: Store) -> None:
    connection = recorded.connection
    distribution.distribute(connection)
    apply(recorded, [report(dt.date(2021, 7, 30), 0.3)])
    found = validate(recorded).rows()
    newest = apply(recorded, [report(dt.date(2021, 8, 31), 0.8)])
    assert newest.load_id is not None
    assert read_members(connection, "SPY") == {"MSFT": 0.2, "XOM": 0.8}
    roll_back(recorded, newest.load_id)
    assert read_members(connection, "SPY") == {"MSFT": 0.7, "XOM": 0.3}
    assert not rebuild(recorded).intervals
    assert validate(recorded).rows() == found
    # The members of a deleted snapshot are deleted on their server.
    before = read_one(connection, MEMBERS)
    connection.execute("DELETE FROM stockgroups.snapshots WHERE as_of = '2021-07-30'")
    assert read_one(connection, MEMBERS) == before - 1
    # A load that fails leaves nothing there.
    with connection.transaction(force_rollback=True):
        apply(recorded, [report(dt.date(2021, 9, 30), 0.1)])
        assert read_one(connection, MEMBERS) >= before
    assert read_one(connection, MEMBERS) == before - 1


def test_a_distributed_record_is_exported_imported_copied_and_upgraded(
    recorded: Store, cluster: Cluster, tmp_path: Path
) -> None:
    distribution.distribute(recorded.connection)
    check_copies(recorded, cluster.target, tmp_path / "out")


def test_a_question_between_two_commits_is_asked_again(
    recorded: Store, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load is committed on this server, and its members arrive while the question waits."""
    distribution.distribute(recorded.connection)
    monkeypatch.setenv("DATABASE_URL", cluster.target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    waits: list[float] = []

    def arrive(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            cluster.show_members()

    monkeypatch.setattr(transactions, "sleep", arrive)
    with stockgroups.connect() as db:
        before = db.group("ETF", "SPY", as_of="2020-06-01")
        cluster.hide_members()
        assert db.group("ETF", "SPY", as_of="2020-06-01") == before
        assert len(waits) == 2
        cluster.hide_members()
        # What never arrives is no answer, and says so. Memberships of now are on this server.
        with pytest.raises(DatabaseError, match=LATE):
            db.group("ETF", "SPY", as_of="2020-06-01")
        with pytest.raises(DatabaseError, match=LATE):
            db.validate()
        assert db.group("ETF", "SPY", details=False).weights == {"MSFT": 0.6, "XOM": 0.4}
    # In an open transaction the state stays: nothing is asked again there.
    waits.clear()
    with (
        stockgroups.connect() as db,
        pytest.raises(DatabaseError),
        transactions.reading(db.connection),
    ):
        db.group("ETF", "SPY", as_of="2020-06-01")
    assert not waits


def test_who_asks_since_before_a_move_is_refused_and_asks_again(
    recorded: Store, cluster: Cluster
) -> None:
    with asking_since_before(recorded, cluster.target):
        distribution.distribute(recorded.connection)
    with asking_since_before(recorded, cluster.target):
        distribution.gather(recorded.connection)


def test_questions_about_many_groups_ask_each_server_once(recorded: Store) -> None:
    """No such question reads a snapshot by itself, and half of the members is no answer."""
    connection = recorded.connection
    add_doubtful(recorded)
    before = read_many(recorded)
    assert all(answer for name, answer in before.items() if name not in {"drift", "the record"})
    partitions.partition(connection)
    assert read_many(recorded) == before
    partitions.gather(connection)
    distribution.distribute(connection)
    assert read_many(recorded) == before
    connection.execute(ONE_BY_ONE)
    assert read_many(recorded) == before
    assert not rebuild(recorded).intervals
    # These answers are computed on the servers: whole members do not travel.
    with connection.transaction(force_rollback=True):
        connection.execute(f"ALTER FUNCTION {MEMBERS_IN} RENAME TO members_in_gone")
        for name in COMPUTED_THERE:
            assert MANY[name](recorded) == before[name]
    # One of the snapshots is not on its server yet.
    connection.execute(HIDE_ONE)
    for question in MANY.values():
        with pytest.raises(pg.SerializationFailure, match=r"the members of 1 of \d+ snapshots are"):
            question(recorded)


def test_an_interrupted_move_changes_no_answer_and_is_continued(
    recorded: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = recorded.connection
    before = read_answers(recorded)
    connection.execute("CREATE VIEW public.theirs AS SELECT weights FROM stockgroups.snapshots")
    with pytest.raises(DatabaseError, match=r"view (public\.)?theirs depends on column weights"):
        distribution.distribute(connection)
    assert not read_layout(connection).is_distributed
    assert read_answers(recorded) == before
    # Meanwhile a snapshot comes and goes, after its members were copied, and one stays.
    apply(recorded, [report(dt.date(2021, 7, 30), 0.3)])
    with pytest.raises(DatabaseError, match=r"theirs depends"):
        distribution.distribute(connection)
    connection.execute("DELETE FROM stockgroups.snapshots WHERE as_of = '2021-07-30'")
    assert read_one(connection, MEMBERS) == read_one(connection, SNAPSHOTS) + 1
    connection.execute("DROP VIEW public.theirs")
    assert distribution.distribute(connection).is_distributed
    assert read_one(connection, MEMBERS) == read_one(connection, SNAPSHOTS)
    assert read_answers(recorded)["content"] == before["content"]
    # The way back, stopped before the copies are dropped.
    name = "drop_table"
    with monkeypatch.context() as broken:
        broken.setitem(distribution._SQL, name, b"SELECT 1 / 0")
        with pytest.raises(pg.DivisionByZero):
            distribution.gather(connection)
    assert not read_layout(connection).is_distributed
    assert read_answers(recorded)["content"] == before["content"]
    assert not distribution.gather(connection).is_distributed
    assert read_one(connection, "SELECT to_regclass('stockgroups.distributed_members')") is None


def test_readers_of_snapshots_read_members_elsewhere(recorded: Store) -> None:
    connection = recorded.connection
    connection.execute("GRANT SELECT ON stockgroups.snapshots TO PUBLIC")
    distribution.distribute(connection)
    tables = ("snapshots", "distributed_members", "full_snapshots")
    for table in tables:
        held = f"SELECT has_table_privilege('public', 'stockgroups.{table}', 'SELECT')"
        assert read_one(connection, held) is True, table


def test_one_layout_at_a_time(
    recorded: Store,
    cluster: Cluster,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", cluster.target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    command = make_command(capsys)
    connection = recorded.connection
    partitions.partition(connection)
    # A dry run refuses what the run refuses.
    check_refusal(command("db", "distribute", "--dry-run"), 3, "are partitioned by year")
    with pytest.raises(DatabaseError, match="partitioned by year") as refused:
        distribution.distribute(connection)
    assert "`stockgroups db partition --undo`" in str(refused.value)
    partitions.gather(connection)
    distribution.distribute(connection)
    check_refusal(command("db", "partition", "--dry-run"), 3, "are distributed over")
    with pytest.raises(DatabaseError, match="are distributed") as refused:
        partitions.partition(connection)
    assert "`stockgroups db distribute --undo`" in str(refused.value)


def test_servers_that_cannot_distribute_say_why(store: Store) -> None:
    with pytest.raises(DatabaseError, match="this database has no Citus"):
        distribution.distribute(store.connection)
    assert not distribution.gather(store.connection).is_distributed


def test_a_worker_and_an_older_citus_are_refused(recorded: Store, cluster: Cluster) -> None:
    if cluster.is_citus:
        pytest.skip("one server is one version, and the coordinator")
    connection = recorded.connection
    connection.execute("UPDATE pg_catalog.pg_dist_local_group SET groupid = 2")
    with pytest.raises(DatabaseError, match="this server is a worker"):
        distribution.distribute(connection)
    connection.execute("UPDATE pg_extension SET extversion = '11.3-1' WHERE extname = 'citus'")
    with pytest.raises(DatabaseError, match=r"Citus is of version 11\.3-1"):
        distribution.distribute(connection)


def test_the_command_tells_what_it_moves(
    recorded: Store,
    cluster: Cluster,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", cluster.target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    command = make_command(capsys)
    count = read_one(recorded.connection, SNAPSHOTS)
    moved = f"the members of {count} snapshots"
    over = f"{cluster.servers} (Citus {cluster.version})"
    for _ in range(2):
        planned = command("db", "distribute", "--dry-run")
        assert planned.lines == [f"[DRY-RUN] Distributed {moved} over {over}"]
    assert command("db", "distribute").lines[-1:] == [f"✓ Distributed {moved} over {over}"]
    assert command("db", "distribute").lines[-1:] == [f"✓ Already distributed over {over}"]
    assert command("query", "SPY").status == 0
    assert command("validate", "--json").json["sections"]
    told = command("db", "distribute", "--undo", "--dry-run", "--json").json
    assert (told["is_distributed"], told["was_distributed"], told["snapshots"]) == (
        True,
        True,
        count,
    )
    assert command("db", "distribute", "--undo").lines[-1:] == [f"✓ One table again: {moved}"]
    assert command("db", "distribute", "--undo").lines[-1:] == ["✓ Nothing is distributed"]
    with psycopg.connect(cluster.target.url, autocommit=True) as owner:
        owner.execute("CREATE TABLE stockgroups.distributed_members ()")
    check_refusal(command("db", "distribute"), 3, "does not exist", "")
