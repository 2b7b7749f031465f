"""Which stock belongs to which group: ETFs, universes, sectors and themes, in PostgreSQL.

    import stockgroups

    with stockgroups.connect() as db:
        db.etf("SPY").holdings

Each name below is imported on first use, so that importing the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from stockgroups.version import VERSION

if TYPE_CHECKING:
    from stockgroups.api import Database, connect
    from stockgroups.errors import (
        DatabaseError,
        GuardError,
        NotFoundError,
        SourceError,
        StaleError,
        StockgroupsError,
        SymbolError,
        UsageError,
    )
    from stockgroups.model import GroupType
    from stockgroups.queries.answers import GroupAnswer, Holding, IndustryAnswer
    from stockgroups.queries.statistics import Statistics
    from stockgroups.queries.stock_answers import StockAnswer

__version__ = VERSION
__all__ = [
    "Database",
    "DatabaseError",
    "GroupAnswer",
    "GroupType",
    "GuardError",
    "Holding",
    "IndustryAnswer",
    "NotFoundError",
    "SourceError",
    "StaleError",
    "Statistics",
    "StockAnswer",
    "StockgroupsError",
    "SymbolError",
    "UsageError",
    "connect",
]
_HOMES = {
    "Database": "api",
    "connect": "api",
    "GroupType": "model",
    "GroupAnswer": "queries.answers",
    "Holding": "queries.answers",
    "IndustryAnswer": "queries.answers",
    "Statistics": "queries.statistics",
    "StockAnswer": "queries.stock_answers",
}
"""The modules of the names; all other names are errors."""


def __getattr__(name: str) -> Any:
    """Import the module of a name of `__all__`, and return the name's value."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'errors')}"), name)


def __dir__() -> list[str]:
    """Return the public names, including those that are not imported yet."""
    return sorted([*globals(), *__all__])
