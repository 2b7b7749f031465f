"""Fifty questions and more, put to the tools: each answer is exact, and short enough."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from assistant.conftest import Assistant
from assistant.facts import DAY, SPY, WEEK, today
from stockgroups.api import Database
from stockgroups.assistant.shape import DEFAULT_TOKENS, count_tokens
from stockgroups.db.connection import Target
from stockgroups.settings import Settings


class Asked(NamedTuple):
    """A question, and what of its answer is known: by `Reply.pick`."""

    tool: str
    arguments: dict[str, Any]
    known: dict[str, Any]


THEN, BEFORE = DAY.isoformat(), "2026-07-03"
SPY_ROWS = [("AAPL", 0.45), ("BRK.B", 0.25), ("XOM", 0.2), ("NVDA", 0.1)]
OF_WEEK = ("SPY", WEEK.isoformat(), "hand")
NO_ROWS: list[Any] = []
QUESTIONS = {
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
    "nothing at all": Asked("find", {"text": "zzzzzz"}, {"rows": NO_ROWS, "truncated": False}),
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
    "in any spelling": Asked("holders", {"stock": " brk-b "}, {"symbol": "BRK.B"}),
    "no group of a type": Asked(
        "holders", {"stock": "XOM", "type": "CUSTOM"}, {"rows": NO_ROWS, "coverage.groups": 0}
    ),
    # What do they share?
    "what two share": Asked(
        "overlap",
        {"names": ["SPY", "QQQ"]},
        {
            "overlap": 0.5,
            "shared": 2,
            "each symbol overlap SPY QQQ": [("AAPL", 0.4, 0.45, 0.4), ("NVDA", 0.1, 0.1, 0.6)],
            "coverage": {"stocks_of_any": 4, "stocks_of_all": 2},
        },
    ),
    "how much of each": Asked(
        "overlap", {"names": ["SPY", "QQQ"]}, {"groups.0.covered": 0.55, "groups.1.covered": 1.0}
    ),
    "every two of three": Asked(
        "overlap",
        {"names": ["SPY", "QQQ", "XLE"]},
        {"pairs.0.overlap": 0.5, "pairs.1.overlap": 0.2, "pairs.2.overlap": 0.0, "overlap": 0},
    ),
    "of different days": Asked(
        "overlap",
        {"names": ["SPY", "XLE"]},
        {
            "warnings": [
                "the sources are of different days: XLE of 2026-07-01, SPY of 2026-07-08, "
                "7 days apart"
            ],
            "sources.1.as_of": THEN,
        },
    ),
    "on a day": Asked(
        "overlap", {"names": ["SPY", "XLE"], "as_of": THEN}, {"overlap": 0.2, "warnings": []}
    ),
    "without weights": Asked(
        "overlap", {"names": ["XLE", "BARE"]}, {"shared": 2, "groups.0.covered": 1.0}
    ),
    # What do I own?
    "stocks through funds": Asked(
        "exposure",
        {"portfolio": {"SPY": 60, "QQQ": 30, "CVX": 10}},
        {
            "each key weight": [
                ("AAPL", 0.39), ("NVDA", 0.24), ("BRK.B", 0.15), ("XOM", 0.12), ("CVX", 0.1)
            ],
            "coverage": {"stocks": 1.0},
        },
    ),
    "by sector": Asked(
        "exposure",
        {"portfolio": {"SPY": 60, "XLE": 40}, "by": "sector", "as_of": THEN},
        {
            "each key weight stocks": [
                ("energy", 0.52, 2), ("information_technology", 0.3, 1), ("financials", 0.18, 1)
            ]
        },
    ),
    "which fund adds least": Asked(
        "exposure",
        {"portfolio": {"SPY": 0.5, "QQQ": 0.5}},
        {"most_redundant": "QQQ", "positions.1.alone": 0.0, "positions.0.weight": 0.5},
    ),
    "with cash": Asked(
        "exposure",
        {"portfolio": {"XLE": 50, "USD": 50}},
        {"coverage": {"stocks": 0.5, "cash": 0.5}},
    ),
    "a short position": Asked(
        "exposure",
        {"portfolio": {"XLE": 2, "CVX": -1}},
        {"each key long short": [("XOM", 1.2, 0.0), ("CVX", 0.8, -1.0)]},
    ),
    "how concentrated": Asked(
        "exposure",
        {"portfolio": {"XLE": 1}},
        {"concentration.hhi": 0.52, "concentration.gross": 1.0},
    ),
    # What has changed?
    "in a fund": Asked(
        "changes",
        {"name": "SPY"},
        {
            "each change symbol weight_before weight_after": [
                ("added", "NVDA", None, 0.1),
                ("reweighted", "AAPL", 0.5, 0.45),
                ("reweighted", "BRK.B", 0.3, 0.25),
            ],
            "since": THEN,
            "as_of": WEEK.isoformat(),
            "coverage": {"groups": 1, "steps": 1, "added": 1, "reweighted": 2},
        },
    ),
    "additions alone": Asked(
        "changes", {"name": "etf:SPY", "change": "added"}, {"each symbol": [("NVDA",)], "total": 1}
    ),
    "when": Asked(
        "changes",
        {"name": "SPY", "change": "added"},
        {"each after by source": [(THEN, WEEK.isoformat(), "hand")]},
    ),
    "nothing to compare": Asked("changes", {"name": "XLE"}, {"total": 0, "coverage.steps": 0}),
    "until a day": Asked("changes", {"name": "SPY", "until": BEFORE}, {"total": 0}),
    "of a stock": Asked(
        "changes",
        {"name": "stock:NVDA"},
        {"each group change": [("ETF SPY", "added")], "intervals.0.valid_from": WEEK.isoformat()},
    ),
    "of a stock by its bare name": Asked("changes", {"name": "CVX"}, {"symbol": "CVX", "total": 0}),
    # Which stock is it?
    "several texts": Asked(
        "resolve",
        {"texts": ["brk/b", "zzzz", "XOM"]},
        {
            "each text symbol confidence": [
                ("brk/b", "BRK.B", "high"), ("zzzz", None, "none"), ("XOM", "XOM", "high")
            ],
            "coverage": {"asked": 3, "answered": 2},
        },
    ),
    "on a day before it was held": Asked(
        "resolve", {"texts": ["NVDA"], "as_of": "2001-01-01"}, {"asked_as_of": "2001-01-01"}
    ),
    "no symbol": Asked("resolve", {"texts": ["", "§"]}, {"coverage": {"asked": 2, "answered": 0}}),
    # How good is it?
    "the source of a fund": Asked(
        "quality",
        {"name": "SPY"},
        {
            "each as_of source members status": [
                (WEEK.isoformat(), "hand", 4, "counts"), (THEN, "hand", 3, "counts")
            ],
            "file": "file.csv",
            "age_days_today": (today() - WEEK).days,
            "coverage": {"rows_of_file": {"members": 4}},
        },
    ),
    "the source on a day": Asked(
        "quality", {"name": "etf:SPY", "as_of": BEFORE}, {"as_of": THEN, "is_proxy": False}
    ),
    "of everything": Asked(
        "quality", {}, {"environment": "TEST", "passed": False, "coverage.groups": 41}
    ),
}  # fmt: skip
FAILED = {
    "an unknown group": Asked(
        "members", {"expression": "SPX"}, {"type": "NotFoundError", "nearest": ["SPY"]}
    ),
    "a place in an expression": Asked(
        "members", {"expression": "SPY &&"}, {"type": "UsageError", "column": 6}
    ),
    "an unknown stock": Asked("holders", {"stock": "ZZZQ"}, {"type": "NotFoundError"}),
    "what is no symbol": Asked("holders", {"stock": "a b c ?"}, {"type": "SymbolError"}),
    "a day before the record": Asked(
        "members", {"expression": "SPY", "as_of": "1999-01-01"}, {"type": "NotFoundError"}
    ),
    "what is no day": Asked(
        "overlap", {"names": ["SPY", "XLE"], "as_of": "yesterday"}, {"type": "UsageError"}
    ),
    "what is no time": Asked(
        "holders", {"stock": "XOM", "known_at": "noon"}, {"type": "UsageError"}
    ),
    "an unknown fund among others": Asked(
        "overlap", {"names": ["SPY", "QQX"]}, {"type": "NotFoundError", "nearest": ["QQQ"]}
    ),
    "an unknown group of a type": Asked(
        "changes", {"name": "theme:crypto_miner"}, {"nearest": ["crypto_miners", "gold_miners"]}
    ),
    "neither group nor stock": Asked("changes", {"name": "SPX"}, {"nearest": ["SPY"]}),
    "no source": Asked("quality", {"name": "SPX"}, {"nearest": ["SPY"]}),
    "amounts that sum to nothing": Asked(
        "exposure", {"portfolio": {"SPY": 1, "QQQ": -1}}, {"type": "UsageError"}
    ),
    "an argument of another name": Asked(
        "members", {"expression": "SPY", "date": THEN}, {"what": "no argument 'date'"}
    ),
    "a missing argument": Asked("members", {}, {"what": "the argument expression is missing"}),
    "an argument of another type": Asked("overlap", {"names": "SPY"}, {"where": "names"}),
    "too few": Asked("overlap", {"names": ["SPY"]}, {"where": "names"}),
    "too many": Asked("overlap", {"names": ["SPY"] * 21}, {"where": "names"}),
    "too long": Asked("find", {"text": "x" * 201}, {"where": "text"}),
    "a limit of none": Asked("members", {"expression": "SPY", "limit": 0}, {"where": "limit"}),
    "too many tokens": Asked(
        "members", {"expression": "SPY", "max_tokens": 25001}, {"where": "max_tokens"}
    ),
    "another word": Asked(
        "exposure", {"portfolio": {"SPY": 1}, "by": "colour"}, {"where": "by"}
    ),
    "an amount that is no number": Asked(
        "exposure", {"portfolio": {"SPY": "much"}}, {"where": "portfolio.SPY"}
    ),
    "no tool": Asked("holder", {}, {"what": "no tool 'holder'", "type": "UsageError"}),
}  # fmt: skip


def test_there_are_enough() -> None:
    assert len(QUESTIONS) >= 50


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_an_answer_is_exact_and_short(assistant: Assistant, asked: Asked) -> None:
    reply = assistant.ask(asked.tool, **asked.arguments)
    for what, value in asked.known.items():
        assert reply.pick(what) == value, reply.text
    assert count_tokens(reply.text) <= DEFAULT_TOKENS
    assert reply.is_error is ("error" in reply.body)
    if not reply.is_error:
        assert {
            "total",
            "shown",
            "truncated",
            "coverage",
            "sources",
            "warnings",
        } <= reply.body.keys()


@pytest.mark.parametrize("asked", FAILED.values(), ids=FAILED)
def test_an_error_says_what_and_what_to_do(assistant: Assistant, asked: Asked) -> None:
    reply = assistant.ask(asked.tool, **asked.arguments)
    assert reply.is_error, reply.text
    error = reply.body["error"]
    assert error["what"]
    assert "Traceback" not in reply.text
    for what, value in asked.known.items():
        assert error[what] == value, reply.text


def test_answers_are_those_of_the_database(assistant: Assistant, filled: Target) -> None:
    settings = Settings(filled.url, "TEST", None, None, index_proxies=False)
    with Database(settings) as db:
        for text in ("SPY | QQQ", "top(LARGE, 1000) | SPY", "universe:sp500 & sector:energy"):
            members = db.members(text).members
            reply = assistant.ask("members", expression=text, max_tokens=25_000)
            weights = [(one.symbol, one.weight and float(f"{one.weight:.12g}")) for one in members]
            assert reply.pick("each symbol weight") == weights
        for symbol in ("NVDA", "XOM", "AAM"):
            places = db.stock(symbol).places
            reply = assistant.ask("holders", stock=symbol)
            told = sorted(reply.pick("each type group"))
            assert told == sorted((place.kind, place.group) for place in places)
