"""Whole pasts of universes, loaded in one go; and projections made anew."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import pytest

from samples import make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.errors import SourceError
from stockgroups.jobs.history import HistoryReport, load_history
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.rebuild import rebuild
from stockgroups.model import GroupType
from stockgroups.queries.moments import Moment
from stockgroups.queries.past import find_past_group
from stockgroups.store.apply import apply
from tables import dump, read_members, read_one

INTERVALS = """ticker,start_date,end_date
AAA,2000-01-03,
BBB,2000-01-03,2001-06-01
BRK/B,2001-06-01,2002-02-01
BBB,2003-01-01,
"""


def load(
    connection: Connection, catalog: Catalog, folder: Path, text: str, *, dry_run: bool = False
) -> HistoryReport:
    path = folder / "past.csv"
    path.write_text(text)
    return load_history(connection, "TEST", catalog, path, "My Index", dry_run=dry_run)


def members(connection: Connection, on: str, name: str = "my_index") -> list[str]:
    moment = Moment(dt.date.fromisoformat(on))
    answer = find_past_group(connection, "TEST", GroupType.UNIVERSE, name, moment)
    return [member.symbol for member in answer.members]


def test_a_past_is_loaded_once(connection: Connection, catalog: Catalog, tmp_path: Path) -> None:
    before = dump(connection)
    assert load(connection, catalog, tmp_path, INTERVALS, dry_run=True).plan.changes_anything
    assert dump(connection) == before
    report = load(connection, catalog, tmp_path, INTERVALS)
    assert len(report.group.to_record) == 4
    assert members(connection, "2001-05-31") == ["AAA", "BBB"]
    assert members(connection, "2001-06-01") == ["AAA", "BRK.B"]
    assert members(connection, "2002-12-31") == ["AAA"]
    assert list(read_members(connection, "my_index", "UNIVERSE")) == ["AAA", "BBB"]
    assert not load(connection, catalog, tmp_path, INTERVALS).plan.changes_anything


def test_a_corrected_past_takes_the_old_dates_back(
    connection: Connection, catalog: Catalog, tmp_path: Path
) -> None:
    load(connection, catalog, tmp_path, INTERVALS)
    corrected = INTERVALS.replace("2001-06-01", "2001-07-01")
    report = load(connection, catalog, tmp_path, corrected)
    assert report.amended == 1
    assert members(connection, "2001-06-15") == ["AAA", "BBB"]
    assert members(connection, "2001-07-01") == ["AAA", "BRK.B"]
    assert validate_history(connection, catalog)


def test_changes_build_upon_the_record(
    connection: Connection, catalog: Catalog, tmp_path: Path
) -> None:
    load(connection, catalog, tmp_path, INTERVALS)
    changes = "date,add,remove\n2003-05-01,CCC,AAA\n2003-06-02,AAA,\n"
    load(connection, catalog, tmp_path, changes)
    assert members(connection, "2003-05-01") == ["BBB", "CCC"]
    assert members(connection, "2003-06-02") == ["AAA", "BBB", "CCC"]
    assert not load(connection, catalog, tmp_path, changes).plan.changes_anything
    with pytest.raises(SourceError, match="removes ZZZ"):
        load(connection, catalog, tmp_path, "date,add,remove\n2004-01-01,,ZZZ\n")


def validate_history(connection: Connection, catalog: Catalog) -> bool:
    sections = {section.name: section for section in validate(connection, "TEST", catalog).sections}
    facts = {fact.label: fact.value for fact in sections["relationships"].facts}
    return facts["Intervals of history that differ"] == 0


def test_validation_names_what_differs_and_a_rebuild_mends_it(
    connection: Connection, catalog: Catalog
) -> None:
    files = [make_snapshot({"AAPL": 0.5, f"S{n}": 0.5}, dt.date(2026, 1, n + 1)) for n in range(3)]
    apply(connection, "TEST", [make_fund("SPY", *files)])
    build_metadata(connection, "TEST", catalog)
    assert validate_history(connection, catalog)
    sound = dump(connection)
    connection.execute("DELETE FROM stockgroups.membership_history WHERE valid_to = 'infinity'")
    connection.execute("UPDATE group_memberships SET weight = 0.1")
    sections = {section.name: section for section in validate(connection, "TEST", catalog).sections}
    found = [
        (f.group, f.symbol, f.message)
        for f in sections["relationships"].findings
        if "history" in f.message
    ]
    assert found == [
        ("SPY", "AAPL", "its stay from 2026-01-01 on is not in the history"),
        ("SPY", "S2", "its stay from 2026-01-03 on is not in the history"),
    ]
    report = rebuild(connection, "TEST")
    assert (len(report.intervals), report.plan.changes_anything) == (2, True)
    assert (
        read_one(connection, "SELECT count(*) FROM stockgroups.loads WHERE kind = 'rebuild'") == 2
    )
    mended = dump(connection)
    for table in ("stockgroups.membership_history", "stockgroups.snapshots"):
        assert mended[table] == sound[table]
    assert validate_history(connection, catalog)
    again = rebuild(connection, "TEST")
    assert not again.intervals
    assert not again.plan.changes_anything


def test_the_real_index_since_1996(
    connection: Connection, catalog: Catalog, holdings: Path
) -> None:
    path = holdings / "pit" / "sp500_ticker_start_end.csv"
    load_history(connection, "TEST", catalog, path, "sp500")
    rows = [line.split(",") for line in path.read_text().splitlines()[1:]]
    dice = random.Random(11)
    for _ in range(200):
        day = dt.date(1996, 1, 2) + dt.timedelta(days=dice.randrange(10_900))
        on = str(day)
        expected = {t for t, start, end in rows if start <= on and (not end or on < end)}
        assert members(connection, on, "sp500") == sorted(expected), on
    assert validate_history(connection, catalog)
