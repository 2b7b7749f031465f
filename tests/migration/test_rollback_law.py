"""A migration that is taken back leaves what would be there without it, whatever was loaded."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from older_tables import put_entry
from samples import make_fund, make_printed
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Connection
from stockgroups.migration.migrate import migrate
from stockgroups.migration.parity import check_parity
from stockgroups.migration.rollback import roll_back
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

CATALOG = load_catalog()
FUNDS = ("SPY", "QQQ", "DIA")
FIRST = dt.date(2025, 1, 1)
RENAMED = FIRST + dt.timedelta(days=30)
STATE = (
    "SELECT name, type, description, metadata - 'last_updated', liquidity_filter"
    " FROM definition_groups ORDER BY 1, 2",
    "SELECT g.name, m.symbol, m.weight FROM group_memberships m"
    " JOIN definition_groups g ON g.id = m.group_id ORDER BY 1, 2",
    "SELECT r.name, s.as_of, s.source, s.digest, s.id = r.snapshot_id, r.member_hash"
    " FROM stockgroups.snapshots s JOIN stockgroups.group_registry r ON r.id = s.group_id"
    " ORDER BY 1, 2, 3, 4, s.id",
    "SELECT r.name, s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
    " JOIN stockgroups.group_registry r ON r.id = h.group_id"
    " JOIN stockgroups.securities s ON s.id = h.security_id ORDER BY 1, 2, 3",
    # Prints stay in the record, and with them stocks that nobody holds.
    "SELECT y.symbol, y.valid_from, y.valid_to, s.symbol FROM stockgroups.security_symbols y"
    " JOIN stockgroups.securities s ON s.id = y.security_id"
    " JOIN stockgroups.membership_history h ON h.security_id = s.id"
    " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2",
)


@dataclass(frozen=True)
class File:
    """A file of a fund of a day; of the stocks one had another ticker until it was renamed."""

    fund: str
    day: int
    stocks: frozenset[int]

    def describe(self) -> DesiredGroup:
        as_of = FIRST + dt.timedelta(days=self.day)
        weight = round(1 / len(self.stocks), 4)
        prints = {_print(stock, as_of): weight for stock in sorted(self.stocks)}
        return make_fund(self.fund, make_printed(as_of, prints))


def _print(stock: int, as_of: dt.date) -> Ref:
    ticker = f"S{chr(65 + stock)}"
    if stock == 0 and as_of < RENAMED:
        ticker = "OLD"
    return Ref(
        ticker,
        ticker=ticker,
        name=f"STOCK {stock} CORP",
        cusip=("037833100", "594918104", "67066G104", "023135106", "88160R101")[stock],
        isin=("US0378331005", "US5949181045", "US67066G1040", "US0231351067", "US88160R1014")[
            stock
        ],
    )


STOCKS = st.frozensets(st.integers(0, 4), min_size=1)
FILES = st.lists(st.builds(File, st.sampled_from(FUNDS), st.integers(0, 60), STOCKS), max_size=4)
ENTRIES = st.lists(
    st.tuples(
        st.sampled_from(FUNDS),
        st.integers(0, 60),
        st.frozensets(st.sampled_from(["SA", "SB", "SC", "OLD", "GE"]), min_size=1),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda entry: entry[0],  # two lists under one key are refused
)


def _state(connection: Connection) -> list[list[tuple[Any, ...]]]:
    return [connection.execute(statement.encode()).fetchall() for statement in STATE]


def _load(store: Store, files: list[File]) -> None:
    for file in files:
        apply(store, [file.describe()])


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(
    before=[],
    entries=[("SPY", 0, frozenset({"SA"}))],
    after=[
        File("SPY", 0, frozenset({0})),
        File("SPY", 30, frozenset({0})),
        File("SPY", 0, frozenset({1})),  # no report has the old ticker any more
    ],
)
@given(before=FILES, entries=ENTRIES, after=FILES)
def test_a_migration_that_is_taken_back_leaves_no_trace(
    old_store: Store,
    before: list[File],
    entries: list[tuple[str, int, frozenset[str]]],
    after: list[File],
) -> None:
    with old_store.connection.transaction(force_rollback=True):
        _load(old_store, before)
        _load(old_store, after)
        without = _state(old_store.connection)
    with old_store.connection.transaction(force_rollback=True):
        for number, (fund, day, symbols) in enumerate(entries):
            value = {
                "holdings": sorted(symbols),
                "last_updated": str(FIRST + dt.timedelta(days=day)),
                "market_cap_threshold": 1e9,
            }
            put_entry(old_store.connection, "etf_holdings", fund, value, name=f"{fund} {number}")
        _load(old_store, before)
        first = migrate(Store(old_store.connection, "TEST", catalog=CATALOG))
        assert first.parity is not None
        assert first.parity.passed
        _load(old_store, after)
        roll_back(old_store, first.load_id)
        assert _state(old_store.connection) == without
        second = migrate(Store(old_store.connection, "TEST", catalog=CATALOG))
        assert second.figures == first.figures
        assert check_parity(Store(old_store.connection, "TEST", catalog=CATALOG)).passed
