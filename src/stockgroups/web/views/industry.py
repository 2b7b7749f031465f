"""The page of an industry and its stocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.web.address import path_to
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address


def show_industry(db: Database, address: Address, name: str) -> Page:
    """Show an industry, its sector and its stocks."""
    address.check(())
    answer = db.industry(name)
    return Page(
        "industry.html",
        address,
        f"Industry: {answer.industry}",
        {"answer": answer},
        twin=(path_to("industries", answer.industry), {}),
    )
