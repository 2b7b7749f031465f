"""Incoming snapshots of one group: which are new, known or refused, and which is effective."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.errors import GuardError
from stockgroups.record.digests import content_digest
from stockgroups.record.effective import (
    EXPRESSION,
    OTHER_PROGRAMS,
    Header,
    ReportKind,
    current_snapshots,
    effective_snapshot,
    filing_date,
    kind_of,
)
from stockgroups.record.guards import Report, check_file, doubt_end, share_rejected
from stockgroups.record.state import read_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection
    from stockgroups.model import Snapshot
    from stockgroups.receipts import Receipt
    from stockgroups.record.desired import DesiredGroup
    from stockgroups.record.state import StoredGroup
    from stockgroups.suspicions import Suspicion


NO_FILES = frozenset({"adopted", "legacy", "history", "catalog", "classification", EXPRESSION})
"""Sources that are not holdings files; a member may be missing there for other reasons."""

TYPED = "plain"
"""The source of lists that people keep: the weights are their own, and change as they like."""

_YET_TO_COME = 2**62  # numbers of incoming snapshots: after all recorded ones


class Outcome(StrEnum):
    """The outcome of an incoming snapshot."""

    CURRENT = "new"
    HISTORY = "recorded as history"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class IncomingSnapshot:
    """A snapshot on its way into the record.

    `as_of` is its date; today for a catalogue. `twin` is the first one of this run with the same
    content. `accepted` is what is suspicious beside its neighbours and was accepted. `doubt` is
    what a person should check, although nothing contradicts the snapshot.
    """

    snapshot: Snapshot
    as_of: dt.date
    outcome: Outcome = Outcome.HISTORY
    error: GuardError | None = None
    twin: IncomingSnapshot | None = field(default=None, repr=False)
    accepted: tuple[Suspicion, ...] = ()
    doubt: str | None = None
    _digest: str | None = field(default=None, init=False, repr=False)

    @property
    def digest(self) -> str:
        """The hash of its content (`content_digest`), made when it is first asked for."""
        if self._digest is None:
            self._digest = content_digest(self.snapshot)
        return self._digest

    @property
    def is_new(self) -> bool:
        """Whether it will be recorded."""
        return self.outcome in (Outcome.CURRENT, Outcome.HISTORY)

    @property
    def receipt(self) -> Receipt | None:
        """The snapshot's receipt, with everything that was accepted."""
        receipt = self.snapshot.receipt
        if receipt is None or not self.accepted:
            return receipt
        return replace(receipt, suspicions=receipt.suspicions + self.accepted)

    @property
    def kind(self) -> ReportKind:
        """Whose report it is."""
        return kind_of(self.snapshot.source, is_proxy=self.snapshot.is_proxy)

    @property
    def filed_on(self) -> dt.date:
        """The day that orders snapshots of one kind and date, before the time of recording."""
        return filing_date(self.snapshot.source, self.snapshot.published_on)

    @property
    def identity(self) -> tuple[dt.date, ReportKind, str, dt.date | None]:
        """The key that two equal snapshots of one run share."""
        return self.as_of, self.kind, self.digest, self.snapshot.published_on

    def as_header(self, number: int, recorded_at: dt.datetime | None = None) -> Header:
        """Return the header that it gets when it is recorded under the number.

        Before, without a time, it has no digest.
        """
        return Header(
            number,
            self.as_of,
            self.snapshot.is_proxy,
            self.snapshot.sha256,
            self.snapshot.reader,
            self.digest if recorded_at else "",
            self.snapshot.member_count,
            recorded_at or dt.datetime.max.replace(tzinfo=dt.UTC),
            self.snapshot.source,
            published_on=self.snapshot.published_on,
        )


def choose_snapshots(
    connection: Connection,
    desired: DesiredGroup,
    stored: StoredGroup,
    today: dt.date,
    accept: frozenset[str],
) -> tuple[list[IncomingSnapshot], IncomingSnapshot | Header | None]:
    """Return the incoming snapshots with their outcomes, and the effective snapshot afterwards.

    The effective snapshot is an incoming one, a stored one, or None if the producer leaves the
    members alone or nothing was ever recorded.
    """
    if desired.snapshots is None:
        return [], None
    snapshots = _state(desired, stored.headers, today)
    if desired.guarded:
        _guard(connection, desired, stored, snapshots, today, accept)
    coming = {_YET_TO_COME + n: s for n, s in enumerate(s for s in snapshots if s.is_new)}
    effective = effective_snapshot(
        [*stored.headers, *(s.as_header(number) for number, s in coming.items())]
    )
    if effective is None or effective.id not in coming:
        return snapshots, effective
    coming[effective.id].outcome = Outcome.CURRENT
    return snapshots, coming[effective.id]


def _state(desired: DesiredGroup, headers: list[Header], today: dt.date) -> list[IncomingSnapshot]:
    """Return the incoming snapshots in the order of recording; known ones are marked."""
    latest = effective_snapshot(headers)
    # A digest is made of those alone that have something to be compared with: a first load makes it
    # while the server writes.
    by_date: dict[tuple[dt.date, ReportKind], list[IncomingSnapshot]] = defaultdict(list)
    snapshots = []
    for snapshot in desired.snapshots or ():
        as_of = snapshot.as_of
        if as_of is None:
            as_of = today if latest is None else max(today, latest.as_of)
        incoming = IncomingSnapshot(snapshot, as_of)
        near = by_date[as_of, incoming.kind]
        # It is never its own twin: that cycle would stay until the collector of cycles runs.
        incoming.twin = next((one for one in near if one.identity == incoming.identity), None)
        is_known = snapshot.sha256 not in desired.again and _is_known(incoming, headers, latest)
        if incoming.twin is not None or is_known:
            incoming.outcome = Outcome.UNCHANGED
        near.append(incoming)
        snapshots.append(incoming)
    # A file that is read anew by a better reader keeps its place among those of its date.
    first_seen = {h.sha256: h.id for h in reversed(headers)}
    snapshots.sort(key=lambda s: (s.as_of, first_seen.get(s.snapshot.sha256, _YET_TO_COME)))
    return snapshots


def _is_known(incoming: IncomingSnapshot, headers: list[Header], latest: Header | None) -> bool:
    """Return whether the record already holds this snapshot.

    A catalogue, or what another program wrote, is dated today: it is known if it equals the
    effective snapshot. A file is known by its bytes and reader, by its bytes and content, or as a
    copy of the current snapshot of its date. A snapshot that adds or changes the day of publication
    is not known.
    """
    snapshot = incoming.snapshot
    if snapshot.as_of is None or snapshot.source in OTHER_PROGRAMS:
        return latest is not None and latest.digest == incoming.digest
    same_date = [h for h in headers if h.place == (incoming.kind, incoming.as_of)]
    current = current_snapshots(same_date)
    same_date = [h for h in same_date if snapshot.published_on in (None, h.published_on)]
    if any(
        h.sha256 == snapshot.sha256 and (h.reader, h.digest) == (snapshot.reader, incoming.digest)
        for h in same_date
    ):
        return True
    return any(
        h.digest == incoming.digest and (h.sha256 == snapshot.sha256 or h in current)
        for h in same_date
    )


def _guard(
    connection: Connection,
    desired: DesiredGroup,
    stored: StoredGroup,
    snapshots: list[IncomingSnapshot],
    today: dt.date,
    accept: frozenset[str],
) -> None:
    """Refuse new files that look like a mistake beside the snapshots next to their date.

    Only snapshots of one kind are compared: a filing holds more of a fund than an issuer's file.
    """
    files = [s for s in snapshots if s.is_new and not s.snapshot.is_proxy]
    # A correction that a sound file makes by being loaded again is no suspicion.
    mended = {(s.kind, s.as_of) for s in files if s.snapshot.sha256 in desired.again}
    trusted_by_kind: dict[ReportKind, dict[dt.date, Header | IncomingSnapshot]] = {
        kind: {} for kind in ReportKind
    }
    for header in current_snapshots(stored.headers):
        if header.place not in mended:
            trusted_by_kind[header.kind][header.as_of] = header
    for number, incoming in enumerate(files):
        trusted = trusted_by_kind[incoming.kind]
        coming = {
            s.as_of: s
            for s in reversed(files[number + 1 :])
            if s.as_of >= incoming.as_of and s.kind is incoming.kind
        }
        neighbours = _find_neighbours(connection, stored, trusted, incoming)
        later = _find_neighbours(connection, stored, coming, incoming)
        # Its members are only compared.
        is_alone = not (neighbours or later)
        report = Report(incoming.as_of, {}) if is_alone else _report(connection, stored, incoming)
        try:
            incoming.accepted = check_file(
                incoming.snapshot.file_name or str(stored.key),
                report,
                neighbours,
                later,
                share_rejected(incoming.snapshot.receipt),
                today,
                accept,
            )
        except GuardError as error:
            incoming.outcome = Outcome.REFUSED
            incoming.error = error
        else:
            incoming.doubt = doubt_end(report, neighbours)
            trusted[incoming.as_of] = incoming
    for incoming in snapshots:
        if incoming.twin is not None and incoming.twin.outcome is Outcome.REFUSED:
            incoming.outcome = Outcome.REFUSED
            incoming.error = incoming.twin.error


def _find_neighbours(
    connection: Connection,
    stored: StoredGroup,
    around: Mapping[dt.date, Header | IncomingSnapshot],
    incoming: IncomingSnapshot,
) -> tuple[Report, ...]:
    """Return the reports on the snapshot's date, and next to it on both sides.

    A snapshot that an earlier reader made from the same bytes is left out.
    """
    as_of = incoming.as_of
    dates = (
        max((date for date in around if date < as_of), default=None),
        as_of if as_of in around else None,
        min((date for date in around if date > as_of), default=None),
    )
    found = [around[date] for date in dates if date is not None]
    sha256 = incoming.snapshot.sha256
    return tuple(_report(connection, stored, near) for near in found if _sha256_of(near) != sha256)


def _sha256_of(what: Header | IncomingSnapshot) -> str:
    return what.sha256 if isinstance(what, Header) else what.snapshot.sha256


def _report(connection: Connection, stored: StoredGroup, what: Header | IncomingSnapshot) -> Report:
    if isinstance(what, IncomingSnapshot):
        snapshot = what.snapshot
        weights = None if snapshot.source == TYPED else snapshot.weights
        names = [ref.symbol or ref.known_as for ref in snapshot.refs]
        pairs = zip(names, weights or (None,) * len(names), strict=True)
        return Report(what.as_of, dict(pairs))
    assert stored.registry_id is not None  # noqa: S101 - it has headers
    named = read_names(connection, stored.registry_id, what.id)
    is_typed = what.source == TYPED
    members = {name: None if is_typed else weight for name, weight in named}
    return Report(what.as_of, members, is_file=what.source not in NO_FILES)
