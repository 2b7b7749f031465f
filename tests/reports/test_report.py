"""A report: its figures are those of the answers, and no text in it can break its form."""

from __future__ import annotations

import html.parser
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from math import fsum
from pathlib import Path
from typing import Any

import pytest

import stockgroups
from commands import Command
from samples import make_fund, make_snapshot
from sound import make_sound
from stockgroups import charts
from stockgroups.analytics.funds import read_fund
from stockgroups.api import Database
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors
from stockgroups.jobs.receipt import find_receipt
from stockgroups.record.apply import apply
from stockgroups.reports import Report, write_markdown, write_page
from stockgroups.store import Store

HOSTILE = (
    "</td></table><script>alert(1)</script>|`x`\\| [a](http://b.example) <img src=x> *b* __c__ & "
    '"q" ${d}$ ~~e~~ \x1b[2J\r\n# f\u202e'
)
HOSTILE_TICKER = 'A"<b>|`'


@pytest.fixture
def db(command: Command) -> Iterator[Database]:
    with stockgroups.connect() as opened:
        yield opened


class Page(html.parser.HTMLParser):
    """What a browser makes of a page, as far as the tests ask."""

    VOID = frozenset({"meta", "br", "img", "link", "input"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.cells: list[list[int]] = []
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self.cells.append([])
        if tag == "tr":
            self.cells[-1].append(0)
        if tag in ("td", "th"):
            self.cells[-1][-1] += 1
        if tag not in self.VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def check_page(page: str) -> Page:
    """Fail unless the page is well formed, needs nothing from elsewhere, and can be read aloud."""
    read = Page(page)
    names = [tag for tag, _ in read.tags]
    assert not {"script", "link", "img", "iframe", "object", "base", "form"} & set(names)
    assert names.count("h1") == 1
    ids = [attrs["id"] for _, attrs in read.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    for tag, attrs in read.tags:
        assert not {"src", "srcset", "action", "xlink:href"} & attrs.keys()
        assert not [name for name in attrs if name.startswith("on")]
        if "href" in attrs:
            assert str(attrs["href"]).removeprefix("#") in ids
        if tag == "th":
            assert attrs["scope"] in ("col", "row")
        assert "url(" not in str(attrs.get("style"))
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert not re.search(r"url\(|@import|://", style)
    assert all(len(set(rows)) == 1 for rows in read.cells)
    assert names.count("caption") == names.count("table")
    return read


def split_row(line: str) -> list[str]:
    """The cells of a row, as GitHub splits it: a stroke behind a backslash is text."""
    return re.findall(r"(?:\\.|[^\\|])+", line.strip().removeprefix("|").removesuffix("|"))


def check_markdown(text: str) -> None:
    """Fail unless the rows of each table have as many cells as its head."""
    for part in text.split("\n\n"):
        rows = [line for line in part.splitlines() if line.startswith("|")]
        assert len({len(split_row(row)) for row in rows}) <= 1, part
    assert all(sign.isprintable() or sign == "\n" for sign in text)
    assert not set("<>") & set(text)
    for line in text.splitlines():
        for cell in split_row(line) if line.startswith("|") else [line]:
            assert not re.search(r"(?<!\\)(?:\\\\)*[`*\[|~$]", cell), line


def check_figures(db: Database, report: Report) -> None:
    """Fail unless the parts of a report are what the questions answer."""
    assert report.statistics == db.statistics()
    assert report.freshness == db.freshness()
    assert report.loads == db.loads(10)
    assert report.validation.to_dict() == db.validate().to_dict()
    assert report.version == db.version()
    assert [(one.name, one.members) for one in report.sectors] == sorted(
        ((s.name, s.members) for s in report.statistics.groups if s.kind == "SECTOR"),
        key=lambda one: (-one[1], one[0]),
    )
    assert report.coverage is not None
    assert report.funds is not None
    assert report.coverage.to_dict() == db.measure_sectors().to_dict()
    assert [fund.count for fund in report.funds] == report.statistics.etfs
    for fund in report.funds:
        check_fund(db, report, fund.to_dict())


def check_fund(db: Database, report: Report, told: dict[str, Any]) -> None:
    """Fail unless a fund of a report is what `query --etf`, `overlap` and `receipt` tell."""
    answer = db.etf(told["etf_symbol"])
    weights = [one.weight for one in answer.holdings if one.weight is not None]
    assert told["total_holdings"] == len(answer.holdings)
    assert {name: told[name] for name in answer.origin.to_dict()} == answer.origin.to_dict()
    assert [(one["symbol"], one["weight"]) for one in told["largest"]] == [
        (one.symbol, one.weight) for one in answer.holdings[:10]
    ]
    assert told["weight"] == (pytest.approx(fsum(weights)) if weights else None)
    if weights:
        fund = read_fund(db, answer.kind, answer.key, None)
        assert told["not_in_stocks"] == pytest.approx(fund.to_dict()["not_in_stocks"])
    sectors = [one.sector for one in answer.holdings]
    assert {one["sector"]: one["stocks"] for one in told["sectors"]} == {
        key: sectors.count(key) for key in sectors
    }
    found = [one for part in report.validation.sections for one in part.findings]
    assert told["findings"] == [one.to_dict() for one in found if one.group == answer.key]
    if not answer.origin.is_drifted:
        receipt = find_receipt(db, answer.key).receipt
        assert told["rows"] == (receipt.to_dict()["rows"] if receipt else None)


def test_the_figures_are_those_of_the_answers(db: Database) -> None:
    make_sound(db)
    apply(db, [make_fund("BARE", make_snapshot({"AAPL": None, "ZZZZ": None}))])
    report = db.report(detail=True)
    check_figures(db, report)
    assert db.report().to_dict().keys() == report.to_dict().keys()
    assert (db.report().funds, db.report().coverage) == (None, None)
    text, page = write_markdown(report), write_page(report)
    for shown in (text, page):
        assert "SPDR S&amp;P 500 ETF Trust" in shown
    assert re.search(r"^\| XOM \| .+ \| 60\.00 % \|$", text, re.MULTILINE)
    check_markdown(text)
    assert "Charts are left out" in page
    assert "etf-SPY" in [attrs.get("id") for _, attrs in check_page(page).tags]


def test_real_files_have_the_same_figures_too(
    holdings: Path, command: Command, db: Database, tmp_path: Path
) -> None:
    for name in (
        "invesco/QQQ_2025-09-24.csv",
        "ssga/holdings-daily-us-en-spy_2025-11-18.xlsx",
        "ark/ARK_INNOVATION_ETF_ARKK_HOLDINGS_2026-08-18.csv",
    ):
        shutil.copy(holdings / name, tmp_path)
    assert command("load", "--holdings-dir", tmp_path).status == 0  # proxies stand in for others
    organize_sectors(db)
    build_metadata(db)
    report = db.report(detail=True)
    check_figures(db, report)
    assert sum(bool(etf.origin.is_proxy) for etf in report.statistics.etfs) > 0
    text = write_markdown(report)
    assert ", a proxy |" in text
    check_markdown(text)
    check_page(write_page(report))


def test_drift_is_told_and_no_source_named(db: Database, connection: Connection) -> None:
    make_sound(db)
    connection.execute("DELETE FROM group_memberships WHERE symbol = 'BRK.B'")
    report = db.report(detail=True)
    check_figures(db, report)
    text = write_markdown(report)
    assert "! changed by another program" in text
    assert "- Validation: ✗ failed: " in text
    assert report.funds is not None
    (fund,) = [one for one in report.funds if one.count.name == "SPY"]
    assert fund.rows is None
    assert fund.findings


def test_no_name_breaks_the_form(db: Database, store: Store, connection: Connection) -> None:
    make_sound(store)
    snapshot = make_snapshot({"AAPL": 0.9, "ZZZZ": 0.1}, file_name=HOSTILE[:60])
    refs = tuple(replace_name(ref) for ref in snapshot.refs)
    named = replace(snapshot, refs=refs, sectors=(HOSTILE, HOSTILE))
    apply(store, [make_fund("BAD", named, description=HOSTILE)])
    connection.execute(
        "INSERT INTO definition_groups (name, type, environment, description)"
        " VALUES (%s, 'ETF', 'TEST', %s)",
        (HOSTILE_TICKER, HOSTILE),
    )
    report = db.report(detail=True)
    text = write_markdown(report)
    check_markdown(text)
    pictures = charts.draw_report(report)
    for page in (write_page(report), write_page(report, pictures)):
        read = check_page(page)
        assert any("<script>alert(1)</script>" in told for told in read.texts)
        assert "\x1b" not in page
        assert "\u202e" not in page


def replace_name(ref: Any) -> Any:
    return ref._replace(name=HOSTILE)


def test_charts_stand_in_the_page_itself(db: Database) -> None:
    make_sound(db)
    report = db.report(detail=True)
    pictures = charts.draw_report(report)
    page = write_page(report, pictures)
    assert pictures.keys() == {"sectors", "coverage"}
    assert page.count("<svg ") == 2
    assert "Charts are left out" not in page
    assert "://" not in page.replace("https://www.", "")  # addresses in remedies are texts
    check_page(page)


def test_a_report_takes_no_statement_for_each_fund(
    db: Database, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def count() -> int:
        asked.clear()
        db.report(detail=True)
        return len(asked)

    def execute(self: Any, *args: Any, **named: Any) -> Any:
        asked.append(args)
        return usual(self, *args, **named)

    opened: Any = type(db.connection)
    usual = opened.execute
    make_sound(store)
    monkeypatch.setattr(opened, "execute", execute)
    few = count()
    many = [make_fund(f"F{n}", make_snapshot({"AAPL": 0.5, "CVX": n / 100})) for n in range(30)]
    apply(store, many)
    # One more batch of histories takes three, the entries that may differ one.
    assert 0 < count() <= few + 4
