"""The members of the SECTOR groups: the stocks of the ETFs, each in the sector of its votes."""

from __future__ import annotations

import hashlib
import json
from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.model import GroupKey, GroupType, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.labelled import make_refs
from stockgroups.sectors import Classification
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.catalog import SectorOverride
    from stockgroups.model import Ref
    from stockgroups.record.loads import LoadNote
    from stockgroups.record.plan import Plan

Answer = tuple[list[str], Classification]
"""Stocks that share one answer, and the answer."""

_SQL = load_statements("store")
SOURCE = "classification"
READER = "classification/1"
KEPT = "another program"


def fill_sectors(
    store: Store,
    answers: Sequence[Answer],
    written: Mapping[str, Sequence[SectorOverride]],
    note: LoadNote,
    *,
    dry_run: bool,
) -> Plan | None:
    """Fill the SECTOR groups with the stocks of their sectors; with `dry_run`, only plan it.

    The name and the industries of a sector belong to its organiser. Members that another program
    has `written` (by symbol) stay, with their industry, unless a user has decided otherwise. A
    sector that does not exist and has no stocks is not made. Returns None if there is nothing to
    do.
    """
    members: dict[str, dict[str, str | None]] = {key: {} for key in store.catalog.sectors}
    decided: set[str] = set()
    for symbols, answer in answers:
        if answer.sector in members:
            industry = answer.industry or answer.industry_label
            members[answer.sector].update(dict.fromkeys(symbols, industry))
        if answer.override is not None:
            decided.update(symbols)
    kept: dict[str, set[str]] = {key: set() for key in store.catalog.sectors}
    for symbol, decisions in written.items():
        for decision in decisions:
            if symbol not in decided and decision.sector is not None:
                kept[decision.sector].add(symbol)
                industry = decision.industry or members[decision.sector].get(symbol)
                members[decision.sector][symbol] = industry
    rows = execute(store, _SQL["list_groups"], type=GroupType.SECTOR.value)
    present = {row[0] for row in rows}
    refs = make_refs(store, chain.from_iterable(members.values()))
    desired = [
        _fill(store.key(GroupType.SECTOR, key), held, refs, kept[key])
        for key, held in members.items()
        if held or key in present
    ]
    if not desired:
        return None
    return apply(store, desired, dry_run=dry_run, note=note, aliases=store.catalog.aliases)


def _fill(
    key: GroupKey,
    members: Mapping[str, str | None],
    refs: Mapping[str, Ref],
    kept: AbstractSet[str],
) -> DesiredGroup:
    """Return the group with its members as a snapshot of now; kept members have a label."""
    symbols = sorted(members)
    industries = tuple(members[symbol] for symbol in symbols)
    labels = tuple(KEPT if symbol in kept else None for symbol in symbols) if kept else None
    nameless = [refs[symbol] for symbol in symbols if refs[symbol].symbol is None]
    content = json.dumps([key.name, symbols, industries, *filter(None, [labels, nameless])])
    snapshot = Snapshot(
        as_of=None,
        source=SOURCE,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        reader=READER,
        refs=tuple(refs[symbol] for symbol in symbols),
        sectors=labels,
        industries=industries,
    )
    known = {symbol: industry for symbol, industry in members.items() if industry is not None}
    return DesiredGroup(key, snapshots=(snapshot,), member_industries=known)
