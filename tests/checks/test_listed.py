"""Whether the symbols of the catalogues are listed in the current symbol directories."""

from collections.abc import Callable
from pathlib import Path

import pytest

from contents import make_once
from directory_files import make_listed, make_other, make_screener, make_tickers, make_traded
from stockgroups.catalog import Catalog
from stockgroups.checks import Section, validate
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.organize import organize_sectors, organize_universe
from stockgroups.store import Store

MAY, JUNE, JULY = "0512202609:17", "0612202609:17", "0712202609:17"

Load = Callable[[str, bytes], None]


@pytest.fixture
def organized(store: Store) -> Store:
    """The catalogues' groups."""

    def make() -> None:
        organize_sectors(store)
        organize_universe(store)

    make_once(store.connection, "organized", make)
    return store


@pytest.fixture
def load(organized: Store, tmp_path: Path) -> Load:
    """A function that loads a directory of this name and content."""

    def load(name: str, data: bytes) -> None:
        (tmp_path / name).write_bytes(data)
        assert not load_directories(organized.connection, [tmp_path / name]).refused

    return load


@pytest.fixture
def symbols(catalog: Catalog) -> set[str]:
    """Every symbol that must be listed."""
    named = {s for theme in catalog.themes.values() for s in theme.symbols}
    return named | {s for sector in catalog.sectors.values() for s in sector.representative_stocks}


def sections(store: Store) -> tuple[Section, Section]:
    found = {s.name: s for s in validate(store).sections}
    return found["sectors"], found["themes"]


def unlisted(store: Store) -> set[tuple[str | None, str | None]]:
    """Group and symbol of every finding; each is an error of its section that says what to do."""
    findings = []
    for section in sections(store):
        assert section.passed is not (bool(section.findings) or section.is_spoiled)
        findings += section.findings
    for finding in findings:
        assert "is not listed according to" in finding.message
        assert "load-directory" in str(finding.remedy)
    return {(finding.group, finding.symbol) for finding in findings}


def fact(section: Section, label: str) -> str:
    return next(str(fact) for fact in section.facts if fact.label == label)


def test_without_a_directory_nothing_is_verified(organized: Store, symbols: set[str]) -> None:
    for section, label in zip(
        sections(organized), ("Representative stocks", "Symbols"), strict=True
    ):
        assert section.passed
        assert "(unverified: " in fact(section, label)
        assert fact(section, "Symbol directories") == "Symbol directories: none loaded"


def test_all_are_listed(organized: Store, catalog: Catalog, symbols: set[str], load: Load) -> None:
    load("nasdaqtraded.txt", make_traded(symbols, created=MAY))
    assert unlisted(organized) == set()
    for section in sections(organized):
        assert (
            fact(section, "Symbol directories") == "Symbol directories: nasdaqtraded of 2026-05-12"
        )
    count = len({s for theme in catalog.themes.values() for s in theme.symbols})
    assert fact(section, "Symbols") == f"Symbols: {count} (listed: {count}) (✓ PASS)"


def test_what_is_not_listed_is_named_with_its_group(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("nasdaqtraded.txt", make_traded(symbols - {"MARA", "XOM"}, tests=["MARA"]))
    assert ("crypto_miners", "MARA") in unlisted(organized)
    assert ("energy", "XOM") in unlisted(organized)
    assert {symbol for _, symbol in unlisted(organized)} == {"MARA", "XOM"}
    assert fact(sections(organized)[1], "Symbols").endswith(" (✗ FAIL)")


def test_the_newest_complete_directory_counts_whatever_was_loaded_last(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("b.txt", make_traded(symbols, created=JUNE))
    load("a.txt", make_traded(symbols - {"MARA"}, created=MAY))
    assert unlisted(organized) == set()
    load("c.txt", make_traded(symbols - {"CLSK"}, created=JULY))
    assert {symbol for _, symbol in unlisted(organized)} == {"CLSK"}


def test_two_halves_of_one_date_are_complete_and_one_alone_is_not(
    organized: Store, symbols: set[str], load: Load
) -> None:
    nasdaq = {"MARA", "CLSK"}
    load("nasdaqlisted.txt", make_listed(nasdaq, created=MAY))
    load("old.txt", make_other(symbols - nasdaq, created=JUNE))
    _, themes = sections(organized)
    assert themes.passed
    assert "unverified" not in fact(themes, "Symbols")
    load("otherlisted.txt", make_other(symbols - nasdaq - {"RIOT"}, created=MAY))
    # RIOT is in the newer half: nothing is wrong until a complete word leaves it out.
    assert unlisted(organized) == set()
    load("new_half.txt", make_other(symbols - nasdaq - {"RIOT"}, created=JULY))
    assert {symbol for _, symbol in unlisted(organized)} == {"RIOT"}


def test_a_newer_half_cannot_tell_that_a_symbol_moved_to_the_other(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("nasdaqlisted.txt", make_listed(["MARA", "CLSK"], created=MAY))
    load("otherlisted.txt", make_other(symbols - {"MARA", "CLSK"}, created=MAY))
    load("new_half.txt", make_listed(["CLSK"], created=JUNE))
    assert unlisted(organized) == set()
    assert fact(sections(organized)[1], "Symbol directories") == (
        "Symbol directories: nasdaqlisted of 2026-05-12, nasdaqlisted of 2026-06-12,"
        " otherlisted of 2026-05-12"
    )


def test_one_half_alone_leaves_the_rest_unverified(organized: Store, load: Load) -> None:
    load("nasdaqlisted.txt", make_listed(["MARA", "CLSK"]))
    _, themes = sections(organized)
    assert themes.passed
    assert "(listed: 2, unverified: " in fact(themes, "Symbols")


def test_a_newer_word_of_any_source_counts_and_an_older_one_does_not(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("nasdaqtraded.txt", make_traded(symbols - {"MARA", "CLSK", "RIOT"}, created=JUNE))
    load("sec_2026-06-01.json", make_tickers([1, "Old", "RIOT", "Nasdaq"]))
    assert {symbol for _, symbol in unlisted(organized)} == {"MARA", "CLSK", "RIOT"}
    load("sec_2026-08-01.json", make_tickers([2, "New", "MARA", "Nasdaq"], [3, "No", "CLSK", None]))
    assert {symbol for _, symbol in unlisted(organized)} == {"CLSK", "RIOT"}
    load("nyse_2026-08-01.json", make_screener({"symbol": "CLSK"}))
    load("nasdaq_2026-08-01.json", make_screener({"symbol": "RIOT"}))
    assert unlisted(organized) == set()
    assert fact(sections(organized)[1], "Symbol directories") == (
        "Symbol directories: nasdaq_screener of 2026-08-01, nasdaqtraded of 2026-06-12,"
        " sec_tickers of 2026-08-01"
    )


def test_of_two_readings_of_one_file_the_last_one_counts(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("nasdaqtraded.txt", make_traded(symbols))
    organized.connection.execute(
        "WITH again AS (INSERT INTO stockgroups.directories"
        " (source, as_of, file_name, sha256, reader, entry_count, receipt)"
        " SELECT source, as_of, file_name, sha256, 'nasdaqtraded/2', entry_count, receipt"
        " FROM stockgroups.directories RETURNING id)"
        " INSERT INTO stockgroups.listings (directory_id, symbol, ticker, is_test)"
        " SELECT again.id, symbol, ticker, is_test FROM again, stockgroups.listings"
        " WHERE symbol <> 'MARA'"
    )
    assert {symbol for _, symbol in unlisted(organized)} == {"MARA"}


def test_a_symbol_of_a_market_abroad_is_unverified(
    organized: Store, symbols: set[str], load: Load
) -> None:
    load("nasdaqtraded.txt", make_traded(symbols))
    organized.connection.execute(
        "INSERT INTO group_memberships (group_id, symbol)"
        " SELECT id, '7203.XTKS' FROM definition_groups WHERE name = 'crypto_miners'"
    )
    assert unlisted(organized) == set()
    assert ", unverified: 1) (✓ PASS)" in fact(sections(organized)[1], "Symbols")


def test_the_shipped_catalogues_are_listed(organized: Store, holdings: Path) -> None:
    folder = holdings / "nasdaqtrader"
    if not folder.is_dir():
        pytest.skip("no directories among the real files")
    report = load_directories(organized.connection, sorted(folder.iterdir()))
    assert not report.refused
    assert unlisted(organized) == set()
    assert "unverified" not in fact(sections(organized)[1], "Symbols")
