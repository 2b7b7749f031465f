"""The first page: the content of the environment, its age, and links."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stockgroups.errors import NotFoundError
from stockgroups.model import PLURALS, GroupType
from stockgroups.queries.freshness import State
from stockgroups.web.page import Page
from stockgroups.web.views.groups import TITLES

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address

MOST_LISTED = 60
"""Groups of a type that are listed; of more, the largest."""


def show_start(db: Database, address: Address) -> Page:
    """Show the content of the environment. If it has no group, the page states what to do."""
    address.check(())
    try:
        statistics = db.statistics()
    except NotFoundError as error:
        return Page("empty.html", address, "Nothing here yet", {"error": error})
    ages = {one.name: one for one in db.freshness() if one.type == GroupType.ETF}
    kinds = [
        (
            plural,
            kind,
            [one for one in statistics.groups if one.kind == kind],
            statistics.types.get(kind),
        )
        for plural, kind in PLURALS.items()
    ]
    values = {
        "statistics": statistics,
        "kinds": [one for one in kinds if one[2]],
        "ages": ages,
        "states": Counter(one.state for one in ages.values()),
        "all_states": list(State),
        "most": MOST_LISTED,
        "titles": TITLES,
    }
    return Page(
        "start.html", address, "Which stock is in which group", values, twin=("/statistics", {})
    )
