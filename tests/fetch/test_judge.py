"""Wrong downloads with status 200: each is refused with its true reason."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from holdings_files import write_ishares, write_list, write_ssga
from stockgroups.catalog import Catalog
from stockgroups.catalog.sources import Content
from stockgroups.fetch.judge import judge, judge_archive
from stockgroups.fetch.manifest import Outcome
from stockgroups.fetch.verdicts import Expected, Known, Verdict

TODAY = dt.date(2026, 10, 9)
DAY = dt.date(2026, 10, 8)
IVV = "iShares Core S&P 500 ETF"
IVW = "iShares S&P 500 Growth ETF"


def names(count: int) -> dict[str, float]:
    """So many stocks, each heavier than the next one."""
    return {f"{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}Q": 1000.0 - n for n in range(count)}


def ishares(tmp_path: Path, name: str = IVV, day: dt.date = DAY, count: int = 30) -> bytes:
    made = write_ishares(tmp_path / "made.csv", name, day, names(count))
    return made.read_bytes() + b"\n"  # as the issuer ends its files


def tell(
    data: bytes,
    catalog: Catalog,
    *,
    fund: str = "IVV",
    suffix: str = ".csv",
    date: dt.date | None = None,
    own: tuple[Known, ...] = (),
    others: tuple[Known, ...] = (),
    names: str | None = None,
) -> Verdict:
    stem = f"{fund}_{date}" if date else fund
    expected = Expected(Content.HOLDINGS, f"{stem}{suffix}", fund, date, TODAY, names)
    return judge(data, hashlib.sha256(data).hexdigest(), expected, catalog, own, others)


def known(data: bytes, catalog: Catalog) -> Known:
    verdict = tell(data, catalog)
    found = verdict.known
    assert found is not None, verdict.reason
    return found


def test_a_good_file_is_accepted(catalog: Catalog, tmp_path: Path) -> None:
    verdict = tell(ishares(tmp_path), catalog)
    assert (verdict.outcome, verdict.as_of, verdict.rows) == (Outcome.ACCEPTED, DAY, 30)
    assert tell(ishares(tmp_path), catalog, date=DAY).outcome is Outcome.ACCEPTED


PAGES = {
    "<!DOCTYPE html><html><title>Sign in</title><input type='password'>": "a login page: 'Sign in'",
    "<html><head><title>Page not found | Us</title></head></html>": "a page that says `not found`",
    "<!doctype html><title>Just a moment...</title>": "a page that blocks programs",
    "\ufeff<html><body>Your Request Originates from an Undeclared Automated Tool": "Undeclared",
    "<html><body>I am an individual investor <a>Accept the terms</a>": "asks to accept terms",
    "<!-- x --><HTML><BODY><TABLE><TR><TD>Welcome</TABLE>": "a web page, not the file",
}


@pytest.mark.parametrize("page", PAGES)
def test_a_web_page_is_told_for_what_it_is(catalog: Catalog, page: str) -> None:
    verdict = tell(page.encode(), catalog)
    assert verdict.outcome is Outcome.REFUSED
    assert PAGES[page] in verdict.reason
    assert verdict.remedy
    assert verdict.is_wall == ("programs" in verdict.reason)


def test_an_answer_without_holdings(catalog: Catalog, tmp_path: Path) -> None:
    for body in (b"", b" \r\n\t"):
        assert tell(body, catalog).reason == "an empty answer, with status 200"
    empty = ishares(tmp_path).decode().replace(f"{DAY:%b %d, %Y}", "-")
    header = "\n".join(empty.splitlines()[:10]) + "\n"
    for body in (empty.encode(), header.encode()):
        assert tell(body, catalog).reason.startswith("an empty list, with status 200: ")
        # A day without trading has none: nobody need hear of it.
        assert tell(body, catalog, date=DAY).outcome is Outcome.ABSENT
    for body in (b'{"error": "fund not found"}', b"version https://git-lfs.github.com/spec/v1\n"):
        assert tell(body, catalog, suffix=".json").outcome is Outcome.REFUSED


def test_the_file_of_another_fund(catalog: Catalog, tmp_path: Path) -> None:
    verdict = tell(ishares(tmp_path, IVW), catalog)
    assert verdict.reason.startswith(f"asked for IVV, got {IVW} (IVW): another fund's file")
    # Where nothing in the file names its fund, what is known of the funds has to.
    sell, other = {"AAPL": 0.6, "MSFT": 0.4}, {"XOM": 0.7, "CVX": 0.3}
    mine, theirs = (
        write_list(tmp_path / "a.csv", told).read_bytes() + b"\n" for told in (sell, other)
    )
    own = tell(mine, catalog, date=DAY, fund="SPY").known
    xle = tell(theirs, catalog, date=DAY, fund="XLE").known
    assert own is not None
    assert xle is not None
    changed = theirs.replace(b"\n", b"\r\n")
    verdict = tell(theirs, catalog, fund="SPY", date=DAY, others=(xle,))
    assert verdict.reason == "the file of XLE, byte for byte, under the name of SPY"
    verdict = tell(changed, catalog, fund="SPY", date=DAY, others=(xle,))
    assert verdict.reason == "the list of XLE under the name of SPY"
    verdict = tell(changed, catalog, fund="SPY", date=DAY, own=(own,), others=(xle,))
    assert "shares 0% of its weight with the file of SPY" in verdict.reason
    assert "probably XLE's" in verdict.reason
    verdict = tell(ishares(tmp_path), catalog, names="46090E103")
    assert verdict.reason.startswith("it does not contain 46090E103")


def test_the_file_of_another_issuer_that_names_no_fund(catalog: Catalog) -> None:
    header = (
        "Issuer Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,"
        "Location,Exchange,Market Currency"
    )
    lines = "".join(
        f"{symbol},{symbol} INC,Energy,Equity,50,5,50,10,5,United States,NASDAQ,USD\n"
        for symbol in [*names(20)]
    )
    listed = f"Fund Holdings as of,08/Oct/2026\n\n{header}\n{lines}\n".encode()
    verdict = tell(listed, catalog, fund="SPY")
    assert (
        "a file of iShares, in its format ishares_ucits: SPY is a fund of State" in verdict.reason
    )
    assert verdict.outcome is Outcome.REFUSED
    assert tell(listed, catalog, fund="IVV").outcome is Outcome.ACCEPTED


def test_another_day_than_was_asked(catalog: Catalog, tmp_path: Path) -> None:
    data = ishares(tmp_path)
    asked = DAY - dt.timedelta(days=7)
    assert tell(data, catalog, date=asked).reason == (
        f"asked for {asked}, got {DAY}: the date in the address was ignored"
    )
    last = known(data, catalog)
    again = tell(data, catalog, date=asked, own=(last,))
    assert (again.outcome, again.reason) == (
        Outcome.REFUSED,
        f"asked for {asked}, got the file of {DAY}, which is already here",
    )


def test_yesterdays_file_again(catalog: Catalog, tmp_path: Path) -> None:
    data = ishares(tmp_path)
    last = known(data, catalog)
    verdict = tell(data, catalog, own=(last,))
    assert (verdict.outcome, verdict.as_of) == (Outcome.UNCHANGED, DAY)
    assert "byte for byte" in verdict.reason
    # The same holdings in other bytes, as a workbook that is written anew each day.
    other = data.replace(b"Inception Date", b"Inception date")
    assert tell(other, catalog, own=(last,)).outcome is Outcome.UNCHANGED
    # Yesterday's holdings under today's date: they count, and a person hears of it.
    redated = tell(ishares(tmp_path, day=DAY + dt.timedelta(days=1)), catalog, own=(last,))
    assert redated.outcome is Outcome.ACCEPTED
    assert f"all with the weights of {DAY}, to the last digit" in redated.reason
    assert redated.remedy
    older = ishares(tmp_path, day=DAY - dt.timedelta(days=1))
    verdict = tell(older, catalog, own=(last,))
    assert (verdict.outcome, verdict.reason) == (
        Outcome.REFUSED,
        f"an older file, of 2026-10-07; that of {DAY} is already here",
    )


def test_a_list_that_may_lack_its_last_rows(catalog: Catalog, tmp_path: Path) -> None:
    last = known(ishares(tmp_path, day=DAY - dt.timedelta(days=1), count=32), catalog)
    verdict = tell(ishares(tmp_path), catalog, own=(last,))
    assert verdict.outcome is Outcome.ACCEPTED  # a fund does lose such members
    assert "it lacks the 2 smallest members of 2026-10-07 (BEQ, BFQ)" in verdict.reason
    assert "and none was added: its end may be cut off" in verdict.reason
    assert verdict.remedy


@pytest.mark.parametrize("count", [10, 25, 500])
def test_a_list_that_was_cut(catalog: Catalog, tmp_path: Path, count: int) -> None:
    last = known(ishares(tmp_path, day=DAY - dt.timedelta(days=1), count=count + 3), catalog)
    verdict = tell(ishares(tmp_path, count=count), catalog, own=(last,))
    assert verdict.outcome is Outcome.REFUSED
    assert f"cut off at {count} rows: that of 2026-10-07 has {count + 3}" in verdict.reason
    assert "--accept truncated" in (verdict.remedy or "")
    weights = dict.fromkeys(names(count), 0.97 / count)
    cut = write_ssga(tmp_path / "SPY.xlsx", "SPY", "SPDR® S&P 500® ETF Trust", DAY, weights)
    verdict = tell(cut.read_bytes(), catalog, fund="SPY", suffix=".xlsx")
    assert verdict.outcome is Outcome.REFUSED
    assert f"cut off at {count} rows: they are 97.0% of the fund" in verdict.reason


def test_a_list_that_tells_its_own_size(catalog: Catalog) -> None:
    position: dict[str, object] = {"type": "portfolioHolding", "longName": "A", "shortName": "A"}
    position |= {"sharesHeld": "9", "marketValue": 9.0, "percentWeight": "10"}
    position |= {"isin": "", "cusip": "", "sedol": ""}
    listed = [{**position, "ticker": f"{sign}QQ"} for sign in "ABCDEFGHIJ"]
    for size, outcome in ((10, Outcome.ACCEPTED), (3448, Outcome.REFUSED)):
        told = {"size": size, "asOfDate": f"{DAY}T00:00:00-04:00", "fund": {"entity": listed}}
        verdict = tell(json.dumps(told).encode(), catalog, fund="VTI", suffix=".json")
        assert verdict.outcome is outcome, verdict
    assert "10 of 3448" in verdict.reason


def test_what_the_guards_of_a_load_would_refuse(catalog: Catalog, tmp_path: Path) -> None:
    last = known(ishares(tmp_path, day=DAY - dt.timedelta(days=1), count=80), catalog)
    verdict = tell(ishares(tmp_path, count=31), catalog, own=(last,))
    assert "31 members, less than half of the 80 on 2026-10-07" in verdict.reason
    assert "`stockgroups load --accept rows" in (verdict.remedy or "")
    future = tell(ishares(tmp_path, day=TODAY + dt.timedelta(days=3)), catalog)
    assert "is in the future" in future.reason


def test_the_collateral_of_a_swap(catalog: Catalog) -> None:
    told = {
        "products": [
            {
                "characteristics": {"FUND_REPLICATION_METHODOLOGY": "Indirect(Swap Based)"},
                "composition": {"compositionData": []},
            }
        ]
    }
    verdict = tell(json.dumps(told).encode(), catalog, suffix=".json")
    assert verdict.reason.startswith("the collateral of a swap")
    listed = b"Replication method,Synthetic\nTicker,Name,Weight\nAAPL,APPLE INC,60\nMSFT,MS,40\n"
    verdict = tell(listed, catalog, date=DAY, fund="SPY")
    assert verdict.reason.startswith("the collateral of a swap")
    assert verdict.outcome is Outcome.REFUSED


def zipped(**files: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "."), text)
    return out.getvalue()


FAILS = (
    "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\r\n"
    "20260901|037833100|AAPL|100|APPLE INC;COM NPV|230.00\r\n"
    "Trailer record count 1\r\nTrailer total quantity of shares 100\r\n"
)


def sec(data: bytes, content: Content, catalog: Catalog, subject: str | None = None) -> Verdict:
    suffix = ".zip" if content is Content.FAILS else ".json"
    expected = Expected(content, f"{subject or 'x_2026-10-09'}{suffix}", subject, None, TODAY)
    return judge(data, hashlib.sha256(data).hexdigest(), expected, catalog)


def test_the_secs_other_files(catalog: Catalog) -> None:
    good = zipped(cnsfails202609a__txt=FAILS)
    assert sec(good, Content.FAILS, catalog, "202609a").outcome is Outcome.ACCEPTED
    verdict = sec(good, Content.FAILS, catalog, "202609b")
    assert (verdict.outcome, verdict.reason) == (
        Outcome.REFUSED,
        "asked for 202609b, got 202609a",
    )
    for body, words in {
        good[:-30]: "archive is damaged",
        b"PK": "not an archive",
        zipped(a="1", b="2"): "an archive of 2 files",
        zipped(readme="MIDAS"): "without a fails-to-deliver file",
        b"<html><title>Undeclared Automated Tool</title>": "Undeclared Automated Tool",
    }.items():
        refused = sec(body, Content.FAILS, catalog, "202609a")
        assert refused.outcome is Outcome.REFUSED
        assert words in refused.reason
    funds = {"fields": ["cik", "seriesId", "classId", "symbol"], "data": [[1, "S1", "C1", "IVV"]]}
    assert sec(json.dumps(funds).encode(), Content.FUND_TICKERS, catalog).rows == 1
    odd = json.dumps({**funds, "data": 5})
    for text in ("{}", "[1", '{"0": {"ticker": "A"}}', "[" * 100_000, odd):
        refused = sec(text.encode(), Content.COMPANY_TICKERS, catalog)
        assert refused.outcome is Outcome.REFUSED, text[:9]


FILINGS = (
    "<feed><entry><filing-date>2026-08-28</filing-date><filing-href>https://www.sec.gov/Archives"
    "/edgar/data/1100663/000110066326000002/x-index.htm</filing-href>"
    "<filing-type>NPORT-P</filing-type></entry></feed>"
)


@pytest.mark.parametrize(
    ("text", "outcome", "reason"),
    [
        (FILINGS, Outcome.ACCEPTED, "1 filing"),
        ("<feed></feed>\n", Outcome.ABSENT, "IVV has no public N-PORT filing"),
        (FILINGS[:-20], Outcome.REFUSED, "a list of filings that was cut off"),
        ("<feed><title>N-PORT", Outcome.REFUSED, "a list of filings that was cut off"),
        (
            FILINGS.replace("-href", "-link"),
            Outcome.REFUSED,
            "none of them an N-PORT filing with address",
        ),
        (
            FILINGS.replace("08-28", "08-32"),
            Outcome.REFUSED,
            "none of them an N-PORT filing with address",
        ),
    ],
)
def test_a_list_of_filings_is_whole_and_understood(
    catalog: Catalog, text: str, outcome: Outcome, reason: str
) -> None:
    verdict = sec(text.encode(), Content.FILINGS, catalog, "IVV")
    assert verdict.outcome is outcome
    assert reason in verdict.reason


def test_a_data_set_is_a_whole_archive_with_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "body"
    expected = Expected(Content.DATASETS, "2026q1_nport.zip", "2026q1", None, TODAY)
    tables = dict.fromkeys(
        ("SUBMISSION__tsv", "REGISTRANT__tsv", "FUND_REPORTED_HOLDING__tsv"), "A"
    )
    whole = zipped(**tables)
    for body, outcome, words in (
        (whole, Outcome.ACCEPTED, "3 tables"),
        (whole[:-40], Outcome.REFUSED, "cut"),
        (zipped(SUBMISSION__tsv="A"), Outcome.REFUSED, "lacks FUND_REPORTED_HOLDING.TSV"),
        (b"<html>Undeclared Automated Tool", Outcome.REFUSED, "Undeclared"),
        (b"", Outcome.REFUSED, "empty"),
    ):
        path.write_bytes(body)
        verdict = judge_archive(path, expected)
        assert verdict.outcome is outcome
        assert words in verdict.reason


def test_every_false_success_that_was_seen_is_refused(holdings: Path, catalog: Catalog) -> None:
    folder = holdings / "negative"
    if not folder.is_dir():
        pytest.skip("no false successes beside the real files")
    for path in sorted(folder.iterdir()):
        data = path.read_bytes()
        for content in (Content.HOLDINGS, Content.NPORT, Content.FAILS, Content.TICKERS):
            expected = Expected(content, f"SPY{path.suffix}", "SPY", None, TODAY)
            verdict = judge(data, "", expected, catalog)
            assert verdict.outcome is Outcome.REFUSED, (path.name, content)
            assert verdict.reason, path.name
            assert verdict.remedy, path.name
