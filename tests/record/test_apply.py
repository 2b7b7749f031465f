"""Plan and apply against a real database."""

import datetime as dt
import itertools
import sys
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples import later, make_fund, make_snapshot
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.db.transactions import writing
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.incoming import Outcome
from stockgroups.record.loads import LoadNote
from stockgroups.store import Store
from tables import dump, read_members, read_one

FIRST = {"AAPL": 0.6, "BRK.B": 0.3, "7203.XTKS": 0.1}
SECOND = {"AAPL": 0.5, "MSFT": 0.5}


def test_a_first_load_makes_the_memberships_exactly_the_files(
    connection: Connection, store: Store
) -> None:
    plan = apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    assert plan.groups[0].is_new
    assert read_members(connection, "SPY") == FIRST
    metadata = read_one(connection, "SELECT metadata FROM definition_groups")
    recorded = read_one(connection, "SELECT recorded_at FROM stockgroups.snapshots")
    assert metadata == {
        "total_holdings": 3,
        "data_source": "hand",
        "last_updated": recorded.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": "2026-07-01",
        "is_proxy": False,
    }


def test_a_first_load_leaves_the_turns_of_threads_as_they_were(store: Store) -> None:
    before = sys.getswitchinterval()
    assert apply(store, [make_fund("SPY", make_snapshot({"AAPL": 0.6}))]).changes_anything
    assert sys.getswitchinterval() == before


def test_the_second_load_changes_nothing(connection: Connection, store: Store) -> None:
    wanted = [make_fund("SPY", make_snapshot(FIRST))]
    apply(store, wanted)
    before = dump(connection)
    plan = apply(store, wanted)
    assert not plan.changes_anything
    assert plan.groups[0].snapshots[0].outcome is Outcome.UNCHANGED
    assert dump(connection) == before


def test_a_dry_run_writes_nothing_and_plans_the_same(connection: Connection, store: Store) -> None:
    before = dump(connection)
    wanted = [make_fund("SPY", make_snapshot(FIRST))]
    planned = apply(store, wanted, dry_run=True)
    assert dump(connection) == before
    done = apply(store, wanted)
    assert planned.groups[0].added == done.groups[0].added == FIRST
    assert planned.groups[0].is_new


def test_a_newer_file_adds_removes_and_reweights(connection: Connection, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    added_at = read_one(connection, "SELECT added_at FROM group_memberships WHERE symbol = 'AAPL'")
    plan = apply(store, [make_fund("SPY", make_snapshot(SECOND, later(1)))])
    group = plan.groups[0]
    assert (group.added, group.removed) == ({"MSFT": 0.5}, ["7203.XTKS", "BRK.B"])
    assert group.reweighted == {"AAPL": 0.5}
    assert read_members(connection, "SPY") == SECOND
    assert added_at == read_one(
        connection, "SELECT added_at FROM group_memberships WHERE symbol = 'AAPL'"
    )


def test_a_new_weight_has_every_digit_of_the_file(connection: Connection, store: Store) -> None:
    weights = (1 / 3, 0.1 + 0.2, 1 - 0.83, 1e-9 / 3, 5e-324, 1.7e308, 0.1, -2 / 3)
    for days, weight in enumerate(weights):
        apply(store, [make_fund("SPY", make_snapshot({"AAPL": weight}, later(days)))])
        assert read_members(connection, "SPY") == {"AAPL": weight}


def test_an_older_file_is_recorded_and_leaves_the_present_alone(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("SPY", make_snapshot(SECOND, later(1)))])
    updated = read_one(connection, "SELECT metadata FROM definition_groups")
    plan = apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    assert plan.groups[0].snapshots[0].outcome is Outcome.HISTORY
    assert read_members(connection, "SPY") == SECOND
    assert read_one(connection, "SELECT metadata FROM definition_groups") == updated
    assert read_one(connection, "SELECT count(*) FROM stockgroups.snapshots") == 2


def test_a_corrected_file_of_the_same_date_counts_and_the_first_stays_recorded(
    connection: Connection, store: Store
) -> None:
    first, corrected = make_snapshot(FIRST), make_snapshot(SECOND)
    apply(store, [make_fund("SPY", first)])
    apply(store, [make_fund("SPY", corrected)])
    assert read_members(connection, "SPY") == SECOND
    # Both still lie in the folder: neither is new, and the correction goes on counting.
    plan = apply(store, [make_fund("SPY", first, corrected)])
    assert not plan.changes_anything
    assert read_members(connection, "SPY") == SECOND


def test_a_proxy_counts_only_before_the_first_file(connection: Connection, store: Store) -> None:
    proxy = make_snapshot({"AAPL": None, "MSFT": None}, later(30), is_proxy=True)
    apply(store, [make_fund("SPY", proxy)])
    assert read_one(connection, "SELECT metadata->>'is_proxy' FROM definition_groups") == "true"
    apply(store, [make_fund("SPY", make_snapshot(FIRST, later(-900)))])
    assert read_members(connection, "SPY") == FIRST
    assert read_one(connection, "SELECT metadata->>'is_proxy' FROM definition_groups") == "false"


def test_a_copy_under_another_name_is_the_same_statement(
    connection: Connection, store: Store
) -> None:
    twins = [make_snapshot(FIRST, file_name=name) for name in ("a.csv", "b.csv")]
    plan = apply(store, [make_fund("SPY", *twins)])
    assert sorted(s.outcome for s in plan.groups[0].snapshots) == [
        Outcome.CURRENT,
        Outcome.UNCHANGED,
    ]
    assert read_one(connection, "SELECT count(*) FROM stockgroups.snapshots") == 1


def test_a_producer_that_says_nothing_of_members_leaves_them(
    connection: Connection, store: Store
) -> None:
    sector = GroupKey("TEST", GroupType.SECTOR, "energy")
    apply(store, [DesiredGroup(sector, "Energy", {"industries": ["Gas"]})])
    connection.execute(
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'XOM' FROM definition_groups"
    )
    apply(store, [DesiredGroup(sector, "Energy", {"industries": ["Oil"]})])
    assert read_members(connection, "energy", "SECTOR") == {"XOM": None}
    assert read_one(connection, "SELECT metadata->'industries'->>0 FROM definition_groups") == "Oil"


def test_an_empty_statement_means_no_members(connection: Connection, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    apply(store, [make_fund("SPY", make_snapshot({}, later(1)))])
    assert read_members(connection, "SPY") == {}


def test_keys_of_other_programs_in_the_metadata_stay(connection: Connection, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    connection.execute("""UPDATE definition_groups SET metadata = metadata || '{"theirs": 1}'""")
    apply(store, [make_fund("SPY", make_snapshot(SECOND, later(1)))])
    metadata = read_one(connection, "SELECT metadata FROM definition_groups")
    assert metadata["theirs"] == 1
    assert metadata["total_holdings"] == 2


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM group_memberships WHERE symbol = 'AAPL'",
        "UPDATE group_memberships SET weight = 0.31 WHERE symbol = 'BRK.B'",
        "INSERT INTO group_memberships (group_id, symbol) SELECT id, 'XX' FROM definition_groups",
        "DELETE FROM definition_groups",
    ],
)
def test_a_change_from_outside_is_put_right_without_reading_a_file(
    connection: Connection, store: Store, damage: str
) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    number = read_one(connection, "SELECT id FROM definition_groups")
    connection.execute(damage.encode())
    plan = apply(store, [make_fund("SPY")])
    assert plan.changes_anything
    assert read_members(connection, "SPY") == FIRST
    assert read_one(connection, "SELECT id FROM definition_groups") == number


def test_a_group_that_another_program_made_anew_is_found_by_name(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    connection.execute("DELETE FROM definition_groups")
    theirs = read_one(
        connection,
        "INSERT INTO definition_groups (name, type, environment) VALUES ('SPY', 'ETF', 'TEST')"
        " RETURNING id",
    )
    apply(store, [make_fund("SPY")])
    assert read_members(connection, "SPY") == FIRST
    assert read_one(connection, "SELECT id FROM definition_groups") == theirs


def test_a_deleted_group_leaves_its_past_and_takes_its_number_back(
    connection: Connection, store: Store
) -> None:
    key = GroupKey("TEST", GroupType.ETF, "SPY")
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    number = read_one(connection, "SELECT id FROM definition_groups")
    plan = apply(store, [], delete=[key])
    assert plan.deleted == [key]
    assert read_one(connection, "SELECT count(*) FROM group_memberships") == 0
    assert read_one(connection, "SELECT count(*) FROM stockgroups.snapshots") == 1
    apply(store, [make_fund("SPY")])
    assert read_one(connection, "SELECT id FROM definition_groups") == number
    assert read_members(connection, "SPY") == FIRST


def test_environments_do_not_meet(connection: Connection, store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST))])
    other = DesiredGroup(GroupKey("UAT", GroupType.ETF, "SPY"), snapshots=(make_snapshot(SECOND),))
    apply(Store(connection, "UAT"), [other])
    counts = connection.execute(
        "SELECT environment, count(m.symbol) FROM definition_groups g"
        " JOIN group_memberships m ON m.group_id = g.id GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert counts == [("TEST", 3), ("UAT", 2)]


def test_a_second_loader_waits_and_plans_on_what_the_first_left(target: Target) -> None:
    started = threading.Event()
    plans = []

    def load_second() -> None:
        with connect(target) as second:
            store = Store(second, "TEST")
            started.set()
            plans.append(apply(store, [make_fund("SPY", make_snapshot(SECOND, later(1)))]))

    with connect(target) as first, writing(first, "TEST"):
        store = Store(first, "TEST")
        thread = threading.Thread(target=load_second)
        thread.start()
        assert started.wait(10)
        # It is seen to ask for the lock before the first goes on.
        with connect(target) as watcher:
            waiting = (
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE query LIKE '%%SKIP LOCKED%%' AND state = 'idle in transaction'"
                " AND datname = current_database()"
            )
            while not read_one(watcher, waiting):
                assert thread.is_alive()
        apply_inside = make_fund("SPY", make_snapshot(FIRST))
        apply(store, [apply_inside])
    thread.join(10)
    assert plans[0].groups[0].removed == ["7203.XTKS", "BRK.B"]
    assert not plans[0].groups[0].is_new


MEMBERS = st.dictionaries(
    st.sampled_from(["AAPL", "MSFT", "KO", "BRK.B"]),
    st.sampled_from([0.1, 0.25, None]),
    max_size=4,
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(MEMBERS, min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_files_of_different_dates_give_the_same_tables_in_any_order(
    connection: Connection, store: Store, contents: list[dict[str, float | None]], random: object
) -> None:
    snapshots = [make_snapshot(members, later(n)) for n, members in enumerate(contents)]
    shuffled = list(snapshots)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    names = [f"E{next(_counter)}" for _ in range(3)]
    for snapshot in snapshots:
        apply(store, [make_fund(names[0], snapshot)])
    for snapshot in shuffled:
        apply(store, [make_fund(names[1], snapshot)])
    apply(store, [make_fund(names[2], *shuffled)])
    assert (
        read_members(connection, names[0])
        == read_members(connection, names[1])
        == read_members(connection, names[2])
        == dict(sorted(contents[-1].items()))
    )


_counter = itertools.count()


def test_a_load_is_told_in_the_audit_and_one_that_changes_nothing_is_not(
    connection: Connection, store: Store
) -> None:
    wanted = [make_fund("SPY", make_snapshot(FIRST))]
    note = LoadNote("load", {"etf": "SPY"})
    plan = apply(store, wanted, accept=frozenset({"rows"}), note=note)
    assert apply(store, wanted, note=note).load_id is None
    rows = connection.execute(
        "SELECT l.id, s.load_id, l.environment, kind, arguments, accepted, changes, undoes"
        " FROM stockgroups.loads l JOIN stockgroups.snapshots s ON s.load_id = l.id"
    ).fetchall()
    figures = {"added": len(FIRST), "recorded": 1, "removed": 0, "reweighted": 0}
    changes = {"ETF SPY": figures | {"created": True}}
    told = ("TEST", "load", {"etf": "SPY"}, ["rows"], changes, None)
    assert rows == [(plan.load_id, plan.load_id, *told)]


def test_the_first_file_of_a_small_fund_analyses_no_large_table(
    connection: Connection, store: Store
) -> None:
    ask = "SELECT reltuples::int FROM pg_class WHERE oid = 'group_memberships'::regclass"

    def add(fund: str, count: int) -> int:
        snapshot = make_snapshot({f"{fund}{number}.XLON": 1 / count for number in range(count)})
        assert apply(store, [make_fund(fund, snapshot)]).load_id is not None
        return int(read_one(connection, ask))

    assert add("LARGE", 2_000) == 2_000
    assert add("SMALL", 10) == 2_000
    assert add("HALF", 1_000) == 3_010
