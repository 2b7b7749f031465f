"""The page of the stocks that an expression means, and a form to write one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.model import PLURALS, GroupType
from stockgroups.queries.origins import make_label
from stockgroups.web.address import FIELDS, MOMENT
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address

EXAMPLES = (
    ("{a} & {b}", "in both funds"),
    ("{a} - {b}", "in the first and not in the second"),
    ("{a} | {b}", "in either fund"),
    ("{a}[sector != energy]", "in the fund, except one sector"),
    ("{a}[weight >= 1%]", "with a weight of at least 1 % there"),
)
"""Expressions with two funds `a` and `b`, and what they mean."""


def show_expression(db: Database, address: Address) -> Page:
    """Show the members of an expression; without one, a form."""
    address.check((*LISTED, *MOMENT, "expr"))
    given = address.get("expr")
    groups = {kind: db.groups(kind) for kind in PLURALS.values()}
    largest = sorted(groups[GroupType.ETF], key=lambda one: -one.members)
    two = [largest[:2]] if len(largest) > 1 else []
    values: dict[str, Any] = {
        "said": given or "",
        "examples": [
            (text.format(a=a.key, b=b.key), meaning) for a, b in two for text, meaning in EXAMPLES
        ],
        "groups": [
            (kind, [make_label(kind, one.key) for one in found]) for kind, found in groups.items()
        ],
        "answer": None,
    }
    if given is None:
        return Page("expression.html", address, "Expressions", values, asked_by=FIELDS)
    answer = db.members(given, **address.asked)
    columns = ("symbol", "name", "weight", "sector")
    values |= {
        "answer": answer,
        "has_weights": any(one.weight is not None for one in answer.members),
        "listing": list_rows(address, answer.rows(), columns, ("symbol", "name", "sector")),
    }
    return Page(
        "expression.html",
        address,
        f"Stocks of {answer.expression}",
        values,
        asked_by=FIELDS,
        twin=("/members", {"expr": given} | address.moment),
        forms=("json", "csv", "parquet"),
    )
