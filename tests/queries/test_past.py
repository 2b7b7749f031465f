"""Questions about a day in the past: the newest source not after it, as it was known."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import replace

import pytest

from samples import DAY, make_fund, make_snapshot
from stockgroups.cli.answers import show_stock
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, GroupKey, GroupType
from stockgroups.queries.answers import GroupAnswer
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment, find_effective
from stockgroups.queries.named import find_types
from stockgroups.queries.past import find_past_stock
from stockgroups.queries.provenance import find_source
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock
from stockgroups.queries.timelines import find_timeline
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import effective_snapshot
from stockgroups.record.headers import read_headers
from stockgroups.store import Store
from stockgroups.times import today_utc
from tables import read_one

OLD = {"AAPL": 0.6, "FB": 0.4}
NEW = {"AAPL": 0.7, "META": 0.3}
CHANGE = dt.date(2022, 6, 9)
BEFORE, AFTER = dt.date(2022, 1, 3), dt.date(2023, 1, 3)


@pytest.fixture
def renamed(store: Store) -> Store:
    """Two files of SPY around a rename, a theme without weights, and a sector's record."""
    apply(
        store,
        [make_fund("SPY", make_snapshot(OLD, BEFORE), make_snapshot(NEW, AFTER))],
        aliases=[Alias("FB", CHANGE, "META", "test")],
    )
    for kind, name in ((GroupType.THEME, "social"), (GroupType.SECTOR, "communication_services")):
        snapshot = make_snapshot({"FB": None}, BEFORE, file_name=name)
        key = GroupKey("TEST", kind, name)
        apply(store, [DesiredGroup(key, name, snapshots=(snapshot,))])
    return Store(store.connection, "TEST")


def ask(store: Store, on: dt.date, **how: object) -> GroupAnswer:
    moment = Moment(on, **how)  # type: ignore[arg-type]
    return find_group(store, GroupType.ETF, "spy", moment)


def test_weights_and_symbols_are_those_of_the_source(renamed: Store) -> None:
    for on in (BEFORE, dt.date(2022, 12, 31)):
        answer = ask(renamed, on)
        assert [(m.reported_symbol, m.symbol, m.weight) for m in answer.holdings] == [
            ("AAPL", "AAPL", 0.6),
            ("FB", "META", 0.4),
        ]
        told = answer.to_dict()
        assert told["as_of_used"] == str(BEFORE)
        assert told["age_days"] == (on - BEFORE).days
        assert (told["holdings"], told["weights"]) == (["AAPL", "META"], {"AAPL": 0.6, "META": 0.4})
        assert told["reported_symbols"] == ["AAPL", "FB"]
    assert [m.reported_symbol for m in ask(renamed, AFTER).holdings] == ["AAPL", "META"]


def test_before_the_record_and_beyond_an_age_it_says_so(renamed: Store) -> None:
    with pytest.raises(NotFoundError, match="up to 2022-01-02; its record begins on 2022-01-03"):
        ask(renamed, BEFORE - dt.timedelta(days=1))
    assert ask(renamed, BEFORE + dt.timedelta(days=9), max_age=9)
    with pytest.raises(StaleError, match="10 days earlier"):
        ask(renamed, BEFORE + dt.timedelta(days=10), max_age=9)
    with pytest.raises(NotFoundError, match="no ETF 'XYZ'"):
        find_group(renamed, GroupType.ETF, "XYZ", Moment(AFTER))


def test_a_corrected_file_does_not_rewrite_what_was_known(renamed: Store) -> None:
    known = read_one(renamed.connection, "SELECT clock_timestamp()")
    apply(renamed, [make_fund("SPY", make_snapshot({"KO": 1.0}, BEFORE))])
    assert [m.reported_symbol for m in ask(renamed, BEFORE).holdings] == ["KO"]
    assert [m.reported_symbol for m in ask(renamed, BEFORE, known_at=known).holdings] == [
        "AAPL",
        "FB",
    ]
    long_ago = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(NotFoundError, match="nothing was known about SPY"):
        ask(renamed, AFTER, known_at=long_ago)
    stock = find_past_stock(renamed, "FB", Moment(BEFORE, known))
    assert stock.list_groups(GroupType.ETF) == ["SPY"]
    stock = find_past_stock(renamed, "FB", Moment(BEFORE))
    assert stock.list_groups(GroupType.ETF) == []
    recorded = find_source(renamed, "SPY", Moment(dt.date.max)).recorded
    assert [source.status for source in recorded] == [
        f"superseded by snapshot {recorded[1].header.id}",
        "effective",
        "effective",
    ]


def test_a_retired_symbol_finds_its_stock(renamed: Store) -> None:
    for asked in ("FB", "META"):
        stock = find_past_stock(renamed, asked, Moment(BEFORE))
        assert (stock.symbol, stock.current_symbol) == ("FB", "META")
        assert [(h.kind, h.group, h.reported_symbol, h.weight) for h in stock.places] == [
            ("ETF", "SPY", "FB", 0.4),
            ("SECTOR", "communication_services", "FB", None),
            ("THEME", "social", "FB", None),
        ]
        assert stock.to_dict()["sector"] == "communication_services"
    late = find_past_stock(renamed, "META", Moment(AFTER, max_age=30))
    assert late.to_dict()["member_of_etfs"] == ["SPY"]
    assert [place.group for place in late.too_old] == ["communication_services", "social"]
    lines = show_stock(late)
    assert "sector: none with a recent enough source" in lines
    assert "themes: none with a recent enough source" in lines
    assert "universes: none" in lines
    with pytest.raises(NotFoundError, match="no stock 'ZZZZ'"):
        find_past_stock(renamed, "ZZZZ", Moment(AFTER))


def test_a_stock_that_no_group_holds_any_more_is_answered_without_a_day_too(renamed: Store) -> None:
    """It has the answer of today's date: its symbols and its name, and no place."""
    apply(renamed, [make_fund("SPY", make_snapshot({"META": 1.0}, AFTER + dt.timedelta(days=1)))])
    now, today = (find_stock(renamed, "aapl", at) for at in (None, Moment(today_utc())))
    assert replace(now, moment=today.moment) == today
    assert (now.symbol, now.name, now.places) == ("AAPL", "AAPL CORP", ())
    assert "`stockgroups timeline AAPL` shows when groups held it" in show_stock(now)[-1]
    assert find_types(renamed, "aapl") == ["STOCK"]


def test_a_stock_of_a_load_that_was_reverted_is_nobodys(store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.5, "KO": 0.5}, BEFORE))])
    plan = apply(store, [make_fund("SPY", make_snapshot({"KO": 0.5, "XOM": 0.5}, AFTER))])
    assert plan.load_id is not None
    roll_back(store, plan.load_id)
    with pytest.raises(NotFoundError, match="no stock 'XOM'"):
        find_stock(store, "XOM")


def test_what_is_there_is_found_without_the_catalogue(renamed: Store) -> None:
    for moment in (None, Moment(AFTER)):
        find_stock(renamed, "META", moment)
        find_group(renamed, GroupType.ETF, "SPY", moment)
        find_group(renamed, GroupType.THEME, "social", moment)
    find_timeline(renamed, "META", None)
    assert "catalog" not in vars(renamed)
    find_stock(renamed, "FB")
    assert "catalog" in vars(renamed), "else nothing was tested"


def test_the_newest_report_names_a_stock_also_a_proxy(store: Store) -> None:
    def report(name: str, on: dt.date, *, is_proxy: bool) -> DesiredGroup:
        snapshot = make_snapshot({"AAPL": 1.0}, on, is_proxy=is_proxy)
        refs = tuple(ref._replace(name=name) for ref in snapshot.refs)
        return make_fund("SPY", replace(snapshot, refs=refs))

    for name, on, is_proxy in (
        ("APPLE COMPUTER", BEFORE, True),
        ("APPLE INC", CHANGE, False),
        ("APPLE", AFTER, True),
    ):
        apply(store, [report(name, on, is_proxy=is_proxy)])
        assert find_timeline(store, "AAPL", None).name == name


def test_a_timeline_runs_across_names(renamed: Store) -> None:
    told = find_timeline(renamed, "META", None)
    assert [(s.symbol, s.valid_from, s.valid_to) for s in told.names] == [
        ("FB", dt.date.min, CHANGE),
        ("META", CHANGE, dt.date.max),
    ]
    assert [(s.kind, s.group, s.valid_from, s.has_ended) for s in told.intervals] == [
        ("ETF", "SPY", BEFORE, False),
        ("SECTOR", "communication_services", BEFORE, False),
        ("THEME", "social", BEFORE, False),
    ]


def test_a_rename_that_is_learned_later_joins_the_stays(store: Store) -> None:
    files = [make_snapshot(OLD, BEFORE), make_snapshot(NEW, AFTER)]
    apply(store, [make_fund("SPY", *files)])
    assert len(find_timeline(store, "META", None).intervals) == 1
    assert find_timeline(store, "FB", None).intervals[0].has_ended
    aliases = [Alias("FB", CHANGE, "META", "test")]
    apply(store, [], aliases=aliases)
    (stay,) = find_timeline(store, "META", None).intervals
    assert (stay.valid_from, stay.has_ended) == (BEFORE, False)


def test_what_is_deleted_keeps_its_past(renamed: Store) -> None:
    theme = GroupKey("TEST", GroupType.THEME, "social")
    apply(renamed, [], delete=[theme])
    answer = find_group(renamed, GroupType.THEME, "Social", Moment(AFTER))
    assert [m.symbol for m in answer.holdings] == ["META"]


def test_statistics_of_a_day(renamed: Store) -> None:
    told = read_statistics(renamed, Moment(BEFORE)).to_dict()
    assert told["types"]["ETF"]["memberships"] == 2
    assert (told["etf_stocks"], told["all_stocks"]) == (2, 2)
    with pytest.raises(NotFoundError, match="environment TEST up to 1999-01-01") as caught:
        read_statistics(renamed, Moment(dt.date(1999, 1, 1)))
    assert caught.value.remedy == "its record begins on 2022-01-03"


def test_the_statement_holds_the_rule_of_the_timeline(connection: Connection, store: Store) -> None:
    dice = random.Random(3)
    for number in range(25):
        snapshot = make_snapshot(
            {f"S{number}": None},
            DAY + dt.timedelta(days=dice.randrange(6)),
            is_proxy=dice.random() < 0.3,
        )
        apply(store, [make_fund("SPY", snapshot)])
    number = read_one(connection, "SELECT id FROM stockgroups.group_registry")
    connection.execute(
        b"UPDATE stockgroups.snapshots SET ref_ids = NULL, is_retraction = true WHERE id % 4 = 0"
    )
    headers = read_headers(connection, [number])[number]
    for days in range(-1, 8):
        on = DAY + dt.timedelta(days=days)
        expected = effective_snapshot(headers, on)
        found = find_effective(connection, [number], Moment(on))
        assert [of.snapshot_id for of in found] == ([expected.id] if expected else [])
