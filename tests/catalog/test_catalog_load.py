"""A user's files over the shipped ones, and every mistake that a file can hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from stockgroups.catalog import load_catalog
from stockgroups.catalog.tables import FILES, MAX_BYTES
from stockgroups.errors import CatalogError

SHIPPED = load_catalog()

NEW_FUND = """
[etfs.NEWF]
name = "New Fund"
issuer = "Nobody"
kind = "active"
url = "https://example.org/newf"
"""
NEW_THEME = """
[themes.windmills]
name = "Windmills"
description = "Mills."
selection_criteria = "Mills by wind."
related_themes = ["clean_energy"]
symbols = ["GEV"]
"""


def test_an_empty_folder_changes_nothing(tmp_path: Path) -> None:
    assert load_catalog(tmp_path) == SHIPPED


def test_a_known_key_changes_the_named_fields_only(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_text('[etfs.SPY]\nname = "Spider"\n')
    spy, was = load_catalog(tmp_path).etfs["SPY"], SHIPPED.etfs["SPY"]
    assert spy.name == "Spider"
    assert (spy.issuer, spy.proxy_universe, spy.other_names) == (
        was.issuer,
        was.proxy_universe,
        was.other_names,
    )
    assert load_catalog().etfs["SPY"] == was


def test_a_new_key_is_added_behind_the_shipped_ones(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_text(NEW_FUND)
    (tmp_path / "themes.toml").write_text(NEW_THEME)
    catalog = load_catalog(tmp_path)
    assert list(catalog.etfs) == [*SHIPPED.etfs, "NEWF"]
    assert list(catalog.themes) == [*SHIPPED.themes, "windmills"]
    found = catalog.fund_named("new fund")
    assert found is not None
    assert found.ticker == "NEWF"
    assert found.index is None


def test_a_threshold_of_its_own_comes_before_the_kinds(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_text(
        '[kinds]\n"micro cap" = { market_cap_threshold = 1e7 }\n'
        "[etfs.SPY]\nmarket_cap_threshold = 7\n"
    )
    catalog = load_catalog(tmp_path)
    assert catalog.etfs["SPY"].market_cap_threshold == 7.0
    assert catalog.etfs["IWC"].market_cap_threshold == 1e7


def test_lists_are_replaced_not_joined(tmp_path: Path) -> None:
    (tmp_path / "themes.toml").write_text('[themes.gold_miners]\nsymbols = ["NEM"]\n')
    assert load_catalog(tmp_path).themes["gold_miners"].symbols == ("NEM",)


def test_words_are_added_and_replaced(tmp_path: Path) -> None:
    (tmp_path / "share_classes.toml").write_text(
        '[share_classes]\nXYZB = "XYZ.B"\n[misprints]\nXYZW = "XYZ"\n'
    )
    (tmp_path / "labels.toml").write_text(
        '[labels]\n"Tech" = "information_technology"\n[sector_precedence]\norder = ["energy"]\n'
    )
    (tmp_path / "index_releases.toml").write_text('[index_releases]\n"9.9" = 2030-01-01\n')
    catalog = load_catalog(tmp_path)
    assert catalog.share_classes["XYZB"] == "XYZ.B"
    assert catalog.share_classes["XYZW"] == "XYZ"
    assert catalog.share_classes["BRKB"] == "BRK.B"
    assert catalog.sector_of_label("tech") == "information_technology"
    assert catalog.sector_precedence[0] == "energy"
    assert sorted(catalog.sector_precedence) == sorted(catalog.sectors)
    assert str(catalog.index_releases["9.9"]) == "2030-01-01"


def test_aliases_are_added_and_corrected(tmp_path: Path) -> None:
    (tmp_path / "aliases.toml").write_text(
        '[aliases]\n"FB 2022-06-09" = { source = "me" }\n"OLDM 2020-01-02" = { source = "me" }\n'
    )
    aliases = {alias[:2]: alias for alias in load_catalog(tmp_path).aliases}
    assert aliases["FB", dt.date(2022, 6, 9)] == ("FB", dt.date(2022, 6, 9), "META", "me")
    assert aliases["OLDM", dt.date(2020, 1, 2)].new is None
    assert len(aliases) == len(SHIPPED.aliases) + 1


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "etfs.toml"
    path.write_text('[etfs.SPY]\nname = "One"\n')
    assert load_catalog(tmp_path).etfs["SPY"].name == "One"
    path.write_text('[etfs.SPY]\nname = "Two"\n')
    assert load_catalog(tmp_path).etfs["SPY"].name == "Two"


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("exchanges.toml", '[exchanges.XLON]\nprinted = ["LSE"]\n', True),
        ("exchanges.toml", "[exchanges.XLON]\npad = 3\n", True),
        ("share_classes.toml", '[share_classes]\nXYZB = "XYZ.B"\n', True),
        ("etfs.toml", '[etfs.SPY]\nother_names = ["Spider"]\n', True),
        ("etfs.toml", '[etfs.SPY]\nissuer = "SSGA"\n', False),
        ("themes.toml", NEW_THEME, False),
        ("sectors.toml", '[sectors.energy]\ndescription = "Oil."\n', False),
    ],
)
def test_digest_follows_what_reading_depends_on(
    tmp_path: Path, file: str, text: str, changes: bool
) -> None:
    (tmp_path / file).write_text(text)
    digest = load_catalog(tmp_path).reading_digest
    assert (digest != SHIPPED.reading_digest) == changes
    assert len(digest) == 8
    int(digest, 16)


MISTAKES = [
    ("etfs.toml", "[etfs.SPY", "not a TOML file"),
    ("etfs.toml", "a = " + "[" * 10_000, "brackets are nested too deeply"),
    ("etfs.toml", "a = " + "9" * 5_000, "a number is too long"),
    ("etfs.toml", "[funds.SPY]\nname = 'x'", "unknown table [funds]"),
    ("etfs.toml", "etfs = 3", "[etfs] is not a table"),
    ("etfs.toml", "[etfs]\nSPY = 3", "not a table of fields"),
    ("etfs.toml", "[etfs.SPY]\nnmae = 'x'", "unknown field nmae"),
    ("etfs.toml", "[etfs.SPY]\nname = 3", "name is 3"),
    ("etfs.toml", "[etfs.SPY]\nname = ' '", "name is blank"),
    ("etfs.toml", "[etfs.NEWF]\nname = 'x'\nkind = 'active'", "issuer is missing"),
    ("etfs.toml", NEW_FUND.replace("NEWF", "newf"), "'newf' is not a ticker in upper case"),
    ("etfs.toml", "[etfs.SPY]\nkind = 'huge'", "kind names 'huge'"),
    ("etfs.toml", "[etfs.SPY]\nproxy_universe = 'sp501'", "proxy_universe names 'sp501'"),
    ("etfs.toml", "[etfs.XLK]\nproxy_sector = 'tech'", "proxy_sector names 'tech'"),
    ("etfs.toml", "[etfs.IVV]\nproxy_sector = 'energy'", "needs the universe"),
    ("etfs.toml", "[etfs.SPY]\nurl = 'http://example.org'", "url is"),
    ("etfs.toml", "[etfs.SPY]\nmarket_cap_threshold = -1", "market_cap_threshold is -1"),
    ("etfs.toml", "[etfs.SPY]\nmarket_cap_threshold = nan", "market_cap_threshold is nan"),
    ("etfs.toml", "[etfs.SPY]\nmarket_cap_threshold = true", "market_cap_threshold is True"),
    ("etfs.toml", "[etfs.SPY]\nother_names = 'x'", "other_names is 'x'"),
    ("etfs.toml", "[etfs.SPY]\nother_names = ['x', 3]", "other_names is ['x', 3]"),
    ("etfs.toml", "[etfs.SPY]\nother_names = [' ']", "other_names is [' ']"),
    ("etfs.toml", "[etfs.IVV]\nname = 'SPDR S&P 500 ETF Trust'", "stands for both SPY and IVV"),
    ("sectors.toml", "[sectors.energy]\nindustries = []", "industries is missing or too short"),
    ("sectors.toml", "[sectors.Energy]\nname = 'x'", "'Energy' is not lower-case letters"),
    ("themes.toml", NEW_THEME.replace("clean_energy", "wind"), "related_themes names 'wind'"),
    ("themes.toml", NEW_THEME.replace("clean_energy", "windmills"), "related to itself"),
    ("themes.toml", NEW_THEME.replace('"GEV"', '"GEV", "GEV"'), "symbols holds GEV twice"),
    ("universes.toml", "[universes.x]\nname = 'x'", "description is missing"),
    ("exchanges.toml", "[exchanges.LSE]\nname = 'x'", "'LSE' is not a MIC"),
    ("exchanges.toml", "[exchanges.XLON]\ncountry = 'UKX'", "'UKX' is not a country"),
    ("exchanges.toml", "[exchanges.XLON]\nus = 'no'", "us is 'no'"),
    ("exchanges.toml", "[exchanges.XLON]\npad = -1", "pad is -1"),
    ("exchanges.toml", "[exchanges.XLON]\npad = true", "pad is True"),
    ("exchanges.toml", "[exchanges.XLON]\nprinted = ['xetra']", "stands for both XLON and XETR"),
    ("share_classes.toml", "[share_classes]\nXYZB = 'XYZ.C'", "XYZ.C is not XYZB with a dot"),
    ("share_classes.toml", "[share_classes]\n'XYZ.B' = 'XYZ.B'", "is not a symbol without dots"),
    ("share_classes.toml", "[share_classes]\nXYZB = 3", "the value is 3"),
    ("share_classes.toml", "[misprints]\nXYZW = 'xyz'", "'xyz' is not a canonical US symbol"),
    ("share_classes.toml", "[misprints]\nBRKB = 'BRK.A'", "already among the share classes"),
    ("labels.toml", "[labels]\n'Tech' = 'tech'", "'tech' is not a sector"),
    ("labels.toml", "[labels]\n'ENERGY' = 'utilities'", "already means energy"),
    ("labels.toml", "[sector_precedence]\norder = ['tech']", "order names 'tech'"),
    ("labels.toml", "[sector_precedence]\nfirst = 'energy'", "unknown field first"),
    ("index_releases.toml", "[index_releases]\n'1.0' = '2026-01-01'", "not a date"),
    ("index_releases.toml", "[index_releases]\n'1.0' = 2026-01-01T00:00:00", "not a date"),
    ("aliases.toml", "[aliases]\n'FB' = { source = 'x' }", "is not a symbol and a day"),
    ("aliases.toml", "[aliases]\n'FB 2022-02-30' = { source = 'x' }", "'2022-02-30' is not a date"),
    ("aliases.toml", "[aliases]\n'fb 2022-06-09' = { source = 'x' }", "is not a canonical symbol"),
    ("aliases.toml", "[aliases]\n'FB 2022-06-09' = { new = 'm' }", "'m' is not a canonical"),
    ("aliases.toml", "[aliases]\n'OLDM 2020-01-02' = { new = 'X' }", "source is missing"),
    (
        "aliases.toml",
        "[aliases]\n'OLDM 2022-06-09' = { new = 'META', source = 'x' }",
        "two symbols become META on 2022-06-09",
    ),
    ("tenures.toml", "[tenures]\n'FB' = { until = '2022-06-09' }", "is not a symbol and a day"),
    ("tenures.toml", "[tenures]\n'FB 2012-05-18' = { source = 'x' }", "until is missing"),
    ("tenures.toml", "[tenures]\n'FB 2012-05-18' = { until = '2022-06-09' }", "source is missing"),
    (
        "tenures.toml",
        "[tenures]\n'FB 2012-05-18' = { until = '2012-05-18', source = 'x' }",
        "the tenure of FB ends before it begins",
    ),
    (
        "tenures.toml",
        "[tenures]\n'BC 2012-05-18' = { until = '2022-06-09', source = 'x' }",
        "the tenure of BC overlaps the one before",
    ),
    ("etf.toml", "", "no catalogue has this file name"),
]


@pytest.mark.parametrize(("file", "text", "what"), MISTAKES)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, file: str, text: str, what: str) -> None:
    (tmp_path / file).write_text(text)
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert what in caught.value.what
    assert caught.value.where is not None
    assert str(tmp_path / file) in caught.value.where
    assert caught.value.remedy


def test_an_entry_is_named_by_its_key(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_text("[etfs.SPY]\nname = 3")
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    assert caught.value.where == f"{tmp_path / 'etfs.toml'} [etfs.SPY]"


def test_what_is_no_text_is_no_catalogue(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_bytes(b'[etfs.SPY]\nname = "\xff"\n')
    with pytest.raises(CatalogError, match="not UTF-8 text\\); save it as UTF-8"):
        load_catalog(tmp_path)
    (tmp_path / "etfs.toml").write_bytes(b"\xef\xbb\xbf[etfs.ZZZZ]\nname = 3\n")
    # The mark of an editor is none of it.
    with pytest.raises(CatalogError, match=r"\[etfs.ZZZZ\]: "):
        load_catalog(tmp_path)


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(CatalogError, match="larger than"):
        load_catalog(tmp_path)


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etfs.toml").mkdir()
    with pytest.raises(CatalogError, match="it is not a file"):
        load_catalog(tmp_path)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="folder cannot be read"):
        load_catalog(tmp_path / "nowhere")


def test_other_files_in_the_folder_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("[etfs.SPY")
    assert load_catalog(tmp_path) == SHIPPED


def test_the_guide_describes_every_file_and_its_example_loads(tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "catalogs.md").read_text(encoding="utf-8")
    for file, tables in FILES.items():
        section = guide.partition(f"\n## {file}\n")[2].partition("\n## ")[0]
        assert all(f"`[{table}" in section for table in tables), file
    example = guide.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "etfs.toml").write_text(example)
    assert load_catalog(tmp_path).etfs["SPY"].name == "The spider"
