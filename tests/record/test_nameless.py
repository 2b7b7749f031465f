"""Stocks that a file reports without a ticker and an ISIN: no members, until evidence comes."""

from __future__ import annotations

import datetime as dt
from itertools import chain

import pytest

from identity.stories import make_sedol
from samples import make_fund, make_printed
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, GroupKey, GroupType, Ref
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.past import find_past_stock
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.identity_changes import list_changes
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.securities import forget_identity
from stockgroups.store import Store
from tables import read_members, read_one

APPLE, OTHER = "037833100", "594918104"
DAY, LATER, LAST = dt.date(2024, 1, 2), dt.date(2025, 1, 2), dt.date(2026, 1, 2)
SEDOL = make_sedol("204625")
NAMELESS = Ref(None, name="Apple Inc.", cusip=APPLE)
LOST = Ref(None, name="Lost Inc.", sedol=SEDOL)
FUND = make_fund(
    "BARE",
    make_printed(DAY, {NAMELESS: 0.3, LOST: 0.7}),
    make_printed(LAST, {Ref("AAPL", ticker="AAPL", cusip=APPLE): 0.1, NAMELESS: 0.4, LOST: 0.5}),
)
EARLIER = make_fund("BARE", make_printed(DAY, {NAMELESS: 0.3, LOST: 0.7}))


def report(symbol: str, **values: str) -> DesiredGroup:
    """A fund that holds one stock under a ticker."""
    return make_fund("XLK", make_printed(LATER, {Ref(symbol, ticker=symbol, **values): 1.0}))


TICKER = report("AAPL", name="APPLE", cusip=APPLE)


@pytest.mark.parametrize("first", [FUND, TICKER])
def test_it_is_a_member_as_soon_as_a_source_tells_its_ticker(
    connection: Connection, store: Store, first: DesiredGroup
) -> None:
    """In either order, in the past too, and only as long as the source counts."""
    loads = {}
    for fund in (first, FUND if first is TICKER else TICKER):
        loads[fund.key.name] = apply(store, [fund]).load_id
        assert not apply(store, [fund]).changes_anything
    assert read_members(connection, "BARE") == {"AAPL": 0.5}
    assert read_unresolved(connection) == {"rows": 1, "weight": 0.5}
    assert read_history(connection) == {("AAPL", DAY, dt.date.max)}
    assert read_one(connection, "SELECT count(*) FROM stockgroups.securities") == 1
    past = find_group(store, GroupType.ETF, "BARE", Moment(LATER))
    assert [(m.reported_symbol, m.symbol, m.weight) for m in past.holdings] == [
        ("AAPL", "AAPL", 0.3)
    ]
    assert loads["XLK"] is not None
    roll_back(store, loads["XLK"])
    assert read_members(connection, "BARE") == {"AAPL": 0.5}  # the fund's own file tells it
    assert not list(find_differences(store))


def test_without_the_evidence_it_is_none_again(connection: Connection, store: Store) -> None:
    apply(store, [EARLIER])
    assert read_members(connection, "BARE") == {}
    assert read_unresolved(connection) == {"rows": 2, "weight": 1.0}
    found = apply(store, [TICKER])
    assert [str(change) for change in list_changes(found.identity)] == [
        f"resolved: CUSIP {APPLE} of 2024-01-02 is AAPL now: both have CUSIP {APPLE}, and one of"
        " them no ticker (identifier)"
    ]
    assert read_members(connection, "BARE") == {"AAPL": 0.3}
    assert read_unresolved(connection) == {"rows": 1, "weight": 0.7}
    assert read_history(connection) == {("AAPL", DAY, dt.date.max)}
    assert found.load_id is not None
    undone = roll_back(store, found.load_id)
    assert read_members(connection, "BARE") == {}
    assert read_history(connection) == set()
    assert read_unresolved(connection) == {"rows": 2, "weight": 1.0}
    assert undone.plan is not None
    assert [str(change) for change in list_changes(undone.plan.identity)] == [
        f"unresolved: AAPL of 2024-01-02 is CUSIP {APPLE} now, and not a member: nothing identifies"
        " it now (identifier)"
    ]
    assert not list(find_differences(store))
    past = find_group(store, GroupType.ETF, "BARE", Moment(LATER))
    assert past.holdings == ()


def test_it_has_the_symbol_of_its_stock_on_the_day(connection: Connection, store: Store) -> None:
    """An alias that joins two tickers is evidence too."""
    apply(store, [EARLIER])
    two = [
        report("OLD", cusip=APPLE),
        make_fund("IYW", make_printed(LAST, {Ref("NEW", ticker="NEW", cusip=APPLE): 1.0})),
    ]
    apply(store, two)
    assert read_members(connection, "BARE") == {}
    found = chain(*(section.findings for section in validate(store).sections))
    (told,) = (finding for finding in found if finding.symbol == f"CUSIP {APPLE}")
    assert "NEW and OLD" in told.message
    plan = apply(store, [], aliases=[Alias("OLD", dt.date(2025, 6, 1), "NEW", "it")])
    assert {change.kind.value for change in list_changes(plan.identity)} == {"joined", "resolved"}
    assert read_members(connection, "BARE") == {"NEW": 0.3}
    past = find_group(store, GroupType.ETF, "BARE", Moment(LATER))
    assert [(m.reported_symbol, m.symbol) for m in past.holdings] == [("OLD", "NEW")]
    stock = find_past_stock(store, "OLD", Moment(LATER))
    assert {(held.group, held.reported_symbol) for held in stock.places} == {
        ("BARE", "OLD"),
        ("XLK", "OLD"),
    }


def test_a_register_tells_it_and_no_stock_is_made_of_it(
    connection: Connection, store: Store
) -> None:
    apply(store, [EARLIER])
    assert read_one(connection, "SELECT count(*) FROM stockgroups.securities") == 0
    connection.execute(
        b"INSERT INTO stockgroups.cusip_symbols (cusip, symbol, first_day, last_day, name)"
        b" VALUES ('037833100', 'AAPL', '2023-01-03', '2024-06-28', 'APPLE INC')"
    )
    assert not apply(store, [], dry_run=True).groups
    forget_identity(store)
    apply(store, [report("MSFT", cusip=OTHER)])
    assert read_members(connection, "BARE") == {"AAPL": 0.3}
    apply(store, [make_fund("BARE", make_printed(LAST, {NAMELESS: 0.2, LOST: 0.8}))])
    assert read_members(connection, "BARE") == {"AAPL": 0.2}
    assert read_history(connection) == {("AAPL", DAY, dt.date.max)}


def test_a_known_report_is_looked_at_where_its_snapshot_may_contradict_it(
    connection: Connection, store: Store
) -> None:
    """What stands beside a ref of its stock with another identifier is no report of that stock."""
    split = Ref("AAPL", ticker="AAPL", name="APPLE", cusip=OTHER)
    apply(store, [EARLIER, TICKER, make_fund("IYW", make_printed(LAST, {split: 1.0}))])
    after = LAST + dt.timedelta(days=1)
    for day, beside, weight in ((LAST, LOST, 0.3), (after, split, 0.7), (after, LOST, 0.3)):
        word = make_fund("BARE", make_printed(day, {NAMELESS: 0.3, beside: 0.7}))
        assert apply(store, [word]).changes_anything
        assert read_members(connection, "BARE") == {"AAPL": weight}
        forget_identity(store)
        assert not apply(store, [word]).changes_anything


def test_a_stock_that_several_funds_report_without_a_ticker(
    connection: Connection, store: Store
) -> None:
    """Funds that nobody asked about become what they are, universes too."""
    apply(store, [EARLIER, make_fund("ALSO", make_printed(DAY, {NAMELESS: 1.0}))])
    universe = DesiredGroup(
        GroupKey("TEST", GroupType.UNIVERSE, "mine"),
        snapshots=(make_printed(DAY, {NAMELESS: None, LOST: None}),),
    )
    apply(store, [universe])
    plan = apply(store, [TICKER], dry_run=True)
    assert {g.key.name: g.added for g in plan.groups if g.key.name != "XLK"} == {
        "BARE": {"AAPL": 0.3},
        "ALSO": {"AAPL": 1.0},
        "mine": {"AAPL": None},
    }
    rows = "SELECT metadata #> '{unresolved,rows}' FROM definition_groups WHERE name = 'mine'"
    assert read_one(connection, rows) == 2
    apply(store, [TICKER])
    assert read_members(connection, "mine", "UNIVERSE") == {"AAPL": None}
    assert read_one(connection, rows) == 1
    assert (
        read_one(
            connection, "SELECT metadata ? 'unresolved' FROM definition_groups WHERE name = 'ALSO'"
        )
        is False
    )


def read_unresolved(connection: Connection) -> object:
    return read_one(
        connection, "SELECT metadata -> 'unresolved' FROM definition_groups WHERE name = 'BARE'"
    )


def read_history(connection: Connection) -> set[tuple[str, dt.date, dt.date]]:
    rows = connection.execute(
        b"SELECT s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
        b" JOIN stockgroups.group_registry r ON r.id = h.group_id AND r.name = 'BARE'"
        b" JOIN stockgroups.securities s ON s.id = h.security_id"
    )
    return set(rows.fetchall())


def test_one_report_may_stand_for_several_symbols_or_none(
    connection: Connection, store: Store
) -> None:
    """What else a source says decides: a market, or that it does not know the market."""
    refs = [Ref(symbol, ticker="MC", sedol=SEDOL) for symbol in ("MC", "MC.XPAR", None)]
    assert len({ref.fingerprint for ref in refs}) == 1
    funds = [
        make_fund(fund, make_printed(DAY, {ref: 1.0}))
        for fund, ref in zip(("ONE", "TWO", "SIX"), refs, strict=True)
    ]
    apply(store, funds)
    assert read_one(connection, "SELECT count(*) FROM stockgroups.refs") == 3
    assert not apply(store, funds).changes_anything
    later = make_fund("SIX", make_printed(LATER, {refs[2]: 1.0}))
    apply(store, [later])
    assert read_one(connection, "SELECT count(*) FROM stockgroups.refs") == 3


def test_a_rollback_brings_no_old_word_of_it_back(connection: Connection, store: Store) -> None:
    """Other evidence still tells what it is."""
    apply(store, [make_fund("BARE", make_printed(DAY, {NAMELESS: 1.0}))])
    first = apply(store, [TICKER]).load_id
    again = Ref("AAPL", ticker="AAPL", name="APPLE INC", cusip=APPLE)
    apply(store, [make_fund("IYW", make_printed(LATER, {again: 1.0}))])
    assert first is not None
    roll_back(store, first)
    assert read_members(connection, "BARE") == {"AAPL": 1.0}
    assert read_unresolved(connection) is None
