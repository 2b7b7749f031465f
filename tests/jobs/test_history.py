"""Whole pasts of universes, loaded in one go; and projections made anew."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from samples import make_fund, make_snapshot
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.errors import GuardError, SourceError
from stockgroups.findings import Finding
from stockgroups.jobs.history import HistoryReport, load_history
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.rebuild import rebuild
from stockgroups.model import GroupType
from stockgroups.queries.groups import find_group
from stockgroups.queries.moments import Moment
from stockgroups.record.apply import apply
from stockgroups.record.figures import list_figures
from stockgroups.store import Store
from tables import dump, read_members, read_one

INTERVALS = """ticker,start_date,end_date
AAA,2000-01-03,
BBB,2000-01-03,2001-06-01
BRK/B,2001-06-01,2002-02-01
BBB,2003-01-01,
"""


def load(
    store: Store,
    folder: Path,
    text: str,
    *,
    dry_run: bool = False,
    accept: frozenset[str] = frozenset(),
) -> HistoryReport:
    path = folder / "past.csv"
    path.write_text(text)
    return load_history(store, path, "My Index", dry_run=dry_run, accept=accept)


def members(store: Store, on: str, name: str = "my_index") -> list[str]:
    moment = Moment(dt.date.fromisoformat(on))
    answer = find_group(store, GroupType.UNIVERSE, name, moment)
    return [str(member.reported_symbol) for member in answer.holdings]


def test_a_past_is_loaded_once(connection: Connection, store: Store, tmp_path: Path) -> None:
    before = dump(connection)
    assert load(store, tmp_path, INTERVALS, dry_run=True).plan.changes_anything
    assert dump(connection) == before
    report = load(store, tmp_path, INTERVALS)
    assert len(report.group.to_record) == 4
    assert members(store, "2001-05-31") == ["AAA", "BBB"]
    assert members(store, "2001-06-01") == ["AAA", "BRK.B"]
    assert members(store, "2002-12-31") == ["AAA"]
    assert list(read_members(connection, "my_index", "UNIVERSE")) == ["AAA", "BBB"]
    assert not load(store, tmp_path, INTERVALS).plan.changes_anything


def test_a_corrected_past_takes_the_old_dates_back(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, INTERVALS)
    corrected = INTERVALS.replace("2001-06-01", "2001-07-01")
    told = load(store, tmp_path, corrected, dry_run=True)
    report = load(store, tmp_path, corrected)
    assert told.amended == report.amended == 1
    assert list_figures(told.plan) == list_figures(report.plan)
    assert members(store, "2001-06-15") == ["AAA", "BBB"]
    assert members(store, "2001-07-01") == ["AAA", "BRK.B"]
    assert validate_history(store)


def test_changes_build_upon_the_record(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, INTERVALS)
    changes = "date,add,remove\n2003-05-01,CCC,AAA\n2003-06-02,AAA,\n"
    load(store, tmp_path, changes)
    assert members(store, "2003-05-01") == ["BBB", "CCC"]
    assert members(store, "2003-06-02") == ["AAA", "BBB", "CCC"]
    assert not load(store, tmp_path, changes).plan.changes_anything
    with pytest.raises(SourceError, match="removes ZZZ"):
        load(store, tmp_path, "date,add,remove\n2004-01-01,,ZZZ\n")


def validate_history(store: Store) -> bool:
    sections = {section.name: section for section in validate(store).sections}
    facts = {fact.label: fact.value for fact in sections["relationships"].facts}
    return facts["Intervals of history that differ"] == 0


def test_validation_names_what_differs_and_a_rebuild_mends_it(
    connection: Connection, store: Store
) -> None:
    files = [make_snapshot({"AAPL": 0.5, f"S{n}": 0.5}, dt.date(2026, 1, n + 1)) for n in range(3)]
    apply(store, [make_fund("SPY", *files)])
    build_metadata(store)
    assert validate_history(store)
    sound = dump(connection)
    connection.execute("DELETE FROM stockgroups.membership_history WHERE valid_to = 'infinity'")
    connection.execute("UPDATE group_memberships SET weight = 0.1")
    sections = {section.name: section for section in validate(store).sections}
    found = [
        (f.group, f.symbol, f.message)
        for f in sections["relationships"].findings
        if "history" in f.message
    ]
    assert found == [
        ("SPY", "AAPL", "its interval from 2026-01-01 onward is not in the history"),
        ("SPY", "S2", "its interval from 2026-01-03 onward is not in the history"),
    ]
    report = rebuild(store)
    assert (len(report.intervals), report.plan.changes_anything) == (2, True)
    assert (
        read_one(connection, "SELECT count(*) FROM stockgroups.loads WHERE kind = 'rebuild'") == 2
    )
    mended = dump(connection)
    assert mended["stockgroups.membership_history"] == sound["stockgroups.membership_history"]
    # What stood there instead is on record now, and counts no longer.
    sources = "SELECT array_agg(DISTINCT source) FROM stockgroups.snapshots WHERE id > 3"
    assert read_one(connection, sources) == ["external"]
    assert validate_history(store)
    again = rebuild(store)
    assert not again.intervals
    assert not again.plan.changes_anything


def test_the_real_index_since_1996(store: Store, holdings: Path) -> None:
    path = holdings / "pit" / "sp500_ticker_start_end.csv"
    load_history(store, path, "sp500")
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    dice = random.Random(11)
    for _ in range(60):
        day = dt.date(1996, 1, 2) + dt.timedelta(days=dice.randrange(10_900))
        on = str(day)
        expected = {t for t, start, end in rows if start <= on and (not end or on < end)}
        assert members(store, on, "sp500") == sorted(expected), on
    assert validate_history(store)


def test_dates_to_come_wait(connection: Connection, store: Store, tmp_path: Path) -> None:
    report = load(store, tmp_path, "date,tickers\n2020-01-02,AAA\n2098-01-02,BBB\n")
    assert report.waiting == 1
    assert list(read_members(connection, "my_index", "UNIVERSE")) == ["AAA"]
    with pytest.raises(SourceError, match="are in the future"):
        load(store, tmp_path, "date,tickers\n2098-01-02,BBB\n")


def make_past(symbols: int, ends: str = "") -> str:
    """A history of so many members since 2000, of which one more comes each month of 2001."""
    letters = "ABCDEFGHIJ"
    rows = [f"S{letters[n // 10]}{letters[n % 10]},2000-01-03,{ends}" for n in range(symbols)]
    rows += [f"TT{'ABCDEFGHIJKLM'[n]},2001-{n:02d}-01," for n in range(1, 13)]
    return "\n".join(["ticker,start_date,end_date", *rows, ""])


def test_half_a_past_is_refused_beside_the_whole(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    whole = make_past(100)
    load(store, tmp_path, whole)
    before = dump(connection)
    half = "\n".join([*whole.splitlines()[:51], *whole.splitlines()[-12:], ""])
    with pytest.raises(
        GuardError,
        match=r"on 2000-01-03 50 of the 100 recorded members .* the 50 in this file; "
        r"as on 13 of 13 recorded dates.*--accept shrink",
    ):
        load(store, tmp_path, half)
    assert dump(connection) == before
    report = load(store, tmp_path, half, accept=frozenset({"shrink"}))
    assert report.last_count == 62
    (suspicion,) = report.suspicions
    findings = validate_etfs(store)
    (finding,) = [f for f in findings if f.details.get("guard") == "shrink"]
    assert suspicion.message in finding.message
    report = load(store, tmp_path, whole)
    assert report.restored == 13
    assert len(members(store, "2000-01-03")) == 100
    assert len(members(store, "2001-12-01")) == 112
    assert not any("guard" in finding.details for finding in validate_etfs(store))


def validate_etfs(store: Store) -> list[Finding]:
    sections = validate(store).sections
    return next(section for section in sections if section.name == "etfs").findings


def test_a_past_that_falls_to_a_few_members_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(GuardError, match="112 members before 2002-06-03 and 12 from then on"):
        load(store, tmp_path, make_past(100, ends="2002-06-03"))


def test_a_small_correction_of_a_past_is_no_damage(store: Store, tmp_path: Path) -> None:
    load(store, tmp_path, make_past(100))
    corrected = make_past(100).replace("SAH,2000-01-03", "SAH,2000-02-01")
    assert load(store, tmp_path, corrected).suspicions == ()


def test_sorted_tickers_that_end_in_the_middle_of_the_alphabet_are_cut(
    store: Store, tmp_path: Path
) -> None:
    rows = [f"{a}{b},2000-01-03," for a in "ABCDEFGHIJKLM" for b in "ABCDEFGHIJKLMNOPQ"]
    text = "\n".join(["ticker,start_date,end_date", *rows, ""])
    with pytest.raises(GuardError, match=r"221 tickers .* end with MQ.*--accept truncated"):
        load(store, tmp_path, text)
