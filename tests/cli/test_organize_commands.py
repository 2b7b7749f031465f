"""`stockgroups organize-sectors`, `organize-universe` and `build-metadata`: lines and statuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from sound import load_funds
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.store import Store
from tables import dump, read_members

COMMANDS = ("organize-sectors", "organize-universe", "build-metadata")


def test_sectors(command: Command, catalog: Catalog) -> None:
    planned = command("organize-sectors", "--dry-run")
    assert (planned.status, planned.err) == (0, "")
    first, *rest = planned.lines
    assert first.startswith("[DRY-RUN] Target: ")
    assert rest == [f"[DRY-RUN] Would create sector: {key}" for key in catalog.sectors]
    done = command("organize-sectors")
    assert (done.status, done.err) == (0, "")
    assert done.lines[1:] == [
        "Creating 11 sector entries...",
        *(f"✓ Created sector: {key}" for key in catalog.sectors),
        "Created 11 sector entries",
    ]
    again = command("organize-sectors")
    assert again.lines[2:] == [
        *(f"✓ Unchanged sector: {key}" for key in catalog.sectors),
        "Created 11 sector entries (11 of them unchanged)",
    ]
    planned = command("organize-sectors", "--dry-run")
    assert planned.lines[1:] == [f"[DRY-RUN] Would leave sector: {key}" for key in catalog.sectors]


def test_themes_and_universes(command: Command, catalog: Catalog) -> None:
    sizes = {key: len(theme.symbols) for key, theme in catalog.themes.items()}
    planned = command("organize-universe", "--dry-run")
    assert planned.status == 0
    wanted = [f"[DRY-RUN] Would create theme: {key} ({n} symbols)" for key, n in sizes.items()]
    assert planned.lines[1:21] == wanted
    assert "[DRY-RUN] Would create universe: dow30 (30 symbols)" in planned.lines
    done = command("organize-universe")
    assert (done.status, done.err) == (0, "")
    assert done.lines[1] == "Creating 20 theme entries..."
    assert "✓ Created theme: crypto_miners (9 symbols)" in done.lines
    assert "Created 20 theme entries" in done.lines
    assert "✓ Created universe: dow30 (30 symbols)" in done.lines
    assert done.lines[-1] == "Created 4 universe entries"
    again = command("organize-universe")
    assert "Created 20 theme entries (20 of them unchanged)" in again.lines
    assert "Deleted 0 existing themes (20 of the catalogue kept)" in again.lines


def test_themes_of_no_catalogue_are_named_before_they_are_deleted(
    command: Command, connection: Connection
) -> None:
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment)"
        " VALUES ('pets', 'THEME', 'TEST'), ('toys', 'THEME', 'TEST')"
    )
    kept = command("organize-universe", "--preserve")
    assert not any("delete" in line.casefold() for line in kept.lines)
    before = dump(connection)
    planned = command("organize-universe", "--dry-run")
    assert "[DRY-RUN] Would delete 2 existing themes (20 of the catalogue kept)" in planned.lines
    assert dump(connection) == before
    done = command("organize-universe")
    place = done.lines.index("Deleted 2 existing themes (20 of the catalogue kept)")
    assert done.lines[place - 1] == "In no catalogue: pets, toys"


ASKED = "SELECT name, description, metadata ->> 'colour' FROM definition_groups WHERE name = 'pets'"


def make_pets(connection: Connection) -> None:
    """A theme that another program made, with its own words and weights."""
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment, description, metadata)"
        " VALUES ('pets', 'THEME', 'TEST', 'All for pets', '{\"colour\": \"red\"}')"
    )
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol, weight)"
        " SELECT id, 'CHWY', 0.25 FROM definition_groups WHERE name = 'pets'"
        " UNION ALL SELECT id, 'ZTS', 0.75 FROM definition_groups WHERE name = 'pets'"
    )


@pytest.mark.parametrize("recorded", [False, True])
def test_a_theme_that_was_deleted_by_request_comes_back_as_it_was(
    command: Command, connection: Connection, recorded: bool
) -> None:
    make_pets(connection)
    if recorded:
        command("db", "reconcile")
        # Another program writes once more, past the record.
        connection.execute("UPDATE group_memberships SET weight = 0.5 WHERE symbol = 'ZTS'")
    was = connection.execute(ASKED).fetchall()
    members = read_members(connection, "pets", "THEME")
    done = command("organize-universe")
    assert done.status == 0
    assert connection.execute(ASKED).fetchall() == []
    (told,) = [line for line in done.lines if line.endswith("brings them back")]
    words = told.split("`")[1].split()
    assert words[:2] == ["stockgroups", "rollback"]
    assert command(*words[1:]).status == 0
    assert connection.execute(ASKED).fetchall() == was
    assert read_members(connection, "pets", "THEME") == members
    # The catalogue's own themes were made by another load, and stay.
    assert "9 symbols" in " ".join(command("organize-universe", "--preserve").lines)
    assert len(read_members(connection, "crypto_miners", "THEME")) == 9


@pytest.mark.parametrize(
    ("said", "flags", "status"),
    [("n", [], 1), ("", [], 1), ("y", [], 0), (None, ["--yes"], 0), (None, ["--dry-run"], 0)],
)
def test_on_a_terminal_it_asks_before_it_deletes(
    command: Command,
    connection: Connection,
    monkeypatch: pytest.MonkeyPatch,
    said: str | None,
    flags: list[str],
    status: int,
) -> None:
    make_pets(connection)
    asked: list[str] = []

    def answer(question: str) -> str:
        assert said is not None
        asked.append(question)
        return said

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    before = dump(connection)
    done = command("organize-universe", *flags)
    assert done.status == status
    assert asked == ([] if said is None else ["Delete these themes: pets? [y/N] "])
    assert any("In no catalogue: pets" in line for line in done.lines)
    if status or "--dry-run" in flags:
        assert dump(connection) == before
    else:
        assert connection.execute(ASKED).fetchall() == []
    if status:
        assert done.lines[-1] == "Nothing was changed; --preserve keeps these themes"


def test_verbose_tells_the_symbols_that_come_and_go(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command("organize-universe")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "themes.toml").write_text('[themes.gold_miners]\nsymbols = ["NEM", "XYZ"]\n')
    monkeypatch.setenv("CATALOG_DIR", str(mine))
    lines = command("organize-universe", "--dry-run", "--verbose").lines
    place = lines.index("[DRY-RUN] Would update theme: gold_miners (2 symbols)")
    assert lines[place + 1] == "    + XYZ"
    assert lines[place + 2].startswith("    − AEM, ")
    monkeypatch.delenv("CATALOG_DIR")
    lines = command("organize-universe", "--catalog", mine).lines
    assert "✓ Updated theme: gold_miners (2 symbols)" in lines
    assert not any(line.startswith("    ") for line in lines)


def test_metadata(command: Command, store: Store) -> None:
    load_funds(store)
    planned = command("build-metadata", "--dry-run")
    assert "[DRY-RUN] Would have inserted 4, updated 0, emptied 0, deleted 0 entries" in (
        planned.lines
    )
    done = command("build-metadata")
    assert (done.status, done.err) == (0, "")
    assert done.lines[1:] == [
        "Collected 4 unique stocks from ETFs",
        "Built membership map for 4 stocks",
        "Stocks with a sector: 4 of 4 in ETFs (100.0%)",
        "Sector memberships: 4 in 3 sectors, 3 changed",
        "✓ inserted 4, updated 0, emptied 0, deleted 0 entries",
    ]
    assert command("build-metadata").lines[-1] == "Nothing changed: already up to date"


def test_metadata_of_stocks_that_left_is_told_and_deleted_by_a_rebuild(
    command: Command, connection: Connection, store: Store
) -> None:
    load_funds(store)
    command("build-metadata")
    connection.execute("DELETE FROM definition_groups WHERE name = 'XLE'")
    lines = command("build-metadata").lines
    assert "✓ inserted 0, updated 1, emptied 1, deleted 0 entries" in lines
    assert "! 1 entry is of a stock that no ETF holds; --rebuild deletes it" in lines
    lines = command("build-metadata", "--rebuild").lines
    assert "✓ inserted 0, updated 0, emptied 0, deleted 1 entries" in lines


def test_metadata_without_any_etf_is_refused(command: Command, connection: Connection) -> None:
    before = dump(connection)
    answer = command("build-metadata")
    assert answer.status == 1
    assert "no ETF has holdings in environment TEST; nothing is loaded yet" in answer.err
    assert dump(connection) == before


@pytest.mark.parametrize("name", COMMANDS)
def test_a_dry_run_writes_nothing_and_json_stands_alone(
    command: Command, connection: Connection, store: Store, name: str
) -> None:
    load_funds(store)
    before = dump(connection)
    assert command(name, "--dry-run", "--json").json["dry_run"] is True
    assert dump(connection) == before
    answer = command(name, "--json")
    assert answer.status == 0
    assert answer.json["dry_run"] is False
    assert answer.err == ""


def test_the_json_of_organising_tells_every_group(command: Command, catalog: Catalog) -> None:
    value = command("organize-universe", "--json").json
    groups = {group["key"]: group for group in value["groups"]}
    # No fund is loaded whose stocks a universe has.
    universes = [key for key, entry in catalog.universes.items() if not entry.fund]
    assert list(groups) == [*catalog.themes, *universes]
    assert groups["crypto_miners"] == {
        "type": "THEME",
        "key": "crypto_miners",
        "total_symbols": 9,
        "is_new": True,
        "changed": True,
        "added": sorted(catalog.themes["crypto_miners"].symbols),
        "removed": [],
        "error": None,
    }
    assert (value["changed"], value["deleted"]) == (True, [])


@pytest.mark.parametrize("name", ["organize-sectors", "organize-universe"])
def test_a_group_that_the_database_refuses_is_named_and_the_others_are_made(
    command: Command, connection: Connection, name: str
) -> None:
    connection.execute(
        "ALTER TABLE definition_groups ADD CONSTRAINT brief"
        " CHECK (name NOT IN ('energy', 'gold_miners') OR description = name)"
    )
    answer = command(name)
    assert answer.status == 1
    refused = {"organize-sectors": "energy", "organize-universe": "gold_miners"}[name]
    assert f"Database error inserting {refused}: " in answer.err
    assert "(constraint brief)" in answer.err
    count = {"organize-sectors": "10 sector", "organize-universe": "19 theme"}[name]
    assert f"Created {count} entries" in answer.lines
    names = connection.execute("SELECT name FROM definition_groups").fetchall()
    assert (refused,) not in names
    assert len(names) == {"organize-sectors": 10, "organize-universe": 23}[name]


def test_with_json_standard_error_is_empty(command: Command) -> None:
    made = command("organize-sectors", "--json")
    answer = command("rollback", made.json["load"], "--json")
    assert answer.json["undoes"] == made.json["load"]
    assert (made.err, answer.err) == ("", "")
