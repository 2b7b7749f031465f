"""Rows instead of text: chosen columns, CSV and TSV; and the amount of progress output."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from commands import Command, check_refusal
from holdings_files import write_text
from sound import SPY, make_sound
from stockgroups.db.connection import Connection
from stockgroups.store import Store


@pytest.fixture
def sound(connection: Connection, store: Store) -> Connection:
    make_sound(store)
    return connection


def read(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_a_fund_as_csv_has_the_weights_as_they_are(command: Command, sound: Connection) -> None:
    rows = read(command("query", "--etf", "SPY", "--csv").out)
    assert {row["symbol"]: float(row["weight"]) for row in rows} == SPY
    assert [row["symbol"] for row in rows] == sorted(SPY, key=SPY.__getitem__, reverse=True)
    assert read(command("query", "--etf", "SPY", "--tsv").out, "\t") == rows


@pytest.mark.parametrize(
    ("question", "part"),
    [
        (("query", "--etf", "SPY", "--as-of", "2026-07-01"), "members"),
        (("timeline", "XOM"), "groups"),
        (("query", "--theme", "crypto_miners"), "members"),
        (("loads",), None),
        (("resolve", "XOM", "SPY", "zzzz"), None),
        (("freshness",), "groups"),
        (("source", "SPY"), "recorded"),
        (("alias", "list"), None),
    ],
)
def test_the_rows_are_those_of_the_json(
    command: Command, sound: Connection, question: tuple[str, ...], part: str | None
) -> None:
    value = command(*question, "--json").json
    wanted = value if part is None else value[part]
    rows = read(command(*question, "--csv").out)
    assert len(rows) == len(wanted) > 0
    for row, told in zip(rows, wanted, strict=True):
        assert list(row) == list(told)
        for name, cell in row.items():
            text = told[name]
            if isinstance(text, bool | list | dict):
                assert json.loads(cell) == text
            else:
                assert cell == ("" if text is None else str(text))


def test_each_row_is_an_object_on_a_line(command: Command, sound: Connection) -> None:
    lines = command("query", "--etf", "SPY", "--nl").lines
    assert {row["symbol"]: row["weight"] for row in map(json.loads, lines)} == SPY
    found = command("changes", "SPY", "--since", "2000-01-01", "--nl")
    assert found.status == 0
    asked = ("validate", "--columns", "check,severity,group")
    sections = command("validate", "--json").json["sections"]
    findings = [finding for section in sections for finding in section["findings"]]
    assert len(read(command(*asked, "--csv").out)) == len(findings)
    check_refusal(command(*asked, "--csv", "--nl"), 2, "and --csv cannot be combined")


def test_columns_and_rows_are_chosen(command: Command, sound: Connection) -> None:
    asked = ("query", "--stock", "XOM", "--columns", "weight,group")
    assert command(*asked, "--csv", "--limit", "1").out == "weight,group\n0.2,SPY\n"
    lines = command(*asked, "--limit", "1").lines
    assert lines[0].split() == ["weight", "group"]
    assert lines[-1] == "… and 3 more"
    check_refusal(
        command("query", "--stock", "XOM", "--columns", "etf"), 2, "unknown column 'etf'", "group"
    )
    check_refusal(command(*asked, "--limit", "0"), 2, "--limit: the limit must be at least 1")
    assert command(*asked, "--limit", "9" * 20).lines == command(*asked).lines
    check_refusal(command(*asked, "--csv", "--tsv"), 2, "and --csv cannot be combined")
    told = command(*asked, "--json")
    assert (told.status, told.out) == (2, "")


def test_of_many_files_those_are_named_that_need_a_look(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "holdings"
    for number in range(1, 31):
        write_text(folder / f"AAA_2026-01-{number:02}.csv", "symbol,weight\nAAPL,60\nXOM,40\n")
    write_text(folder / "BBB_2026-01-01.csv", "symbol,weight\nAAPL,60\nXOM,40\n")
    write_text(folder / "CCC_2026-01-01.csv", "<html>")
    answer = command("load", "--holdings-dir", folder)
    assert "  31 files read as usual, every row understood; --verbose lists them" in answer.lines
    assert any(line.startswith("✓ Inserted BBB: 2 holdings") for line in answer.lines)
    assert not any("AAA_2026-01" in line for line in answer.lines)
    assert "CCC_2026-01-01.csv: refused" in answer.err
    told = command("load", "--holdings-dir", folder, "--verbose", "--rebuild")
    assert sum(" · " in line and ".csv" in line for line in told.lines) == 31


def test_quiet_leaves_warnings_and_refusals(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "holdings"
    write_text(folder / "AAA_2026-01-01.csv", "symbol,weight\nAAPL,60\nXOM,40\n")
    write_text(folder / "CCC_2026-01-01.csv", "<html>")
    answer = command("load", "--holdings-dir", folder, "--quiet")
    assert (answer.status, answer.out) == (1, "")
    assert [line.split(":")[0] for line in answer.err.splitlines()] == ["✗ CCC_2026-01-01.csv"]
    told = command("load", "--holdings-dir", folder, "-q", "--json")
    assert told.json["files"]
    assert len(told.err.splitlines()) == 1


def test_the_number_of_a_load_is_told(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "holdings"
    write_text(folder / "AAA_2026-01-01.csv", "symbol,weight\nAAPL,60\nXOM,40\n")
    number = command("load", "--holdings-dir", folder, "--json").json["load"]
    assert number == command("loads", "--json").json[0]["load"]
    assert command("rollback", number).status == 0
