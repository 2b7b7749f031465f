"""Find groups whose stored runs and intervals may differ from the record, by hashes of the server.

What a snapshot holds is one hash; so is what runs and intervals of the same dates hold. Where all
hashes agree, no member is read. The hashes of snapshots are made where their members are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from itertools import chain
from operator import attrgetter
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


class _Content(NamedTuple):
    """The number of different things, and their hash; two sets together have the sum and XOR."""

    number: int = 0
    digest: int = 0

    def merge(self, number: int, digest: int) -> _Content:
        """Return the content with another one added."""
        return _Content(self.number + number, self.digest ^ digest)


_Stored = tuple["dt.date", "dt.date", _Content]
"""Runs or intervals of the same dates: start, end, and what they hold."""


class _Run(NamedTuple):
    """Runs of the same dates: their refs, their securities, and the refs without a given one."""

    start: dt.date
    end: dt.date
    refs: _Content
    members: _Content
    others: Sequence[int]


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
        refs = _hash_snapshots(connection, current)
        runs, intervals, broken = _read_stored(connection, list(current), table)
        members = _hash_members(connection, current, runs, securities)
        for number, of in current.items():
            series = [
                (
                    [(run.start, run.end, run.refs) for run in runs[number, kind]],
                    {h.as_of: refs[h.id] for h in of if h.kind is kind},
                )
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
    connection: Connection, snapshots: Mapping[int, Sequence[Header]]
) -> dict[int, _Content]:
    """Return the refs of each of the groups' snapshots, by its number."""
    places = [(number, header) for number, of in snapshots.items() for header in of]
    parameters = {
        "registry_ids": pack_ints(number for number, _ in places),
        "snapshot_ids": [header.id for _, header in places],
        "dates": [header.as_of for _, header in places],
    }
    rows = connection.execute(_SQL["hash_snapshots"], parameters, binary=True)
    return {number: _Content(*content) for number, *content in rows}


def _hash_members(
    connection: Connection,
    snapshots: Mapping[int, Sequence[Header]],
    runs: Mapping[tuple[int, ReportKind], Sequence[_Run]],
    securities: RefSecurities,
) -> dict[int, _Content]:
    """Return the securities of each of the groups' snapshots, if its refs are those of the runs."""
    members: dict[int, _Content] = {}
    others: dict[int, list[int]] = defaultdict(list)
    for number, of in snapshots.items():
        every: dict[ReportKind, dict[dt.date, int]] = defaultdict(dict)
        for header in of:
            every[header.kind][header.as_of] = header.id
        for kind, series in every.items():
            days, stored = sorted(series), runs[number, kind]
            held = _hold(((run.start, run.end, run.members) for run in stored), days)
            members.update(zip(map(series.__getitem__, days), held, strict=True))
            for run in filter(attrgetter("others"), stored):
                for day in days[bisect_left(days, run.start) : bisect_left(days, run.end)]:
                    found = securities.list_securities(run.others, day)
                    others[series[day]] += [one for one in found if one is not None]
    digests = _hash_securities(connection, chain.from_iterable(others.values()))
    for snapshot, some in others.items():
        for security in some:
            members[snapshot] = members[snapshot].merge(1, digests[security])
    return members


def _hash_securities(connection: Connection, securities: Iterable[int]) -> dict[int, int]:
    """Return the hashes of securities."""
    wanted = {"securities": pack_ints({*securities})}
    return dict(connection.execute(_SQL["hash_securities"], wanted, binary=True).fetchall())


def _read_stored(
    connection: Connection, registry_ids: list[int], table: PackedArray
) -> tuple[dict[tuple[int, ReportKind], list[_Run]], dict[int, list[_Stored]], set[int]]:
    """Return the runs and the intervals of groups, and the groups where one continues another."""
    wanted = {"registry_ids": registry_ids, "securities": table}
    broken: set[int] = set()
    runs: dict[tuple[int, ReportKind], list[_Run]] = defaultdict(list)
    for (
        number,
        kind,
        is_broken,
        start,
        end,
        count,
        of_refs,
        of_securities,
        others,
    ) in connection.execute(_SQL["hash_runs"], wanted, binary=True):
        members = _Content(count - len(others or ()), of_securities)
        run = _Run(start, end, _Content(count, of_refs), members, others or ())
        runs[number, ReportKind(kind)].append(run)
        if is_broken:
            broken.add(number)
    intervals: dict[int, list[_Stored]] = defaultdict(list)
    for number, is_broken, start, end, *content in connection.execute(
        _SQL["hash_intervals"], wanted, binary=True
    ):
        intervals[number].append((start, end, _Content(*content)))
        if is_broken:
            broken.add(number)
    return runs, intervals, broken


def _is_same(stored: Sequence[_Stored], expected: Mapping[dt.date, _Content]) -> bool:
    """Return whether stored ranges hold on each date what the snapshot of that date holds.

    They may begin and end only on these dates. One that holds nothing is never right, and has no
    hash that would show it.
    """
    days = sorted(expected)
    return all(
        start in expected and (end in expected or end == FOREVER) and content.number
        for start, end, content in stored
    ) and all(held == expected[day] for day, held in zip(days, _hold(stored, days), strict=True))


def _hold(stored: Iterable[_Stored], days: Iterable[dt.date]) -> Iterator[_Content]:
    """Yield what ranges hold on each of some days; they begin and end on these only."""
    changes: dict[dt.date, _Content] = defaultdict(_Content)
    for start, end, (number, digest) in stored:
        changes[start] = changes[start].merge(number, digest)
        changes[end] = changes[end].merge(-number, digest)
    held = _Content()
    for day in days:
        held = held.merge(*changes[day])
        yield held
