"""When refs were reported, and in which groups: by what is recorded, and by what comes in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.evidence import Run, find_runs
from stockgroups.record.stored_runs import read_reported

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Sequence

    from stockgroups.model import GroupKey
    from stockgroups.record.effective import Header
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
    def series(self) -> tuple[GroupKey, bool]:
        """The group's own snapshots, or its proxies: each are one series of reports."""
        return self.key, self.incoming.snapshot.is_proxy

    @property
    def is_correction(self) -> bool:
        """Whether the series has a recorded snapshot of the same date."""
        place = (self.incoming.as_of, self.incoming.snapshot.is_proxy)
        return any((header.as_of, header.is_proxy) == place for header in self.headers)


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

    An issuer's snapshots of a group and its proxies are two series. Of several snapshots of one
    series and date the last one stands.
    """
    wanted = frozenset(numbers)
    held: dict[tuple[GroupKey | int, bool, dt.date], Collection[int]] = {}
    recorded: dict[tuple[GroupKey | int, bool, dt.date], Collection[int]] = {}
    holders: list[tuple[int, Collection[int]]] = []
    known = [number for number in numbers if number > 0]
    if known:
        for (registry_id, is_proxy), found in read_reported(store, known).items():
            held |= {(registry_id, is_proxy, day): refs for day, refs in found.items()}
            holders += [(registry_id, refs) for refs in found.values()]
        recorded |= held
    for group_snapshot in group_snapshots:
        key = (
            group_snapshot.key
            if group_snapshot.registry_id is None
            else group_snapshot.registry_id,
            group_snapshot.incoming.snapshot.is_proxy,
            group_snapshot.incoming.as_of,
        )
        said = wanted.intersection(refs.of(group_snapshot.incoming))
        held[key] = said
        if key in recorded:
            recorded[key] = said.intersection(recorded[key])
    series: dict[tuple[GroupKey | int, bool], int] = {}
    runs = find_runs(
        (series.setdefault((group, is_proxy), len(series)), day, found)
        for (group, is_proxy, day), found in held.items()
    )
    before = [(day, found) for (*_, day), found in recorded.items() if found]
    return Sightings(runs, before, [group for group, _ in series], holders)
