"""Validation passes a consistent environment, and each check fails if its subject is broken."""

import datetime as dt
from dataclasses import replace

import pytest

from samples import make_fund, make_snapshot
from stockgroups.catalog import Catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection
from stockgroups.findings import Finding, Severity
from stockgroups.jobs.reconcile import reconcile
from stockgroups.record.apply import apply
from stockgroups.store import Store


def find_errors(store: Store, check: str) -> list[Finding]:
    outcome = validate(store)
    section = next(s for s in outcome.sections if s.name == check)
    errors = [f for f in section.findings if f.severity is Severity.ERROR]
    assert section.passed is not (bool(errors) or section.is_spoiled)
    assert outcome.passed is all(s.passed for s in outcome.sections)
    return errors


def test_what_is_sound_passes(sound: Store, catalog: Catalog) -> None:
    outcome = validate(sound)
    assert outcome.passed
    facts = {fact.label: fact.value for section in outcome.sections for fact in section.facts}
    assert facts["Total ETFs"] == 2
    assert facts["Integrity"] == "100.00%"
    assert facts["Sectors"] == "11 of 11"
    assert facts["Industries"] == 53
    assert facts["Themes"] == "20"
    assert facts["With a sector"] == "4 of 4 (100.0%)"
    assert (facts["Forward errors"], facts["Reverse errors"]) == (0, 0)
    in_themes = sum(len(theme.symbols) for theme in catalog.themes.values())
    assert facts["Total relationships"] == 5 + in_themes


# (what is done to the database, the check that must fail, group, symbol, a word of the message)
DAMAGES = {
    "an ETF loses its members": (
        "DELETE FROM group_memberships WHERE group_id ="
        " (SELECT id FROM definition_groups WHERE name = 'XLE')",
        "relationships", "XLE", "CVX", "in the snapshot but not in the memberships",
    ),
    "the metadata counts otherwise": (
        "UPDATE definition_groups SET metadata = metadata || '{\"total_holdings\": 4}'"
        " WHERE name = 'SPY'",
        "etfs", "SPY", None, "its metadata says 4",
    ),
    "the snapshot counts otherwise": (
        "UPDATE stockgroups.snapshots SET member_count = 2 WHERE member_count = 3"
        " AND NOT is_proxy",
        "etfs", "SPY", None, "its snapshot declares 2 members and lists 3",
    ),
    "weights are per cent": (
        "UPDATE group_memberships SET weight = weight * 100 WHERE group_id ="
        " (SELECT id FROM definition_groups WHERE name = 'XLE')",
        "relationships", "XLE", "CVX", "weighs 40.0, the snapshot says 0.4",
    ),
    "a stock loses its metadata": (
        "DELETE FROM cache_entries WHERE key = 'CVX'",
        "metadata", None, "CVX", "no metadata",
    ),
    "a membership disappears": (
        "DELETE FROM group_memberships WHERE symbol = 'AAPL' AND group_id ="
        " (SELECT id FROM definition_groups WHERE name = 'SPY')",
        "relationships", "SPY", "AAPL", "in the snapshot but not in the memberships",
    ),
    "a membership appears": (
        "INSERT INTO group_memberships (group_id, symbol)"
        " SELECT id, 'USD' FROM definition_groups WHERE name = 'SPY'",
        "relationships", "SPY", "USD", "in no effective snapshot",
    ),
    "a weight is changed": (
        "UPDATE group_memberships SET weight = 0.25 WHERE symbol = 'BRK.B'",
        "relationships", "SPY", "BRK.B", "weighs 0.25, the snapshot says 0.3",
    ),
    "a theme's membership disappears": (
        "DELETE FROM group_memberships WHERE symbol = 'MARA'",
        "relationships", "crypto_miners", "MARA", "not in the memberships",
    ),
    "a newer snapshot is recorded and not applied": (
        "INSERT INTO stockgroups.snapshots (group_id, as_of, recorded_at, source, sha256, reader,"
        " is_proxy, digest, member_count, ref_ids) SELECT group_id, as_of + 1, recorded_at, source,"
        " sha256, reader, is_proxy, digest, 1, ref_ids[1:1] FROM stockgroups.snapshots"
        " WHERE member_count = 2",
        "relationships", "XLE", "CVX", "in no effective snapshot",
    ),
    "metadata does not tell of an ETF": (
        "UPDATE cache_entries SET value = value || '{\"member_of_etfs\": [\"SPY\"]}'"
        " WHERE key = 'XOM'",
        "relationships", "XLE", "XOM", "metadata lacks",
    ),
    "metadata tells of ETFs in a text": (
        "UPDATE cache_entries SET value = value || '{\"member_of_etfs\": \"[\\\"SPY\\\"]\"}'"
        " WHERE key = 'AAPL'",
        "relationships", None, "AAPL", "member_of_etfs in its metadata as a JSON string, not as an",
    ),
    "metadata tells of an ETF that does not hold it": (
        "UPDATE cache_entries SET value = value || '{\"member_of_etfs\": [\"SPY\", \"XLE\"]}'"
        " WHERE key = 'AAPL'",
        "relationships", "XLE", "AAPL", "is not a membership",
    ),
    "a snapshot is gone": (
        "DELETE FROM stockgroups.snapshots s USING stockgroups.group_registry r"
        " WHERE r.id = s.group_id AND r.name = 'XLE'",
        "relationships", "XLE", None, "no snapshot accounts for",
    ),
    "a sector is gone": (
        "DELETE FROM definition_groups WHERE name = 'energy'",
        "relationships", "energy", None, "the SECTOR with 2 members was deleted by another program",
    ),
    "a sector has no industries": (
        "UPDATE definition_groups SET metadata = metadata - 'industries' WHERE name = 'energy'",
        "sectors", "energy", None, "no industries",
    ),
    "a theme is gone": (
        "DELETE FROM definition_groups WHERE name = 'robotics_automation'",
        "relationships", "robotics_automation", None, "was deleted by another program",
    ),
    "a theme is empty": (
        "DELETE FROM group_memberships WHERE group_id ="
        " (SELECT id FROM definition_groups WHERE name = 'gold_miners')",
        "relationships", "gold_miners", "NEM", "not in the memberships",
    ),
    "a theme is too small": (
        "DELETE FROM group_memberships WHERE group_id ="
        " (SELECT id FROM definition_groups WHERE name = 'crypto_miners')"
        " AND symbol > 'CLSK'",
        "relationships", "crypto_miners", "MARA", "not in the memberships",
    ),
    "a related theme does not exist": (
        "UPDATE definition_groups SET metadata = metadata || '{\"related_themes\": [\"tulips\"]}'"
        " WHERE name = 'crypto_miners'",
        "themes", "crypto_miners", None, "tulips",
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_check_can_fail(sound: Store, damage: str) -> None:
    statement, check, group, symbol, words = DAMAGES[damage]
    assert sound.connection.execute(statement.encode()).rowcount > 0
    if check in ("sectors", "themes"):
        reconcile(sound)  # until then it is told as another program's change
    errors = find_errors(sound, check)
    located = [e for e in errors if (e.group, e.symbol) == (group, symbol)]
    assert any(words in error.message for error in located), errors
    assert all(error.remedy for error in located)


def test_an_empty_environment_fails_and_says_what_to_run(store: Store) -> None:
    errors = find_errors(store, "etfs")
    assert [e.message for e in errors] == ["there are no ETFs"]
    assert "stockgroups load" in str(errors[0].remedy)


def test_leftover_metadata_warns_and_fails_nothing(sound: Store) -> None:
    sound.connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', 'GONE', 'GONE', '{}', 'TEST')"
    )
    outcome = validate(sound)
    assert outcome.passed
    warnings = [f for s in outcome.sections for f in s.findings]
    assert [(w.symbol, w.severity) for w in warnings] == [("GONE", Severity.WARNING)]


def test_a_load_that_made_metadata_stale_is_noticed_with_its_cure(sound: Store) -> None:
    newer = {"XOM": 0.5, "COP": 0.5}
    apply(sound, [make_fund("XLE", make_snapshot(newer, file_name="newer.csv"))])
    errors = find_errors(sound, "relationships")
    assert {(e.group, e.symbol) for e in errors} == {("XLE", "CVX")}
    errors += (missing := find_errors(sound, "metadata"))
    assert [(e.group, e.symbol) for e in missing] == [(None, "COP")]
    assert all("build-metadata" in str(e.remedy) for e in errors)


def test_one_error_among_many_never_rounds_to_a_hundred_per_cent(
    connection: Connection, store: Store
) -> None:
    many: dict[str, float | None] = {f"S{n:05d}": None for n in range(30_000)}
    apply(store, [make_fund("BIG", make_snapshot(many))])
    connection.execute("DELETE FROM group_memberships WHERE symbol = 'S00007'")
    outcome = validate(store)
    section = next(s for s in outcome.sections if s.name == "relationships")
    integrity = next(fact for fact in section.facts if fact.label == "Integrity")
    assert integrity.passed is False
    assert integrity.value != "100.00%"


def _find_warnings(store: Store) -> list[Finding]:
    section = validate(store).sections[0]
    assert section.passed
    return section.findings


def test_weights_of_an_old_entry_are_corrected_in_the_entry(sound: Store) -> None:
    for source, remedy in (
        ("hand", "compare with the issuer's file"),
        ("legacy", "correct the entry and run `stockgroups migrate`"),
    ):
        half = make_snapshot({"AAPL": 0.005, "MSFT": 0.5}, source=source)
        apply(sound, [make_fund(source.upper()[:4], half)])
        found = [f for f in find_errors(sound, "etfs") if f.group == source.upper()[:4]]
        assert [(f.message.partition(",")[0], remedy in str(f.remedy)) for f in found] == [
            ("weights sum to 0.5050", True)
        ]


def test_what_a_file_prints_and_nobody_knows_is_a_warning(sound: Store) -> None:
    assert _find_warnings(sound) == []
    older = make_snapshot({"XOM": 0.9, "CVX": 0.1}, dt.date(2026, 6, 30))
    newer = make_snapshot(
        {"XOM": 0.7, "CVX": 0.3},
        dt.date(2026, 7, 2),
        sectors=("Energie und Mond", "Other"),
        file_name="XLE_new.csv",
    )
    for snapshot, columns, classes in ((older, ("Old",), ()), (newer, ("Durée", "ESG"), ("Moon",))):
        assert snapshot.receipt is not None
        told = replace(snapshot.receipt, unknown_columns=columns, unknown_classes=classes)
        apply(sound, [make_fund("XLE", replace(snapshot, receipt=told))])
    found = _find_warnings(sound)
    assert {(f.group, f.severity) for f in found} == {("XLE", Severity.WARNING)}
    assert [f.details for f in found] == [
        {"file": "XLE_new.csv", "column": "Durée"},
        {"file": "XLE_new.csv", "column": "ESG"},
        {"file": "XLE_new.csv", "asset class": "Moon"},
    ]
    assert found[0].message == (
        "XLE_new.csv has the column 'Durée', which is not understood: it was not read"
    )


def test_a_receipt_from_before_classes_were_told(sound: Store) -> None:
    sound.connection.execute(
        "UPDATE stockgroups.snapshots SET receipt = receipt - 'unknown_classes'"
    )
    sound.connection.execute(
        "UPDATE stockgroups.snapshots SET receipt = NULL WHERE member_count = 2"
    )
    assert _find_warnings(sound) == []
