"""`migrate`, `shadow`, `archive-legacy` and `db`: lines, statuses, JSON."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command, check_refusal
from older_tables import ENTRIES, GROUPS, LIVE, put_entry, put_funds, run
from stockgroups.db.connection import Connection, Target, connect
from tables import read_one


@pytest.fixture
def old(empty_target: Target, bare: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """`stockgroups` on a database as it was before, with a small old store."""
    run(empty_target.url, ENTRIES)
    with connect(empty_target, check=False) as connection:
        put_funds(connection)
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    monkeypatch.setenv("ENVIRONMENT", "TEST")
    return bare


def put_bad(target: Target) -> None:
    with connect(target, check=False) as connection:
        put_entry(connection, "etf_holdings", "BAD", {"holdings": None})


def test_the_whole_way_over(old: Command, empty_target: Target) -> None:
    check_refusal(old("migrate"), 3, "the stock group tables are missing", "db upgrade")
    assert old("migrate", "--rehearse").lines[-1] == "✓ Go: nothing is in the way"
    assert old("db", "upgrade").status == 0
    dry = old("migrate", "--dry-run")
    assert (dry.status, dry.lines[-3]) == (
        0,
        "[DRY-RUN] Would migrate 6, merged 0, refused 0 of 6 entries",
    )
    assert dry.lines[-1] == (
        "Rows of cache_entries: 7 = 6 accounted for above + 1 left + 0 of other environments"
    )
    done = old("migrate")
    assert done.status == 0
    assert "✓ Migrated 6, merged 0, refused 0 of 6 entries" in done.lines
    assert "Left where they are: 1 of type stock_metadata" in done.lines
    assert done.lines[-1] == "Parity: 100.00% (✓ PASS)"
    again = old("migrate")
    assert "Nothing changed: already up to date" in again.lines
    assert old("migrate", "--validate-only").status == 0
    assert old("migrate", "--rollback").status == 0
    check_refusal(old("migrate", "--rollback"), 1, "there is no migration")
    missing = old("migrate", "--validate-only")
    assert (missing.status, missing.lines[-1]) == (1, "Parity: 0.00% (✗ FAIL)")
    assert old("migrate").status == 0
    assert old("archive-legacy").lines[0].startswith("✓ Archived 6 entries in ")
    taken_back = old("migrate", "--rollback", "--dry-run").lines
    assert "! 6 entries are archived: `stockgroups archive-legacy --restore`" in taken_back[-1]
    assert old("archive-legacy", "--restore").lines[0].startswith("✓ Restored 6 entries in ")
    with connect(empty_target) as connection:
        connection.execute("DELETE FROM public.group_memberships WHERE symbol = 'YPS'")
    shadow = old("shadow")
    assert shadow.status == 1
    assert "  ✗ etf SPY: only old: YPS" in shadow.lines
    assert old("db", "reconcile", "--dry-run").lines[1:] == [
        "[DRY-RUN] ETF SPY in TEST: +0 −1 ~0 (would be recorded)"
    ]
    assert old("db", "reconcile", "--restore").status == 0
    assert old("shadow", "--etf", "SPY").status == 0


def test_what_was_refused_is_said_and_is_the_status(old: Command, empty_target: Target) -> None:
    put_bad(empty_target)
    old("db", "upgrade")
    answer = old("migrate")
    assert answer.status == 1
    assert answer.err == (
        "✗ Refused etf_holdings 'BAD' (entry 8): it has no members: they are null\n"
    )
    assert old("migrate", "--validate-only").status == 1
    check_refusal(old("archive-legacy"), 1, "parity is 9", "--accept refused")
    assert old("shadow").lines[-1] == "✗ The stores differ"
    accepted = old("shadow", "--accept", "refused")
    assert "  ! etf BAD: it has no members: they are null" in accepted.lines
    assert accepted.lines[-1] == "✓ Both stores answer the same, but for 1 refusal"
    for words in (("migrate",), ("migrate", "--validate-only"), ("shadow",), ("archive-legacy",)):
        assert old(*words, "--accept", "refused").status == 0
    assert old("migrate", "--rehearse").lines[-1] == "✗ No-go"


def test_answers_as_json(old: Command, empty_target: Target) -> None:
    put_bad(empty_target)
    assert old("db", "upgrade", "--json").json["adopted"] == []
    report = old("migrate", "--json").json
    assert (report["entries"], report["migrated"], report["refused"]) == (7, 6, 1)
    assert [o["key"] for o in report["outcomes"] if o["outcome"] == "refused"] == ["BAD"]
    assert not report["parity"]["passed"]
    parity = old("migrate", "--validate-only", "--json").json
    assert parity["types"]["etf_holdings"]["relationships"] == {"old": 4, "new": 4}
    assert old("migrate", "--rehearse", "--json").json["go"] is False
    assert old("shadow", "--json").json["differing"]["etf"] == 1
    assert old("db", "reconcile", "--json").json == {"changes": []}
    assert old("migrate", "--rollback", "--json", "--dry-run").json["snapshots"] == 5
    assert old("archive-legacy", "--json", "--accept", "refused").json["moved"]["etf_holdings"] == 2
    assert old("migrate", "--rollback", "--json").json["load"]


def test_an_upgrade_tells_what_it_adopted(
    bare: Command, empty_target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(empty_target.url, GROUPS, LIVE)
    monkeypatch.setenv("DATABASE_URL", empty_target.url)
    ddl = bare("db", "upgrade", "--sql")
    assert "CREATE TABLE stockgroups.snapshots" in ddl.out
    assert bare("db", "upgrade").lines[-1] == (
        "✓ Adopted the memberships of 24 groups as first snapshots"
    )
    assert "CREATE TABLE stockgroups." not in bare("db", "upgrade", "--sql").out


@pytest.mark.parametrize(
    "words",
    [
        ("migrate", "--validate-only", "--rollback"),
        ("migrate", "--accept", "everything"),
        ("db", "upgrade", "--restore"),
        ("db", "status", "--sql"),
    ],
)
def test_flags_that_do_not_go_together_are_refused(
    command: Command, connection: Connection, words: tuple[str, ...]
) -> None:
    check_refusal(command(*words), 2)
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0


def test_what_a_migration_joins_of_stocks_on_record_is_told(
    old: Command, empty_target: Target, tmp_path: Path
) -> None:
    assert old("db", "upgrade").status == 0
    # Two reports of a ticker that nothing connects over the years between.
    for day, fund in (("2020-01-31", "AAAA"), ("2023-01-31", "BBBB")):
        (tmp_path / f"{fund}_{day}.csv").write_text("symbol,weight\nQZX,60\nAAPL,40\n")
    (tmp_path / "AAAA_2020-02-28.csv").write_text("symbol,weight\nQZT,60\nAAPL,40\n")
    flags = ("--no-proxies", "--accept", "shrink")
    assert old("load", "--holdings-dir", tmp_path, *flags).status == 0
    with connect(empty_target) as connection:
        value = {"holdings": ["QZX"], "last_updated": "2020-01-15T06:30:00"}
        put_entry(connection, "etf_holdings", "CCCC", value)
    told = old("migrate").out
    assert "! joined: QZX of 2023-01-31 is QZX now, the same stock as QZX-202001: " in told
    assert old("migrate", "--json").json["identity"]["joined"] == 0
