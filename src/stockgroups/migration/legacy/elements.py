"""The elements of an entry's list, in every form in which lists were written.

An element is a symbol or an object with a symbol. The list may also be an object that maps symbols
to weights.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, NamedTuple

from stockgroups.migration.legacy.values import fold_keys, unwrap
from stockgroups.text import UNKNOWNS

_SYMBOL_KEYS = ("symbol", "ticker", "code", "stock", "holding_ticker", "stock_symbol")
_NAME_KEYS = ("name", "company", "company_name", "security", "security_name", "description")
_WEIGHT_KEYS = ("weight", "weighting", "allocation", "portfolio_weight")
_PERCENT = re.compile(r"%|\bpercent|percent\b|(?:^|_)pct(?:_|$)|percentage")
_SHARE_KEYS = ("shares", "quantity", "shares_held")
_TEXT_KEYS = {
    "cusip": ("cusip",),
    "isin": ("isin",),
    "sedol": ("sedol",),
    "exchange": ("exchange", "mic"),
    "country": ("country",),
    "currency": ("currency",),
}
# The texts with which programs print no value. NAN in capitals is a ticker; NULL is not.
_BLANKS = frozenset(
    {"", "nan", "NaN", "None", "null", "NULL", "N/A", "n/a", "#N/A", "<NA>", "-", "--"}
)
_NO_TEXTS = (bool, list, dict)


class Element(NamedTuple):
    """One element of a list as it was printed. A weight in per cent has its percent sign."""

    ticker: str
    name: str | None = None
    weight: str | None = None
    shares: str | None = None
    texts: dict[str, str] = {}  # noqa: RUF012 - nobody writes into it


def list_elements(listed: Any) -> list[Any] | None:
    """Return the elements of a list, of an object by symbol, or of a text with commas.

    Return None if it is not a list of any kind.
    """
    listed = unwrap(listed)
    if isinstance(listed, str):
        return [part for part in re.split(r"[,;\n]", listed) if part.strip()]
    if isinstance(listed, dict):
        return [
            {"symbol": symbol, **item}
            if isinstance(item, dict)
            else {"symbol": symbol, "weight": item}
            for symbol, item in listed.items()
        ]
    return listed if isinstance(listed, list) else None


def read_element(printed: Any) -> Element | None:
    """Return an element; None for a blank one.

    If it has content and no ticker, the content becomes its name.
    """
    printed = unwrap(printed)
    if isinstance(printed, list) and 0 < len(printed) <= 2:
        printed = dict(zip(("symbol", "weight"), printed, strict=False))
    if not isinstance(printed, dict):
        text = _text(printed)
        return _name_what_it_says(printed) if text is None else Element(text)
    layout = _lay_out(tuple(printed))
    ticker = _first(printed, layout.tickers)
    name = _first(printed, layout.names)
    if ticker is None and name is None:
        return _name_what_it_says(printed)
    texts = {
        field: text
        for field, keys in layout.texts
        if (text := _first(printed, keys)) is not None and text.casefold() not in UNKNOWNS
    }
    weight = _first(printed, layout.weights)
    if weight is None:
        weight = _first(printed, layout.percents)
        if weight is not None and "%" not in weight:
            weight = f"{weight}%"
    return Element(ticker or "", name, weight, _first(printed, layout.shares), texts)


def _name_what_it_says(printed: Any) -> Element | None:
    """Return an element without a ticker, with its own JSON as the name; None if it is empty."""
    if isinstance(printed, list | dict):
        parts = printed.values() if isinstance(printed, dict) else printed
        says = any(part not in (None, "", [], {}) for part in parts)
    else:
        says = isinstance(printed, bool)
    return Element("", json.dumps(printed, ensure_ascii=False)) if says else None


class _Layout(NamedTuple):
    """The keys of each field in the objects of a list, the likeliest key first."""

    tickers: tuple[str, ...]
    names: tuple[str, ...]
    weights: tuple[str, ...]
    percents: tuple[str, ...]
    shares: tuple[str, ...]
    texts: tuple[tuple[str, tuple[str, ...]], ...]


@lru_cache(maxsize=1_000)
def _lay_out(keys: tuple[str, ...]) -> _Layout:
    """Return the layout of objects with these keys. A list of thousands has one or two layouts."""
    folded = fold_keys({key: key for key in keys})

    def find(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(folded[name] for name in names if name in folded)

    return _Layout(
        find(_SYMBOL_KEYS),
        find(_NAME_KEYS),
        find(_WEIGHT_KEYS),
        tuple(k for name, k in folded.items() if _PERCENT.search(name) and "change" not in name),
        find(_SHARE_KEYS),
        tuple((field, found) for field, names in _TEXT_KEYS.items() if (found := find(names))),
    )


def _first(fields: dict[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        text = _text(fields[key])
        if text is not None:
            return text
    return None


def _text(value: Any) -> str | None:
    """Return a printed value as text; None for an empty value."""
    if isinstance(value, str):
        text = " ".join(value.split())
    elif value is None or isinstance(value, _NO_TEXTS):
        return None
    else:
        text = str(value)
    return None if text in _BLANKS else text
