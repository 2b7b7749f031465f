"""Find groups whose stored runs and intervals may differ from the record, by hashes of the server.

What a snapshot holds is one hash; so is what runs and intervals of the same dates hold. Where all
hashes agree, no member is read.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.arrays import PackedArray, pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.record.effective import (
    FOREVER,
    ReportKind,
    current_snapshots,
    effective_snapshots,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.record.effective import Header
    from stockgroups.record.ref_securities import RefSecurities

_SQL = load_statements("history")
_AT_ONCE = 10_000
"""Snapshots that are hashed by one statement, or somewhat more."""
_Stored = tuple["dt.date", "dt.date", int, int]
"""Runs or intervals of the same dates: start, end, how many they are, and their hash."""


class _Content(NamedTuple):
    """The number of different things, and their hash; two sets together have the sum and XOR."""

    number: int = 0
    digest: int = 0

    def merge(self, number: int, digest: int) -> _Content:
        """Return the content with another one added."""
        return _Content(self.number + number, self.digest ^ digest)


def find_suspects(
    connection: Connection,
    headers: Mapping[int, Sequence[Header]],
    securities: RefSecurities,
) -> list[int]:
    """Return the groups whose stored runs or intervals may differ from those of their snapshots.

    Args:
        connection: A connection in a transaction.
        headers: The headers of the groups' snapshots, by the number in the registry.
        securities: The securities of all refs.
    """
    table = pack_ints(security or 0 for security in securities.table[1:])
    found: list[int] = []
    for some in _divide(headers):
        current = {number: current_snapshots(of) for number, of in some.items()}
        refs, members = _hash_snapshots(connection, current, securities, table)
        runs, intervals, broken = _read_stored(connection, list(current))
        for number, of in current.items():
            series = [
                (runs[number, kind], {h.as_of: refs[h.id] for h in of if h.kind is kind})
                for kind in ReportKind
            ]
            effective = {h.as_of: members[h.id] for h in effective_snapshots(of)}
            if number in broken or not all(
                _is_same(stored, expected)
                for stored, expected in (*series, (intervals[number], effective))
            ):
                found.append(number)
    return found


def _divide(headers: Mapping[int, Sequence[Header]]) -> Iterator[dict[int, Sequence[Header]]]:
    """Yield the groups in parts of some thousand snapshots."""
    part: dict[int, Sequence[Header]] = {}
    snapshots = 0
    for number, of in headers.items():
        part[number] = of
        snapshots += len(of)
        if snapshots >= _AT_ONCE:
            yield part
            part, snapshots = {}, 0
    if part:
        yield part


def _hash_snapshots(
    connection: Connection,
    snapshots: Mapping[int, Sequence[Header]],
    securities: RefSecurities,
    table: PackedArray,
) -> tuple[dict[int, _Content], dict[int, _Content]]:
    """Return the refs and the securities of each of the groups' snapshots, by its number."""
    places = [(number, header) for number, of in snapshots.items() for header in of]
    dates = {header.id: header.as_of for _, header in places}
    refs: dict[int, _Content] = {}
    members: dict[int, _Content] = {}
    others: dict[int, list[int]] = {}
    parameters = {
        "registry_ids": pack_ints(number for number, _ in places),
        "snapshot_ids": list(dates),
        "dates": list(dates.values()),
        "securities": table,
    }
    for number, count, of_refs, of_securities, other_refs in connection.execute(
        _SQL["hash_snapshots"], parameters, binary=True
    ):
        refs[number] = _Content(count, of_refs or 0)
        members[number] = _Content(count - len(other_refs or ()), of_securities or 0)
        if other_refs:
            found = securities.list_securities(other_refs, dates[number])
            others[number] = [security for security in found if security is not None]
    digests = _hash_securities(connection, chain.from_iterable(others.values()))
    for number, held in others.items():
        for security in held:
            members[number] = members[number].merge(1, digests[security])
    return refs, members


def _hash_securities(connection: Connection, securities: Iterable[int]) -> dict[int, int]:
    """Return the hashes of securities."""
    wanted = {"securities": pack_ints({*securities})}
    return dict(connection.execute(_SQL["hash_securities"], wanted, binary=True).fetchall())


def _read_stored(
    connection: Connection, registry_ids: list[int]
) -> tuple[dict[tuple[int, ReportKind], list[_Stored]], dict[int, list[_Stored]], set[int]]:
    """Return the runs and the intervals of groups, and the groups where one continues another."""
    wanted = {"registry_ids": registry_ids}
    broken: set[int] = set()
    runs: dict[tuple[int, ReportKind], list[_Stored]] = defaultdict(list)
    for number, kind, is_broken, *stored in connection.execute(
        _SQL["hash_runs"], wanted, binary=True
    ):
        runs[number, ReportKind(kind)].append((*stored,))
        if is_broken:
            broken.add(number)
    intervals: dict[int, list[_Stored]] = defaultdict(list)
    for number, is_broken, *stored in connection.execute(
        _SQL["hash_intervals"], wanted, binary=True
    ):
        intervals[number].append((*stored,))
        if is_broken:
            broken.add(number)
    return runs, intervals, broken


def _is_same(stored: Iterable[_Stored], expected: Mapping[dt.date, _Content]) -> bool:
    """Return whether stored ranges hold on each date what the snapshot of that date holds.

    They may begin and end only on these dates. One that holds nothing is never right, and has no
    hash that would show it.
    """
    changes: dict[dt.date, _Content] = defaultdict(_Content)
    for start, end, count, digest in stored:
        if start not in expected or (end not in expected and end != FOREVER) or not count:
            return False
        changes[start] = changes[start].merge(count, digest)
        changes[end] = changes[end].merge(-count, digest)
    held = _Content()
    for day in sorted(expected):
        held = held.merge(*changes[day])
        if held != expected[day]:
            return False
    return True
