"""The members of the SECTOR groups: the stocks of the ETFs, each in the sector that votes give."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from stockgroups.classify import Classification
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.sql import load_statements
from stockgroups.store.apply import carry_out
from stockgroups.store.desired import DesiredGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.store.loads import LoadNote
    from stockgroups.store.plan import Plan

Answer = tuple[list[str], Classification]
"""Stocks that share one answer, and the answer."""

_SQL = load_statements("store")
SOURCE = "classification"
READER = "classification/1"


def fill_sectors(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    answers: Sequence[Answer],
    note: LoadNote,
    *,
    dry_run: bool,
) -> Plan | None:
    """Make the SECTOR groups hold the stocks of their sector, or with `dry_run` only plan it.

    What else a sector is (its name, its industries) is left to its organiser. A sector that is not
    there and has no stocks is not made; None where that leaves nothing to do.
    """
    members: dict[str, dict[str, str | None]] = {key: {} for key in catalog.sectors}
    for symbols, answer in answers:
        if answer.sector in members:
            industry = answer.industry or answer.printed_industry
            members[answer.sector].update(dict.fromkeys(symbols, industry))
    rows = connection.execute(
        _SQL["list_groups"], {"environment": environment, "type": GroupType.SECTOR.value}
    )
    present = {row[0] for row in rows}
    desired = [
        _fill(GroupKey(environment, GroupType.SECTOR, key), held)
        for key, held in members.items()
        if held or key in present
    ]
    if not desired:
        return None
    return carry_out(
        connection, environment, desired, dry_run=dry_run, note=note, aliases=catalog.aliases
    )


def _fill(key: GroupKey, members: Mapping[str, str | None]) -> DesiredGroup:
    """Return the group with its members as a snapshot of now."""
    symbols = sorted(members)
    industries = tuple(members[symbol] for symbol in symbols)
    content = json.dumps([key.name, symbols, industries])
    snapshot = Snapshot(
        as_of=None,
        source=SOURCE,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        reader=READER,
        refs=tuple(Ref(symbol, ticker=symbol) for symbol in symbols),
        industries=industries,
    )
    told = {symbol: industry for symbol, industry in members.items() if industry is not None}
    return DesiredGroup(key, snapshots=(snapshot,), member_industries=told)
