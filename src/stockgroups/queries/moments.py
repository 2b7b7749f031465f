"""A moment in the past: a day, the maximum age of an answer, and what was known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements, only_row
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.json_values import Fields
from stockgroups.queries.origins import Origin
from stockgroups.record.effective import ReportKind, select_public
from stockgroups.text import count_of, list_some
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.queries.stock_answers import Place
    from stockgroups.record.effective import Header

_SQL = load_statements("past")
MOST_NAMED = 10
_KINDS = {
    ReportKind.ISSUER: "the issuer's files",
    ReportKind.NPORT: "N-PORT filings",
    ReportKind.PROXY: "proxies",
}
EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of day `on`, as it was known at `known_at` (None: as it is known now).

    Attributes:
        on: The day.
        known_at: Ignore snapshots that were recorded later.
        max_age: How many days older than `on` a source may be; None: any.
        published_by: Use only what the public could know by this day; None: everything. See
            `find_public_days`.
        kind: Use only reports of this kind; None: all.
    """

    on: dt.date
    known_at: dt.datetime | None = None
    max_age: int | None = None
    published_by: dt.date | None = None
    kind: ReportKind | None = None

    def __str__(self) -> str:
        known = f", as known at {self.known_at.isoformat()}" if self.known_at else ""
        public = f", published by {self.published_by}" if self.published_by else ""
        kind = f", by {_KINDS[self.kind]} alone" if self.kind else ""
        return f"{self.on}{known}{public}{kind}"

    @property
    def is_bounded(self) -> bool:
        """Whether the answer uses only reports that were known or public by a time."""
        return self.known_at is not None or self.published_by is not None

    @property
    def is_present(self) -> bool:
        """Whether it is now or later, with all that is known now."""
        today = today_utc()
        return (
            self.on >= today
            and (self.known_at is None or self.known_at >= dt.datetime.now(dt.UTC))
            and (self.published_by is None or self.published_by >= today)
        )

    @property
    def parameters(self) -> dict[str, Any]:
        """The moment as parameters of the statements."""
        return {
            "on": self.on,
            "known_at": self.known_at or EVER,
            "published_by": self.published_by,
            "of_kind": self.kind and self.kind.value,
        }

    def select(self, headers: Iterable[Header]) -> list[Header]:
        """Return the snapshots of a group that may answer, whatever their dates."""
        selected = [
            header
            for header in headers
            if (self.known_at is None or header.recorded_at <= self.known_at)
            and self.kind in (None, header.kind)
        ]
        return selected if self.published_by is None else select_public(selected, self.published_by)


@dataclass(frozen=True, slots=True)
class LeftOut(Fields):
    """Newer reports than those that answer, which were not public by the day asked for.

    Attributes:
        reports: The number of reports.
        groups: The number of their groups.
        undated: The number of reports that state no day of publication.
        newest: The newest as-of date among them; None if there are none.
        public_on: The first day on which any of them was public.
    """

    reports: int
    groups: int
    undated: int
    newest: dt.date | None
    public_on: dt.date | None

    def describe(self, published_by: dt.date) -> str:
        """Return in words what was left out, and by which rule."""
        if not self.reports:
            return f"nothing is left out: no newer report became public after {published_by}"
        undated = (
            f"; {self.undated} of them without a date of publication, which count from the day on "
            "which each was first recorded here"
            if self.undated
            else ""
        )
        return (
            f"left out as not public by {published_by}: {count_of(self.reports, 'newer report')}, "
            f"the newest as of {self.newest}, public from {self.public_on} on{undated}"
        )


def warn_left_out(moment: Moment | None, left_out: LeftOut | None) -> list[str]:
    """Return the warning that newer reports are left out as not public yet, if there are any."""
    if moment is None or moment.published_by is None or left_out is None or not left_out.reports:
        return []
    return [left_out.describe(moment.published_by)]


@dataclass(frozen=True, slots=True)
class EffectiveSnapshot:
    """The snapshot of a group that is effective at a moment."""

    registry_id: int
    kind: str
    name: str
    description: str | None
    snapshot_id: int
    origin: Origin
    member_count: int

    def age_on(self, on: dt.date) -> int:
        """Return how many days its date is before a day."""
        assert self.origin.as_of is not None  # noqa: S101 - a snapshot has a date
        return (on - self.origin.as_of).days


def find_effective(
    connection: Connection, registry_ids: Sequence[int], moment: Moment
) -> list[EffectiveSnapshot]:
    """Return the effective snapshot of each group that has one at the moment, whatever its age."""
    rows = connection.execute(
        _SQL["find_effective"],
        {**moment.parameters, "registry_ids": list(registry_ids)},
    )
    return [
        EffectiveSnapshot(number, kind, name, title, snapshot_id, Origin(*origin), members)
        for number, kind, name, title, snapshot_id, *origin, members in rows
    ]


def count_left_out(
    connection: Connection, used: Sequence[tuple[int, int | None, dt.date | None]], moment: Moment
) -> LeftOut:
    """Return the newer reports that a moment leaves out as not public yet.

    `used` maps group numbers to the number and as-of date of the snapshot that answers; None, None
    if none does.
    """
    columns = as_columns(
        "registry_ids snapshot_ids dates", ((*ids, day or dt.date.min) for *ids, day in used)
    )
    row = only_row(connection.execute(_SQL["count_left_out"], moment.parameters | columns))
    return LeftOut(*row)


def find_left_out(
    connection: Connection,
    registry_ids: Sequence[int],
    found: Iterable[EffectiveSnapshot],
    moment: Moment,
) -> LeftOut | None:
    """Return the newer reports of some groups that a moment leaves out; None if it leaves out none.

    `found` are the snapshots that answer. A group without one has all its reports left out.
    """
    if moment.published_by is None:
        return None
    used = {of.registry_id: (of.snapshot_id, of.origin.as_of) for of in found}
    return count_left_out(
        connection, [(number, *used.get(number, (None, None))) for number in registry_ids], moment
    )


def check_age(name: str, as_of: dt.date, moment: Moment) -> None:
    """Raise StaleError if a group's newest source is older than the moment allows."""
    age = (moment.on - as_of).days
    if moment.max_age is not None and age > moment.max_age:
        raise StaleError(
            f"the newest source of {name} not after {moment.on} is dated "
            f"{as_of}, {age} days earlier; --max-age is {moment.max_age}",
            remedy="load a file with a date in between, or allow more days",
        )


def explain_stale(symbol: str, places: Sequence[Place], moment: Moment) -> StaleError:
    """Return the error for a stock whose holders are all older than is allowed."""
    ages = sorted((place.origin.age_on(moment.on) or 0, place.group) for place in places)
    older = list_some([f"{name} ({age} days)" for age, name in ages], MOST_NAMED)
    return StaleError(
        f"{symbol} is in no group whose source is at most {moment.max_age} days older than "
        f"{moment.on}; older are {older}",
        remedy="load newer files for them, or allow more days",
    )


def explain_unrecorded(
    name: str, moment: Moment, first: dt.date | None, first_recorded: dt.datetime | None
) -> NotFoundError:
    """Return the error for a group without an effective snapshot at the moment."""
    if first is None or first_recorded is None:
        return NotFoundError(
            f"nothing is recorded for {name}", remedy="load a file for it, then ask again"
        )
    if moment.known_at is not None and moment.known_at < first_recorded:
        when = first_recorded.astimezone(dt.UTC).isoformat(timespec="seconds")
        return NotFoundError(
            f"nothing was known about {name} at {moment.known_at.isoformat()}",
            remedy=f"its first source was recorded at {when}",
        )
    if moment.on < first:
        return NotFoundError(
            f"nothing is recorded for {name} up to {moment.on}",
            remedy=f"its record begins on {first}",
        )
    if moment.published_by is not None:
        return NotFoundError(
            f"no report of {name} up to {moment.on} was public by {moment.published_by}",
            remedy="a report without a date of publication counts from the day on which it was "
            f"first recorded here: `stockgroups source {name}` lists them",
        )
    if moment.kind is not None:
        return NotFoundError(
            f"{name} has no report of the kind {moment.kind.value} up to {moment.on}",
            remedy=f"`stockgroups source {name}` lists what is recorded for it",
        )
    return NotFoundError(
        f"no source of {name} is effective on {moment}",
        remedy="what was recorded was reverted: `stockgroups loads` lists the rollback, "
        "which can be reverted too",
    )
