"""Acts in any order leave memberships and history that the record accounts for."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from migration.test_rollback_law import ENTRIES, FIRST, FUNDS, STOCKS, File
from older_tables import put_entry
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.organize import organize_sectors
from stockgroups.jobs.reconcile import find_changes, reconcile
from stockgroups.jobs.rollback import roll_back
from stockgroups.migration.migrate import migrate
from stockgroups.migration.rollback import roll_back as roll_migration_back
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.loads import LoadNote
from stockgroups.store import Store

CATALOG = load_catalog()


@dataclass(frozen=True)
class Foreign:
    """Another program's loader: it upserts a fund with words of its own and replaces its rows."""

    fund: str
    symbols: frozenset[str]
    number: int

    @property
    def words(self) -> str:
        return f"words no. {self.number}"

    def write(self, connection: Connection) -> None:
        row = connection.execute(
            "INSERT INTO definition_groups (name, type, environment, description)"
            " VALUES (%s, 'ETF', 'TEST', %s) ON CONFLICT (name, type, environment)"
            " DO UPDATE SET description = excluded.description RETURNING id",
            (self.fund, self.words),
        ).fetchone()
        assert row is not None
        connection.execute("DELETE FROM group_memberships WHERE group_id = %s", row)
        for symbol in self.symbols:
            connection.execute(
                "INSERT INTO group_memberships (group_id, symbol) VALUES (%s, %s)",
                (row[0], symbol),
            )


Act = str | File | int | Foreign

FILE = st.builds(File, st.sampled_from(FUNDS), st.integers(0, 60), STOCKS)
FOREIGN = st.builds(
    Foreign,
    st.sampled_from(FUNDS),
    st.frozensets(st.sampled_from(["XA", "XB", "BRK-B", "no grammar"]), min_size=1),
    st.integers(0, 9),
)
ACTS = st.lists(
    st.one_of(
        FILE,
        st.sampled_from(["migrate", "take migration back", "build metadata", "organize"]),
        st.integers(0, 5),
    ),
    min_size=2,
    max_size=9,
)


def with_sectors(file: File) -> DesiredGroup:
    """The file with a sector label for each stock, so that sectors have members."""
    group = file.describe()
    assert group.snapshots is not None
    labels = ("Energy", "Materials", "Utilities")
    snapshots = tuple(
        replace(one, sectors=tuple(labels[len(ref.known_as) % 3] for ref in one.refs))
        for one in group.snapshots
    )
    return replace(group, snapshots=snapshots)


def do(store: Store, act: Act) -> None:
    """Do one act; a number takes back the load that was so many before the last."""
    try:
        match act:
            case Foreign():
                act.write(store.connection)
            case File():
                apply(store, [with_sectors(act)], note=LoadNote("load"))
            case "migrate":
                migrate(Store(store.connection, "TEST", catalog=CATALOG))
            case "take migration back":
                roll_migration_back(store)
            case "build metadata":
                build_metadata(Store(store.connection, "TEST", catalog=CATALOG))
            case "organize":
                organize_sectors(Store(store.connection, "TEST", catalog=CATALOG))
            case "reconcile" | "restore":
                reconcile(store, restore=act == "restore")
            case int():
                rows = store.connection.execute(
                    "SELECT id FROM stockgroups.loads WHERE kind NOT IN ('migrate', 'rollback')"
                    " AND environment = 'TEST' ORDER BY id DESC"
                ).fetchall()
                if act < len(rows):
                    roll_back(store, rows[act][0])
    except (GuardError, NotFoundError):
        pass  # it refuses, with its reason


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(entries=ENTRIES, acts=ACTS)
@example(
    entries=[("SPY", 0, frozenset({"OLD", "SB", "GE"}))],
    acts=[
        "organize",
        "migrate",
        File("QQQ", 40, frozenset({0, 1, 2})),
        "build metadata",
        1,
        "take migration back",
    ],
)
@example(
    entries=[("QQQ", 0, frozenset({"SA", "SB", "OLD"}))],
    acts=[File("SPY", 0, frozenset({0})), "migrate", File("SPY", 30, frozenset({0})), 0],
)
def test_history_is_what_the_record_says_after_every_act(
    old_store: Store, entries: list[tuple[str, int, frozenset[str]]], acts: list[Act]
) -> None:
    with old_store.connection.transaction(force_rollback=True):
        for number, (fund, day, symbols) in enumerate(entries):
            value = {
                "holdings": sorted(symbols),
                "last_updated": str(FIRST + dt.timedelta(days=day)),
            }
            # One row in several spellings of its environment: versions, which are merged.
            put_entry(
                old_store.connection, "etf_holdings", fund, value, "test" + " " * number, name=fund
            )
        for act in acts:
            do(old_store, act)
            assert not list(find_differences(old_store)), act
            assert not find_changes(old_store), act


MEMBERS = (
    "SELECT array_agg(m.symbol::text) FROM group_memberships m"
    " JOIN definition_groups g ON g.id = m.group_id WHERE g.name = %s AND g.type = 'ETF'"
)
RECORDED = (
    "SELECT array(SELECT f.ticker FROM unnest(s.ref_ids) n JOIN stockgroups.refs f ON f.id = n)"
    " FROM stockgroups.snapshots s JOIN stockgroups.group_registry r ON r.id = s.group_id"
    " WHERE r.name = %s AND s.source IN ('adopted', 'external')"
)
WORDS = (
    "SELECT EXISTS (SELECT FROM definition_groups"
    " WHERE name = %(name)s AND description = %(words)s)"
    " OR EXISTS (SELECT FROM stockgroups.loads WHERE strpos(changes::text, %(words)s) > 0)"
    " OR EXISTS (SELECT FROM stockgroups.group_registry"
    " WHERE definition ->> 'description' = %(words)s)"
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=ENTRIES,
    acts=st.lists(
        st.one_of(
            ACTS.map(lambda acts: acts[0]), FOREIGN, st.sampled_from(["reconcile", "restore"])
        ),
        min_size=2,
        max_size=9,
    ),
)
def test_what_others_wrote_stands_in_the_tables_or_in_the_record(
    old_store: Store, entries: list[tuple[str, int, frozenset[str]]], acts: list[Act]
) -> None:
    with old_store.connection.transaction(force_rollback=True):
        for number, (fund, day, symbols) in enumerate(entries):
            listed = {
                "holdings": sorted(symbols),
                "last_updated": str(FIRST + dt.timedelta(days=day)),
            }
            put_entry(
                old_store.connection, "etf_holdings", fund, listed, "test" + " " * number, name=fund
            )
        theirs: dict[str, Foreign] = {}
        for act in acts:
            do(old_store, act)
            if isinstance(act, Foreign):
                theirs[act.fund] = act
            changed = {change.key.name for change in find_changes(old_store)}
            assert changed <= theirs.keys()
            for fund, wrote in theirs.items():
                row = old_store.connection.execute(MEMBERS, (fund,)).fetchone()
                assert row is not None
                recorded = [set(one) for (one,) in old_store.connection.execute(RECORDED, (fund,))]
                assert wrote.symbols in [set(row[0] or ()), *recorded], act
                words = {"name": fund, "words": wrote.words}
                assert old_store.connection.execute(WORDS, words).fetchone() == (True,), act
