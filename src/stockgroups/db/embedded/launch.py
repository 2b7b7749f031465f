"""Starting and stopping: one at a time under a lock, each step repeatable after a kill."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.db.embedded.binaries import find_programs
from stockgroups.db.embedded.cluster import configure_cluster, create_cluster, last_lines
from stockgroups.db.embedded.paths import DATABASE, HOME_VARIABLE, server_url, socket_name
from stockgroups.db.embedded.privileges import (
    find_account,
    find_barrier,
    make_folders,
    make_private,
)
from stockgroups.db.embedded.probe import find_sockets, is_up, read_postmaster
from stockgroups.db.embedded.processes import find_servers, serves
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from stockgroups.db.embedded.paths import Layout
    from stockgroups.db.embedded.privileges import Account
    from stockgroups.db.embedded.probe import Postmaster

PATIENCE_SECONDS = 60.0
ORPHAN_SECONDS = 10.0
POLL_SECONDS = 0.01
DAYS_OF_LOG = 6
MAX_LOG_BYTES = 4096
MAX_LAUNCHES = 3
"""A launch can meet a server that a caller launched just before it was killed, and lose to it."""

FIRST_LOG = "start.log"


def start_server(layout: Layout) -> None:
    """Bring the server up, or wait until another caller has.

    Raises EmbeddedServerError when that fails or takes longer than a minute.
    """
    account = find_account(layout)
    _check_reach(layout, account)
    make_folders(layout.cluster)
    with _locked(layout) as lock:
        for _ in range(MAX_LAUNCHES):
            postmaster = _find_live(layout)
            if postmaster is not None and _lost_its_socket(postmaster):
                # It cannot serve clients any more, and would prevent its successor from starting.
                _shut_down(postmaster, layout)
                postmaster = None
            if postmaster is None:
                _launch(layout, account, lock)
            if (sockets := _await(layout)) is not None:
                _create_database(sockets)
                return
    raise EmbeddedServerError(
        f"the server ended while it started: {_read_log(layout)}",
        where=str(layout.log),
        remedy="the log there has the details",
    )


def stop_server(layout: Layout) -> bool:
    """Shut the server down; open transactions are rolled back.

    Returns:
        Whether a server ran.

    Raises:
        EmbeddedServerError: It takes longer than a minute.
    """
    if not layout.cluster.exists():
        return False
    find_account(layout)
    with _locked(layout):
        postmaster = _find_live(layout)
        if postmaster is not None:
            _shut_down(postmaster, layout)
        return postmaster is not None


@contextmanager
def _locked(layout: Layout) -> Iterator[int]:
    """Hold the lock of those who start and stop; its descriptor can be left to a child."""
    lock = os.open(layout.lock, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        if not _wait(lambda: _try_lock(lock), PATIENCE_SECONDS):
            raise EmbeddedServerError(
                f"another process has been starting or stopping the server for more than "
                f"{PATIENCE_SECONDS:.0f} s",
                where=str(layout.lock),
                remedy="end that process, then try again",
            )
        yield lock
    finally:
        os.close(lock)


def _try_lock(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds; return False if it does not hold in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _check_reach(layout: Layout, account: Account) -> None:
    """See that the server's account can reach the base folder, before anything is made there."""
    if account.is_other and (barrier := find_barrier(account, layout.base)):
        raise EmbeddedServerError(
            f"root's server runs as {account.name}, who may not enter this folder",
            where=str(barrier),
            remedy=f"allow it with `chmod a+x {barrier}`, or set {HOME_VARIABLE} to a path "
            f"that {account.name} can enter",
        )


def _launch(layout: Layout, account: Account, lock: int) -> None:
    """Prepare everything and start the server by pg_ctl, which waits until it answers.

    pg_ctl hands paths to a shell in quotes that some names break: so it is told the places
    from within the data directory. Whether it succeeded is seen afterwards, as another caller's
    server may have come first.
    """
    programs = find_programs(layout, account)
    create_cluster(layout, account, programs, lock)
    sockets = layout.sockets(account.uid)
    make_private(sockets, account)
    make_private(layout.log, account)
    _clear_leftovers(layout, sockets)
    _drop_old_logs(layout)
    configure_cluster(layout, account, sockets)
    log = Path(os.path.relpath(layout.log, layout.data), FIRST_LOG)
    waiting = ("--wait", f"--timeout={PATIENCE_SECONDS:.0f}", "--silent")
    command = (programs / "pg_ctl", "start", "--pgdata=.", f"--log={log}", *waiting)
    account.run(command, folder=layout.data)


def _await(layout: Layout) -> Path | None:
    """Wait until the server takes connections; return its socket's folder, None when it ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while postmaster := _find_live(layout):
        sockets = find_sockets(layout.data, postmaster)
        if sockets is not None and is_up(sockets):
            return sockets
        if time.monotonic() > deadline:
            raise EmbeddedServerError(
                f"the server does not answer after {PATIENCE_SECONDS:.0f} s: {_read_log(layout)}",
                where=str(layout.log),
                remedy="run `stockgroups db stop`, then `stockgroups db start`",
            )
        time.sleep(POLL_SECONDS)
    return None


def _clear_leftovers(layout: Layout, sockets: Path) -> None:
    """Remove what a server that was killed has left: its children, its pid file, its socket.

    PostgreSQL takes a pid file or socket lock for a live server's as long as any process has that
    pid. Its children end by themselves when their parent is gone, one that is busy only after its
    statement; they are asked to. Should one be overlooked, the new server still finds the shared
    memory in use by this data directory, and refuses.
    """
    postmaster = read_postmaster(layout.data)
    if postmaster is not None and serves(-postmaster.pid, layout.data):
        raise EmbeddedServerError(
            f"a standalone PostgreSQL has the data open (pid {-postmaster.pid})",
            where=str(layout.data),
            remedy="end that session first",
        )
    if not _wait(lambda: not _end_servers(layout), ORPHAN_SECONDS):
        pids = ", ".join(map(str, find_servers(layout.data)))
        raise EmbeddedServerError(
            f"processes of the previous server are still running (pid {pids})",
            where=str(layout.data),
            remedy="end them with kill, then try again",
        )
    name = socket_name()
    for leftover in (sockets / name, sockets / f"{name}.lock"):
        leftover.unlink(missing_ok=True)
    if postmaster is not None and read_postmaster(layout.data) == postmaster:
        (layout.data / "postmaster.pid").unlink(missing_ok=True)


def _end_servers(layout: Layout) -> list[int]:
    """Ask all processes of this data directory to end; return those that there were."""
    pids = find_servers(layout.data)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    return pids


def _drop_old_logs(layout: Layout) -> None:
    """Remove the logs of last week: a server that is stopped each day never overwrites them."""
    oldest = time.time() - DAYS_OF_LOG * 86400
    for log in layout.log.glob("server-*.log"):
        if log.lstat().st_mtime < oldest:
            log.unlink()


def _find_live(layout: Layout) -> Postmaster | None:
    """Return what the pid file says of a server that lives, None where none does."""
    postmaster = read_postmaster(layout.data)
    is_live = postmaster is not None and serves(postmaster.pid, layout.data)
    return postmaster if is_live else None


def _lost_its_socket(postmaster: Postmaster) -> bool:
    sockets = postmaster.sockets
    return sockets is not None and not (sockets / socket_name()).exists()


def _shut_down(postmaster: Postmaster, layout: Layout) -> None:
    with suppress(ProcessLookupError):
        os.kill(postmaster.pid, signal.SIGINT)
    if not _wait(lambda: not serves(postmaster.pid, layout.data), PATIENCE_SECONDS):
        raise EmbeddedServerError(
            f"the server (pid {postmaster.pid}) did not stop within {PATIENCE_SECONDS:.0f} s: "
            f"{_read_log(layout)}",
            where=str(layout.data),
            remedy=f"end it with kill -QUIT {postmaster.pid}; the next start recovers its data",
        )


def _create_database(sockets: Path) -> None:
    """Create our database: after initdb, after a kill in between, or when it was dropped."""
    import psycopg  # noqa: PLC0415 - 90 ms that only a start has to pay

    from stockgroups.db.errors import advise_reach  # noqa: PLC0415 - as above

    try:
        with psycopg.connect(
            server_url(sockets, "postgres"), autocommit=True, connect_timeout=10
        ) as connection:
            known = connection.execute("SELECT datname FROM pg_database").fetchall()
            if (DATABASE,) not in known:
                # template0 admits no sessions, so none can be in the way.
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")
    except psycopg.Error as error:
        raise EmbeddedServerError(
            f"the embedded server refuses the connection: {error}",
            where=str(sockets),
            remedy=advise_reach(str(error)),
        ) from error


def _read_log(layout: Layout) -> str:
    """Return the last lines of the log that was written last."""
    logs = sorted(layout.log.glob("*.log"), key=lambda log: log.stat().st_mtime_ns)
    if not logs:
        return "it wrote no log"
    with logs[-1].open("rb") as file:
        file.seek(max(0, logs[-1].stat().st_size - MAX_LOG_BYTES))
        return last_lines(file.read(MAX_LOG_BYTES))
