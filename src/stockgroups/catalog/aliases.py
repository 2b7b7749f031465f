"""Dated renames and reuses of tickers: read from their table, each checked."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from stockgroups.catalog.fields import Fields, check_spelling, locate
from stockgroups.errors import CatalogError
from stockgroups.model import Alias

if TYPE_CHECKING:
    from stockgroups.catalog.tables import Tables, Value

_KEY = re.compile(r"(\S+) (\d{4}-\d{2}-\d{2})")
_SYMBOL = re.compile(r"[A-Z0-9&-]{1,15}(\.[A-Z0-9]{1,4})?")


def read_aliases(tables: Tables) -> tuple[Alias, ...]:
    """Return the aliases, sorted by old symbol and day. Raise CatalogError for the first mistake.

    A stock has one predecessor, so that of one day no two can lead to the same symbol.
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
                remedy="keep the one whose stock goes on",
            )
    return tuple(sorted(aliases, key=lambda alias: alias[:2]))


def _alias(key: str, value: Value) -> Alias:
    fields = Fields("aliases", key, value)
    check_spelling(key, _KEY, 'an old symbol and a day, as "FB 2022-06-09"', fields.where)
    old, day = key.split(" ")
    check_spelling(old, _SYMBOL, "a canonical symbol", fields.where)
    try:
        effective = dt.date.fromisoformat(day)
    except ValueError as error:
        raise CatalogError(
            f"{day} is no day", where=fields.where, remedy="correct the date"
        ) from error
    new = fields.optional_text("new")
    source = fields.text("source")
    fields.close()
    if new is not None:
        check_spelling(new, _SYMBOL, "a canonical symbol", fields.where)
        if new == old:
            raise CatalogError(
                f"{old} becomes itself", where=fields.where, remedy="leave new out for a reuse"
            )
    return Alias(old, effective, new, source)
