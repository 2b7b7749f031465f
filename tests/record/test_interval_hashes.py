"""Groups whose stored runs and intervals differ from the record, by hashes and by all members."""

from __future__ import annotations

import datetime as dt

import pytest

from samples import make_fund, make_snapshot
from stockgroups.model import Alias
from stockgroups.record import interval_differences
from stockgroups.record.apply import apply
from stockgroups.record.headers import read_headers
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.interval_hashes import find_suspects
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store

RENAMED = Alias("FB", dt.date(2022, 6, 9), "META", "by hand")
FIRST, SECOND, THIRD = (dt.date(2022, month, 3) for month in (1, 5, 9))
FUNDS = (
    make_fund("SAME", make_snapshot({"AAA": 0.5, "BBB": 0.5}, FIRST)),
    make_fund(
        "CHANGED",
        make_snapshot({"AAA": 0.5, "FB": 0.5}, FIRST),
        make_snapshot({"AAA": 0.5, "FB": 0.5}, SECOND, is_proxy=True),
        make_snapshot({"BBB": 0.5, "META": 0.5}, THIRD),
    ),
    make_fund("EMPTIED", make_snapshot({"AAA": 1.0}, FIRST), make_snapshot({}, THIRD)),
)
_HISTORY = "stockgroups.membership_history"
_OF = "(SELECT id FROM stockgroups.securities WHERE symbol = '{}')"
_META, _AAA = _OF.format("META"), _OF.format("AAA")
DAMAGED = (
    f"DELETE FROM {_HISTORY}",
    f"DELETE FROM {_HISTORY} WHERE security_id = {_META}",
    f"UPDATE {_HISTORY} SET security_id = {_META} WHERE security_id = {_AAA} AND group_id = "
    "(SELECT id FROM stockgroups.group_registry WHERE name = 'EMPTIED')",
    f"UPDATE {_HISTORY} SET valid_to = 'infinity' WHERE security_id = {_AAA}",
    f"UPDATE {_HISTORY} SET valid_to = '2022-09-02' WHERE valid_to = '2022-09-03'",
    f"UPDATE {_HISTORY} SET valid_from = '2022-01-02' WHERE security_id = {_META}",
    # One interval in two parts; and one without a day, which no date shows.
    f"UPDATE {_HISTORY} SET valid_to = '2022-09-03' WHERE security_id = {_META}; "
    f"INSERT INTO {_HISTORY} SELECT group_id, security_id, '2022-09-03', 'infinity' "
    f"FROM {_HISTORY} WHERE security_id = {_META}",
    f"INSERT INTO {_HISTORY} SELECT group_id, security_id, '2022-01-03', '2022-01-03' "
    f"FROM {_HISTORY} WHERE valid_from = '2022-09-03'",
    "DELETE FROM stockgroups.ref_runs",
    "DELETE FROM stockgroups.ref_runs WHERE kind = 'proxy'",
    "UPDATE stockgroups.ref_runs SET kind = 'nport' WHERE kind = 'proxy'",
    "UPDATE stockgroups.ref_runs SET valid_from = '2022-01-02' WHERE kind = 'issuer'",
    "UPDATE stockgroups.ref_runs SET ref_ids = ref_ids[2:] WHERE kind = 'issuer'",
    "UPDATE stockgroups.ref_runs SET ref_ids = ref_ids || 77",
    "INSERT INTO stockgroups.ref_runs SELECT id, 'issuer', '2022-09-03', 'infinity', '{}' "
    "FROM stockgroups.group_registry WHERE name = 'EMPTIED'",
    "INSERT INTO stockgroups.ref_runs SELECT group_id, kind, '2022-05-03', 'infinity', ref_ids "
    "FROM stockgroups.ref_runs WHERE kind = 'issuer' AND valid_to = 'infinity'",
    "UPDATE stockgroups.snapshots SET ref_ids = ref_ids[2:], weights = weights[2:] "
    "WHERE member_count > 0",
    # Another stock has had the symbol until then.
    "UPDATE stockgroups.security_symbols SET valid_from = '2022-08-01' WHERE symbol = 'AAA'",
    "DELETE FROM stockgroups.security_symbols WHERE symbol = 'FB'",
)
SPLIT = (
    "UPDATE stockgroups.ref_runs SET valid_to = '2022-05-04' WHERE kind = 'issuer' "
    "AND valid_from = '2022-05-03'; INSERT INTO stockgroups.ref_runs "
    "SELECT group_id, kind, '2022-05-04', 'infinity', ref_ids FROM stockgroups.ref_runs "
    "WHERE valid_to = '2022-05-04'"
)


@pytest.fixture(name="recorded")
def recorded_fixture(store: Store) -> Store:
    apply(store, FUNDS, aliases=[RENAMED])
    return store


def list_suspects(store: Store) -> list[int]:
    """Return the groups that are read member by member."""
    numbers = [n for (n,) in store.connection.execute("SELECT id FROM stockgroups.group_registry")]
    securities = RefSecurities(store)
    securities.read_all()
    headers = read_headers(store.connection, numbers)
    return find_suspects(store.connection, headers, securities)


def test_no_member_is_read_where_all_is_right(recorded: Store) -> None:
    assert list_suspects(recorded) == []
    assert list(find_differences(recorded)) == []


@pytest.mark.parametrize("damage", DAMAGED)
def test_every_difference_is_found(
    recorded: Store, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.connection.execute(damage.encode())
    found = list(find_differences(recorded))
    monkeypatch.setattr(interval_differences, "find_suspects", lambda _, headers, __: headers)
    assert found
    assert found == list(find_differences(recorded))


def test_a_run_in_two_parts_is_found(store: Store) -> None:
    days = [FIRST, dt.date(2022, 5, 3), dt.date(2022, 5, 4)]
    held = ({"AAA": 1.0}, {"BBB": 1.0}, {"BBB": 0.9})
    apply(store, [make_fund("X", *map(make_snapshot, held, days))])
    assert list_suspects(store) == []
    store.connection.execute(SPLIT.encode())
    assert len(list_suspects(store)) == 1
    assert len(list(find_differences(store))) == 1
