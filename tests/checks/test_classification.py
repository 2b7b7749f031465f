"""What validation tells of sectors: stocks without one, unsure ones, unknown labels, drift."""

from __future__ import annotations

from dataclasses import replace

from samples import DAY, make_fund, make_snapshot
from sound import load_funds, make_sound
from stockgroups.catalog import Catalog
from stockgroups.checks import Validation, validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.model import Finding
from stockgroups.store.apply import apply


def find(outcome: Validation, symbol: str | None = None, group: str | None = None) -> list[Finding]:
    """The findings about a stock, or about a group."""
    return [
        finding
        for section in outcome.sections
        for finding in section.findings
        if (symbol and finding.symbol == symbol) or (group and finding.group == group)
    ]


def test_a_stock_without_a_sector_is_told_with_what_would_give_one(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    old = make_snapshot({"OLD": 1.0}, DAY.replace(year=2021), sectors=("Energy",))
    none = make_snapshot({"NONE": 1.0})
    apply(connection, "TEST", [make_fund("AAA", old), make_fund("BBB", none)])
    build_metadata(connection, "TEST", catalog)
    outcome = validate(connection, "TEST", catalog)
    assert outcome.passed
    (found,) = find(outcome, "OLD")
    assert found.severity == "warning"
    assert "(hand, 2021-07-01) is too old to count" in found.message
    assert "classify override OLD SECTOR" in (found.remedy or "")
    (found,) = find(outcome, "NONE")
    assert "no source prints one" in found.message
    facts = {fact.label: fact.value for fact in outcome.sections[1].facts}
    assert facts["With a sector"] == "4 of 6 (66.7%)"


def test_an_unsure_sector_is_told_with_what_would_decide_it(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    say(connection, "AAA", "iShares", "Utilities")
    say(connection, "ZZZ", "Vanguard", "Energy")
    build_metadata(connection, "TEST", catalog)
    (found,) = find(validate(connection, "TEST", catalog), "TORN")
    assert "with low confidence: as many votes stand against it" in found.message
    say(connection, "BBB", "Schwab", "Energy")
    (found, _) = find(validate(connection, "TEST", catalog), "TORN")
    assert "would be surer by what is recorded now" in found.message
    build_metadata(connection, "TEST", catalog)
    assert not find(validate(connection, "TEST", catalog), "TORN")


def say(connection: Connection, etf: str, issuer: str, label: str) -> None:
    """Load a file of one stock that prints this of it."""
    snapshot = replace(make_snapshot({"TORN": 1.0}, sectors=(label,)), issuer=issuer)
    apply(connection, "TEST", [make_fund(etf, snapshot)])


def test_a_label_that_no_table_knows_is_told_where_it_stands(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    odd = make_snapshot({"AAPL": 1.0}, sectors=("Windmills",))
    apply(connection, "TEST", [make_fund("ZZZ", odd)])
    build_metadata(connection, "TEST", catalog)
    outcome = validate(connection, "TEST", catalog)
    (found,) = find(outcome, group="ZZZ")
    assert "file.csv prints 'Windmills' for a sector" in found.message
    assert outcome.passed
    facts = {fact.label: fact.value for fact in outcome.sections[1].facts}
    assert facts["Unknown labels"] == 1


def test_memberships_of_a_sector_are_held_against_record_and_metadata(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    assert validate(connection, "TEST", catalog).passed
    connection.execute(
        "DELETE FROM group_memberships m USING definition_groups g"
        " WHERE g.id = m.group_id AND g.name = 'energy' AND m.symbol = 'XOM'"
    )
    outcome = validate(connection, "TEST", catalog)
    assert not outcome.passed
    messages = {finding.message for finding in find(outcome, "XOM", "energy")}
    assert "is in the snapshot and not in the memberships" in messages
    assert "is no member, its metadata say this sector" in messages
    build_metadata(connection, "TEST", catalog)
    assert validate(connection, "TEST", catalog).passed


def test_metadata_that_another_wrote_are_not_held_against_sectors(
    connection: Connection, catalog: Catalog
) -> None:
    make_sound(connection, catalog)
    connection.execute(
        "UPDATE cache_entries SET value = value - 'confidence' || '{\"sector\": \"materials\"}'"
        " WHERE key = 'AAPL'"
    )
    outcome = validate(connection, "TEST", catalog)
    assert {finding.message for finding in find(outcome, "AAPL")} == {
        "is a member, its metadata say another sector"
    }


def test_without_a_build_nothing_is_said_of_sectors(
    connection: Connection, catalog: Catalog
) -> None:
    load_funds(connection)
    outcome = validate(connection, "TEST", catalog)
    assert not any("sector:" in f.message for f in find(outcome, "XOM"))
