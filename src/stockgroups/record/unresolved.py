"""Stocks reported without ticker and ISIN that nothing identifies: they are not members.

The group's metadata lists them, with their weight, until something identifies them.
"""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING, Any

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements
from stockgroups.identity.evidence import NAMELESS
from stockgroups.model import Category, GroupType
from stockgroups.record.effective import Header

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.plan import GroupPlan
    from stockgroups.record.refs import RefNumbers

_SQL = load_statements("store")
KEY = "unresolved"
"""The key of a group's metadata for them; it is absent if every row is resolved."""


def note_unresolved(
    connection: Connection,
    plans: Sequence[GroupPlan],
    identity: IdentityPlan,
    refs: RefNumbers,
) -> None:
    """Add to the plans of funds and universes what effective snapshots leave unresolved."""
    recorded = {}
    for plan in plans:
        if plan.key.type not in (GroupType.ETF, GroupType.UNIVERSE) or plan.effective is None:
            continue
        if isinstance(plan.effective, Header):
            recorded[plan.stored.registry_id, plan.effective.id] = plan
        elif plan.effective.receipt is not None:
            receipt, snapshot = plan.effective.receipt, plan.effective.snapshot
            if not (rows := receipt.count(Category.UNRESOLVED)):
                continue
            weights = snapshot.weights or (None,) * len(snapshot.refs)
            lines = zip(refs.of(plan.effective), snapshot.refs, weights, strict=True)
            held = [(number, weight) for number, ref, weight in lines if ref.symbol is None]
            share = (receipt.weights or {}).get(Category.UNRESOLVED)
            plan.unresolved = _describe(rows, share, held, plan.effective.as_of, identity)
    if recorded:
        for group, snapshot, as_of, rows, share, *columns in connection.execute(
            _SQL["read_unresolved"], as_columns("registry_ids snapshot_ids", recorded)
        ):
            held = [*zip(*(column or () for column in columns), strict=True)]
            identity.ref_securities.read((number, NAMELESS) for number, _ in held)
            recorded[group, snapshot].unresolved = _describe(rows, share, held, as_of, identity)


def _describe(
    rows: int,
    weight: float | None,
    held: Sequence[tuple[int, float | None]],
    as_of: dt.date,
    identity: IdentityPlan,
) -> dict[str, Any]:
    """Return the unresolved stocks as JSON values; nothing if there are none.

    Args:
        rows: Their number in the receipt.
        weight: Their weight in the receipt; None if the file has no weights.
        held: The recorded ones, with their weights; empty for a file that was read before they were
            recorded.
        as_of: The date of the snapshot.
        identity: The identity that refs are resolved with.
    """
    if held:
        left = [w for number, w in held if identity.symbol_of(number, NAMELESS, as_of) == NAMELESS]
        rows = len(left)
        weight = None if weight is None else float(f"{fsum(filter(None, left)):.12g}")
    return {"rows": rows, "weight": weight} if rows else {}
