"""When refs were reported, and in which groups: by what is recorded, and by what comes in."""

from __future__ import annotations

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
    """The runs of some refs by their numbers, and which of them the record held before on a day.

    `groups` are the groups of the runs, by their numbers in the registry where they have one.
    `holders` are the groups of the record, by these numbers, with what their snapshots hold.
    """

    runs: dict[int, list[Run]]
    recorded: list[tuple[dt.date, Collection[int]]]
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
    last one stands; of filings, the one filed last.
    """
    wanted = frozenset(numbers)
    held: dict[tuple[GroupKey | int, ReportKind, dt.date], Collection[int]] = {}
    recorded: dict[tuple[GroupKey | int, ReportKind, dt.date], Collection[int]] = {}
    holders: list[tuple[int, Collection[int]]] = []
    known = [number for number in numbers if number > 0]
    if known:
        for (registry_id, kind), found in read_reported(store, known).items():
            held |= {(registry_id, kind, day): refs for day, refs in found.items()}
            holders += [(registry_id, refs) for refs in found.values()]
        recorded |= held
    for group_snapshot in sorted(group_snapshots, key=lambda one: one.incoming.filed_on):
        if group_snapshot.is_outdated:
            continue
        number = group_snapshot.registry_id
        group = group_snapshot.key if number is None else number
        # A recorded snapshot ends the runs of a late one, also where the record held none of them.
        for header in current_snapshots(group_snapshot.headers):
            held.setdefault((group, *header.place), frozenset())
        key = (group, group_snapshot.incoming.kind, group_snapshot.incoming.as_of)
        said = wanted.intersection(refs.of(group_snapshot.incoming))
        held[key] = said
        if key in recorded:
            recorded[key] = said.intersection(recorded[key])
    series: dict[tuple[GroupKey | int, ReportKind], int] = {}
    runs = find_runs(
        (series.setdefault((group, kind), len(series)), day, found)
        for (group, kind, day), found in held.items()
    )
    before = [(day, found) for (*_, day), found in recorded.items() if found]
    return Sightings(runs, before, [group for group, _ in series], holders)
