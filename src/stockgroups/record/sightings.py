"""When refs were reported, and in which groups: by what is recorded, and by what comes in."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.evidence import Run, find_runs
from stockgroups.record.effective import current_snapshots
from stockgroups.record.stored_runs import read_reported

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.model import GroupKey
    from stockgroups.record.effective import Header, ReportKind
    from stockgroups.record.incoming import IncomingSnapshot
    from stockgroups.record.refs import RefNumbers
    from stockgroups.store import Store


_Place = tuple["GroupKey | int", "ReportKind", "dt.date"]
"""A group, by its number where it has one, a kind of its snapshots, and their date."""


@dataclass(frozen=True, slots=True)
class GroupSnapshot:
    """An incoming snapshot with its group, which has no number before it is made.

    `headers` are those of the group's recorded snapshots.
    """

    registry_id: int | None
    key: GroupKey
    incoming: IncomingSnapshot
    headers: Sequence[Header] = ()

    @property
    def series(self) -> tuple[GroupKey, ReportKind]:
        """The group's snapshots of one kind: they are one series of reports."""
        return self.key, self.incoming.kind

    @property
    def is_correction(self) -> bool:
        """Whether the series has a recorded snapshot of the same date."""
        place = (self.incoming.kind, self.incoming.as_of)
        return any(header.place == place for header in self.headers)

    @property
    def is_outdated(self) -> bool:
        """Whether the record has a filing of the same date that was filed later."""
        place = (self.incoming.kind, self.incoming.as_of)
        return any(
            header.place == place and header.filed_on > self.incoming.filed_on
            for header in current_snapshots(self.headers)
        )


class Sightings(NamedTuple):
    """The runs of some refs by their numbers, and which of them the record held before on days.

    `groups` are the groups of the runs, by their numbers in the registry where they have one.
    `holders` are the groups of the record, by these numbers, with what their snapshots hold.
    """

    runs: dict[int, list[Run]]
    recorded: list[tuple[Sequence[dt.date], Collection[int]]]
    groups: list[GroupKey | int]
    holders: list[tuple[int, Collection[int]]]


def read_sightings(
    store: Store,
    numbers: Collection[int],
    group_snapshots: Sequence[GroupSnapshot],
    refs: RefNumbers,
) -> Sightings:
    """Return the runs of some refs as they will be once the snapshots are recorded.

    A group's snapshots of one kind are a series. Of several snapshots of one series and date the
    last one stands; of filings, the one filed last. Runs are taken as they are stored, but of the
    groups of the snapshots.
    """
    wanted = set(numbers)
    held: dict[_Place, set[int]] = {}
    runs: dict[int, list[Run]] = defaultdict(list)
    before: list[tuple[Sequence[dt.date], Collection[int]]] = []
    groups: list[GroupKey | int] = []
    holders: list[tuple[int, Collection[int]]] = []
    known = [number for number in numbers if number > 0]
    changing = {group_snapshot.registry_id for group_snapshot in group_snapshots}
    for (registry_id, kind), reported in (read_reported(store, known) if known else {}).items():
        holders += [(registry_id, one.refs) for one in reported]
        if registry_id in changing:
            for days, end, some in reported:
                held.setdefault((registry_id, kind, end), set())
                for day in days:
                    held.setdefault((registry_id, kind, day), set()).update(some)
            continue
        for days, end, some in reported:
            run = Run(len(groups), days[0], end, days)
            before.append((days, some))
            for number in some:
                runs[number].append(run)
        groups.append(registry_id)
    recorded = dict(held)
    for group_snapshot in sorted(group_snapshots, key=lambda one: one.incoming.filed_on):
        if group_snapshot.is_outdated:
            continue
        registered = group_snapshot.registry_id
        group = group_snapshot.key if registered is None else registered
        # A recorded snapshot ends the runs of a late one, also where the record held none of them.
        for header in current_snapshots(group_snapshot.headers):
            held.setdefault((group, *header.place), set())
        key = (group, group_snapshot.incoming.kind, group_snapshot.incoming.as_of)
        said = wanted.intersection(refs.of(group_snapshot.incoming))
        held[key] = said
        if key in recorded:
            recorded[key] = said.intersection(recorded[key])
    before += [((day,), said) for (*_, day), said in recorded.items() if said]
    series: dict[tuple[GroupKey | int, ReportKind], int] = {}
    for group, kind, _ in held:
        series.setdefault((group, kind), len(groups) + len(series))
    groups += [group for group, _ in series]
    unfolded = find_runs((series[key[:2]], key[2], said) for key, said in held.items())
    for number, found in unfolded.items():
        runs[number] += found
    return Sightings(dict(runs), before, groups, holders)
