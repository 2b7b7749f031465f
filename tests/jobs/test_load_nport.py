"""Loading N-PORT filings: which funds, which days, which symbols; again, and after a kill."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_sets import Filed, fund_list, make_tables, write_tables
from directory_files import make_fails
from jobs.test_kill import FORKED
from readers.nport_files import APPLE, MICROSOFT, SAP, filing, spread, submission
from stockgroups.catalog import load_catalog
from stockgroups.cli.main import run
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.errors import AmbiguousFileError, NotFoundError, UsageError, WrongFundError
from stockgroups.jobs import nport_record
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.identity import settle_identity
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.nport import load_nport
from stockgroups.jobs.nport_report import NportOptions, NportReport, Outcome, Progress
from stockgroups.store import Store
from tables import read_members, read_one

DAY = "2024-01-31"
CLASSES = (
    (1234, "S000000001", "C000000001", "SOMEX"),
    (1234, "S000000001", "C000000002", "SOME"),
    (1234, "S000000002", "C000000003", "OTHAX"),
    (1234, "S000000003", "C000000004", "BOND"),
)
HALVES = [APPLE | {"pctVal": "60"}, MICROSOFT | {"pctVal": "39"}]
BONDS = [{"pctVal": "99", "assetCat": "DBT", "units": "PA"}]
ONE, TWO, THREE, FOUR = (f"0001234567-24-00000{n}" for n in (1, 2, 3, 4))
QUARTER = [
    Filed(ONE, HALVES),
    Filed(TWO, [APPLE | {"pctVal": "99"}], series="S000000002", name="Other Fund"),
    Filed(THREE, BONDS, series="S000000003", name="Bond ETF"),
    Filed(FOUR, HALVES[:1], series="S000000001", day="29-FEB-2024", filed="26-APR-2024"),
]


@pytest.fixture
def register(connection: Connection, tmp_path: Path) -> None:
    """Which classes the funds have."""
    path = tmp_path / "company_tickers_mf_2024-04-01.json"
    path.write_bytes(fund_list(*CLASSES))
    assert not load_directories(connection, [path]).refused


def load(store: Store, path: Path, funds: str = "etf", **more: Any) -> NportReport:
    told = funds if funds in ("etf", "all") else funds.split(",")
    return load_nport(store, path, NportOptions(told, **more))


def outcomes(report: NportReport) -> dict[str, Outcome]:
    return {one.file.rpartition("/")[2]: one.outcome for one in report.filings}


def write(path: Path, positions: list[dict[str, str]], **header: str) -> Path:
    path.write_bytes(filing(spread(positions), **header))
    return path


@pytest.mark.usefixtures("register")
def test_the_etfs_of_a_quarter(connection: Connection, store: Store, tmp_path: Path) -> None:
    path = write_tables(tmp_path / "2024q1_nport.zip", make_tables(QUARTER))
    shares: list[float] = []
    report = load_nport(store, path, NportOptions(), lambda at: shares.append(at.share))
    assert outcomes(report) == {
        ONE: Outcome.NEW,
        THREE: Outcome.WITHOUT_STOCKS,
        FOUR: Outcome.REFUSED,  # 60 % of the fund
    }
    assert dict(report.not_asked) == {"not an ETF by the form of its ticker": 1}
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert read_members(connection, "SOME") == {"US0378331005": 0.6, "US5949181045": 0.39}
    row = connection.execute(
        "SELECT s.file_name, s.as_of, s.net_assets, s.source, s.issuer, s.published_on,"
        " s.receipt -> 'filing' FROM stockgroups.snapshots s"
    ).fetchone()
    assert row is not None
    assert row[:2] == (f"2024q1_nport.zip/{ONE}", dt.date(2024, 1, 31))
    assert row[2:6] == (1e5, "nport", "SOME TRUST", dt.date(2024, 3, 28))
    assert row[6] == {
        "form": "NPORT-P",
        "accession": ONE,
        "cik": 1234,
        "registrant": "SOME TRUST",
        "series_id": "S000000001",
        "fund_name": "Some Stock ETF",
    }
    again = load(store, path)
    assert outcomes(again)[ONE] is Outcome.UNCHANGED
    assert again.loads == []
    # The same filings from a folder, and one of them in XML, say the same.
    folder = write_tables(tmp_path / "folder", make_tables(QUARTER))
    assert outcomes(load(store, folder))[ONE] is Outcome.UNCHANGED
    one = write(tmp_path / "primary_doc.xml", HALVES)
    assert outcomes(load(store, one)) == {"primary_doc.xml": Outcome.UNCHANGED}
    everything = load(store, path, "all")
    assert outcomes(everything)[TWO] is Outcome.NEW
    assert read_members(connection, "OTHAX") == {"US0378331005": 0.99}
    named = load(store, path, "OTHAX,S000000003")
    assert outcomes(named) == {TWO: Outcome.UNCHANGED, THREE: Outcome.WITHOUT_STOCKS}
    assert dict(named.not_asked) == {"not among --funds": 2}


@pytest.mark.usefixtures("register")
def test_which_fund_a_filing_in_xml_is_of(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "filings"
    folder.mkdir()
    write(folder / "a.xml", HALVES)
    write(folder / "b.xml", HALVES, series="S000000002", name="Other Fund")
    write(folder / "c.xml", HALVES, series="S000000009", name="Unknown Fund")
    write(folder / "OTHR_2024-01-31.xml", HALVES)
    text = submission(filing(spread(HALVES), series="S000000008"), ticker="TOLD")
    (folder / "d.txt").write_bytes(text.replace(b"<SERIES-ID>S000000001", b"<SERIES-ID>S000000008"))
    report = load(store, folder)
    assert outcomes(report) == {
        "OTHR_2024-01-31.xml": Outcome.REFUSED,
        "a.xml": Outcome.NEW,
        "b.xml": Outcome.NOT_ASKED,
        "c.xml": Outcome.NOT_ASKED,
        "d.txt": Outcome.NEW,
    }
    assert isinstance(report.failures[0], WrongFundError)  # a sibling under another's name
    assert {one.file: one.fund for one in report.filings}["d.txt"] == "TOLD"
    assert read_members(connection, "TOLD") == read_members(connection, "SOME")
    dated = load(store, folder / "a.xml", filed_on=dt.date(2024, 3, 28))
    assert [one.filed_on for one in dated.filings] == [dt.date(2024, 3, 28)]
    everything = load(store, folder, "all")
    assert {one.file: one.fund for one in everything.filings}["c.xml"] == "S000000009"
    early = load(store, folder / "b.xml", "all", filed_on=dt.date(2024, 1, 1), rebuild=True)
    assert "before its as-of date" in str(early.failures[0])


def test_without_a_register_only_files_that_tell_their_fund_are_loaded(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    path = write_tables(tmp_path / "2024q1_nport.zip", make_tables(QUARTER))
    with pytest.raises(NotFoundError, match="no list says which funds are ETFs") as caught:
        load(store, path)
    assert "load-directory" in (caught.value.remedy or "")
    with pytest.raises(UsageError):
        load(store, tmp_path / "nothing.zip")
    unknown = load(store, write(tmp_path / "primary_doc.xml", HALVES))
    assert isinstance(unknown.failures[0], AmbiguousFileError)
    assert outcomes(load(store, write(tmp_path / "MINE_2024.xml", HALVES))) == {
        "MINE_2024.xml": Outcome.NEW
    }
    assert load(store, path, "all").counts[Outcome.NEW] == 2


def fails(folder: Path, *rows: tuple[str, str, str, str]) -> Path:
    path = folder / f"cnsfails{rows[0][0][:6]}a.txt"
    path.write_bytes(make_fails(*rows))
    return path


@pytest.mark.usefixtures("register")
def test_a_late_register_gives_the_symbols_of_the_day(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    old = {"pctVal": "40", "name": "Old Things Inc", "cusip": "88160R101"}  # no ISIN: unresolved
    write(tmp_path / "a.xml", [old, APPLE | {"pctVal": "59"}, SAP | {"pctVal": "1"}], day=DAY)
    assert load(store, tmp_path / "a.xml").counts[Outcome.NEW] == 1
    assert read_members(connection, "SOME") == {"US0378331005": 0.59, "DE0007164600": 0.01}
    before = read_one(connection, "SELECT count(*) FROM stockgroups.snapshots")
    apple = ("037833100", "AAPL", "APPLE INC COM")
    files = [
        fails(tmp_path, ("20240102", "88160R101", "OLDT", "OLD THINGS"), ("20240109", *apple)),
        fails(tmp_path, ("20240603", "88160R101", "NEWT", "OLD THINGS"), ("20240603", *apple)),
    ]
    assert not load_directories(connection, files).refused
    settle_identity(connection, store.catalog)
    assert read_members(connection, "SOME") == {
        "AAPL": 0.59,
        "DE0007164600": 0.01,
        "NEWT": 0.4,
    }
    shown = connection.execute(
        "SELECT y.symbol FROM stockgroups.security_symbols y JOIN stockgroups.securities s"
        " ON s.id = y.security_id WHERE s.symbol = 'NEWT' AND y.valid_from <= %s"
        " AND %s < y.valid_to",
        (DAY, DAY),
    ).fetchall()
    assert shown == [("OLDT",)]
    assert read_one(connection, "SELECT count(*) FROM stockgroups.snapshots") == before


@pytest.mark.usefixtures("register")
def test_filings_without_a_day_of_filing(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    original = write(tmp_path / "a.xml", HALVES)
    amended = [APPLE | {"pctVal": "98"}]
    amendment = write(tmp_path / "b.xml", amended, form="NPORT-P/A")
    for order in ([original, amendment], [amendment, original]):
        with connection.transaction(force_rollback=True):
            last = [load(store, path) for path in order][-1]
            assert read_members(connection, "SOME") == {"US0378331005": 0.98}
            if order[-1] == original:
                assert outcomes(last) == {"a.xml": Outcome.SUPERSEDED}
    assert load(store, original, filed_on=dt.date(2024, 3, 28)).counts[Outcome.NEW] == 1
    [refusal] = load(store, amendment).failures
    assert "give the date with `stockgroups load-nport --filed-on`" in str(refusal)
    assert load(store, amendment, filed_on=dt.date(2024, 5, 2)).counts[Outcome.NEW] == 1
    assert read_members(connection, "SOME") == {"US0378331005": 0.98}


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize("together", [True, False])
def test_an_amendment_without_its_day_of_filing_replaces_a_dated_original(
    connection: Connection, store: Store, tmp_path: Path, *, together: bool
) -> None:
    write(tmp_path / "b.xml", [APPLE | {"pctVal": "98"}], form="NPORT-P/A")
    if not together:
        assert not load(store, tmp_path / "b.xml").failures
    write_tables(tmp_path / "2024q1_nport.zip", make_tables(QUARTER))
    report = load(store, tmp_path)
    assert outcomes(report)[ONE] is Outcome.SUPERSEDED
    assert read_members(connection, "SOME") == {"US0378331005": 0.98}
    # With its day, the amendment may well be this filing.
    again = [Filed(FOUR, HALVES, filed="02-MAY-2024", form="NPORT-P/A")]
    write_tables(tmp_path / "2024q2_nport.zip", make_tables(again))
    assert outcomes(load(store, tmp_path / "2024q2_nport.zip")) == {FOUR: Outcome.NEW}
    assert read_members(connection, "SOME") == {"US0378331005": 0.6, "US5949181045": 0.39}


@pytest.mark.usefixtures("register")
def test_the_usual_load_knows_a_filings_fund(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "holdings"
    folder.mkdir()
    write(folder / "primary_doc.xml", HALVES)
    write(folder / "VOO_2024-01-31.xml", HALVES)
    write(folder / "other.xml", HALVES, series="S000000009", name="Unknown Fund")
    report = load_etfs(store, LoadOptions(folder, proxies=False))
    assert read_members(connection, "SOME") == {"US0378331005": 0.6, "US5949181045": 0.39}
    refused = sorted(str(error) for error in report.failures)
    assert len(refused) == 2
    assert "name says VOO, its content Some Stock ETF (SOME)" in refused[0]
    assert "company_tickers_mf.json" in refused[1]
    assert not load_etfs(store, LoadOptions(folder, proxies=False)).plan.changes_anything


@pytest.mark.usefixtures("register")
def test_a_filing_in_utf_16_is_read(connection: Connection, store: Store, tmp_path: Path) -> None:
    path = tmp_path / "primary_doc.xml"
    text = filing(spread(HALVES)).decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    path.write_bytes(text.encode("utf-16"))
    assert outcomes(load(store, path)) == {"primary_doc.xml": Outcome.NEW}
    assert read_members(connection, "SOME") == {"US0378331005": 0.6, "US5949181045": 0.39}


@pytest.mark.usefixtures("register")
def test_a_data_set_without_a_filing_is_refused(store: Store, tmp_path: Path) -> None:
    path = write_tables(tmp_path / "2024q1_nport.zip", make_tables([]))
    [error] = load(store, path).errors
    assert str(error) == "2024q1_nport.zip: it has no filings"


FILED = st.tuples(
    st.sampled_from(["31-JAN-2024", "29-FEB-2024"]),
    st.sampled_from(["28-MAR-2024", "26-APR-2024", "30-MAY-2024"]),
    st.sampled_from(["NPORT-P", "NPORT-P/A"]),
)


@pytest.mark.usefixtures("register")
def test_the_order_of_loading_makes_no_difference(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    number = iter(range(10_000))

    def state(loads: list[list[Filed]]) -> tuple[Any, ...]:
        with connection.transaction(force_rollback=True):
            for filings in loads:
                path = tmp_path / f"{next(number)}q1_nport.zip"
                report = load(store, write_tables(path, make_tables(filings)))
                assert not report.failures
            history = connection.execute(
                "SELECT y.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h"
                " JOIN stockgroups.securities y ON y.id = h.security_id ORDER BY 1, 2"
            ).fetchall()
            by_then = connection.execute(
                "SELECT d.day, s.as_of, s.published_on, s.digest FROM"
                " (SELECT DISTINCT group_id, published_on AS day FROM stockgroups.snapshots) d"
                " CROSS JOIN LATERAL stockgroups.effective_snapshot("
                " d.group_id, 'infinity', 'infinity', d.day) e"
                " JOIN stockgroups.snapshots s USING (group_id) WHERE s.id = e.id ORDER BY 1"
            ).fetchall()
            return read_members(connection, "SOME"), history, by_then

    @settings(max_examples=12)
    @given(st.lists(FILED, min_size=2, max_size=4), st.data())
    def check(told: list[tuple[str, str, str]], data: st.DataObject) -> None:
        """Filings of one day of filing too: an amendment counts, or the higher number."""
        filings = [
            Filed(
                f"0001234567-24-{at:06d}",
                [APPLE | {"pctVal": str(60 + at)}, *([SAP | {"pctVal": "35"}] if at % 2 else [
                    MICROSOFT | {"pctVal": "35"}])],
                day=day,
                filed=filed,
                form=form,
            )
            for at, (day, filed, form) in enumerate(told)
        ]  # fmt: skip
        shuffled = data.draw(st.permutations(filings))
        together = data.draw(st.booleans())
        one = state([[filed] for filed in filings])
        assert state([shuffled] if together else [[filed] for filed in shuffled]) == one

    check()


def load_until(target: Target, path: Path, filings: int) -> None:
    """Load filing by filing in a process of its own, and be killed after so many."""
    nport_record.MOST_AT_ONCE = 1
    seen = 0

    def count(at: Progress) -> None:
        nonlocal seen
        seen += at.what.startswith("loading")
        if seen > filings:
            os.kill(os.getpid(), signal.SIGKILL)

    with connect(target) as connection:
        store = Store(connection, "TEST", catalog=load_catalog())
        load_nport(store, path, NportOptions(), count)


@pytest.mark.usefixtures("register")
def test_a_load_that_is_killed_goes_on_where_it_was(
    connection: Connection, store: Store, target: Target, tmp_path: Path
) -> None:
    days = [f"{day:02d}-MAR-2024" for day in range(1, 9)]
    filings = [
        Filed(f"0001234567-24-{at:06d}", HALVES, day=day, filed="30-MAY-2024")
        for at, day in enumerate(days)
    ]
    path = write_tables(tmp_path / "2024q2_nport.zip", make_tables(filings))
    process = FORKED.Process(target=load_until, args=(target, path, 3))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    count = "SELECT count(*) FROM stockgroups.snapshots"
    done = read_one(connection, count)
    assert 0 < done < len(filings)
    whole = "SELECT count(*) FROM stockgroups.snapshots WHERE cardinality(ref_ids) = 2"
    assert read_one(connection, whole) == done
    counts = load(store, path).counts
    assert (counts[Outcome.UNCHANGED], counts[Outcome.NEW]) == (done, len(filings) - done)
    assert read_one(connection, count) == len(filings)


@pytest.mark.usefixtures("register")
def test_the_command(
    target: Target,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    path = write_tables(tmp_path / "2024q1_nport.zip", make_tables(QUARTER))
    assert run(["load-nport", str(path), "--dry-run", "--json"]) == 1  # one is refused
    told = json.loads(capsys.readouterr().out)
    assert told["counts"]["new"] == 1
    assert told["loads"] == []
    assert run(["load-nport", str(path)]) == 1
    out = capsys.readouterr()
    assert f"2024q1_nport.zip/{ONE} · SOME as of 2024-01-31, filed 2024-03-28 · new" in out.out
    assert "are 60.00% of the net assets: positions are missing" in out.err
    assert run(["load-nport", str(path), "--accept", "weights", "-q"]) == 0
    assert run(["query", "--etf", "SOME"]) == 0
    assert "US0378331005" in capsys.readouterr().out
    assert run(["receipt", "SOME", "--as-of", "2024-02-01"]) == 0
    assert "2024q1_nport.zip/0001234567-24-000001" in capsys.readouterr().out
    assert run(["load-nport", str(path), "--funds", " , "]) == 2
    assert run(["load-nport", str(tmp_path / "no"), "--filed-on", "2024-03-28"]) == 2


@pytest.mark.parametrize("together", [True, False])
def test_an_amendment_in_a_folder_replaces_its_original_in_any_order(
    connection: Connection, store: Store, tmp_path: Path, *, together: bool
) -> None:
    amended = [APPLE | {"pctVal": "59"}, MICROSOFT | {"pctVal": "40"}]
    name = "SPDR S&P 500 ETF Trust"
    options = LoadOptions(tmp_path, proxies=False)
    write(tmp_path / f"SPY_{DAY}_amended.xml", amended, form="NPORT-P/A", name=name)
    if not together:
        assert not load_etfs(store, options).failures
    late = write(tmp_path / f"SPY_{DAY}_original.xml", HALVES, name=name)
    report = load_etfs(store, options)
    assert read_members(connection, "SPY") == {"US0378331005": 0.59, "US5949181045": 0.4}
    if together:
        assert not report.failures
        assert not load_etfs(store, replace(options, rebuild=True)).failures
        assert read_members(connection, "SPY") == {"US0378331005": 0.59, "US5949181045": 0.4}
    else:
        assert [error.where for error in report.failures] == [late.name]
        late.unlink()
        assert not load_etfs(store, options).failures


@pytest.mark.parametrize("order", ["together", "amendment first", "original first"])
def test_filings_in_a_folder_of_which_only_the_original_has_a_day_of_filing(
    connection: Connection, store: Store, tmp_path: Path, order: str
) -> None:
    amendment, original = tmp_path / f"SPY_{DAY}_a.xml", tmp_path / f"SPY_{DAY}_o.txt"
    amended = [APPLE | {"pctVal": "59"}, MICROSOFT | {"pctVal": "40"}]
    name = "SPDR S&P 500 ETF Trust"

    def publish(path: Path) -> None:
        if path == amendment:
            write(path, amended, form="NPORT-P/A", name=name)
        else:
            path.write_bytes(submission(filing(spread(HALVES), name=name), ticker="SPY"))

    options = LoadOptions(tmp_path, proxies=False)
    first, last = (original, amendment) if order == "original first" else (amendment, original)
    publish(first)
    if order != "together":
        assert not load_etfs(store, options).failures
    publish(last)
    [refusal] = load_etfs(store, options).failures
    assert refusal.where == last.name
    is_amended = order != "original first"
    assert ("superseded by a later filing" if is_amended else "filed on 2024-03-28") in refusal.what
    assert read_members(connection, "SPY")["US0378331005"] == (0.59 if is_amended else 0.6)


def test_of_two_filings_in_a_folder_the_higher_number_counts(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    name = "SPDR S&P 500 ETF Trust"
    amended = [APPLE | {"pctVal": "59"}, MICROSOFT | {"pctVal": "40"}]
    later = submission(filing(spread(amended), name=name), ticker="SPY")
    later = later.replace(b"0001234567-24-000123", b"0001234567-24-000124")
    (tmp_path / f"SPY_{DAY}_1.txt").write_bytes(later)
    earlier = tmp_path / f"SPY_{DAY}_2.txt"
    earlier.write_bytes(submission(filing(spread(HALVES), name=name), ticker="SPY"))
    options = LoadOptions(tmp_path, proxies=False)
    assert not load_etfs(store, options).failures
    assert read_members(connection, "SPY") == {"US0378331005": 0.59, "US5949181045": 0.4}
