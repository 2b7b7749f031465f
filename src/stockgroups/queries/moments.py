"""A moment in the past: a day, how old an answer may be, and how much was known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StaleError
from stockgroups.queries.answers import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.queries.stock_answers import Place

_SQL = load_statements("past")
MOST_NAMED = 10
EVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of day `on`, as it was known at `known_at` (None: as it is known now).

    `max_age` is how many days older than `on` a source may be, None: any.
    """

    on: dt.date
    known_at: dt.datetime | None = None
    max_age: int | None = None

    def __str__(self) -> str:
        known = f", as known at {self.known_at.isoformat()}" if self.known_at else ""
        return f"{self.on}{known}"


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
        """Return by how many days its date is older than a day."""
        assert self.origin.as_of is not None  # noqa: S101 - a snapshot has a date
        return (on - self.origin.as_of).days


def find_effective(
    connection: Connection, registry_ids: Sequence[int], moment: Moment
) -> list[EffectiveSnapshot]:
    """Return the effective snapshot of each group that has one at the moment, whatever its age."""
    rows = connection.execute(
        _SQL["find_effective"],
        {
            "registry_ids": list(registry_ids),
            "on": moment.on,
            "known_at": moment.known_at or EVER,
        },
    )
    return [
        EffectiveSnapshot(
            registry_id,
            kind,
            name,
            description,
            snapshot_id,
            Origin(as_of, source, is_proxy, file_name, recorded_at, published_on),
            member_count,
        )
        for (
            registry_id,
            kind,
            name,
            description,
            snapshot_id,
            as_of,
            source,
            is_proxy,
            file_name,
            recorded_at,
            published_on,
            member_count,
        ) in rows
    ]


def check_age(found: EffectiveSnapshot, moment: Moment) -> None:
    """Raise StaleError for what is older than the moment allows."""
    age = found.age_on(moment.on)
    if moment.max_age is not None and age > moment.max_age:
        raise StaleError(
            f"the newest source of {found.name} not after {moment.on} is of {found.origin.as_of}, "
            f"{age} days older; --max-age is {moment.max_age}",
            remedy="load a file of a date between, or allow more days",
        )


def explain_stale(symbol: str, places: Sequence[Place], moment: Moment) -> StaleError:
    """Return the error to raise for a stock of which every holder is older than is allowed."""
    ages = sorted((place.origin.age_on(moment.on) or 0, place.group) for place in places)
    named = [f"{name} ({age} days)" for age, name in ages[:MOST_NAMED]]
    rest = f" and {len(ages) - MOST_NAMED} more" if len(ages) > MOST_NAMED else ""
    return StaleError(
        f"{symbol} is held by nothing whose source is at most {moment.max_age} days older than "
        f"{moment.on}; older are {', '.join(named)}{rest}",
        remedy="load newer files of them, or allow more days",
    )


def explain_unrecorded(
    name: str, moment: Moment, first: dt.date | None, first_recorded: dt.datetime | None
) -> NotFoundError:
    """Return the error to raise for a group without an effective snapshot at the moment."""
    if first is None or first_recorded is None:
        return NotFoundError(
            f"nothing is recorded of {name}", remedy="load a file of it, then ask again"
        )
    if moment.known_at is not None and moment.known_at < first_recorded:
        when = first_recorded.astimezone(dt.UTC).isoformat(timespec="seconds")
        return NotFoundError(
            f"nothing was known of {name} at {moment.known_at.isoformat()}",
            remedy=f"its first source was recorded at {when}",
        )
    if moment.on < first:
        return NotFoundError(
            f"nothing is recorded of {name} by {moment.on}",
            remedy=f"its record begins on {first}",
        )
    return NotFoundError(
        f"no source of {name} counts on {moment}",
        remedy="what was recorded was taken back: `stockgroups loads` lists the rollback, "
        "which can be rolled back",
    )
