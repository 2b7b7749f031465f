"""The pages on the quality of the data: findings, ages, coverage, and unknown rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.queries.freshness import State
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from stockgroups.api import Database
    from stockgroups.web.address import Address

MOST_FINDINGS = 200
"""Findings of one check that are listed."""


def show_findings(db: Database, address: Address) -> Page:
    """Show the findings of the checks."""
    address.check(())
    values = {"answer": db.validate(), "most": MOST_FINDINGS, "tab": "findings"}
    return Page("findings.html", address, "Findings", values, twin=("/validation", {}))


def show_freshness(db: Database, address: Address) -> Page:
    """Show how old the sources are."""
    address.check((*LISTED, "state"))
    answer = db.freshness()
    columns = ("name", "type", "as_of", "age_days", "source", "state")
    listing = list_rows(address, answer.rows(), columns, ("name", "source"), ("state",))
    values = {"listing": listing, "states": list(State), "tab": "freshness"}
    return Page("freshness.html", address, "Freshness", values, twin=("/freshness", {}))


def show_coverage(db: Database, address: Address) -> Page:
    """Show how many stocks have a sector, from which sources, and the rows of every file."""
    address.check(())
    values = {
        "report": db.report(detail=True),
        "categories": list(Category),
        "tab": "coverage",
    }
    return Page(
        "coverage.html",
        address,
        "Coverage",
        values,
        twin=("/report", {"detail": "true"}),
        forms=("json",),
    )


QUALITY_VIEWS: Mapping[str, Callable[[Database, Address], Page]] = {
    "/quality": show_findings,
    "/quality/freshness": show_freshness,
    "/quality/coverage": show_coverage,
}
