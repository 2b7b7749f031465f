"""Who said so, from which file, and which load brought it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.history.projection import read_headers
from stockgroups.history.timeline import FOREVER, Header, counting, timeline
from stockgroups.queries.changes import find_recorded_group
from stockgroups.queries.moments import EVER, explain_unrecorded
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import GroupType
    from stockgroups.queries.moments import Moment

_PAST = load_statements("past")
_LOADS = load_statements("loads")


@dataclass(frozen=True, slots=True)
class RecordedSource:
    """One snapshot of a group: where it came from, and the days on which it counts.

    `counts` is empty for one that counts on no day; `status` says in words how it stands.
    """

    header: Header
    file_name: str | None
    sha256: str
    reader: str
    issuer: str | None
    net_assets: float | None
    receipt: Mapping[str, Any] | None
    load_id: int | None
    loaded_by: str | None
    counts: tuple[dt.date, dt.date] | None
    status: str

    def as_dict(self) -> dict[str, Any]:
        """Return the source as JSON values; `counts_to` is null where it goes on counting."""
        start, end = self.counts or (None, None)
        return {
            "snapshot": self.header.id,
            "as_of": self.header.as_of.isoformat(),
            "source": self.header.source,
            "is_proxy": self.header.is_proxy,
            "file": self.file_name,
            "sha256": self.sha256,
            "reader": self.reader,
            "issuer": self.issuer,
            "net_assets": self.net_assets,
            "members": self.header.member_count,
            "recorded_at": self.header.recorded_at.isoformat(),
            "load": self.load_id,
            "loaded_by": self.loaded_by,
            "status": self.status,
            "counts_from": start.isoformat() if start else None,
            "counts_to": end.isoformat() if end and end != FOREVER else None,
        }


@dataclass(frozen=True, slots=True)
class SourceAnswer:
    """The snapshot of a group that counts at a moment, and all that are recorded of it."""

    kind: GroupType
    key: str
    name: str
    counting: RecordedSource
    recorded: Sequence[RecordedSource]

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values; the receipt is that of the snapshot that counts."""
        return {
            "type": self.kind.value,
            "key": self.key,
            "name": self.name,
            **self.counting.as_dict(),
            "receipt": self.counting.receipt,
            "recorded": [source.as_dict() for source in self.recorded],
        }


@dataclass(frozen=True, slots=True)
class LoadEntry:
    """One load of the audit. `undone_by` is the load that took it back."""

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

    def as_dict(self) -> dict[str, Any]:
        """Return the load as JSON values."""
        return {
            "load": self.id,
            "kind": self.kind,
            "started_at": self.started_at.isoformat(),
            "actor": self.actor,
            "program": self.program,
            "target": self.target,
            "arguments": dict(self.arguments),
            "accepted": list(self.accepted),
            "changes": {name: dict(done) for name, done in self.changes.items()},
            "undoes": self.undoes,
            "undone_by": self.undone_by,
        }


def find_source(
    connection: Connection,
    environment: str,
    text: str,
    moment: Moment,
    kind: GroupType | None = None,
) -> SourceAnswer:
    """Return what a group's answer rests on at a moment, and all else that was recorded of it.

    Raises NotFoundError for an unknown group and for one of which nothing counts then.
    """
    with reading(connection):
        group = find_recorded_group(connection, environment, text, kind)
        headers = read_headers(connection, [group.registry_id])[group.registry_id]
        rows = connection.execute(
            _PAST["read_provenance"],
            {"registry_id": group.registry_id, "snapshot_ids": [header.id for header in headers]},
        ).fetchall()
    known = [h for h in headers if h.recorded_at <= (moment.known_at or EVER)]
    header = counting(known, moment.on)
    if header is None:
        first = min(h.as_of for h in headers)
        raise explain_unrecorded(group.name, moment, first, headers[0].recorded_at)
    provenance = {row[0]: row[1:] for row in rows}
    line = timeline(known)
    ends = [h.as_of for h in line[1:]] + [FOREVER]
    spans = {h.id: (h.as_of, end) for h, end in zip(line, ends, strict=True)}
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
            spans.get(one.id),
            _describe_status(one, known, spans),
        )
    return SourceAnswer(
        group.kind,
        group.name,
        group.description or group.name,
        sources[header.id],
        sorted(sources.values(), key=lambda source: (source.header.as_of, source.header.id)),
    )


def list_loads(
    connection: Connection, environment: str, *, limit: int, load_id: int | None = None
) -> list[LoadEntry]:
    """Return the newest loads, or the one of a number. Raises NotFoundError where there is none."""
    with reading(connection):
        return read_loads(connection, environment, limit=limit, load_id=load_id)


def read_loads(
    connection: Connection, environment: str, *, limit: int, load_id: int | None = None
) -> list[LoadEntry]:
    """Return loads as `list_loads` does, inside a transaction that is open."""
    rows = connection.execute(
        _LOADS["list_loads"], {"environment": environment, "id": load_id, "limit": limit}
    ).fetchall()
    if load_id is not None and not rows:
        raise NotFoundError(
            f"no load {load_id} in environment {environment}",
            remedy="`stockgroups loads` lists them",
        )
    ids = [row[0] for row in rows]
    undone: dict[int, int] = dict(
        connection.execute(
            _LOADS["find_undoing"], {"environment": environment, "ids": ids}
        ).fetchall()
    )
    return [LoadEntry(*(*row, undone.get(row[0]))) for row in rows]


def _describe_status(
    header: Header, known: Sequence[Header], spans: Mapping[int, tuple[dt.date, dt.date]]
) -> str:
    if header.retracted:
        return "takes its date back"
    if header.id in spans:
        return "counts"
    if header not in known:
        return "not yet known"
    later = [
        h.id
        for h in known
        if (h.as_of, h.is_proxy) == (header.as_of, header.is_proxy) and h.id > header.id
    ]
    if later:
        return f"superseded by snapshot {later[-1]}"
    return "a proxy, after the first file"
