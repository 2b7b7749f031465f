"""Unwraps and decodes the JSON of an entry, with bounds for its size and depth."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from math import isfinite
from typing import Any

from stockgroups.errors import LegacyEntryError
from stockgroups.migration.legacy.entry import LARGEST_VALUE
from stockgroups.text import fold_key

MOST_WRAPPINGS = 4
"""The most levels of JSON inside JSON strings."""

MEMBER_KEYS = (
    "holdings",
    "symbols",
    "stocks",
    "tickers",
    "etfs",
    "members",
    "constituents",
    "components",
)
"""Where an entry lists its members, the likeliest first."""

_NAME_KEYS = ("name", "title", "label", "symbol", "ticker", "key", "id")
_EXPONENT = re.compile(r"[0-9][eE][-+]?[0-9]")
_BEYOND = "its value contains a number that is too large"
_BRACKETS = ("[", "{", '"')


def decode_value(text: str) -> Any:
    """Return the value of a JSON text; JSON inside a JSON string is decoded too.

    Raise LegacyEntryError if the text is not JSON, is too long, or is nested too deep.
    """
    if len(text) > LARGEST_VALUE:
        raise LegacyEntryError(f"its value has {len(text):,} characters, more than any group has")
    value = _parse(text)
    for _ in range(MOST_WRAPPINGS):
        if not isinstance(value, str):
            return value
        if not value.strip():
            return None
        value = _parse(value)
    raise LegacyEntryError(
        f"its value is JSON within JSON texts, more than {MOST_WRAPPINGS} levels deep"
    )


def unwrap(value: Any) -> Any:
    """Return a part of a value; decode it if it is a text that holds JSON."""
    for _ in range(MOST_WRAPPINGS):
        if not isinstance(value, str) or not value.lstrip().startswith(_BRACKETS):
            break
        try:
            value = _parse(value)
        except LegacyEntryError:
            break
    return value


def fold_keys(value: dict[str, Any]) -> dict[str, Any]:
    """Return the object with its keys in lower case, and underscores for blanks and hyphens.

    If two keys become equal, the one that was already in this form wins, else the first one.
    """
    folded: dict[str, Any] = {}
    for key, item in value.items():
        name = fold_key(key)
        if name not in folded or key == name:
            folded[name] = item
    return folded


def read_texts(value: Any) -> list[str]:
    """Return a list of texts from a list, the JSON text of a list, or a text with commas.

    An object gives its keys. An object in a list gives its name, or its own JSON if it has none.
    """
    value = unwrap(value)
    if isinstance(value, str):
        value = re.split(r"[,;\n]", value)
    if isinstance(value, dict):
        value = list(value)
    if not isinstance(value, list):
        return []
    texts = (" ".join(_read_text(item).split()) for item in value)
    return list(dict.fromkeys(text for text in texts if text))


def is_list_of_texts(value: Any) -> bool:
    """Return whether `read_texts` returns the whole content of the value."""
    value = unwrap(value)
    return isinstance(value, str) or (
        isinstance(value, list) and all(isinstance(item, str) for item in value)
    )


def _read_text(item: Any) -> str:
    if item is None or isinstance(item, str):
        return item or ""
    if isinstance(item, dict):
        fields = fold_keys(item)
        names = (fields.get(key) for key in _NAME_KEYS)
        named = next((name for name in names if isinstance(name, str) and name.strip()), None)
        if named is not None:
            return named
    return json.dumps(item, ensure_ascii=False)


def _parse(text: str) -> Any:
    try:
        value = json.loads(text, parse_float=_read_float if _EXPONENT.search(text) else None)
        if "\\u" in text:
            _check_characters(value)
    except LegacyEntryError:
        raise
    except RecursionError as error:
        raise LegacyEntryError("its value is nested too deep") from error
    except json.JSONDecodeError as error:
        raise LegacyEntryError("its value is a text that is not JSON") from error
    except ValueError as error:  # a number of thousands of digits
        raise LegacyEntryError(_BEYOND) from error
    return value


def _read_float(text: str) -> float | int:
    """Return a number in the form in which the database returns it: integers without exponent."""
    number = float(text)
    if not isfinite(number):
        raise LegacyEntryError(_BEYOND)
    exact = Decimal(text)
    return int(exact) if exact == exact.to_integral_value() else number


def _check_characters(value: Any) -> None:
    """Raise LegacyEntryError for lone surrogates and NUL, which the database cannot store."""
    printed = json.dumps(value, ensure_ascii=False)
    try:
        printed.encode()
    except UnicodeEncodeError as error:
        raise LegacyEntryError("its value contains half of a surrogate pair") from error
    if "\\u0000" in printed:
        raise LegacyEntryError("its value contains the character NUL")
