"""The page of all groups of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import NotFoundError
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.model import GroupType
    from stockgroups.web.address import Address

TITLES = {
    "etfs": "ETFs",
    "universes": "Universes",
    "sectors": "Sectors",
    "themes": "Themes",
    "segments": "Segments",
    "custom": "Custom groups",
}
COLUMNS = ("key", "name", "members", "as_of", "source")


def show_groups(db: Database, address: Address, plural: str, kind: GroupType) -> Page:
    """List the groups of a type, each with its size and its source."""
    address.check(LISTED)
    groups = db.groups(kind)
    if not groups:
        raise NotFoundError(
            f"no {TITLES[plural]} in environment {db.environment}",
            remedy="the start page shows what there is",
        )
    listing = list_rows(address, groups.rows(), COLUMNS, ("key", "name"))
    return Page(
        "groups.html",
        address,
        TITLES[plural],
        {"kind": kind, "listing": listing},
        twin=(f"/{plural}", {}),
        forms=("json", "csv", "parquet"),
    )
