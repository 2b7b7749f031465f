"""The page of a portfolio's exposure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from stockgroups.analytics.portfolios.exposure_answers import ATTRIBUTES
from stockgroups.errors import UsageError
from stockgroups.web.address import FIELDS, MOMENT
from stockgroups.web.listing import LISTED, list_rows
from stockgroups.web.page import Page

if TYPE_CHECKING:
    from stockgroups.api import Database
    from stockgroups.web.address import Address

MOST_POSITIONS = 200
_AMOUNT = r"[-+]?(?:(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+)"
_POSITION = re.compile(rf"(?P<name>[^\s,;=]+(?: [A-Za-z]{{1,2}})?)[\s=]+(?P<amount>{_AMOUNT})\s*%?")
_BETWEEN = re.compile(r"[;\n]|,(?!\d)")


def show_exposure(db: Database, address: Address) -> Page:
    """Show what a portfolio holds through its funds; without a portfolio, a form."""
    address.check((*LISTED, *MOMENT, "positions", "by"))
    by = address.choose("by", ATTRIBUTES, "sector")
    text = address.get("positions")
    values: dict[str, Any] = {
        "by": by,
        "attributes": ATTRIBUTES,
        "said": text or "",
        "answer": None,
    }
    if text is None:
        return Page("exposure.html", address, "Exposure of a portfolio", values, asked_by=FIELDS)
    answer = db.exposure(read_positions(text), by, **address.asked)
    columns = ("key", "name", "part", "weight", "stocks")
    values |= {
        "answer": answer,
        "listing": list_rows(address, answer.rows(), columns, ("key", "name")),
    }
    names = ", ".join(one.name for one in answer.positions)
    return Page("exposure.html", address, f"Exposure of {names} by {by}", values, asked_by=FIELDS)


def read_positions(text: str) -> dict[str, float]:
    """Return a portfolio from a text: a name and a number on each line, or separated by `,`.

    Raises UsageError, which names the line, if a line has another form.
    """
    lines = [line.strip() for line in _BETWEEN.split(text) if line.strip()]
    if len(lines) > MOST_POSITIONS:
        raise UsageError(
            f"at most {MOST_POSITIONS} positions fit on a page, not {len(lines)}",
            where="positions",
            remedy="send them to `/v1/exposure`, or use `stockgroups exposure --portfolio FILE`",
        )
    positions: dict[str, float] = {}
    for line in lines:
        found = _POSITION.fullmatch(line)
        if found is None:
            raise UsageError(
                f"{line[:80]!r} is not a position",
                where="positions",
                remedy="write a fund or stock and a number on each line, as `SPY 60`",
            )
        name = found["name"].strip()
        if name in positions:
            raise UsageError(
                f"{name} is given twice", where="positions", remedy="give one line for it"
            )
        positions[name] = float(found["amount"].replace(",", ""))
    return positions
