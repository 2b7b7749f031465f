"""Errors for unknown names: where the name exists, what else it is, or which names are near."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.environments import advise_empty, name_type
from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.model import GroupType
from stockgroups.store import Store, execute
from stockgroups.text import find_nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


_SQL = load_statements("queries")
STOCK, INDUSTRY = "STOCK", "INDUSTRY"
"""The words for a stock and an industry beside the types of groups."""
_FLAGS = {kind: f"--{kind.lower()}" for kind in (*map(str, GroupType), STOCK)}
_SEARCH = "`stockgroups search TEXT` finds names by a part of them"
_SHORTEST_NAME = 5
"""Letters from which on a word that is no symbol here may be a company's name: `APPLE`."""
MOST_LISTED = 25
"""Names that a message lists if none is near; the catalogues have up to twenty of a type."""


def explain_missing(store: Store, kind: GroupType | None, name: str) -> NotFoundError:
    """Return the error for a group that does not exist; None as kind: of any type.

    For a fund in the catalogue the error says that it is not loaded.
    """
    what = f"no {name_type(kind) if kind else 'group'} {name!r} in environment {store.environment}"
    namesakes = _Namesakes(store, name)
    if elsewhere := namesakes.elsewhere(kind):
        return NotFoundError(what, remedy=elsewhere)
    rows = execute(store, _SQL["list_names"], type=kind.value if kind else None)
    names = {row[0]: [other for other in row[1:] if other] for row in rows}
    if not names:
        remedy = namesakes.something_else(kind) or advise_empty(
            store.connection, store.environment, kind
        )
        return NotFoundError(what, remedy=remedy)
    entry = store.catalog.etfs.get(name) if kind is GroupType.ETF else None
    if entry is not None:
        return NotFoundError(
            f"{entry.ticker} ({entry.name}) is not loaded in environment {store.environment}",
            remedy=f"`stockgroups load --etf {entry.ticker}` loads it, or shows where its file is",
        )
    return _suggest(what, name, names, namesakes.something_else(kind))


def explain_missing_industry(store: Store, name: str) -> NotFoundError:
    """Return the error for an industry that no sector lists and no source reports."""
    what = f"no industry {name!r} in environment {store.environment}"
    rows = execute(store, _SQL["count_industries"])
    names: dict[str, list[str]] = {row[0]: [] for row in rows}
    if not names:
        return NotFoundError(
            what, remedy=advise_empty(store.connection, store.environment, GroupType.SECTOR)
        )
    found = _Namesakes(store, name).something_else(None)
    return _suggest(what, name, names, found)


def explain_missing_stock(store: Store, symbol: str) -> NotFoundError:
    """Return the error for a stock that no group holds.

    If a directory or a register lists it, the error says so.
    """
    what = f"no stock {symbol!r} in environment {store.environment}"
    namesakes = _Namesakes(store, symbol)
    if elsewhere := namesakes.elsewhere(STOCK):
        return NotFoundError(what, remedy=elsewhere)
    found = namesakes.something_else(STOCK)
    row = store.connection.execute(_SQL["find_listing"], {"symbol": symbol}).fetchone()
    if row is not None:
        name, source, day = row
        listed = f"{name or 'a stock'} is listed under it ({source}, {day})"
        hints = ("no loaded group holds it", listed, found)
        return NotFoundError(what, remedy="; ".join(filter(None, hints)))
    # The symbol follows the grammar, so that it holds no wildcard of LIKE.
    rows = execute(store, _SQL["list_symbols_like"], prefix=f"{symbol[:1]}%")
    names: dict[str, list[str]] = {row[0]: [] for row in rows}
    if not found and symbol.isalpha() and len(symbol) >= _SHORTEST_NAME:
        found = _SEARCH
    if find_nearest(symbol, names) or found:
        return _suggest(what, symbol, names, found)
    row = execute(store, _SQL["has_members"]).fetchone()
    if row is None or not row[0]:
        return NotFoundError(what, remedy=advise_empty(store.connection, store.environment))
    return NotFoundError(what, remedy="no loaded group holds it")


def explain_unreadable(store: Store, text: str, error: SymbolError) -> SymbolError:
    """Return the error for a text that is not a symbol.

    It says how to ask for the group that has the text as its name, or how to search for names.
    """
    found = _Namesakes(store, text).something_else(STOCK)
    return SymbolError(error.what, remedy=found or f"{error.remedy}; {_SEARCH}")


class _Namesakes:
    """Everything that has a name: groups of any type and stocks, in any environment."""

    def __init__(self, store: Store, name: str) -> None:
        self._environment = store.environment
        folded = "_".join(name.lower().replace("-", " ").replace("_", " ").split())
        self._found: list[tuple[str, str, str]] = store.connection.execute(
            _SQL["find_namesakes"], {"names": [name, name.upper(), folded]}
        ).fetchall()

    def elsewhere(self, kind: str | None) -> str | None:
        """Return what to do if other environments have it (None as kind: as any group)."""
        names = {
            environment
            for environment, type_, _ in self._found
            if environment != self._environment and (type_ == kind if kind else type_ != STOCK)
        }
        if not names:
            return None
        has = "has" if len(names) == 1 else "have"
        return f"environment {' and '.join(sorted(names))} {has} it: set ENVIRONMENT"

    def something_else(self, kind: str | None) -> str | None:
        """Return how to ask for the group or stock of another kind that has the name here."""
        for environment, type_, name in self._found:
            if environment == self._environment and type_ != kind and type_ in _FLAGS:
                article = "an" if type_ == GroupType.ETF else "a"
                return (
                    f"{name} is {article} {name_type(type_)}: "
                    f"ask `stockgroups query {_FLAGS[type_]} {name}`"
                )
        return None


def _suggest(
    what: str, name: str, names: Mapping[str, Sequence[str]], otherwise: str | None
) -> NotFoundError:
    """Return the error with the nearest names, or with all names if they are few."""
    near = find_nearest(name, names, names)
    hints = [f"nearest: {', '.join(near)}"] if near else []
    hints += [otherwise] if otherwise else []
    if not hints and len(names) <= MOST_LISTED:
        hints = [f"known: {', '.join(names)}"]
    if not hints:
        hints = [f"no name is similar; {_SEARCH}"]
    return NotFoundError(what, remedy="; ".join(hints), nearest=near)
