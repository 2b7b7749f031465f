"""Runs against publishers on this machine: requests, pauses, and the files kept."""

from __future__ import annotations

import datetime as dt
import gzip
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from commands import Command, check_refusal, make_command
from fetch.replay import Asked, Hands, Replay, Reply, serve
from fetch.test_judge import FAILS, IVV, IVW, names, zipped
from holdings_files import write_ishares, write_ssga
from readers.nport_files import APPLE, MICROSOFT, filing, spread, submission
from stockgroups.catalog import Catalog, load_catalog
from stockgroups.catalog.sources import Content
from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.fetch import FetchOptions, FetchReport, Outcome, list_reference
from stockgroups.fetch.client import ATTEMPTS, Client
from stockgroups.fetch.clock import Pace
from stockgroups.fetch.folder import Folder
from stockgroups.fetch.manifest import Manifest
from stockgroups.fetch.refusals import Bounds
from stockgroups.fetch.run import fetch
from stockgroups.readers.sec.nport_xml import read_filing

START = dt.datetime(2026, 10, 9, 12, tzinfo=dt.UTC)  # a Friday
DAY = dt.date(2026, 10, 8)
SSGA = "www.ssga.com/library-content/products/fund-data/etfs/us/holdings-daily-us-en-{}.xlsx"
ISHARES = (
    "www.blackrock.com/varnish-api/blk-one01-product-data/product-data/api/v1/get-fund-document"
    "?appType=PRODUCT_PAGE&appSubType=ISHARES&targetSite=us-ishares&locale=en_US"
    "&portfolioId={}&userType=individual&component=holdings"
)
CONTACT = "Jane Doe jane@example.com"
SPY = "SPDR® S&P 500® ETF Trust"


@pytest.fixture
def replay() -> Iterator[Replay]:
    with serve(Hands(START)) as found:
        yield found


def run(
    replay: Replay, catalog: Catalog, root: Path, source: str, *funds: str, **more: Any
) -> FetchReport:
    """Fetch from a source that plays on this machine, its terms accepted."""
    options = FetchOptions(
        sources=(source,),
        funds=funds,
        **{"accept_terms": True, "contact": CONTACT, "replay": replay.url, **more},
    )
    return fetch(catalog, root, options, clock=replay.clock)


def outcomes(report: FetchReport) -> list[tuple[str | None, str]]:
    return [(entry.subject, entry.outcome.value) for entry in report.entries]


def workbook(tmp_path: Path, ticker: str, name: str, day: dt.date, count: int = 30) -> bytes:
    told = names(count)
    weights = {symbol: value / sum(told.values()) for symbol, value in told.items()}
    return write_ssga(tmp_path / "made.xlsx", ticker, name, day, weights).read_bytes()


def holdings(tmp_path: Path, day: dt.date, name: str = IVV, count: int = 30) -> bytes:
    made = write_ishares(tmp_path / "made.csv", name, day, names(count))
    return made.read_bytes() + b"\n"


def test_a_good_file_lands_as_it_came_with_a_line_in_the_manifest(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    body = workbook(tmp_path, "SPY", SPY, DAY)
    replay.replies[SSGA.format("spy")] = Reply(body, headers={"ETag": '"a1"', "X-Else": "1"})
    root = tmp_path / "holdings"
    report = run(replay, catalog, root, "ssga", "SPY")
    assert report.passed
    assert (root / "ssga" / "SPY_2026-10-08.xlsx").read_bytes() == body
    (line,) = map(json.loads, (root / ".fetch" / "manifest.jsonl").read_text().splitlines())
    assert line == report.to_dict()["files"][0]
    assert line["url"] == f"https://{SSGA.format('spy')}"
    assert (line["status"], line["outcome"], line["as_of"]) == (200, "accepted", "2026-10-08")
    assert line["headers"]["etag"] == '"a1"'
    assert "x-else" not in line["headers"]
    (asked,) = replay.asked
    assert asked.headers["user-agent"] == "stockgroups/0.1.0"
    # Once a day, whatever comes; then on the condition that it is newer.
    assert run(replay, catalog, root, "ssga", "SPY").asked_before == 1
    assert len(replay.asked) == 1
    replay.clock.set(dt.date(2026, 10, 10))
    replay.replies[SSGA.format("spy")] = Reply(status=304)
    report = run(replay, catalog, root, "ssga", "SPY")
    assert (outcomes(report), report.passed) == ([("SPY", "unchanged")], True)
    assert replay.asked[1].headers["if-none-match"] == '"a1"'
    # A file that is gone is asked for without condition.
    (root / "ssga" / "SPY_2026-10-08.xlsx").unlink()
    replay.clock.set(dt.date(2026, 10, 11))
    replay.replies[SSGA.format("spy")] = Reply(body)
    assert outcomes(run(replay, catalog, root, "ssga", "SPY")) == [("SPY", "accepted")]
    assert "if-none-match" not in replay.asked[2].headers


def test_what_is_refused_is_kept_aside_and_told_again(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    root = tmp_path / "holdings"
    replay.replies[ISHARES.format(239726)] = Reply(holdings(tmp_path, DAY, IVW))
    report = run(replay, catalog, root, "ishares", "IVV")
    (entry,) = report.entries
    assert entry.outcome is Outcome.REFUSED
    assert entry.file == ".fetch/refused/ishares/IVV_asked_2026-10-09T120000.csv"
    assert (root / entry.file).is_file()
    assert not (root / "ishares").exists()
    again = run(replay, catalog, root, "ishares", "IVV")
    assert (again.entries, again.passed, again.standing) == ([], False, [entry])
    # A good file is never written over, by another one of its day neither.
    for day, first in ((10, 1000.0), (11, 1001.0)):
        replay.clock.set(dt.date(2026, 10, day))
        told = names(30) | {"AAQ": first}
        made = write_ishares(tmp_path / "m.csv", IVV, DAY, told).read_bytes() + b"\n"
        replay.replies[ISHARES.format(239726)] = Reply(made)
        assert run(replay, catalog, root, "ishares", "IVV").passed
    found = sorted(path.name for path in (root / "ishares").iterdir())
    assert found == ["IVV_2026-10-08.csv", "IVV_2026-10-08_2.csv"]


BAD: dict[str, tuple[Reply, str]] = {
    "cut": (Reply(b"Ticker,Name\nAAPL", length=5_000), "ends in the middle"),
    "slow": (Reply(b"Ticker,Name\n" * 20, drips=10.0), "longer than 300 seconds"),
    "broken": (Reply(status=503), "answers with status 503"),
    "packed": (Reply(b"x" * 99, headers={"Content-Encoding": "gzip"}), "cannot be unpacked"),
    "packed and cut": (
        Reply(gzip.compress(b"Ticker,Name\n")[:-8], headers={"Content-Encoding": "gzip"}),
        "it ends in the middle",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_may_pass_is_asked_three_times_and_no_more(
    replay: Replay, catalog: Catalog, tmp_path: Path, kind: str
) -> None:
    reply, words = BAD[kind]
    replay.replies[ISHARES.format(239726)] = reply
    report = run(replay, catalog, tmp_path / "h", "ishares", "IVV")
    (entry,) = report.entries
    assert (entry.outcome, entry.requests, report.passed) == (Outcome.FAILED, 3, False)
    assert words in entry.reason
    assert len(replay.asked) == 3
    times = [asked.at for asked in replay.asked]
    assert times[1] - times[0] >= 3.0
    assert times[2] - times[1] >= 4.0
    assert not (tmp_path / "h" / ".fetch" / "partial").exists()
    # What did not come may be asked for again on the same day.
    replay.replies[ISHARES.format(239726)] = Reply(holdings(tmp_path, DAY))
    assert run(replay, catalog, tmp_path / "h", "ishares", "IVV").passed


RESTS: dict[str, tuple[str, int, str | None]] = {
    "the rest comes": ('"v1"', 206, '"v1"'),
    "the publisher begins again": ('"v1"', 200, '"v1"'),
    "no version that is sure": ('W/"v1"', 200, None),
}


@pytest.mark.parametrize("kind", RESTS)
def test_a_file_that_was_cut_goes_on_where_it_stopped(
    replay: Replay, catalog: Catalog, tmp_path: Path, kind: str
) -> None:
    etag, status, asked_by = RESTS[kind]
    body = holdings(tmp_path, DAY)
    half = len(body) // 2

    def play(asked: Asked) -> Reply:
        if len(replay.asked) == 1:
            return Reply(body[:half], headers={"ETag": etag}, length=len(body))
        if status == 200:
            return Reply(body)
        assert asked.headers["accept-encoding"] == "identity"
        end = half + 9 if len(replay.asked) == 2 else len(body)  # a part of the rest, at first
        start = int(asked.headers["range"][6:-1])
        ranged = {"Content-Range": f"bytes {start}-{end - 1}/{len(body)}"}
        return Reply(body[start:end], 206, ranged)

    replay.play = play  # type: ignore[method-assign]
    report = run(replay, catalog, tmp_path / "h", "ishares", "IVV")
    assert report.passed
    assert len(replay.asked) == (3 if status == 206 else 2)
    assert replay.asked[1].headers.get("if-range") == asked_by
    assert (tmp_path / "h" / (report.entries[0].file or "")).read_bytes() == body


STOPS: dict[str, tuple[Reply, str]] = {
    "403": (Reply(status=403), "it blocks programs"),
    "429": (Reply(status=429, headers={"Retry-After": "3600"}), "status 429"),
    "503 for long": (Reply(status=503, headers={"Retry-After": "3600"}), "status 503"),
    "202": (Reply(status=202), "it blocks programs"),
    "captcha": (Reply(b"<html><title>Captcha</title></html>"), "a bot wall"),
}


@pytest.mark.parametrize("kind", STOPS)
def test_a_site_that_minds_is_left_alone(
    replay: Replay, catalog: Catalog, tmp_path: Path, kind: str
) -> None:
    reply, words = STOPS[kind]
    replay.replies[SSGA.format("spy")] = reply
    report = run(replay, catalog, tmp_path / "h", "ssga", "SPY", "XLE", "XLK")
    assert len(replay.asked) == 1
    assert words in report.entries[0].reason
    assert report.left["ssga"][0] == 2
    assert not report.passed
    # The next runs keep to it too: as long as it asked for, else ten minutes.
    until, wait = ("13:00", 3_600) if "Retry-After" in reply.headers else ("12:10", 600)
    replay.clock.sleep(wait - 1)
    report = run(replay, catalog, tmp_path / "h", "ssga", "XLE")
    told = f"no requests until 2026-10-09 {until} UTC, because of its last answer"
    assert report.left["ssga"] == (1, told)
    assert len(replay.asked) == 1
    replay.clock.sleep(1)
    run(replay, catalog, tmp_path / "h", "ssga", "XLE")
    assert len(replay.asked) == 2


def test_redirects_lead_to_hosts_of_the_catalogue_alone(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    def lead(to: str) -> FetchReport:
        replay.replies[SSGA.format("spy")] = Reply(status=302, headers={"Location": to})
        replay.clock.sleep(86_400)
        return run(replay, catalog, tmp_path / "h", "ssga", "SPY")

    replay.replies["www.ssga.com/new.xlsx"] = Reply(workbook(tmp_path, "SPY", SPY, DAY))
    assert lead("/new.xlsx").passed
    for to in (
        "https://evil.example/new.xlsx",
        "http://www.ssga.com/new.xlsx",
        "https://www.ssga.com:8443/new.xlsx",
        "https://user@www.ssga.com/new.xlsx",
        "https://www.blackrock.com/new.xlsx",
        "file:///etc/passwd",
        "https://www.ssga.com:port/new.xlsx",
        "",
    ):
        count = len(replay.asked)
        report = lead(to)
        assert report.entries[0].reason.startswith("a redirect "), to
        assert len(replay.asked) == count + 1
    count = len(replay.asked)
    assert "more than 3 redirects" in lead(f"https://{SSGA.format('spy')}").entries[0].reason
    assert len(replay.asked) == count + 4


def test_sizes_are_bounded_packed_or_not(
    replay: Replay, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from stockgroups.fetch import session

    bounds = {**session.BOUNDS, Content.HOLDINGS: Bounds(10_000, 300.0)}
    monkeypatch.setattr(session, "BOUNDS", bounds)
    many = b"A,1\n" * 1_000_000
    twice = gzip.compress(gzip.compress(many))
    for body, coding, words in (
        (many, None, "more than 10,000 bytes"),
        (gzip.compress(many), "gzip", "more than 10,000 bytes"),
        (twice, "gzip, gzip", "an encoding"),
    ):
        headers = {"Content-Encoding": coding} if coding else {}
        replay.replies[ISHARES.format(239726)] = Reply(body, headers=headers)
        report = run(replay, catalog, tmp_path / "h", "ishares", "IVV")
        assert words in report.entries[0].reason
        assert report.entries[0].requests == 1
    # What unpacks to nothing has its bounds too: the name in a head of gzip, without an end.
    endless = b"\x1f\x8b\x08\x08\0\0\0\0\0\x03" + b"n" * 20_000
    for headers in ({"Content-Encoding": "gzip"}, {}):
        replay.replies[ISHARES.format(239726)] = Reply(endless, headers=headers, cut=len(endless))
        report = run(replay, catalog, tmp_path / "h", "ishares", "IVV")
        assert "more than 10,000 bytes" in report.entries[0].reason
    whole = holdings(tmp_path, DAY)
    good = gzip.compress(whole[:99]) + gzip.compress(whole[99:]) + b"\0" * 9
    replay.replies[ISHARES.format(239726)] = Reply(good, headers={"Content-Encoding": "gzip"})
    report = run(replay, catalog, tmp_path / "h", "ishares", "IVV")
    assert report.passed
    landed = (tmp_path / "h" / (report.entries[0].file or "")).read_bytes()
    assert landed == whole


def test_headers_have_their_time_too(catalog: Catalog, tmp_path: Path) -> None:
    def drip(server: socket.socket) -> None:
        for _ in range(ATTEMPTS):
            connection, _ = server.accept()
            until = time.monotonic() + 5.0  # where nobody hangs up, the test ends all the same
            with connection, suppress(OSError):
                while time.monotonic() < until:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    clock = Hands(START)
    pace = Pace(clock, 3.0, tmp_path / "pace")
    source = catalog.downloads.sources["ssga"]
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=drip, args=(server,), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        bounds = Bounds(10_000, 0.05)
        with (
            Client(source, clock, pace, "x", url) as client,
            pytest.raises(StockgroupsError, match="longer than"),
        ):
            client.ask("https://www.ssga.com/x", tmp_path / "body", bounds, {})


def test_what_nobody_asked_about_is_not_unchanged(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    replay.replies[SSGA.format("spy")] = Reply(status=304)
    report = run(replay, catalog, tmp_path / "h", "ssga", "SPY")
    assert (outcomes(report), report.passed) == ([("SPY", "failed")], False)


def test_where_only_days_have_addresses_the_last_one_that_is_there_counts(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    text = """[etfs.QYLX]\nname = "Covered X"\nissuer = "Global X"\nkind = "active"
url = "https://www.globalxetfs.com/funds/qylx/"
"""
    (tmp_path / "etfs.toml").write_text(text)
    ours = load_catalog(tmp_path)
    lines = "".join(f"{100 / 30:.4f},{symbol},{symbol},,1,1,1\n" for symbol in names(30))
    header = "% of Net Assets,Ticker,Name,SEDOL,Market Price ($),Shares Held,Market Value ($)"

    def put(day: str) -> None:
        body = f"Covered X\nFund Holdings Data as of {day}/2026\n{header}\n{lines}".encode()
        place = (
            f"assets.globalxetfs.com/funds/holdings/qylx_full-holdings_2026{day.replace('/', '')}"
        )
        replay.replies[f"{place}.csv"] = Reply(body + b'"No advice."\n')

    put("10/07")  # that of the 8th is late
    report = run(replay, ours, tmp_path / "h", "globalx", "QYLX")
    told = [(str(entry.date), entry.outcome.value) for entry in report.entries]
    assert told == [("2026-10-08", "absent"), ("2026-10-07", "accepted")]
    put("10/08")
    replay.clock.set(dt.date(2026, 10, 10))  # no working day was between
    report = run(replay, ours, tmp_path / "h", "globalx", "QYLX")
    told = [(str(entry.date), entry.outcome.value) for entry in report.entries]
    assert told == [("2026-10-09", "absent"), ("2026-10-08", "accepted")]


def test_past_days_are_asked_for_where_they_are_on_offer(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    def play(asked: Asked) -> Reply:
        _, _, told = asked.path.partition("&asOfDate=")
        day = dt.datetime.strptime(told or "20261008", "%Y%m%d").replace(tzinfo=dt.UTC).date()
        if day == dt.date(2026, 10, 5):  # a holiday
            empty = holdings(tmp_path, day).decode().replace("Oct 05, 2026", "-")
            return Reply("\n".join([*empty.splitlines()[:10], ""]).encode())
        if day == dt.date(2026, 10, 2):  # the day is ignored
            day = DAY
        return Reply(holdings(tmp_path, day))

    replay.play = play  # type: ignore[method-assign]
    since = dt.date(2026, 10, 1)
    root = tmp_path / "h"
    report = run(replay, catalog, root, "ishares", "IVV", since=since)
    told = {entry.date: entry.outcome.value for entry in report.entries}
    assert told == {
        None: "accepted",
        DAY: "unchanged",
        dt.date(2026, 10, 7): "accepted",
        dt.date(2026, 10, 6): "accepted",
        dt.date(2026, 10, 5): "absent",
        dt.date(2026, 10, 2): "refused",
        dt.date(2026, 10, 1): "accepted",
    }
    # Resumed another day: what is here stays, what is not is asked for again.
    replay.clock.set(dt.date(2026, 10, 20))
    count = len(replay.asked)
    run(replay, catalog, root, "ishares", "IVV", since=since)
    days = [asked.path.partition("&asOfDate=")[2] for asked in replay.asked[count:]]
    assert days == [
        "",
        *(f"202610{day:02}" for day in (19, 16, 15, 14, 13, 12, 9, 8, 5, 2)),
    ]
    # The holiday stayed one, and is not asked for a third time.
    replay.clock.set(dt.date(2026, 10, 21))
    run(replay, catalog, root, "ishares", "IVV", since=since)
    assert not replay.asked[-1].path.endswith("20261005")


def test_a_source_and_a_fund_of_ones_own(replay: Replay, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "fetch.toml").write_text(
        '[sources.mine]\nname = "Mine"\nissuer = "Nobody"\nhosts = ["files.example.org"]\n'
        'home = "https://example.org"\npause = 5\nmost_a_day = 10\n'
        '[endpoints.mine]\nsource = "mine"\ncontent = "holdings"\nsuffix = ".csv"\n'
        'dated_url = "https://files.example.org/{ticker_lower}/{isin}/{date}.csv"\n'
    )
    for fund, more in (("NEWF", 'identifiers = ["IE00B4L5Y983"]\n'), ("OLDF", "")):
        with (mine / "etfs.toml").open("a") as file:
            file.write(
                f'[etfs.{fund}]\nname = "{fund} of Windmills"\nissuer = "Nobody"\n'
                f'kind = "active"\nurl = "https://example.org/{fund}"\n{more}'
            )
    catalog = load_catalog(mine)
    day = dt.date(2026, 10, 8)
    body = b"Ticker,Weight\nAAPL,60\nMSFT,40\n"
    replay.replies["files.example.org/newf/IE00B4L5Y983/2026-10-08.csv"] = Reply(body)
    report = run(replay, catalog, tmp_path / "h", "MINE", "newf,oldf")
    (entry,) = report.entries
    assert (entry.outcome, entry.as_of, entry.date) == (Outcome.ACCEPTED, day, day)
    assert (tmp_path / "h" / "mine" / "NEWF_2026-10-08.csv").read_bytes() == body
    (lack,) = report.failures
    assert "no isin of OLDF" in str(lack)
    assert "identifiers of [etfs.OLDF]" in str(lack)


def test_what_the_sec_should_have_published_by_now_has_moved(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    contents = frozenset({Content.FAILS, Content.DATASETS})
    since = dt.date(2026, 4, 20)
    report = run(replay, catalog, tmp_path / "h", "sec", since=since, contents=contents)
    told = {entry.subject: entry.outcome.value for entry in report.entries}
    assert told["202608b"] == "absent"  # of the 31st of August, and today is the 9th of October
    assert told["202608a"] == told["202604b"] == "failed"
    assert (told["2026q2"], told["2026q3"]) == ("absent", "absent")
    assert "2026q1" not in told
    left = [entry.subject for entry in report.entries if entry.outcome is Outcome.FAILED]
    assert len(left) == 8
    replay.clock.set(dt.date(2026, 10, 29))
    contents = frozenset({Content.DATASETS})
    report = run(replay, catalog, tmp_path / "h", "sec", since=since, contents=contents)
    assert outcomes(report) == [("2026q2", "failed"), ("2026q3", "absent")]


def feed(*filings: tuple[str, str]) -> bytes:
    entries = "".join(
        f"<entry><content><accession-number>{number}</accession-number><filing-date>{filed}"
        "</filing-date><filing-href>https://www.sec.gov/Archives/edgar/data/1100663/"
        f"{number.replace('-', '')}/{number}-index.htm</filing-href>"
        "<filing-type>NPORT-P</filing-type></content></entry>"
        for number, filed in filings
    )
    return f"<feed xmlns='http://www.w3.org/2005/Atom'>{entries}</feed>".encode()


def test_the_sec_is_asked_with_a_contact_and_five_times_a_second_at_most(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    tickers = {
        "fields": ["cik", "seriesId", "classId", "symbol"],
        "data": [[1100663, "S000004310", "C000012040", "IVV"]],
    }
    companies = {"0": {"cik_str": 884394, "ticker": "SPY", "title": "SPDR S&P 500 ETF TRUST"}}
    www = "www.sec.gov"
    edgar = f"{www}/cgi-bin/browse-edgar?action=getcompany&CIK={{}}&type=NPORT-P&count=40"
    replies = {
        f"{www}/files/company_tickers_mf.json": json.dumps(tickers).encode(),
        f"{www}/files/company_tickers.json": json.dumps(companies).encode(),
        edgar.format("S000004310") + "&output=atom": feed(
            ("0001100663-26-000002", "2026-08-28"), ("0001100663-26-000001", "2026-05-28")
        ),
        edgar.format("884394") + "&output=atom": feed(),
        f"{www}/files/data/fails-deliver-data/cnsfails202609a.zip": zipped(
            cnsfails202609a__txt=FAILS
        ),
    }
    replay.replies |= {address: Reply(body) for address, body in replies.items()}
    contents = frozenset({Content.NPORT, Content.FAILS})
    since = dt.date(2026, 9, 1)
    options = {"contents": contents, "since": since, "accept_terms": False}
    root = tmp_path / "h"
    report = run(replay, catalog, root, "sec", "IVV", "SPY", **options)
    told = {(e.endpoint, e.subject): e.outcome.value for e in report.entries}
    assert told == {
        ("sec_fund_tickers", None): "accepted",
        ("sec_company_tickers", None): "accepted",
        ("sec_fails", "202609a"): "accepted",
        ("sec_filings", "IVV"): "accepted",
        ("sec_filings", "SPY"): "absent",
    }
    here = {path.name for path in list_reference(root).values()}
    lists = {f"company_tickers{which}_2026-10-09.json" for which in ("", "_mf")}
    assert here == lists | {"cnsfails202609a.zip"}
    # The newest filing where no day is named; it is not there, and nobody insists.
    report = run(replay, catalog, root, "sec", "IVV", **{**options, "since": None})
    (absent,) = [one for one in report.entries if one.endpoint == "sec_filing"]
    assert (
        absent.url == f"https://{www}/Archives/edgar/data/1100663/000110066326000002/"
        "0001100663-26-000002.txt"
    )
    assert absent.outcome is Outcome.ABSENT
    # The next day it is: first that of another series, then the fund's own.
    address = absent.url.removeprefix("https://")
    parts = spread([{**APPLE, "pctVal": "60"}, {**MICROSOFT, "pctVal": "40"}])
    for day, series, outcome in (
        (10, "S000000001", "refused"),
        (11, "S000004310", "accepted"),
        (12, "S000004310", None),
    ):
        replay.clock.set(dt.date(2026, 10, day))
        told_of = {
            "series": series,
            "name": "CORE 500 SERIES",
            "day": "2026-06-30",
            "cik": "0001100663",
        }
        replay.replies[address] = Reply(submission(filing(parts, **told_of), filed="20260828"))
        report = run(replay, catalog, root, "sec", "IVV", **{**options, "since": None})
        found = [one for one in report.entries if one.endpoint == "sec_filing"]
        assert [one.outcome.value for one in found] == ([outcome] if outcome else [])
    with (root / "sec" / "IVV_2026-06-30.txt").open("rb") as landed:
        assert read_filing(landed, "IVV").header.filed_on == dt.date(2026, 8, 28)
    assert all(
        asked.headers["user-agent"] == f"{CONTACT} stockgroups/0.1.0" for asked in replay.asked
    )
    times = [asked.at for asked in replay.asked]
    assert all(b - a >= 0.2 - 1e-9 for a, b in pairwise(times))
    days = [(asked.path, int(asked.at // 86_400)) for asked in replay.asked]
    assert len(set(days)) == len(days)
    for contact in (None, "", "Jane", "Jane Doe jane@localhost\n", "jané@example.com"):
        with pytest.raises(UsageError, match="SEC_CONTACT"):
            run(replay, catalog, root, "sec", contact=contact)


def test_lists_of_filings_wait_for_the_ticker_files(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    """Without them nothing is known of any fund, and only the SEC has lists of filings."""
    nport = frozenset({Content.NPORT})
    report = run(replay, catalog, tmp_path, "sec", "SPY", "QQQ", contents=nport)
    told = [error.what for error in report.failures if "ticker files" in error.what]
    assert told == ["no lists of filings without the ticker files of the SEC, and none is here"]
    notes = {
        source: run(replay, catalog, tmp_path, source, "SPY", dry_run=True).notes
        for source in ("sec", "ssga")
    }
    assert notes == {"sec": ["the lists of filings, once the ticker files are here"], "ssga": []}


def test_two_folders_and_a_source_of_ones_own_keep_one_pace_toward_the_sec(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    (tmp_path / "fetch.toml").write_text(
        '[sources.mine]\nname = "The SEC"\nhosts = ["data.sec.gov"]\nhome = "https://sec.gov"\n'
        "pause = 0.5\nmost_a_day = 10\nunattended = true\ncontact = true\n"
        '[endpoints.mine]\nsource = "mine"\ncontent = "tickers"\nsuffix = ".json"\n'
        'url = "https://data.sec.gov/x.json"\n'
    )
    ours = load_catalog(tmp_path)
    contents = frozenset({Content.TICKERS})
    for folder, source in (("a", "sec"), ("b", "mine"), ("c", "sec")):
        run(replay, ours, tmp_path / folder, source, contents=contents)
    hosts = [asked.host for asked in replay.asked]
    assert hosts == ["www.sec.gov"] * 3 + ["data.sec.gov"] + ["www.sec.gov"] * 3
    times = [asked.at for asked in replay.asked]
    gaps = [round(b - a, 3) for a, b in pairwise(times)]
    assert gaps == [0.2, 0.2, 0.5, 0.2, 0.2, 0.2]


def test_the_pace_is_kept_whatever_stands_in_its_file(
    replay: Replay, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = frozenset({Content.TICKERS})
    file = tmp_path / "home" / "pace" / "sec.gov"
    monkeypatch.setenv("STOCKGROUPS_HOME", str(tmp_path / "home"))
    run(replay, catalog, tmp_path / "a", "sec", contents=contents)
    for told in ("", "\0\xff", "2026-10-09", "2199-01-01T00:00:00+00:00"):  # a clock set back
        file.write_text(told, "latin-1")
        replay.asked.clear()
        before = replay.clock.seconds
        run(replay, catalog, tmp_path / f"b{len(told)}", "sec", contents=contents)
        assert replay.asked[0].at - before <= 0.2 + 1e-6
        assert all(b.at - a.at >= 0.2 - 1e-9 for a, b in pairwise(replay.asked))
    # An account without a home keeps it in the folder.
    (tmp_path / "home").rename(tmp_path / "moved")
    (tmp_path / "home").touch()
    run(replay, catalog, tmp_path / "c", "sec", contents=contents)
    kept = tmp_path / "c" / ".fetch" / "pace" / "sec.gov"
    assert kept.is_file()
    # Where that cannot be written either, nothing is asked.
    kept.unlink()
    kept.mkdir()
    replay.asked.clear()
    with pytest.raises(
        StockgroupsError, match=r"Is a directory; make .* STOCKGROUPS_HOME"
    ) as refusal:
        run(replay, catalog, tmp_path / "c", "sec", contents=frozenset({Content.DATASETS}))
    assert (refusal.value.where, replay.asked) == (str(kept), [])


class Killed(BaseException):
    """What ends a run as a kill does: nothing of it is done any more."""


@pytest.mark.parametrize("at", ["choose_place", "append", "settle"])
def test_a_run_that_is_killed_while_a_file_lands_lands_it_once(
    replay: Replay, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    def kill(*_: object, **__: object) -> None:
        raise Killed

    root = tmp_path / "h"
    body = workbook(tmp_path, "SPY", SPY, DAY)
    replay.replies[SSGA.format("spy")] = Reply(body)
    with monkeypatch.context() as patch:
        patch.setattr(Manifest if at == "append" else Folder, at, kill)
        with pytest.raises(Killed):
            run(replay, catalog, root, "ssga", "SPY")
    assert not (root / "ssga" / "SPY_2026-10-08.xlsx").exists()
    report = run(replay, catalog, root, "ssga", "SPY")
    assert report.passed
    # What the manifest tells of is not asked for again, and stands in its place.
    assert len(replay.asked) == (1 if at == "settle" else 2)
    (landed,) = (root / "ssga").iterdir()
    assert (landed.name, landed.read_bytes()) == ("SPY_2026-10-08.xlsx", body)
    (line,) = map(json.loads, (root / ".fetch" / "manifest.jsonl").read_text().splitlines())
    assert (line["outcome"], line["file"]) == ("accepted", "ssga/SPY_2026-10-08.xlsx")
    assert {path.name for path in (root / ".fetch").iterdir()} == {"lock", "manifest.jsonl"}


def test_a_list_of_tickers_is_of_the_day_that_the_publisher_tells(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    address = "www.sec.gov/files/company_tickers_exchange.json"

    def serve_list(changed: str | None, count: int) -> tuple[str, str, str | None]:
        rows = [[n, f"Company {n}", f"{chr(65 + n)}Q", "NYSE"] for n in range(count)]
        body = json.dumps({"fields": ["cik", "name", "ticker", "exchange"], "data": rows})
        headers = {"Last-Modified": changed} if changed else {}
        replay.replies[address] = Reply(body.encode(), headers=headers)
        replay.clock.sleep(86_400)
        contents = frozenset({Content.TICKERS})
        report = run(replay, catalog, tmp_path / "h", "sec", contents=contents)
        (entry,) = [one for one in report.entries if one.endpoint == "sec_exchange_tickers"]
        return entry.outcome.value, Path(entry.file or "").name, entry.remedy

    good = serve_list("Fri, 09 Oct 2026 20:00:00 GMT", 9)
    assert good == ("accepted", "company_tickers_exchange_2026-10-09.json", None)
    outcome, name, _ = serve_list("Thu, 19 Dec 2024 08:00:00 GMT", 8)
    assert (outcome, name[:46]) == ("refused", "company_tickers_exchange_2024-12-19_asked_2026")
    # Where none is here it counts, under its own day, and a person hears of it.
    (tmp_path / "h" / ".fetch" / "reference" / "sec" / good[1]).unlink()
    outcome, name, remedy = serve_list("Thu, 19 Dec 2024 08:00:00 GMT", 8)
    assert (outcome, name) == ("accepted", "company_tickers_exchange_2024-12-19.json")
    assert remedy == "it publishes them daily: check whether the address has changed"
    for told in (None, "yesterday", "Fri, 01 Jan 2100 00:00:00 GMT"):
        outcome, name, _ = serve_list(told, 10)
        assert (outcome, name[:27]) == ("accepted", "company_tickers_exchange_20")
        assert name[25:35] == str(replay.clock.now().date())
        serve_list(told, 11)


def test_a_day_has_so_many_requests(
    replay: Replay, catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace
    from types import MappingProxyType

    ssga = replace(catalog.downloads.sources["ssga"], most_a_day=2)
    sources = MappingProxyType({**catalog.downloads.sources, "ssga": ssga})
    few = replace(catalog, downloads=replace(catalog.downloads, sources=sources))
    for ticker in ("spy", "xle", "xlk"):
        replay.replies[SSGA.format(ticker)] = Reply(b"<html></html>")
    report = run(replay, few, tmp_path / "h", "ssga", "SPY", "XLE", "XLK")
    assert (len(replay.asked), report.left["ssga"][0]) == (2, 1)
    replay.clock.sleep(86_401)
    run(replay, few, tmp_path / "h", "ssga", "XLK")
    assert len(replay.asked) == 3


def test_one_run_at_a_time_and_a_manifest_that_was_cut(
    replay: Replay, catalog: Catalog, tmp_path: Path
) -> None:
    root = tmp_path / "h"
    replay.replies[SSGA.format("spy")] = Reply(workbook(tmp_path, "SPY", SPY, DAY))
    with Folder(root).open(), pytest.raises(StockgroupsError, match="another fetch is running"):
        run(replay, catalog, root, "ssga", "SPY")
    with (
        pytest.raises(StockgroupsError, match="No space left on device; free"),
        Folder(root).open(),
    ):
        raise OSError(28, "No space left on device")
    run(replay, catalog, root, "ssga", "SPY")
    manifest = root / ".fetch" / "manifest.jsonl"
    with manifest.open("ab") as file:
        file.write(b'{"run": "killed while it wr')
    replay.clock.sleep(86_400)
    assert outcomes(run(replay, catalog, root, "ssga", "SPY")) == [("SPY", "unchanged")]
    assert len(manifest.read_bytes().splitlines()) == 3
    manifest.write_text("This is\na note\nof mine\n")
    with pytest.raises(StockgroupsError, match="most of its lines"):
        run(replay, catalog, root, "ssga", "SPY")


def test_the_command(
    replay: Replay,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    command: Command = make_command(capsys)
    check_refusal(command("fetch"), 2, "no source given", "set FETCH_SOURCES")
    monkeypatch.setenv("FETCH_SOURCES", "ssga")
    check_refusal(
        command("fetch"), 2, "you must accept the terms of State Street", "--accept-terms"
    )
    check_refusal(command("fetch", "--source", "sec"), 2, "SEC_CONTACT is not set")
    wrong = "unknown source 'ssag'; use one of ssga"
    check_refusal(command("fetch", "--source", "ssag"), 2, f"--source: {wrong}")
    monkeypatch.setenv("FETCH_SOURCES", "ssag")
    check_refusal(command("fetch"), 2, f"FETCH_SOURCES: {wrong}")
    monkeypatch.setenv("FETCH_SOURCES", "ssga")
    check_refusal(
        command("fetch", "--accept-terms", "--fund", "SYP"), 2, "the catalogue has no fund 'SYP'"
    )
    monkeypatch.setenv("FETCH_REPLAY", "http://example.com:80")
    check_refusal(command("fetch", "--dry-run"), 2, "not a server on this machine")
    monkeypatch.setenv("FETCH_REPLAY", replay.url)
    answer = command("fetch", "--dry-run", "--fund", "spy")
    assert answer.lines[0] == f"[DRY-RUN] Would request https://{SSGA.format('spy')}"
    assert (replay.asked, list(tmp_path.glob("holdings/*"))) == ([], [])
    replay.replies[SSGA.format("spy")] = Reply(workbook(tmp_path, "SPY", SPY, DAY))
    answer = command("fetch", "--accept-terms", "--fund", "SPY", "--json")
    assert (answer.status, answer.json["counts"]["accepted"]) == (0, 1)
    assert answer.err == ""
    answer = command("fetch", "--accept-terms", "--fund", "XLE", "-q")
    assert (answer.status, answer.out) == (1, "")
    assert "ssga XLE: failed: the publisher has no file there (status 404)" in answer.err
    check_refusal(
        command("fetch", "--accept-terms", "--fund", "QQQ"),
        2,
        "QQQ is a fund of Invesco, which is not among the chosen sources; give --source invesco",
    )
