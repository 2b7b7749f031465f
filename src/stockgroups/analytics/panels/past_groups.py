"""What groups were on many days: read at once, in a handful of statements."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.analytics.expressions.evaluate import Group
from stockgroups.analytics.expressions.tree import quote
from stockgroups.db.sql import load_statements
from stockgroups.identity.evidence import NAMELESS
from stockgroups.queries.answers import Holding
from stockgroups.queries.groups import explain_unknown, list_spellings
from stockgroups.queries.origins import origin_of
from stockgroups.record.effective import (
    effective_snapshots,
    find_public_days,
    published_snapshots,
)
from stockgroups.record.headers import read_headers
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from stockgroups.model import GroupType
    from stockgroups.queries.moments import Moment
    from stockgroups.record.effective import Header

_SQL = load_statements("panels")


@dataclass(slots=True, eq=False)
class PastGroup:
    """A group with the snapshots that have answered for it.

    Attributes:
        title: Its present title.
        registry_id: Its permanent number.
        first: The first date of its record.
        first_recorded: The time at which its first snapshot was recorded.
        headers: The snapshots, each effective from its day until that of the next one.
        dates: These days: the as-of dates, or the days from which they were public as well.
        public: The day by which each recorded snapshot was public, with its as-of date and whether
            its source states the day; empty if it is not needed.
        read: The group as each snapshot that was read has it, with the symbols of today.
    """

    kind: GroupType
    key: str
    title: str
    registry_id: int
    first: dt.date | None
    first_recorded: dt.datetime | None
    headers: Sequence[Header]
    dates: Sequence[dt.date]
    public: Sequence[tuple[dt.date, dt.date, bool]] = ()
    read: dict[int, Group] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The group in canonical spelling."""
        return f"{self.kind.lower()}:{quote(self.key)}"

    def find(self, on: dt.date) -> Header | None:
        """Return the effective snapshot on a day, None before the first."""
        place = bisect.bisect_right(self.dates, on)
        return self.headers[place - 1] if place else None


def find_past_group(
    store: Store, kind: GroupType, name: str, moment: Moment, *, as_published: bool = False
) -> PastGroup:
    """Return the group that a name means, as `find_group` reads it; without its members.

    Only the snapshots that the moment selects may answer. With `as_published`, each answers from
    the day on which it was public. Raises NotFoundError for a group that never was.
    """
    for spelling in list_spellings(store, kind, name):
        row = execute(
            store, _SQL["find_registered_group"], type=kind.value, name=spelling
        ).fetchone()
        if row is not None:
            number, description, title, first, first_recorded = row
            headers = moment.select(read_headers(store.connection, [number])[number])
            if as_published:
                line = published_snapshots(headers)
                days = find_public_days(headers)
                public = [(days[h.id], h.as_of, h.published_on is not None) for h in headers]
            else:
                line = [(header.as_of, header) for header in effective_snapshots(headers)]
                public = []
            return PastGroup(
                kind,
                spelling,
                str(title or description or spelling),
                number,
                first,
                first_recorded,
                [header for _, header in line],
                [day for day, _ in line],
                public,
            )
    raise explain_unknown(store, kind, name)


def read_members(
    store: Store, wanted: Mapping[PastGroup, Collection[int]], *, places: bool = False
) -> None:
    """Read some snapshots of each group into its `read`.

    Args:
        wanted: The numbers of the snapshots.
        places: Whether to read countries and currencies too.
    """
    found = {
        past: store.connection.execute(
            _SQL["read_members"],
            {"registry_id": past.registry_id, "snapshot_ids": list(numbers)},
            binary=True,
        ).fetchall()
        for past, numbers in wanted.items()
        if numbers
    }
    refs = sorted({ref for rows in found.values() for row in rows for ref in row[2] or ()})
    fields = {number: row for number, *row in _ask(store, "read_refs", ref_ids=refs)}
    securities = RefSecurities(store)
    securities.read((ref, fields[ref][0]) for ref in refs)
    for past, rows in found.items():
        headers = {header.id: header for header in past.headers}
        for number, file_name, ref_ids, weights in rows:
            lines = [fields[ref] for ref in ref_ids or ()]
            reported = [symbol for symbol, *_ in lines]
            names = securities.list_symbols(ref_ids or (), reported, headers[number].as_of)
            held = _sum_up(names, weights)
            holdings = {
                name: Holding(name, country=country, currency=currency)
                for name, (_, country, currency) in zip(
                    names, lines if places else (), strict=False
                )
                if name != NAMELESS
            }
            past.read[number] = Group(
                past.label,
                past.kind.lower(),
                past.key,
                frozenset(held),
                held if any(weight is not None for weight in held.values()) else None,
                holdings,
                past.title,
                origin_of(headers[number], file_name),
            )


def _sum_up(
    names: Sequence[str], weights: Sequence[float | None] | None
) -> dict[str, float | None]:
    """Return the weights of stocks by symbol, those of several lines of one stock summed.

    A line without a symbol is not a member.
    """
    held: dict[str, float | None] = {}
    for name, weight in zip(names, weights or [None] * len(names), strict=True):
        before = held.get(name)
        held[name] = before if weight is None else weight + (before or 0.0)
    held.pop(NAMELESS, None)
    return held


def _ask(store: Store, statement: str, **parameters: Any) -> Iterable[tuple[Any, ...]]:
    return store.connection.execute(_SQL[statement], parameters, binary=True)
