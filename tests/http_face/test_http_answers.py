"""Every question over HTTP is answered as `Database` answers it, in each form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest

from stockgroups.api import Database
from stockgroups.http.endpoints import ENDPOINTS
from stockgroups.queries.columns import make_cell
from stockgroups.queries.frames import Answers, Tabular
from web import Served

EXPRESSION = "SPY | XLE"
QUOTED = quote(EXPRESSION)
QUESTIONS: dict[str, tuple[str, Callable[[Database], Tabular]]] = {
    "/etfs": ("/etfs", lambda db: db.groups("ETF")),
    "/etfs/spy": ("/etfs/{name:path}", lambda db: db.etf("SPY")),
    "/etfs/SPY?as_of=2026-11-01": ("/etfs/{name:path}", lambda db: db.etf("SPY", "2026-11-01")),
    "/etfs/SPY/holdings": ("/etfs/{name:path}/holdings", lambda db: db.etf("SPY")),
    "/sectors": ("/sectors", lambda db: db.groups("SECTOR")),
    "/sectors/energy": ("/sectors/{name:path}", lambda db: db.sector("energy")),
    "/sectors/energy/members": ("/sectors/{name:path}/members", lambda db: db.sector("energy")),
    "/themes": ("/themes", lambda db: db.groups("THEME")),
    "/universes": ("/universes", lambda db: db.groups("UNIVERSE")),
    "/segments": ("/segments", lambda db: db.groups("SEGMENT")),
    "/custom": ("/custom", lambda db: db.groups("CUSTOM")),
    "/industries": ("/industries", lambda db: db.industries()),
    f"/industries/{quote('Integrated Oil & Gas')}": (
        "/industries/{name:path}",
        lambda db: db.industry("Integrated Oil & Gas"),
    ),
    "/search?q=energy": ("/search", lambda db: db.search("energy")),
    "/stocks/XOM": ("/stocks/{name:path}", lambda db: db.stock("XOM")),
    "/stocks/BRK%2FB": ("/stocks/{name:path}", lambda db: db.stock("BRK/B")),
    "/timeline?stock=XOM": ("/timeline", lambda db: db.timeline("XOM")),
    "/related?stock=XOM": ("/related", lambda db: db.related("XOM")),
    "/explanation?stock=XOM": ("/explanation", lambda db: db.explain("XOM")),
    "/resolve?text=XOM&text=zzzz": ("/resolve", lambda db: db.resolve(["XOM", "zzzz"])),
    f"/members?expr={QUOTED}": ("/members", lambda db: db.members(EXPRESSION)),
    f"/panel?expr={QUOTED}&since=2026-10-01&until=2026-10-20&freq=D": (
        "/panel",
        lambda db: db.panel(EXPRESSION, "2026-10-01", "2026-10-20", "D"),
    ),
    f"/ever?expr={QUOTED}&since=2000-01-01": (
        "/ever",
        lambda db: db.ever(EXPRESSION, "2000-01-01"),
    ),
    "/overlap?groups=SPY,XLE": ("/overlap", lambda db: db.overlap("SPY", "XLE")),
    "/overlap-matrix": ("/overlap-matrix", lambda db: db.overlap_matrix()),
    "/overlap?groups=SPY,XLE&published_by=2999-01-01&source=issuer": (
        "/overlap",
        lambda db: db.overlap("SPY", "XLE", published_by="2999-01-01", source="issuer"),
    ),
    "/nearest?group=SPY": ("/nearest", lambda db: db.nearest("SPY")),
    "/changes?group=SPY&since=2000-01-01": ("/changes", lambda db: db.changes("SPY", "2000-01-01")),
    "/changes?stock=XOM": ("/changes", lambda db: db.stock_changes("XOM")),
    "/source?group=SPY": ("/source", lambda db: db.source("SPY")),
    "/receipts?group=spy": ("/receipts", lambda db: db.receipt("SPY")),
    "/loads": ("/loads", lambda db: db.loads()),
    "/freshness": ("/freshness", lambda db: db.freshness()),
    "/statistics": ("/statistics", lambda db: db.statistics()),
    "/validation": ("/validation", lambda db: db.validate()),
}
POSTED: dict[str, tuple[dict[str, Any], Callable[[Database], Tabular]]] = {
    "/exposure": (
        {"positions": {"SPY": 60, "XLE": 40}, "by": "sector", "published_by": "2999-01-01"},
        lambda db: db.exposure({"SPY": 60, "XLE": 40}, "sector", published_by="2999-01-01"),
    ),
    "/resolve": ({"texts": ["XOM", "?"]}, lambda db: db.resolve(["XOM", "?"])),
}
OF_OTHER_TYPES = {"themes", "universes", "segments", "custom"}
"""Their routes are made as those of sectors are."""


def list_pages(served: Served, path: str, limit: int) -> Iterator[dict[str, Any]]:
    """The pages of an answer, each asked for by the cursor of the one before."""
    sign = "&" if "?" in path else "?"
    cursor = ""
    while True:
        page = served.get(f"{path}{sign}limit={limit}{cursor}").raise_for_status().json()
        yield page
        assert page["truncated"] is (page["next"] is not None)
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_every_question_is_asked_here() -> None:
    asked = {path for path, _ in QUESTIONS.values()} | set(POSTED)
    routes = {one.path for one in ENDPOINTS if one.path.split("/")[1] not in OF_OTHER_TYPES}
    assert routes - asked == {"/report"}  # it tells when it was made: below


def test_answers_and_rows_are_those_of_the_database(kept: Served, kept_db: Database) -> None:
    paged = 0
    for path, (route, ask) in QUESTIONS.items():
        answer = ask(kept_db)
        told = kept.get(path).raise_for_status().json()
        is_rows = isinstance(answer, Answers) or route.endswith(("/holdings", "/members"))
        is_rows = is_rows and route not in ("/resolve", "/members")
        assert told["data"] == as_json(answer.rows() if is_rows else answer.to_dict()), path
        assert told["sources"] == as_json(answer.sources()), path
        assert told["state"] == kept_db.state_of(answer), path
        assert not told["truncated"]
        pages = list(list_pages(kept, path, 2))
        rows = [row for page in pages for row in page["data"]]
        assert rows == as_json(answer.rows()), path
        assert all(len(page["data"]) <= 2 for page in pages)
        paged += len(pages) > 1
    assert paged > 10


def test_csv_and_parquet_hold_the_same_rows(kept: Served, kept_db: Database) -> None:
    arrow = pytest.importorskip("pyarrow.parquet")
    for path, (_, ask) in QUESTIONS.items():
        answer = ask(kept_db)
        place, _, query = path.partition("?")
        text = kept.get(f"{place}.csv?{query}" if query else f"{place}.csv").raise_for_status()
        cells = list(csv.reader(io.StringIO(text.text)))
        assert cells[0] == list(answer.kinds()), path
        assert cells[1:] == [list(map(make_cell, row.values())) for row in answer.rows()], path
        told = kept.get(f"{place}.parquet?{query}").raise_for_status()
        table = arrow.read_table(io.BytesIO(told.content))
        assert table.equals(answer.to_arrow()), path
        assert kept.get(f"{place}.json?{query}").content == kept.get(path).content


def test_what_is_posted_is_asked(kept: Served, kept_db: Database) -> None:
    for path, (body, ask) in POSTED.items():
        told = kept.client.post(f"/v1{path}", json=body).raise_for_status().json()
        assert told["data"] == as_json(ask(kept_db).to_dict())
        assert told["arguments"] == body
        rows = kept.client.post(f"/v1{path}.csv?limit=1", json=body).raise_for_status()
        assert len(rows.text.splitlines()) == 2


def test_an_envelope_says_what_it_rests_on(kept: Served) -> None:
    told = kept.get(f"/members?expr={QUOTED}&as_of=2026-11-01&max_age=9999").json()
    assert told["arguments"] == {"expr": EXPRESSION, "as_of": "2026-11-01", "max_age": 9999}
    assert [one["group"] for one in told["sources"]] == ["etf:SPY", "etf:XLE"]
    assert told["as_of"] == min(one["as_of"] for one in told["sources"])
    told = kept.get("/etfs/SPY?as_of=0d").json()
    assert told["arguments"]["as_of"] == told["data"]["asked_as_of"]


def test_a_report_is_told_as_it_was_made(kept: Served, kept_db: Database) -> None:
    for detail in (False, True):
        told = kept.get(f"/report?detail={str(detail).lower()}").raise_for_status().json()["data"]
        report = as_json(kept_db.report(detail=detail).to_dict())
        made = [one.pop("made_at") for one in (told, report)]
        assert told == report
        assert made[0] <= made[1]
        rows = kept.get(f"/report.csv?detail={detail}").raise_for_status().text
        assert len(rows.splitlines()) == 1 + len(kept_db.report(detail=detail).rows())


def test_fields_are_chosen(kept: Served) -> None:
    told = kept.get("/etfs/SPY/holdings?fields=weight,symbol&limit=1").json()
    assert told["data"] == [{"weight": 0.5, "symbol": "AAPL"}]
    assert list(told["data"][0]) == ["weight", "symbol"]
    refused = kept.get("/etfs/SPY/holdings?fields=wieght").json()
    assert refused["detail"].startswith(
        "fields: unknown column 'wieght'; nearest: weight; the columns"
    )


def test_the_next_page_is_linked(kept: Served) -> None:
    first = kept.get("/etfs/SPY.csv?limit=2")
    link = first.headers["link"]
    assert link.endswith('>; rel="next"')
    second = kept.client.get(f"/v1/etfs/SPY.csv{link[1:].partition('>')[0]}").raise_for_status()
    assert second.text.splitlines()[1].startswith("XOM,")
    assert "link" not in second.headers
