"""Which groups hold a stock, by any spelling of its symbol."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements, only_row, spread
from stockgroups.errors import SymbolError
from stockgroups.model import GroupType
from stockgroups.queries.identified import find_identified, find_name
from stockgroups.queries.origins import DRIFTED, Origin
from stockgroups.queries.stock_answers import Place, StockAnswer
from stockgroups.ranges import SymbolInterval
from stockgroups.store import Store, execute
from stockgroups.symbols import list_readings, list_spellings, parse_symbol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.queries.moments import Moment

_SQL = load_statements("queries")


def find_stock(store: Store, text: str, moment: Moment | None = None) -> StockAnswer:
    """Return the groups of a stock, by any spelling of its symbol, a former symbol or identifier.

    A symbol means the stock that is held under it today, else the one that had it last, else what a
    metadata entry still has under it, else a stock of the record that no group holds today. The
    catalogue is read only if the text as written names no held stock. With a `moment`, the answer
    is for that day: see `find_past_stock`.

    Raises SymbolError for a text that is not a symbol, NotFoundError with the nearest symbols.
    """
    if moment is not None:
        from stockgroups.queries.past import find_past_stock  # noqa: PLC0415 - rarely asked

        return find_past_stock(store, text, moment)
    tried: list[str] = []
    cached: list[StockAnswer] = []
    identified = find_identified(store, text)
    if identified is not None and identified.current_symbol is not None:
        tried.append(identified.current_symbol)
        answer = _find(store, identified.current_symbol)
        if answer is not None:
            return answer
    with suppress(SymbolError):
        for symbol in _read_symbols(store, text):
            if symbol in tried:
                continue
            tried.append(symbol)
            answer = _find(store, symbol)
            if answer is not None and not answer.from_cache:
                return answer
            cached += [answer] if answer else []
    for symbol in tried:
        answer = _find_successor(store, symbol)
        if answer is not None:
            return answer
    if cached:
        return cached[0]
    # Another program may hold a member whose text follows no grammar.
    plain = text.strip()
    answer = _find(store, plain, [plain, plain.upper(), plain.lower()])
    if answer is not None:
        return answer
    from stockgroups.queries.past import find_unheld_stock  # noqa: PLC0415 - rarely asked

    return find_unheld_stock(store, text)


def _read_symbols(store: Store, text: str) -> Iterator[str]:
    """Yield the symbols that a text may mean, as written first.

    Raises SymbolError, after the first, for a text that is not a symbol.
    """
    with suppress(SymbolError):
        yield parse_symbol(text, {})
    catalog = store.catalog
    yield from list_readings(text, catalog.share_classes, catalog.exchanges)


def _find_successor(store: Store, symbol: str) -> StockAnswer | None:
    """Return the stock that had the symbol last, under its symbol of today."""
    row = execute(store, _SQL["find_successor"], symbol=symbol).fetchone()
    if row is None or row[0] == symbol:
        return None
    answer = _find(store, row[0])
    return None if answer is None else replace(answer, asked=symbol)


def _find(store: Store, symbol: str, spellings: Sequence[str] | None = None) -> StockAnswer | None:
    """Return the data under a symbol, in every spelling that other programs use in their rows."""
    statement, spelled = spread(
        _SQL["find_stock"], "spellings", spellings or list_spellings(symbol)
    )
    found = store.connection.execute(
        statement, {"environment": store.environment, "symbol": symbol} | spelled
    )
    groups, removed, entry_name, entry, names = only_row(found)
    value = entry if isinstance(entry, dict) else {}
    if groups is None and entry is None:
        return None
    return StockAnswer(
        symbol,
        symbol,
        value.get("name") or entry_name or find_name(store, symbol),
        tuple(_read_place(symbol, group) for group in groups or ()),
        sector=value.get("sector"),
        industry=value.get("industry"),
        industry_label=value.get("industry_label"),
        confidence=value.get("confidence"),
        names=tuple(_read_interval(*interval) for interval in names or ()),
        removed_from=tuple((GroupType(kind), name) for kind, name in removed or ()),
        from_cache=not groups,
        cached_etfs=tuple(_read_list(value)),
    )


def _read_place(symbol: str, group: list[Any]) -> Place:
    kind, name, description, weight, as_of, source, is_proxy, file, *times, is_drifted = group
    recorded_at, published_on = times
    origin = (
        DRIFTED
        if is_drifted
        else Origin(
            dt.date.fromisoformat(as_of) if as_of else None,
            source,
            is_proxy,
            file,
            dt.datetime.fromisoformat(recorded_at) if recorded_at else None,
            dt.date.fromisoformat(published_on) if published_on else None,
        )
    )
    return Place(GroupType(kind), name, description or name, symbol, weight, origin)


def _read_interval(symbol: str, valid_from: str | None, valid_to: str | None) -> SymbolInterval:
    return SymbolInterval(
        symbol,
        dt.date.fromisoformat(valid_from) if valid_from else dt.date.min,
        dt.date.fromisoformat(valid_to) if valid_to else dt.date.max,
    )


def _read_list(value: dict[str, Any]) -> list[str]:
    """Return `member_of_etfs` of an entry; older entries hold it as a text of JSON."""
    members = value.get("member_of_etfs")
    if isinstance(members, str):
        try:
            members = json.loads(members)
        except ValueError:
            return []
    return sorted(str(m) for m in members) if isinstance(members, list) else []
