"""Pages stand behind the same gate as the questions, and are kept as long as they are true."""

from __future__ import annotations

import pytest

from reading import Document
from samples import make_fund, make_snapshot
from stockgroups.api import Database
from stockgroups.record.apply import apply
from stockgroups.settings import read_settings
from stockgroups.web.pages import Pages
from web import serve


def test_pages_are_served_beside_the_questions(db: Database) -> None:
    with serve(read_settings(), Pages()) as served:
        served.wait(db.version())
        get = served.client.get

        first = get("/etf/SPY?sort=-weight")
        assert first.status_code == 200
        assert first.headers["content-type"] == "text/html; charset=utf-8"
        policy = first.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
        assert "unsafe" not in policy
        assert first.headers["x-content-type-options"] == "nosniff"
        assert first.headers["referrer-policy"] == "no-referrer"
        assert "cached" not in served.lines[-1]

        tag = {"if-none-match": first.headers["etag"]}
        assert get("/etf/SPY?sort=-weight", headers=tag).status_code == 304
        assert "cached" in served.lines[-1]
        head = served.client.head("/etf/SPY")
        assert (head.status_code, head.content) == (200, b"")
        lines = get("/exposure?positions=SPY%2060%0D%0AXLE%2040")
        assert lines.status_code == 200

        for path in ("/files/style.css", "/files/pages.js", "/files/icon.svg"):
            file = get(path)
            assert file.status_code == 200
            assert b"http://" not in file.content.replace(b"http://www.w3.org/2000/svg", b"")
        assert get("/v1/etfs/SPY").json()["data"]["etf_symbol"] == "SPY"

        apply(db, [make_fund("NEW", make_snapshot({"AAPL": 1.0}), description="A new fund")])
        served.wait(db.version())
        assert "A new fund" in get("/etfs").text


def test_what_is_refused_is_told_as_a_page_with_what_to_do(db: Database) -> None:
    with serve(read_settings(), Pages()) as served:
        get = served.client.get
        for path, status, words, leads in (
            ("/etf/SPX", 404, "no ETF 'SPX' in environment TEST", "/etf/SPY"),
            ("/stock/APPL", 404, "no stock 'APPL' in environment TEST", "/stock/AAPL"),
            ("/theme/crypto", 404, "no theme 'crypto'", "/theme/crypto_miners"),
            ("/etf/QQQ", 404, "stockgroups load --etf QQQ", "/search?q=QQQ"),
            ("/nothing/at/all", 404, "there is no page /nothing/at/all", "/"),
            ("/etfs/SPY", 404, "there is no page /etfs/SPY", "/etf/SPY"),
            ("/qualty", 404, "there is no page /qualty", "/quality"),
            ("/files/nothing.css", 404, "there is no page", "/"),
            ("/stock/%3F%3F", 400, "is not a symbol in any spelling", "/"),
            ("/etf/SPY?as_of=yesterdy", 400, "What was asked As of", "/"),
            ("/etf/SPY?asof=2026-07-01", 400, "unknown parameter 'asof'", "/"),
            ("/etf/SPY?q=a&q=b", 400, "given twice", "/"),
            ("/etf/SPY?sort=wieght", 400, "unknown column 'wieght'", "/"),
            ("/etf/SPY?page=99", 400, "the last one is page 1", "/"),
            ("/etf/SPY?max_age=1&as_of=2027-01-01", 409, "What to do", "/"),
            ("/expression?expr=SPY%20%26%26%20XLE", 400, "SPY && XLE ^ What was asked", "/"),
            ("/compare?groups=" + "A," * 30, 400, "at most 20 groups", "/"),
            ("/compare?groups=SPY,XLF", 404, "stockgroups load --etf XLF", "/"),
            ("/compare?groups=SPY,XLEE", 404, "Did you mean", "/search?q=XLE"),
            ("/exposure?positions=SPY", 400, "SPY 60", "/"),
            ("/exposure?by=colour", 400, "unknown by 'colour'", "/"),
            ("/etf/SPY?q=%00", 400, "control character", "/"),
            ("/search?q=" + "x" * 41_000, 414, "longer than", "/"),
        ):
            told = get(path)
            assert told.status_code == status, path
            assert told.headers["content-type"] == "text/html; charset=utf-8"
            assert "unsafe" not in told.headers["content-security-policy"]
            page = Document(told.text)
            assert words in page.text, (path, page.text)
            assert leads in page.links, path
        elsewhere = get("/", headers={"host": "evil.example"})
        assert elsewhere.status_code == 421
        posted = served.client.post("/etf/SPY", json={})
        assert (posted.status_code, posted.headers["allow"]) == (405, "GET, HEAD")
        assert get("/v1/nothing").headers["content-type"] == "application/problem+json"


def test_a_fault_of_the_program_is_told_as_a_page(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Pages, "ask", fail)
    with serve(read_settings(), Pages()) as served:
        told = served.client.get("/etf/SPY", headers={"x-request-id": "one"})
        assert told.status_code == 500
        page = Document(told.text)
        assert page.title == "Internal error · stockgroups"
        assert "request one" in page.text
        assert "secret" not in told.text
        monkeypatch.setattr(Pages, "write_problem", fail)
        told = served.client.get("/etf/SPY")
        assert (told.status_code, told.json()["title"]) == (500, "Internal error")
    assert db.version()


def test_an_empty_environment_says_what_to_do(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    assert db.version()
    with serve(read_settings(), Pages()) as served:
        first = served.client.get("/")
        assert first.status_code == 200
        assert "set ENVIRONMENT" in first.text
        assert "stockgroups demo" in first.text
        for path in ("/etfs", "/stock/AAPL", "/quality/coverage", "/etf/SPY"):
            told = served.client.get(path)
            assert told.status_code == 404, path
            assert "environment UAT" in told.text
        for path in ("/search?q=a", "/compare", "/exposure", "/expression", "/loads", "/quality"):
            assert served.client.get(path).status_code == 200, path
        assert "stockgroups load" in served.client.get("/loads").text
