"""The Python API answers as the commands do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

import stockgroups
from commands import make_command
from holdings_files import write_list
from stockgroups.api import Database
from stockgroups.db.connection import Target
from stockgroups.db.errors import translate_errors
from stockgroups.settings import read_settings


@pytest.fixture
def db(
    target: Target, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[stockgroups.Database]:
    monkeypatch.setenv("DATABASE_URL", target.url)
    write_list(tmp_path / "AAAA_2026-07-01.csv", {"IBM": 0.6, "GE": 0.4})
    with stockgroups.connect(environment="TEST") as opened:
        assert not opened.load(tmp_path, proxies=False).failures
        yield opened


def test_importing_the_package_imports_nothing_of_it() -> None:
    code = (
        "import sys, stockgroups; assert 'connect' in dir(stockgroups);"
        "print([name for name in sys.modules if name.startswith('stockgroups.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['stockgroups.version']"
    assert all(hasattr(stockgroups, name) for name in stockgroups.__all__)


def test_a_connection_that_only_reads(db: stockgroups.Database, tmp_path: Path) -> None:
    write_list(tmp_path / "BBBB_2026-07-01.csv", {"IBM": 1.0})
    settings = replace(read_settings(), environment="TEST")
    with Database(settings, read_limit=1) as reader:
        assert reader.etf("AAAA").rows() == db.etf("AAAA").rows()
        with pytest.raises(stockgroups.DatabaseError, match="nothing can be written here"):
            reader.load(tmp_path, proxies=False)
        with (
            pytest.raises(stockgroups.DatabaseError, match="took longer than allowed"),
            translate_errors("here"),
        ):
            reader.connection.execute("SELECT pg_sleep(60)")
        assert reader.etf("AAAA").symbols == ["GE", "IBM"]


def test_a_group_and_a_stock(db: stockgroups.Database) -> None:
    fund = db.etf("aaaa")
    assert [(one.symbol, one.weight) for one in fund.holdings] == [("IBM", 0.6), ("GE", 0.4)]
    assert (str(fund.as_of), fund.origin.source) == ("2026-07-01", "plain")
    assert db.etf("AAAA", published_by="2999-01-01").age_days == db.etf("AAAA").age_days
    then = db.etf("AAAA", as_of="2026-07-02")
    assert (then.to_dict().keys(), then.age_days) == (fund.to_dict().keys(), 1)
    assert then.rows() == fund.rows()
    stock = db.stock("ibm")
    assert stock.member_of_etfs == ["AAAA"]
    assert db.stock("IBM", "2026-07-02").to_dict().keys() == stock.to_dict().keys()
    assert db.statistics("2026-07-02").to_dict().keys() == db.statistics().to_dict().keys()
    with pytest.raises(LookupError, match="no ETF 'AAAB'"):
        db.etf("AAAB")
    with pytest.raises(ValueError, match="is not a date"):
        db.etf("AAAA", "yesterday")
    assert repr(fund) == "<GroupAnswer ETF AAAA: 2 stocks as of 2026-07-01>"
    assert repr(stock) == "<StockAnswer IBM: None, in 1 group>"
    with pytest.raises(ValueError, match="use one of ETF, UNIVERSE"):
        db.group("FUND", "AAAA")


def test_an_answer_is_a_table(db: stockgroups.Database) -> None:
    fund = db.etf("AAAA")
    frame = fund.to_pandas()
    assert list(frame.columns) == list(fund.rows()[0])
    assert dict(zip(frame["symbol"], frame["weight"], strict=True)) == fund.weights
    assert "<td>IBM</td>" in fund._repr_html_()
    assert (
        "<script>" not in replace(fund, holdings=(stockgroups.Holding("<script>"),))._repr_html_()
    )
    assert db.stock("IBM").rows()[0]["group"] == "AAAA"


def test_every_other_question(db: stockgroups.Database) -> None:
    assert [found.current_symbol for found in db.resolve("ibm")] == ["IBM"]
    assert [one.group for one in db.timeline("IBM").intervals] == ["AAAA"]
    assert [one.header.source for one in db.source("AAAA").recorded] == ["plain"]
    assert db.changes("AAAA", since="1y").key == "AAAA"
    assert db.stock_changes("IBM").groups == []
    assert db.related("IBM").related == ()
    assert [one.name for one in db.freshness()] == ["AAAA"]
    assert db.explain("IBM").classification.sector is None
    assert not db.validate().passed


def test_acts_are_loads_that_can_be_rolled_back(db: stockgroups.Database) -> None:
    db.organize_sectors()
    db.build_metadata()
    kinds = [entry.kind for entry in db.loads()]
    assert kinds == ["build-metadata", "organize-sectors", "load"]
    assert db.rollback(db.loads()[-1].id, dry_run=True).plan.changes_anything
    db.rollback(db.loads()[-1].id)
    with pytest.raises(LookupError):
        db.etf("AAAA")


def test_those_who_listen_hear_which_groups_changed(
    db: stockgroups.Database, tmp_path: Path
) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as listener:
        listener.execute("LISTEN stockgroups")
        write_list(tmp_path / "BBBB_2026-07-01.csv", {"IBM": 1.0})
        assert not db.load(tmp_path, proxies=False).failures
        assert not db.load(tmp_path, proxies=False).plan.changes_anything
        told = [json.loads(one.payload) for one in listener.notifies(timeout=5, stop_after=1)]
    (version,) = db.connection.execute(
        b"SELECT version FROM stockgroups.env_state WHERE environment = 'TEST'"
    ).fetchone() or (None,)
    assert told == [
        {
            "environment": "TEST",
            "version": version,
            "load": db.loads()[0].id,
            "groups": [["ETF", "BBBB"]],
        }
    ]


def test_the_drivers_errors_come_out_as_ours(db: stockgroups.Database) -> None:
    db.connection.close()
    with pytest.raises(stockgroups.DatabaseError, match="is closed; connect again"):
        db.etf("AAAA")


def test_commands_answer_as_it_does(
    db: stockgroups.Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    command = make_command(capsys)
    for flag, answer in (("--etf=AAAA", db.etf("AAAA")), ("--stock=IBM", db.stock("IBM"))):
        state = db.state_of(answer)
        assert command("query", flag, "--json").json == answer.to_dict() | {"state": state}
    assert Database(read_settings()).environment == "TEST"
