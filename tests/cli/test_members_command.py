"""`members` and `refresh` at the command line: rows, saved expressions, refusals."""

from __future__ import annotations

import json

import pytest

from commands import Command, check_refusal
from samples import DAY, make_fund, make_snapshot
from stockgroups.record.apply import apply
from stockgroups.store import Store


@pytest.fixture
def filled(store: Store, command: Command) -> Command:
    one = make_snapshot({"AAA": 0.5, "BBB": 0.3, "CCC": 0.2}, DAY)
    apply(store, [make_fund("ONE", one), make_fund("TWO", make_snapshot({"AAA": 1.0}, DAY))])
    return command


def test_the_rows_of_an_expression(filled: Command) -> None:
    answer = filled("members", "ONE - TWO", "--csv", "--columns", "symbol,weight,terms")
    assert answer.lines == [
        "symbol,weight,terms",
        'BBB,0.3,"[""etf:ONE""]"',
        'CCC,0.2,"[""etf:ONE""]"',
    ]
    assert filled("members", "ONE - TWO", "--limit", "1").lines[-1] == "… and 1 more"
    assert filled("members", "ONE - TWO", "--json").json["symbols"] == ["BBB", "CCC"]


def test_saving_and_refreshing(filled: Command, store: Store) -> None:
    dry = filled("members", "ONE - TWO", "--save", "Mine", "--dry-run")
    assert dry.lines == [
        "[DRY-RUN] Would create mine: 2 stocks (+2 −0)",
        "    etf:ONE - etf:TWO",
    ]
    done = filled("members", "ONE - TWO", "--save", "Mine")
    assert (done.status, done.lines[0]) == (0, "✓ Created mine: 2 stocks (+2 −0)")
    assert "expression: etf:ONE - etf:TWO" in filled("query", "--custom", "mine").lines
    apply(store, [make_fund("TWO", make_snapshot({"BBB": 1.0, "AAA": 0.0}, DAY.replace(day=2)))])
    asked = filled("query", "--custom", "mine", "--json").json
    assert asked["warnings"] == [
        "stale expression: 1 stock would be removed; run `stockgroups refresh mine`"
    ]
    assert filled("refresh", "--saved", "--dry-run", "--csv", "--columns", "key,removed").lines == [
        "key,removed",
        'mine,"[""BBB""]"',
    ]
    report = filled("refresh", "--saved", "--json").json
    assert report["groups"][0]["removed"] == ["BBB"]
    assert report["load"] == filled("loads", "--json").json[0]["load"]
    assert filled("query", "--custom", "mine", "--json").json["warnings"] == []


def test_one_that_fails_is_told_and_the_status_is_one(filled: Command, store: Store) -> None:
    filled("members", "ONE - TWO", "--save", "mine")
    filled("members", "ONE", "--save", "other")
    apply(store, [], delete=[make_fund("TWO").key])
    answer = filled("refresh", "--saved")
    assert answer.status == 1
    assert answer.err.startswith("✗ mine: column 11: no ETF 'TWO'")
    assert "Unchanged other: 3 stocks" in answer.out
    validated = filled("validate", "--json").json["sections"][-1]
    assert (validated["check"], validated["figures"]["stale_expressions"]) == ("expressions", 1)
    (finding,) = validated["findings"]
    assert finding["severity"] == "warning"
    assert "save it again under its name" in finding["remedy"]


def test_what_is_refused(filled: Command) -> None:
    check_refusal(filled("members", "ONE", "--dry-run"), 2, "--dry-run", "--save NAME")
    check_refusal(
        filled("members", "ONE", "--save", "mine", "--as-of", "2026-07-01"), 2, "--as-of", "@"
    )
    check_refusal(filled("refresh", "mine"), 1, "no saved expression 'mine'")
    filled("members", "ONE", "--save", "mine")
    refused = filled("members", "custom:mine & TWO", "--save", "mine", "--json")
    error = json.loads(refused.err)["error"]
    assert (refused.status, error["type"]) == (2, "UsageError")
    assert error["what"] == "an expression cannot depend on itself: mine → mine"
