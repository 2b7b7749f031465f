"""Counts of an environment, now or on a day."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.db.environments import advise_empty
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.json_values import Fields, pick
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.moments import explain_unrecorded, find_effective
from stockgroups.queries.origins import DRIFTED, ORIGIN_KINDS, Asked, Origin
from stockgroups.store import Store, execute
from stockgroups.text import UNKNOWNS

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.queries.moments import Moment

_SQL = load_statements("queries")
_PAST = load_statements("past")
MOST_COMPARED = 1_000_000
"""The most recorded memberships that are searched for other programs' changes; it takes 0.3 s."""
MANY_GROUPS = 100
"""Memberships of a stock from which stocks are counted through the index."""


class GroupCount(NamedTuple):
    """One group with the number of its members."""

    kind: str
    name: str
    title: str | None
    members: int
    origin: Origin


@dataclass(frozen=True, slots=True)
class TypeCount(Fields):
    """The counts of one type of group."""

    groups: int
    memberships: int
    proxies: int
    oldest_as_of: dt.date | None
    newest_as_of: dt.date | None


@dataclass(frozen=True, slots=True)
class Statistics(Asked, Tabular):
    """The counts of an environment, now or on a day.

    Attributes:
        groups: The groups, by type and name.
        etf_stocks: The number of stocks in the ETFs together.
        all_stocks: The number of stocks in any group.
        metadata_entries: Stocks with an entry in stock_metadata; None for a day in the past, as are
            `metadata_with_sector`, `snapshots`, `snapshot_members` and `last_recorded_at`.
        drifted: The groups (type, name) whose members another program has changed; None for a day
            in the past, and if there are too many members to compare for an answer.
        moment: The requested day; None: now.
    """

    KINDS: ClassVar[Mapping[str, Kind]] = {
        "type": Kind.TEXT,
        "group": Kind.TEXT,
        "name": Kind.TEXT,
        "members": Kind.INTEGER,
        **ORIGIN_KINDS,
    }

    environment: str
    groups: tuple[GroupCount, ...]
    etf_stocks: int
    all_stocks: int
    metadata_entries: int | None = None
    metadata_with_sector: int | None = None
    snapshots: int | None = None
    snapshot_members: int | None = None
    last_recorded_at: dt.datetime | None = None
    drifted: tuple[tuple[str, str], ...] | None = None
    moment: Moment | None = None

    @property
    def types(self) -> dict[str, TypeCount]:
        """The counts of each type of group."""
        by_type = itertools.groupby(self.groups, key=lambda group: group.kind)
        return {kind: _count_type(list(groups)) for kind, groups in by_type}

    @property
    def etfs(self) -> list[GroupCount]:
        """The ETFs."""
        return [group for group in self.groups if group.kind == GroupType.ETF]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each group."""
        return [
            {"type": group.kind, "group": group.name, "name": group.title, "members": group.members}
            | group.origin.to_dict(self.on)
            for group in self.groups
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the statistics as JSON values."""
        return {
            **pick(
                self,
                "environment types etf_stocks all_stocks stock_metadata=metadata_entries "
                "stock_metadata_with_sector=metadata_with_sector snapshots snapshot_members "
                "last_recorded_at",
            ),
            "etfs": [
                {"etf_symbol": etf.name, "name": etf.title, "total_holdings": etf.members}
                | etf.origin.to_dict(self.on)
                for etf in self.etfs
            ],
            **pick(self, "drifted *question"),
        }


def read_statistics(store: Store, moment: Moment | None = None) -> Statistics:
    """Count the groups, memberships, stocks and snapshots of an environment at one moment.

    Raises NotFoundError, saying which environments have data, for an environment without groups,
    and for a day by which nothing was recorded.
    """
    with reading(store.connection):
        if moment is None:
            return _count_now(store)
        return _count_then(store, moment)


def _count_now(store: Store) -> Statistics:
    parameters: dict[str, Any] = {"unknowns": sorted(UNKNOWNS)}

    def rows(name: str) -> list[tuple[Any, ...]]:
        return execute(store, _SQL[name], **parameters).fetchall()

    snapshots, members, recorded_at, recorded = rows("count_snapshots")[0]
    is_compared = recorded <= MOST_COMPARED
    parameters["compares"] = is_compared
    groups, drifted = [], []
    for kind, name, title, count, *origin, is_drifted in rows("count_members"):
        source = DRIFTED if is_drifted else Origin(*origin)
        groups.append(GroupCount(kind, name, title, count, source))
        if is_drifted:
            drifted.append((kind, name))
    if not groups:
        raise NotFoundError(
            f"nothing in environment {store.environment}",
            remedy=advise_empty(store.connection, store.environment, None),
        )
    by_index = (
        not is_compared
        and sum(group.members for group in groups) >= MANY_GROUPS * rows("count_securities")[0][0]
    )
    etf_stocks, all_stocks = rows("count_stocks_by_index" if by_index else "count_stocks")[0]
    entries, with_sector = rows("count_metadata")[0]
    return Statistics(
        store.environment,
        tuple(groups),
        etf_stocks,
        all_stocks,
        entries,
        with_sector,
        snapshots,
        int(members),
        recorded_at,
        tuple(sorted(drifted)) if is_compared else None,
    )


def _count_then(store: Store, moment: Moment) -> Statistics:
    rows = execute(store, _PAST["list_registry"], type=None).fetchall()
    found = find_effective(store.connection, [row[0] for row in rows], moment)
    if not found:
        first, recorded_at = execute(store, _PAST["find_first"]).fetchone() or (None, None)
        raise explain_unrecorded(f"environment {store.environment}", moment, first, recorded_at)
    counts = store.connection.execute(
        _PAST["count_securities"],
        {
            "registry_ids": [of.registry_id for of in found],
            "snapshot_ids": [of.snapshot_id for of in found],
            "dates": [of.origin.as_of for of in found],
            "in_etf": [of.kind == GroupType.ETF for of in found],
        },
    ).fetchone()
    etf_stocks, all_stocks = counts or (0, 0)
    groups = tuple(
        GroupCount(of.kind, of.name, of.description, of.member_count, of.origin) for of in found
    )
    return Statistics(store.environment, groups, etf_stocks, all_stocks, moment=moment)


def _count_type(groups: Sequence[GroupCount]) -> TypeCount:
    days = [group.origin.as_of for group in groups if group.origin.as_of is not None]
    return TypeCount(
        len(groups),
        sum(group.members for group in groups),
        sum(bool(group.origin.is_proxy) for group in groups),
        min(days, default=None),
        max(days, default=None),
    )
