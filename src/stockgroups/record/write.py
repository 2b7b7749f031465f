"""Write a plan, snapshot by snapshot, inside an open transaction.

All statements are set-based: additions by COPY, removals and reweights by arrays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.db.arrays import PackedArray, as_columns, pack_floats, pack_ints, pack_smallints
from stockgroups.db.lines import make_lines
from stockgroups.db.sql import load_statements
from stockgroups.record.definitions import describe_snapshot
from stockgroups.record.headers import read_headers
from stockgroups.record.incoming import IncomingSnapshot
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.state import name_groups
from stockgroups.record.stored_intervals import splice_history
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import GroupKey
    from stockgroups.record.desired import Amendment
    from stockgroups.record.effective import Header
    from stockgroups.record.plan import GroupPlan
    from stockgroups.record.refs import RefNumbers

_SQL = load_statements("store")
_MOST = 0.25
"""The part of a group's memberships from which looking them up takes longer than reading all."""


def write_groups(
    connection: Connection,
    plans: Sequence[GroupPlan],
    refs: RefNumbers,
    now: dt.datetime,
    load_id: int,
) -> None:
    """Write the plans of groups that exist and are locked.

    `now` is the time of recording, `load_id` the load's number in the audit.
    """
    plans = [plan for plan in plans if plan.changes_anything]
    if not plans:
        return
    refs.record([incoming for plan in plans for incoming in plan.to_record])
    snapshots = [(plan, incoming) for plan in plans for incoming in plan.to_record]
    numbers = _reserve_snapshots(connection, len(snapshots)) if snapshots else []
    _change_members(connection, plans)
    _add_members(connection, plans)
    rows = [
        _snapshot_row(plan, incoming, refs.of(incoming))
        | {"id": number, "recorded_at": now, "load_id": load_id}
        for number, (plan, incoming) in zip(numbers, snapshots, strict=True)
    ]
    if rows:
        connection.behind.execute_many(_SQL["append_snapshot"], rows)
    for number, (plan, incoming) in zip(numbers, snapshots, strict=True):
        header = incoming.as_header(number, now)
        plan.recorded.append(header)
        if plan.effective is incoming:
            plan.effective = header
    _write_definitions(connection, plans)


def amend_snapshots(
    store: Store, amendments: Sequence[Amendment], now: dt.datetime, load_id: int | None
) -> None:
    """Append the amendments (at least one) to the record, and update the history.

    They are effective at once: a plan that is made afterwards finds them stored.
    """
    groups = {amendment.into or amendment.registry_id for amendment in amendments}
    before = read_headers(store.connection, groups)
    store.connection.execute(
        _SQL["amend_snapshots"],
        {
            "recorded_at": now,
            "load_id": load_id,
            **as_columns(
                "registry_ids snapshot_ids restates into",
                (
                    (one.registry_id, one.snapshot_id, one.restates, one.into or one.registry_id)
                    for one in amendments
                ),
            ),
        },
    )
    after = read_headers(store.connection, groups)
    changed = {group: (before[group], after[group]) for group in groups}
    splice_history(store.connection, changed, RefSecurities(store))


def delete_groups(store: Store, groups: Iterable[tuple[GroupKey, int]]) -> None:
    """Delete groups (key, group id) with their memberships; their record stays."""
    doomed = list(groups)
    if doomed:
        store.connection.execute(
            _SQL["delete_groups"], {"group_ids": [number for _, number in doomed]}
        )
        execute(store, _SQL["forget_pointers"], groups=name_groups(key for key, _ in doomed))


def _reserve_snapshots(connection: Connection, count: int) -> list[int]:
    """Return so many numbers that nobody else will get, in ascending order."""
    rows = connection.execute(_SQL["reserve_snapshot_ids"], {"count": count})
    return [number for (number,) in rows]


def _snapshot_row(
    plan: GroupPlan, incoming: IncomingSnapshot, ref_ids: list[int]
) -> dict[str, Any]:
    snapshot, receipt = incoming.snapshot, incoming.receipt
    sector_labels, sector_codes = _encode(snapshot.sectors)
    industry_labels, industry_codes = _encode(snapshot.industries)
    return {
        "registry_id": plan.stored.registry_id,
        "as_of": incoming.as_of,
        "source": snapshot.source,
        "file_name": snapshot.file_name,
        "sha256": snapshot.sha256,
        "reader": snapshot.reader,
        "issuer": snapshot.issuer,
        "is_proxy": snapshot.is_proxy,
        "published_on": snapshot.published_on,
        "net_assets": snapshot.net_assets,
        "receipt": None if receipt is None else Jsonb(receipt.to_dict()),
        "digest": incoming.digest,
        "member_count": snapshot.member_count,
        "ref_ids": pack_ints(ref_ids),
        "weights": _pack(snapshot.weights),
        "shares": _pack(snapshot.shares),
        "sector_labels": sector_labels,
        "sector_codes": sector_codes,
        "industry_labels": industry_labels,
        "industry_codes": industry_codes,
        "member_metadata": Jsonb(snapshot.member_metadata) if snapshot.member_metadata else None,
    }


def _encode(reported: Sequence[str | None] | None) -> tuple[list[str] | None, PackedArray | None]:
    """Return the distinct labels, and for each position the label's place from 1; 0 for none."""
    if reported is None:
        return None, None
    labels = sorted({label for label in reported if label is not None})
    place = {label: number for number, label in enumerate(labels, 1)}
    return labels, pack_smallints(place.get(label or "", 0) for label in reported)


def _pack(numbers: Sequence[float | None] | None) -> PackedArray | None:
    return None if numbers is None else pack_floats(numbers)


def _change_members(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    """Remove, reweight and relabel memberships."""
    removals = [
        {"group_id": plan.stored.group_id, "symbols": plan.removed}
        for plan in plans
        if plan.removed
    ]
    if removals:
        connection.behind.execute_many(_SQL["remove_members"], removals)
    whole = [plan for plan in plans if _reweights_most(plan)]
    few = [plan for plan in plans if plan.reweighted and not _reweights_most(plan)]
    for some in (whole, few):
        if not some:
            continue
        reweighted = [
            (plan.stored.group_id, symbol, weight)
            for plan in some
            for symbol, weight in plan.reweighted.items()
        ]
        connection.behind.execute(
            _SQL["reweight_members"],
            {
                "group_ids": pack_ints(row[0] for row in reweighted),
                "symbols": [row[1] for row in reweighted],
                "weights": pack_floats(row[2] for row in reweighted),
                "whole": pack_ints(p.stored.group_id for p in whole) if some is whole else None,
            },
        )
    relabelled = [
        (
            plan.stored.group_id,
            symbol,
            json.dumps({} if industry is None else {"industry": industry}),
        )
        for plan in plans
        for symbol, industry in plan.relabelled.items()
    ]
    if relabelled:
        connection.behind.execute(
            _SQL["relabel_members"], as_columns("group_ids symbols marks", relabelled)
        )


def _add_members(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    """Add memberships."""
    labelled = [plan for plan in plans if plan.added and _is_marked(plan)]
    if labelled:
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_labelled_members"]) as copy:
            for plan in labelled:
                industries = plan.desired.member_industries or {}
                for symbol, weight in plan.added.items():
                    mark = dict(plan.marks.get(symbol, {}))
                    if symbol in industries:
                        mark["industry"] = industries[symbol]
                    metadata = json.dumps(mark) if mark else None
                    copy.write_row((plan.stored.group_id, symbol, weight, metadata))
    plain = [plan for plan in plans if plan.added and not _is_marked(plan)]
    if plain:
        rows = (
            (number, symbol, _write_weight(plan.added[symbol]))
            for plan in plain
            for number in (str(plan.stored.group_id),)
            for symbol in sorted(plan.added)
        )
        connection.behind.copy(_SQL["copy_members"], make_lines(rows))


def _reweights_most(plan: GroupPlan) -> bool:
    """Whether it is cheaper to read all memberships of the group than to look each one up."""
    return len(plan.reweighted) > _MOST * (plan.member_count or 0)


def _write_weight(weight: float | None) -> str:
    return "" if weight is None else repr(weight)


def _is_marked(plan: GroupPlan) -> bool:
    """Whether memberships of the group hold anything besides their weights."""
    return plan.desired.member_industries is not None or bool(plan.marks)


def _write_definitions(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    pointers: list[tuple[int | None, int | None, int | None]] = []
    rows: list[dict[str, Any]] = []
    for plan in plans:
        changes = dict(plan.definition_changes)
        metadata = dict(changes.get("metadata", {}))
        header: Header | None = None
        if plan.is_emptied:
            pointers.append((plan.stored.registry_id, plan.stored.group_id, None))
        elif plan.effective is not None and not isinstance(plan.effective, IncomingSnapshot):
            header = plan.effective
            pointers.append((plan.stored.registry_id, plan.stored.group_id, header.id))
            if not header.is_by_others or header in plan.recorded:
                merged = {**plan.stored.metadata, **metadata}
                metadata |= describe_snapshot(header, plan.member_count, merged)
        if plan.desired.describes:
            rows.append(
                {
                    "id": plan.stored.group_id,
                    "description": changes.get("description"),
                    "metadata": metadata,
                    "dropped": list(plan.dropped),
                    "cleared": [word for word in plan.desired.cleared if word in changes],
                    "liquidity_filter": changes.get("liquidity_filter"),
                }
            )
    if rows:
        connection.behind.execute(_SQL["update_groups"], {"groups": Jsonb(rows)})
    if pointers:
        numbers = as_columns("registry_ids group_ids snapshot_ids", pointers)
        connection.behind.execute(_SQL["point_groups"], numbers)
    connection.behind.execute(
        _SQL["remember_definitions"],
        {"group_ids": [plan.stored.group_id for plan in plans if plan.stored.group_id]},
    )
