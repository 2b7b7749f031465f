"""The origin of an answer, and the moment of its question, as types and JSON values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.json_values import Fields
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.queries.moments import Moment
    from stockgroups.record.effective import Header

ORIGIN_KINDS: Mapping[str, Kind] = {
    "as_of": Kind.DATE,
    "as_of_used": Kind.DATE,
    "age_days": Kind.INTEGER,
    "source": Kind.TEXT,
    "is_proxy": Kind.FLAG,
    "is_drifted": Kind.FLAG,
    "file": Kind.TEXT,
    "recorded_at": Kind.TIME,
    "published_on": Kind.DATE,
}
"""The columns of an origin."""
PUBLICATION = (
    "a report counts from its date of publication on; one without such a date, from the day on "
    "which it was first recorded here"
)
"""The rule that gives the day on which a report was public."""
CHANGED = "changed by another program; `stockgroups db reconcile` records it"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the current members of a group come from. Without a recorded source all are None.

    `published_on`: the day on which the public could know it; None if the source does not state
    one. `is_drifted`: another program has changed the members since, so no source reports them.
    """

    as_of: dt.date | None = None
    source: str | None = None
    is_proxy: bool | None = None
    file_name: str | None = None
    recorded_at: dt.datetime | None = None
    published_on: dt.date | None = None
    is_drifted: bool = False

    def age_on(self, on: dt.date | None = None) -> int | None:
        """Return how many days before a day (None: today, UTC) the source is dated."""
        return None if self.as_of is None else ((on or today_utc()) - self.as_of).days

    def to_dict(self, on: dt.date | None = None) -> dict[str, Any]:
        """Return the origin as JSON values, with its age on a day (None: today)."""
        as_of = self.as_of.isoformat() if self.as_of else None
        return {
            "as_of": as_of,
            "as_of_used": as_of,
            "age_days": self.age_on(on),
            "source": self.source,
            "is_proxy": self.is_proxy,
            "is_drifted": self.is_drifted,
            "file": self.file_name,
            "recorded_at": self.recorded_at.isoformat() if self.recorded_at else None,
            "published_on": self.published_on.isoformat() if self.published_on else None,
        }

    def describe(self, moment: Moment | None) -> str:
        """Return in words where the members come from at a moment (None: now)."""
        if self.is_drifted:
            return CHANGED
        if self.as_of is None:
            return "no recorded source"
        proxy = ", a proxy" if self.is_proxy else ""
        published = f", published on {self.published_on}" if self.published_on else ""
        if moment is None:
            age = f"{self.age_on()} days old"
            return f"as of {self.as_of} ({age}), from {self.source}{proxy}{published}"
        age = f"{self.age_on(moment.on)} days before"
        file = f", {self.file_name}" if self.file_name else ""
        return f"as of {self.as_of} ({age}), from {self.source}{file}{proxy}{published}"


def origin_of(header: Header, file_name: str | None) -> Origin:
    """Return the origin of the members of a recorded snapshot."""
    return Origin(
        header.as_of,
        header.source,
        header.is_proxy,
        file_name,
        header.recorded_at,
        header.published_on,
    )


def make_label(kind: GroupType, key: str) -> str:
    """Return the name by which to ask for a group: a fund's ticker, else type and key."""
    return key if kind == GroupType.ETF else f"{kind.lower()}:{key}"


def describe_moment(moment: Moment | None) -> dict[str, Any]:
    """Return the requested moment as JSON values; None is now."""
    return {
        "asked_as_of": (moment.on if moment else today_utc()).isoformat(),
        **describe_bounds(moment),
    }


def describe_bounds(moment: Moment | None, *, as_published: bool = False) -> dict[str, Any]:
    """Return as JSON values what may answer at a moment: known, public, and of which source.

    `as_published`: each date of a panel sees what was public by it. `publication` is the rule.
    """
    known_at = moment.known_at if moment else None
    published_by = moment.published_by if moment else None
    return {
        "known_at": known_at.isoformat() if known_at else None,
        "published_by": published_by.isoformat() if published_by else None,
        "asked_source": moment.kind.value if moment and moment.kind else None,
        **({"as_published": True} if as_published else {}),
        **({"publication": PUBLICATION} if published_by or as_published else {}),
    }


class Asked(Fields):
    """A mixin for answers to a question about a `moment`; None is now."""

    __slots__ = ()
    moment: Moment | None

    @property
    def on(self) -> dt.date | None:
        """The day asked for; None: today."""
        return self.moment.on if self.moment else None

    @property
    def question(self) -> dict[str, Any]:
        """The moment asked for, as JSON values."""
        return describe_moment(self.moment)


DRIFTED = Origin(is_drifted=True)
"""The origin of members that another program has changed since a source's were written."""
