"""Loading a folder of files: what is recorded, what is current, what is left as it was."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holdings_files import HTML_PAGE, write_ishares, write_list, write_ssga, write_text
from samples import DAY
from servers import open_folder
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, SourceError, UsageError
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.load_report import LoadReport
from stockgroups.record.incoming import Outcome
from stockgroups.store import Store
from tables import dump, read_members, read_one

IVV = "iShares Core S&P 500 ETF"
MDY = "SPDR® S&P MIDCAP 400® ETF Trust"
LATER = DAY + dt.timedelta(days=1)
METADATA = "SELECT metadata FROM definition_groups WHERE name = %s"


def load(store: Store, folder: Path, *, etf: str | None = None) -> LoadReport:
    return load_etfs(store, LoadOptions(folder, etf=etf))


def outcomes(report: LoadReport) -> dict[str, Outcome]:
    return {file.name: report.outcome(file) for file in report.files}


def test_every_kind_of_file_becomes_its_fund(
    connection: Connection, store: Store, catalog: Catalog, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "a" / "IVV.csv", IVV, DAY, {"AAPL": 600.0, "BRKB": 400.0})
    write_ssga(tmp_path / "b.xlsx", "MDY", MDY, DAY, {"EQT": 0.75, "FIX": 0.25})
    write_list(tmp_path / "MINE_2026-07-01.csv", {"aapl": None, "brk/b": None})
    report = load(store, tmp_path)
    assert not report.failures
    assert read_members(connection, "IVV") == {"AAPL": 0.6, "BRK.B": 0.4}
    assert read_members(connection, "MDY") == {"EQT": 0.75, "FIX": 0.25}
    assert read_members(connection, "MINE") == {"AAPL": None, "BRK.B": None}
    rows = connection.execute(
        "SELECT name, description, liquidity_filter FROM definition_groups"
        " WHERE name IN ('IVV', 'MDY', 'MINE') ORDER BY name"
    ).fetchall()
    threshold = catalog.etfs["IVV"].market_cap_threshold
    assert rows[0] == ("IVV", IVV, {"market_cap_threshold": threshold, "applied": False})
    # The catalogue's name comes before the one that a file prints; a list prints none.
    assert [row[1] for row in rows[1:]] == [catalog.etfs["MDY"].name, "MINE"]
    assert rows[2][2] is None


def test_a_fund_that_no_catalogue_knows_gets_the_name_that_its_file_prints(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "ZZF_a.csv", "iShares Zither ETF", DAY, {"AAPL": 1.0})
    load(store, tmp_path, etf="ZZF")
    assert read_one(connection, "SELECT description FROM definition_groups") == "iShares Zither ETF"


def test_of_several_dates_the_newest_is_current_and_all_are_recorded(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "1.csv", IVV, LATER, {"AAPL": 1.0, "MSFT": 1.0})
    write_ishares(tmp_path / "2.csv", IVV, DAY, {"AAPL": 1.0})
    report = load(store, tmp_path, etf="IVV")
    assert outcomes(report) == {"1.csv": Outcome.CURRENT, "2.csv": Outcome.HISTORY}
    assert read_members(connection, "IVV") == {"AAPL": 0.5, "MSFT": 0.5}
    recorded = connection.execute("SELECT as_of, file_name FROM stockgroups.snapshots ORDER BY 1")
    assert recorded.fetchall() == [(DAY, "2.csv"), (LATER, "1.csv")]
    assert read_one(connection, METADATA, "IVV")["as_of"] == LATER.isoformat()


def test_what_many_files_report_alike_is_kept_once(store: Store, tmp_path: Path) -> None:
    """The memory of a load of years of daily files hangs on it."""
    for number in range(3):
        day = DAY + dt.timedelta(days=number)
        write_ishares(tmp_path / f"{number}.csv", IVV, day, {"AAPL": 1.0, "MSFT": 1.0 + number})
    report = load_etfs(store, LoadOptions(tmp_path, dry_run=True))
    refs = [ref for file in report.files if file.result for ref in file.result.snapshot.refs]
    assert (len(refs), len({id(ref) for ref in refs})) == (6, 2)


def test_the_errors_of_a_report_keep_nothing_of_their_files(store: Store, tmp_path: Path) -> None:
    write_ishares(tmp_path / "IVV.csv", "No such fund", DAY, {"AAPL": 1.0})
    write_text(tmp_path / "SPY.csv", '"Ticker","Weight"\n"AAPL",')
    (tmp_path / "VTI.xlsx").write_bytes(b"PK\x03\x04 torn")
    errors = [file.error for file in load(store, tmp_path).files]
    links: list[BaseException] = [error for error in errors if error]
    assert len(links) == 3
    for link in links:  # grows by what caused each
        assert link.__traceback__ is None
        links += [cause for cause in (link.__cause__ or link.__context__,) if cause]
    assert len(links) > 3


def test_the_second_run_reads_nothing_and_changes_nothing(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "1.csv", IVV, DAY, {"AAPL": 1.0})
    load(store, tmp_path)
    before = dump(connection)
    report = load(store, tmp_path)
    assert (report.files[0].result, report.files[0].fund) == (None, "IVV")
    assert outcomes(report) == {"1.csv": Outcome.UNCHANGED}
    assert not report.plan.changes_anything
    assert dump(connection) == before


def test_copies_under_names_that_say_nothing_else_are_not_read_again(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    for name in ("IVV.csv", "IVV_holdings (1).csv", "old/download.csv", "IVV_2020-01-01.csv"):
        write_ishares(tmp_path / name, IVV, DAY, {"AAPL": 1.0})
    for name in ("MINE_2026-07-01.csv", "copies/MINE_20260701_copy.csv"):
        write_list(tmp_path / name, {"KO": None})
    load(store, tmp_path)
    before = dump(connection)
    write_ishares(tmp_path / "SPY_2026-07-01.csv", IVV, DAY, {"AAPL": 1.0})
    write_list(tmp_path / "MINE_2026-06-30.csv", {"KO": None})
    report = load_etfs(store, LoadOptions(tmp_path, dry_run=True))
    read = {file.name for file in report.files if file.result or file.error}
    assert read == {"SPY_2026-07-01.csv", "MINE_2026-06-30.csv"}
    assert {file.name for file in report.files if file.error} == {"SPY_2026-07-01.csv"}
    assert dump(connection) == before


def test_a_date_that_was_given_is_not_that_of_a_copy(store: Store, tmp_path: Path) -> None:
    write_list(tmp_path / "mine.csv", {"KO": None})
    load_etfs(store, LoadOptions(tmp_path, as_of=DAY))
    write_list(tmp_path / "mine_copy.csv", {"KO": None})
    write_list(tmp_path / f"MINE_{DAY}.csv", {"KO": None})
    report = load(store, tmp_path)
    assert {file.name: file.error is None for file in report.files} == {
        "mine.csv": True,
        "mine_copy.csv": False,
        f"MINE_{DAY}.csv": True,
    }
    assert not any(file.result for file in report.files)


def test_a_rebuild_and_a_given_date_read_again(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "1.csv", IVV, DAY, {"AAPL": 1.0})
    load(store, tmp_path)
    before = dump(connection)
    for options in (
        LoadOptions(tmp_path, rebuild=True),
        # The date in the content comes before the one that is given.
        LoadOptions(tmp_path, as_of=LATER),
    ):
        report = load_etfs(store, options)
        assert report.files[0].result is not None
        assert outcomes(report) == {"1.csv": Outcome.UNCHANGED}
        assert dump(connection) == before


def test_a_file_that_another_environment_has_is_read_for_this_one(
    connection: Connection, store: Store, catalog: Catalog, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "1.csv", IVV, DAY, {"AAPL": 1.0})
    load(store, tmp_path)
    report = load_etfs(Store(connection, "UAT", catalog=catalog), LoadOptions(tmp_path, etf="IVV"))
    assert outcomes(report) == {"1.csv": Outcome.CURRENT}


def test_a_list_of_the_same_content_is_of_the_date_and_the_fund_that_its_name_says(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    first, second = {"IBM": None, "GE": None}, {"IBM": None, "GE": None, "KO": None}
    for name, members in (("MINE_2026-07-01", first), ("MINE_2026-07-02", second)):
        write_list(tmp_path / f"{name}.csv", dict(members))
        load(store, tmp_path, etf="MINE")
    for name in ("MINE_2026-07-03", "YOURS_2026-07-01"):
        write_list(tmp_path / f"{name}.csv", dict(first))
    load_etfs(store, LoadOptions(tmp_path, accept=frozenset({"shrink"})))
    assert read_members(connection, "MINE") == first
    assert read_one(connection, METADATA, "MINE")["as_of"] == "2026-07-03"
    assert read_members(connection, "YOURS") == first


def test_a_file_whose_name_is_another_word_is_found_by_its_content(
    store: Store, tmp_path: Path
) -> None:
    write_ssga(tmp_path / "march.xlsx", "MDY", MDY, DAY, {"EQT": 1.0})
    report = load(store, tmp_path, etf="MDY")
    assert outcomes(report) == {"march.xlsx": Outcome.CURRENT}


def test_a_bad_file_leaves_its_fund_as_it_was_and_the_others_load(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
    load(store, tmp_path, etf="IVV")
    write_text(tmp_path / "IVV.csv", HTML_PAGE)
    write_ssga(tmp_path / "MDY.xlsx", "MDY", MDY, DAY, {"EQT": 1.0})
    report = load(store, tmp_path)
    assert outcomes(report) == {"IVV.csv": Outcome.REFUSED, "MDY.xlsx": Outcome.CURRENT}
    assert [type(error).__name__ for error in report.failures] == ["UnrecognisedFileError"]
    assert read_members(connection, "IVV") == {"AAPL": 1.0}
    assert read_members(connection, "MDY") == {"EQT": 1.0}


@contextmanager
def without_rights() -> Iterator[None]:
    """As somebody whom the permissions of files bind: root they do not."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_that_may_not_be_read_is_refused_and_the_others_load(store: Store) -> None:
    with open_folder() as folder:
        write_list(folder / "CLOSED_2026-07-01.csv", {"IBM": None}).chmod(0)
        write_list(folder / "OPEN_2026-07-01.csv", {"IBM": None})
        with without_rights():
            report = load(store, folder)
    assert outcomes(report) == {
        "CLOSED_2026-07-01.csv": Outcome.REFUSED,
        "OPEN_2026-07-01.csv": Outcome.CURRENT,
    }
    assert isinstance(report.failures[0], SourceError)
    assert "CLOSED_2026-07-01.csv: the file cannot be read" in str(report.failures[0])


def test_a_file_that_vanishes_while_the_folder_is_read_is_refused(
    store: Store, tmp_path: Path
) -> None:
    path = write_list(tmp_path / "MINE_2026-07-01.csv", {"IBM": None})
    report = load_etfs(
        store, LoadOptions(tmp_path), progress=lambda _number, _total, _name: path.unlink()
    )
    assert outcomes(report) == {path.name: Outcome.REFUSED}
    assert "no such file" in str(report.failures[0])


def test_keys_of_others_in_the_metadata_stay(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    write_ishares(tmp_path / "1.csv", IVV, DAY, {"AAPL": 1.0})
    load(store, tmp_path, etf="IVV")
    connection.execute("""UPDATE definition_groups SET metadata = metadata || '{"theirs": [1]}'""")
    write_ishares(tmp_path / "2.csv", IVV, LATER, {"AAPL": 1.0, "KO": 1.0})
    load(store, tmp_path, etf="IVV")
    metadata = read_one(connection, METADATA, "IVV")
    assert (metadata["theirs"], metadata["total_holdings"]) == ([1], 2)


def test_hidden_files_and_other_kinds_are_passed_by(store: Store, tmp_path: Path) -> None:
    for name in (".IVV.csv", ".git/IVV.csv", "IVV.pdf", "~IVV.csv.swp", "README"):
        write_ishares(tmp_path / name, IVV, DAY, {"AAPL": 1.0})
    (tmp_path / "IVV_2026-07-01.csv").mkdir()
    assert load(store, tmp_path).files == []


def test_a_page_that_was_saved_is_read_and_other_pages_are_passed_over(
    store: Store, tmp_path: Path
) -> None:
    page = Path(__file__).parents[1] / "readers" / "golden" / "FTXX_holdings.html"
    (tmp_path / page.name).write_bytes(page.read_bytes())
    (tmp_path / "README.html").write_text("<html><body>About</body></html>", encoding="utf-8")
    report = load(store, tmp_path)
    assert [(file.fund, file.error) for file in report.files] == [("FTXX", None)]
    assert [passed.name for passed in report.listing.passed_over] == ["README.html"]


def test_without_a_folder_fifteen_funds_get_marked_proxies(
    connection: Connection, store: Store
) -> None:
    report = load_etfs(store, LoadOptions())
    funds = " ".join(sorted(report.proxies))
    assert funds == "DIA QQQ SPY VOO XLB XLC XLE XLF XLI XLK XLP XLRE XLU XLV XLY"
    marks = connection.execute(
        "SELECT g.name, g.metadata->'is_proxy', s.is_proxy, s.net_assets, count(m.weight)"
        " FROM definition_groups g JOIN group_memberships m ON m.group_id = g.id"
        " JOIN stockgroups.snapshots s ON s.group_id = g.id GROUP BY g.id, s.id, s.group_id"
    ).fetchall()
    assert {row[0] for row in marks} == set(report.proxies)
    assert all(row[1:] == (True, True, None, 0) for row in marks)
    sizes = {group.key.name: group.member_count or 0 for group in report.plan.groups}
    assert sizes["DIA"] == 30
    # Every member of the S&P 500 is in one sector fund.
    assert sum(n for name, n in sizes.items() if name.startswith("XL")) == sizes["SPY"]


def test_a_file_of_any_age_beats_the_proxy_which_does_not_come_back(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    load_etfs(store, LoadOptions(etf="DIA"))
    write_list(tmp_path / "DIA_2009-12-31.csv", {"GE": 0.5, "IBM": 0.5})
    report = load(store, tmp_path, etf="DIA")
    assert report.proxies == []
    assert read_members(connection, "DIA") == {"GE": 0.5, "IBM": 0.5}
    before = dump(connection)
    report = load_etfs(store, LoadOptions(etf="DIA"))
    assert report.proxies == []
    assert dump(connection) == before
    assert read_one(connection, METADATA, "DIA")["is_proxy"] is False


def test_a_fund_of_which_nothing_is_known_is_named_with_its_nearest(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(NotFoundError, match=r"unknown ETF 'ARK': .*nearest: ARK"):
        load_etfs(store, LoadOptions(etf="ARK"))
    with pytest.raises(NotFoundError, match=r"no holdings file for ARKK in .*download it"):
        load(store, tmp_path, etf="ARKK")
    with pytest.raises(UsageError, match="no such folder"):
        load(store, tmp_path / "missing")
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0
