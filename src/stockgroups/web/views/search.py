"""The search: groups, stocks, identifiers and former symbols that match a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.queries.named import MOST_FOUND, Found
from stockgroups.web.listing import ROWS
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.queries.resolutions import Resolution
    from stockgroups.web.address import Address

MOST_SUGGESTED = 12
LONGEST_TEXT = 200


def show_search(db: Database, address: Address) -> Page:
    """Show the groups and stocks with a text in their key, symbol or name, and the named stock."""
    address.check(("q",))
    text, stock, found = _search(db, address)
    return Page(
        "search.html",
        address,
        f"Search: {text}" if text else "Search",
        {
            "text": text,
            "stock": stock,
            "found": found[:ROWS],
            "count": len(found),
            "most": MOST_FOUND,
        },
        twin=("/search", {"q": text}) if text else None,
    )


def suggest(db: Database, address: Address) -> Page:
    """Show the suggestions of the search field while somebody types: only the likeliest."""
    address.check(("q",))
    text, stock, found = _search(db, address)
    values = {"text": text, "stock": stock, "found": found[:MOST_SUGGESTED], "count": len(found)}
    return Page("suggestions.html", address, "Suggestions", values)


def _search(db: Database, address: Address) -> tuple[str, Resolution | None, Found]:
    """Return the text and its matches; without matches, also the stock that it may name."""
    text = (address.get("q") or "")[:LONGEST_TEXT]
    if not text:
        return text, None, Found()
    found = db.search(text)
    if found:
        return text, None, found
    (stock,) = db.resolve(text)
    return text, stock if stock.symbol else None, found
