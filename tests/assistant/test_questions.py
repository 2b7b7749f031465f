"""Over fifty questions to the tools: each answer is exact and short enough."""

from __future__ import annotations

import pytest

from assistant.conftest import Asked, Assistant
from assistant.facts import DAY, WEEK, count_tokens, today
from assistant.group_questions import GROUP_QUESTIONS
from stockgroups.api import Database
from stockgroups.assistant.shape import DEFAULT_TOKENS
from stockgroups.db.connection import Target
from stockgroups.settings import Settings

THEN, BEFORE = DAY.isoformat(), "2026-07-03"
QUESTIONS = GROUP_QUESTIONS | {
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
    "what some of three share": Asked(
        "overlap",
        {"names": ["SPY", "QQQ", "XLE"]},
        {
            "each symbol SPY QQQ XLE": [
                ("NVDA", 0.1, 0.6, None), ("XOM", 0.2, None, 0.6), ("AAPL", 0.45, 0.4, None)
            ],
            "shared": 0,
        },
    ),
    "different dates": Asked(
        "overlap",
        {"names": ["SPY", "XLE"]},
        {
            "warnings": [
                "the sources have different dates: XLE of 2026-07-01, SPY of 2026-07-08, "
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
        {"after": THEN, "by": WEEK.isoformat(), "source": "hand", "is_proxy": False},
    ),
    "nothing to compare": Asked("changes", {"name": "XLE"}, {"total": 0, "coverage.steps": 0}),
    "since before the record": Asked(
        "changes",
        {"name": "SPY", "since": "2020-01-01", "change": "removed"},
        {
            "since": THEN,
            "warnings": ["the record begins on 2026-07-01, after the requested day"],
        },
    ),
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
                (WEEK.isoformat(), "hand", 4, "effective"), (THEN, "hand", 3, "effective")
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
