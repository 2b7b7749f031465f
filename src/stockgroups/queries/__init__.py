"""Questions and answers, in both directions: what is in a group, and which groups hold a stock.

What takes more to import than a look-up takes is not imported here: `explanation`, `past`,
`changes`, `timelines`, `resolve`, `related`, `provenance`.
"""

from stockgroups.queries.answers import (
    FundAnswer,
    GroupAnswer,
    IndustryAnswer,
    SectorAnswer,
    Statistics,
    StockAnswer,
)
from stockgroups.queries.groups import (
    find_fund,
    find_industry,
    find_sector,
    find_theme,
    find_universe,
)
from stockgroups.queries.statistics import read_statistics
from stockgroups.queries.stocks import find_stock

__all__ = [
    "FundAnswer",
    "GroupAnswer",
    "IndustryAnswer",
    "SectorAnswer",
    "Statistics",
    "StockAnswer",
    "find_fund",
    "find_industry",
    "find_sector",
    "find_stock",
    "find_theme",
    "find_universe",
    "read_statistics",
]
