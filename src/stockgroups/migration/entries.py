"""Lists the old store's entries of one environment, gathers them by group, reads them in batches.

This module never writes, and never holds more than one batch of values.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements
from stockgroups.errors import LegacyEntryError
from stockgroups.migration.legacy import (
    LEGACY_TYPES,
    MEMBER_KEYS,
    STAYING_TYPES,
    EntryHeader,
    LegacyGroup,
    fold_type,
    place_entry,
    read_entry,
)
from stockgroups.text import Progress, ignore_progress
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from stockgroups.db.connection import Connection
    from stockgroups.model import GroupKey
    from stockgroups.store import Store

_SQL = load_statements("legacy")
_BATCH_BYTES = 2_000_000
_OTHERS_SHOWN = 3
_BATCH_GROUPS = 500
_OTHER_TYPE = (
    "it lists members like a group; change its type to one of "
    + ", ".join(LEGACY_TYPES)
    + " to migrate it"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An entry that cannot become a group, with the reason."""

    header: EntryHeader
    reason: str


@dataclass(slots=True)
class Listing:
    """All rows of the old table, classified for the migration of one environment.

    Every row is counted once, under `groups`, `refused`, `left` or `elsewhere`. Archived entries
    are not rows of the table.

    Attributes:
        groups: The entries that describe a group, by group.
        archived: The numbers of the entries in `groups` that are in the archive.
        refused: Entries that cannot become a group.
        left: The number of entries that are not migrated, by type.
        elsewhere: The number of entries of other environments, by environment.
        others: The number of entries in `elsewhere` that describe a group, by environment.
    """

    groups: dict[GroupKey, list[EntryHeader]] = field(default_factory=dict)
    archived: set[int] = field(default_factory=set)
    refused: list[Refusal] = field(default_factory=list)
    left: dict[str, int] = field(default_factory=dict)
    elsewhere: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)

    @property
    def entries(self) -> int:
        """The number of entries that describe a group, or were meant to."""
        return sum(map(len, self.groups.values())) + len(self.refused)

    @property
    def misplaced(self) -> str | None:
        """A warning if all entries of groups are in other environments; None otherwise."""
        if self.entries or not self.others:
            return None
        text = ", ".join(f"{name} has {count}" for name, count in sorted(self.others.items()))
        return f"no entry describes a group in this environment; {text}: set ENVIRONMENT"


@dataclass(slots=True)
class ReadGroup:
    """One group with its entries as they were read; the last entry is the effective one."""

    key: GroupKey
    entries: list[LegacyGroup] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


def list_entries(store: Store, *, archived: bool = False) -> Listing:
    """Return the entries of the environment; with `archived` also the archived entries."""
    listing = Listing()
    where = {"environment": store.environment}
    known: list[str] = []
    strange: list[str] = []
    for kind, home, count in store.connection.execute(_SQL["count_types"], where):
        speaks = fold_type(kind) in LEGACY_TYPES
        if home != store.environment:
            listing.elsewhere[home] += count
            if speaks:
                listing.others[home] += count
        elif speaks:
            known.append(kind)
        else:
            listing.left[kind] = count
            if fold_type(kind) not in STAYING_TYPES:
                strange.append(kind)
    headers = _fetch(store.connection, "list_entries", where | {"types": known})
    if archived:
        moved = _fetch(store.connection, "list_archived", where)
        listing.archived = {header.id for header in moved}
        headers += moved
    for header in headers:
        try:
            listing.groups.setdefault(place_entry(header), []).append(header)
        except LegacyEntryError as error:
            listing.refused.append(Refusal(header, error.what))
    parameters = where | {"types": strange, "member_keys": list(MEMBER_KEYS)}
    for header in _fetch(store.connection, "list_strangers", parameters) if strange else ():
        listing.left[header.type] -= 1
        listing.refused.append(Refusal(header, f"unknown type {header.type!r}: {_OTHER_TYPE}"))
    listing.left = {kind: count for kind, count in listing.left.items() if count}
    return listing


def read_batches(
    store: Store, listing: Listing, what: str = "reading", progress: Progress = ignore_progress
) -> Iterator[list[ReadGroup]]:
    """Read the entries of the groups, some megabytes of values at a time.

    Args:
        what: A description of the work, for the progress.
        progress: Gets the number of processed entries after each batch.

    Yields:
        The groups of one batch. An entry that cannot be read is in its group's `refused`.
    """
    done = len(listing.refused)
    today = today_utc()
    for batch in _cut(listing):
        yield _read(store, batch, listing.archived, today)
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
    store: Store, batch: dict[GroupKey, list[EntryHeader]], archived: set[int], today: dt.date
) -> list[ReadGroup]:
    catalog = store.catalog
    headers = [header for headers in batch.values() for header in headers]
    values: dict[int, str | None] = {}
    for statement, ids in (
        ("read_values", [h.id for h in headers if h.id not in archived]),
        ("read_archived", [h.id for h in headers if h.id in archived]),
    ):
        if ids:
            values |= dict(store.connection.execute(_SQL[statement], {"ids": ids}).fetchall())
    groups = []
    for key, its_headers in batch.items():
        group = ReadGroup(key)
        for header in its_headers:
            try:
                read = read_entry(header, values.pop(header.id, None), catalog, today)
            except LegacyEntryError as error:
                group.refused.append(Refusal(header, error.what))
            except Exception as error:  # noqa: BLE001 - one bad entry never stops the rest
                reason = f"it cannot be read ({type(error).__name__}: {error})"
                group.refused.append(Refusal(header, reason))
            else:
                group.entries.append(read)
        group.entries.sort(key=_rank)
        _refuse_others(group)
        groups.append(group)
    return groups


def _refuse_others(group: ReadGroup) -> None:
    """Refuse entries of one group that have different members under different keys or names.

    The old store's key is type, name, key and environment, so several lists may describe one group.
    Versions of one row are merged by their dates, and so are rows with equal members. Otherwise
    only the rows whose key is the group's name are kept, if they all have one name.
    """
    if all(entry.says_the_same(group.entries[0]) for entry in group.entries):
        return
    headers = [entry.header for entry in group.entries]
    rows = {header.id: (header.type, header.name, header.key) for header in headers}
    if len(set(rows.values())) == 1:
        return
    exact = {row for row in rows.values() if row[2] == group.key.name}
    standing = exact if len(exact) == 1 else set()
    for header in headers:
        if rows[header.id] not in standing:
            others = [
                f"{number} ({row[0]}, name {row[1]!r}, key {row[2]!r})"
                for number, row in rows.items()
                if row != rows[header.id]
            ]
            reason = (
                f"entry {', '.join(others[:_OTHERS_SHOWN])} lists other members for the same group:"
                " keep one of them, or give it another key"
            )
            group.refused.append(Refusal(header, reason))
    group.entries = [entry for entry in group.entries if rows[entry.header.id] in standing]


def _rank(entry: LegacyGroup) -> tuple[str, str, int]:
    """Return the sort key of an entry in its group: its own date, then the time of writing."""
    as_of = entry.snapshot.as_of if entry.snapshot else None
    return str(as_of or ""), str(entry.header.written or ""), entry.header.id


def _fetch(
    connection: Connection, statement: str, parameters: Mapping[str, object]
) -> list[EntryHeader]:
    return [EntryHeader(*row) for row in connection.execute(_SQL[statement], parameters)]
