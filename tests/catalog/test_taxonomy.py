"""Labels, industries and overrides as the catalogues hold them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from stockgroups.catalog import SectorOverride, load_catalog
from stockgroups.errors import CatalogError

CATALOG = load_catalog()
TAXONOMY = CATALOG.taxonomy


def test_every_industry_of_every_sector_has_labels_and_is_one_itself() -> None:
    for key, sector in CATALOG.sectors.items():
        for industry in sector.industries:
            assert TAXONOMY.industry_of(key, industry.upper()) == industry
    assert sum(len(sector.industries) for sector in CATALOG.sectors.values()) == 53


def test_a_label_of_an_industry_is_a_label_of_its_sector() -> None:
    for (sector, label), industry in TAXONOMY.industries.items():
        # Words of former years, which only the past knows, may be no label of today.
        known = TAXONOMY.sector_of(label)
        if known is not None:
            assert known == sector, (label, industry)


@pytest.mark.parametrize(
    ("sector", "industry", "found"),
    [
        ("Finance", "Major Banks", "financials"),
        ("Consumer Discretionary", "Oil and Gas Field Machinery", "energy"),
        ("Industrials", "auto manufacturing", "consumer_discretionary"),
        ("Basic Materials", "Major Chemicals", "materials"),
        ("Technology", None, "information_technology"),
        ("Technology", "An industry of tomorrow", "information_technology"),
        ("Consumer Discretionary", "Business Services", None),
        ("Miscellaneous", "Miscellaneous", None),
        ("Nonsense", None, None),
    ],
)
def test_the_screeners_words_have_meanings_of_their_own(
    sector: str, industry: str | None, found: str | None
) -> None:
    assert TAXONOMY.sector_of_screener(sector, industry) == found


def test_known_labels_are_those_of_any_table_or_of_none() -> None:
    assert all(TAXONOMY.knows(label) for label in ("energy", "Gold", "Other", "N/A"))
    assert TAXONOMY.knows("General Merchandise Stores")
    assert not TAXONOMY.knows("Technology")
    assert TAXONOMY.screener_knows("Technology")
    assert TAXONOMY.screener_knows("Miscellaneous")
    assert not TAXONOMY.screener_knows("Information Technology")


def test_the_last_change_by_a_day() -> None:
    assert TAXONOMY.valid_since(None) == dt.date(2023, 3, 17)
    assert TAXONOMY.valid_since(dt.date(2023, 3, 16)) == dt.date(2018, 9, 28)
    assert TAXONOMY.valid_since(dt.date(2018, 9, 27)) == dt.date.min


def test_a_user_adds_changes_labels_and_overrides(tmp_path: Path) -> None:
    (tmp_path / "taxonomies.toml").write_text(
        '[label_changes."2027-01-04"]\n"Gold" = "financials"\n'
        '[no_sector]\nlabels = ["Miscellany"]\n'
        '[nasdaq_screener]\nunclear = ["Major Banks"]\n'
    )
    (tmp_path / "industries.toml").write_text(
        '[industry_labels.energy]\n"Coal & Consumable Fuels" = ["Peat"]\n'
    )
    (tmp_path / "overrides.toml").write_text(
        '[sector_overrides."BRK.B"]\nsector = "industrials"\n'
        'decided_on = "2026-01-02"\nreason = "trains"\n'
    )
    catalog = load_catalog(tmp_path)
    taxonomy = catalog.taxonomy
    assert taxonomy.sector_of("Gold", dt.date(2026, 1, 1)) == "financials"
    assert taxonomy.sector_of("Gold", dt.date(2027, 1, 4)) == "materials"
    assert taxonomy.valid_since(None) == dt.date(2027, 1, 4)
    assert not taxonomy.knows("Other")
    assert taxonomy.knows("miscellany")
    assert taxonomy.sector_of_screener("Finance", "Major Banks") is None
    assert taxonomy.sector_of_screener("Finance", "Banks") == "financials"
    assert taxonomy.industry_of("energy", "peat") == "Coal & Consumable Fuels"
    assert taxonomy.industry_of("energy", "Oil & Gas Drilling") == "Energy Equipment & Services"
    assert catalog.sector_overrides == {
        "BRK.B": SectorOverride("BRK.B", dt.date(2026, 1, 2), "industrials", None, "trains")
    }


def test_a_user_who_cuts_a_sector_otherwise_need_not_say_all_labels_anew(tmp_path: Path) -> None:
    (tmp_path / "sectors.toml").write_text(
        '[sectors.energy]\nindustries = ["Oil & Gas", "Coal & Consumable Fuels"]\n'
    )
    (tmp_path / "industries.toml").write_text(
        '[industry_labels.energy]\n"Oil & Gas" = ["Oil & Gas Drilling"]\n'
    )
    taxonomy = load_catalog(tmp_path).taxonomy
    assert taxonomy.industry_of("energy", "Oil & Gas Drilling") == "Oil & Gas"
    assert taxonomy.industry_of("energy", "Oil & Gas Refining & Marketing") is None


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("taxonomies.toml", '[label_changes."soon"]\n"Gold" = "energy"', "'soon' is not a date"),
        (
            "taxonomies.toml",
            '[label_changes."2027-01-04"]\n"Gold" = "gold"',
            "'gold' is not a sector",
        ),
        ("taxonomies.toml", "[label_changes]\n2027-01-04 = 3", "not a table"),
        ("taxonomies.toml", '[no_sector]\nwords = ["Other"]', "unknown field words"),
        ("taxonomies.toml", "[no_sector]\nlabels = [1]", "not a list of texts"),
        ("taxonomies.toml", '[nasdaq_screener]\nfoo = ["x"]', "unknown field foo"),
        ("taxonomies.toml", '[nasdaq_screener.sectors]\n"A" = "b"', "'b' is not a sector"),
        ("industries.toml", '[industry_labels.enrgy]\n"Coal" = []', "'enrgy' is not a sector"),
        ("industries.toml", '[industry_labels.energy]\n"Coal" = []', "'Coal' is not an industry"),
        (
            "industries.toml",
            '[industry_labels.energy]\n"Coal & Consumable Fuels" = ["Oil & Gas Drilling"]',
            "already means",
        ),
        ("overrides.toml", '[sector_overrides.aapl]\nsector = "energy"', "a canonical symbol"),
        ("overrides.toml", '[sector_overrides.AAPL]\nsector = "gold"', "in no catalogue"),
        (
            "overrides.toml",
            '[sector_overrides.AAPL]\nsector = "energy"\nreason = "x"\ndecided_on = "soon"',
            "not a date",
        ),
        (
            "overrides.toml",
            '[sector_overrides.AAPL]\nsector = "energy"\nreason = "x"\n'
            'decided_on = "2026-01-02"\nindustry = "Gold"',
            "not an industry of energy",
        ),
        (
            "overrides.toml",
            '[sector_overrides.AAPL]\nsector = "energy"\ndecided_on = "2026-01-02"',
            "reason is missing",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, file: str, text: str, words: str) -> None:
    (tmp_path / file).write_text(text + "\n")
    with pytest.raises(CatalogError, match=words) as caught:
        load_catalog(tmp_path)
    assert file in str(caught.value)
