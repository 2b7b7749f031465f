"""The environment of an entry of the old store, and the group that it describes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import LegacyEntryError, SymbolError
from stockgroups.model import ENVIRONMENTS, GroupKey, GroupType
from stockgroups.symbols import parse_symbol

if TYPE_CHECKING:
    import datetime as dt

LEGACY_TYPES = {
    "etf_holdings": GroupType.ETF,
    "theme_definition": GroupType.THEME,
    "sector_industry_map": GroupType.SECTOR,
    "stock_universe": GroupType.UNIVERSE,
    # A set of funds is not a universe of stocks, but may have the same key as one.
    "etf_universe": GroupType.CUSTOM,
}
"""The types of entries that become groups, in the order of reports."""

STAYING_TYPES = frozenset({"stock_metadata"})
"""Types that this program keeps in `cache_entries`."""

LARGEST_VALUE = 16 * 2**20
"""Bytes of one value as text; the largest fund there is needs less than a tenth."""

LONGEST_NAME = 100

# The old store's default environment, and a missing one.
_DEFAULT_NAMES = frozenset({"", "DEVELOPMENT"})


class EntryHeader(NamedTuple):
    """One entry without its value. `size` is the size of the value as text, in bytes."""

    id: int
    type: str
    name: str | None
    key: str | None
    environment: str | None
    written: dt.datetime | None
    size: int


def fold_type(text: str) -> str:
    """Return the type in the form for comparisons, which ignores case, padding, blanks, hyphens."""
    return "_".join(re.split(r"[\s_-]+", text.strip().lower()))


def home_of(environment: str | None) -> str:
    """Return the environment that an entry belongs to.

    An entry belongs to DEFAULT if it names no environment, the old default `development`, or an
    environment that does not exist. In the last case DEFAULT refuses it.
    """
    name = (environment or "").strip().upper()
    return name if name in ENVIRONMENTS else "DEFAULT"


def place_entry(header: EntryHeader) -> GroupKey:
    """Return the group that the entry describes. Its name is the key; for a fund, the ticker.

    Raise LegacyEntryError if the entry's environment is unknown, if it is larger than any group, or
    if its key cannot be a group's name.
    """
    environment = (header.environment or "").strip().upper()
    if environment not in ENVIRONMENTS and environment not in _DEFAULT_NAMES:
        raise LegacyEntryError(f"unknown environment {header.environment!r}")
    if header.size > LARGEST_VALUE:
        raise LegacyEntryError(f"its value has {header.size:,} bytes, more than any group has")
    kind = LEGACY_TYPES[fold_type(header.type)]
    key = " ".join((header.key or "").split())
    if not key:
        raise LegacyEntryError("it has no key")
    name = _fold_ticker(key) if kind is GroupType.ETF else key
    if len(name) > LONGEST_NAME:
        raise LegacyEntryError(f"its key is longer than the {LONGEST_NAME} characters of a name")
    if not name.isprintable():
        raise LegacyEntryError(f"its key {key!r} is not a valid name of a group")
    return GroupKey(home_of(header.environment), kind, name)


def _fold_ticker(key: str) -> str:
    if " " not in key:
        return key.upper()
    try:
        return parse_symbol(key, {})
    except SymbolError as error:
        raise LegacyEntryError(f"its key {key!r} is not a ticker") from error
