"""What goes by a text: groups, stocks, identifiers, former symbols."""

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
    """Show what has a text in its key, symbol or name, and the stock that it names."""
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
    """Show what the field for the search offers while somebody types: the likeliest alone."""
    address.check(("q",))
    text, stock, found = _search(db, address)
    values = {"text": text, "stock": stock, "found": found[:MOST_SUGGESTED], "count": len(found)}
    return Page("suggestions.html", address, "Suggestions", values)


def _search(db: Database, address: Address) -> tuple[str, Resolution | None, Found]:
    """Return the text, the stock that it names where the search does not tell it, and the rest."""
    text = (address.get("q") or "")[:LONGEST_TEXT]
    if not text:
        return text, None, Found()
    found = db.search(text)
    (stock,) = db.resolve(text)
    is_told = stock.symbol is None or stock.symbol in {one.key for one in found[:MOST_SUGGESTED]}
    return text, None if is_told else stock, found
