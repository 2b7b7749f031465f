"""Cached answers equal the database's, after any write and any lost notification."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from samples import make_fund, make_snapshot
from stockgroups.analytics.index import watcher as watching
from stockgroups.api import Database
from stockgroups.db.errors import translate_errors
from stockgroups.errors import StockgroupsError
from stockgroups.http import pool
from stockgroups.http.cache import Cache, Reply
from stockgroups.http.gate import Gate
from stockgroups.http.watch import Epoch, Watch
from stockgroups.record.apply import apply
from stockgroups.settings import read_settings
from stockgroups.store import Store
from stockgroups.times import today_utc
from web import PATIENCE, Served, serve


def load(db: Database, **funds: Mapping[str, float | None]) -> int:
    apply(db, [make_fund(name, make_snapshot(held)) for name, held in funds.items()])
    return db.version()


def read_weights(served: Served, fund: str) -> dict[str, Any]:
    told = served.get(f"/etfs/{fund}/holdings?fields=symbol,weight").raise_for_status().json()
    return {row["symbol"]: row["weight"] for row in told["data"]}


def is_cached(served: Served, path: str) -> bool:
    """Whether the answer to a request is told from memory."""
    served.get(path)
    return served.lines[-1].endswith(" cached")


def await_writings(served: Served, more: int) -> None:
    """Wait until the service has found that something was written without a word."""
    watch = served.service.watch
    with watch._changed:
        assert watch._changed.wait_for(lambda: watch._writings >= more, PATIENCE)


def test_a_load_is_seen_at_once(served: Served, db: Database) -> None:
    before = read_weights(served, "SPY")
    assert read_weights(served, "SPY") == before
    assert served.lines[-1].endswith(" cached")
    tag = served.get("/etfs/SPY").headers["etag"]
    other = served.get("/etfs/XLE").headers["etag"]
    version = load(db, SPY={"AAPL": 1.0})
    served.wait(version)
    assert read_weights(served, "SPY") == {"AAPL": 1.0}
    changed = served.get("/etfs/SPY", if_none_match=tag)
    assert (changed.status_code, changed.headers["stockgroups-version"]) == (200, str(version))
    # What the load left as it was is still what the client has.
    assert served.get("/etfs/XLE", if_none_match=other).status_code == 304


def test_the_same_question_in_another_order_is_kept_once(served: Served) -> None:
    assert not is_cached(served, "/members?expr=SPY&limit=1")
    assert is_cached(served, "/members?limit=1&expr=SPY")
    assert not is_cached(served, "/resolve?text=XOM&text=AAPL")
    assert not is_cached(served, "/resolve?text=AAPL&text=XOM")
    assert not is_cached(served, "/members.csv?expr=SPY&limit=1")
    assert not is_cached(served, "/etfs/SPZ")
    assert not is_cached(served, "/etfs/SPZ")


def test_the_same_request_to_the_byte_is_answered_as_before(served: Served, db: Database) -> None:
    def ask(method: str = "GET", **headers: str) -> list[Any]:
        told = [served.client.request(method, "/v1/etfs/SPY", headers=headers) for _ in range(3)]
        assert len({one.headers["x-request-id"] for one in told}) == 3 - 2 * bool(
            headers.get("x-request-id")
        )
        assert served.lines[-1].split(" ", 1)[0] == told[-1].headers["x-request-id"]
        shown = [
            (one.status_code, one.content, {**one.headers, "x-request-id": "", "date": ""})
            for one in told
        ]
        assert shown[0] == shown[1] == shown[2]
        return list(shown[0])

    plain = ask(**{"accept-encoding": "identity"})
    zipped = ask(**{"accept-encoding": "gzip"})
    assert (zipped[1], zipped[2]["content-encoding"]) == (plain[1], "gzip")
    had = ask(**{"accept-encoding": "identity", "if-none-match": plain[2]["etag"]})
    assert (had[0], had[1]) == (304, b"")
    assert ask("HEAD", **{"accept-encoding": "identity"})[1:] == [b"", plain[2]]
    ask(**{"x-request-id": "mine"})
    assert served.get("/etfs/SPY", host="evil.example").status_code == 421
    gate = served.service.app
    assert len(gate._shown) == 4
    served.wait(load(db, SPY={"AAPL": 1.0}))
    assert ask(**{"accept-encoding": "identity"})[1] != plain[1]
    gate._cache._replies.clear()  # as where others have taken its place
    assert ask(**{"accept-encoding": "identity"})[0] == 200
    assert len(gate._shown) == 1


def test_what_is_posted_is_kept_by_its_bytes(served: Served, db: Database) -> None:
    def ask(weight: float, path: str = "exposure") -> bool:
        body = {"positions": {"SPY": weight, "XLE": 40}}
        served.client.post(f"/v1/{path}", json=body).raise_for_status()
        return served.lines[-1].endswith(" cached")

    assert [ask(60), ask(60), ask(61), ask(60)] == [False, True, False, True]
    assert [ask(60, "exposure?limit=1"), ask(60, "exposure.csv")] == [False, False]
    served.wait(load(db, SPY={"AAPL": 1.0}))
    assert not ask(60)


def test_a_load_that_is_heard_of_counts_before_it_is_read(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else all who ask at that moment would ask the database, each for itself.

    Anybody may notify: for a load that was none, nothing is kept.
    """
    read, may_read, path = Watch._read, threading.Event(), "/etfs/SPY/holdings?fields=symbol,weight"

    def read_later(watch: Watch, store: Store) -> None:
        assert may_read.wait(PATIENCE)
        read(watch, store)

    monkeypatch.setattr(watching, "CHECK_SECONDS", 3_600.0)
    with serve(read_settings()) as served:
        watch = served.service.watch
        served.wait(db.version())
        monkeypatch.setattr(Watch, "_read", read_later)
        told = json.dumps({"environment": "TEST", "version": 10**6})
        db.connection.execute("SELECT pg_notify('stockgroups', %s)", (told,))
        served.wait(10**6)
        assert [is_cached(served, path), is_cached(served, path)] == [False, False]
        may_read.set()
        with watch._changed:
            assert watch._changed.wait_for(lambda: watch._read_version == db.version(), PATIENCE)
        assert [is_cached(served, path), is_cached(served, path)] == [False, True]
        may_read.clear()
        served.wait(load(db, SPY={"GE": 1.0}))
        assert read_weights(served, "SPY") == {"GE": 1.0}
        assert is_cached(served, path)
        may_read.set()


def test_what_others_write_without_a_word_is_found(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "CHECK_SECONDS", 0.0)
    monkeypatch.setattr(watching, "MOST_COMPARING", 1.0)
    writes = (
        "UPDATE public.group_memberships SET weight = 0.25 WHERE symbol = 'AAPL'",
        "DELETE FROM public.group_memberships WHERE symbol = 'XOM'",
        "UPDATE public.definition_groups SET description = 'Another' WHERE name = 'SPY'",
        "DELETE FROM public.cache_entries WHERE type = 'stock_metadata'",
        "INSERT INTO stockgroups.directories (source, as_of, file_name, sha256, reader,"
        " entry_count, receipt) VALUES ('s', '2026-01-01', 'f', sha256('f'), 'r', 0, '{}')",
    )
    with serve(read_settings()) as served:
        await_writings(served, 1)  # the first reading
        for number, statement in enumerate(writes, 2):
            served.get("/etfs/SPY")
            db.connection.execute(statement.encode())
            await_writings(served, number)
            told = served.get("/etfs/SPY").json()
            assert told["data"] == json.loads(json.dumps(db.etf("SPY").to_dict()))
        assert "changed by another program" in " ".join(told["warnings"])


def test_nothing_is_kept_while_nothing_is_heard(
    served: Served, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lost connection is noticed, answers go on as they are, and all comes back."""
    watch = served.service.watch

    def refuse(*_: Any, **__: Any) -> Any:
        raise StockgroupsError("not today")

    with monkeypatch.context() as patch:
        patch.setattr(watching, "connect", refuse)
        db.connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with watch._changed:
            assert watch._changed.wait_for(lambda: watch.error is not None, PATIENCE)
        load(db, SPY={"GE": 1.0})
        assert read_weights(served, "SPY") == {"GE": 1.0}
        version = load(db, SPY={"IBM": 1.0})
        assert read_weights(served, "SPY") == {"IBM": 1.0}
    served.wait(version)
    assert read_weights(served, "SPY") == {"IBM": 1.0}
    assert is_cached(served, "/etfs/SPY/holdings?fields=symbol,weight")


def test_where_nothing_can_be_heard_nothing_is_kept(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "_listen", lambda connection: False)
    with serve(read_settings()) as served:
        assert not is_cached(served, "/etfs/SPY")
        assert not is_cached(served, "/etfs/SPY")


def test_no_answer_is_torn_while_loads_go_on(served: Served, db: Database) -> None:
    """Two funds are always loaded together: no answer, from memory or not, has one of each."""
    done = threading.Event()
    torn: list[Any] = []
    seen: set[float] = set()

    def ask() -> None:
        while not done.is_set():
            told = served.get("/overlap?groups=AAA,BBB").raise_for_status().json()["data"]
            weights = {row["symbol"]: row["weights"] for row in told["members"]}
            if weights["GE"]["AAA"] != weights["GE"]["BBB"]:
                torn.append(told)
            seen.add(weights["GE"]["AAA"])

    def fund(part: int) -> dict[str, float | None]:
        return {"GE": part / 100, "IBM": 1 - part / 100}

    served.wait(load(db, AAA=fund(1), BBB=fund(1)))
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for part in range(2, 30):
            version = load(db, AAA=fund(part), BBB=fund(part))
            served.wait(version)
            told = served.get("/overlap?groups=AAA,BBB").json()["data"]["members"]
            assert {row["symbol"]: row["overlap"] for row in told}["GE"] == part / 100
    finally:
        done.set()
        for thread in threads:
            thread.join(PATIENCE)
    assert not torn
    assert len(seen) > 2


def test_all_of_an_answer_is_of_one_moment(
    served: Served, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A load that ends while an answer is read is no part of it, and the answer is not kept."""
    before = db.etf("SPY").weights

    def find_later(asked: Database) -> Any:
        load(db, SPY={"GE": 1.0})
        return asked.etf("SPY")

    with monkeypatch.context() as patch:
        patch.setattr(Database, "validate", find_later)
        told = served.get("/validation").raise_for_status()
    assert told.json()["data"]["weights"] == before
    version = db.version()
    assert told.headers["stockgroups-version"] == str(version - 1)
    served.wait(version)
    assert "sections" in served.get("/validation").json()["data"]


def test_pages_of_another_version_are_refused(served: Served, db: Database) -> None:
    first = served.get("/etfs/SPY/holdings?limit=1").json()
    cursor = first["next"]
    assert served.get(f"/etfs/SPY/holdings?limit=1&cursor={cursor}").status_code == 200
    other = served.get(f"/etfs/XLE/holdings?limit=1&cursor={cursor}")
    assert (other.status_code, other.json()["what"]) == (
        400,
        "the cursor belongs to another request",
    )
    version = load(db, SPY={"GE": 0.4, "IBM": 0.6})
    served.wait(version)
    stale = served.get(f"/etfs/SPY/holdings?limit=1&cursor={cursor}")
    assert stale.status_code == 409
    assert f"the data now has version {version}" in stale.json()["detail"]


def test_a_statement_that_takes_too_long_is_ended(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(asked: Database) -> Any:
        with translate_errors(str(asked.target)):
            asked.connection.execute("SELECT pg_sleep(60)")

    def write(asked: Database) -> Any:
        with translate_errors(str(asked.target)):
            asked.connection.execute("DELETE FROM public.definition_groups")

    monkeypatch.setattr(pool, "ANSWER_SECONDS", 1)
    with serve(read_settings()) as served:
        monkeypatch.setattr(Database, "validate", sleep)
        told = served.get("/validation")
        assert told.status_code == 504
        assert "takes longer" in told.json()["detail"]
        monkeypatch.setattr(Database, "validate", write)
        assert served.get("/validation").status_code == 503
        assert served.get("/etfs").json()["data"]
    assert db.groups("ETF")


def test_a_fault_is_told_without_its_words(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(Database, "statistics", fail)
    told = served.get("/statistics", x_request_id="this-one")
    assert told.status_code == 500
    assert told.json()["request_id"] == "this-one"
    assert "secret" not in told.text
    assert "this-one" in caplog.text


def test_the_cache_is_bounded_and_drops_what_was_used_longest_ago() -> None:
    cache = Cache(10_000)
    for number in range(100):
        cache.keep(1, number, Reply(200, (), b"x" * 500))
        assert cache.find(1, 0) is not None
        assert cache.size <= 10_000
    assert len(cache) == 6
    assert cache.find(1, 1) is None
    cache.keep(1, "large", Reply(200, (), b"x" * 9_000))
    assert cache.find(1, "large") is None
    assert cache.find(2, 0) is None
    cache.keep(2, 0, Reply(200, (), b"y"))
    assert (len(cache), cache.find(1, 99)) == (1, None)


@pytest.mark.parametrize(
    ("status", "version", "times"), [(200, b"2", 1), (404, b"2", 5), (200, b"0", 5)]
)
def test_of_many_who_ask_at_once_one_asks_for_all(status: int, version: bytes, times: int) -> None:
    """Also where a load came meanwhile, so that it is not kept. Nobody is told an older answer."""
    asked = 0

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0.01)
        headers = [(b"stockgroups-version", version)]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"told"})

    watch: Any = SimpleNamespace(epoch=Epoch(1, 0, today_utc()))
    gate = Gate(
        answer, watch, Cache(10_000), hosts=("localhost",), posts=(), log=lambda _line: None
    )
    told: list[Any] = []

    async def ask() -> None:
        async def send(message: Any) -> None:
            told.append(message.get("body"))

        scope = {
            "type": "http", "method": "GET", "path": "/v1/etfs", "raw_path": b"/v1/etfs",
            "query_string": b"", "headers": [(b"host", b"localhost")],
        }  # fmt: skip
        await gate(scope, asyncio.Event().wait, send)  # type: ignore[arg-type]  # nothing comes

    async def ask_all() -> None:
        await asyncio.gather(*(ask() for _ in range(5)))

    asyncio.run(ask_all())
    assert (asked, told.count(b"told")) == (times, 5)
