"""Rights of root, of its server's account, and of other users."""

from __future__ import annotations

import multiprocessing
import os
import pwd
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from stockgroups.db import embedded
from stockgroups.db.embedded import binaries, launch
from stockgroups.db.embedded.paths import Layout, socket_name
from stockgroups.db.embedded.privileges import (
    SERVICE_ACCOUNTS,
    Account,
    find_account,
    find_barrier,
    make_private,
    write_private,
)
from stockgroups.errors import EmbeddedServerError

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other accounts")
# A test runner with threads of its own makes newer Pythons warn of fork; nothing here needs them.
forks = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")


@pytest.fixture
def others() -> tuple[Account, Account]:
    """Two ordinary accounts, neither of them the server's."""
    reserved = {"root", *SERVICE_ACCOUNTS}
    found = [entry for entry in pwd.getpwall() if entry.pw_name not in reserved and entry.pw_uid]
    if len(found) < 2:
        pytest.skip("the system has fewer than two other accounts")
    first, second = (
        Account(entry.pw_name, entry.pw_uid, entry.pw_gid, (entry.pw_gid,)) for entry in found[:2]
    )
    return first, second


def run_as(account: Account, action: Callable[[str], str], argument: object) -> str:
    """Run a function as another account, in a fork: it may not be able to start our Python."""

    def become(sender: Connection) -> None:
        os.setgroups([])
        os.setgid(account.gid)
        os.setuid(account.uid)
        try:
            sender.send(action(str(argument)))
        except (EmbeddedServerError, psycopg.Error, OSError) as error:
            sender.send(f"{type(error).__name__}: {error}")

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=become, args=(sender,))
    child.start()
    sender.close()
    try:
        answer = receiver.recv()
    finally:
        receiver.close()
        child.join()
        child.close()
    assert isinstance(answer, str)
    return answer


def ensure(home: str) -> str:
    return embedded.ensure_running(Path(home))


def user_of(url: str) -> str:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute("SELECT current_user").fetchone()
    assert row is not None
    return str(row[0])


def own_home(place: Path, account: Account) -> Path:
    home = place / account.name
    home.mkdir()
    os.chown(home, account.uid, account.gid)
    return home


@needs_root
@forks
def test_two_users_have_a_server_each_and_none_of_the_others(
    place: Path, others: tuple[Account, Account]
) -> None:
    assert launch.__doc__  # loaded here: the accounts may not be able to read our Python
    one, two = others
    homes = own_home(place, one), own_home(place, two)
    urls = run_as(one, ensure, homes[0]), run_as(two, ensure, homes[1])
    assert urls[0] != urls[1]
    assert run_as(one, user_of, urls[0]) == run_as(two, user_of, urls[1]) == "stockgroups"
    assert run_as(one, user_of, urls[1]).startswith("OperationalError")
    assert run_as(two, user_of, urls[0]).startswith("OperationalError")
    assert run_as(two, ensure, homes[0]).startswith("EmbeddedServerError")
    assert homes[0].stat().st_mode & 0o7777 == 0o755


@needs_root
@forks
def test_open_folders_let_nobody_in(used: Path, others: tuple[Account, Account]) -> None:
    url = embedded.ensure_running(used)
    sockets = Layout(used).cluster / "run"
    sockets.chmod(0o755)
    (sockets / socket_name()).chmod(0o777)
    assert "Peer authentication failed" in run_as(others[0], user_of, url)
    assert user_of(url) == "stockgroups"
    embedded.stop(used)
    embedded.ensure_running(used)
    assert sockets.stat().st_mode & 0o7777 == 0o700


@needs_root
def test_roots_server_runs_as_another_account(used: Path) -> None:
    layout = Layout(used)
    assert user_of(embedded.ensure_running(used)) == "stockgroups"
    account = find_account(layout)
    assert account.is_other
    assert account.name in SERVICE_ACCOUNTS
    owners = {path.name: path.stat().st_uid for path in (layout.cluster, *layout.cluster.iterdir())}
    uid = account.uid
    assert owners == {"postgresql-18": 0, "lock": 0, "data": uid, "log": uid, "run": uid}
    pid = embedded.status(used).pid
    assert Path("/proc", str(pid)).stat().st_uid == uid or not Path("/proc/self").exists()


@needs_root
def test_roots_umask_and_folder_do_not_shut_the_server_out(
    place: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "closed").mkdir(0o700)
    monkeypatch.chdir(place / "closed")
    before = os.umask(0o077)
    try:
        assert user_of(embedded.ensure_running(home)) == "stockgroups"
    finally:
        os.umask(before)


@needs_root
def test_a_folder_that_the_account_cannot_enter_is_named(place: Path) -> None:
    closed = place / "closed"
    closed.mkdir(0o700)
    with pytest.raises(EmbeddedServerError, match="may not enter this folder") as refused:
        embedded.ensure_running(closed / "below" / "home")
    assert refused.value.where == str(closed)
    assert "STOCKGROUPS_HOME" in str(refused.value)
    assert list(closed.iterdir()) == []
    assert closed.stat().st_mode & 0o7777 == 0o700


@needs_root
def test_programs_out_of_reach_are_copied_once(
    place: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site, install = binaries._find_site(), binaries.INSTALL
    closed = place / "closed"
    closed.mkdir(0o700)
    for name in (install.parts[0], f"{install.parts[0]}.libs"):
        (closed / name).symlink_to(site / name)
    monkeypatch.syspath_prepend(closed)
    layout = Layout(home)
    layout.cluster.mkdir(parents=True)
    (layout.cluster / "install-0.1.new").mkdir()
    assert user_of(embedded.ensure_running(home)) == "stockgroups"
    (copied,) = layout.cluster.glob("install-*")
    program = copied / install / "bin" / "postgres"
    assert program.stat().st_uid == 0
    assert Path(f"/proc/{embedded.status(home).pid}/exe").resolve() == program.resolve()
    before = copied.stat().st_mtime_ns
    embedded.stop(home)
    embedded.ensure_running(home)
    assert copied.stat().st_mtime_ns == before


@needs_root
def test_root_leaves_a_users_cluster_to_the_user(
    place: Path, others: tuple[Account, Account]
) -> None:
    layout = Layout(own_home(place, others[0]))
    layout.cluster.mkdir()
    os.chown(layout.cluster, others[0].uid, others[0].gid)
    with pytest.raises(EmbeddedServerError, match="another user's") as refused:
        embedded.ensure_running(layout.base)
    assert refused.value.where == str(layout.cluster)
    with pytest.raises(EmbeddedServerError, match="another user's"):
        embedded.stop(layout.base)


@needs_root
def test_data_of_roots_own_cannot_be_served(home: Path) -> None:
    Layout(home).data.mkdir(parents=True)
    with pytest.raises(EmbeddedServerError, match="does not run as root"):
        embedded.ensure_running(home)


@needs_root
@forks
def test_a_user_without_a_name_is_told(place: Path) -> None:
    nameless = Account("", 3_999_999_999, 3_999_999_999, ())
    answer = run_as(nameless, ensure, place / "home")
    assert "3999999999 has no name" in answer


@needs_root
def test_a_private_folder_is_given_to_the_account(
    place: Path, others: tuple[Account, Account]
) -> None:
    one, two = others
    folder = place / "private"
    folder.mkdir()  # as a root that was killed before it gave it away
    make_private(folder, one)
    found = folder.stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o7777) == (one.uid, one.gid, 0o700)
    make_private(folder, one)
    with pytest.raises(EmbeddedServerError, match="own"):
        make_private(folder, two)


def test_a_link_in_the_place_of_the_short_socket_folder_is_refused(place: Path) -> None:
    home = place / ("x" * 120)
    layout = Layout(home)
    sockets = layout.sockets(find_account(layout).uid)
    sockets.symlink_to(place)
    try:
        with pytest.raises(EmbeddedServerError, match="not a folder of") as refused:
            embedded.ensure_running(home)
    finally:
        sockets.unlink()
    assert refused.value.where == str(sockets)
    assert user_of(embedded.ensure_running(home)) == "stockgroups"
    assert sockets.stat().st_mode & 0o777 == 0o700


@needs_root
def test_roots_hand_is_not_led_by_links(place: Path, others: tuple[Account, Account]) -> None:
    folder, victim = place / "private", place / "victim"
    make_private(folder, others[0])
    victim.write_text("untouched")
    for name in ("written", "written.new"):
        (folder / name).symlink_to(victim)
    write_private(folder, "written", b"content", others[0])
    assert victim.read_text() == "untouched"
    assert not (folder / "written").is_symlink()
    assert (folder / "written").read_bytes() == b"content"
    assert (folder / "written").stat().st_uid == others[0].uid
    (place / "link").symlink_to(folder)
    with pytest.raises(OSError, match="link"):
        write_private(place / "link", "written", b"other", others[0])


@needs_root
def test_the_first_closed_step_of_a_path_is_found(
    place: Path, others: tuple[Account, Account]
) -> None:
    closed = place / "two words" / "closed" / "open"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o711)
    assert find_barrier(others[0], closed / "missing") is None
    closed.parent.chmod(0o700)
    assert find_barrier(others[0], closed / "missing") == closed.parent
