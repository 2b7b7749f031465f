"""Groups that differ from the record, by this program's comparison and by the server's."""

from __future__ import annotations

import datetime as dt
from typing import NoReturn

import pytest

from samples import make_fund, make_printed, make_snapshot
from stockgroups.checks import differences
from stockgroups.checks.differences import RecordDifference, find_drift
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.model import Alias, Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import read_members

DAY = dt.date(2026, 1, 2)
RENAMED = Alias("FB", dt.date(2022, 6, 9), "META", "by hand")
FUNDS = (
    make_fund("PLAIN", make_snapshot({"AAA": 0.25, "BBB": 0.75})),
    make_fund("BARE", make_snapshot({"AAA": None, "CCC": None})),
    make_fund("OLD", make_snapshot({"FB": 0.5, "AAA": 0.5}, dt.date(2022, 1, 3))),
    # The file has one stock in two rows, and a row that is no stock. The sum has 16 digits.
    make_fund(
        "TWICE",
        make_printed(
            DAY,
            {
                Ref("META", ticker="META", isin="US30303M1027"): 1 / 3,
                Ref(None, name="Meta", isin="US30303M1027"): 0.1 + 0.2,
                Ref(None, name="Lost Inc."): 0.3,
            },
        ),
    ),
)
SAME = (
    "SELECT",
    "UPDATE public.group_memberships SET weight = weight + 1e-30",
    "UPDATE stockgroups.group_registry SET member_hash = 1, snapshot_id = NULL",
)
DAMAGED = (
    "DELETE FROM public.group_memberships WHERE symbol = 'BBB'",
    "DELETE FROM public.group_memberships WHERE weight IS NULL",
    "DELETE FROM public.group_memberships",
    "UPDATE public.group_memberships SET symbol = 'ZZZ' WHERE symbol = 'META'",
    "UPDATE public.group_memberships SET weight = 0.3 WHERE symbol = 'AAA'",
    "UPDATE public.group_memberships SET weight = NULL WHERE symbol = 'BBB'",
    # Two members exchange their weights; and all weights are written as percents.
    "UPDATE public.group_memberships SET weight = 1 - weight WHERE weight IN (0.25, 0.75)",
    "UPDATE public.group_memberships SET weight = 100 * weight",
    # Of a stock with another symbol in 2022.
    "UPDATE public.group_memberships SET weight = 0.4 WHERE symbol = 'META'",
    "INSERT INTO public.group_memberships (group_id, symbol) "
    "SELECT id, 'ZZZ' FROM public.definition_groups WHERE name IN ('BARE', 'TWICE')",
    # What is no security any more goes by the symbol that was reported.
    "DELETE FROM stockgroups.security_symbols WHERE symbol IN ('FB', 'AAA')",
    "DELETE FROM stockgroups.securities WHERE symbol = 'META'",
    "UPDATE stockgroups.securities SET symbol = 'ZZZ' WHERE symbol = 'AAA'",
    "UPDATE stockgroups.security_symbols SET valid_to = '2024-01-01' WHERE symbol = 'BBB'; "
    "DELETE FROM public.group_memberships WHERE symbol = 'BBB'",
)


def compare(store: Store, damage: str) -> tuple[list[RecordDifference], list[RecordDifference]]:
    """Return the differences of the groups that are found to differ, and of all groups."""
    apply(store, FUNDS, aliases=[RENAMED])
    store.connection.execute(damage.encode())
    with reading(store.connection):
        found = find_drift(store).members
        rows = store.connection.execute(
            load_statements("checks")["record_differences"],
            {"environment": store.environment, "group_ids": list_groups(store.connection)},
        )
        return found, [RecordDifference(*row) for row in rows]


def test_two_rows_of_one_stock_are_one_member(store: Store) -> None:
    apply(store, FUNDS, aliases=[RENAMED])
    assert read_members(store.connection, "TWICE") == {"META": 0.6333333333333333}


def test_groups_that_agree_are_not_compared_member_by_member(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(store, FUNDS[:3], aliases=[RENAMED])

    def refuse(_connection: Connection) -> NoReturn:
        pytest.fail("a group is compared member by member")

    monkeypatch.setattr(differences, "joining_by_hash", refuse)
    with reading(store.connection):
        assert find_drift(store).members == []


def list_groups(connection: Connection) -> list[int]:
    return [row[0] for row in connection.execute("SELECT id FROM public.definition_groups")]


@pytest.mark.parametrize("change", SAME)
def test_what_is_recorded_is_no_difference(store: Store, change: str) -> None:
    found, everything = compare(store, change)
    assert found == everything == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_every_group_that_differs_is_found(store: Store, damage: str) -> None:
    found, everything = compare(store, damage)
    assert everything
    assert found == everything
