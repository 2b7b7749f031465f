"""What a load refuses: by the database's word, or a guard's; the others land."""

import datetime as dt
from dataclasses import replace

from samples import later, make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.errors import RefusedByDatabaseError
from stockgroups.model import Category
from stockgroups.receipts import Receipt
from stockgroups.record.apply import apply
from stockgroups.record.incoming import Outcome
from stockgroups.store import Store
from tables import read_members, read_one

FIRST = {"AAPL": 0.6, "BRK.B": 0.3, "7203.XTKS": 0.1}
SECOND = {"AAPL": 0.5, "MSFT": 0.5}


def refuse(connection: Connection, symbol: str, table: str = "group_memberships") -> None:
    """Make the database refuse one symbol, as somebody's trigger would."""
    connection.execute(
        f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'no %% here', NEW.symbol; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON {table} FOR EACH ROW
            WHEN (NEW.symbol = '{symbol}') EXECUTE FUNCTION refuse()""".replace("%%", "%").encode()
    )


def test_what_the_database_refuses_is_named_and_the_others_land(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("BAD", make_snapshot(FIRST))])
    refuse(connection, "MSFT")
    plan = apply(
        store,
        [
            make_fund("BAD", make_snapshot(SECOND, later(1))),
            make_fund("GOOD", make_snapshot({"KO": 1.0})),
            make_fund("WORSE", make_snapshot(SECOND)),
        ],
    )
    errors = {group.key.name: group.error for group in plan.groups}
    assert isinstance(errors["BAD"], RefusedByDatabaseError)
    assert "ETF BAD in TEST" in str(errors["BAD"])
    assert "no MSFT here" in str(errors["BAD"])
    assert errors["GOOD"] is None
    assert read_members(connection, "BAD") == FIRST
    assert read_members(connection, "GOOD") == {"KO": 1.0}
    names = connection.execute("SELECT name FROM definition_groups ORDER BY name").fetchall()
    assert names == [("BAD",), ("GOOD",)]


def test_what_it_refuses_of_the_first_refs_is_named_too(
    connection: Connection, store: Store
) -> None:
    refuse(connection, "MSFT", "stockgroups.refs")
    wanted = [make_fund("BAD", make_snapshot(SECOND)), make_fund("GOOD", make_snapshot(FIRST))]
    plan = apply(store, wanted)
    assert [isinstance(group.error, RefusedByDatabaseError) for group in plan.groups] == [
        True,
        False,
    ]
    assert read_members(connection, "GOOD") == FIRST
    assert read_one(connection, "SELECT count(*) FROM stockgroups.refs") == len(FIRST)


def test_a_guard_refuses_one_file_and_a_new_group_of_it_alone_does_not_appear(
    connection: Connection, store: Store
) -> None:
    members = {f"S{n}": 0.1 for n in range(10)}
    apply(store, [make_fund("SPY", make_snapshot(members), guarded=True)])
    plan = apply(
        store,
        [
            make_fund("SPY", make_snapshot({"S1": 1.0}, later(1)), guarded=True),
            make_fund("NEW", make_snapshot({"S1": 1.0}, dt.date(2099, 1, 1)), guarded=True),
        ],
    )
    assert [g.snapshots[0].outcome for g in plan.groups] == [Outcome.REFUSED, Outcome.REFUSED]
    assert not plan.changes_anything
    assert read_members(connection, "SPY") == members
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 1
    accepted = frozenset({"rows", "shrink", "changed"})
    again = make_fund("SPY", make_snapshot({"S1": 1.0}, later(1)), guarded=True)
    apply(store, [again], accept=accepted)
    assert read_members(connection, "SPY") == {"S1": 1.0}


def test_a_file_of_which_much_could_not_be_placed_is_refused(
    connection: Connection, store: Store
) -> None:
    rows = {Category.MEMBER: 3, Category.REJECTED: 1}
    receipt = Receipt(rows, None, None, None, "none", "by hand")
    snapshot = replace(make_snapshot(FIRST), receipt=receipt)
    plan = apply(store, [make_fund("SPY", snapshot, guarded=True)])
    assert "25.0% of it could not be classified" in str(plan.groups[0].snapshots[0].error)
    assert read_one(connection, "SELECT count(*) FROM definition_groups") == 0


def test_a_copy_of_a_refused_file_is_refused_too(store: Store) -> None:
    apply(store, [make_fund("SPY", make_snapshot(FIRST), guarded=True)])
    copies = [make_snapshot({"S1": 1.0}, later(1), file_name=name) for name in ("a", "b")]
    plan = apply(store, [make_fund("SPY", *copies, guarded=True)])
    assert [s.outcome for s in plan.groups[0].snapshots] == [Outcome.REFUSED, Outcome.REFUSED]
