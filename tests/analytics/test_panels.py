"""Panels on the database: each date as `find_members` answers it, and every stock of a range."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import sys
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd
import pytest

from contents import make_once
from samples import make_fund, make_snapshot
from stockgroups.analytics.expressions.ask import find_members
from stockgroups.analytics.panels.ask import find_ever, find_panel
from stockgroups.analytics.panels.calendar import list_dates
from stockgroups.analytics.panels.panel import Panel
from stockgroups.errors import NotFoundError, StaleError, StockgroupsError, UsageError
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.queries.moments import Moment
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import ReportKind
from stockgroups.store import Store

FIRST, LAST = dt.date(2026, 1, 1), dt.date(2026, 7, 1)
DAYS = list_dates(FIRST, LAST, "D")
STOCKS = ["AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH"]
EXPRESSIONS = [
    "FUNDA",
    "FUNDA & FUNDB",
    "(FUNDA | FUNDC) - FUNDB",
    "FUNDA ^ universe:all",
    "FUNDA - (FUNDA @ 2026-06-15)",
    "top(FUNDB, 3)",
    "FUNDA[weight > 3%] | stock:BBB",
    "(FUNDA | FUNDB | FUNDC)[groups >= 2]",
    "FUNDA & sector:energy",
    "universe:all - industry:Widgets",
    "universe:all[etfs >= 2]",
    "(FUNDA | FUNDB)[sector != energy]",
    "PLACES",
    "PLACES[country = US]",
    "PLACES[country != Japan, currency = USD]",
    "universe:all[country = US]",
    "stock:OLD | FUNDC",
    "FILED",
    "(FILED | FUNDA) - FUNDB",
    "universe:all | (FILED @ 2026-04-30 published_by 2026-05-20)",
    "universe:all | (FILED published_by 2026-05-20)",
    "FUNDA - (FUNDB known_at 2999-01-01)[weight > 2%]",
]


CCC = "US5949181045"
PLACES = {
    at: (
        [
            Ref("AAA", ticker="AAA", country=country, currency="USD"),
            Ref("BBB", ticker="BBB", country="Japan"),
            # Two lines of one stock: it is one member, of both weights.
            Ref("CCC", ticker="CCC", name="CCC INC", isin=CCC, country=country),
            Ref(CCC, name="CCC INC", isin=CCC, country=country),
        ],
        [0.4, 0.3, 0.2, 0.1],
    )
    for at, country in ((10, "Japan"), (100, "United States"))
}


def make_group(
    kind: GroupType, name: str, members: Mapping[str, float | None], as_of: dt.date | None
) -> DesiredGroup:
    return DesiredGroup(GroupKey("TEST", kind, name), snapshots=(make_snapshot(members, as_of),))


def print_answer(day: dt.date, lines: list[Ref], weights: list[float]) -> Snapshot:
    sha256 = hashlib.sha256(f"{day} {lines}".encode()).hexdigest()
    return Snapshot(day, "hand", sha256, "hand/1", tuple(lines), weights=tuple(weights))


def report(ticker: str, day: dt.date) -> Snapshot:
    refs = (Ref(ticker, ticker=ticker, name="RENAMED INC", isin="US30303M1027", country="US"),)
    return Snapshot(day, "hand", f"{ticker.encode().hex():0<64}", "hand/1", refs, weights=(1.0,))


@pytest.fixture
def panelled(store: Store) -> Store:
    """Funds with several reports, a universe, a sector that is recorded late, and a rename."""
    make_once(store.connection, "panelled", lambda: _fill(store))
    return store


def _fill(store: Store) -> None:
    chance = random.Random(20260702)

    def choose() -> dict[str, float | None]:
        held = [symbol for symbol in STOCKS if chance.random() < 0.5] or ["AAA"]
        return {symbol: (STOCKS.index(symbol) + 1) / 100 for symbol in held}

    funds = [
        make_fund(
            name, *(make_snapshot(choose(), day) for day in sorted(chance.sample(DAYS[20:], 5)))
        )
        for name in ("FUNDA", "FUNDB", "FUNDC")
    ]
    apply(store, funds)
    apply(
        store,
        [
            make_group(GroupType.UNIVERSE, "all", dict.fromkeys(STOCKS), FIRST),
            make_group(GroupType.SECTOR, "energy", {"AAA": None, "CCC": None}, DAYS[100]),
            make_group(GroupType.SECTOR, "materials", {"DDD": None}, DAYS[100]),
            make_fund("RENAMED", report("OLD", DAYS[30]), report("NEW", DAYS[90])),
            make_fund("FILED", *list_filings(chance)),
            make_fund("PLACES", *(print_answer(DAYS[at], *PLACES[at]) for at in PLACES)),
        ],
    )
    store.connection.execute(
        "INSERT INTO cache_entries (environment, type, key, name, value) VALUES ('TEST', "
        "'stock_metadata', 'DDD', 'DDD', '{\"symbol\": \"DDD\", \"industry\": \"Widgets\"}')"
    )


def list_filings(chance: random.Random) -> list[Snapshot]:
    """Filings that become public up to 60 days after their date, two of one date, and a file."""
    days = sorted(chance.sample(DAYS[20:120], 8))
    return [
        make_snapshot(
            {symbol: 0.1 for symbol in STOCKS if chance.random() < 0.6} or {"AAA": 0.1},
            day,
            source="nport",
            published_on=day + dt.timedelta(days=chance.randrange(60)),
        )
        for day in (*days, days[3], days[3])
    ] + [make_snapshot({"DDD": 0.5}, days[5])]


def ask_days(
    store: Store, text: str, days: list[dt.date], moment: Moment, *, as_published: bool = False
) -> dict[dt.date, object]:
    """Return the answer of each day, the class of its error where it has none."""
    found: dict[dt.date, object] = {}
    for day in days:
        public = day if as_published else None
        try:
            answer = find_members(store, text, replace(moment, on=day, published_by=public))
        except (NotFoundError, StaleError) as error:
            found[day] = type(error)
        else:
            found[day] = {(m.symbol, m.security_id, m.weight) for m in answer.members}
    return found


def list_days(panel: Panel) -> dict[dt.date, set[tuple[str, int | None, float | None]] | None]:
    return {
        day: None
        if run.why is not None
        else {(stock.symbol, stock.security_id, stock.weight) for stock in run.stocks}
        for run in panel.runs
        for day in panel.dates[run.start : run.stop]
    }


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_each_date_is_as_members_answers_it(panelled: Store, text: str) -> None:
    chance = random.Random(text)
    asked = [(Moment(LAST), False), (Moment(LAST, max_age=20), False)]
    if "FILED" in text:
        asked += [(moment, True) for moment, _ in asked]
        asked.append((Moment(LAST, kind=ReportKind.NPORT), False))
    if "sector" not in text and "industry" not in text:
        recorded = panelled.connection.execute(
            "SELECT min(recorded_at), max(recorded_at) FROM stockgroups.snapshots"
        ).fetchone()
        assert recorded is not None
        asked += [(Moment(LAST, known_at), False) for known_at in recorded]
    for moment, as_published in asked:
        days = sorted(chance.sample(DAYS, 40))
        expected = ask_days(panelled, text, days, moment, as_published=as_published)
        if not any(isinstance(answer, set) for answer in expected.values()):
            with pytest.raises((NotFoundError, StaleError)):
                find_panel(panelled, text, days, moment=moment, as_published=as_published)
            continue
        panel = find_panel(panelled, text, days, moment=moment, as_published=as_published)
        found = list_days(panel)
        assert list(found) == days
        assert found == {
            day: answer if isinstance(answer, set) else None for day, answer in expected.items()
        }
        assert sum(gap.dates for gap in panel.gaps) == list(found.values()).count(None)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_ever_is_every_stock_of_every_day(panelled: Store, text: str) -> None:
    if "etfs" in text:
        with pytest.raises(UsageError, match="may change every day"):
            find_ever(panelled, text, FIRST, LAST)
        return
    ever = find_ever(panelled, text, FIRST, LAST)
    panel = list_days(find_panel(panelled, text, DAYS))
    held: dict[dt.date, set[str]] = {
        day: {symbol for symbol, *_ in stocks or ()} for day, stocks in panel.items()
    }
    assert ever.symbols == sorted(set().union(*held.values()))
    for member in ever.members:
        inside = {day for day in DAYS for first, last in member.stays if first <= day <= last}
        assert inside == {day for day in DAYS if member.symbol in held[day]}
        assert (member.first_date, member.last_date) == (min(inside), max(inside))
    without = {day for day, stocks in panel.items() if stocks is None}
    assert without == {d for d in DAYS for gap in ever.gaps if gap.since <= d <= gap.until}


def test_lines_of_one_stock_are_one_member(panelled: Store) -> None:
    panel = find_panel(panelled, "PLACES", [DAYS[20]])
    rows = {row["symbol"]: row["weight"] for row in panel.rows()}
    assert rows == pytest.approx({"AAA": 0.4, "BBB": 0.3, "CCC": 0.3})
    american = list_days(find_panel(panelled, "PLACES[country = US]", [DAYS[20], DAYS[110]]))
    assert {day: len(stocks or ()) for day, stocks in american.items()} == {
        DAYS[20]: 0,
        DAYS[110]: 2,
    }


def test_a_panel_has_the_symbol_of_the_day_and_todays(panelled: Store) -> None:
    panel = find_panel(panelled, "RENAMED", [DAYS[0], DAYS[40], DAYS[100]])
    assert [(row["date"], row["symbol"], row["symbol_then"]) for row in panel.rows()] == [
        (str(DAYS[40]), "NEW", "OLD"),
        (str(DAYS[100]), "NEW", "NEW"),
    ]
    assert len({row["security_id"] for row in panel.rows()}) == 1
    (gap,) = panel.gaps
    assert (gap.since, gap.dates) == (DAYS[0], 1)
    assert "its record begins on 2026-01-31" in gap.why
    (group,) = panel.groups
    assert [(one.since, one.origin.as_of) for one in group.snapshots] == [
        (DAYS[40], DAYS[30]),
        (DAYS[100], DAYS[90]),
    ]
    assert group.max_age_days == 10
    assert list(panel.count_members()) == [
        (DAYS[0], None, 0, 0),
        (DAYS[40], 1, 0, 0),
        (DAYS[100], 1, 0, 0),
    ]


def test_todays_sectors_answer_with_a_warning(panelled: Store) -> None:
    days = [DAYS[60], DAYS[120]]
    panel = find_panel(panelled, "universe:all & sector:energy", days)
    told = (
        "the sector of each stock is recorded from 2026-04-11 on: today's is used for other dates"
    )
    assert panel.warnings == (told,)
    assert panel.symbols == ["AAA", "CCC"]
    assert find_panel(panelled, "universe:all & sector:energy", days[1:]).warnings == ()
    with pytest.raises(UsageError, match="is not recorded"):
        find_panel(panelled, "sector:energy", days, moment=Moment(LAST, dt.datetime.now(dt.UTC)))
    with pytest.raises(UsageError, match="what was public about sector:energy"):
        find_panel(panelled, "FILED & sector:energy", days, as_published=True)
    assert "only for today" in find_panel(panelled, "industry:Widgets", days).warnings[0]


def test_what_is_not_there_is_refused_with_its_column(panelled: Store) -> None:
    with pytest.raises(StockgroupsError, match="no stock 'THREE'") as caught:
        find_panel(panelled, "FUNDA | THREE", DAYS)
    assert caught.value.column == 9
    with pytest.raises(NotFoundError, match="its record begins"):
        find_panel(panelled, "FUNDA", DAYS[:10])
    with pytest.raises(StaleError, match="--max-age is 0"):
        find_panel(panelled, "universe:all", DAYS[1:10], moment=Moment(LAST, max_age=0))


def test_frames_are_the_same_without_numpy(
    panelled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = find_panel(panelled, "FUNDA | RENAMED", DAYS)
    frames = panel.to_pandas(), panel.to_polars(), panel.to_arrow()
    rows = panel.rows()
    assert len(panel) == len(rows) == len(frames[0])
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert panel.rows() == rows
    monkeypatch.undo()
    assert frames[2].to_pylist()[0]["date"] == dt.date.fromisoformat(rows[0]["date"])
    assert frames[1].to_dicts() == frames[2].to_pylist()
    assert [str(day.date()) for day in frames[0]["date"]] == [row["date"] for row in rows]
    single = find_panel(panelled, "FUNDA", DAYS[-5:])
    assert single.has_weights
    assert single.to_arrow().to_pylist()[0]["weight"] == single.rows()[0]["weight"]


def test_wide_panels_tell_absent_from_unknown(panelled: Store) -> None:
    panel = find_panel(panelled, "RENAMED | FUNDA", [DAYS[0], DAYS[-1]])
    assert [gap.dates for gap in panel.gaps] == [1]
    frame = panel.to_wide().to_pandas().set_index("date")
    assert list(frame.columns) == panel.symbols
    assert frame.iloc[0].isna().all()
    assert frame.iloc[1].all()
    single = find_panel(panelled, "FUNDA", DAYS[-100:]).to_wide(weights=True)
    wide = single.to_pandas().set_index("date")
    long = single.panel.to_pandas().pivot_table(index="date", columns="symbol", values="weight")
    pd.testing.assert_frame_equal(
        wide.where(wide > 0), long, check_names=False, check_freq=False, check_index_type=False
    )
    assert single.to_dict()["members"][0].keys() == {"date", *single.panel.symbols}
