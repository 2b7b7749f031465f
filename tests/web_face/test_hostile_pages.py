"""Whatever a source, another program or an address says stands on a page as a text."""

from __future__ import annotations

import re
from importlib import resources
from urllib.parse import quote

import pytest

from reading import Document, Reader
from samples import make_fund, make_snapshot
from stockgroups.errors import StockgroupsError
from stockgroups.record.apply import apply
from stockgroups.store import Store
from stockgroups.web.pages import Pages
from stockgroups.web.views.exposure import read_positions

SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>"
QUOTES = "\"'><b onmouseover=alert(1)>{{ 7 * 7 }}{% raw %}`</textarea></title>"
RIGHT_TO_LEFT = "\u202eEVIL\u2066 \u05d0\u05d1\u05d2"
LONG = "W" * 1_000
HOSTILE = (SCRIPT, QUOTES, RIGHT_TO_LEFT, LONG, "\x00\x1b[31m", "javascript:alert(1)", "../../etc")

TEMPLATES = resources.files("stockgroups.web") / "templates"
TAGS = {
    tag
    for file in TEMPLATES.iterdir()
    for tag in re.findall(r"<([a-z0-9]+)", file.read_text(encoding="utf-8"))
}


def check(page: Document) -> None:
    """No element is there that the template has not, and nothing that a browser would obey."""
    assert {tag for tag, _ in page.elements} <= TAGS
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") or name == "style" for name in attributes), tag
        href = attributes.get("href") or ""
        assert href.startswith(("/", "#")) or not href, href
        assert not href.startswith("//"), href
        if tag in ("script", "img"):
            assert attributes.get("src") == "/files/pages.js"
    assert "49" not in page.text.split()
    assert "\u202e" not in page.content
    assert "\x00" not in page.content


@pytest.fixture
def hostile(pages: Reader, store: Store) -> Reader:
    """The environment with names that are meant to do harm, in groups and in stocks."""
    apply(store, [make_fund("EVIL", make_snapshot({"AAPL": 0.5, "MSFT": 0.5}), description=SCRIPT)])
    run = store.connection.execute
    run("UPDATE stockgroups.refs SET name = %s, country = %s", [RIGHT_TO_LEFT + LONG, SCRIPT])
    run("UPDATE stockgroups.refs SET name = %s WHERE symbol = 'MSFT'", [QUOTES])
    run("UPDATE stockgroups.snapshots SET file_name = %s, issuer = %s", [QUOTES, SCRIPT])
    run("UPDATE public.definition_groups SET description = %s WHERE name = 'XLE'", [LONG])
    run(
        "INSERT INTO public.definition_groups (environment, type, name, description, metadata) "
        "VALUES ('TEST', 'CUSTOM', %s, %s, "
        "jsonb_build_object('name', %s::text, 'expression', %s::text))",
        [SCRIPT[:60], QUOTES, SCRIPT, QUOTES],
    )
    return pages


def test_names_that_are_meant_to_do_harm_are_harmless(hostile: Reader) -> None:
    custom = quote(SCRIPT[:60], safe="")
    for address in (
        "/",
        "/etfs",
        "/custom",
        f"/custom/{custom}",
        "/etf/EVIL",
        "/etf/EVIL/nearest",
        "/etf/EVIL/changes?since=2026-01-01",
        "/etf/EVIL/source",
        "/etf/XLE",
        "/stock/MSFT",
        "/stock/AAPL/timeline",
        "/stock/AAPL/sector",
        "/stock/AAPL/related",
        "/search?q=script",
        "/suggest?q=EVIL",
        "/compare?groups=EVIL,SPY",
        "/exposure?positions=EVIL%201;SPY%201&by=country",
        "/exposure?positions=EVIL%201;SPY%201&by=stock",
        "/expression?expr=EVIL%20|%20XLE",
        "/loads",
        "/quality",
        "/quality/freshness",
        "/quality/coverage",
    ):
        page = hostile.get(address)
        check(page)
        assert LONG not in page.text, address


def test_addresses_that_are_meant_to_do_harm_are_refused_or_harmless(pages: Reader) -> None:
    site = Pages()
    asked = 0
    for text in HOSTILE:
        given = quote(text, safe="")
        for path in (
            *(f"/{room}/{given}" for room in ("etf", "stock", "theme", "industry", given)),
            *(
                f"/etf/SPY?{name}={given}"
                for name in ("q", "sort", "page", "as_of", "sector", given)
            ),
            f"/search?q={given}",
            f"/suggest?q={given}",
            f"/compare?groups=SPY,{given}",
            f"/exposure?positions={given}%201",
            f"/exposure?positions=SPY%201&by={given}",
            f"/expression?expr={given}",
            f"/expression?expr=SPY&q={given}",
            f"/stock/AAPL?known_at={given}&max_age={given}",
            f"/etf/SPY/changes?since={given}",
            f"/loads?newest={given}",
            f"//evil.example/{given}?a=1",
        ):
            asked += 1
            try:
                page = pages.get(path)
            except StockgroupsError as error:
                told = error.to_dict() | {"title": "No", "status": 400, "request_id": "x"}
                told["detail"] = str(error)
                where, _, query = path.partition("?")
                page = Document(site.write_problem(where, query, told).write().decode())
            check(page)
    assert asked > 100


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ("SPY 60\r\nQQQ 40", {"SPY": 60, "QQQ": 40}),
        ("SPY=1,234.5; BRK B -2", {"SPY": 1234.5, "BRK B": -2}),
        ("universe:sp500 .5, QQQ 40 %", {"universe:sp500": 0.5, "QQQ": 40}),
        ("SPY 0,5", None),
        ("SPY 60,7203.XTKS 40", None),
        ("SPY", None),
        ("SPY 1e9", None),
        ("SPY nan", None),
        ("SPY 1\nSPY 2", None),
        ("A 1;" * 201, None),
    ],
)
def test_positions_are_read_as_they_are_meant_or_refused(
    said: str, read: dict[str, float] | None
) -> None:
    if read is None:
        with pytest.raises(StockgroupsError):
            read_positions(said)
    else:
        assert read_positions(said) == read
