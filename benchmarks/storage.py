"""What a snapshot takes on disk, table, toast and indexes together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from benchmarks.data import age_by, make_desired
from benchmarks.measure import Row, at_most
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.db.connection import Connection
from stockgroups.record.desired import DesiredGroup

DAYS = 20  # a month of files

_SIZE = b"""
SELECT pg_total_relation_size('stockgroups.snapshots')::float8 / sum(member_count)
FROM stockgroups.snapshots
"""


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about storage: some days of all funds, so that no page is mostly empty."""
    desired = make_desired()
    plain = [_without_sectors(group) for group in desired]
    for what, shape, bar in (
        ("weights", [_without_shares(group) for group in plain], at_most(20.0)),
        ("weights and shares", plain, at_most(25.0)),
        ("weights, shares and sectors", desired, None),
    ):
        yield Row(
            f"storage of a snapshot with {what}",
            _store(scratch.ours, shape),
            "bytes a member",
            bar,
            f"{DAYS} days of 24 funds",
        )


def _store(connection: Connection, desired: Sequence[DesiredGroup]) -> float:
    clear(connection)
    for day in range(DAYS):
        load(connection, age_by(desired, day))
    row = connection.execute(_SIZE).fetchone()
    assert row is not None
    size: float = row[0]
    return size


def _without_sectors(group: DesiredGroup) -> DesiredGroup:
    snapshots = (replace(snapshot, sectors=None) for snapshot in group.snapshots or ())
    return replace(group, snapshots=tuple(snapshots))


def _without_shares(group: DesiredGroup) -> DesiredGroup:
    snapshots = (replace(snapshot, shares=None) for snapshot in group.snapshots or ())
    return replace(group, snapshots=tuple(snapshots))
