"""The stored intervals of memberships: spliced by a load, made anew, compared with the record.

All of it is a projection of the snapshots that stand and of what their prints mean. Writers hold
the environment's lock.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, cast

from stockgroups.history.intervals import find_changes, project, splice
from stockgroups.history.timeline import FOREVER, Header, timeline
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.db.connection import Connection
    from stockgroups.history.intervals import Interval, Intervals
    from stockgroups.history.timeline import Segment

_SQL = load_statements("history")
READ_AHEAD = 64
"""Snapshots, and stored stays of groups, that are in memory at once."""

Place = tuple[int, int]
"""The number of a group in the registry, and of a security."""

_Row = tuple[int, int, dt.date, dt.date]
_Stays = dict[tuple[dt.date, dt.date], set[int]]
_Range = tuple[dt.date, dt.date, int]


@dataclass(frozen=True, slots=True)
class Difference:
    """An interval that is stored and should not be, or should be and is not."""

    registry_id: int
    security_id: int
    valid_from: dt.date
    valid_to: dt.date
    is_stored: bool


def read_headers(connection: Connection, registry_ids: Iterable[int]) -> dict[int, list[Header]]:
    """Return the headers of all snapshots of the groups, in the order of recording."""
    found: dict[int, list[Header]] = {number: [] for number in registry_ids}
    if found:
        for number, *header in connection.execute(
            _SQL["read_headers"], {"registry_ids": list(found)}
        ):
            found[number].append(Header(*header))
    return found


def splice_history(
    connection: Connection,
    environment: str,
    changed: Mapping[int, Sequence[Segment]],
    fresh: AbstractSet[int] = frozenset(),
) -> None:
    """Bring the intervals up to the segments (by registry id) in which other snapshots count now.

    `fresh` are the groups that have no intervals yet.
    """
    needed = {
        number: {h.id: h for s in found for h in (s.before, s.after) if h is not None}
        for number, found in changed.items()
        if found
    }
    if not needed:
        return
    prints = _read_prints(connection, [(group, id_) for group, of in needed.items() for id_ in of])
    meanings = _Meanings(connection, environment)
    meanings.read(set().union(*prints.values()))
    added: list[_Row] = []
    gone: dict[Place, list[Interval]] = {}
    come: dict[Place, list[Interval]] = {}
    for number, headers in needed.items():
        securities = {
            header.id: meanings.find_securities(prints[header.id], header.as_of)
            for header in headers.values()
        }
        if number in fresh:
            line = [segment.after for segment in changed[number] if segment.after]
            said = project((header.as_of, securities[header.id]) for header in line)
            added += _make_rows(number, said)
            continue
        goes, comes = find_changes(changed[number], securities)
        gone |= {(number, security): ranges for security, ranges in goes.items()}
        come |= {(number, security): ranges for security, ranges in comes.items()}
    touched = gone.keys() | come.keys()
    old = _read_intervals(connection, touched)
    new = {
        place: splice(old.get(place, ()), gone.get(place, ()), come.get(place, ()))
        for place in touched
    }
    _write(connection, old, new, added)


def project_history(
    connection: Connection, environment: str, registry_ids: Iterable[int] | None = None
) -> list[Difference]:
    """Make the intervals of whole groups (None: of all) what the record says.

    Returns what was different. For changes of what prints mean, and after repairs.
    """
    found = list(find_differences(connection, environment, registry_ids))
    old: dict[Place, list[Interval]] = defaultdict(list)
    new: dict[Place, list[Interval]] = defaultdict(list)
    for one in found:
        side = old if one.is_stored else new
        side[one.registry_id, one.security_id].append((one.valid_from, one.valid_to))
    _write(connection, old, new, [])
    return found


def find_differences(
    connection: Connection, environment: str, registry_ids: Iterable[int] | None = None
) -> Iterator[Difference]:
    """Yield where the stored intervals of groups (None: of all) are not what the record says."""
    if registry_ids is None:
        rows = connection.execute(_SQL["list_recorded_groups"], {"environment": environment})
        registry_ids = [row[0] for row in rows]
    headers = read_headers(connection, registry_ids)
    meanings = _Meanings(connection, environment)
    meanings.read_all()
    lines = {number: timeline(group) for number, group in headers.items()}
    projected = _project_lines(connection, lines, meanings)
    for (number, said), stored in zip(projected, _read_history(connection, lines), strict=True):
        if said == stored:
            continue
        for interval in sorted(said.keys() | stored.keys()):
            was, now = stored.get(interval, set()), said.get(interval, set())
            for security in sorted(was - now):
                yield Difference(number, security, *interval, is_stored=True)
            for security in sorted(now - was):
                yield Difference(number, security, *interval, is_stored=False)


def _make_rows(registry_id: int, intervals: Intervals) -> list[_Row]:
    """Return a group's intervals as rows, in the order of the table's key."""
    return [
        (registry_id, security, start, end)
        for security in sorted(intervals)
        for start, end in intervals[security]
    ]


class _Meanings:
    """Which security a print is on a day, as the view `ref_meanings` says it."""

    def __init__(self, connection: Connection, environment: str) -> None:
        self._connection = connection
        self._where = {"environment": environment}
        self._always: dict[int, int] = {}
        self._dated: dict[int, list[_Range]] = {}

    def read(self, ref_ids: Iterable[int]) -> None:
        """Read what some prints mean."""
        self._take("read_symbols_of", {"ref_ids": list(ref_ids)})

    def read_all(self) -> None:
        """Read what all prints of the environment mean."""
        self._take("read_all_symbols", self._where)

    def _take(self, statement: str, parameters: Mapping[str, Any]) -> None:
        only = dict(self._read_pairs("read_only_owners", self._where))
        others = self._read_ranges("read_other_owners")
        own = self._read_ranges("read_own_meanings")
        for ref, symbol in self._read_pairs(statement, parameters):
            if ref in own:
                self._dated[ref] = own[ref]
            elif symbol in only:
                self._always[ref] = only[symbol]
            elif symbol in others:
                self._dated[ref] = others[symbol]

    def _read_pairs(
        self, statement: str, parameters: Mapping[str, Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Yield the pairs of two arrays of one length: a third of the time of as many rows."""
        row = self._connection.execute(_SQL[statement], parameters, binary=True).fetchone()
        assert row is not None  # noqa: S101 - aggregates make one row
        return zip(row[0] or (), row[1] or (), strict=True)

    def _read_ranges(self, statement: str) -> dict[Any, list[_Range]]:
        found: dict[Any, list[_Range]] = defaultdict(list)
        for key, security, start, end in self._connection.execute(
            _SQL[statement], self._where, binary=True
        ):
            found[key].append((start or dt.date.min, end or FOREVER, security))
        return found

    def find_securities(self, ref_ids: Iterable[int], as_of: dt.date) -> set[int]:
        """Return the securities that a snapshot's prints are on its date."""
        found: set[int | None] = set(map(self._always.get, ref_ids))
        found.discard(None)
        if self._dated:
            found.update(
                security
                for ref in self._dated.keys() & set(ref_ids)
                for start, end, security in self._dated[ref]
                if start <= as_of < end
            )
        return cast("set[int]", found)


def _project_lines(
    connection: Connection, lines: Mapping[int, Sequence[Header]], meanings: _Meanings
) -> Iterator[tuple[int, _Stays]]:
    """Yield the stays that each group's timeline makes, in the order of the lines."""
    statements = _read_statements(connection, lines, meanings)
    for number, line in lines.items():
        said: _Stays = defaultdict(set)
        for security, ranges in project(islice(statements, len(line))).items():
            for interval in ranges:
                said[interval].add(security)
        yield number, said


def _read_statements(
    connection: Connection, lines: Mapping[int, Sequence[Header]], meanings: _Meanings
) -> Iterator[tuple[dt.date, set[int]]]:
    """Yield date and securities of the groups' snapshots, line after line, reading some ahead."""
    places = ((number, header) for number, line in lines.items() for header in line)
    while ahead := list(islice(places, READ_AHEAD)):
        prints = _read_prints(connection, [(number, header.id) for number, header in ahead])
        for _, header in ahead:
            yield header.as_of, meanings.find_securities(prints[header.id], header.as_of)


def _read_history(connection: Connection, numbers: Iterable[int]) -> Iterator[_Stays]:
    """Yield the stays that are stored for each group, in the order of the numbers."""
    waiting = iter(numbers)
    while ahead := list(islice(waiting, READ_AHEAD)):
        found: dict[int, _Stays] = {number: {} for number in ahead}
        for number, start, end, securities in connection.execute(
            _SQL["read_history"], {"registry_ids": ahead}, binary=True
        ):
            found[number][start, end] = set(securities)
        yield from found.values()


def _read_prints(
    connection: Connection, snapshots: Sequence[tuple[int, int]]
) -> dict[int, list[int]]:
    """Return the prints of snapshots (number of the group, own number) by their own."""
    groups, numbers = zip(*snapshots, strict=True)
    rows = connection.execute(
        _SQL["read_prints"],
        {"registry_ids": list(groups), "snapshot_ids": list(numbers)},
        binary=True,
    )
    return {row[0]: row[1] or [] for row in rows}


def _read_intervals(
    connection: Connection, places: Collection[Place]
) -> dict[Place, list[Interval]]:
    """Return the intervals that are stored at some places."""
    found: dict[Place, list[Interval]] = defaultdict(list)
    if places:
        groups, securities = zip(*places, strict=True)
        parameters = {"group_ids": list(groups), "security_ids": list(securities)}
        rows = connection.execute(_SQL["read_intervals"], parameters, binary=True)
        for group, security, start, end in rows:
            found[group, security].append((start, end))
    return found


def _write(
    connection: Connection,
    old: Mapping[Place, Sequence[Interval]],
    new: Mapping[Place, Sequence[Interval]],
    added: list[_Row],
) -> None:
    """Put new intervals where old ones are, and add some where none is.

    Of an interval that only ends otherwise the row stays.
    """
    removed: list[_Row] = []
    ended: list[_Row] = []
    for place in sorted(old.keys() | new.keys()):
        was, now = dict(old.get(place, ())), dict(new.get(place, ()))
        if was == now:
            continue
        removed += [(*place, start, end) for start, end in was.items() if start not in now]
        for start, end in now.items():
            if start not in was:
                added.append((*place, start, end))
            elif was[start] != end:
                ended.append((*place, start, end))
    for statement, rows in (("remove_intervals", removed), ("end_intervals", ended)):
        if rows:
            names = ("group_ids", "security_ids", "starts", "ends")
            columns = zip(names, map(list, zip(*rows, strict=True)), strict=True)
            connection.execute(_SQL[statement], dict(columns))
    if added:
        days = {day: day.isoformat() for day in {day for row in added for day in row[2:]}}
        days[FOREVER] = "infinity"
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_intervals"]) as copy:
            # Numbers and dates need no escaping: half the time of row by row.
            copy.write(
                "".join(
                    [
                        f"{group}\t{security}\t{days[start]}\t{days[end]}\n"
                        for group, security, start, end in added
                    ]
                )
            )
