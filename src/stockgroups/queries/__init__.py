"""Questions and answers, in both directions: what is in a group, and which groups hold a stock.

A module is imported when one of its names is used, so that importing takes no longer than a
look-up. `explanation`, `past`, `changes`, `timelines`, `resolve`, `related` and `provenance` are
imported by their own names.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockgroups.queries.answers import GroupAnswer, Holding, IndustryAnswer
    from stockgroups.queries.groups import find_group, find_industry
    from stockgroups.queries.lookups import get_group, get_stock
    from stockgroups.queries.statistics import Statistics, read_statistics
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.queries.stocks import find_stock

__all__ = [
    "GroupAnswer",
    "Holding",
    "IndustryAnswer",
    "Statistics",
    "StockAnswer",
    "find_group",
    "find_industry",
    "find_stock",
    "get_group",
    "get_stock",
    "read_statistics",
]
_HOMES = {
    "GroupAnswer": "answers",
    "Holding": "answers",
    "IndustryAnswer": "answers",
    "Statistics": "statistics",
    "StockAnswer": "stock_answers",
    "find_group": "groups",
    "find_industry": "groups",
    "find_stock": "stocks",
    "get_group": "lookups",
    "get_stock": "lookups",
    "read_statistics": "statistics",
}


def __getattr__(name: str) -> Any:
    """Return a name of `__all__` from its module, which is imported now."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
