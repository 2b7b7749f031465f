"""Writes that the server does while the program computes."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator

import psycopg
import pytest

from stockgroups.db.connection import Connection, Target, connect

PUT = b"INSERT INTO public.numbers VALUES (%(n)s)"
COPY = b"COPY public.numbers FROM STDIN"
MANY = 100


@pytest.fixture(autouse=True)
def numbers(connection: Connection) -> None:
    connection.execute("CREATE TABLE public.numbers (n int CHECK (n >= 0))")


def read(connection: Connection) -> list[int]:
    return [n for (n,) in connection.execute("SELECT n FROM public.numbers")]


def test_a_statement_sees_all_writes_in_their_order(connection: Connection) -> None:
    with connection.transaction():
        connection.behind.execute(PUT, {"n": 1})
        connection.behind.copy(COPY, (f"{n}\n" for n in range(2, MANY)))
        connection.behind.execute_many(PUT, [{"n": MANY}, {"n": MANY + 1}])
        connection.behind.copy(COPY, [f"{MANY + 2}\n"])
        assert read(connection) == [*range(1, MANY + 3)]


def test_the_program_goes_on_meanwhile(connection: Connection, target: Target) -> None:
    with connect(target) as other, connection.transaction():
        other.execute("SELECT pg_advisory_lock(1)")
        connection.behind.execute(b"SELECT pg_advisory_xact_lock(%(n)s)", {"n": 1})
        connection.behind.copy(COPY, ["1\n"])
        assert read(other) == []
        other.execute("SELECT pg_advisory_unlock(1)")
    assert read(connection) == [1]


def ask(connection: Connection) -> None:
    connection.execute("SELECT 1")


def begin(connection: Connection) -> None:
    with connection.transaction():
        pytest.fail("it may not begin")


def put_many(connection: Connection) -> None:
    connection.cursor().executemany(PUT, [{"n": 2}])


def copy(connection: Connection) -> None:
    with connection.cursor().copy(COPY):
        pytest.fail("it may not begin")


def end(_connection: Connection) -> None:
    """Leave the transaction."""


@pytest.mark.parametrize("act", [ask, begin, put_many, copy, end])
def test_what_comes_next_raises_the_first_error(
    connection: Connection, act: Callable[[Connection], None]
) -> None:
    def run() -> None:
        with connection.transaction():
            connection.behind.execute(PUT, {"n": 1})
            connection.behind.execute(PUT, {"n": -1})
            # Refused, as all that follows, while more blocks come than may wait.
            connection.behind.copy(COPY, (f"{n}\n" for n in range(MANY)))
            act(connection)

    with pytest.raises(psycopg.errors.CheckViolation):
        run()
    assert read(connection) == []


def test_a_savepoint_undoes_what_failed(connection: Connection) -> None:
    with connection.transaction():
        connection.behind.execute(PUT, {"n": 1})
        with pytest.raises(psycopg.errors.CheckViolation), connection.transaction():
            connection.behind.copy(COPY, ["2\n", "-1\n"])
        connection.behind.execute(PUT, {"n": 3})
    assert read(connection) == [1, 3]


def test_rows_that_end_in_an_error_are_not_written(connection: Connection) -> None:
    def make() -> Iterator[str]:
        yield "1\n"
        raise KeyError

    def run() -> None:
        with connection.transaction():
            with pytest.raises(KeyError):
                connection.behind.copy(COPY, make())
            connection.execute("SELECT 1")

    with pytest.raises(KeyError):
        run()
    assert read(connection) == []


def test_an_interrupt_cancels_them(connection: Connection) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    def run() -> None:
        with connection.transaction():
            connection.behind.execute(b"SELECT pg_sleep(%(n)s)", {"n": 600})
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            connection.execute("SELECT 1")

    usual = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run()
    finally:
        signal.signal(signal.SIGALRM, usual)
    assert read(connection) == []


def test_a_thread_that_cannot_begin_leaves_the_connection_usable(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    with pytest.raises(RuntimeError, match="can't start"), connection.transaction():
        connection.behind.execute(PUT, {"n": 1})
    assert read(connection) == []


def test_no_thread_is_left(connection: Connection) -> None:
    threads, turn = threading.active_count(), sys.getswitchinterval()
    with connection.transaction():
        connection.behind.execute(PUT, {"n": 1})
        assert threading.active_count() == threads + 1
        connection.execute("SELECT 1")
        assert threading.active_count() == threads
    assert sys.getswitchinterval() == turn


def test_two_at_once_leave_the_turns_of_threads_as_they_were(
    connection: Connection, target: Target
) -> None:
    turn = sys.getswitchinterval()
    with connect(target) as other, other.transaction():
        with connection.transaction():
            connection.behind.copy(COPY, ["1\n"])
            short = sys.getswitchinterval()
            other.behind.copy(COPY, ["2\n"])
        assert sys.getswitchinterval() == short < turn
    assert sys.getswitchinterval() == turn
