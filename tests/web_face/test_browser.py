"""The pages in a browser, as people use them: with scripts and without, wide and narrow."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any

import pytest

from stockgroups.api import Database
from stockgroups.settings import read_settings
from stockgroups.web.pages import Pages
from web import Served, serve

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 800}
PATIENCE = 30_000
CHECKED = (
    "/",
    "/etf/SPY",
    "/etf/SPY?as_of=2026-07-02",
    "/etf/SPY/source",
    "/stock/AAPL",
    "/stock/AAPL/timeline",
    "/compare?groups=SPY,XLE",
    "/exposure?positions=SPY%2060%0D%0AXLE%2040",
    "/expression?expr=SPY%20%26%20XLE",
    "/quality",
    "/loads",
)
SERIOUS = ("serious", "critical")


class Window:
    """A page of the browser, which notes what no page of ours may do."""

    def __init__(self, page: Any, home: str) -> None:
        self.page = page
        self.wrong: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("request", lambda asked: self._see(asked.url, home))

    def _hear(self, message: Any) -> None:
        if message.type in ("error", "warning") and " 404 " not in message.text:
            self.wrong.append(f"console: {message.text}")

    def _see(self, url: str, home: str) -> None:
        if not url.startswith(home):
            self.wrong.append(f"another host: {url}")


@contextmanager
def open_browser() -> Iterator[Any]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no browser is installed: none of {', '.join(NAMES)}")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=found, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def open_window(browser: Any, served: Served, **how: Any) -> Iterator[Any]:
    home = str(served.client.base_url)
    context = browser.new_context(base_url=home, **how)
    window = Window(context.new_page(), home)
    yield window.page
    context.close()
    assert window.wrong == []


def test_the_journeys_of_people(db: Database) -> None:
    with serve(read_settings(), Pages()) as served, open_browser() as browser:
        served.wait(db.version())
        with open_window(browser, served, viewport=DESK) as page:
            go_from_a_search_to_a_day(page)
            compare_and_combine(page)
        with open_window(browser, served, viewport=PHONE, java_script_enabled=False) as page:
            read_without_scripts(page)
        axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
        for scheme, size, addresses in (
            ("light", PHONE, CHECKED),
            ("dark", DESK, CHECKED[::3]),
        ):
            with open_window(browser, served, viewport=size, color_scheme=scheme) as page:
                for address in addresses:
                    page.goto(address)
                    assert count_hidden_pixels(page) == 0, (address, scheme)
                    assert find_barriers(page, axe) == [], (address, scheme)


def go_from_a_search_to_a_day(page: Any) -> None:
    """A search with suggestions, by the keyboard; a stock, a fund, a day, a misspelling."""
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    field = page.get_by_role("combobox")
    field.press_sequentially("aap", delay=5)
    page.get_by_role("option").first.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    names = page.get_by_role("option").all_inner_texts()
    at = next(n for n, name in enumerate(names, 1) if name.startswith("AAPL"))
    for _ in range(at):
        field.press("ArrowDown")
    field.press("Enter")
    page.wait_for_url("**/stock/AAPL")
    assert page.title().startswith("AAPL: ")

    page.get_by_role("link", name="SPY", exact=True).click()
    page.wait_for_url("**/etf/SPY")
    page.get_by_role("link", name="Weight").click()
    page.get_by_role("link", name="Weight").click()
    assert page.url.endswith("sort=weight")
    assert page.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    page.get_by_label("Symbol, name or identifier has").fill("xom")
    page.get_by_label("Symbol, name or identifier has").press("Enter")
    page.wait_for_url("**q=xom*")
    page.get_by_text("As of today").click()
    page.get_by_label("As of").fill("2026-07-05")
    page.locator(".moment button").click()
    page.wait_for_url("**as_of=2026-07-05*")
    assert "q=xom" in page.url
    page.get_by_role("link", name="XOM", exact=True).click()
    page.wait_for_url("**/stock/XOM?as_of=2026-07-05")

    page.goto("/etf/SPX")
    page.get_by_role("link", name="SPY", exact=True).click()
    page.wait_for_url("**/etf/SPY")


def compare_and_combine(page: Any) -> None:
    """The forms: a comparison, an expression put together by clicks, a portfolio."""
    page.goto("/compare?groups=SPY")
    page.get_by_role("link", name="XLE", exact=True).click()
    page.wait_for_url("**/compare?groups=SPY%2CXLE")
    assert page.locator("table.heat").count() == 1

    page.goto("/expression")
    page.get_by_text("ETF (2)").click()
    page.locator("[data-word='SPY']").click()
    page.locator("[data-word='XLE']").click()
    assert page.locator("#expr").input_value() == "SPY & XLE"
    page.get_by_role("main").get_by_role("button", name="Show").last.click()
    page.get_by_text("Understood as").wait_for()

    page.goto("/exposure")
    page.get_by_label("Positions").fill("SPY 60\nXLE 40")
    page.locator("select[name=by]").select_option("stock")
    page.get_by_role("main").get_by_role("button", name="Show").last.click()
    page.get_by_text("XLE adds least").wait_for()


def read_without_scripts(page: Any) -> None:
    page.goto("/")
    page.get_by_role("searchbox").fill("energy")
    page.get_by_role("button", name="Search").click()
    page.wait_for_url("**/search?q=energy")
    page.get_by_role("link", name="XLE").first.click()
    page.wait_for_url("**/etf/XLE")
    page.get_by_role("link", name="Source and receipt").click()
    page.wait_for_url("**/etf/XLE/source")


def count_hidden_pixels(page: Any) -> int:
    """How much wider than the window a page is."""
    root = "document.documentElement"
    wider: int = page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return wider


def find_barriers(page: Any, axe: str) -> list[str]:
    """What keeps people from using a page, as far as axe-core can tell."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']}: {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in SERIOUS
    ]
