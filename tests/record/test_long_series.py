"""What a change of many stocks costs behind a long series of reports: its runs, not its days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from samples import DAY, later, make_fund, make_printed
from stockgroups.identity import changes
from stockgroups.model import Alias, Ref
from stockgroups.record.apply import apply
from stockgroups.record.refs import RefNumbers
from stockgroups.record.sightings import read_sightings
from stockgroups.store import Store

STOCKS = ("AA", "BB", "CC", "DD")
REFS = {Ref(symbol, ticker=symbol, name=f"{symbol} Inc"): 0.25 for symbol in STOCKS}


@pytest.mark.parametrize("days", [4, 60])
def test_each_run_of_a_stock_that_changes_is_compared_once(
    store: Store, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    told: list[changes.Report] = []

    def find_changes(reports: Iterable[changes.Report], *rest: Any) -> list[changes.Change]:
        told.extend(reports)
        return changes.find_changes(told, *rest)

    monkeypatch.setattr("stockgroups.record.identity_changes.find_changes", find_changes)
    load(store, days)
    turn = later(days // 2)
    apply(store, [], aliases=[Alias(symbol, turn, f"{symbol}N", "a test") for symbol in STOCKS])
    assert [report.days[0] for report in told] == [DAY] * len(STOCKS)
    # All stocks share their run, and what is cut of it.
    assert {len(report.days) for report in told} == {days}
    assert len({id(report.days) for report in told}) == 1


@pytest.mark.parametrize("days", [4, 60])
def test_stocks_that_are_reported_together_share_their_runs(store: Store, days: int) -> None:
    load(store, days)
    rows = store.connection.execute(b"SELECT id FROM stockgroups.refs").fetchall()
    sightings = read_sightings(store, [row[0] for row in rows], (), RefNumbers(store, ()))
    runs = [run for held in sightings.runs.values() for run in held]
    assert len(runs) == len(STOCKS)
    assert len({id(run) for run in runs}) == 1
    assert [len(held) for row in rows for held in sightings.recorded(row[0])] == [days] * 4


def load(store: Store, days: int) -> None:
    apply(store, [make_fund("LONG", *(make_printed(later(n), REFS) for n in range(days)))])
