"""Look-ups for programs that expect None for an unknown name.

Each asks the question of the same name in `stockgroups.queries`, which raises an error with the
nearest names instead.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.queries.groups import find_group
from stockgroups.queries.stocks import find_stock

if TYPE_CHECKING:
    from stockgroups.model import GroupType
    from stockgroups.queries.answers import GroupAnswer
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.store import Store


def get_group(store: Store, kind: GroupType, name: str) -> GroupAnswer | None:
    """Return what is in a group; None for an unknown group."""
    try:
        return find_group(store, kind, name)
    except NotFoundError:
        return None


def get_stock(store: Store, text: str) -> StockAnswer | None:
    """Return the groups of a stock; None for an unknown stock or a text that is not a symbol."""
    try:
        return find_stock(store, text)
    except (NotFoundError, SymbolError):
        return None
