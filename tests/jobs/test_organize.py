"""Organising sectors, themes and universes: what the catalogue says becomes groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from stockgroups.catalog import Catalog, load_catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import CatalogError
from stockgroups.jobs.organize import (
    OrganizeReport,
    find_strangers,
    organize_sectors,
    organize_universe,
)
from stockgroups.model import GroupType
from stockgroups.store import Store
from tables import dump, read_members, read_one

MILLS = """
[themes.windmills]
name = "Windmills"
description = "{description}"
selection_criteria = "Mills by wind."
related_themes = ["clean_energy"]
symbols = {symbols}
"""
SNAPSHOTS = "SELECT count(*) FROM stockgroups.snapshots s JOIN stockgroups.group_registry r"
OF_MILLS = f"{SNAPSHOTS} ON r.id = s.group_id WHERE r.name = 'windmills'"


def with_mills(folder: Path, symbols: list[str], description: str = "Mills.") -> Catalog:
    """The shipped catalogues and a theme of one's own."""
    (folder / "themes.toml").write_text(MILLS.format(symbols=symbols, description=description))
    return load_catalog(folder)


def told(report: OrganizeReport) -> dict[str, tuple[bool, bool]]:
    """For each group whether it is new and whether it changes."""
    return {g.key.name: (g.is_new, g.changes_anything) for g in report.plan.groups}


def test_every_sector_of_the_catalogue_becomes_a_group(
    connection: Connection, store: Store, catalog: Catalog
) -> None:
    report = organize_sectors(store)
    assert [g.key.name for g in report.groups(GroupType.SECTOR)] == list(catalog.sectors)
    rows = connection.execute("SELECT name, type, description, metadata FROM definition_groups")
    for name, kind, description, metadata in rows.fetchall():
        entry = catalog.sectors[name]
        assert (kind, description) == ("SECTOR", entry.description)
        assert metadata == {
            "name": entry.name,
            "industries": list(entry.industries),
            "representative_stocks": list(entry.representative_stocks),
        }


def test_organising_again_changes_nothing(connection: Connection, store: Store) -> None:
    for organize in (organize_sectors, organize_universe):
        organize(store)
        before = dump(connection)
        report = organize(store)
        assert not report.plan.changes_anything
        assert dump(connection) == before


def test_a_dry_run_plans_the_same_and_writes_nothing(connection: Connection, store: Store) -> None:
    for organize in (organize_sectors, organize_universe):
        before = dump(connection)
        planned = organize(store, dry_run=True)
        assert dump(connection) == before
        assert told(planned) == told(organize(store))


def test_members_that_a_sector_was_given_stay(connection: Connection, store: Store) -> None:
    organize_sectors(store)
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol)"
        " SELECT id, 'XOM' FROM definition_groups WHERE name = 'energy'"
    )
    connection.execute("UPDATE definition_groups SET description = 'theirs' WHERE name = 'energy'")
    report = organize_sectors(store)
    assert [name for name, what in told(report).items() if what != (False, False)] == ["energy"]
    assert read_members(connection, "energy", "SECTOR") == {"XOM": None}


def test_themes_and_universes_hold_exactly_their_symbols(
    connection: Connection, store: Store, catalog: Catalog
) -> None:
    organize_universe(store)
    for key, theme in catalog.themes.items():
        assert list(read_members(connection, key, "THEME")) == sorted(theme.symbols)
    assert len(read_members(connection, "dow30", "UNIVERSE")) == 30
    metadata = read_one(
        connection, "SELECT metadata FROM definition_groups WHERE name = 'gold_miners'"
    )
    theme = catalog.themes["gold_miners"]
    assert metadata["selection_criteria"] == theme.selection_criteria
    assert metadata["related_themes"] == list(theme.related_themes)
    assert metadata["total_holdings"] == len(theme.symbols)


def test_a_catalogue_of_ones_own_adds_and_overrides(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    organize_universe(store)
    mine = tmp_path / "themes.toml"
    mine.write_text('[themes.gold_miners]\nsymbols = ["NEM", "AEM"]\n')
    report = organize_universe(Store(connection, "TEST", catalog=load_catalog(tmp_path)))
    assert [name for name, what in told(report).items() if what[1]] == ["gold_miners"]
    assert list(read_members(connection, "gold_miners", "THEME")) == ["AEM", "NEM"]
    report = organize_universe(Store(connection, "TEST", catalog=with_mills(tmp_path, ["GEV"])))
    changed = {name for name, what in told(report).items() if what[1]}
    assert changed == {"gold_miners", "windmills"}
    assert list(read_members(connection, "windmills", "THEME")) == ["GEV"]


def test_themes_of_no_catalogue_go_unless_they_are_preserved(
    connection: Connection, store: Store, catalog: Catalog, tmp_path: Path
) -> None:
    organize_universe(Store(connection, "TEST", catalog=with_mills(tmp_path, ["GEV"])))
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment) VALUES"
        " ('theirs', 'THEME', 'TEST'), ('elsewhere', 'THEME', 'UAT'), ('basket', 'CUSTOM', 'TEST')"
    )
    kept = organize_universe(store)
    assert not kept.plan.changes_anything
    strangers = find_strangers(store)
    planned = organize_universe(store, delete=strangers, dry_run=True)
    report = organize_universe(store, delete=strangers)
    assert [key.name for key in report.deleted] == ["theirs", "windmills"]
    assert planned.deleted == report.deleted
    left = connection.execute("SELECT name FROM definition_groups WHERE type <> 'UNIVERSE'")
    assert {name for (name,) in left} == {*catalog.themes, "elsewhere", "basket"}


def test_a_theme_that_was_deleted_comes_back_with_its_past(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    mine = with_mills(tmp_path, ["GEV"])
    number = "SELECT id FROM definition_groups WHERE name = 'windmills'"
    organize_universe(Store(connection, "TEST", catalog=mine))
    was = read_one(connection, number)
    strangers = find_strangers(store)
    organize_universe(store, delete=strangers)
    assert read_one(connection, number) is None
    organize_universe(Store(connection, "TEST", catalog=mine))
    assert read_one(connection, number) == was
    assert list(read_members(connection, "windmills", "THEME")) == ["GEV"]
    assert read_one(connection, OF_MILLS) == 1


def test_a_theme_that_is_changed_and_changed_back_on_one_day_is_as_it_was(
    connection: Connection, tmp_path: Path
) -> None:
    for symbols in (["GEV", "NEE"], ["GEV"], ["GEV", "NEE"]):
        report = organize_universe(Store(connection, "TEST", catalog=with_mills(tmp_path, symbols)))
        assert told(report)["windmills"][1]
        assert list(read_members(connection, "windmills", "THEME")) == symbols
    assert read_one(connection, OF_MILLS) == 3
    assert not organize_universe(
        Store(connection, "TEST", catalog=with_mills(tmp_path, ["NEE", "GEV"]))
    ).plan.changes_anything


def test_new_words_for_a_theme_make_no_new_snapshot(connection: Connection, tmp_path: Path) -> None:
    organize_universe(Store(connection, "TEST", catalog=with_mills(tmp_path, ["GEV"])))
    mine = with_mills(tmp_path, ["GEV"], description="Turbines.")
    report = organize_universe(Store(connection, "TEST", catalog=mine))
    assert [name for name, what in told(report).items() if what[1]] == ["windmills"]
    assert read_one(connection, OF_MILLS) == 1
    assert (
        read_one(connection, "SELECT description FROM definition_groups WHERE name = 'windmills'")
        == "Turbines."
    )


@pytest.mark.parametrize(
    ("symbols", "words"),
    [
        (["GEV", "hello world"], "not a symbol in any spelling"),
        (["GEV", "ZZZZ\t0.5\n13\tEVIL"], "not a symbol in any spelling"),
        (["BRK/B", "brk.b"], "BRK.B is named twice: 'BRK/B' and 'brk.b'"),
    ],
)
def test_what_is_no_symbol_in_a_catalogue_is_refused_with_its_place(
    connection: Connection, tmp_path: Path, symbols: list[str], words: str
) -> None:
    before = dump(connection)
    with pytest.raises(CatalogError, match=words) as caught:
        organize_universe(Store(connection, "TEST", catalog=with_mills(tmp_path, symbols)))
    assert caught.value.where == "themes.toml, windmills"
    assert dump(connection) == before


def test_a_catalogue_may_spell_as_it_likes(connection: Connection, tmp_path: Path) -> None:
    organize_universe(
        Store(connection, "TEST", catalog=with_mills(tmp_path, ["gev", "BRK/B", "heia"]))
    )
    assert list(read_members(connection, "windmills", "THEME")) == ["BRK.B", "GEV", "HEI.A"]
