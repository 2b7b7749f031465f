"""What is refused of an export and of an import, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import make_conninfo

from databases import Databases
from samples import make_fund, make_snapshot
from stockgroups.db import locks
from stockgroups.db.connection import Target, connect
from stockgroups.errors import DatabaseError, GuardError, SourceError, UsageError
from stockgroups.jobs.export import export
from stockgroups.jobs.export_folder import MANIFEST
from stockgroups.jobs.restore import import_export
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_one


@pytest.fixture
def other(server: str, databases: Databases) -> Iterator[Target]:
    """A second database, empty."""
    with databases.lend() as name:
        yield Target(make_conninfo(server, dbname=name), "test server", name, "TEST")


Damage = Callable[[Path], object]


def rewrite(path: str, old: str, new: str) -> Damage:
    """Change a file of the record, and what the manifest says of it."""

    def damage(folder: Path) -> None:
        place = folder / path
        text = place.read_text(encoding="utf-8")
        assert old in text
        place.write_text(text.replace(old, new, 1), encoding="utf-8")
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        data = place.read_bytes()
        manifest["files"][path] |= {
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    return damage


def set_in_manifest(key: str, value: Any) -> Damage:
    def damage(folder: Path) -> None:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest[key] = value
        (folder / MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")

    return damage


def link_outside(folder: Path) -> None:
    outside = (folder / "record" / "refs.csv").rename(folder.parent / "refs.csv")
    (folder / "record" / "refs.csv").symlink_to(outside)


def make_pipe(folder: Path) -> None:
    (folder / "record" / "refs.csv").unlink()
    os.mkfifo(folder / "record" / "refs.csv")


def append(path: str, text: str) -> Damage:
    def damage(folder: Path) -> None:
        with (folder / path).open("a", encoding="utf-8") as file:
            file.write(text)

    return damage


REFS, GROUPS, MEMBERS = (
    "record/refs.csv",
    "record/group_registry.csv",
    "record/group_memberships.csv",
)
DAMAGES: dict[str, tuple[Damage, str]] = {
    "no manifest": (lambda folder: (folder / MANIFEST).unlink(), "there is no export here"),
    "no JSON": (lambda folder: (folder / MANIFEST).write_text("["), "is not JSON"),
    "deep": (lambda folder: (folder / MANIFEST).write_text("[" * 99999), "is not JSON"),
    "huge": (lambda folder: (folder / MANIFEST).write_text(" " * 1000001), "too large"),
    "another layout": (set_in_manifest("layout", 2), "layout 1"),
    "an older schema": (set_in_manifest("schema", "0001"), "then run `stockgroups db upgrade`"),
    "a newer schema": (set_in_manifest("schema", "9999"), "or newer"),
    "no files": (set_in_manifest("files", {}), "has no record/loads.csv"),
    "odd files": (set_in_manifest("files", [1]), "invalid"),
    "an odd version": (set_in_manifest("version", "1"), "invalid"),
    "a file is missing": (lambda folder: (folder / REFS).unlink(), "cannot be read"),
    "a link": (link_outside, "outside"),
    "a pipe": (make_pipe, "pipe"),
    "a row more": (append(REFS, "1\n"), "missing data"),
    "half a row": (append(REFS, '1,"'), "do not fit"),
    "a byte is another": (
        lambda folder: (folder / "record/aliases.csv").write_text(
            (folder / "record/aliases.csv").read_text().replace("told", "tolD", 1)
        ),
        "checksum",
    ),
    "no UTF-8": (lambda folder: (folder / REFS).write_bytes(b"\xff\n"), "first line"),
    "empty": (lambda folder: (folder / REFS).write_bytes(b""), "first line"),
    "another column": (rewrite(REFS, "ticker", "tacker"), "no ticker"),
    "a column twice": (rewrite(REFS, "ticker", "name"), "no ticker"),
    "a column of theirs": (rewrite(MEMBERS, "metadata", "memo"), "no column 'memo'"),
    "words for a number": (rewrite(REFS, "\n1,", "\none,"), "invalid input syntax"),
    "a number of others": (rewrite(GROUPS, "\n1,", "\n-1,"), "that no database assigns"),
    "a number beyond all": (rewrite(GROUPS, "\n1,", "\n2147483647,"), "that no database assigns"),
    "a ref of others": (
        rewrite("record/snapshots.csv", "{1,2}", "{0,2}"),
        "that no database assigns",
    ),
    "a number twice": (rewrite(REFS, "\n1,", "\n2,"), "duplicate key"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_export_is_refused_and_nothing_of_it_stays(
    store: Store, other: Target, tmp_path: Path, name: str
) -> None:
    damage, told = DAMAGES[name]
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "XOM": 0.5}))])
    store.connection.execute(
        b"INSERT INTO stockgroups.aliases VALUES"
        b" ('TEST', 'FB', '2022-06-09', 'META', 'told', 'user')"
    )
    export(store, tmp_path / "one")
    damage(tmp_path / "one")
    with connect(other) as theirs:
        before = dump(theirs)
        with pytest.raises(SourceError, match=told):
            import_export(Store(theirs, "UAT"), tmp_path / "one")
        assert dump(theirs) == before


def test_rows_of_a_hostile_export_stay_in_their_environment(store: Store, tmp_path: Path) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "XOM": 0.5}))])
    export(store, tmp_path / "one")
    rewrite(REFS, ",TEST\n", ",PROD\n")(tmp_path / "one")
    rewrite(MEMBERS, "AAPL", "EVIL")(tmp_path / "one")
    mine = "SELECT count(*) FROM group_memberships WHERE symbol = 'AAPL'"
    import_export(Store(store.connection, "UAT"), tmp_path / "one")
    count = "SELECT count(*) FROM stockgroups.refs WHERE environment = 'PROD'"
    assert (read_one(store.connection, mine), read_one(store.connection, count)) == (1, 0)


def test_only_an_empty_environment_takes_an_import(store: Store, tmp_path: Path) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "XOM": 0.5}))])
    export(store, tmp_path / "one")
    with pytest.raises(GuardError, match=r"TEST is not empty.*definition_groups.*ENVIRONMENT"):
        import_export(store, tmp_path / "one")
    import_export(Store(store.connection, "UAT"), tmp_path / "one")


def test_an_import_waits_for_the_writers_of_every_environment(
    store: Store, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "XOM": 0.5}))])
    export(store, tmp_path / "one")
    monkeypatch.setattr(locks, "NOTICE_SECONDS", 0.0)
    monkeypatch.setattr(locks, "PATIENCE_SECONDS", 0.0)
    with connect(target) as writer, writer.transaction():
        locks.lock_environment(writer, "PROD")  # it may be given numbers at any time
        with pytest.raises(DatabaseError, match="environment PROD was held"):
            import_export(Store(store.connection, "UAT"), tmp_path / "one")


def test_an_export_that_fails_leaves_no_folder(store: Store, tmp_path: Path) -> None:
    def stop(number: int, _total: int, _name: str) -> None:
        if number == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export(store, tmp_path / "one", progress=stop)
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_meant_is_refused(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for name in ("full", "full/mine.txt"):
        with pytest.raises(UsageError):
            export(store, tmp_path / name)
    for bad in ({"file_format": "xlsx"}, {"parts": ["all"]}):
        with pytest.raises(UsageError, match="use one of"):
            export(store, tmp_path / "one", **bad)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"pip install 'stockgroups\[export\]'"):
        export(store, tmp_path / "one", file_format="parquet")
    (tmp_path / "empty").mkdir()
    report = export(store, tmp_path / "empty", parts=["groups"])
    assert not report.can_be_imported
    with pytest.raises(SourceError, match="part `record`"):
        import_export(store, tmp_path / "empty")
