"""What sources say of one group: which of it is new, known or refused, and which counts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from stockgroups.errors import GuardError
from stockgroups.history.timeline import Header, counting, standing
from stockgroups.model import Category
from stockgroups.store.digests import content_digest
from stockgroups.store.guards import Neighbour, check_file
from stockgroups.store.state import read_snapshot_prints

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection
    from stockgroups.model import Receipt, Snapshot
    from stockgroups.store.desired import DesiredGroup
    from stockgroups.store.state import StoredGroup


_YET_TO_COME = 2**62  # numbers of statements that have none yet: after all that have


class Outcome(StrEnum):
    """What becomes of one statement of a source."""

    CURRENT = "new"
    HISTORY = "recorded as history"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Statement:
    """A snapshot on its way into the record.

    `as_of` is its date, or today for a catalogue; `twin` the first of this run that says the same.
    """

    snapshot: Snapshot
    as_of: dt.date
    digest: str
    outcome: Outcome = Outcome.HISTORY
    error: GuardError | None = None
    twin: Statement | None = field(default=None, repr=False)

    @property
    def is_new(self) -> bool:
        """Whether it goes into the record."""
        return self.outcome in (Outcome.CURRENT, Outcome.HISTORY)

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


def choose_statements(
    connection: Connection,
    desired: DesiredGroup,
    stored: StoredGroup,
    today: dt.date,
    accept: frozenset[str],
) -> tuple[list[Statement], Statement | Header | None]:
    """Return the group's statements, each with its outcome, and what counts afterwards.

    That is one of the statements, a stored snapshot, or None where the producer says nothing of
    members or nothing was ever said.
    """
    if desired.snapshots is None:
        return [], None
    statements = _state(desired, stored.headers, today)
    if desired.guarded:
        _guard(connection, stored, statements, today, accept)
    coming = {_YET_TO_COME + n: s for n, s in enumerate(s for s in statements if s.is_new)}
    says = counting([*stored.headers, *(s.as_header(number) for number, s in coming.items())])
    if says is None or says.id not in coming:
        return statements, says
    coming[says.id].outcome = Outcome.CURRENT
    return statements, coming[says.id]


def _state(desired: DesiredGroup, headers: list[Header], today: dt.date) -> list[Statement]:
    """Return the group's snapshots as statements in the order of recording, known ones marked."""
    latest = counting(headers)
    said: dict[tuple[dt.date, bool, str], Statement] = {}
    statements = []
    for snapshot in desired.snapshots or ():
        as_of = snapshot.as_of
        if as_of is None:
            as_of = today if latest is None else max(today, latest.as_of)
        statement = Statement(snapshot, as_of, content_digest(snapshot))
        # Never its own twin: who refers to himself stays until the collector of cycles comes by.
        statement.twin = said.get(statement.place)
        if statement.twin is not None or _is_known(statement, headers, latest):
            statement.outcome = Outcome.UNCHANGED
        said.setdefault(statement.place, statement)
        statements.append(statement)
    # A file that is read anew by a better reader keeps its place among those of its date.
    first_seen = {h.sha256: h.id for h in reversed(headers)}
    statements.sort(key=lambda s: (s.as_of, first_seen.get(s.snapshot.sha256, _YET_TO_COME)))
    return statements


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


def _guard(
    connection: Connection,
    stored: StoredGroup,
    statements: list[Statement],
    today: dt.date,
    accept: frozenset[str],
) -> None:
    """Refuse the new files that look like a mistake beside the snapshots next to their date."""
    files = [s for s in statements if s.is_new and not s.snapshot.is_proxy]
    trusted: dict[dt.date, Header | Statement] = {
        h.as_of: h for h in standing(stored.headers) if not h.is_proxy
    }
    for number, statement in enumerate(files):
        coming = {s.as_of: s for s in reversed(files[number + 1 :]) if s.as_of > statement.as_of}
        try:
            check_file(
                statement.snapshot.file_name or str(stored.key),
                statement.as_of,
                frozenset(statement.snapshot.symbols),
                _find_neighbours(connection, stored, trusted, statement.as_of),
                _find_neighbours(connection, stored, coming, statement.as_of),
                _share_rejected(statement.snapshot.receipt),
                today,
                accept,
            )
        except GuardError as error:
            statement.outcome = Outcome.REFUSED
            statement.error = error
        else:
            trusted[statement.as_of] = statement
    for statement in statements:
        if statement.twin is not None and statement.twin.outcome is Outcome.REFUSED:
            statement.outcome = Outcome.REFUSED
            statement.error = statement.twin.error


def _share_rejected(receipt: Receipt | None) -> float:
    """Return how much of a file could not be placed: by weight, else by rows."""
    if receipt is None:
        return 0.0
    if receipt.weights is not None:
        return abs(receipt.weights.get(Category.REJECTED, 0.0))
    return receipt.rows.get(Category.REJECTED, 0) / max(1, receipt.rows_read)


def _find_neighbours(
    connection: Connection,
    stored: StoredGroup,
    around: Mapping[dt.date, Header | Statement],
    as_of: dt.date,
) -> tuple[Neighbour, ...]:
    """Return what stands on a date, and next to it on both sides."""
    dates = (
        max((date for date in around if date < as_of), default=None),
        as_of if as_of in around else None,
        min((date for date in around if date > as_of), default=None),
    )
    return tuple(
        Neighbour(date, _read_symbols(connection, stored, around[date]))
        for date in dates
        if date is not None
    )


def _read_symbols(
    connection: Connection, stored: StoredGroup, what: Header | Statement
) -> frozenset[str]:
    if isinstance(what, Statement):
        return frozenset(what.snapshot.symbols)
    assert stored.registry_id is not None  # noqa: S101 - it has headers
    prints = read_snapshot_prints(connection, [(stored.registry_id, what.id)])
    return frozenset(symbol for _, symbol, _ in prints[what.id])
