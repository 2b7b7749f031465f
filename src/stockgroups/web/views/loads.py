"""The page of loads: who changed what, when, and how to roll it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.queries.provenance import FIGURES
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address

USUAL, MOST = 20, 500


def show_loads(db: Database, address: Address) -> Page:
    """Show the newest loads, each with the command that rolls it back."""
    address.check(("newest",))
    newest = address.number("newest", USUAL, 1, MOST) or USUAL
    loads = db.loads(newest)
    values = {"loads": loads, "newest": newest, "most": MOST, "figures": FIGURES}
    return Page("loads.html", address, "Loads", values, twin=("/loads", {"newest": newest}))
