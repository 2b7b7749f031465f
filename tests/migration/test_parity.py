"""The comparison of both stores: each difference is named, in both directions."""

from __future__ import annotations

from benchmarks.legacy import make_symbols

from older_tables import put_entry, put_funds
from stockgroups.migration.migrate import migrate
from stockgroups.migration.parity import check_parity
from stockgroups.store import Store
from tables import read_one


def test_parity_names_each_difference_in_both_directions(old_store: Store) -> None:
    put_funds(old_store.connection)
    migrate(old_store)
    number = read_one(old_store.connection, "SELECT id FROM definition_groups WHERE name = 'SPY'")
    old_store.connection.execute(
        "DELETE FROM group_memberships WHERE group_id = %s AND symbol = 'YPS'", (number,)
    )
    old_store.connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) VALUES (%s, 'NEW')", (number,)
    )
    old_store.connection.execute(
        "UPDATE group_memberships SET weight = 0.5 WHERE group_id = %s AND symbol = 'AAPL'",
        (number,),
    )
    old_store.connection.execute("DELETE FROM definition_groups WHERE name = 'core'")
    old_store.connection.execute(
        "UPDATE definition_groups SET metadata = '{}' WHERE name = 'energy'"
    )
    put_entry(old_store.connection, "theme_definition", "late", {"symbols": ["GE"]})
    old_store.connection.execute("DELETE FROM cache_entries WHERE key = 'sp500'")
    parity = check_parity(old_store)
    assert {(d.group, d.symbol, d.message) for d in parity.differences} == {
        ("SPY", "YPS", "the symbol is in the old store but not in the new"),
        ("SPY", "NEW", "the symbol is in the new store but not in the old"),
        ("SPY", "AAPL", "weighs 0.5, but 0.6 in the old store"),
        ("core", None, "is in the old store but not in the new tables"),
        ("energy", "Oil", "the industry is in the old store but not in the new"),
        ("energy", "Gas", "the industry is in the old store but not in the new"),
        ("energy", "XOM", "the stock is in the old store but not in the new"),
        ("late", None, "is in the old store but not in the new tables"),
        ("sp500", None, "was migrated, but no entry of the old store has it now"),
    }
    assert (parity.percent or 100) < 100
    figures = parity.types["etf_holdings"]
    assert (figures.old_relationships, figures.new_relationships) == (4, 4)


def test_one_difference_among_many_is_never_100_percent(old_store: Store) -> None:
    put_entry(old_store.connection, "stock_universe", "all", make_symbols(30_000))
    migrate(old_store)
    old_store.connection.execute("DELETE FROM group_memberships WHERE symbol = 'BAAA'")
    assert check_parity(old_store).percent == 99.99


def test_a_store_without_entries_has_no_parity(old_store: Store) -> None:
    parity = check_parity(old_store)
    assert (parity.percent, parity.passed, parity.verdict) == (None, True, "nothing to compare")
