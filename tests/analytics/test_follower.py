"""The follower: it gets changes, mixes no states, and recovers from a lost connection."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping

import pytest

import stockgroups
from samples import make_fund, make_snapshot
from servers import open_folder
from stockgroups.analytics.index import follower as following
from stockgroups.analytics.index import watcher as watching
from stockgroups.analytics.index.build import read_version
from stockgroups.analytics.index.follower import Follower
from stockgroups.catalog import Catalog
from stockgroups.db import embedded, schema
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import DatabaseUnreachableError, StaleError
from stockgroups.record.apply import apply
from stockgroups.store import Store

PATIENCE = 30.0


@pytest.fixture
def follower(connection: Connection, target: Target, catalog: Catalog) -> Iterator[Follower]:
    load(connection, AAA={"AAPL": 0.6, "XOM": 0.4}, BBB={"IBM": 1.0})
    with Follower(target, lambda: catalog) as opened:
        yield opened


def load(connection: Connection, **funds: Mapping[str, float | None]) -> int:
    """Load funds; return the version that they make."""
    store = Store(connection, "TEST")
    apply(store, [make_fund(name, make_snapshot(held)) for name, held in funds.items()])
    return read_version(store)


def end_others(connection: Connection) -> None:
    """End the connections of everybody else."""
    connection.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )


def wait_until(follower: Follower, happened: Callable[[], bool]) -> None:
    """Wait for something that the follower tells of."""
    with follower._changed:
        assert follower._changed.wait_for(happened, PATIENCE)


def test_a_load_is_followed(connection: Connection, follower: Follower) -> None:
    before = follower.current
    version = load(connection, AAA={"AAPL": 0.5, "GE": 0.5})
    after = follower.wait(version, PATIENCE)
    assert after is follower.current
    assert dict(after.members("ETF", "AAA")) == {"AAPL": 0.5, "GE": 0.5}
    assert dict(before.members("ETF", "AAA")) == {"AAPL": 0.6, "XOM": 0.4}
    assert (before.groups_of("GE"), len(after.groups_of("GE"))) == ((), 1)
    assert (len(before.groups_of("XOM")), after.groups_of("XOM")) == (1, ())
    assert after.stocks("ETF", "BBB").numbers is after.numbers  # BBB was not read again
    assert not follower.is_stale
    assert "version 2, follows" in repr(follower)
    with pytest.raises(StaleError, match="version 3 did not arrive"):
        follower.wait(version + 1, 0)


def test_notifications_of_others_are_passed_over(
    connection: Connection, follower: Follower
) -> None:
    for text in ("", "{", "[]", '{"environment": "TEST"}', '{"environment": "UAT", "version": 99}'):
        connection.execute("SELECT pg_notify('stockgroups', %s)", (text,))
    lie = json.dumps({"environment": "TEST", "version": 99})
    connection.execute("SELECT pg_notify('stockgroups', %s)", (lie,))
    version = load(connection, AAA={"GE": 1.0})
    assert follower.wait(version, PATIENCE).version == version
    assert not follower.is_stale


def test_a_lost_connection_is_told_of_and_made_up_for(
    connection: Connection, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: object, **named: object) -> None:
        raise DatabaseUnreachableError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(watching, "connect", refuse)
        end_others(connection)
        wait_until(follower, lambda: follower.error is not None)
        assert follower.is_stale
        assert follower.stale_since == follower.checked_at
        version = load(connection, AAA={"GE": 1.0})
        load(connection, CCC={"AAPL": 1.0})
        with pytest.raises(StaleError):
            follower.wait(version, 0)
    index = follower.wait(version + 1, PATIENCE)
    assert (index.groups_of("GE"), index.groups_of("AAPL")) == (
        (("ETF", "AAA", 1.0),),
        (("ETF", "CCC", 1.0),),
    )
    assert (follower.error, follower.is_stale) == (None, False)


def test_what_nobody_tells_of_is_found(
    connection: Connection, target: Target, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program's rows, and a load of which the word was lost."""
    monkeypatch.setattr(watching, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(watching, "MOST_COMPARING", 1.0)
    load(connection, AAA={"AAPL": 0.6, "XOM": 0.4}, BBB={"IBM": 1.0})
    with Follower(target, lambda: catalog) as opened:
        version = opened.current.version
        connection.execute("UPDATE definition_groups SET name = 'Ä B' WHERE name = 'BBB'")
        connection.execute("DELETE FROM group_memberships WHERE symbol = 'AAPL'")
        wait_until(opened, lambda: "Ä B" in opened.current.names("ETF"))
        wait_until(opened, lambda: opened.current.groups_of("AAPL") == ())
        index = opened.current
        assert index.version == version
        assert (index.names("ETF"), index.origin("ETF", "AAA").is_drifted) == (["AAA", "Ä B"], True)
        assert index.groups_of("IBM") == (("ETF", "Ä B", 1.0),)
        monkeypatch.setattr(watching, "_read_version", lambda *_: 0)
        version = load(connection, CCC={"IBM": 1.0})
        assert opened.wait(version, PATIENCE).holds("ETF", "CCC", "IBM")
        assert opened.compared_at <= opened.checked_at


def test_a_restored_database_of_the_same_version_is_noticed(
    connection: Connection, target: Target, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHECK_SECONDS", 3600.0)  # so that the new connection decides
    version = load(connection, AAA={"AAPL": 0.6, "XOM": 0.4}, BBB={"IBM": 1.0})
    with Follower(target, lambda: catalog) as opened:
        connection.execute("DELETE FROM group_memberships WHERE symbol = 'XOM'")
        connection.execute("DELETE FROM definition_groups WHERE name = 'BBB'")
        end_others(connection)
        wait_until(opened, lambda: opened.current.names("ETF") == ["AAA"])
        assert (opened.current.version, opened.current.groups_of("XOM")) == (version, ())
        connection.execute("DELETE FROM definition_groups")
        connection.execute("DELETE FROM stockgroups.loads")
        connection.execute("UPDATE stockgroups.env_state SET version = 0")
        end_others(connection)
        wait_until(opened, lambda: opened.current.version == 0)
        assert opened.current.names("ETF") == []


def test_a_server_that_is_started_again_is_followed_again(catalog: Catalog) -> None:
    with open_folder() as folder:
        home = folder / "home"
        url = embedded.ensure_running(home=home)
        try:
            target = Target(url, "test server", "stockgroups", "TEST")
            schema.upgrade(target)
            with Follower(target, lambda: catalog) as opened:
                embedded.stop(home=home)
                wait_until(opened, lambda: opened.error is not None)
                assert opened.is_stale
                assert embedded.ensure_running(home=home) == url
                with connect(target) as connection:
                    version = load(connection, AAA={"GE": 1.0})
                    assert opened.wait(version, PATIENCE).holds("ETF", "AAA", "GE")
                assert not opened.is_stale
        finally:
            embedded.stop(home=home)


def test_a_fault_is_told_of_and_tried_again(
    connection: Connection, follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(following, "catch_up", fail)
        version = load(connection, AAA={"GE": 1.0})
        wait_until(follower, lambda: follower.error is not None)
        assert "MemoryError" in str(follower.error)
        assert follower.is_stale
    assert follower.wait(version, PATIENCE).holds("ETF", "AAA", "GE")
    assert (follower.error, follower.is_stale) == (None, False)


def test_nothing_follows_once_it_is_closed(connection: Connection, follower: Follower) -> None:
    follower.close()
    follower.close()
    version = load(connection, AAA={"GE": 1.0})
    assert follower.is_stale
    assert "may be stale" in repr(follower)
    assert follower.wait(version - 1, 0).groups_of("AAPL") == (("ETF", "AAA", 0.6),)
    with pytest.raises(StaleError, match="nothing follows the database any more"):
        follower.wait(version, PATIENCE)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_process_that_was_forked_says_that_nothing_follows(follower: Follower) -> None:
    """It has the index as it was; its end leaves the connection of the other process alone."""
    reader, writer = os.pipe()
    if not (child := os.fork()):
        told: list[object] = [follower.is_stale, len(follower.current.groups_of("AAPL"))]
        try:
            follower.wait(99, PATIENCE)
        except StaleError as error:
            told.append(error.what)
        follower.close()
        os.write(writer, json.dumps(told).encode())
        os._exit(0)
    os.waitpid(child, 0)
    told = json.loads(os.read(reader, 1_000))
    assert told[:2] == [True, 1]
    assert "nothing follows" in str(told[2])
    assert not follower.is_stale


def test_where_nothing_can_be_heard_the_version_is_asked_for(
    connection: Connection, target: Target, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_listen", lambda connection: False)
    monkeypatch.setattr(watching, "POLL_SECONDS", 0.001)
    with Follower(target, lambda: catalog) as opened:
        assert opened.is_polling
        version = load(connection, AAA={"GE": 1.0})
        assert opened.wait(version, PATIENCE).names("ETF") == ["AAA"]
    assert opened.is_stale  # it is closed


def test_what_cannot_be_read_at_first_is_raised(target: Target, catalog: Catalog) -> None:
    from dataclasses import replace

    with pytest.raises(stockgroups.DatabaseError):
        Follower(replace(target, url=f"{target.url} dbname=nowhere"), lambda: catalog)


def test_no_reader_sees_half_a_load(connection: Connection, follower: Follower) -> None:
    """Every stock is in one of the two funds, and all of a load's weights are the load's."""
    stocks = [f"{a}{b}" for a in "ABCDE" for b in "ABCDE"]
    torn: list[str] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.001):
            index = follower.current
            one, two = index.members("ETF", "ONE"), index.members("ETF", "TWO")
            weights = {*one.values(), *two.values()}
            both = index.stocks("ETF", "ONE") & index.stocks("ETF", "TWO")
            places = [index.groups_of(stock) for stock in stocks]
            if both or len(weights) > 1 or {len(place) for place in places} != {1}:
                torn.append(repr(index))

    load(connection, ONE=dict.fromkeys(stocks[:12], 0.01), TWO=dict.fromkeys(stocks[12:], 0.01))
    version = read_version(Store(connection, "TEST"))
    follower.wait(version, PATIENCE)
    readers = [threading.Thread(target=watch) for _ in range(16)]
    for reader in readers:
        reader.start()
    try:
        for turn in range(2, 12):
            at = 3 * turn % 20 + 1
            one, two = (dict.fromkeys(part, turn / 100) for part in (stocks[:at], stocks[at:]))
            version = load(connection, ONE=one, TWO=two)
        index = follower.wait(version, PATIENCE)
    finally:
        done.set()
        for reader in readers:
            reader.join()
    assert not torn
    assert set(index.members("ETF", "TWO").values()) == {0.11}
