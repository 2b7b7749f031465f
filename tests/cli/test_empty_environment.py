"""Commands that have nothing to tell say which environments have data."""

from __future__ import annotations

import pytest

from commands import Command
from samples import make_fund, make_snapshot
from stockgroups.record.apply import apply
from stockgroups.store import Store

WORDS = (
    ("loads",),
    ("alias", "list"),
    ("classify", "override", "--list"),
    ("db", "reconcile", "--dry-run"),
    ("db", "rebuild"),
)


@pytest.mark.parametrize("words", WORDS, ids=" ".join)
def test_an_empty_environment_is_told_beside_the_one_that_has_data(
    command: Command, store: Store, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert command(*words).err == ""  # nobody has anything
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 1.0}))])
    assert command(*words).err == ""
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    answer = command(*words)
    assert answer.status == 0
    assert answer.err == (
        "! Environment UAT is empty; the data is in environment TEST: set ENVIRONMENT\n"
    )
    assert command(*words, "--json").json is not None
