"""Which groups hold a stock, in whatever spelling it is asked for."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.errors import SymbolError
from stockgroups.model import GroupType
from stockgroups.queries.answers import EtfDetail, FormerSymbol, Origin, StockAnswer
from stockgroups.queries.missing import explain_missing_stock
from stockgroups.sql import load_statements
from stockgroups.symbols import list_meanings, parse_symbol

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("queries")


def find_stock(
    connection: Connection,
    environment: str,
    text: str,
    load_catalog: Callable[[], Catalog],
) -> StockAnswer:
    """Return the groups of a stock, by any spelling and case of its symbol, or a former symbol.

    A symbol means the stock that is held under it today, else the one that had it last, else what
    a metadata entry still tells of it.
    `load_catalog` is called only when the text as it stands names no stock that is held, for most
    questions need no catalogue. Raises SymbolError for what is no symbol, NotFoundError with the
    nearest symbols.
    """
    asked: list[str] = []
    cached: list[StockAnswer] = []
    with suppress(SymbolError):
        asked.append(parse_symbol(text, {}))
        answer = _find(connection, environment, asked[0])
        if answer is not None and not answer.from_cache:
            return answer
        cached += [answer] if answer else []
    catalog = load_catalog()
    for symbol in list_meanings(text, catalog.share_classes, catalog.exchanges):
        if symbol not in asked:
            asked.append(symbol)
            answer = _find(connection, environment, symbol)
            if answer is not None and not answer.from_cache:
                return answer
            cached += [answer] if answer else []
    for symbol in asked:
        answer = _find_successor(connection, environment, symbol)
        if answer is not None:
            return answer
    if cached:
        return cached[0]
    raise explain_missing_stock(connection, environment, asked[0])


def _find_successor(connection: Connection, environment: str, symbol: str) -> StockAnswer | None:
    """Return the stock that had the symbol last, under its symbol of today."""
    row = connection.execute(
        _SQL["find_successor"], {"environment": environment, "symbol": symbol}
    ).fetchone()
    if row is None or row[0] == symbol:
        return None
    answer = _find(connection, environment, row[0])
    return None if answer is None else replace(answer, asked=symbol)


def _find(connection: Connection, environment: str, symbol: str) -> StockAnswer | None:
    row = connection.execute(
        _SQL["find_stock"], {"environment": environment, "symbol": symbol}
    ).fetchone()
    assert row is not None  # noqa: S101 - the statement starts from one row
    groups, entry_name, entry, former = row
    value = entry if isinstance(entry, dict) else {}
    if groups is None and entry is None:
        return None
    details = [_read_detail(group) for group in groups or () if group[0] == GroupType.ETF]
    return StockAnswer(
        stock_symbol=symbol,
        name=value.get("name") or entry_name,
        member_of_etfs=[d.etf_symbol for d in details] if groups else _read_list(value),
        etf_details=details,
        themes=_names(groups, GroupType.THEME),
        universes=_names(groups, GroupType.UNIVERSE),
        sector=value.get("sector"),
        industry=value.get("industry"),
        from_cache=not groups,
        industry_label=value.get("industry_label"),
        confidence=value.get("confidence"),
        former_symbols=tuple(
            FormerSymbol(was, dt.date.fromisoformat(until)) for was, until in former or ()
        ),
    )


def _names(groups: list[list[Any]] | None, kind: GroupType) -> list[str]:
    return [group[1] for group in groups or () if group[0] == kind]


def _read_detail(group: list[Any]) -> EtfDetail:
    _, name, description, weight, as_of, source, is_proxy = group
    date = dt.date.fromisoformat(as_of) if as_of else None
    return EtfDetail(name, description or name, weight, Origin(date, source, is_proxy))


def _read_list(value: dict[str, Any]) -> list[str]:
    """Return `member_of_etfs` of an entry: older ones hold it as a text that is JSON."""
    members = value.get("member_of_etfs")
    if isinstance(members, str):
        try:
            members = json.loads(members)
        except ValueError:
            return []
    return sorted(str(m) for m in members) if isinstance(members, list) else []
