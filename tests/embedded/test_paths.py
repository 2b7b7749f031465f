from __future__ import annotations

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from stockgroups.db.embedded.cluster import quote_folder_list
from stockgroups.db.embedded.paths import (
    MAX_SOCKET_BYTES,
    Layout,
    find_layout,
    server_url,
    socket_name,
)
from stockgroups.errors import EmbeddedServerError

names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60)


@given(names)
def test_the_url_names_the_folder_whatever_it_is_called(name: str) -> None:
    folder = Path("/", name)
    parts = conninfo_to_dict(server_url(folder))
    assert parts == {
        "user": "stockgroups",
        "dbname": "stockgroups",
        "host": str(folder),
        "port": "5432",
    }


@given(names, st.integers(0, 2**32 - 2))
def test_a_socket_always_has_a_path_that_clients_can_name(name: str, uid: int) -> None:
    socket = os.fsencode(Layout(Path("/home", name)).sockets(uid) / socket_name())
    assert len(socket) <= MAX_SOCKET_BYTES
    assert b"," not in socket
    socket.decode()


def test_the_short_folder_differs_by_user_and_by_home() -> None:
    long = Path("/home", "x" * 120)
    folders = {Layout(base).sockets(uid) for base in (long, long / "other") for uid in (1000, 1001)}
    assert len(folders) == 4
    assert Layout(long).sockets(1000) == Layout(long).sockets(1000)


def test_a_name_that_is_not_utf8_is_kept_out_of_the_url() -> None:
    folder = Layout(Path(os.fsdecode(b"/home/\xff"))).sockets(1000)
    assert folder.parent == Path("/tmp")


@given(names)
def test_quotes_of_both_layers_can_be_undone(name: str) -> None:
    quoted = quote_folder_list(name)
    inner = quoted[1:-1].replace("''", "'").replace("\\\\", "\\")
    assert quoted[0] == quoted[-1] == "'"
    assert inner[1:-1].replace('""', '"') == name


def test_a_named_folder_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STOCKGROUPS_HOME", "/named/by/variable")
    assert find_layout().base == Path("/named/by/variable")
    assert find_layout(Path("/named")).base == Path("/named")


def test_without_the_variable_it_is_the_users_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STOCKGROUPS_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/people/somebody")
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    base = find_layout().base
    assert base.is_relative_to("/people/somebody")
    assert base.name == "stockgroups"


def test_roots_environment_names_its_folder_and_its_own_home_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("STOCKGROUPS_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for own in (None, "", pwd.getpwuid(0).pw_dir):
        if own is None:
            monkeypatch.delenv("HOME", raising=False)
        else:
            monkeypatch.setenv("HOME", own)
        assert find_layout().base == Path("/var/lib/stockgroups")
    monkeypatch.setenv("HOME", "/people/somebody")
    assert find_layout().base.is_relative_to("/people/somebody")
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", "/data")
        assert find_layout().base == Path("/data/stockgroups")
    monkeypatch.setenv("STOCKGROUPS_HOME", "/named")
    assert find_layout().base == Path("/named")


def test_relative_and_tilde_paths_become_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/people/somebody")
    monkeypatch.chdir("/")
    assert find_layout(Path("~/sg")).base == Path("/people/somebody/sg")
    assert find_layout(Path("sg")).base == Path("/sg")


@pytest.mark.parametrize(
    ("path", "words"),
    [("/" + "/".join(["x" * 90] * 10), "too long"), ("/a\nb", "control character")],
)
def test_paths_that_postgresql_cannot_use_are_refused(path: str, words: str) -> None:
    with pytest.raises(EmbeddedServerError, match=words) as refused:
        find_layout(Path(path))
    assert "STOCKGROUPS_HOME" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_on_windows_it_says_so() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "name", "nt")
        with pytest.raises(EmbeddedServerError, match="Linux"):
            find_layout()


def test_a_system_without_its_modules_says_so(place: Path) -> None:
    code = (
        "import sys; sys.modules['fcntl'] = None; from stockgroups.cli.main import run;"
        " sys.exit(run(['db', 'start']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=place,
        env={"STOCKGROUPS_HOME": str(place / "home")},
    )
    assert done.returncode == 3
    assert done.stderr.startswith("stockgroups: the embedded server runs on Linux and macOS only")
    assert len(done.stderr.splitlines()) == 1
