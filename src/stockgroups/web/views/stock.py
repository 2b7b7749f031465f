"""The pages of a stock: its groups, its past, its sector with the votes, related securities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.model import PLURALS, GroupType
from stockgroups.times import today_utc
from stockgroups.web.address import FIELDS, MOMENT, path_to
from stockgroups.web.page import Page
from stockgroups.web.views.group import list_changes
from stockgroups.web.views.groups import TITLES

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.api import Database
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.queries.timelines import MembershipInterval, StockTimeline
    from stockgroups.web.address import Address

_TITLES = {kind: TITLES[plural] for plural, kind in PLURALS.items()}
Show = Callable[["Database", "Address", str], Page]


class Bar(NamedTuple):
    """An interval on the scale of the whole time, from 0 to 100."""

    start: float
    width: float
    interval: MembershipInterval


def show_stock(db: Database, address: Address, text: str) -> Page:
    """Show the groups that hold a stock, with its weights and the first days."""
    address.check(MOMENT)
    answer = db.stock(text, **address.asked)
    places = [(kind, answer.of_type(kind)) for kind in GroupType if answer.of_type(kind)]
    return Page(
        "stock.html",
        address,
        _title(answer),
        {
            "answer": answer,
            "places": places,
            "titles": _TITLES,
            **_describe(answer.symbol, text, "groups"),
        },
        asked_by=FIELDS,
        twin=(path_to("stocks", text), address.moment),
    )


def show_timeline(db: Database, address: Address, text: str) -> Page:
    """Show every interval of a stock in a group, under all its symbols."""
    address.check(("as_of",))
    answer = db.timeline(text, address.get("as_of"))
    return Page(
        "timeline.html",
        address,
        f"{answer.symbol} over time",
        {
            "answer": answer,
            "groups": draw_timeline(answer),
            "first": min((one.valid_from for one in answer.intervals), default=None),
            **_describe(answer.symbol, text, "timeline"),
        },
        asked_by=("as_of",),
        twin=("/timeline", {"stock": text} | address.moment),
    )


def show_sector(db: Database, address: Address, text: str) -> Page:
    """Show all votes for a stock's sector, and how the sector was decided."""
    address.check(())
    answer = db.explain(text)
    return Page(
        "sector.html",
        address,
        f"Why {answer.stock.symbol} is in its sector",
        {"answer": answer, **_describe(answer.stock.symbol, text, "sector")},
        twin=("/explanation", {"stock": text}),
    )


def show_changes(db: Database, address: Address, text: str) -> Page:
    """Show the changes of a stock in every group."""
    address.check(("since", "until"))
    since, until = address.get("since") or "1y", address.get("until")
    answer = db.stock_changes(text, since, until)
    return Page(
        "changes.html",
        address,
        f"Changes of {answer.symbol}",
        {
            **list_changes(address, answer.groups),
            **_describe(answer.symbol, text, "changes"),
        },
        twin=("/changes", {"stock": text, "since": since, "until": until}),
    )


def show_related(db: Database, address: Address, text: str) -> Page:
    """Show a stock's other share classes and listings."""
    address.check(())
    answer = db.related(text)
    return Page(
        "related.html",
        address,
        f"Stocks related to {answer.symbol}",
        {"answer": answer, **_describe(answer.symbol, text, "related")},
        twin=("/related", {"stock": text}),
    )


STOCK_VIEWS: Mapping[str, Show] = {
    "timeline": show_timeline,
    "sector": show_sector,
    "changes": show_changes,
    "related": show_related,
}
"""The further pages of a stock, by the last part of the path."""


def draw_timeline(answer: StockTimeline) -> list[tuple[str, str, list[Bar]]]:
    """Return the groups (type, key) with their intervals as bars on one time scale."""
    today = today_utc()
    first = min((one.valid_from for one in answer.intervals), default=today)
    days = max(1, (today - first).days)

    def place(day: dt.date) -> float:
        return round(100 * (min(day, today) - first).days / days, 2)

    return [
        (
            kind,
            key,
            [
                Bar(
                    min(place(one.valid_from), 99.0),
                    max(1.0, place(one.valid_to) - place(one.valid_from)),
                    one,
                )
                for one in intervals
            ],
        )
        for (kind, key), intervals in groupby(answer.intervals, lambda one: (one.kind, one.group))
    ]


def _title(answer: StockAnswer) -> str:
    return f"{answer.symbol}: {answer.name}" if answer.name else answer.symbol


def _describe(symbol: str, text: str, tab: str) -> dict[str, object]:
    """Return the values for the head of every page of a stock."""
    return {"symbol": symbol, "asked": text, "tab": tab}
