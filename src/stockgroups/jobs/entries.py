"""The old store's entries of one environment: listed, gathered by group, and read in batches.

Nothing here writes, and nothing holds more than a batch of values at a time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from stockgroups.collector import pausing_collector
from stockgroups.errors import LegacyEntryError
from stockgroups.model import ENVIRONMENTS, GroupKey
from stockgroups.sources.legacy import (
    LEGACY_TYPES,
    MEMBER_KEYS,
    STAYING_TYPES,
    EntryHeader,
    LegacyGroup,
    fold_type,
    place_entry,
    read_entry,
)
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("legacy")

Progress: TypeAlias = "Callable[[int, int, str], None]"
"""Is told how many entries are done, of how many, and what is being done with them."""
_BATCH_BYTES = 2_000_000
_BATCH_GROUPS = 500


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that no group is made of, and why."""

    header: EntryHeader
    reason: str


@dataclass(slots=True)
class Listing:
    """All entries of an environment.

    `groups` gathers by the group that they speak of those that speak of one. `left` counts the
    entries that stay where they are by their type; `elsewhere` are other environments' entries. All
    three together are the rows of the table.
    """

    groups: dict[GroupKey, list[EntryHeader]] = field(default_factory=dict)
    archived: set[int] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    elsewhere: int = 0

    @property
    def entries(self) -> int:
        """How many entries speak of a group, or were meant to."""
        return sum(map(len, self.groups.values())) + len(self.refused)


@dataclass(slots=True)
class ReadGroup:
    """One group with its entries as they were read, the one that counts last."""

    key: GroupKey
    entries: list[tuple[EntryHeader, LegacyGroup]] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def list_entries(connection: Connection, environment: str, *, archived: bool = False) -> Listing:
    """Return the entries of the environment; with `archived` also those that were archived."""
    listing = Listing()
    where = {"environment": environment, "environments": list(ENVIRONMENTS)}
    known: list[str] = []
    strange: list[str] = []
    for kind, count, own in connection.execute(_SQL["count_types"], where):
        listing.elsewhere += count - own
        if fold_type(kind) in LEGACY_TYPES:
            known.append(kind)
        elif own:
            listing.left[kind] = own
            if fold_type(kind) not in STAYING_TYPES:
                strange.append(kind)
    headers = _fetch(connection, "list_entries", where | {"types": known})
    if archived:
        moved = _fetch(connection, "list_archived", where)
        listing.archived = {header.id for header in moved}
        headers += moved
    for header in headers:
        try:
            listing.groups.setdefault(place_entry(header), []).append(header)
        except LegacyEntryError as error:
            listing.refused.append(Refusal(header, error.what))
    parameters = where | {"types": strange, "member_keys": list(MEMBER_KEYS)}
    for header in _fetch(connection, "list_strangers", parameters) if strange else ():
        listing.left[header.type] -= 1
        listing.refused.append(Refusal(header, f"unknown type {header.type!r}"))
    listing.left = {kind: count for kind, count in listing.left.items() if count}
    return listing


def tell_nobody(_done: int, _total: int, _what: str) -> None:
    """Be the progress that nobody watches."""


def read_batches(
    connection: Connection,
    listing: Listing,
    catalog: Catalog,
    what: str = "reading",
    progress: Progress = tell_nobody,
) -> Iterator[list[ReadGroup]]:
    """Yield the groups with their entries read, as many at a time as make a batch of values."""
    done = len(listing.refused)
    today = dt.datetime.now(dt.UTC).date()
    for batch in _cut(listing):
        yield _read(connection, batch, listing.archived, catalog, today)
        done += sum(map(len, batch.values()))
        progress(done, listing.entries, what)


def _cut(listing: Listing) -> Iterator[dict[GroupKey, list[EntryHeader]]]:
    """Yield the entries by group, in batches."""
    batch: dict[GroupKey, list[EntryHeader]] = {}
    size = 0
    for key in sorted(listing.groups):
        headers = listing.groups[key]
        coming = sum(header.size for header in headers)
        if batch and (size + coming > _BATCH_BYTES or len(batch) >= _BATCH_GROUPS):
            yield batch
            batch, size = {}, 0
        batch[key] = headers
        size += coming
    if batch:
        yield batch


@pausing_collector()
def _read(
    connection: Connection,
    batch: dict[GroupKey, list[EntryHeader]],
    archived: set[int],
    catalog: Catalog,
    today: dt.date,
) -> list[ReadGroup]:
    headers = [header for headers in batch.values() for header in headers]
    values: dict[int, str | None] = {}
    for statement, ids in (
        ("read_values", [h.id for h in headers if h.id not in archived]),
        ("read_archived", [h.id for h in headers if h.id in archived]),
    ):
        if ids:
            values |= dict(connection.execute(_SQL[statement], {"ids": ids}).fetchall())
    groups = []
    for key, its_headers in batch.items():
        group = ReadGroup(key)
        for header in its_headers:
            try:
                read = read_entry(header, values.pop(header.id, None), catalog, today)
            except LegacyEntryError as error:
                group.refused.append(Refusal(header, error.what))
            else:
                group.entries.append((header, read))
        group.entries.sort(key=_rank)
        groups.append(group)
    return groups


def _rank(entry: tuple[EntryHeader, LegacyGroup]) -> tuple[str, str, int]:
    """Order entries of one group: by their own date, then by when they were written."""
    header, group = entry
    as_of = group.snapshot.as_of if group.snapshot else None
    return str(as_of or ""), str(header.written or ""), header.id


def _fetch(
    connection: Connection, statement: str, parameters: Mapping[str, object]
) -> list[EntryHeader]:
    return [EntryHeader(*row) for row in connection.execute(_SQL[statement], parameters)]
