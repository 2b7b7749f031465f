"""Writes over HTTP: who may write, the effects, and no other effects."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from commands import make_command
from samples import DAY, make_fund, make_snapshot
from stockgroups.api import Database
from stockgroups.cli import serve as serving
from stockgroups.errors import UsageError
from stockgroups.http import bounded
from stockgroups.http.bounded import Worker
from stockgroups.http.limits import LONGEST_UPLOAD, MOST_KEPT
from stockgroups.http.token import SHORTEST, VARIABLE, Token, read_token
from stockgroups.http.uploads import Uploads
from stockgroups.record.apply import apply
from stockgroups.settings import read_settings
from web import Served, serve

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-._~"
FILE = b"symbol,name,weight\nXOM,Exxon Mobil,55\nCVX,Chevron,45\n"
NAME = f"ZZE_{DAY}.csv"
PROBLEM = "application/problem+json"
WRITES = (f"/v1/plans?file={NAME}", "/v1/plans/1-a0", "/v1/loads/1/rollback")


@pytest.fixture
def writable(db: Database) -> Iterator[Served]:
    with serve(read_settings(), token=Token(SECRET, "a test")) as running:
        running.wait(db.version())
        yield running


def post(served: Served, path: str, content: Any = None, **headers: str) -> httpx.Response:
    told = {"authorization": f"Bearer {SECRET}", "content-type": "application/octet-stream"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return served.client.post(f"/v1{path}", content=content, headers=told)


def kept(served: Served) -> list[Path]:
    uploads = served.service.uploads
    assert uploads is not None
    return [path for path in Path(uploads._folder.name).rglob("*") if path.is_file()]


def test_without_the_flag_there_are_none(served: Served) -> None:
    described = served.get("/openapi.json").json()
    assert not [path for path in described["paths"] if "plans" in path or "rollback" in path]
    assert "securitySchemes" not in described["components"]
    for path in WRITES:
        told = served.client.post(path, content=FILE, headers={"authorization": f"Bearer {SECRET}"})
        assert told.status_code == 404, path
        assert served.client.get(path).status_code == 404


def test_a_write_answers_in_json_alone(writable: Served) -> None:
    refused = post(writable, "/plans.csv?file=SPY.csv", FILE)
    assert (refused.status_code, refused.json()["what"]) == (404, "there is no /v1/plans.csv")


def test_without_the_token_nothing_is_done(writable: Served, db: Database) -> None:
    version = db.version()
    own = str(writable.client.base_url)
    refused: list[tuple[dict[str, str], int]] = [
        ({}, 401),
        ({"authorization": ""}, 401),
        ({"authorization": f"Basic {SECRET}"}, 401),
        ({"authorization": "Bearer"}, 401),
        ({"authorization": f"Bearer {SECRET[:-1]}"}, 401),
        ({"authorization": f"Bearer {SECRET}x"}, 401),
        ({"authorization": "Bearer é"}, 401),
        ({"authorization": f"Bearer {SECRET}", "origin": "https://evil.example"}, 403),
        ({"authorization": f"Bearer {SECRET}", "origin": "null"}, 403),
        ({"authorization": f"Bearer {SECRET}", "origin": own[:-1]}, 403),  # another port
        ({"authorization": f"Bearer {SECRET}", "sec-fetch-site": "cross-site"}, 403),
        ({"authorization": f"Bearer {SECRET}", "sec-fetch-site": "same-site"}, 403),
        ({"authorization": f"Bearer {SECRET}", "sec-fetch-site": "cross-site",
          "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, 403),
        ({"authorization": f"Bearer {SECRET}", "host": "evil.example"}, 421),
    ]  # fmt: skip
    for headers, status in refused:
        sent = {"content-type": "application/octet-stream", **headers}
        encoded = {name.encode(): value.encode() for name, value in sent.items()}
        for path in (*WRITES, f"/v1/plans.json?file={NAME}", "/v1/plans/1-a0.csv"):
            told = writable.client.post(path, content=FILE, headers=encoded)
            assert told.status_code == status, (headers, path, told.text)
            assert told.headers["content-type"] == PROBLEM
            assert ("www-authenticate" in told.headers) is (status == 401)
    assert not kept(writable)
    assert db.version() == version
    assert SECRET not in "".join(writable.lines)
    assert writable.client.get("/v1/plans").headers["allow"] == "POST"


def test_reading_is_open_to_links_and_to_own_pages_alone(served: Served) -> None:
    own = str(served.client.base_url)
    for headers, status in (
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "cors", "origin": own}, 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "iframe"}, 403),
        ({"origin": "http://localhost:1"}, 403),
        ({"origin": own, "sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "none", "sec-fetch-mode": "navigate"}, 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate",
          "sec-fetch-dest": "document"}, 200),
    ):  # fmt: skip
        assert served.client.get("/v1/etfs", headers=headers).status_code == status, headers


def test_a_file_is_planned_applied_once_and_taken_back(writable: Served, db: Database) -> None:
    version = db.version()
    planned = post(writable, f"/plans?file={NAME}", FILE).raise_for_status().json()
    plan = planned["data"]
    assert (planned["as_of"], planned["arguments"]) == (DAY.isoformat(), {"file": NAME})
    assert plan["dry_run"]
    assert plan["funds"][0]["added"] == ["CVX", "XOM"]
    assert plan["files"][0]["receipt"]["rows_read"] == 2
    assert (db.version(), len(kept(writable))) == (version, 3)
    applied = post(writable, f"/plans/{plan['plan']}").raise_for_status().json()["data"]
    assert (applied["changed"], applied["repeated"], applied["plan"]) == (True, False, plan["plan"])
    writable.wait(db.version())
    told = writable.get("/etfs/ZZE/holdings?fields=symbol,weight").json()["data"]
    assert told == [{"symbol": "XOM", "weight": 0.55}, {"symbol": "CVX", "weight": 0.45}]
    assert not kept(writable)
    entry = db.loads(1)[0]
    assert entry.id == applied["load"]
    assert entry.arguments["origin"].startswith("upload, request ")
    assert "holdings_dir" not in entry.arguments
    version = db.version()
    again = post(writable, f"/plans/{plan['plan']}").raise_for_status().json()["data"]
    assert (again["load"], again["repeated"], again["changed"]) == (entry.id, True, False)
    foreseen = post(writable, f"/loads/{entry.id}/rollback?dry_run=true").raise_for_status().json()
    assert (foreseen["data"]["load"], db.version()) == (None, version)
    undone = post(writable, f"/loads/{entry.id}/rollback").raise_for_status().json()["data"]
    assert undone["undoes"] == entry.id
    writable.wait(db.version())
    assert writable.get("/etfs/ZZE").status_code == 404
    for path in (f"/loads/{entry.id}/rollback", f"/plans/{plan['plan']}"):
        refused = post(writable, path)
        assert refused.status_code == 409, path
        assert str(undone["load"]) in refused.json()["detail"]
    assert post(writable, "/plans/9-ff").status_code == 404


def test_a_plan_of_another_state_is_refused_with_what_changed(
    writable: Served, db: Database
) -> None:
    plan = post(writable, f"/plans?file={NAME}", FILE).raise_for_status().json()["data"]["plan"]
    apply(db, [make_fund("ZZE", make_snapshot({"KO": 1.0}))])
    version = db.version()
    refused = post(writable, f"/plans/{plan}")
    assert (refused.status_code, db.version()) == (409, version)
    problem = refused.json()
    assert problem["type"] == "urn:stockgroups:problem:stale-plan"
    assert [change["name"] for change in problem["changed"][0]["changes"]] == ["ZZE"]
    assert post(writable, f"/plans/{plan}").status_code == 404
    bad = post(writable, f"/plans?file=SPY_{DAY}.csv", FILE)
    assert (bad.status_code, bad.json()["type"]) == (409, "urn:stockgroups:problem:guard")
    page = post(writable, "/plans?file=a.csv", b"<html>")
    assert (page.status_code, page.json()["where"]) == (422, "a.csv")
    assert not kept(writable)


def test_what_is_sent_is_bounded(writable: Served) -> None:
    many = b" " * (LONGEST_UPLOAD + 1)
    for path, content, headers, status in (
        (f"/plans?file={NAME}", many, {}, 413),
        (f"/plans?file={NAME}", iter([many[: len(many) // 2]] * 3), {}, 413),
        (f"/plans?file={NAME}", FILE, {"content_type": "text/csv"}, 415),
        (f"/plans?file={NAME}", FILE, {"content_encoding": "gzip"}, 415),
        ("/plans", FILE, {}, 400),
        ("/plans?file=..%2F" + NAME, FILE, {}, 400),
        ("/plans?file=.hidden.csv", FILE, {}, 400),
        ("/plans?file=a.exe", FILE, {}, 400),
        ("/plans?file=a%E2%80%AE.csv", FILE, {}, 400),
        ("/plans?file=" + "%C3%A9" * 150 + ".csv", FILE, {}, 400),
        (f"/plans?file={NAME}&accept=nothing", FILE, {}, 400),
        (f"/plans?file={NAME}&as_of=never", FILE, {}, 400),
        (f"/plans?file={NAME}&more=1", FILE, {}, 400),
        ("/plans/x y", None, {}, 400),
        ("/plans/" + "a" * 300, None, {}, 400),
        ("/loads/x/rollback", None, {}, 400),
        (f"/loads/{2**63}/rollback", None, {}, 400),
        ("/loads/1/rollback?dry_run=perhaps", None, {}, 400),
    ):
        told = post(writable, path, content, **headers)
        assert (told.status_code, told.headers["content-type"]) == (status, PROBLEM), path
    assert not kept(writable)


def test_a_worker_that_takes_too_much_is_ended(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = db.settings
    (tmp_path / NAME).write_bytes(b"symbol,name,weight\n" + b"XOM,Exxon Mobil,55\n" * 200_000)
    job = ("plan", {"folder": str(tmp_path)}, tmp_path, "r")
    told = Worker(settings, memory=8_000_000).run(*job)
    assert (told.status, told.value["type"]) == (422, "urn:stockgroups:problem:oversized-file")
    assert "7 MB of memory" in told.value["detail"]

    def run(code: str, seconds: float = 30.0) -> bounded.Result:
        monkeypatch.setattr(bounded, "_WORKER", (sys.executable, "-c", code))
        return Worker(settings, seconds=seconds).run(*job)

    told = run("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    assert (told.status, told.value["what"]) == (
        422,
        "reading it takes more than 30 s of processor time",
    )
    note = tmp_path / "pid.note"
    code = f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(99)"
    assert run(code, seconds=2.0).status == 504
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)
    with pytest.raises(RuntimeError, match="has ended with 3: no words"):
        run("import sys; print('no words', file=sys.stderr, end=''); sys.exit(3)")


def test_uploads_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    uploads = Uploads()
    folder = Path(uploads._folder.name)
    assert folder.stat().st_mode & 0o077 == 0
    for number in range(MOST_KEPT + 1):
        upload = uploads.make(NAME, {})
        upload.path.write_bytes(FILE)
        uploads.keep(f"{number}", upload)
    assert (len(uploads), uploads.find("0")) == (MOST_KEPT, None)
    assert len(list(folder.iterdir())) == MOST_KEPT
    monkeypatch.setattr("stockgroups.http.uploads.KEPT_SECONDS", -1)
    assert uploads.find("1") is None
    uploads.close()
    assert not folder.exists()


def test_a_token_is_long_and_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "token"
    file.write_text(f"{SECRET}\n")
    assert read_token(file).matches(SECRET)
    assert not read_token(file).matches(SECRET.upper())
    for text in ("", "x" * (SHORTEST - 1), f"{SECRET} {SECRET}", "é" * SHORTEST, "x" * 2_000):
        file.write_text(text)
        with pytest.raises(UsageError, match="the token must have 32"):
            read_token(file)
    with pytest.raises(UsageError, match="cannot be read"):
        read_token(tmp_path / "none")
    monkeypatch.setenv(VARIABLE, SECRET)
    args = argparse.Namespace(allow_writes=True, token_file=None, host="0.0.0.0")
    token = serving._read_token(args)
    assert token is not None
    assert token.matches(SECRET)
    assert VARIABLE not in os.environ
    assert "put a proxy with TLS in front" in capsys.readouterr().err
    command = make_command(capsys)
    refused = command("serve", "--port", "0", "--allow-writes", "--json")
    assert refused.status == 2
    error = json.loads(refused.err.splitlines()[-1])["error"]
    assert error["what"] == "writes need a token, but none is set"
    assert command("serve", "--port", "0", "--token-file", str(file)).status == 2
