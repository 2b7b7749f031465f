"""Which entries are one group: by their keys, and by what they say."""

from __future__ import annotations

import pytest

from older_tables import put_entry
from stockgroups.catalog import Catalog
from stockgroups.migration.migrate import migrate
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.store import Store
from tables import read_members, read_one

KEYS = ("crypto-miners", "crypto_miners", "Crypto Miners", "CRYPTO_MINERS", "Krypto – Gräber")


@pytest.mark.parametrize("kind", ["theme_definition", "stock_universe", "etf_universe"])
def test_keys_stay_as_they_are_and_no_two_are_one_group(old_store: Store, kind: str) -> None:
    lists = {key: ["AAPL", symbol] for key, symbol in zip(KEYS, "ABCDE", strict=True)}
    for key, symbols in lists.items():
        put_entry(old_store.connection, kind, key, {"symbols": symbols})
    report = migrate(old_store)
    assert report.figures["migrated"] == len(KEYS)
    group = {"theme_definition": "THEME", "stock_universe": "UNIVERSE", "etf_universe": "CUSTOM"}
    for key, symbols in lists.items():
        assert sorted(read_members(old_store.connection, key, group[kind])) == sorted(symbols)
        if kind == "theme_definition":
            assert find_group(old_store, GroupType.THEME, key).symbols == sorted(symbols)
    assert report.parity is not None
    assert report.parity.percent == 100


def test_a_key_is_found_in_any_spelling_where_one_is_stored(old_store: Store) -> None:
    put_entry(old_store.connection, "theme_definition", "Crypto Miners", {"symbols": ["RIOT"]})
    put_entry(
        old_store.connection, "sector_industry_map", "Health-Care", {"industries": ["Biotech"]}
    )
    migrate(old_store)
    for asked in ("Crypto Miners", "crypto_miners", "CRYPTO-MINERS"):
        assert find_group(old_store, GroupType.THEME, asked).key == "Crypto Miners"
    assert find_group(old_store, GroupType.SECTOR, "health_care").list_words("industries") == [
        "Biotech"
    ]


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("etf_holdings", {"holdings": ["AAPL", "GE"]}, {"holdings": ["AAPL", "IBM"]}),
        ("theme_definition", {"symbols": ["AAPL"]}, {"symbols": ["AAPL", "GE"]}),
        ("sector_industry_map", {"industries": ["Oil"]}, {"industries": ["Gas"]}),
    ],
)
def test_two_lists_under_one_key_are_refused_and_not_merged(
    old_store: Store, kind: str, one: object, other: object
) -> None:
    first = put_entry(old_store.connection, kind, "SPY", one, name="one")
    second = put_entry(
        old_store.connection, kind, "SPY", other, name="two", updated_at="2026-02-02"
    )
    report = migrate(old_store)
    assert report.figures == {"entries": 2, "migrated": 0, "merged": 0, "refused": 2}
    reasons = {o.header.id: str(o.reason) for o in report.outcomes}
    assert f"entry {second} ({kind}, name 'two', key 'SPY') lists other members" in reasons[first]
    assert read_one(old_store.connection, "SELECT count(*) FROM definition_groups") == 0
    assert report.parity is not None
    assert not report.parity.passed
    old_store.connection.execute("DELETE FROM cache_entries WHERE id = %s", (second,))
    assert migrate(old_store).figures["migrated"] == 1


def test_rows_that_say_the_same_are_one_group(old_store: Store) -> None:
    put_entry(old_store.connection, "theme_definition", "ai", {"symbols": ["NVDA"]}, name="one")
    put_entry(old_store.connection, "theme_definition", "ai", {"symbols": ["NVDA"]}, name="two")
    report = migrate(old_store)
    assert report.figures == {"entries": 2, "migrated": 1, "merged": 1, "refused": 0}
    assert report.parity is not None
    assert report.parity.percent == 100


def test_versions_of_one_row_are_merged_by_their_dates(old_store: Store, catalog: Catalog) -> None:
    older = {"holdings": ["AAPL"], "last_updated": "2025-11-01"}
    newer = {"holdings": ["AAPL", "GE"], "last_updated": "2025-12-01"}
    put_entry(old_store.connection, "etf_holdings", "SPY", newer, environment="DEFAULT")
    put_entry(old_store.connection, "etf_holdings", "SPY", older, environment="development")
    report = migrate(Store(old_store.connection, "DEFAULT", catalog=catalog))
    assert report.figures == {"entries": 2, "migrated": 1, "merged": 1, "refused": 0}
    assert list(read_members(old_store.connection, "SPY")) == ["AAPL", "GE"]
