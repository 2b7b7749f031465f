"""Lists of stocks that are no fund's holdings, and what to do with them instead.

They lie in the same folders under the same kinds of names. None has weights, and none says which
fund it would be of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from stockgroups.sources.tables import is_blank

if TYPE_CHECKING:
    from stockgroups.sources.document import Document


class Likeness(NamedTuple):
    """What a file is, in words, and what to do with it."""

    words: str
    remedy: str


_DIRECTORY = Likeness(
    "a symbol directory, not holdings", "load it with `stockgroups load-directory`"
)
_CONSTITUENTS = Likeness(
    "index constituents without a fund",
    "to load them as a fund's list, keep the symbols alone in a file TICKER_DATE.csv",
)
_PAST_MEMBERS = Likeness(
    "an index's members by date, without a fund",
    "to load those of one day as a fund's list, keep their symbols in a file TICKER_DATE.csv",
)
_CHANGES = Likeness(
    "a list of an index's changes, not holdings", "load lists of members, one for each date"
)

# Labels that a header has in common with no table of holdings. The first entry that fits counts.
_LABELS: tuple[tuple[frozenset[str], Likeness], ...] = (
    (frozenset({"symbol", "security", "gics sector"}), _CONSTITUENTS),
    (frozenset({"ticker", "start_date", "end_date"}), _PAST_MEMBERS),
    (frozenset({"date", "tickers"}), _PAST_MEMBERS),
    (frozenset({"date", "add", "remove"}), _CHANGES),
)
_PIPED = frozenset({"security name", "test issue"})  # Nasdaq Trader
_YEARLY = "tickers_on_"
# Keys by which JSON is told: the SEC's company tickers, Nasdaq's screener.
_KEYS = (
    ('"fields"', '"cik"', '"ticker"', '"exchange"'),
    ('"symbol"', '"lastsale"', '"marketCap"'),
)


def likeness_of(document: Document) -> Likeness | None:
    """Return what the document is if it is one of the lists that are no holdings, or None."""
    if document.markup == "JSON":
        is_directory = any(all(key in document.start for key in keys) for keys in _KEYS)
        return _DIRECTORY if is_directory else None
    rows = [cells for _, cells in document.head if not is_blank(cells)]
    if not rows:
        return None
    if frozenset(_folded(",".join(rows[0]).split("|"))) >= _PIPED:
        return _DIRECTORY
    labels = _folded(rows[0])
    if labels == ["symbol", "name"]:
        return _CONSTITUENTS
    if any(cells[0].startswith(_YEARLY) for cells in rows):
        return _PAST_MEMBERS
    return next((likeness for signs, likeness in _LABELS if signs <= frozenset(labels)), None)


def _folded(cells: list[str]) -> list[str]:
    folded = [cell.strip().casefold() for cell in cells]
    while folded and not folded[-1]:
        folded.pop()
    return folded
