"""Dated facts about tickers, of stocks and of funds: from their tables, each checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import FormerTicker
from stockgroups.catalog.fields import Fields, check_spelling, locate, read_day
from stockgroups.errors import CatalogError
from stockgroups.model import Alias, Tenure

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.catalog.tables import Tables, Value

_KEY = re.compile(r"\S+ \d{4}-\d{2}-\d{2}"), 'a symbol and a day, as "FB 2022-06-09"'
_SYMBOL = re.compile(r"[A-Z0-9&-]{1,15}(\.[A-Z0-9]{1,4})?"), "a canonical symbol"


def read_aliases(tables: Tables) -> tuple[Alias, ...]:
    """Return the aliases, sorted by old symbol and day. Raise CatalogError for the first mistake.

    A stock has one predecessor, so no two aliases of one day can lead to the same symbol.
    """
    aliases: list[Alias] = []
    arrivals: dict[tuple[str, dt.date], str] = {}
    for key, value in tables["aliases"].items():
        alias = _alias(key, value)
        aliases.append(alias)
        if alias.new is None:
            continue
        other = arrivals.setdefault((alias.new, alias.effective), key)
        if other != key:
            places = (
                locate(tables["aliases"][one].file, "aliases", one) for one in sorted({other, key})
            )
            raise CatalogError(
                f"two symbols become {alias.new} on {alias.effective}",
                where=" and ".join(places),
                remedy="keep the one whose stock continues",
            )
    return tuple(sorted(aliases, key=lambda alias: alias[:2]))


def read_tenures(tables: Tables) -> dict[str, tuple[Tenure, ...]]:
    """Return the tenures by ticker; several of one ticker in the order of time.

    Raise CatalogError for the first mistake. Two tenures of one ticker cannot overlap: they would
    be one.
    """
    found: dict[str, tuple[Tenure, ...]] = {}
    for key, value in sorted(tables["tenures"].items()):
        fields = Fields("tenures", key, value, _KEY)
        symbol, since = _split_key(fields)
        until = read_day(fields.text("until"), fields.where)
        source = fields.text("source")
        fields.close()
        before = found.get(symbol, ())
        if until <= since or (before and since < before[-1].until):
            wrong = "ends before it begins" if until <= since else "overlaps the one before"
            raise CatalogError(
                f"the tenure of {symbol} {wrong}",
                where=fields.where,
                remedy="correct the days; one tenure is enough for one stock",
            )
        found[symbol] = (*before, Tenure(symbol, since, until, source))
    return found


def read_former_tickers(tables: Tables, etfs: Mapping[str, object]) -> dict[str, FormerTicker]:
    """Return the former tickers of funds, by ticker. Raise CatalogError for the first mistake."""
    found: dict[str, FormerTicker] = {}
    for key, value in tables["former_tickers"].items():
        fields = Fields("former_tickers", key, value, _KEY)
        ticker, effective = _split_key(fields)
        fund = fields.choice("fund", etfs)
        source = fields.text("source")
        fields.close()
        if ticker in found or ticker == fund:
            raise CatalogError(
                f"{ticker} {'is listed twice' if ticker in found else 'becomes itself'}",
                where=fields.where,
                remedy="keep one entry of a former ticker, with the fund that had it last",
            )
        found[ticker] = FormerTicker(ticker, fund, effective, source)
    return found


def _split_key(fields: Fields) -> tuple[str, dt.date]:
    """Return the symbol and the day of a key. Raise CatalogError if one of them is none."""
    symbol, day = fields.key.split(" ")
    check_spelling(symbol, *_SYMBOL, fields.where)
    return symbol, read_day(day, fields.where)


def _alias(key: str, value: Value) -> Alias:
    fields = Fields("aliases", key, value, _KEY)
    old, effective = _split_key(fields)
    new = fields.optional_text("new")
    source = fields.text("source")
    fields.close()
    if new is not None:
        check_spelling(new, *_SYMBOL, fields.where)
    return Alias(old, effective, new, source)
