"""`stockgroups db partition`: what it tells, and that it can be said again."""

from __future__ import annotations

import datetime as dt

from commands import Command
from samples import make_fund, make_snapshot
from stockgroups.record.apply import apply
from stockgroups.store import Store
from stockgroups.times import today_utc


def test_a_record_is_partitioned_and_gathered(command: Command, store: Store) -> None:
    for year in (2019, 2021):
        apply(store, [make_fund("SPY", make_snapshot({"XOM": 1.0}, dt.date(year, 6, 28)))])
    this = today_utc().year
    told = f"4 years (2019 to {this + 1}), 2 snapshots"
    planned = command("db", "partition", "--dry-run")
    assert planned.lines == [f"[DRY-RUN] Partitioned by year: {told}"]
    assert command("db", "partition").lines[-1:] == [f"✓ Partitioned by year: {told}"]
    assert command("db", "partition").lines[-1:] == [f"✓ Already partitioned: 2019 to {this + 1}"]
    apply(store, [make_fund("SPY", make_snapshot({"XOM": 1.0}, dt.date(2018, 6, 28)))])
    assert command("db", "partition", "--json").json == {
        "is_parted": True,
        "years": [2018, 2019, 2021, this, this + 1],
        "changed": [2018],
        "snapshots": {"2018": 1, "2019": 1, "2021": 1},
    }
    told = f"5 years (2018 to {this + 1}), 3 snapshots"
    planned = command("db", "partition", "--undo", "--dry-run")
    assert planned.lines == [f"[DRY-RUN] One table again: {told}"]
    assert command("db", "partition", "--undo").lines[-1:] == [f"✓ One table again: {told}"]
    assert command("db", "partition", "--undo").lines[-1:] == ["✓ Nothing is partitioned"]
