"""The measure of identity: its list is sound, its interval is Wilson's."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from samples import make_fund, make_snapshot
from stockgroups.db.connection import Connection
from stockgroups.record.apply import apply
from stockgroups.store import Store

SCRIPT = Path(__file__).parents[2] / "scripts" / "measure_identity.py"


@pytest.fixture(scope="module")
def measure() -> ModuleType:
    spec = importlib.util.spec_from_file_location("measure_identity", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["measure_identity"] = module
    spec.loader.exec_module(module)
    return module


def test_the_events_are_many_and_each_stands_once(measure: ModuleType) -> None:
    events = measure.read_events()
    assert len(events) >= 150
    assert len({event[:4] for event in events}) == len(events)
    assert all(event.source for event in events)
    assert all(event.old == event.new for event in events if event.kind in measure.PARTS)


def test_the_interval_is_that_of_wilson(measure: ModuleType) -> None:
    low, high = measure.wilson(9, 10)
    assert (round(low, 4), round(high, 4)) == (0.5958, 0.9821)
    assert measure.wilson(0, 0) == (0.0, 1.0)


def test_events_are_judged_by_what_is_recorded(
    measure: ModuleType, connection: Connection, store: Store
) -> None:
    events = [e for e in measure.read_events() if (e.old, e.new) == ("FB", "META")]
    day = events[0].day
    for symbol, as_of in (("FB", day.replace(month=5)), ("META", day.replace(month=7))):
        snapshot = make_snapshot({symbol: 0.5, "AAPL": 0.5}, as_of)
        apply(store, [make_fund("SPY", snapshot)])
    (found,) = measure.judge(store, events, with_aliases=True)
    assert found.joined
    (found,) = measure.judge(store, events, with_aliases=False)
    assert not found.joined
