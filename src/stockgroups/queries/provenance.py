"""Which source reported an answer, in which file, and which load recorded it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.json_values import Fields
from stockgroups.queries.changes import find_recorded_group
from stockgroups.queries.frames import Answers, Kind, Tabular, kinds_of
from stockgroups.queries.moments import explain_unrecorded
from stockgroups.queries.origins import make_label, origin_of
from stockgroups.record.effective import (
    FOREVER,
    Header,
    current_snapshots,
    effective_snapshot,
    effective_snapshots,
)
from stockgroups.record.headers import read_headers
from stockgroups.store import Store, execute
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.model import GroupType
    from stockgroups.queries.moments import Moment

_PAST = load_statements("past")
_LOADS = load_statements("loads")
IDENTITY = "identity"
"""The key in a load's changes for the stocks that it split or joined."""
_MOST_NAMED = 5
"""The number of changed groups that a load names in words."""
FIGURES = ("recorded", "added", "removed", "reweighted", "amended")
"""The counts for each group in a load's changes."""


@dataclass(frozen=True, slots=True)
class RecordedSource(Fields):
    """One snapshot of a group: its origin, and the dates on which it is effective.

    `dates` is None if it is effective on no date; `status` says why in words.
    """

    KEYS = (
        "snapshot=header.id as_of=header.as_of source=header.source is_proxy=header.is_proxy "
        "file=file_name sha256 reader issuer net_assets members=header.member_count "
        "recorded_at=header.recorded_at published_on=header.published_on load=load_id loaded_by "
        "status counts_from counts_to"
    )

    header: Header
    file_name: str | None
    sha256: str
    reader: str
    issuer: str | None
    net_assets: float | None
    receipt: Mapping[str, Any] | None
    load_id: int | None
    loaded_by: str | None
    dates: tuple[dt.date, dt.date] | None
    status: str

    @property
    def counts_from(self) -> dt.date | None:
        """The first date on which it is effective."""
        return self.dates[0] if self.dates else None

    @property
    def counts_to(self) -> dt.date | None:
        """The first date on which it no longer is; None while it still is."""
        return self.dates[1] if self.dates and self.dates[1] != FOREVER else None


@dataclass(frozen=True, slots=True)
class SourceAnswer(Tabular):
    """The effective snapshot of a group at a moment, and all its recorded snapshots."""

    KEYS = "type=kind key name *effective receipt=effective.receipt recorded"
    ROWS = "recorded"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(RecordedSource, header=Header)

    kind: GroupType
    key: str
    name: str
    effective: RecordedSource
    recorded: Sequence[RecordedSource]

    def sources(self) -> list[dict[str, Any]]:
        """Return the group with the origin of its effective snapshot."""
        origin = origin_of(self.effective.header, self.effective.file_name)
        return [{"group": make_label(self.kind, self.key), **origin.to_dict()}]


@dataclass(frozen=True, slots=True)
class LoadEntry(Fields):
    """One load of the audit. `undone_by` is the load that rolled it back."""

    KEYS = (
        "load=id kind started_at actor program target arguments accepted changes=listed_changes "
        "undoes undone_by"
    )

    id: int
    kind: str
    started_at: dt.datetime
    actor: str
    program: str
    target: str
    arguments: Mapping[str, Any]
    accepted: Sequence[str]
    changes: Mapping[str, Mapping[str, Any]]
    undoes: int | None
    undone_by: int | None = field(default=None)

    @property
    def summary(self) -> str:
        """The figures of all groups together, in words."""
        parts = [count_of(len(self.changes.keys() - {IDENTITY}), "group")]
        for figure in FIGURES:
            count = sum(done.get(figure, 0) for done in self.changes.values())
            if count:
                parts.append(f"{count:,} {figure}")
        for figure in ("split", "joined", "resolved", "unresolved"):
            count = self.changes.get(IDENTITY, {}).get(figure, 0)
            if count:
                parts.append(f"{count_of(count, 'stock')} {figure}")
        return ", ".join(parts)

    def describe_groups(self) -> str:
        """Return the changed groups in words, the first of them by name."""
        names = sorted(self.changes.keys() - {IDENTITY})
        rest = len(names) - _MOST_NAMED
        text = ", ".join(names[:_MOST_NAMED])
        return f"{text} and {count_of(rest, 'more group')}" if rest > 0 else text or "no group"

    @property
    def listed_changes(self) -> list[dict[str, Any]]:
        """The changes of each group, as rows."""
        return describe_changes(self.changes)


class LoadEntries(Answers[LoadEntry]):
    """Loads of the audit."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(LoadEntry)


def describe_changes(changes: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the figures by "TYPE NAME" as sorted JSON values; `name` is null for no group."""
    texts = []
    for label, done in sorted(changes.items()):
        kind, _, name = label.partition(" ")
        texts.append({"type": kind, "name": name or None, **done})
    return texts


def find_source(
    store: Store, text: str, moment: Moment, kind: GroupType | None = None
) -> SourceAnswer:
    """Return the source of a group's answer at a moment, and all its other recorded snapshots.

    Raises NotFoundError for an unknown group and for one without an effective snapshot then.
    """
    with reading(store.connection):
        group = find_recorded_group(store, text, kind)
        headers = read_headers(store.connection, [group.registry_id])[group.registry_id]
        rows = store.connection.execute(
            _PAST["read_provenance"],
            {"registry_id": group.registry_id, "snapshot_ids": [header.id for header in headers]},
        ).fetchall()
    known = moment.select(headers)
    header = effective_snapshot(known, moment.on)
    if header is None:
        first = min(h.as_of for h in headers)
        raise explain_unrecorded(group.name, moment, first, headers[0].recorded_at)
    provenance = {row[0]: row[1:] for row in rows}
    line = effective_snapshots(known)
    ends = [h.as_of for h in line[1:]] + [FOREVER]
    intervals = {h.id: (h.as_of, end) for h, end in zip(line, ends, strict=True)}
    sources = {}
    for one in headers:
        file_name, sha256, reader, issuer, net_assets, receipt, load_id, _, actor, _ = provenance[
            one.id
        ]
        sources[one.id] = RecordedSource(
            one,
            file_name,
            sha256,
            reader,
            issuer,
            net_assets,
            receipt,
            load_id,
            actor,
            intervals.get(one.id),
            _describe_status(one, known, intervals, moment),
        )
    return SourceAnswer(
        group.kind,
        group.name,
        group.description or group.name,
        sources[header.id],
        sorted(sources.values(), key=lambda source: (source.header.as_of, source.header.id)),
    )


def list_loads(
    store: Store, *, limit: int, load_id: int | None = None, plan: str | None = None
) -> LoadEntries:
    """Return the newest loads, the load with a number, or the loads that applied a plan.

    Raises NotFoundError if no load has the number.
    """
    with reading(store.connection):
        return read_loads(store, limit=limit, load_id=load_id, plan=plan)


def read_loads(
    store: Store,
    *,
    limit: int,
    load_id: int | None = None,
    after: int | None = None,
    plan: str | None = None,
) -> LoadEntries:
    """Return loads as `list_loads` does, in the open transaction.

    `after` selects the loads after a load, `plan` those that applied the plan with this hash.
    """
    rows = execute(
        store, _LOADS["list_loads"], id=load_id, limit=limit, after=after, plan=plan
    ).fetchall()
    if load_id is not None and not rows:
        raise NotFoundError(
            f"no load {load_id} in environment {store.environment}",
            remedy="`stockgroups loads` lists them",
        )
    ids = [row[0] for row in rows]
    undone: dict[int, int] = dict(execute(store, _LOADS["find_undoing"], ids=ids).fetchall())
    return LoadEntries(LoadEntry(*(*row, undone.get(row[0]))) for row in rows)


def _describe_status(
    header: Header,
    known: Sequence[Header],
    intervals: Mapping[int, tuple[dt.date, dt.date]],
    moment: Moment,
) -> str:
    if header.retracted:
        return "retracts its date"
    if header.id in intervals:
        return "effective"
    if header not in known:
        return _explain_left_out(header, moment)
    of_place = [h for h in known if h.place == header.place]
    current = current_snapshots(of_place)
    if header not in current:
        return f"superseded by snapshot {(current or of_place)[-1].id}"
    return (
        "a proxy, after the first report"
        if header.is_proxy
        else "a source of a higher rank is effective"
    )


def _explain_left_out(header: Header, moment: Moment) -> str:
    if moment.known_at is not None and header.recorded_at > moment.known_at:
        return "not yet known"
    if moment.kind not in (None, header.kind):
        return "of another kind"
    return f"not public by {moment.published_by}"
