"""List and search by name: the groups of a type, and groups and stocks by a text."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StockgroupsError, SymbolError
from stockgroups.json_values import Fields
from stockgroups.model import GroupType
from stockgroups.queries.frames import Answers, Kind, kinds_of
from stockgroups.queries.groups import find_industry, list_spellings
from stockgroups.queries.missing import INDUSTRY, STOCK, explain_missing
from stockgroups.queries.stocks import find_stock
from stockgroups.store import Store, execute
from stockgroups.text import fold_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping


_SQL = load_statements("queries")
MOST_FOUND = 1000


@dataclass(frozen=True, slots=True)
class ListedGroup(Fields):
    """A group with its size, and where its members come from."""

    key: str
    name: str | None
    members: int
    as_of: dt.date | None
    source: str | None
    is_proxy: bool | None


@dataclass(frozen=True, slots=True)
class ListedIndustry(Fields):
    """An industry with its sector, and the number of its stocks."""

    industry: str
    sector: str | None
    stocks: int


@dataclass(frozen=True, slots=True)
class Named(Fields):
    """Something with its name. `type` is that of a group, or STOCK."""

    type: str
    key: str
    name: str | None


class ListedGroups(Answers[ListedGroup]):
    """The groups of a type."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(ListedGroup)


class ListedIndustries(Answers[ListedIndustry]):
    """The industries."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(ListedIndustry)


class Found(Answers[Named]):
    """The groups and stocks with a text in their name."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Named)


def list_groups(store: Store, kind: GroupType) -> ListedGroups:
    """Return the groups of a type, sorted by name."""
    rows = execute(store, _SQL["list_groups"], type=kind.value)
    return ListedGroups(ListedGroup(*row) for row in rows)


def list_industries(store: Store) -> ListedIndustries:
    """Return the industries that sectors list or sources report, sorted by name."""
    rows = execute(store, _SQL["count_industries"])
    return ListedIndustries(ListedIndustry(*row) for row in rows)


def search(store: Store, text: str) -> Found:
    """Return the groups, then the stocks, that match a text, the likeliest of each first.

    A match holds the text in its key or name, has or had a symbol that begins with it, or has it as
    an identifier. A stock's name is that of the newest of its reports with the text.
    """
    words = " ".join(text.split())
    return Found(
        Named(*row)
        for statement in ("search_groups", "search_stocks")
        for row in execute(
            store,
            _SQL[statement],
            pattern=_contain(words),
            key=_contain(fold_key(words)),
            symbol=words.upper(),
            begins=_escape(words.upper()) + "%",
            most=MOST_FOUND,
        )
    )


def _contain(text: str) -> str:
    """Return the LIKE pattern for texts that contain the text."""
    return f"%{_escape(text)}%"


def _escape(text: str) -> str:
    """Return a text with the special characters of LIKE escaped."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def find_types(store: Store, text: str) -> list[str]:
    """Return the types of the groups that have the name, else STOCK or INDUSTRY alone.

    A stock comes before an industry: GOLD is a ticker, and Gold an industry. A former ticker of a
    fund, a vendor's spelling of one, or a fund in the catalogue, counts as an ETF. Raises
    NotFoundError for an unknown name if other names are near, or if it cannot be a symbol, as
    `sp500`.
    """

    def find_kinds(names: list[str]) -> set[str]:
        rows = store.connection.execute(_SQL["find_namesakes"], {"names": names})
        return {kind for where, kind, _ in rows if where == store.environment}

    found = find_kinds([text.strip(), text.strip().upper(), fold_key(text)])
    groups = [kind.value for kind in GroupType if kind in found]
    if groups or STOCK in found:
        return groups or [STOCK]
    try:
        find_stock(store, text)
    except StockgroupsError as refused:
        tickers = list(list_spellings(store, GroupType.ETF, text))
        if store.catalog.etfs.keys() & set(tickers) or find_kinds(tickers) & {GroupType.ETF}:
            return [GroupType.ETF.value]
        with suppress(NotFoundError):
            find_industry(store, text)
            return [INDUSTRY]
        missing = explain_missing(store, None, text.strip())
        if missing.nearest or isinstance(refused, SymbolError):
            raise missing from None
    return [STOCK]
