"""If a tool cannot answer, its error says what is wrong and what to do."""

from __future__ import annotations

import pytest

from assistant.conftest import Asked, Assistant
from assistant.facts import DAY

THEN = DAY.isoformat()
FAILED = {
    "an unknown group": Asked(
        "members", {"expression": "SPX"}, {"type": "NotFoundError", "nearest": ["SPY"]}
    ),
    "a place in an expression": Asked(
        "members", {"expression": "SPY &&"}, {"type": "UsageError", "column": 6}
    ),
    "an unknown stock": Asked("holders", {"stock": "ZZZQ"}, {"type": "NotFoundError"}),
    "what is not a symbol": Asked("holders", {"stock": "a b c ?"}, {"type": "SymbolError"}),
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
        "members", {"expression": "SPY", "date": THEN}, {"what": "unknown argument 'date'"}
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
    "an amount that is not a number": Asked(
        "exposure", {"portfolio": {"SPY": "much"}}, {"where": "portfolio.SPY"}
    ),
    "unknown tool": Asked("holder", {}, {"what": "unknown tool 'holder'", "type": "UsageError"}),
}  # fmt: skip


@pytest.mark.parametrize("asked", FAILED.values(), ids=FAILED)
def test_an_error_says_what_and_what_to_do(assistant: Assistant, asked: Asked) -> None:
    reply = assistant.ask(asked.tool, **asked.arguments)
    assert reply.is_error, reply.text
    error = reply.body["error"]
    assert error["what"]
    assert "Traceback" not in reply.text
    for what, value in asked.known.items():
        assert error[what] == value, reply.text
