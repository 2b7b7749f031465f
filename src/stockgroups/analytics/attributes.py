"""Attributes of stocks besides their weights: sector, industry, theme, country, currency."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.analytics.members import read_members
from stockgroups.catalog.countries import COUNTRIES, read_country
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.errors import UsageError
from stockgroups.model import GroupType
from stockgroups.store import Store, execute
from stockgroups.text import count_of
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from stockgroups.queries.answers import Holding
    from stockgroups.queries.moments import Moment

PLACES = ("country", "currency")
"""The attributes of stocks in the reports of groups."""
_SQL = load_statements("expressions")


class Description(NamedTuple):
    """The attributes in the newest report of a stock, from any group."""

    name: str | None = None
    country: str | None = None
    currency: str | None = None


class Value(NamedTuple):
    """A sector, an industry, a theme, a country or a currency: its key, and its name for people."""

    key: str
    name: str


def describe_stocks(store: Store, symbols: Iterable[str]) -> dict[str, Description]:
    """Return the attributes of some stocks from reports of any group."""
    requested = list(symbols)
    if not requested:
        return {}
    with store.connection.transaction(), joining_by_hash(store.connection):
        rows = execute(store, _SQL["describe_stocks"], symbols=requested).fetchall()
    return {symbol: Description(*values) for symbol, *values in rows}


def warn_ahead(word: str, moment: Moment | None, what: str) -> list[str]:
    """Return the warning that today's classification is used for a day in the past, if it is.

    Raises UsageError if only what was known by then may answer.
    """
    if moment is None or moment.is_present:
        return []
    if moment.known_at is not None:
        raise UsageError(
            f"what was known about {what} at {moment.known_at.isoformat()} is not recorded",
            remedy="leave out known_at (--known-at), or this part",
        )
    if moment.published_by is not None:
        raise UsageError(
            f"what was public about {what} by {moment.published_by} is not recorded",
            remedy="leave out published_by (--published-by, as_published), or this part",
        )
    return [f"the {word} of each stock on {moment.on} is not recorded: today's is used"]


def warn_later(attribute: str, count: int, moment: Moment | None) -> list[str]:
    """Return the warning that possibly later reports are used for a past day, if any are."""
    if not count or moment is None or moment.on >= today_utc():
        return []
    stocks = count_of(count, "stock")
    later = f"of its newest report, which may be later than {moment.on}"
    return [f"the {attribute} of {stocks} is that {later}"]


def read_places(
    describe: Callable[[Iterable[str]], Mapping[str, Description]],
    attribute: str,
    symbols: AbstractSet[str],
    reports: Iterable[Mapping[str, Holding]],
    moment: Moment | None,
) -> tuple[dict[str, str], int]:
    """Return the country or the currency of stocks as sources print them.

    The number counts the stocks for which only another group's report has it; see `warn_later`.

    Args:
        describe: Returns the attributes of some stocks from reports of any group.
        attribute: `country` or `currency`.
        symbols: The stocks.
        reports: The groups' own reports, of which the first with a value is used; else the newest
            report of any group. For a past state of knowledge only their own reports are used.
        moment: The moment to answer for; None: now.
    """
    places: dict[str, str] = {}
    for holdings in reports:
        for symbol in holdings.keys() & symbols:
            if (text := getattr(holdings[symbol], attribute)) is not None:
                places.setdefault(symbol, text)
    if moment is not None and moment.is_bounded:
        return places, 0
    later = describe(symbols - places.keys())
    found = {symbol: text for symbol, one in later.items() if (text := getattr(one, attribute))}
    return places | found, len(found)


def find_values(
    store: Store,
    attribute: str,
    symbols: AbstractSet[str],
    reports: Iterable[Mapping[str, Holding]],
    moment: Moment | None,
) -> tuple[dict[str, list[Value]], list[str]]:
    """Return the values of an attribute by stock, and the warnings; see `read_places`.

    A stock has one value, for `theme` several. A stock without a known value is left out.
    """
    if attribute in ("country", "currency"):
        describe = partial(describe_stocks, store)
        places, count = read_places(describe, attribute, symbols, reports, moment)
        read = _read_country if attribute == "country" else _read_currency
        values = {symbol: [read(text)] for symbol, text in places.items()}
        return values, warn_later(attribute, count, moment)
    if attribute == "theme":
        themes = {key: entry.name for key, entry in store.catalog.themes.items()}
        return _read_groups(store, GroupType.THEME, symbols, moment, themes)
    sectors = {key: entry.name for key, entry in store.catalog.sectors.items()}
    if attribute == "sector":
        return _read_groups(store, GroupType.SECTOR, symbols, moment, sectors)
    found: dict[str, list[Value]] = {}
    for group in read_members(store, GroupType.SECTOR, None):
        for symbol, industry in zip(group.symbols, group.industries, strict=True):
            if industry is not None and symbol in symbols:
                found[symbol] = [Value(industry, industry)]
    return found, warn_ahead("industry", moment, "industries")


def _read_groups(
    store: Store,
    kind: GroupType,
    symbols: AbstractSet[str],
    moment: Moment | None,
    names: Mapping[str, str],
) -> tuple[dict[str, list[Value]], list[str]]:
    """Return the groups of a type by stock; today's if none is recorded for the day."""
    warnings: list[str] = []
    groups = read_members(store, kind, moment)
    if not groups and moment is not None:
        warnings = warn_ahead(kind.lower(), moment, f"{kind.lower()}s")
        groups = read_members(store, kind, None)
    found: dict[str, list[Value]] = {}
    for group in groups:
        key = group.label.partition(":")[2]
        for symbol in symbols & set(group.symbols):
            found.setdefault(symbol, []).append(Value(key, names.get(key, key)))
    return found, warnings


def _read_country(text: str) -> Value:
    code = read_country(text)
    return Value(code, COUNTRIES[code][0] if code in COUNTRIES else code)


def _read_currency(text: str) -> Value:
    return Value(text.upper(), text.upper())
