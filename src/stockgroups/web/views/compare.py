"""The page that compares funds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.model import GroupType
from stockgroups.web.address import FIELDS, MOMENT
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address

MOST_FUNDS = 20
"""Groups whose weights a page can show beside each other."""


def show_compare(db: Database, address: Address) -> Page:
    """Show what two or more groups share, by names and by weight, as a table and a heat map."""
    address.check((*LISTED, *MOMENT, "groups", "only"))
    groups = address.get("groups")
    names = [name.strip() for name in (groups or "").split(",") if name.strip()]
    funds = db.groups(GroupType.ETF)
    if len(names) < 2:
        return Page(
            "compare.html",
            address,
            "Compare funds",
            {"answer": None, "names": names, "funds": funds},
            asked_by=FIELDS,
        )
    if len(names) > MOST_FUNDS:
        raise UsageError(
            f"at most {MOST_FUNDS} groups can be compared on a page, not {len(names)}",
            where="groups",
            remedy="name fewer, or ask `/v1/overlap-matrix`",
        )
    answer = db.overlap(*names, **address.asked)
    labels = [group.label for group in answer.groups]
    only = address.get("only")
    rows = answer.rows()
    if only == "shared":
        rows = [row for row in rows if len(row["in"]) == len(labels)]
    elif only is not None:
        rows = [row for row in rows if row["in"] == [only]]
    listing = list_rows(address, rows, ("symbol", "name", "overlap", *labels), ("symbol", "name"))
    pairs = {(pair.a, pair.b): pair for pair in answer.pairs}
    pairs |= {(pair.b, pair.a): pair for pair in answer.pairs}
    return Page(
        "compare.html",
        address,
        f"Compare {', '.join(labels)}",
        {
            "answer": answer,
            "names": labels,
            "labels": labels,
            "listing": listing,
            "pairs": pairs,
            "only": only,
            "funds": funds,
        },
        asked_by=FIELDS,
        twin=("/overlap", {"groups": ",".join(labels)} | address.moment),
        forms=("json", "csv", "parquet"),
    )
