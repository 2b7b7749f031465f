"""The pages of a group: its members, the nearest funds, its changes and its source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from stockgroups.api.moments import read_day
from stockgroups.model import PLURALS, Category, GroupType
from stockgroups.queries.composition import shorten
from stockgroups.queries.origins import make_label
from stockgroups.queries.steps import ChangeKind
from stockgroups.web.address import FIELDS, MOMENT, path_to
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.queries.change_answers import GroupChanges
    from stockgroups.web.address import Address

COLUMNS = ("symbol", "name", "weight", "shares", "sector", "industry", "country")
SEARCHED = ("symbol", "reported_symbol", "name", "cusip", "isin", "sedol", "figi")
PLURAL_OF = {kind: plural for plural, kind in PLURALS.items()}
RECORDED = ("as_of", "known_at", "published_by", "source")
"""The time parameters of questions on the record of a group."""
CHOSEN = ("sector", "industry", "country")
"""Columns that can be filtered by value."""
MOST_SLICES = 12
MOST_CHANGES = 200
"""Changes of one kind in one step that are listed; `.csv` has all."""
MOST_LINES = 500
"""Rows of a file that are listed."""

Show = Callable[["Database", "Address", GroupType, str], Page]


def show_holdings(db: Database, address: Address, kind: GroupType, name: str) -> Page:
    """Show the members of a group, and its composition."""
    address.check((*LISTED, *MOMENT, *CHOSEN))
    answer = db.group(kind, name, **address.asked)
    rows = answer.rows()
    shown = [column for column in COLUMNS if any(row[column] is not None for row in rows)]
    listing = list_rows(address, rows, shown, SEARCHED, CHOSEN)
    dimensions = ("industry" if kind is GroupType.SECTOR else "sector", "country")
    parts = [(by, answer.divide(by)) for by in dimensions]
    values = {
        "answer": answer,
        "listing": listing,
        "columns": shown,
        "chosen": {by: address.get(by) for by in CHOSEN},
        "parts": [
            (by, part, shorten(part.slices, MOST_SLICES))
            for by, part in parts
            if any(not one.is_rest for one in part.slices)
        ],
        **_describe(kind, answer.key, "holdings"),
    }
    rows_of = "holdings" if kind is GroupType.ETF else "members"
    return Page(
        "holdings.html",
        address,
        f"{answer.key}: {answer.name}" if answer.name != answer.key else answer.key,
        values,
        asked_by=FIELDS,
        twin=(path_to(PLURAL_OF[kind], answer.key, rows_of), address.moment),
        forms=("json", "csv", "parquet"),
    )


def show_nearest(db: Database, address: Address, kind: GroupType, name: str) -> Page:
    """Show the funds that share most with a group."""
    address.check(MOMENT)
    answer = db.nearest(make_label(kind, name), **address.asked)
    key = answer.fund.answer.key
    return Page(
        "nearest.html",
        address,
        f"Funds nearest to {key}",
        {"answer": answer, **_describe(kind, key, "nearest")},
        asked_by=FIELDS,
        twin=("/nearest", {"group": answer.fund.label} | address.moment),
    )


def show_changes(db: Database, address: Address, kind: GroupType, name: str) -> Page:
    """Show the additions, removals and changed weights of a group."""
    address.check(("since", "until"))
    since, until = address.get("since"), address.get("until")
    answer = db.changes(name, since, until, kind=kind)
    given = {"group": answer.key, "type": kind.value, "since": since, "until": until}
    return Page(
        "changes.html",
        address,
        f"Changes of {answer.key}",
        {
            **list_changes(address, [answer]),
            **_describe(kind, answer.key, "changes"),
        },
        twin=("/changes", given),
    )


def show_source(db: Database, address: Address, kind: GroupType, name: str) -> Page:
    """Show the source file of a group's answer, and the outcome of every row of it."""
    address.check(RECORDED)
    answer = db.source(name, kind=kind, **address.moment)
    receipt = answer.effective.receipt
    given = {"group": answer.key, "type": kind.value} | address.moment
    return Page(
        "source.html",
        address,
        f"Sources of {answer.key}",
        {
            "answer": answer,
            "receipt": receipt,
            "categories": list(Category),
            "most": MOST_LINES,
            **_describe(kind, answer.key, "source"),
        },
        asked_by=FIELDS,
        twin=("/source", given),
    )


def list_changes(address: Address, groups: Sequence[GroupChanges]) -> dict[str, object]:
    """Return the values for a page of changes, with the requested days as dates."""
    days = {name: str(read_day(address.get(name), name) or "") for name in ("since", "until")}
    return {"groups": groups, "kinds": list(ChangeKind), "days": days, "most": MOST_CHANGES}


GROUP_VIEWS: Mapping[str, Show] = {
    "nearest": show_nearest,
    "changes": show_changes,
    "source": show_source,
}
"""The further pages of a group, by the last part of the path."""


def _describe(kind: GroupType, key: str, tab: str) -> dict[str, object]:
    """Return the values for the head of every page of a group."""
    return {"kind": kind, "key": key, "label": make_label(kind, key), "tab": tab}
