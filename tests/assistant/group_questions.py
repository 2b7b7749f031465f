"""Questions about groups and stocks: names, members, holders."""

from __future__ import annotations

from typing import Any

from assistant.conftest import Asked
from assistant.facts import DAY, SPY, WEEK, today

THEN, BEFORE = DAY.isoformat(), "2026-07-03"
SPY_ROWS = [("AAPL", 0.45), ("BRK.B", 0.25), ("XOM", 0.2), ("NVDA", 0.1)]
OF_WEEK = ("SPY", WEEK.isoformat(), "hand")
NO_ROWS: list[Any] = []
GROUP_QUESTIONS = {
    # What is it called?
    "an ETF by a word of its name": Asked(
        "find",
        {"text": "invesco"},
        {"each type key": [("ETF", "QQQ"), ("STOCK", "IVZ")], "coverage": {"ETF": 1, "STOCK": 1}},
    ),
    "a theme": Asked(
        "find", {"text": "crypto m", "type": "THEME"}, {"each key": [("crypto_miners",)]}
    ),
    "a stock by its company": Asked(
        "find", {"text": "NVDA CORP"}, {"each type key name": [("STOCK", "NVDA", "NVDA CORP")]}
    ),
    "a typing error": Asked("find", {"text": "SPYX"}, {"nearest": ["SPY"], "total": 0}),
    "nothing at all": Asked(
        "find",
        {"text": "zzzzzz"},
        {"rows": NO_ROWS, "why": "no group 'zzzzzz' in environment TEST", "truncated": False},
    ),
    "a fund that is not loaded": Asked(
        "find",
        {"text": "EFA"},
        {"why": "EFA (iShares MSCI EAFE ETF) is not loaded in environment TEST", "total": 0},
    ),
    "a wildcard is no wildcard": Asked("find", {"text": "100%_"}, {"total": 0}),
    "a symbol in another spelling": Asked(
        "find", {"text": "brk/b"}, {"each type key": [("STOCK", "BRK.B")]}
    ),
    # What is in it?
    "a fund now": Asked(
        "members",
        {"expression": "SPY"},
        {
            "each symbol weight": SPY_ROWS,
            "expression": "etf:SPY",
            "as_of": WEEK.isoformat(),
            "asked_as_of": today().isoformat(),
            "coverage": {"with_weight": 4, "weight": 1.0},
            "truncated": False,
            "warnings": [],
        },
    ),
    "a fund on a day": Asked(
        "members", {"expression": "SPY", "as_of": BEFORE}, {"each symbol weight": list(SPY.items())}
    ),
    "a fund a long time ago as an age": Asked(
        "members", {"expression": "BARE", "as_of": "0d"}, {"each symbol": [("CVX",), ("XOM",)]}
    ),
    "the two largest": Asked(
        "members",
        {"expression": "SPY", "limit": 2},
        {
            "each symbol": [("AAPL",), ("BRK.B",)],
            "total": 4,
            "truncated": True,
            "next": {"offset": 2},
        },
    ),
    "the next ones": Asked(
        "members",
        {"expression": "SPY", "offset": 2},
        {"each symbol": [("XOM",), ("NVDA",)], "offset": 2, "truncated": False},
    ),
    "the largest by the grammar": Asked(
        "members", {"expression": "top(SPY, 1)"}, {"each symbol weight": [("AAPL", 0.45)]}
    ),
    "what two funds both hold": Asked(
        "members", {"expression": "SPY & QQQ"}, {"each symbol": [("AAPL",), ("NVDA",)], "total": 2}
    ),
    "what one has and another has not": Asked(
        "members",
        {"expression": "SPY - QQQ"},
        {"each symbol weight": [("BRK.B", 0.25), ("XOM", 0.2)], "coverage.weight": 0.45},
    ),
    "what is in one of two": Asked(
        "members", {"expression": "XLE ^ BARE"}, {"total": 0, "rows": NO_ROWS}
    ),
    "what came since": Asked(
        "members", {"expression": f"SPY - (SPY @ {THEN})"}, {"each symbol weight": [("NVDA", 0.1)]}
    ),
    "a sector of a fund": Asked(
        "members", {"expression": "SPY & sector:energy"}, {"each symbol weight": [("XOM", 0.2)]}
    ),
    "a filter by weight": Asked(
        "members", {"expression": "SPY[weight > 21%]"}, {"each symbol": [("AAPL",), ("BRK.B",)]}
    ),
    "a filter by sector": Asked(
        "members", {"expression": "SPY[sector = financials]"}, {"each symbol": [("BRK.B",)]}
    ),
    "in detail": Asked(
        "members",
        {"expression": "XLE & SPY", "detail": True},
        {
            "each symbol sector": [("XOM", "energy")],
            "each terms weights": [(["etf:XLE", "etf:SPY"], {"etf:XLE": 0.6, "etf:SPY": 0.2})],
        },
    ),
    "which source": Asked(
        "members",
        {"expression": "SPY"},
        {
            "sources": [
                {
                    "term": "etf:SPY",
                    "name": "SPDR S&P 500 ETF Trust",
                    "total": 4,
                    "as_of": WEEK.isoformat(),
                    "age_days": (today() - WEEK).days,
                    "source": "hand",
                }
            ]
        },
    ),
    "how old on a day": Asked(
        "members", {"expression": "SPY", "as_of": BEFORE}, {"sources.0.age_days": 2}
    ),
    "a proxy is marked": Asked(
        "members", {"expression": "BARE"}, {"sources.0.is_proxy": True, "coverage.with_weight": 0}
    ),
    "one stock": Asked("members", {"expression": "stock:xom"}, {"each symbol": [("XOM",)]}),
    "what was not yet known": Asked(
        "members",
        {"expression": "SPY", "known_at": "2000-01-01"},
        {"error.type": "NotFoundError"},
    ),
    "what was not yet public": Asked(
        "members",
        {"expression": "SPY", "published_by": "2000-01-01"},
        {"error.type": "NotFoundError"},
    ),
    # Who holds it?
    "which groups hold a stock": Asked(
        "holders",
        {"stock": "XOM", "type": "ETF"},
        {
            "each group weight": [("XLE", 0.6), ("SPY", 0.2), ("BARE", None)],
            "each is_proxy": [(False,), (False,), (True,)],
            "coverage": {"groups": 3, "with_weight": 2},
            "sector": "energy",
        },
    ),
    "each with its date": Asked(
        "holders",
        {"stock": "AAPL", "type": "ETF"},
        {"each group as_of source": [OF_WEEK, ("QQQ", *OF_WEEK[1:])]},
    ),
    "in which universes": Asked(
        "holders", {"stock": "NVDA", "type": "UNIVERSE"}, {"total": 3, "coverage.with_weight": 0}
    ),
    "in which sector": Asked(
        "holders", {"stock": "XOM", "type": "SECTOR"}, {"each group": [("energy",)]}
    ),
    "who says its sector": Asked(
        "holders",
        {"stock": "XOM"},
        {"sector_votes": {"energy": ["Select Sector", "hand", "pytickersymbols"]}},
    ),
    "who held it on a day": Asked(
        "holders",
        {"stock": "AAPL", "type": "ETF", "as_of": BEFORE},
        {"each group weight age_days": [("SPY", 0.5, 2)], "asked_as_of": BEFORE},
    ),
    "who held it by what was public": Asked(
        "holders",
        {"stock": "AAPL", "type": "ETF", "published_by": "2999-01-01"},
        {"published_by": "2999-01-01", "coverage.groups": 2},
    ),
    "in any spelling": Asked("holders", {"stock": " brk-b "}, {"symbol": "BRK.B"}),
    "no group of a type": Asked(
        "holders", {"stock": "XOM", "type": "CUSTOM"}, {"rows": NO_ROWS, "coverage.groups": 0}
    ),
}  # fmt: skip
