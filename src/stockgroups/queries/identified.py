"""The stock of an ISIN, CUSIP, SEDOL, FIGI or label, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.queries.resolutions import Resolution

_PAST = load_statements("past")


def find_identified(store: Store, text: str, on: dt.date | None = None) -> Resolution | None:
    """Return what a text with digits means on a day (None: today): an identifier or a label.

    None for a text that cannot be one. Most questions ask by symbol and spend no time here.
    """
    if not any(map(str.isdigit, text)):
        return None
    from stockgroups.queries.readings import squeeze_identifier  # noqa: PLC0415 - as told above
    from stockgroups.queries.registrants import is_registrants  # noqa: PLC0415
    from stockgroups.queries.resolve import resolve  # noqa: PLC0415
    from stockgroups.symbols import is_label  # noqa: PLC0415

    word = text.strip().upper()
    if squeeze_identifier(text) is None and not is_label(word) and not is_registrants(word):
        return None
    return resolve(store, [text], on)[0]


def explain_unidentified(found: Resolution) -> NotFoundError:
    """Return the error for an identifier that leads to no stock, or to several."""
    return NotFoundError(f"{found.text!r} does not identify a stock", remedy=found.why)


def find_name(store: Store, symbol: str) -> str | None:
    """Return the name that the newest source gives the stock that has a symbol today."""
    row = execute(store, _PAST["find_name"], symbol=symbol).fetchone()
    return row[0] if row else None
