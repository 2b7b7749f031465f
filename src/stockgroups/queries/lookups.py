"""The look-ups of programs that expect None for a name that nothing has.

Each asks the question of the same name in `stockgroups.queries`, which raises with the nearest
names in place of None.
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
    """Return what is in a group, None for an unknown one."""
    try:
        return find_group(store, kind, name)
    except NotFoundError:
        return None


def get_stock(store: Store, text: str) -> StockAnswer | None:
    """Return the groups of a stock, None for one that nothing knows or that is no symbol."""
    try:
        return find_stock(store, text)
    except (NotFoundError, SymbolError):
        return None
