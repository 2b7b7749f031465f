"""An export holds the whole environment: imported elsewhere, it is the same one."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from commands import Command
from contents import make_once
from databases import Databases
from directory_files import make_traded
from holdings_files import write_ishares, write_list
from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import GuardError
from stockgroups.jobs.export import export
from stockgroups.jobs.export_folder import RECORD_TABLES, TABLES
from stockgroups.jobs.restore import import_export
from stockgroups.jobs.rollback import roll_back
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import WRITTEN, dump, read_one

OF_THE_SESSION = {"stockgroups.env_state", "stockgroups.loads"}
"""What an import adds to: the environment's version, and its own line in the audit."""


@pytest.fixture
def other(server: str, databases: Databases) -> Iterator[Target]:
    """A second database, empty, environment TEST."""
    with databases.lend() as name:
        yield Target(make_conninfo(server, dbname=name), "test server", name, "TEST")


@pytest.fixture
def filled(command: Command, connection: Connection, tmp_path: Path) -> Command:
    """An environment with all that there can be in one, beside another environment."""
    sources = tmp_path / "sources"
    write_list(sources / "QQQ_2026-05-01.csv", {"FB": 0.5, "AAPL": 0.3, "NVDA": 0.2})
    write_list(sources / "QQQ_2026-06-01.csv", {"META": 0.4, "AAPL": 0.4, "NVDA": 0.2})
    write_list(sources / "XLE_2026-06-01.csv", {"XOM": 0.6, "CVX": 0.4})
    write_ishares(
        sources / "IVV.csv", "iShares Core S&P 500 ETF", dt.date(2026, 6, 1), {"JPM": 9, "BAC": 1}
    )
    (tmp_path / "traded.txt").write_bytes(make_traded(["AAPL", "XOM", "JPM"]))
    write_list(tmp_path / "later" / "XLE_2026-07-01.csv", {"XOM": 0.5, "CVX": 0.3, "COP": 0.2})
    make_once(connection, "filled", lambda: _fill(command, connection, tmp_path))
    return command


def _fill(command: Command, connection: Connection, folder: Path) -> None:
    connection.execute(
        b"INSERT INTO cache_entries (type, name, key, value, environment) VALUES"
        b" ('etf_holdings', 'Old Fund', 'OLDF',"
        b' \'{"holdings": [{"symbol": "GE", "weight": 1.0}]}\', \'TEST\')'
    )
    for words in (
        ("load", "--holdings-dir", folder / "sources", "--proxies", "--accept", "all"),
        ("load-directory", folder / "traded.txt"),
        ("organize-sectors",),
        ("organize-universe",),
        ("migrate",),
        ("build-metadata",),
        ("alias", "add", "FB", "META", "--effective", "2022-06-09", "--source", "told"),
        ("classify", "override", "NVDA", "energy", "--reason", "for this test"),
        ("load", "--holdings-dir", folder / "later", "--no-proxies", "--accept", "all"),
        ("build-metadata",),
        ("archive-legacy",),
    ):
        answer = command(*words)
        assert answer.status == 0, (words, answer.out, answer.err)
    number = next(one["load"] for one in command("loads", "--json").json if one["kind"] == "load")
    assert command("rollback", number).status == 0
    connection.execute(
        b"WITH made AS (INSERT INTO definition_groups (name, type, environment, description)"
        b" VALUES ('mine', 'CUSTOM', 'TEST', 'a \"word\",\n\\.\nand another') RETURNING id)"
        b" INSERT INTO group_memberships (group_id, symbol, weight, metadata)"
        b" SELECT id, 'AAPL', 0.1234567890123456789, '{\"note\": \"\"}' FROM made"
    )
    connection.execute(
        b"INSERT INTO stockgroups.cusip_symbols VALUES"
        b" ('037833100', 'AAPL', '2010-01-04', '2026-01-02', NULL)"
    )
    connection.execute(
        b"INSERT INTO stockgroups.fund_classes"
        b" SELECT min(id), 884394, NULL, NULL, 'SPY', 'a trust', NULL, true"
        b" FROM stockgroups.directories"
    )
    connection.execute(b"DELETE FROM group_memberships WHERE symbol = 'CVX'")
    assert command("db", "reconcile").status == 0
    connection.execute(b"UPDATE group_memberships SET weight = 0.9 WHERE symbol = 'XOM'")


def read_table(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_same_database_comes_of_it(
    filled: Command,
    connection: Connection,
    other: Target,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    questions = [
        ("validate", "--json"),
        ("query", "--stats", "--json"),
        ("timeline", "META", "--json"),
        ("timeline", "XOM", "--json"),
        ("changes", "XLE", "--json"),
        ("changes", "QQQ", "--since", "2026-01-01", "--json"),
        ("source", "XLE", "--json"),
        ("query", "--stock", "XOM", "--json"),
        ("query", "--etf", "QQQ", "--as-of", "2026-05-15", "--json"),
        ("query", "--custom", "mine", "--json"),
        ("alias", "list", "--json"),
        ("resolve", "FB", "US0378331005", "--json"),
        ("migrate", "--validate-only", "--json"),
        *(("query", "--etf", name, "--json") for name in ("QQQ", "XLE", "IVV", "OLDF", "DIA")),
        *(("query", "--sector", name, "--json") for name in ("energy", "financials")),
    ]
    before = dump(connection)
    assert all(before[table] for table in WRITTEN if table != "stockgroups.security_refs")
    asked = {question: filled(*question) for question in questions}
    exported = filled("export", tmp_path / "one", "--json")
    assert exported.status == 0, exported.err

    monkeypatch.setenv("DATABASE_URL", other.url)
    imported = filled("import", tmp_path / "one", "--json")
    assert imported.status == 0, imported.err
    with connect(other) as theirs:
        after = dump(theirs)
    for table in before.keys() - OF_THE_SESSION:
        assert after[table] == before[table], table
    assert after["stockgroups.loads"][:-1] == before["stockgroups.loads"]
    assert after["stockgroups.loads"][-1][2] == "import"
    for question in questions:
        answer = filled(*question)
        assert (answer.status, answer.out) == (asked[question].status, asked[question].out)

    assert filled("export", tmp_path / "two").status == 0
    for path in exported.json["files"]:
        one, two = ((tmp_path / name / path).read_bytes() for name in ("one", "two"))
        assert two.startswith(one) if path == "record/loads.csv" else one == two, path
    drifted = {
        row["group_name"]: row["is_drifted"] for row in read_table(tmp_path / "two", "groups")
    }
    assert (drifted["XLE"], drifted["QQQ"]) == ("t", "f")
    # What comes next has numbers of its own.
    assert (
        filled(
            "load", "--holdings-dir", tmp_path / "later", "--no-proxies", "--accept", "all"
        ).status
        == 0
    )
    assert filled("build-metadata").status == 0


def test_another_environment_of_the_same_database_comes_of_it(
    filled: Command, connection: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    questions = [
        ("timeline", "META", "--json"),
        ("query", "--stock", "XOM", "--json"),
        ("query", "--etf", "QQQ", "--as-of", "2026-05-15", "--json"),
        ("validate", "--json"),
    ]
    asked = [without_numbers(filled(*question).json) for question in questions]
    before = dump(connection)
    assert filled("export", tmp_path / "one").status == 0
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    imported = filled("import", tmp_path / "one")
    assert imported.status == 0, imported.err
    assert "environment TEST of" in imported.out
    assert "left out" not in imported.err  # its directories are those that are there
    assert [without_numbers(filled(*question).json) for question in questions] == asked
    for table, rows in dump(connection).items():
        kept = set(map(repr, rows)).issuperset(map(repr, before[table]))
        assert kept or table == "stockgroups.env_state", table

    assert filled("export", tmp_path / "two").status == 0
    for name in TABLES:
        one, two = (read_table(tmp_path / folder, name) for folder in ("one", "two"))
        for row in [*one, *two]:
            row.pop("security_id", None)
        assert sorted(map(str, one)) == sorted(map(str, two)), name
    # What a rollback names has a number of its own there too, and loads can be taken back.
    undone = {load["undoes"]: load for load in filled("loads", "--json", "--limit", "99").json}
    number = next(filter(None, undone))
    assert undone[number]["arguments"] == {"load": number}
    kinds = {load["load"]: load["kind"] for load in filled("loads", "--json", "--limit", "99").json}
    assert kinds[number] == "load"
    built = next(one for one, kind in kinds.items() if kind == "build-metadata")
    assert filled("rollback", built).status == 0
    told = filled("rollback", max(kinds))
    assert (told.status, kinds[max(kinds)]) == (1, "import")


def without_numbers(answer: Any) -> Any:
    """An answer without the environment and the numbers of rows."""
    if isinstance(answer, str):
        return re.sub(r"rollback \d+", "rollback N", answer)
    if isinstance(answer, dict):
        return {
            key: without_numbers(value)
            for key, value in answer.items()
            if key not in {"environment", "load", "security_id", "id"}
        }
    return [without_numbers(one) for one in answer] if isinstance(answer, list) else answer


def test_every_table_and_every_number_of_a_row_is_exported(connection: Connection) -> None:
    rows = connection.execute(
        b"SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = 'stockgroups'"
    )
    assert {row[0] for row in rows} - {table.name for table in RECORD_TABLES} == {
        "stockgroups.alembic_version",
        "stockgroups.env_state",  # stands in the manifest
    }
    for table in RECORD_TABLES:
        columns = connection.execute(
            b"SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
            b" AND atttypid IN ('int4'::regtype, 'int8'::regtype, 'int4[]'::regtype)"
            b" AND attname ~ '(^|_)ids?$|^undoes$'",
            (table.name,),
        )
        assert {row[0] for row in columns} == set(table.numbers), table.name


@pytest.mark.parametrize("reader", ["pyarrow", "duckdb", "pandas", "polars"])
def test_parquet_is_one_table_for_engines(filled: Command, tmp_path: Path, reader: str) -> None:
    engine = pytest.importorskip(reader)
    assert filled("export", tmp_path / "csv").status == 0
    assert filled("export", tmp_path / "parquet", "--format", "parquet").status == 0
    for name in TABLES:
        expected = read_table(tmp_path / "csv", name)
        folder = tmp_path / "parquet" / name
        if reader == "duckdb":
            query = f"SELECT * FROM read_parquet('{folder}/**/*.parquet', hive_partitioning = true)"
            rows = engine.sql(query).to_arrow_table().to_pylist()
        elif reader == "pyarrow":
            rows = pytest.importorskip("pyarrow.parquet").read_table(folder).to_pylist()
        elif reader == "pandas":
            rows = engine.read_parquet(folder).astype(object).to_dict("records")
        else:
            rows = engine.scan_parquet(folder, hive_partitioning=True).collect().to_dicts()
        assert len(rows) == len(expected) > 0
        assert sorted(map(as_text, rows)) == sorted(map(as_text, expected)), name


def as_text(row: dict[str, Any]) -> str:
    """A row as it is whoever read it: NULL as an empty text, numbers and times alike."""
    told = {}
    for key, value in row.items():
        text = "" if value is None or str(value) == "nan" else str(value)
        if isinstance(value, dt.datetime) or key in {"recorded_at", "updated_at"}:
            text = dt.datetime.fromisoformat(text).isoformat() if text and text != "NaT" else ""
        elif isinstance(value, dt.date) or key in {
            "as_of",
            "valid_from",
            "valid_to",
            "published_on",
        }:
            text = text[:10].replace("NaT", "")
        elif (
            key in {"weight", "shares", "net_assets", "is_proxy", "is_drifted", "security_id"}
            and text
        ):
            text = {"t": "1", "f": "0", "True": "1", "False": "0"}.get(text) or text
            text = f"{float(text):.12g}"
        told[key] = text
    return str(sorted(told.items()))


def test_directories_of_its_own_stay_a_databases_own(
    filled: Command, other: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert filled("export", tmp_path / "one").status == 0
    (tmp_path / "others.txt").write_bytes(make_traded(["IBM"]))
    monkeypatch.setenv("DATABASE_URL", other.url)
    assert filled("load-directory", tmp_path / "others.txt").status == 0
    imported = filled("import", tmp_path / "one")
    assert imported.status == 0
    assert "left out: 1 directory file of the export" in imported.err
    with connect(other) as theirs:
        assert read_one(theirs, "SELECT count(*) FROM stockgroups.directories") == 1


STOCKS = ["AAPL", "MSFT", "XOM", "BRK.B", "META"]
REPORTS = st.lists(
    st.tuples(
        st.sampled_from(["SPY", "QQQ"]),
        st.integers(0, 4),
        st.booleans(),
        st.dictionaries(st.sampled_from(STOCKS), st.floats(0.001, 1), max_size=4),
        st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports=REPORTS)
def test_any_record_survives(
    server: str, databases: Databases, tmp_path_factory: pytest.TempPathFactory, reports: Any
) -> None:
    folder = tmp_path_factory.mktemp("law")
    with databases.lend() as one, databases.lend() as two:
        targets = [
            Target(make_conninfo(server, dbname=name), "test server", name, "TEST")
            for name in (one, two)
        ]
        with connect(targets[0]) as first, connect(targets[1]) as second:
            store = Store(first, "TEST")
            for fund, month, is_proxy, members, is_undone in reports:
                day = dt.date(2026, 1 + month, 1)
                snapshot = make_snapshot(
                    members,
                    day,
                    is_proxy=is_proxy,
                    source="nport" if is_undone and not is_proxy else "hand",
                    published_on=day if len(members) % 2 else None,
                )
                plan = apply(store, [make_fund(fund, snapshot)])
                if is_undone and plan.load_id is not None:
                    try:
                        roll_back(store, plan.load_id)
                    except GuardError:
                        continue  # there is nothing to take back
            export(store, folder / "one")
            import_export(Store(second, "TEST"), folder / "one")
            before, after = dump(first), dump(second)
            for table in before.keys() - OF_THE_SESSION:
                assert after[table] == before[table], table
