"""After any kill at any time, the next call starts one complete server."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from stockgroups.db import embedded
from stockgroups.db.embedded import binaries
from stockgroups.db.embedded.paths import Layout, socket_name
from stockgroups.db.embedded.privileges import find_account
from stockgroups.db.embedded.probe import read_postmaster
from stockgroups.db.embedded.processes import find_servers, serves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Caller = Callable[[Path], subprocess.Popen[str]]

needs_proc = pytest.mark.skipif(
    not Path("/proc/self/stat").exists(), reason="processes are found in /proc"
)


def postmasters(layout: Layout) -> list[int]:
    """The servers of this folder that are no other server's children."""
    pids = find_servers(layout.data)
    return [pid for pid in pids if _parent(pid) not in (None, *pids)]


def _parent(pid: int) -> int | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(stat.rpartition(")")[2].split()[1])


def pid_of(home: Path) -> int:
    pid = embedded.status(home).pid
    assert pid is not None
    return pid


def kill_server(home: Path) -> int:
    """Kill the postmaster and see it dead, as a zombie or altogether."""
    pid = pid_of(home)
    os.kill(pid, signal.SIGKILL)
    while serves(pid, Layout(home).data):
        pass
    return pid


@contextmanager
def bystander(layout: Layout, program: str = "sleep") -> Iterator[int]:
    """Another program of the server's account, even in its folder; a dead server had its pid."""
    account = find_account(layout)
    options: dict[str, Any] = (
        {"user": account.uid, "group": account.gid, "extra_groups": []} if account.is_other else {}
    )
    with subprocess.Popen(
        [program, "600"], cwd=layout.data, stderr=subprocess.DEVNULL, **options
    ) as other:
        try:
            yield other.pid
        finally:
            other.kill()


def set_pid(layout: Layout, pid: int) -> None:
    """Make the pid file of a dead server name this process."""
    lock_file = layout.data / "postmaster.pid"
    _, rest = lock_file.read_text().split("\n", 1)
    lock_file.write_text(f"{pid}\n{rest}")


@needs_proc
def test_twelve_callers_at_once_start_one_server(
    home: Path, layout: Layout, caller: Caller
) -> None:
    programs = [caller(home) for _ in range(12)]
    outputs = [program.communicate() for program in programs]
    assert [program.returncode for program in programs] == [0] * 12, outputs
    assert {out for out, _ in outputs} == {f"ready\n{pid_of(home)}\n"}
    assert postmasters(layout) == [pid_of(home)]


@needs_proc
@pytest.mark.parametrize("seed", range(2))
def test_callers_killed_at_any_moment_of_the_first_start(
    home: Path, layout: Layout, caller: Caller, seed: int
) -> None:
    moments = random.Random(seed)
    for _ in range(4):
        program = caller(home)
        assert program.stdout is not None
        assert program.stdout.readline() == "ready\n"
        try:
            program.wait(timeout=moments.uniform(0.0, 0.9))
        except subprocess.TimeoutExpired:
            program.kill()
    url = embedded.ensure_running(home)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE usable (it text)")
    assert postmasters(layout) == [pid_of(home)]
    assert not layout.new_data.exists()


@needs_proc
@pytest.mark.parametrize("repetition", range(2))
def test_a_server_launched_by_a_caller_that_was_killed_then(used: Path, repetition: int) -> None:
    """It has not yet written its pid file when the next caller looks for one."""
    layout = Layout(used)
    embedded.stop(used)
    programs = binaries.find_programs(layout, find_account(layout))
    find_account(layout).run(
        (programs / "pg_ctl", "start", "--pgdata=.", "--log=../log/first", "--no-wait"),
        folder=layout.data,
    )
    embedded.ensure_running(used)
    assert postmasters(layout) == [pid_of(used)]


@needs_proc
def test_a_killed_initdb_leaves_no_half_cluster(home: Path, layout: Layout, caller: Caller) -> None:
    program = caller(home)
    while (initdb := _find_initdb(layout)) is None:
        assert program.poll() is None, program.communicate()
    os.kill(initdb, signal.SIGKILL)
    _, errors = program.communicate()
    assert program.returncode != 0
    assert "initdb failed (exit status -9)" in errors
    assert not layout.data.exists()
    embedded.ensure_running(home)
    assert not layout.new_data.exists()


def _find_initdb(layout: Layout) -> int | None:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            arguments = (entry / "cmdline").read_bytes().split(b"\0")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if arguments[0].endswith(b"/initdb") and os.fsencode(layout.new_data) in arguments:
            return int(entry.name)
    return None


@needs_proc
def test_a_killed_server_is_started_again(used: Path) -> None:
    with psycopg.connect(embedded.ensure_running(used), autocommit=True) as connection:
        connection.execute("CREATE TABLE killed AS SELECT 1 AS committed")
        killed = kill_server(used)
    assert not embedded.status(used).running
    with psycopg.connect(embedded.ensure_running(used), autocommit=True) as connection:
        assert connection.execute("SELECT committed FROM killed").fetchone() == (1,)
    assert pid_of(used) != killed
    assert postmasters(Layout(used)) == [pid_of(used)]


@needs_proc
def test_a_busy_child_of_a_killed_server_gives_way(used: Path) -> None:
    url = embedded.ensure_running(used)
    with psycopg.connect(url, autocommit=True) as connection:
        busy = connection.pgconn
        busy.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")
        kill_server(used)
        embedded.ensure_running(used)
        assert postmasters(Layout(used)) == [pid_of(used)]
        connection.close()


def test_a_killed_child_costs_one_recovery(used: Path) -> None:
    with psycopg.connect(embedded.ensure_running(used), autocommit=True) as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    before = pid_of_postmaster(used)
    # The postmaster may not have noticed yet: then this session is ended by the recovery too.
    for _ in range(20):
        try:
            with psycopg.connect(embedded.ensure_running(used)) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            break
        except psycopg.OperationalError:
            continue
    else:
        pytest.fail("no session survives")
    assert pid_of_postmaster(used) == before


def pid_of_postmaster(home: Path) -> int:
    postmaster = read_postmaster(Layout(home).data)
    assert postmaster is not None
    return postmaster.pid


@needs_proc
def test_the_pid_of_a_dead_server_may_be_another_programs(used: Path) -> None:
    layout = Layout(used)
    kill_server(used)
    with bystander(layout) as other:
        set_pid(layout, other)
        assert not embedded.status(used).running
        assert not embedded.stop(used)
        embedded.ensure_running(used)
        assert pid_of(used) != other
        os.kill(other, 0)


@needs_proc
def test_the_pid_of_a_dead_server_may_be_a_zombies(used: Path) -> None:
    layout = Layout(used)
    kill_server(used)
    with bystander(layout, "false") as zombie:
        os.waitid(os.P_PID, zombie, os.WEXITED | os.WNOWAIT)
        set_pid(layout, zombie)
        embedded.ensure_running(used)
        assert pid_of(used) != zombie


@needs_proc
def test_the_pid_of_a_dead_server_may_be_another_servers(used: Path, home: Path) -> None:
    layout = Layout(used)
    kill_server(used)
    embedded.ensure_running(home)
    set_pid(layout, pid_of(home))
    assert not embedded.stop(used)
    embedded.ensure_running(used)
    assert embedded.status(home).running
    assert pid_of(used) != pid_of(home)


@pytest.mark.parametrize("content", ["", "not a pid\n", "-1\n"])
def test_a_broken_pid_file_does_no_harm(used: Path, content: str) -> None:
    embedded.stop(used)
    (Layout(used).data / "postmaster.pid").write_text(content)
    embedded.ensure_running(used)


@needs_proc
def test_a_stale_socket_and_its_lock_are_cleared(used: Path) -> None:
    layout = Layout(used)
    embedded.stop(used)
    folder = layout.cluster / "run"
    with socket.socket(socket.AF_UNIX) as stale, bystander(layout) as other:
        stale.bind(str(folder / socket_name()))
        lines = (str(other), str(layout.data), "1700000000", "5432", str(folder), "")
        (folder / f"{socket_name()}.lock").write_text("\n".join(lines))
        embedded.ensure_running(used)
    assert embedded.status(used).running


def test_a_server_that_lost_its_socket_is_replaced(used: Path) -> None:
    before = pid_of(used)
    (Layout(used).cluster / "run" / socket_name()).unlink()
    assert not embedded.status(used).running
    embedded.ensure_running(used)
    assert pid_of(used) != before


def test_callers_find_the_lock_free_after_a_start(used: Path) -> None:
    """The server must not inherit the lock: nobody could stop it."""
    assert embedded.stop(used)
