"""Writes that the server does while the program computes.

They are sent by a thread, in the order in which they were given. Everything else that is asked of
the connection waits until the server has done them, and raises the error of the first that failed.
"""

from __future__ import annotations

import sys
from functools import partial
from queue import Queue, SimpleQueue
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

_MOST_WAITING = 16
"""Blocks of a COPY that wait in memory until the server has taken them."""
_TURN = 0.0005
"""Seconds after which the thread gets its turn. Python's 5 ms for each block are too long."""


class _Turns:
    """The turns of Python's threads: short ones while any connection of the process sends writes.

    They belong to the whole process, so the first thread that needs them short notes how long they
    were, and the last one restores that.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0
        self._usual = 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._usual = sys.getswitchinterval()
                sys.setswitchinterval(_TURN)
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                sys.setswitchinterval(self._usual)


_SHORT_TURNS = _Turns()


class Behind:
    """The writes that a connection has not done yet, in an open transaction.

    Results are not returned. `settle` ends the thread, so that none is left in a process that does
    something else.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._tasks: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._error: BaseException | None = None

    def execute(self, statement: bytes, values: Mapping[str, Any]) -> None:
        """Run a statement."""
        self._add(partial(self._cursor().execute, statement, values))

    def execute_many(self, statement: bytes, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement once for each row of values."""
        self._add(partial(self._cursor().executemany, statement, rows))

    def copy(self, statement: bytes, blocks: Iterable[str]) -> None:
        """Run a COPY of blocks of lines.

        All blocks are made before this returns, while the server writes the first ones.
        """
        queue: Queue[str | None] = Queue(_MOST_WAITING)
        failures: list[BaseException] = []
        begun, is_first = Event(), self._thread is None
        self._add(partial(self._copy, statement, iter(queue.get, None), failures, begun))
        if is_first:
            begun.wait()  # nothing keeps it from that, and later it would wait for its turn
        try:
            for block in blocks:
                queue.put(block)
        except BaseException as error:
            failures.append(error)
            raise
        finally:
            queue.put(None)

    def settle(self) -> None:
        """Wait until all is done; raise the error of what failed first."""
        if self._thread is None:
            return
        self._tasks.put(None)
        try:
            self._thread.join()
        except BaseException:  # an interrupt: the transaction ends without these writes
            self._connection.cancel_safe()
            self._thread.join()
            self._error = None
            raise
        finally:
            self._thread = None
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _cursor(self) -> psycopg.Cursor[Any]:
        # A cursor of the driver's own class: the connection's would wait for these very writes.
        return psycopg.Cursor(self._connection)

    def _copy(
        self,
        statement: bytes,
        blocks: Iterable[str],
        failures: Sequence[BaseException],
        begun: Event,
    ) -> None:
        try:
            with self._cursor().copy(statement) as copy:
                begun.set()
                for block in blocks:
                    copy.write(block)
                if failures:  # the rows end too early: nothing may be written
                    raise failures[0]
        finally:
            begun.set()
            for _ in blocks:  # whoever makes them may be waiting for room
                pass

    def _add(self, task: Callable[[], object]) -> None:
        if self._thread is None:
            self._tasks = SimpleQueue()
            thread = Thread(target=self._run, args=(self._tasks,), name="stockgroups writes")
            thread.start()  # without memory for its stack, this raises
            self._thread = thread
        self._tasks.put(task)

    def _run(self, tasks: SimpleQueue[Callable[[], object] | None]) -> None:
        with _SHORT_TURNS:
            while (task := tasks.get()) is not None:
                try:
                    task()
                except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                    # In the failed transaction the server refuses what follows.
                    self._error = self._error or error
