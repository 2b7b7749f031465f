"""A month of days: what comes, what is refused, who hears of it, and what the history is then."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from fetch.replay import Asked, Hands, Reply, serve
from fetch.test_fetch import CONTACT, ISHARES, SSGA
from holdings_files import _SSGA_HEADER, _write_workbook, write_ishares
from stockgroups.catalog import load_catalog
from stockgroups.fetch import FetchOptions
from stockgroups.fetch.folder import Folder
from stockgroups.jobs.daily import run_day
from stockgroups.jobs.daily_report import DailyReport, Event
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.store import Store

SPY = "SPDR® S&P 500® ETF Trust"
IVV = "iShares Core S&P 500 ETF"
CUSIPS = {
    "AAPL": "037833100",
    "MSFT": "594918104",
    "XOM": "30231G102",
    "OLDQ": "88160R101",
    "NEWQ": "88160R101",
    "KO": "191216100",
    "PEP": "713448108",
}
JUNE = [dt.date(2026, 6, day) for day in range(1, 31)]


def day_before(day: dt.date) -> dt.date:
    """The last trading day before a day."""
    back = day - dt.timedelta(days=1)
    return back if back.weekday() < 5 else day_before(back)


def spy_members(day: dt.date) -> dict[str, float]:
    """A stock gets another ticker on the 9th; another one comes for Exxon on the 16th."""
    renamed = "OLDQ" if day < dt.date(2026, 6, 9) else "NEWQ"
    last = "XOM" if day < dt.date(2026, 6, 16) else "PEP"
    return {"AAPL": 0.4, "MSFT": 0.3, renamed: 0.15, "KO": 0.1, last: 0.05}


def workbook(
    path: Path, day: dt.date, weights: Mapping[str, float], label: str, ticker: str = "SPY"
) -> bytes:
    header = [label if cell == "Weight" else cell for cell in _SSGA_HEADER]
    rows = [
        ("Fund Name:", SPY),
        ("Ticker Symbol:", ticker),
        ("Holdings:", f"As of {day:%d-%b-%Y}"),
        (),
        (*header, "Local Currency"),
        *(
            (
                f"NAME OF {CUSIPS[symbol]}",
                symbol,
                CUSIPS[symbol],
                "-",
                100 * weight,
                "-",
                1000.0,
                "USD",
            )
            for symbol, weight in weights.items()
        ),
    ]
    return _write_workbook(path, rows).read_bytes()


class Month:
    """What the publishers serve each day of June."""

    def __init__(self, folder: Path) -> None:
        self.today = JUNE[0]
        self._made = folder / "made.xlsx"

    def play(self, asked: Asked) -> Reply:
        """The file of the day before, except where the story says otherwise."""
        day = day_before(self.today)
        if f"{asked.host}{asked.path}" == ISHARES.format(239726):
            # From the 16th on the same file again and again.
            day = min(day, dt.date(2026, 6, 15))
            values = {"AAPL": 500.0, "MSFT": 300.0, "KO": 200.0}
            made = write_ishares(self._made.with_suffix(".csv"), IVV, day, values)
            return Reply(made.read_bytes() + b"\n")
        assert f"{asked.host}{asked.path}" == SSGA.format("spy")
        match self.today.day:
            case 11:  # a day that is missing
                return Reply(b"gone", 404)
            case 12:  # a poisoned file: other weights, all of them known stocks
                poisoned = {"PEP": 0.9, "KO": 0.1}
                return Reply(workbook(self._made, day, poisoned, "Weight"))
            case 18:  # another format, from one day to the next
                return Reply(workbook(self._made, day, spy_members(day), "Gewicht"))
            case 19:  # a page
                return Reply(b"<!DOCTYPE html><title>Maintenance</title>")
            case 22:  # another fund's file
                return Reply(workbook(self._made, day, spy_members(day), "Weight", "XLE"))
            case 23:  # that of the last good day again
                day = dt.date(2026, 6, 16)
            case 24:  # a list that was cut
                first = dict([*spy_members(day).items()][:2])
                return Reply(workbook(self._made, day, first, "Weight"))
        return Reply(workbook(self._made, day, spy_members(day), "Weight"))


def test_a_month_ends_with_the_right_history_and_the_right_alerts(
    store: Store, tmp_path: Path
) -> None:
    shipped = load_catalog()
    funds = {ticker: shipped.etfs[ticker] for ticker in ("SPY", "IVV")}
    store.catalog = replace(
        shipped,
        etfs=MappingProxyType(funds),
        themes=MappingProxyType({}),
        universes=MappingProxyType({}),
    )
    root = tmp_path / "holdings"
    clock = Hands(dt.datetime(2026, 6, 1, tzinfo=dt.UTC))
    month = Month(tmp_path)
    events: list[Event] = []
    reports: dict[int, DailyReport] = {}
    with serve(clock) as replay:
        replay.play = month.play  # type: ignore[method-assign]
        fetched = FetchOptions(("ssga", "ishares"), accept_terms=True, replay=replay.url)
        options = LoadOptions(holdings_dir=root, proxies=False)
        for day in JUNE:
            if day.weekday() >= 5:
                continue
            month.today = day
            clock.set(day)
            reports[day.day] = run_day(
                store, options, fetched, day, f"run-{day.day}", on_event=events.append, clock=clock
            )
        # A second run beside this one downloads nothing, and does the rest.
        with Folder(root).open():
            beside = run_day(store, options, fetched, day, "beside", clock=clock)
    assert "another fetch is running" in beside.steps[0].failures[0]
    assert [step.passed for step in beside.steps[:3]] == [False, True, True]
    told = {
        day: [step.step for step in report.steps if not step.passed]
        for day, report in reports.items()
        if not report.passed
    }
    assert told == {
        11: ["fetch"],
        12: ["fetch"],
        18: ["fetch"],
        19: ["fetch"],
        22: ["fetch"],
        24: ["fetch"],
        # IVV is of the 15th: eleven days are too many.
        26: ["freshness"],
        29: ["freshness"],
        30: ["freshness"],
    }
    failures = {day: " ".join(reports[day].steps[0].failures) for day in (11, 12, 18, 19, 22, 24)}
    assert "no file there (status 404)" in failures[11]
    assert "removed between 2026-06-09 and 2026-06-11" in failures[12]
    assert "most like the format ssga_us, which also has Weight" in failures[18]
    assert "a web page, not the file: 'Maintenance'" in failures[19]
    assert "got SPDR® S&P 500® ETF Trust (XLE): another fund's file" in failures[22]
    assert "the weights of its 2 rows sum to 70 instead of 100" in failures[24]
    lines = map(json.loads, (root / ".fetch" / "manifest.jsonl").read_text().splitlines())
    became = {line["time"][8:10]: line["outcome"] for line in lines if line["subject"] == "SPY"}
    assert {day: told for day, told in became.items() if told != "accepted"} == {
        "11": "failed",
        **dict.fromkeys(("12", "18", "19", "22", "24"), "refused"),
        "23": "unchanged",
    }
    warned = {event.message[:4] for event in events if event.level == "warning"}
    assert warned == {"IVV:", "SPY:"}  # no good file of SPY from the 18th to the 24th
    # The history is that of the good files alone.
    days = store.connection.execute(
        "SELECT array_agg(s.as_of ORDER BY s.as_of) FROM stockgroups.snapshots s"
        " JOIN stockgroups.group_registry r ON r.id = s.group_id WHERE r.name = 'SPY'"
    ).fetchone()
    good = {
        day_before(day)
        for day in JUNE
        if day.weekday() < 5 and day.day not in {11, 12, 18, 19, 22, 23, 24}
    }
    assert days == (sorted(good),)
    spans = store.connection.execute(
        "SELECT symbol, valid_from::text, valid_to::text FROM stockgroups.intervals"
        " WHERE environment = 'TEST' AND group_name = 'SPY' ORDER BY symbol"
    ).fetchall()
    assert spans == [
        ("AAPL", "2026-05-29", None),
        ("KO", "2026-05-29", None),
        ("MSFT", "2026-05-29", None),
        ("NEWQ", "2026-05-29", None),
        ("PEP", "2026-06-16", None),
        ("XOM", "2026-05-29", "2026-06-16"),
    ]
    # As of each day, weekends and days without a good file too, the answer is the last good file's.
    for day in JUNE:
        last = max(one for one in good if one <= day)
        answer = find_group(store, GroupType.ETF, "SPY", Moment(day))
        assert answer.as_of == last
        symbols = {"NEWQ" if one == "OLDQ" else one for one in spy_members(last)}
        assert {one.symbol for one in answer.holdings} == symbols
    # Each day asked each fund once, and a fault three times at most.
    asked = [(replayed.host, int(replayed.at // 86_400)) for replayed in replay.asked]
    assert len(asked) == len(set(asked)) == 2 * len(reports)
    assert CONTACT not in str([replayed.headers for replayed in replay.asked])


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_dry_day_changes_nothing(store: Store, tmp_path: Path, dry_run: bool) -> None:
    root = tmp_path / "holdings"
    write_ishares(root / "IVV_a.csv", IVV, dt.date(2026, 6, 1), {"AAPL": 6.0, "KO": 4.0})
    options = LoadOptions(holdings_dir=root, proxies=False, dry_run=dry_run)
    report = run_day(store, options, None, dt.date(2026, 6, 3), "run")
    (count,) = store.connection.execute("SELECT count(*) FROM stockgroups.loads").fetchone() or (0,)
    assert (count == 0) == dry_run
    assert [step.step for step in report.steps][:2] == ["reference", "load"]
    assert report.steps[1].failures == ()
