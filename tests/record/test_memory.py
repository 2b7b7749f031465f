"""What loads leave behind in Python's memory, and in the connection that they borrow."""

import gc
from collections.abc import Iterable
from contextlib import suppress

import pytest

from samples import make_fund, make_snapshot
from stockgroups.collector import pausing_collector
from stockgroups.db.behind import Behind
from stockgroups.db.connection import Connection
from stockgroups.db.lines import LINES_AT_ONCE
from stockgroups.db.transactions import writing
from stockgroups.record.apply import apply
from stockgroups.store import Store

FUND = {f"S{number}": 0.002 for number in range(500)}


def test_a_load_leaves_nothing_to_the_collector_of_cycles(store: Store) -> None:
    """A migration applies thousands of groups while the collector hardly runs."""
    apply(store, [make_fund("IVV", make_snapshot(FUND))])
    gc.collect()
    with pausing_collector():
        assert apply(
            store, [make_fund("SPY", make_snapshot(FUND), make_snapshot(FUND))]
        ).changes_anything
        assert gc.collect() < len(FUND)


def test_the_collector_is_as_it_was_afterwards() -> None:
    assert gc.isenabled()
    with suppress(KeyError), pausing_collector():
        with pausing_collector():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()


def test_statements_are_prepared_again_after_a_writer(connection: Connection) -> None:
    usual = connection.prepare_threshold
    assert usual is not None
    with suppress(KeyError), writing(connection, "TEST"):
        assert connection.prepare_threshold is None
        raise KeyError
    assert connection.prepare_threshold == usual


def test_no_text_holds_all_rows_of_a_large_fund(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    copy = Behind.copy

    def record(self: Behind, statement: bytes, blocks: Iterable[str]) -> None:
        noted = [*blocks]
        sizes.extend(block.count("\n") for block in noted)
        copy(self, statement, noted)

    monkeypatch.setattr(Behind, "copy", record)
    members = {f"S{number}": 1 / 4_000 for number in range(2 * LINES_AT_ONCE + 1)}
    assert apply(store, [make_fund("VT", make_snapshot(members))]).changes_anything
    assert sum(sizes) > 4 * len(members)
    assert max(sizes) <= LINES_AT_ONCE
