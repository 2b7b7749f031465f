"""Servers of a cluster that die in the middle of work: the answers are the old ones.

The stand-in's workers commit one after the other, and the coordinator last. So one worker may have
committed what nothing else has. (Citus has all of them prepare the commit before one commits.)
"""

from __future__ import annotations

import datetime as dt
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from cluster import Cluster, make_cluster
from databases import Databases
from db.moved import make_record, read_answers
from samples import make_fund, make_snapshot
from servers import open_folder
from stockgroups.catalog import Catalog
from stockgroups.db import distribution, embedded, schema
from stockgroups.db import layout as layouts
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.embedded.processes import find_servers
from stockgroups.jobs.rebuild import rebuild
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_one

FUNDS = ("QQQ", "DIA", "IWM", "VTI", "MDY", "SPY")
"""Some of them are on each worker."""
DAY = dt.date(2021, 7, 30)
HELD = {"XOM": 0.3, "T": 0.7}
MEMBERS = "distributed_members"
DIES = b"SELECT pg_terminate_backend(pg_backend_pid())"
# It runs when its transaction is about to commit, and waits for the end of a session.
KILL = """
    CREATE FUNCTION public.kill() RETURNS trigger LANGUAGE plpgsql
    SET client_min_messages = error AS $body$
    BEGIN
        PERFORM pg_terminate_backend({pid}, {milliseconds});
        RETURN NULL;
    END
    $body$;
    CREATE CONSTRAINT TRIGGER kill AFTER INSERT OR DELETE ON stockgroups.{table}
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.kill()
"""
SPARE = "DROP FUNCTION IF EXISTS public.kill() CASCADE"
# It runs when its transaction is about to commit, and waits for the test.
WAIT = """
    CREATE FUNCTION public.kill() RETURNS trigger LANGUAGE plpgsql
    SET client_min_messages = error AS $body$
    BEGIN
        PERFORM pg_advisory_xact_lock(7);
        RETURN NULL;
    END
    $body$;
    CREATE CONSTRAINT TRIGGER kill AFTER INSERT ON stockgroups.distributed_members
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.kill()
"""
WAITING = """
    SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
    WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted
"""
STEPS = [
    (distribution.distribute, distribution, "share"),
    (distribution.distribute, layouts, "fill"),
    (distribution.distribute, distribution, "begin_using"),
    (distribution.distribute, layouts, "drop_columns"),
    (distribution.distribute, layouts, "give_back_space"),
    (distribution.gather, layouts, "add_columns"),
    (distribution.gather, layouts, "fill_back"),
    (distribution.gather, distribution, "stop_using"),
    (distribution.gather, distribution, "drop_function"),
    (distribution.gather, layouts, "give_back_space"),
    (distribution.gather, distribution, "drop_table"),
]
"""A move, and the statement before which its session dies."""


@pytest.fixture
def cluster(server: str, databases: Databases, catalog: Catalog) -> Iterator[Cluster]:
    """A stand-in with a record in one table."""
    del databases  # it makes the template
    with make_cluster(server) as made:
        if made.is_citus:
            pytest.skip("Citus takes no triggers on what it distributes")
        with connect(made.target) as connection:
            make_record(Store(connection, "TEST", catalog=catalog))
        yield made


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(statement.encode())


def load(store: Store) -> None:
    apply(store, [make_fund(fund, make_snapshot(HELD, DAY)) for fund in FUNDS])


def check_half(cluster: Cluster) -> None:
    """Fail unless one worker has committed its part of the load, and the other one has not."""
    counts = []
    for url in cluster.workers:
        with psycopg.connect(url) as other:
            # Wait for its commit.
            other.execute("LOCK TABLE stockgroups.distributed_members")
            row = other.execute(
                "SELECT count(*) FROM stockgroups.distributed_members WHERE as_of = %s", [DAY]
            ).fetchone()
            assert row is not None
            counts.append(row[0])
    assert min(counts) == 0 < max(counts)


def check_loaded(store: Store) -> None:
    for fund in FUNDS:
        found = find_group(store, GroupType.ETF, fund, Moment(DAY))
        assert {holding.symbol: holding.weight for holding in found.holdings} == HELD
    assert not rebuild(store).intervals


def check_as_before(cluster: Cluster, catalog: Catalog, before: object) -> None:
    """Fail unless all answers are the old ones, and the same load then does its work."""
    for worker in cluster.workers:
        execute(worker, SPARE)
    with connect(cluster.target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        assert read_answers(store) == before
        load(store)
        check_loaded(store)


def test_a_move_that_dies_at_any_step_changes_no_answer(
    cluster: Cluster, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    with connect(cluster.target) as connection:
        before = read_answers(Store(connection, "TEST", catalog=catalog))
    for move, module, step in STEPS:
        with monkeypatch.context() as broken, connect(cluster.target) as connection:
            broken.setitem(module._SQL, step, DIES)
            with pytest.raises(psycopg.OperationalError):
                move(connection)
        with connect(cluster.target) as connection:
            assert read_answers(Store(connection, "TEST", catalog=catalog)) == before, step
            if (move, step) == (distribution.distribute, "give_back_space"):
                assert distribution.distribute(connection).is_distributed
    with connect(cluster.target) as connection:
        assert not distribution.gather(connection).is_distributed
        assert read_answers(Store(connection, "TEST", catalog=catalog)) == before


@pytest.mark.parametrize("dead", ["the coordinator", "worker 0", "worker 1"])
def test_a_load_whose_commit_stops_between_servers_is_not_there(
    cluster: Cluster, catalog: Catalog, dead: str
) -> None:
    with connect(cluster.target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        distribution.distribute(connection)
        before = read_answers(store)
        if dead == "the coordinator":
            pid, milliseconds, hit = f"{connection.info.backend_pid}", 60_000, cluster.workers
        else:
            pid, milliseconds, hit = "pg_backend_pid()", 0, (cluster.workers[int(dead[-1])],)
        for worker in hit:
            execute(worker, KILL.format(pid=pid, milliseconds=milliseconds, table=MEMBERS))
        with pytest.raises(psycopg.OperationalError):
            load(store)
    if dead == "the coordinator":
        check_half(cluster)
    check_as_before(cluster, catalog, before)


def test_a_rebuild_whose_commit_dies_is_not_there(cluster: Cluster, catalog: Catalog) -> None:
    with connect(cluster.target) as connection:
        store = Store(connection, "TEST", catalog=catalog)
        distribution.distribute(connection)
        load(store)
        connection.execute("DELETE FROM stockgroups.membership_history")
        own = KILL.format(pid="pg_backend_pid()", milliseconds=0, table="membership_history")
        execute(cluster.target.url, own)
        with pytest.raises(psycopg.OperationalError):
            rebuild(store)
    execute(cluster.target.url, SPARE)
    with connect(cluster.target) as connection:
        assert _count_intervals(connection) == 0
        store = Store(connection, "TEST", catalog=catalog)
        assert rebuild(store).intervals
        check_loaded(store)


def _count_intervals(connection: Connection) -> int:
    return int(read_one(connection, "SELECT count(*) FROM stockgroups.membership_history"))


@pytest.fixture
def homes() -> Iterator[tuple[Path, Path]]:
    """The homes of two servers: of a coordinator, and of its workers."""
    with open_folder() as folder:
        found = folder / "coordinator", folder / "workers"
        yield found
        for home in found:
            embedded.stop(home=home)


@pytest.mark.parametrize("dead", [0, 1], ids=["the coordinator's server", "the workers' server"])
def test_a_load_whose_server_crashes_in_its_commit_is_not_there(
    homes: tuple[Path, Path], catalog: Catalog, dead: int
) -> None:
    near, far = (embedded.ensure_running(home=home) for home in homes)
    template = make_conninfo(near, dbname="template_stockgroups")
    with psycopg.connect(near, autocommit=True) as owner:
        owner.execute(b"CREATE DATABASE template_stockgroups")
    schema.upgrade(Target(template, "test server", "template_stockgroups", "TEST"))
    with make_cluster(near, workers_on=far) as cluster, ThreadPoolExecutor(1) as pool:
        with connect(cluster.target) as connection:
            store = Store(connection, "TEST", catalog=catalog)
            make_record(store)
            distribution.distribute(connection)
            before = read_answers(store)
            with ExitStack() as stack:
                for worker in cluster.workers:
                    execute(worker, WAIT)
                    holder = stack.enter_context(closing(psycopg.connect(worker)))
                    holder.execute(b"SELECT pg_advisory_xact_lock(7)")
                running = pool.submit(load, store)
                while not sum(map(_count_waiting, cluster.workers)):
                    assert not running.done()
                kill_at_once(find_servers(embedded.status(homes[dead]).data_dir))
                with suppress(psycopg.OperationalError):
                    stack.close()  # a commit that waits may go on, where its server lives
                with pytest.raises(psycopg.OperationalError):
                    running.result()
        for home in homes:
            embedded.ensure_running(home=home)
        if dead == 0:
            check_half(cluster)
        check_as_before(cluster, catalog, before)


def kill_at_once(pids: list[int]) -> None:
    """Kill a whole server as a power cut does: none of its processes sees another one die."""
    assert pids
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            os.kill(pid, number)


def _count_waiting(worker: str) -> int:
    with psycopg.connect(worker) as other:
        row = other.execute(WAITING.encode()).fetchone()
        assert row is not None
        return int(row[0])
