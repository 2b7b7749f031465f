"""`shadow` says "the same" only where both stores answer the same questions alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from commands import Command
from older_tables import put_entry, put_funds
from stockgroups.db.connection import Target

Entries = psycopg.Connection[Any]


@pytest.fixture
def entries(older: Target, command: Command) -> Iterator[Entries]:
    """The older tables, upgraded, as their programs write them."""
    assert command("db", "upgrade").status == 0
    with psycopg.connect(older.url, autocommit=True) as theirs:
        yield theirs


def test_no_question_is_no_sameness(entries: Entries, command: Command) -> None:
    put_entry(entries, "etf_holdings", "SPY", {"holdings": ["AAPL"]}, environment="PROD")
    answer = command("shadow")
    assert answer.status == 1
    assert "Nothing was compared" in answer.out
    assert "1 row of PROD: set ENVIRONMENT" in answer.out
    assert command("shadow", "--json").json["passed"] is False


def test_members_that_were_refused_are_a_difference(entries: Entries, command: Command) -> None:
    put_funds(entries)
    put_entry(entries, "etf_holdings", "DIA", {"holdings": ["IBM", "no symbol at all!"]})
    command("migrate", "--accept", "refused")
    answer = command("shadow", "--json")
    assert (answer.status, answer.json["passed"]) == (1, False)
    assert answer.json["differing"]["etf"] == 1
    assert any("no symbol at all!" in told for told in answer.json["differences"])
    assert "the same" not in command("shadow").out
    accepted = command("shadow", "--accept", "refused", "--json")
    assert (accepted.status, accepted.json["differences"]) == (0, [])
    assert accepted.json["differing"]["etf"] == 0
    assert any("no symbol at all!" in told for told in accepted.json["refused"])
    put_entry(entries, "etf_holdings", "NEW", {"holdings": ["IBM"]})
    assert command("shadow", "--accept", "refused").status == 1


def test_both_stores_are_the_same_where_they_are(entries: Entries, command: Command) -> None:
    put_funds(entries)
    assert command("migrate").status == 0
    answer = command("shadow")
    assert answer.status == 0
    assert "✓ Both stores answer the same" in answer.out
