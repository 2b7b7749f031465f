"""When refs were reported, and in which groups, by recorded and by incoming snapshots."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.identity.evidence import Run
from stockgroups.ranges import DateRange
from stockgroups.record.effective import FOREVER, current_snapshots
from stockgroups.record.runs import held_on, hold
from stockgroups.record.stored_runs import Reported, read_reported

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from stockgroups.model import GroupKey
    from stockgroups.record.effective import ReportKind
    from stockgroups.record.incoming import IncomingSnapshot
    from stockgroups.record.refs import RefNumbers
    from stockgroups.record.runs import Runs
    from stockgroups.record.state import StoredGroup
    from stockgroups.store import Store


_Series = tuple["GroupKey | int", "ReportKind"]
"""A group, by its number if it has one, and a kind of its snapshots."""


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """An incoming snapshot with its group as it is stored, with the headers of its record."""

    stored: StoredGroup
    incoming: IncomingSnapshot

    @property
    def series(self) -> tuple[GroupKey, ReportKind]:
        """The series of the snapshot: its group's snapshots of the same kind."""
        return self.stored.key, self.incoming.kind

    @property
    def is_correction(self) -> bool:
        """Whether the series has a recorded snapshot of the same date."""
        place = (self.incoming.kind, self.incoming.as_of)
        return any(header.place == place for header in self.stored.headers)

    @property
    def is_outdated(self) -> bool:
        """Whether the record has a filing for the same date that was filed later."""
        place = (self.incoming.kind, self.incoming.as_of)
        return any(
            header.place == place and header.filed_on > self.incoming.filed_on
            for header in current_snapshots(self.stored.headers)
        )


@dataclass(frozen=True, slots=True)
class Sightings:
    """The runs of some refs by their numbers, and on which days the record held them before.

    Attributes:
        runs: The runs, as they will be.
        groups: The groups of the runs, by their registry numbers if they have one.
        steady: The number of leading entries of `runs` that stay as they are recorded.
        before: For the other entries, the recorded days of each ref, by runs.
    """

    runs: dict[int, list[Run]] = field(default_factory=dict)
    groups: Sequence[GroupKey | int] = ()
    steady: int = 0
    before: Mapping[int, Sequence[Sequence[dt.date]]] = field(default_factory=dict)

    def recorded(self, number: int) -> Iterator[Sequence[dt.date]]:
        """Yield the days on which the record held a ref and still does: a sequence for each run."""
        for run in self.runs.get(number, ()):
            if run.group < self.steady:
                yield run.days
        yield from self.before.get(number, ())


def read_sightings(
    store: Store,
    numbers: Collection[int],
    group_snapshots: Sequence[GroupSnapshot],
    refs: RefNumbers,
) -> Sightings:
    """Return the runs of some refs as they will be once the snapshots are recorded.

    A group's snapshots of one kind are a series. Of several snapshots of one series and date the
    last one is current; of filings, the one filed last. Stored runs are read, and only the runs of
    series with incoming snapshots are changed: no single day is visited.
    """
    if not numbers:
        return Sightings()
    wanted = set(numbers)
    known = [number for number in numbers if number > 0]
    coming: dict[_Series, list[GroupSnapshot]] = defaultdict(list)
    for group_snapshot in sorted(group_snapshots, key=lambda one: one.incoming.filed_on):
        if not group_snapshot.is_outdated:
            registered = group_snapshot.stored.registry_id
            group = group_snapshot.stored.key if registered is None else registered
            coming[group, group_snapshot.incoming.kind].append(group_snapshot)
    runs: dict[int, list[Run]] = defaultdict(list)
    groups: list[GroupKey | int] = []
    changing: dict[_Series, Reported] = {}
    for series, reported in read_reported(store, known) if known else ():
        if series in coming:
            changing[series] = reported
            continue
        for days, end, some in reported.list_runs():
            run = Run(len(groups), days[0], end, days)
            for number in some:
                runs[number].append(run)
        groups.append(series[0])
    steady = len(groups)
    before: dict[int, list[Sequence[dt.date]]] = defaultdict(list)
    for changed, snapshots in coming.items():
        was, now = _change(changing.get(changed, Reported()), snapshots, refs, wanted)
        for days, _, some in was.list_runs():
            for number in some:
                before[number].append(days)
        for days, end, some in now.list_runs():
            run = Run(len(groups), days[0], end, days)
            for number in some:
                runs[number].append(run)
        groups.append(changed[0])
    return Sightings(runs, groups, steady, before)


def _change(
    reported: Reported,
    snapshots: Sequence[GroupSnapshot],
    refs: RefNumbers,
    wanted: set[int],
) -> tuple[Reported, Reported]:
    """Return the runs of a series with new snapshots: its former runs, and the new ones.

    Args:
        reported: The recorded runs of the series.
        snapshots: The incoming snapshots, ordered so that the last one of a date is current.
        refs: The numbers of their refs.
        wanted: The refs to return.
    """
    # A recorded snapshot ends the runs of a late one, also where the record held none of them.
    recorded = {*reported.dates}
    for one in snapshots:
        series = [header for header in one.stored.headers if header.kind is one.incoming.kind]
        recorded.update(header.as_of for header in current_snapshots(series))
    dates = sorted(recorded | {one.incoming.as_of for one in snapshots})
    before: Runs = {DateRange(start, end): set(some) for start, end, some in reported.runs}
    now: Runs = {interval: set(some) for interval, some in before.items()}
    for one in snapshots:
        start = one.incoming.as_of
        place = bisect_right(dates, start)
        end = dates[place] if place < len(dates) else FOREVER
        sighted = wanted.intersection(refs.of(one.incoming))
        if start in recorded:
            hold(before, start, end, sighted & held_on(before, start))
        hold(now, start, end, sighted)
    return _report(sorted(recorded), before), _report(dates, now)


def _report(dates: Sequence[dt.date], runs: Runs) -> Reported:
    return Reported(dates, [(*interval, refs) for interval, refs in runs.items()])
