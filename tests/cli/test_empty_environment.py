"""In an empty environment, commands name the environments that have data."""

from __future__ import annotations

import pytest

from commands import Command, check_refusal
from samples import make_fund, make_snapshot
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
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


def test_a_type_without_groups_is_told_what_makes_them(command: Command, store: Store) -> None:
    for kind in ("custom", "segment"):
        check_refusal(command("query", f"--{kind}", "x"), 1, "nothing is loaded yet: run `stockgro")
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 1.0}))])
    for kind, named, makes in (
        ("custom", "custom group", "`stockgroups members EXPR --save NAME` makes one"),
        ("segment", "segment", "only other programs make segments"),
        ("theme", "theme", "run `stockgroups organize-universe`"),
    ):
        told = f"environment TEST has 1 ETF only: {makes}"
        check_refusal(command("query", f"--{kind}", "x"), 1, f"no {named} 'x'", told)
        listed = command("list", kind if kind == "custom" else f"{kind}s")
        assert listed.err == f"! no {named}s; {told}\n"


@pytest.mark.parametrize("name", ["sp500", "crypto miners"])
def test_a_name_that_is_no_symbol_is_told_to_be_elsewhere(
    command: Command, store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A bare name that no group here has is not judged as a symbol alone."""
    check_refusal(command("query", name), 1, f"no group '{name}'", "nothing is loaded yet")
    key = GroupKey("TEST", GroupType.THEME, name.replace(" ", "_"))
    apply(store, [DesiredGroup(key, snapshots=(make_snapshot({"AAPL": 1.0}),))])
    assert command("query", name).status == 0
    monkeypatch.setenv("ENVIRONMENT", "UAT")
    elsewhere = "environment TEST has it: set ENVIRONMENT"
    check_refusal(command("query", name), 1, f"no group '{name}'", elsewhere)
    assert elsewhere in command("members", f"'{name}'").err


def test_a_company_is_asked_for_by_its_symbol_or_searched(command: Command, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot({"AAPL": 1.0}))])
    check_refusal(command("query", "berkshire hathaway"), 1, "no group 'berkshire hathaway'")
    check_refusal(command("query", "US0378331006"), 1, "check digit", "should be 5")
