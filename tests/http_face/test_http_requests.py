"""Conditions, compression and refusals of HTTP; and malformed requests."""

from __future__ import annotations

import gzip
import json
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commands import make_command
from stockgroups.api import Database
from stockgroups.http import protocol
from stockgroups.http.limits import (
    LONGEST_BODY,
    LONGEST_HEADERS,
    LONGEST_URL,
    MOST_FUNDS,
    MOST_ROWS,
    MOST_TEXTS,
)
from web import Served

PROBLEM = "application/problem+json"


def test_what_the_client_has_is_not_sent_again(kept: Served) -> None:
    first = kept.get("/statistics", accept_encoding="identity")
    tag = first.headers["etag"]
    again = kept.get("/statistics", accept_encoding="identity", if_none_match=tag)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert first.headers["cache-control"] == "no-cache"
    weak = kept.get("/statistics", accept_encoding="identity", if_none_match=f'"x", W/{tag}')
    assert weak.status_code == 304
    zipped = kept.get("/statistics", accept_encoding="gzip", if_none_match=tag)
    assert zipped.status_code == 200  # what is sent compressed is another entity
    other = kept.get("/etfs/SPY.csv", accept_encoding="identity")
    assert other.headers["etag"] != first.headers["etag"]
    assert kept.get("/etfs/SPZ", if_none_match="*").status_code == 404


def test_a_body_is_compressed_where_that_is_wanted(kept: Served) -> None:
    plain = kept.get("/statistics", accept_encoding="identity")
    with kept.client.stream(
        "GET", "/v1/statistics", headers={"accept-encoding": "br, gzip;q=0.5"}
    ) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "accept-encoding"
    assert gzip.decompress(sent) == plain.content
    assert "content-encoding" not in kept.get("/statistics", accept_encoding="gzip;q=0").headers
    assert "content-encoding" not in kept.get("/healthz", accept_encoding="gzip").headers
    tag = answer.headers["etag"]
    assert tag != plain.headers["etag"]
    assert kept.get("/statistics", accept_encoding="gzip", if_none_match=tag).status_code == 304


@pytest.mark.parametrize(
    "path", ["/healthz.csv", "/readyz.parquet", "/openapi.csv", "/docs.json", "/docs.csv"]
)
def test_a_form_that_an_answer_has_not_is_not_found(kept: Served, path: str) -> None:
    refused = kept.get(path)
    assert refused.status_code == 404
    assert refused.json()["what"] == f"there is no /v1{path}"


@pytest.mark.parametrize("path", ["/healthz.json", "/readyz.json", "/openapi.json", "/docs"])
def test_what_has_one_form_is_told_in_it(kept: Served, path: str) -> None:
    assert kept.get(path).status_code == 200


def test_head_is_get_without_the_body(kept: Served) -> None:
    asked = kept.client.head("/v1/stocks/XOM", headers={"accept-encoding": "identity"})
    told = kept.get("/stocks/XOM", accept_encoding="identity")
    names = ("content-length", "content-type", "etag", "stockgroups-version")
    assert [asked.headers[name] for name in names] == [told.headers[name] for name in names]
    assert asked.content == b""


def test_ids_are_taken_where_they_are_plain_and_logged(served: Served) -> None:
    assert served.get("/healthz", x_request_id="job-7.a_b").headers["x-request-id"] == "job-7.a_b"
    assert served.lines[-1].startswith("job-7.a_b GET /v1/healthz 200 ")
    made = served.get("/healthz", x_request_id='"><script>').headers["x-request-id"]
    assert made.isalnum()
    problem = served.get("/etfs/SPZ")
    assert problem.json()["request_id"] == problem.headers["x-request-id"]
    assert served.get("/stocks/XOM")
    assert served.get("/stocks/XOM")
    assert served.lines[-1].endswith(" cached")
    assert not served.lines[-2].endswith(" cached")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/etfs/SPYX", ("query", "--etf", "SPYX")),
        ("/stocks/XOMM", ("query", "--stock", "XOMM")),
        ("/stocks/a%20b%20c%20d", ("query", "--stock", "a b c d")),
        ("/members?expr=" + quote("SPY &"), ("members", "SPY &")),
        ("/members?expr=" + quote("SPY - sector:enrgy"), ("members", "SPY - sector:enrgy")),
        ("/members?expr=" + "A" * 10_000, ("members", "A" * 10_000)),
        ("/etfs/SPY?as_of=2000-01-01", ("query", "--etf", "SPY", "--as-of", "2000-01-01")),
        ("/etfs/SPY?max_age=0&as_of=2026-11-20",
         ("query", "--etf", "SPY", "--max-age", "0", "--as-of", "2026-11-20")),
        ("/overlap?groups=SPY,NONE", ("overlap", "SPY", "NONE")),
        ("/source?group=nothing", ("source", "nothing")),
    ],
)  # fmt: skip
def test_problems_have_the_words_of_the_command_line(
    kept: Served,
    kept_db: Database,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    words: tuple[str, ...],
) -> None:
    monkeypatch.setenv("DATABASE_URL", kept_db.target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    problem = kept.get(path)
    printed = make_command(capsys)(*words, "--json")
    error = json.loads(printed.err.splitlines()[-1])["error"]
    told = problem.json()
    assert problem.headers["content-type"] == PROBLEM
    assert (told["status"], problem.status_code) == (problem.status_code, problem.status_code)
    assert 400 <= problem.status_code < 500
    for part in ("what", "where", "remedy", "nearest", "column", "text"):
        assert told.get(part) == error.get(part), part


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/nothing", 404, "there is no /v1/nothing"),
        ("/etfs/", 400, "name"),
        ("/etfs?feilds=key", 400, "unknown parameter 'feilds'; nearest: fields"),
        ("/etfs?limit=1&limit=2", 400, "given twice"),
        ("/etfs?limit=0", 400, "limit"),
        (f"/etfs?limit={MOST_ROWS + 1}", 400, "limit"),
        ("/etfs?cursor=!", 400, "not a cursor"),
        ("/etfs/SPY?as_of=yesterday", 400, "as_of"),
        ("/etfs/SPY?max_age=-1", 400, "max_age"),
        ("/changes", 400, "give one of them"),
        ("/changes?group=SPY&stock=XOM", 400, "give one of them"),
        ("/changes?stock=XOM&type=ETF", 400, "a stock has no type"),
        ("/source?group=SPY&type=FUND", 400, "type"),
        ("/panel?expr=SPY", 400, "since"),
        ("/panel?expr=SPY&since=1900-01-01&freq=D", 400, "at most 2,000 dates"),
        ("/overlap?groups=" + ",".join(["SPY"] * (MOST_FUNDS + 1)), 400, "at most 50 groups"),
        ("/members?expr=" + "A" * 10_001, 400, "expr"),
        ("/members?expr=" + "(" * 4_000 + "SPY" + ")" * 4_000, 400, "nested more than 32 deep"),
        ("/members?expr=" + "SPY|" * 2_000 + "SPY", 400, "more than 500 names"),
        ("/stocks/..%2F..%2Fetc%2Fpasswd", 400, "is not a symbol"),
        ("/etfs/..%2F..%2Fetc%2Fpasswd", 404, "no ETF"),
        ("/themes/%7B%7B7*7%7D%7D", 404, "{{7*7}}"),
        ("/../../etc/passwd", 404, "there is no"),
        ("/members", 400, "expr"),
        ("/stocks/" + "A" * 201, 400, "name"),
        ("/stocks/A%00B", 400, "control character"),
        ("/search?q=a%00b", 400, "control character"),
        ("/search?q=a%0d%0ab", 400, "control character"),
        ("/search?q=" + "a" * LONGEST_URL, 414, "the address is longer"),
    ],
)  # fmt: skip
def test_what_is_refused(kept: Served, path: str, status: int, words: str) -> None:
    problem = kept.get(path)
    assert problem.status_code == status
    assert problem.headers["content-type"] == PROBLEM
    assert words in problem.json()["detail"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/exposure", b"{", 422),
        ("/exposure", b"[" * 100_000, 422),
        ("/exposure", b"{}", 422),
        ("/exposure", b'{"positions": {"SPY": 1e999}}', 422),
        ("/exposure", b'{"positions": {"SPY": 1}, "more": 1}', 422),
        ("/exposure", b'{"positions": {"SPY": 1, "SPY": 2}}', 422),
        ("/exposure", json.dumps({"positions": {f"F{i}": 1 for i in range(10_000)}}).encode(), 422),
        ("/exposure", b'{"positions": {"SPY": 1' + b"0" * 5_000 + b"}}", 422),
        ("/exposure", b'{"positions": ' * 60_000, 422),
        ("/exposure", b'{"positions": {"SPY": true}}', 422),
        ("/exposure", b'{"positions": {"SPY": 0}}', 400),
        ("/exposure", b'{"positions": {"SPY": 1}, "by": "colour"}', 422),
        ("/exposure", b'{"positions": {"S\\u0000": 1}}', 400),
        ("/exposure", b" " * (LONGEST_BODY + 1), 413),
        ("/resolve", json.dumps({"texts": ["A"] * (MOST_TEXTS + 1)}).encode(), 422),
        ("/resolve", b'{"texts": ["\\ud800"]}', 422),
        ("/resolve", b'{"texts": []}', 422),
        ("/etfs", b"{}", 405),
    ],
)
def test_what_is_posted_and_refused(kept: Served, path: str, body: bytes, status: int) -> None:
    told = kept.client.post(
        f"/v1{path}", content=body, headers={"content-type": "application/json"}
    )
    assert told.status_code == status
    assert told.headers["content-type"] == PROBLEM
    form = kept.client.post(f"/v1{path}", data={"a": "b"})
    assert form.status_code == (405 if path == "/etfs" else 415)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_nothing_is_written(kept: Served, method: str) -> None:
    allowed = {"etfs/SPY": "GET, HEAD", "resolve": "GET, HEAD, POST", "exposure": "POST"}
    for path, methods in allowed.items():
        told = kept.client.request(method, f"/v1/{path}")
        assert (told.status_code, told.headers["allow"]) == (405, methods)
        assert told.headers["content-type"] == PROBLEM
    assert kept.client.post("/v1/etfs/SPY", json={}).headers["allow"] == "GET, HEAD"


def test_only_this_host_is_answered_for(kept: Served) -> None:
    for host in ("evil.example", "evil.example:80", "", "127.0.0.1.evil.example", "[::1",
                 "localhost, evil.example", "localhost/x", "me@localhost"):  # fmt: skip
        assert kept.get("/etfs", host=host).status_code in (400, 421), host
    for host in ("localhost", "LOCALHOST:1", "[::1]:8642", "127.0.0.1"):
        assert kept.get("/etfs", host=host).status_code == 200, host
    assert kept.get("/etfs", origin="https://evil.example").status_code == 403
    assert kept.get("/etfs", origin="null").status_code == 403
    own = str(kept.client.base_url)
    assert kept.get("/etfs", origin=own).status_code == 200


def test_headers_cannot_be_injected(kept: Served) -> None:
    url = kept.client.base_url
    with socket.create_connection((url.host, url.port)) as raw:
        raw.sendall(
            b"GET /v1/stocks/A%0d%0aX-Evil:%201?a=%0d%0aX-Evil:%201 HTTP/1.1\r\n"
            b"Host: localhost\r\nX-Request-ID: a\r\nConnection: close\r\n\r\n"
        )
        told = b""
        while part := raw.recv(65536):
            told += part
    head = told.partition(b"\r\n\r\n")[0].lower()
    assert head.startswith(b"http/1.1 400")
    assert b"x-evil" not in head


def ask_raw(kept: Served, *parts: bytes) -> bytes:
    """What is answered to bytes that are sent as they are, until the connection is closed."""
    url = kept.client.base_url
    told = b""
    with socket.create_connection((url.host, url.port)) as raw:
        raw.settimeout(30)
        with suppress(ConnectionError):  # closed before all was sent
            for part in parts:
                raw.sendall(part)
        with suppress(ConnectionError):
            while piece := raw.recv(65536):
                told += piece
    return told


def test_heads_are_bounded(kept: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    begin = b"GET /v1/etfs HTTP/1.1\r\nHost: localhost\r\n"
    end = b"Connection: close\r\n\r\n"
    many = b"".join(b"X-%d: a\r\n" % number for number in range(5_000))
    gzipped = gzip.compress(b'{"positions": {"SPY": 1}}')
    posted = b"POST /v1/exposure HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    for parts, status in (
        ((begin, many, end), b"431"),
        ((begin, b"X: " + b"a" * LONGEST_HEADERS + b"\r\n", end), b"431"),
        ((begin, b"X: ", *[b"a" * 60_000] * 20), b"431"),  # without an end
        ((begin, b"Host: evil.example\r\n", end), b"400"),
        ((begin, b"Origin: http://localhost\r\nOrigin: http://evil.example\r\n", end), b"400"),
        ((b"GET http://evil.example/v1/etfs HTTP/1.1\r\nHost: localhost\r\n", end), b"421"),
        ((b"GET http://localhost/v1/etfs HTTP/1.1\r\nHost: evil.example\r\n", end), b"200"),
        ((posted, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n" % len(gzipped), end, gzipped),
         b"415"),
        ((posted, b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", end), b"400"),
        ((posted, b"Content-Length: -5\r\n", end), b"400"),
        ((posted, b"Transfer-Encoding: chunked\r\n", end, b"ZZ\r\n"), b"400"),
        ((b"FOO /v1/etfs HTTP/1.1\r\nHost: localhost\r\n", end), b"400"),
        ((begin, end), b"200"),
    ):  # fmt: skip
        assert ask_raw(kept, *parts).startswith(b"HTTP/1.1 " + status), (parts[0], status)
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.1)
    assert ask_raw(kept) == b""  # nothing comes: closed
    assert ask_raw(kept, begin) == b""
    assert kept.get("/healthz").status_code == 200


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(min_size=1, max_size=60), question=st.integers(0, 6))
def test_no_text_is_too_odd(kept: Served, text: str, question: int) -> None:
    """Names in any alphabet, SQL, HTML, and half a character get an answer or a refusal."""
    quoted = quote(text, safe="", errors="surrogatepass")
    path = (
        f"/stocks/{quoted}", f"/etfs/{quoted}", f"/search?q={quoted}", f"/members?expr={quoted}",
        f"/resolve?text={quoted}", f"/etfs?fields={quoted}", f"/themes/{quoted}?{quoted}=1",
    )[question]  # fmt: skip
    for hostile in (path, f"{path}%27;DROP%20TABLE%20x--", f"{path}%3Cscript%3E"):
        told = kept.get(hostile)
        assert told.status_code in (200, 400, 404, 409, 414), told.text
        assert told.status_code == 200 or told.headers["content-type"] == PROBLEM


def test_the_description_is_true_and_loads_nothing_from_elsewhere(kept: Served) -> None:
    described: dict[str, Any] = kept.get("/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {"get", "post"} == set(described["paths"]["/v1/resolve"])
    parameters = described["paths"]["/v1/etfs/{name}"]["get"]["parameters"]
    assert {one["name"] for one in parameters} == {
        "name", "as_of", "known_at", "max_age", "published_by", "source",
        "fields", "limit", "cursor",
    }  # fmt: skip
    assert all(
        operation["summary"] and "200" in operation["responses"]
        for methods in described["paths"].values()
        for operation in methods.values()
    )
    page = kept.get("/docs")
    links = [part.split('"')[0] for part in page.text.replace("'", '"').split('"') if "/" in part]
    assert not any(urlsplit(link).netloc for link in links)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/v1/docs/files/{name}" in page.text
        assert kept.get(f"/docs/files/{name}").status_code == 200
    for path in ("/docs/files/../../etc/passwd", "/docs/files/%2e%2e/consts.py"):
        assert kept.get(path).status_code == 404


def test_it_says_whether_it_is_well(served: Served, db: Database) -> None:
    assert served.get("/healthz").json()["status"] == "ok"
    assert served.get("/readyz").json()["version"] == db.version()
    db.connection.execute("UPDATE stockgroups.alembic_version SET version_num = '9999'")
    problem = served.get("/readyz")
    assert problem.status_code == 503
    assert problem.headers["retry-after"]
    assert "9999" in problem.json()["what"]
    assert served.get("/healthz").status_code == 200
