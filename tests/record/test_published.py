"""Reports of a fund to its regulator beside its issuer's files: which one answers."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import replace

import pytest

from samples import DAY, later, make_fund, make_snapshot
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.analytics.panels.ask import find_panel
from stockgroups.analytics.portfolios.exposure import find_exposure
from stockgroups.analytics.portfolios.nearest import find_nearest_funds
from stockgroups.analytics.portfolios.overlap import find_overlap
from stockgroups.analytics.portfolios.overlap_matrix import find_overlap_matrix
from stockgroups.cli.flags import SOURCES
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import GroupKey, GroupType, Snapshot
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.queries.provenance import find_source
from stockgroups.queries.stocks import find_stock
from stockgroups.readers.lists.portfolios import Position
from stockgroups.record.apply import apply
from stockgroups.record.effective import ReportKind
from stockgroups.record.interval_differences import find_differences
from stockgroups.store import Store
from tables import read_members, read_one

FILED, AMENDED = later(59), later(90)
EVER = Moment(dt.date.max)


def make_filing(members: dict[str, float | None], as_of: dt.date, filed: dt.date) -> Snapshot:
    return make_snapshot(members, as_of, source="nport", published_on=filed, file_name=str(filed))


def read_record(store: Store) -> list[tuple[object, ...]]:
    """What the record says of SPY, without numbers, and the members with their intervals."""
    recorded = find_source(store, "SPY", EVER).recorded
    return [
        *[(one.header.as_of, one.file_name, one.dates) for one in recorded],
        *sorted(read_members(store.connection, "SPY").items()),
        *store.connection.execute(
            "SELECT symbol, valid_from, valid_to FROM stockgroups.intervals"
            " WHERE group_name = 'SPY' ORDER BY 1, 2"
        ),
    ]


def test_filings_fill_what_the_issuers_files_leave(connection: Connection, store: Store) -> None:
    files = [make_snapshot({"AAPL": 0.6, "KO": 0.4}, later(days)) for days in (0, 30)]
    filings = [
        make_filing({"GOOG": 0.5, "MSFT": 0.5}, later(30), FILED),
        make_filing({"AAPL": 0.5, "XOM": 0.5}, later(61), AMENDED),
    ]
    apply(store, [make_fund("SPY", *files)])
    for filing in filings:  # unlike the files beside them, which does not make them suspicious
        apply(store, [make_fund("SPY", filing, guarded=filing is filings[0])])
    told = find_group(store, GroupType.ETF, "SPY").to_dict()
    assert (told["as_of"], told["source"]) == (str(later(61)), "nport")
    assert told["published_on"] == str(AMENDED)
    assert read_members(connection, "SPY") == {"AAPL": 0.5, "XOM": 0.5}
    then = find_group(store, GroupType.ETF, "SPY", Moment(later(40))).to_dict()
    assert (then["as_of"], then["source"], then["published_on"]) == (str(later(30)), "hand", None)
    assert [
        (one.header.source, one.status, one.to_dict()["published_on"])
        for one in find_source(store, "SPY", EVER).recorded
    ] == [
        ("hand", "effective", None),
        ("hand", "effective", None),
        ("nport", "a source of a higher rank is effective", str(FILED)),
        ("nport", "effective", str(AMENDED)),
    ]
    row = connection.execute("SELECT DISTINCT as_of, published_on FROM stockgroups.holdings")
    assert row.fetchall() == [(later(61), AMENDED)]
    place = find_stock(store, "XOM").places[0]
    assert place.origin.published_on == AMENDED
    assert list(find_differences(store)) == []


def test_the_order_of_loading_makes_no_difference(connection: Connection, store: Store) -> None:
    snapshots = [
        make_filing({"AAPL": 0.5, "KO": 0.5}, DAY, FILED),
        make_filing({"AAPL": 0.4, "MSFT": 0.6}, DAY, AMENDED),
        make_snapshot({"AAPL": 0.6, "KO": 0.4}, later(1)),
        make_snapshot({"XOM": 1.0}, later(2), is_proxy=True),
    ]
    found = []
    for order in itertools.permutations(snapshots):
        for snapshot in order:
            apply(store, [make_fund("SPY", snapshot)])
        assert not apply(store, [make_fund("SPY", *snapshots)]).load_id, "all of it is known"
        assert list(find_differences(store)) == []
        found.append(sorted(map(str, read_record(store))))
        connection.execute(
            "TRUNCATE definition_groups, group_memberships, stockgroups.group_registry,"
            " stockgroups.snapshots, stockgroups.membership_history, stockgroups.ref_runs"
        )
    assert all(one == found[0] for one in found)


def test_a_rollback_takes_away_a_filing_whenever_it_was_filed(
    connection: Connection, store: Store
) -> None:
    for fund, filed in (("SPY", (FILED, AMENDED)), ("QQQ", (AMENDED, FILED))):
        apply(store, [make_fund(fund, make_snapshot({"KO": 1.0}))])
        loads = [
            apply(store, [make_fund(fund, make_filing({"AAPL": number}, later(9), day))]).load_id
            for number, day in enumerate(filed, 1)
        ]
        newest, other = (1.0 + filed.index(day) for day in (AMENDED, FILED))
        assert read_members(connection, fund) == {"AAPL": newest}
        by_day = dict(zip(filed, loads, strict=True))
        undone = roll_back(store, by_day[AMENDED] or 0).plan.load_id
        assert read_members(connection, fund) == {"AAPL": other}
        again = roll_back(store, undone or 0).plan.load_id
        assert read_members(connection, fund) == {"AAPL": newest}
        roll_back(store, again or 0)
        assert read_members(connection, fund) == {"AAPL": other}
        assert list(find_differences(store)) == []


def test_a_filing_whose_date_is_learned_later_is_recorded_with_it(
    connection: Connection, store: Store
) -> None:
    filing = make_filing({"AAPL": 1.0}, DAY, FILED)
    undated = make_snapshot({"AAPL": 1.0}, source="nport", file_name=str(FILED))
    for snapshot in (undated, undated, filing, undated):
        apply(store, [make_fund("SPY", snapshot)])
    assert read_one(connection, "SELECT count(*) FROM stockgroups.snapshots") == 2
    assert find_source(store, "SPY", EVER).effective.header.published_on == FILED


def test_only_what_was_public_answers_and_the_rest_is_told(store: Store) -> None:
    apply(
        store,
        [
            make_fund(
                "SPY",
                make_snapshot({"AAPL": 0.6, "KO": 0.4}, DAY),
                make_filing({"AAPL": 0.5, "MSFT": 0.5}, later(-30), later(29)),
                make_filing({"AAPL": 0.5, "XOM": 0.5}, later(1), FILED),
            )
        ],
    )
    moment = Moment(later(40), published_by=later(40))
    told = find_group(store, GroupType.ETF, "SPY", moment).to_dict()
    assert (told["as_of"], told["published_on"]) == (str(later(-30)), str(later(29)))
    assert (told["published_by"], told["asked_source"]) == (str(later(40)), None)
    assert "first recorded here" in told["publication"]
    assert told["left_out"] == {
        "reports": 2,
        "groups": 1,
        "undated": 1,
        "newest": str(later(1)),
        "public_on": str(FILED),
    }
    stock = find_stock(store, "MSFT", moment)
    assert stock.list_groups(GroupType.ETF) == ["SPY"]
    assert stock.to_dict()["left_out"]["reports"] == 2
    found = find_members(store, "SPY @ 2026-08-10 published_by 2026-08-10")
    assert found.symbols == ["AAPL", "MSFT"]
    assert found.warnings[0].startswith("etf:SPY: left out as not public by 2026-08-10: 2 newer")
    filed = find_members(store, "SPY", Moment(later(80), published_by=FILED))
    assert (filed.symbols, filed.warnings) == (["AAPL", "XOM"], ())
    for kind, symbols in ((ReportKind.ISSUER, ["AAPL", "KO"]), (ReportKind.NPORT, ["AAPL", "XOM"])):
        assert find_group(
            store, GroupType.ETF, "SPY", Moment(later(80), kind=kind)
        ).symbols == symbols  # fmt: skip
    with pytest.raises(NotFoundError, match="no report of SPY up to 2026-06-20 was public"):
        find_group(
            store, GroupType.ETF, "SPY", Moment(later(-11), published_by=later(-11))
        )  # fmt: skip
    with pytest.raises(NotFoundError, match="no report of the kind proxy"):
        find_group(store, GroupType.ETF, "SPY", Moment(DAY, kind=ReportKind.PROXY))
    sources = find_source(store, "SPY", moment).recorded
    assert [one.status for one in sources] == ["effective", *[f"not public by {later(40)}"] * 2]
    panel = find_panel(
        store, "SPY", [later(days) for days in (0, 28, 29, 58, 59)], as_published=True
    )
    assert [(gap.since, gap.until) for gap in panel.gaps] == [(DAY, later(28))]
    assert [sorted(one.symbol for one in run.stocks) for run in panel.runs[1:]] == [
        ["AAPL", "MSFT"],
        ["AAPL", "XOM"],
    ]
    assert "1 newer report" in panel.warnings[0]
    assert panel.to_dict()["as_published"]
    assert tuple(ReportKind) == SOURCES


def test_funds_are_compared_and_looked_through_by_what_was_public(store: Store) -> None:
    older: dict[str, float | None] = {"AAPL": 0.5, "MSFT": 0.5}
    newer: dict[str, float | None] = {"AAPL": 0.9, "XOM": 0.1}
    for name in ("SPY", "QQQ"):
        filings = make_filing(older, later(-30), later(29)), make_filing(newer, later(1), FILED)
        apply(store, [make_fund(name, *filings)])
    moment = Moment(later(80), published_by=later(40))
    overlap = find_overlap(store, ["SPY", "QQQ"], moment)
    assert [row.symbol for row in overlap.common] == ["AAPL", "MSFT"]
    assert [told.split(";")[0] for told in overlap.warnings] == [
        f"{name}: left out as not public by {later(40)}: 1 newer report, the newest as of "
        f"{later(1)}, public from {FILED} on"
        for name in ("SPY", "QQQ")
    ]
    nearest = find_nearest_funds(store, "SPY", moment)
    assert nearest.rows()[0]["shared"] == 2
    apply(store, [make_fund("NEW", make_filing(newer, later(1), FILED))])
    matrix = find_overlap_matrix(store, moment=moment)
    assert matrix.labels == ("QQQ", "SPY")
    assert matrix.rows()[0]["overlap"] == pytest.approx(1.0)
    told = f"the newest as of {later(1)}, public from {FILED} on"
    assert matrix.warnings == (f"left out as not public by {later(40)}: 3 newer reports, {told}",)
    assert find_overlap_matrix(store, ["SPY"], moment).warnings == (
        f"SPY: left out as not public by {later(40)}: 1 newer report, {told}",
    )
    assert nearest.warnings[-1] == (
        f"all funds: left out as not public by {later(40)}: 2 newer reports, {told}"
    )
    portfolio = [Position("SPY", 50), Position("XOM", 50)]
    exposure = find_exposure(store, portfolio, moment=moment)
    assert exposure.weights == pytest.approx({"XOM": 0.5, "AAPL": 0.25, "MSFT": 0.25})
    assert exposure.to_dict()["published_by"] == str(later(40))
    assert "SPY: left out as not public" in exposure.warnings[0]
    public = find_exposure(store, portfolio[:1], moment=replace(moment, published_by=FILED))
    assert public.weights == pytest.approx(newer)


def _count_known(connection: Connection, table: str) -> float:
    """How many rows the server takes a table for, -1 where it never looked."""
    return float(
        read_one(connection, f"SELECT reltuples FROM pg_class WHERE oid = '{table}'::regclass")
    )


def test_the_servers_statistics_know_a_second_environment(
    connection: Connection, store: Store
) -> None:
    table = "stockgroups.securities"
    fund = make_fund("SPY", make_snapshot({"KO": 1.0}))
    apply(store, [fund])
    assert _count_known(connection, table) == -1
    apply(Store(connection, "UAT"), [replace(fund, key=GroupKey("UAT", GroupType.ETF, "SPY"))])
    assert _count_known(connection, table) == 2


def test_the_servers_statistics_know_a_load_that_is_larger_than_they_are(
    connection: Connection, store: Store
) -> None:
    table = "stockgroups.refs"
    apply(store, [make_fund("SPY", make_snapshot({"KO": 0.5, "PEP": 0.5}))])
    assert _count_known(connection, table) == -1
    connection.execute("ANALYZE stockgroups.refs")
    apply(store, [make_fund("VTI", make_snapshot({f"S{n}": 0.25 for n in range(4)}))])
    assert _count_known(connection, table) == 6
