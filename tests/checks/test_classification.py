"""Findings about sectors: stocks without one, unsure ones, unknown labels, drift."""

from __future__ import annotations

from dataclasses import replace

from samples import DAY, make_fund, make_snapshot
from sound import load_funds, make_sound
from stockgroups.checks import Validation, validate
from stockgroups.db.connection import Connection
from stockgroups.findings import Finding
from stockgroups.jobs.metadata import build_metadata
from stockgroups.record.apply import apply
from stockgroups.store import Store


def find(outcome: Validation, symbol: str | None = None, group: str | None = None) -> list[Finding]:
    """The findings about a stock, or about a group."""
    return [
        finding
        for section in outcome.sections
        for finding in section.findings
        if (symbol and finding.symbol == symbol) or (group and finding.group == group)
    ]


def test_a_stock_without_a_sector_is_told_with_what_would_give_one(store: Store) -> None:
    make_sound(store)
    old = make_snapshot({"OLD": 1.0}, DAY.replace(year=2021), sectors=("Energy",))
    none = make_snapshot({"NONE": 1.0})
    apply(store, [make_fund("AAA", old), make_fund("BBB", none)])
    build_metadata(store)
    outcome = validate(store)
    assert outcome.passed
    (found,) = find(outcome, "OLD")
    assert found.severity == "warning"
    assert "(hand, 2021-07-01) is too old to count" in found.message
    assert "classify override OLD SECTOR" in (found.remedy or "")
    (found,) = find(outcome, "NONE")
    assert "no source reports one" in found.message
    facts = {fact.label: fact.value for fact in outcome.sections[1].facts}
    assert facts["With a sector"] == "4 of 6 (66.7%)"


def test_an_unsure_sector_is_told_with_what_would_decide_it(store: Store) -> None:
    make_sound(store)
    say(store, "AAA", "iShares", "Utilities")
    say(store, "ZZZ", "Vanguard", "Energy")
    build_metadata(store)
    (found,) = find(validate(store), "TORN")
    assert "with low confidence: as many votes are against it" in found.message
    say(store, "BBB", "Schwab", "Energy")
    (found, _) = find(validate(store), "TORN")
    assert "would have a higher confidence according to the record" in found.message
    build_metadata(store)
    assert not find(validate(store), "TORN")


def say(store: Store, etf: str, issuer: str, label: str) -> None:
    """Load a file of one stock that prints this of it."""
    snapshot = replace(make_snapshot({"TORN": 1.0}, sectors=(label,)), issuer=issuer)
    apply(store, [make_fund(etf, snapshot)])


def test_a_label_that_no_table_knows_is_told_where_it_stands(store: Store) -> None:
    make_sound(store)
    odd = make_snapshot({"AAPL": 1.0}, sectors=("Windmills",))
    apply(store, [make_fund("ZZZ", odd)])
    build_metadata(store)
    outcome = validate(store)
    (found,) = find(outcome, group="ZZZ")
    assert "file.csv has the sector 'Windmills'" in found.message
    assert outcome.passed
    facts = {fact.label: fact.value for fact in outcome.sections[1].facts}
    assert facts["Unknown labels"] == 1


def test_memberships_of_a_sector_are_held_against_record_and_metadata(
    connection: Connection, store: Store
) -> None:
    make_sound(store)
    assert validate(store).passed
    connection.execute(
        "DELETE FROM group_memberships m USING definition_groups g"
        " WHERE g.id = m.group_id AND g.name = 'energy' AND m.symbol = 'XOM'"
    )
    outcome = validate(store)
    assert not outcome.passed
    messages = {finding.message for finding in find(outcome, "XOM", "energy")}
    assert messages == {"is in the snapshot but not in the memberships"}
    build_metadata(store)
    assert validate(store).passed


def test_metadata_that_another_wrote_are_not_held_against_sectors(
    connection: Connection, store: Store
) -> None:
    make_sound(store)
    connection.execute(
        "UPDATE cache_entries SET value = value - 'confidence' || '{\"sector\": \"materials\"}'"
        " WHERE key = 'AAPL'"
    )
    outcome = validate(store)
    assert {finding.message for finding in find(outcome, "AAPL")} == {
        "is a member, but its metadata has another sector"
    }


def test_without_a_build_nothing_is_said_of_sectors(store: Store) -> None:
    load_funds(store)
    outcome = validate(store)
    assert not any("sector:" in f.message for f in find(outcome, "XOM"))
