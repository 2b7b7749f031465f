"""Questions about a day in the past: the newest source not after it, as it was known."""

from __future__ import annotations

import datetime as dt
import random
from typing import NoReturn

import pytest

from samples import DAY, make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.history.projection import read_headers
from stockgroups.history.timeline import counting
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.queries.moments import Moment, find_counting
from stockgroups.queries.past import find_past_group, find_past_stock, read_past_statistics
from stockgroups.queries.past_answers import PastGroup
from stockgroups.queries.provenance import find_source
from stockgroups.queries.timelines import find_timeline
from stockgroups.store.apply import apply
from stockgroups.store.desired import DesiredGroup
from tables import read_one

OLD = {"AAPL": 0.6, "FB": 0.4}
NEW = {"AAPL": 0.7, "META": 0.3}
CHANGE = dt.date(2022, 6, 9)
BEFORE, AFTER = dt.date(2022, 1, 3), dt.date(2023, 1, 3)


def no_catalog() -> NoReturn:
    raise AssertionError("an ordinary symbol needs no catalogue")


@pytest.fixture
def renamed(connection: Connection) -> Connection:
    """Two files of SPY around a rename, a theme without weights, and a sector's record."""
    apply(
        connection,
        "TEST",
        [make_fund("SPY", make_snapshot(OLD, BEFORE), make_snapshot(NEW, AFTER))],
        aliases=[Alias("FB", CHANGE, "META", "test")],
    )
    for kind, name in ((GroupType.THEME, "social"), (GroupType.SECTOR, "communication_services")):
        snapshot = make_snapshot({"FB": None}, BEFORE, file_name=name)
        key = GroupKey("TEST", kind, name)
        apply(connection, "TEST", [DesiredGroup(key, name, snapshots=(snapshot,))])
    return connection


def ask(connection: Connection, on: dt.date, **how: object) -> PastGroup:
    moment = Moment(on, **how)  # type: ignore[arg-type]
    return find_past_group(connection, "TEST", GroupType.ETF, "spy", moment)


def test_weights_and_symbols_are_those_of_the_source(renamed: Connection) -> None:
    for on in (BEFORE, dt.date(2022, 12, 31)):
        answer = ask(renamed, on)
        assert [(m.symbol, m.current_symbol, m.weight) for m in answer.members] == [
            ("AAPL", "AAPL", 0.6),
            ("FB", "META", 0.4),
        ]
        told = answer.as_dict()
        assert told["as_of_used"] == str(BEFORE)
        assert told["age_days"] == (on - BEFORE).days
        assert (told["holdings"], told["weights"]) == (["AAPL", "FB"], OLD)
    assert [m.symbol for m in ask(renamed, AFTER).members] == ["AAPL", "META"]


def test_before_the_record_and_beyond_an_age_it_says_so(renamed: Connection) -> None:
    with pytest.raises(NotFoundError, match="by 2022-01-02; its record begins on 2022-01-03"):
        ask(renamed, BEFORE - dt.timedelta(days=1))
    assert ask(renamed, BEFORE + dt.timedelta(days=9), max_age=9)
    with pytest.raises(StaleError, match="10 days older"):
        ask(renamed, BEFORE + dt.timedelta(days=10), max_age=9)
    with pytest.raises(NotFoundError, match="no ETF 'XYZ'"):
        find_past_group(renamed, "TEST", GroupType.ETF, "XYZ", Moment(AFTER))


def test_a_corrected_file_does_not_rewrite_what_was_known(renamed: Connection) -> None:
    known = read_one(renamed, "SELECT clock_timestamp()")
    apply(renamed, "TEST", [make_fund("SPY", make_snapshot({"KO": 1.0}, BEFORE))])
    assert [m.symbol for m in ask(renamed, BEFORE).members] == ["KO"]
    assert [m.symbol for m in ask(renamed, BEFORE, known_at=known).members] == ["AAPL", "FB"]
    long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(NotFoundError, match="nothing was known of SPY"):
        ask(renamed, AFTER, known_at=long_ago)
    stock = find_past_stock(renamed, "TEST", "FB", Moment(BEFORE, known), no_catalog)
    assert [h.name for h in stock.holdings if h.kind == "ETF"] == ["SPY"]
    stock = find_past_stock(renamed, "TEST", "FB", Moment(BEFORE), no_catalog)
    assert [h.name for h in stock.holdings if h.kind == "ETF"] == []
    recorded = find_source(renamed, "TEST", "SPY", Moment(dt.date.max)).recorded
    assert [source.status for source in recorded] == [
        f"superseded by snapshot {recorded[1].header.id}",
        "counts",
        "counts",
    ]


def test_a_retired_symbol_finds_its_stock(renamed: Connection) -> None:
    for asked in ("FB", "META"):
        stock = find_past_stock(renamed, "TEST", asked, Moment(BEFORE), no_catalog)
        assert (stock.symbol, stock.current_symbol) == ("FB", "META")
        assert [(h.kind, h.name, h.symbol, h.weight) for h in stock.holdings] == [
            ("ETF", "SPY", "FB", 0.4),
            ("SECTOR", "communication_services", "FB", None),
            ("THEME", "social", "FB", None),
        ]
        assert stock.as_dict()["sector"] == "communication_services"
    late = find_past_stock(renamed, "TEST", "META", Moment(AFTER, max_age=30), no_catalog)
    assert late.as_dict()["member_of_etfs"] == ["SPY"]
    assert late.too_old == ["communication_services", "social"]
    with pytest.raises(NotFoundError, match="no stock 'ZZZZ'"):
        find_past_stock(renamed, "TEST", "ZZZZ", Moment(AFTER), no_catalog_for_unknown)


def no_catalog_for_unknown() -> NoReturn:
    raise NotFoundError("no stock 'ZZZZ'")


def test_a_timeline_runs_across_names(renamed: Connection) -> None:
    told = find_timeline(renamed, "TEST", "META", None, no_catalog)
    assert [(s.symbol, s.valid_from, s.valid_to) for s in told.names] == [
        ("FB", dt.date.min, CHANGE),
        ("META", CHANGE, dt.date.max),
    ]
    assert [(s.kind, s.group, s.valid_from, s.has_ended) for s in told.stays] == [
        ("ETF", "SPY", BEFORE, False),
        ("SECTOR", "communication_services", BEFORE, False),
        ("THEME", "social", BEFORE, False),
    ]


def test_a_rename_that_is_learned_later_joins_the_stays(connection: Connection) -> None:
    files = [make_snapshot(OLD, BEFORE), make_snapshot(NEW, AFTER)]
    apply(connection, "TEST", [make_fund("SPY", *files)])
    assert len(find_timeline(connection, "TEST", "META", None, no_catalog).stays) == 1
    assert find_timeline(connection, "TEST", "FB", None, no_catalog).stays[0].has_ended
    aliases = [Alias("FB", CHANGE, "META", "test")]
    apply(connection, "TEST", [], aliases=aliases)
    (stay,) = find_timeline(connection, "TEST", "META", None, no_catalog).stays
    assert (stay.valid_from, stay.has_ended) == (BEFORE, False)


def test_what_is_deleted_keeps_its_past(renamed: Connection) -> None:
    theme = GroupKey("TEST", GroupType.THEME, "social")
    apply(renamed, "TEST", [], delete=[theme])
    answer = find_past_group(renamed, "TEST", GroupType.THEME, "Social", Moment(AFTER))
    assert [m.current_symbol for m in answer.members] == ["META"]


def test_statistics_of_a_day(renamed: Connection) -> None:
    told = read_past_statistics(renamed, "TEST", Moment(BEFORE)).as_dict()
    assert told["types"]["ETF"]["memberships"] == 2
    assert (told["etf_stocks"], told["all_stocks"]) == (2, 2)
    with pytest.raises(NotFoundError):
        read_past_statistics(renamed, "TEST", Moment(dt.date(1999, 1, 1)))


def test_the_statement_holds_the_rule_of_the_timeline(connection: Connection) -> None:
    dice = random.Random(3)
    for number in range(25):
        snapshot = make_snapshot(
            {f"S{number}": None},
            DAY + dt.timedelta(days=dice.randrange(6)),
            is_proxy=dice.random() < 0.3,
        )
        apply(connection, "TEST", [make_fund("SPY", snapshot)])
    number = read_one(connection, "SELECT id FROM stockgroups.group_registry")
    connection.execute(
        "UPDATE stockgroups.snapshots SET ref_ids = NULL WHERE id %% 4 = 0".replace("%%", "%")
    )
    headers = read_headers(connection, [number])[number]
    for days in range(-1, 8):
        on = DAY + dt.timedelta(days=days)
        expected = counting(headers, on)
        found = find_counting(connection, [number], Moment(on))
        assert [of.snapshot_id for of in found] == ([expected.id] if expected else [])
