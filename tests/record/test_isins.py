"""Members that a file reports by ISIN alone: they become their tickers, and the ISINs again."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from identity.stories import make_isin, make_sedol
from samples import make_fund, make_printed
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Category, GroupKey, GroupType, Ref
from stockgroups.receipts import Receipt, ReceiptLine
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.interval_differences import find_differences
from stockgroups.store import Store
from stockgroups.symbols import make_ref
from tables import read_members, read_one

APPLE, OTHER = make_isin("US037833100"), make_isin("IE000S9YS76")
DAY, LATER, LAST = dt.date(2024, 1, 2), dt.date(2025, 1, 2), dt.date(2026, 1, 2)
SEDOL = make_sedol("204625")


def by_isin(isin: str) -> Ref:
    return Ref(isin, name="Apple Inc.", isin=isin, sedol=SEDOL if isin == APPLE else None)


UCITS = make_fund(
    "ZPDT",
    make_printed(DAY, {by_isin(APPLE): 0.3, by_isin(OTHER): 0.7}),
    make_printed(LAST, {by_isin(APPLE): 0.4, Ref("AAPL", ticker="AAPL"): 0.1, by_isin(OTHER): 0.5}),
)
TICKERS = make_fund(
    "XLK", make_printed(LATER, {Ref("AAPL", ticker="AAPL", name="APPLE", isin=APPLE): 1.0})
)
SECTOR = DesiredGroup(
    GroupKey("TEST", GroupType.SECTOR, "technology"),
    snapshots=(make_printed(DAY, {make_ref(APPLE): None}),),
)


@pytest.mark.parametrize("first", [UCITS, TICKERS])
def test_a_stock_is_its_ticker_as_soon_as_a_source_tells_it(
    connection: Connection, store: Store, first: DesiredGroup
) -> None:
    """In either order, in the past too, and only as long as the source counts."""
    loads = {}
    for fund in (first, UCITS if first is TICKERS else TICKERS, SECTOR):
        loads[fund.key.name] = apply(store, [fund]).load_id
        assert not apply(store, [fund]).changes_anything
    assert read_members(connection, "ZPDT") == {"AAPL": 0.5, OTHER: 0.5}
    assert read_members(connection, "technology", "SECTOR") == {"AAPL": None}
    assert read_history(connection) == {
        ("AAPL", DAY, dt.date.max),
        (OTHER, DAY, dt.date.max),
    }
    assert read_one(connection, "SELECT count(*) FROM stockgroups.securities") == 2
    assert loads["XLK"] is not None
    roll_back(store, loads["XLK"])
    assert read_members(connection, "ZPDT") == {APPLE: 0.4, "AAPL": 0.1, OTHER: 0.5}
    assert read_members(connection, "technology", "SECTOR") == {APPLE: None}
    assert (APPLE, DAY, dt.date.max) in read_history(connection)
    assert not list(find_differences(store))


@pytest.mark.parametrize("fund", ["ZPDT", "NEWF"])
def test_refs_that_come_back_are_looked_at_again(
    connection: Connection, store: Store, fund: str
) -> None:
    """What the record knows from a load that was taken back has met no ticker yet."""
    refs = {by_isin(APPLE): 0.3, by_isin(OTHER): 0.7}
    first = apply(store, [make_fund("ZPDT", make_printed(DAY, refs))]).load_id
    assert first is not None
    roll_back(store, first)
    apply(store, [TICKERS])
    again = make_fund(fund, make_printed(LAST, refs))
    assert apply(store, [again], dry_run=True).groups[0].added == {"AAPL": 0.3, OTHER: 0.7}
    apply(store, [again])
    assert read_members(connection, fund) == {"AAPL": 0.3, OTHER: 0.7}


def test_a_register_of_cusips_tells_the_ticker(connection: Connection, store: Store) -> None:
    """It writes them without separators."""
    connection.execute(
        b"INSERT INTO stockgroups.cusip_symbols (cusip, symbol, first_day, last_day, name)"
        b" VALUES ('084670702', 'BRKB', '2023-01-03', '2023-06-30', 'BERKSHIRE HATHAWAY CL B')"
    )
    berkshire = make_isin("US084670702")
    ref = Ref(berkshire, name="Berkshire Hathaway Inc. Class B", isin=berkshire)
    apply(store, [make_fund("ZPDF", make_printed(LAST, {ref: 1.0}))])
    assert read_members(connection, "ZPDF") == {"BRK.B": 1.0}


def test_what_has_neither_ticker_nor_isin_is_told(connection: Connection, store: Store) -> None:
    """In the fund's metadata and the checks, until a file tells more."""
    row = ReceiptLine(7, Category.UNRESOLVED, "no ticker; known by CUSIP 1", None, "LOST INC", 0.1)
    receipt = Receipt(
        {Category.MEMBER: 1, Category.UNRESOLVED: 1},
        {Category.MEMBER: 0.9, Category.UNRESOLVED: 0.1},
        *(None, None, "ref", "by hand"),
        lines=(row,),
    )
    ref = Ref("AAPL", ticker="AAPL", name="APPLE", isin=APPLE)
    first = dataclasses.replace(make_printed(DAY, {ref: 0.9}), receipt=receipt)
    whole = make_printed(LAST, {ref: 0.9, by_isin(OTHER): 0.1})
    load = apply(store, [make_fund("XLK", first)]).load_id
    assert load is not None
    told = {"rows": 1, "weight": 0.1}
    assert read_unresolved(connection) == told
    again = apply(store, [make_fund("XLK", first)])
    assert not again.changes_anything
    findings = validate(store).sections[0].findings
    (finding,) = (found for found in findings if "ISIN" in found.message)
    assert finding.message == (
        "2024-01-02.csv has 1 stock (10.00% of the fund) with neither ticker nor ISIN; nothing"
        " identifies them, so they are not members: LOST INC (no ticker; known by CUSIP 1)"
    )
    later = apply(store, [make_fund("XLK", whole)]).load_id
    assert later is not None
    assert read_unresolved(connection) is None
    roll_back(store, later)
    assert read_unresolved(connection) == told


def read_unresolved(connection: Connection) -> object:
    return read_one(
        connection, "SELECT metadata -> 'unresolved' FROM definition_groups WHERE name = 'XLK'"
    )


def read_history(connection: Connection) -> set[tuple[str, dt.date, dt.date]]:
    rows = connection.execute(
        b"SELECT s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
        b" JOIN stockgroups.group_registry r ON r.id = h.group_id AND r.name = 'ZPDT'"
        b" JOIN stockgroups.securities s ON s.id = h.security_id"
    )
    return set(rows.fetchall())
