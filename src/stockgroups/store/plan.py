"""The difference between what sources say and what is stored. Reads; never writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from stockgroups.errors import GuardError, StockgroupsError
from stockgroups.store.digests import content_digest
from stockgroups.store.guards import Neighbour, check_file
from stockgroups.store.state import (
    Members,
    StoredGroup,
    find_drift,
    read_groups,
    read_members,
    read_snapshot_members,
)
from stockgroups.store.timeline import Header, counting, standing

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import GroupKey, Snapshot
    from stockgroups.store.desired import DesiredGroup


_YET_TO_COME = 2**62  # numbers of statements that have none yet: after all that have


class Outcome(StrEnum):
    """What becomes of one statement of a source."""

    CURRENT = "current"
    HISTORY = "recorded as history"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Statement:
    """A snapshot on its way into the record. `as_of`: its date, or today for a catalogue."""

    snapshot: Snapshot
    as_of: dt.date
    digest: str
    outcome: Outcome = Outcome.HISTORY
    error: GuardError | None = None

    @property
    def place(self) -> tuple[dt.date, bool, str]:
        """What makes two statements of one run the same."""
        return self.as_of, self.snapshot.is_proxy, self.digest

    def as_header(self, number: int, recorded_at: dt.datetime | None = None) -> Header:
        """Return the header that this statement has once it is recorded under the number."""
        return Header(
            number,
            self.as_of,
            self.snapshot.is_proxy,
            self.snapshot.sha256,
            self.snapshot.reader,
            self.digest,
            len(self.snapshot.refs),
            recorded_at or dt.datetime.max.replace(tzinfo=dt.UTC),
            self.snapshot.source,
        )


@dataclass(slots=True)
class GroupPlan:
    """What will be done to one group. Symbols map to weights, fractions or None.

    `says` is the snapshot that the memberships become the projection of: one that is to be
    recorded, one that is stored, or None where the producer says nothing about members.
    """

    desired: DesiredGroup
    stored: StoredGroup
    is_new: bool
    statements: list[Statement] = field(default_factory=list)
    says: Statement | Header | None = None
    added: Members = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    reweighted: Members = field(default_factory=dict)
    member_count: int | None = None
    definition_changes: dict[str, Any] = field(default_factory=dict)
    error: StockgroupsError | None = None

    @property
    def key(self) -> GroupKey:
        """The group's name."""
        return self.desired.key

    @property
    def is_vain(self) -> bool:
        """Whether a new group must not come to be: all that was said of it was refused."""
        refused = bool(self.statements) and self.says is None
        return self.is_new and (self.error is not None or refused)

    @property
    def to_record(self) -> list[Statement]:
        """The statements that go into the record, in the order in which they do."""
        return [s for s in self.statements if s.outcome in (Outcome.CURRENT, Outcome.HISTORY)]

    @property
    def changes_members(self) -> bool:
        """Whether any membership is added, removed or reweighted."""
        return bool(self.added or self.removed or self.reweighted)

    @property
    def points_elsewhere(self) -> bool:
        """Whether the memberships become the projection of another snapshot than before."""
        if isinstance(self.says, Header):
            return self.stored.snapshot_id != self.says.id
        return self.says is not None

    @property
    def changes_anything(self) -> bool:
        """Whether applying this writes anything at all."""
        return (
            self.error is None
            and not self.is_vain
            and bool(
                self.is_new
                or self.to_record
                or self.changes_members
                or self.definition_changes
                or self.points_elsewhere
            )
        )


@dataclass(slots=True)
class Plan:
    """All that one run will do, or has done."""

    groups: list[GroupPlan] = field(default_factory=list)
    deleted: list[GroupKey] = field(default_factory=list)

    @property
    def changes_anything(self) -> bool:
        """Whether applying this writes anything at all."""
        return bool(self.deleted) or any(group.changes_anything for group in self.groups)


def plan_groups(
    connection: Connection,
    environment: str,
    desired: Sequence[DesiredGroup],
    *,
    today: dt.date,
    accept: frozenset[str] = frozenset(),
    created: Collection[int] = (),
) -> list[GroupPlan]:
    """Return what has to be done so that the groups become what their producers want.

    `created` holds the ids of rows that were made in this transaction, for these very groups.

    Raises nothing for a guard that refuses a file: that statement is marked and left out, the
    group keeps what it has.
    """
    stored = read_groups(connection, environment, [group.key for group in desired])
    plans = [
        GroupPlan(group, found, found.group_id is None or found.group_id in created)
        for group in desired
        for found in (stored[group.key],)
    ]
    for plan in plans:
        _choose_statements(connection, plan, today, accept)
    _plan_members(connection, plans)
    for plan in plans:
        _plan_definition(plan)
    return plans


def _choose_statements(
    connection: Connection, plan: GroupPlan, today: dt.date, accept: frozenset[str]
) -> None:
    """Mark each statement new, known or refused, and find the one that counts afterwards."""
    if plan.desired.snapshots is None:
        return
    headers = plan.stored.headers
    latest = counting(headers)
    said: set[tuple[dt.date, bool, str]] = set()
    for snapshot in plan.desired.snapshots:
        as_of = snapshot.as_of
        if as_of is None:
            as_of = today if latest is None else max(today, latest.as_of)
        statement = Statement(snapshot, as_of, content_digest(snapshot))
        if statement.place in said or _is_known(statement, headers, latest):
            statement.outcome = Outcome.UNCHANGED
        said.add(statement.place)
        plan.statements.append(statement)
    # A file that is read anew by a better reader keeps its place among those of its date.
    first_seen = {h.sha256: h.id for h in reversed(headers)}
    plan.statements.sort(key=lambda s: (s.as_of, first_seen.get(s.snapshot.sha256, _YET_TO_COME)))
    if plan.desired.guarded:
        _guard_statements(connection, plan, today, accept)
    coming = {_YET_TO_COME + n: s for n, s in enumerate(plan.to_record)}
    says = counting([*headers, *(s.as_header(number) for number, s in coming.items())])
    if says is not None and says.id in coming:
        plan.says = coming[says.id]
        plan.says.outcome = Outcome.CURRENT
    else:
        plan.says = says


def _is_known(statement: Statement, headers: list[Header], latest: Header | None) -> bool:
    """Return whether the record already holds this statement.

    A catalogue speaks of now: it is known when it says what counts now. A file is known by its
    bytes and the reader, or by its bytes and content, or as a copy of what stands for its date.
    """
    snapshot = statement.snapshot
    if snapshot.as_of is None:
        return latest is not None and latest.digest == statement.digest
    same_date = [
        h for h in headers if h.as_of == statement.as_of and h.is_proxy == snapshot.is_proxy
    ]
    if any(
        h.sha256 == snapshot.sha256 and (h.reader, h.digest) == (snapshot.reader, statement.digest)
        for h in same_date
    ):
        return True
    return any(
        h.digest == statement.digest and (h.sha256 == snapshot.sha256 or h is same_date[-1])
        for h in same_date
    )


def _guard_statements(
    connection: Connection, plan: GroupPlan, today: dt.date, accept: frozenset[str]
) -> None:
    """Refuse the new files that look like a mistake beside the snapshots next to their date."""
    known: list[tuple[dt.date, Header | frozenset[str]]] = [
        (h.as_of, h) for h in standing(plan.stored.headers) if not h.is_proxy
    ]
    for statement in plan.to_record:
        if statement.snapshot.is_proxy:
            continue
        symbols = frozenset(statement.snapshot.symbols)
        before = max((k for k in known if k[0] < statement.as_of), key=_date, default=None)
        after = min((k for k in known if k[0] > statement.as_of), key=_date, default=None)
        same = next((k for k in known if k[0] == statement.as_of), None)
        neighbours = tuple(
            Neighbour(as_of, _symbols(connection, plan, what))
            for as_of, what in filter(None, (before, same, after))
        )
        try:
            check_file(
                statement.snapshot.file_name or str(plan.key),
                statement.as_of,
                symbols,
                neighbours,
                today,
                accept,
            )
        except GuardError as error:
            statement.outcome = Outcome.REFUSED
            statement.error = error
        else:
            known = [k for k in known if k[0] != statement.as_of]
            known.append((statement.as_of, symbols))


def _date(known: tuple[dt.date, Header | frozenset[str]]) -> dt.date:
    return known[0]


def _symbols(
    connection: Connection, plan: GroupPlan, what: Header | frozenset[str]
) -> frozenset[str]:
    if not isinstance(what, Header):
        return what
    assert plan.stored.registry_id is not None  # noqa: S101 - it has headers
    members = read_snapshot_members(connection, [(plan.stored.registry_id, what.id)])
    return frozenset(members[what.id])


def _plan_members(connection: Connection, plans: list[GroupPlan]) -> None:
    """Compare the memberships with what counts: in the server where both sides lie there."""
    settled = [
        plan.stored.group_id
        for plan in plans
        if isinstance(plan.says, Header) and plan.stored.group_id is not None
    ]
    drifted = find_drift(connection, settled)
    differing = [
        plan
        for plan in plans
        if isinstance(plan.says, Statement)
        or plan.stored.group_id in drifted
        or (plan.says is not None and plan.points_elsewhere)
    ]
    stored = read_members(
        connection, [p.stored.group_id for p in differing if p.stored.group_id is not None]
    )
    said = read_snapshot_members(
        connection,
        [
            (p.stored.registry_id, p.says.id)
            for p in differing
            if isinstance(p.says, Header) and p.stored.registry_id is not None
        ],
    )
    for plan in plans:
        if isinstance(plan.says, Header):
            plan.member_count = plan.says.member_count
    for plan in differing:
        if isinstance(plan.says, Statement):
            snapshot = plan.says.snapshot
            weights = snapshot.weights or (None,) * len(snapshot.refs)
            wanted = dict(zip(snapshot.symbols, weights, strict=True))
        else:
            assert plan.says is not None  # noqa: S101 - see `differing`
            wanted = said[plan.says.id]
        _diff_members(plan, wanted, stored.get(plan.stored.group_id or 0, {}))


def _diff_members(plan: GroupPlan, wanted: Members, stored: Members) -> None:
    plan.member_count = len(wanted)
    plan.added = {s: w for s, w in wanted.items() if s not in stored}
    plan.removed = sorted(s for s in stored if s not in wanted)
    plan.reweighted = {s: w for s, w in wanted.items() if s in stored and stored[s] != w}


def _plan_definition(plan: GroupPlan) -> None:
    """Note what changes in the group's own row; keys of the snapshot are filled in here.

    `last_updated` of a statement that is yet to be recorded is known only when it is: the writer
    fills it in.
    """
    desired, stored = plan.desired, plan.stored
    metadata = dict(desired.metadata)
    if isinstance(plan.says, Header):
        metadata |= describe_snapshot(plan.says)
    changed = {k: v for k, v in metadata.items() if stored.metadata.get(k, ...) != v}
    changes: dict[str, Any] = {}
    if changed or isinstance(plan.says, Statement):
        changes["metadata"] = metadata
    if desired.description is not None and desired.description != stored.description:
        changes["description"] = desired.description
    liquidity = desired.liquidity_filter
    if liquidity is not None and dict(liquidity) != stored.liquidity_filter:
        changes["liquidity_filter"] = dict(liquidity)
    plan.definition_changes = changes


def describe_snapshot(header: Header) -> dict[str, Any]:
    """Return the keys of a group's metadata that describe the snapshot which counts."""
    return {
        "total_holdings": header.member_count,
        "data_source": header.source,
        "last_updated": header.recorded_at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        "as_of": header.as_of.isoformat(),
        "is_proxy": header.is_proxy,
    }
