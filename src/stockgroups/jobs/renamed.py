"""Funds with a new ticker: one fund is one group, under its ticker of today."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading, writing
from stockgroups.model import GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import Amendment, DesiredGroup
from stockgroups.record.effective import OTHER_PROGRAMS, current_snapshots
from stockgroups.record.incoming import NO_FILES
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import name_groups, read_groups
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.catalog.entries import FormerTicker
    from stockgroups.record.effective import Header
    from stockgroups.record.state import StoredGroup

_SQL = load_statements("store")


def rename_funds(store: Store, *, dry_run: bool = False) -> dict[str, str]:
    """Move issuers' files from a fund's former ticker to today's; return new tickers by old.

    Snapshots of other programs, of old entries, and of dates after the rename stay under the former
    ticker. A group that has none left is deleted. The move is a load of its own, which can be
    rolled back. With `dry_run` nothing is written.
    """
    if dry_run:
        with reading(store.connection):
            return {old: one.fund for old, (one, _) in _find(store).items()}
    if not _find(store):
        return {}
    with writing(store.connection, store.environment):
        found = _find(store)
        funds = {one.fund: store.key(GroupType.ETF, one.fund) for one, _ in found.values()}
        execute(store, _SQL["register_groups"], groups=name_groups(funds.values()))
        stored = read_groups(store, funds.values())
        amendments: list[Amendment] = []
        delete: list[GroupKey] = []
        for one, group in found.values():
            fund = stored[funds[one.fund]]
            assert group.registry_id is not None  # noqa: S101 - it has snapshots
            known = {(header.as_of, header.digest) for header in current_snapshots(fund.headers)}
            moved = _movable(group, one)
            for header in moved:
                if (header.as_of, header.digest) not in known:
                    again = Amendment(fund.key, group.registry_id, header.id, restates=True)
                    amendments.append(replace(again, into=fund.registry_id))
                amendments.append(
                    Amendment(group.key, group.registry_id, header.id, restates=False)
                )
            if len(moved) == len(current_snapshots(group.headers)):
                delete.append(group.key)
        done = {old: one.fund for old, (one, _) in found.items()}
        apply(
            store,
            [_describe(key, store.catalog) for key in funds.values()],
            delete=delete,
            amendments=amendments,
            note=LoadNote("rename-funds", {"renamed": done}),
            aliases=store.catalog.aliases,
        )
    return done


def _find(store: Store) -> dict[str, tuple[FormerTicker, StoredGroup]]:
    """Return the groups under former tickers that have snapshots to move."""
    keys = [store.key(GroupType.ETF, name) for name in sorted(store.catalog.former_tickers)]
    stored = read_groups(store, keys)
    pairs = {key.name: (store.catalog.former_tickers[key.name], stored[key]) for key in keys}
    return {name: pair for name, pair in pairs.items() if _movable(pair[1], pair[0])}


def _movable(group: StoredGroup, former: FormerTicker) -> list[Header]:
    return [
        header
        for header in current_snapshots(group.headers)
        if header.as_of < former.effective and header.source not in NO_FILES | OTHER_PROGRAMS
    ]


def _describe(key: GroupKey, catalog: Catalog) -> DesiredGroup:
    return DesiredGroup(key, description=catalog.etfs[key.name].name, snapshots=(), yields=True)
