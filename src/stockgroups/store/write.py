"""Carrying out a plan, statement by statement, inside a transaction that somebody else opened.

Set-based throughout: additions by COPY, removals and reweights by arrays.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from psycopg.types.json import Jsonb

from stockgroups.history.projection import read_headers, splice_history
from stockgroups.history.timeline import segments, timeline
from stockgroups.sql import load_statements
from stockgroups.store.plan import GroupPlan, describe_snapshot
from stockgroups.store.state import name_groups
from stockgroups.store.statements import Statement

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.history.timeline import Header
    from stockgroups.model import GroupKey
    from stockgroups.store.desired import Amendment
    from stockgroups.store.refs import RefNumbers

_SQL = load_statements("store")


def write_groups(
    connection: Connection,
    plans: Sequence[GroupPlan],
    refs: RefNumbers,
    now: dt.datetime,
    load_id: int,
) -> dict[int, int]:
    """Write what the plans say for groups that exist and are locked.

    `now` is the time of recording, `load_id` the load's number in the audit. Returns the true
    numbers of the refs that were recorded, by their negative ones.
    """
    plans = [plan for plan in plans if plan.changes_anything]
    if not plans:
        return {}
    recorded = refs.record([statement for plan in plans for statement in plan.to_record])
    _append_snapshots(connection, plans, refs, now, load_id)
    _write_members(connection, plans)
    _write_definitions(connection, plans)
    return recorded


def amend_snapshots(
    connection: Connection, amendments: Sequence[Amendment], now: dt.datetime, load_id: int
) -> None:
    """Append what amends the record (one amendment at least), and bring the history up to it.

    It counts at once: who plans afterwards finds it among what is stored.
    """
    groups = {amendment.registry_id for amendment in amendments}
    before = read_headers(connection, groups)
    connection.execute(
        _SQL["amend_snapshots"],
        {
            "recorded_at": now,
            "load_id": load_id,
            "registry_ids": [amendment.registry_id for amendment in amendments],
            "snapshot_ids": [amendment.snapshot_id for amendment in amendments],
            "restates": [amendment.restates for amendment in amendments],
        },
    )
    after = read_headers(connection, groups)
    splice_history(
        connection,
        amendments[0].key.environment,
        {group: segments(timeline(before[group]), timeline(after[group])) for group in groups},
    )


def delete_groups(
    connection: Connection, environment: str, groups: Iterable[tuple[GroupKey, int]]
) -> None:
    """Delete groups (key, group id) with their memberships; their record stays."""
    doomed = list(groups)
    if doomed:
        connection.execute(_SQL["delete_groups"], {"group_ids": [number for _, number in doomed]})
        connection.execute(
            _SQL["forget_pointers"],
            {"environment": environment, "groups": name_groups(key for key, _ in doomed)},
        )


def _append_snapshots(
    connection: Connection,
    plans: Sequence[GroupPlan],
    refs: RefNumbers,
    now: dt.datetime,
    load_id: int,
) -> None:
    """Record the new statements, and turn the one that counts into its stored header.

    The plans get the headers of all of them.
    """
    statements = [(plan, statement) for plan in plans for statement in plan.to_record]
    if not statements:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _SQL["append_snapshot"],
            [
                _snapshot_row(plan, statement, refs.of(statement))
                | {"recorded_at": now, "load_id": load_id}
                for plan, statement in statements
            ],
            returning=True,
        )
        for plan, statement in statements:
            row = cursor.fetchone()
            assert row is not None  # noqa: S101 - one RETURNING row for each set of parameters
            cursor.nextset()
            header = statement.as_header(row[0], now)
            plan.recorded.append(header)
            if plan.says is statement:
                plan.says = header


def _snapshot_row(plan: GroupPlan, statement: Statement, ref_ids: list[int]) -> dict[str, Any]:
    snapshot = statement.snapshot
    sector_labels, sector_codes = _encode(snapshot.sectors)
    industry_labels, industry_codes = _encode(snapshot.industries)
    return {
        "registry_id": plan.stored.registry_id,
        "as_of": statement.as_of,
        "source": snapshot.source,
        "file_name": snapshot.file_name,
        "sha256": snapshot.sha256,
        "reader": snapshot.reader,
        "issuer": snapshot.issuer,
        "is_proxy": snapshot.is_proxy,
        "net_assets": snapshot.net_assets,
        "receipt": None if snapshot.receipt is None else Jsonb(snapshot.receipt.as_dict()),
        "digest": statement.digest,
        "member_count": len(snapshot.refs),
        "ref_ids": ref_ids,
        "weights": _floats(snapshot.weights),
        "shares": _floats(snapshot.shares),
        "sector_labels": sector_labels,
        "sector_codes": sector_codes,
        "industry_labels": industry_labels,
        "industry_codes": industry_codes,
    }


def _encode(printed: Sequence[str | None] | None) -> tuple[list[str] | None, list[int] | None]:
    """Return the distinct labels, and for each position the label's place from 1, 0 for none."""
    if printed is None:
        return None, None
    labels = sorted({label for label in printed if label is not None})
    place = {label: number for number, label in enumerate(labels, 1)}
    return labels, [place.get(label or "", 0) for label in printed]


def _floats(numbers: Sequence[float | None] | None) -> list[float | None] | None:
    """Return the numbers as what a binary float8[] is dumped from: a whole number is a float."""
    return None if numbers is None else [None if n is None else float(n) for n in numbers]


def _write_members(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    removals = [
        {"group_id": plan.stored.group_id, "symbols": plan.removed}
        for plan in plans
        if plan.removed
    ]
    if removals:
        with connection.cursor() as cursor:
            cursor.executemany(_SQL["remove_members"], removals)
    reweighted = [
        (plan.stored.group_id, symbol, weight)
        for plan in plans
        for symbol, weight in plan.reweighted.items()
    ]
    if reweighted:
        connection.execute(
            _SQL["reweight_members"],
            {
                "group_ids": [row[0] for row in reweighted],
                "symbols": [row[1] for row in reweighted],
                "weights": _floats([row[2] for row in reweighted]),
            },
        )
    plain = [plan for plan in plans if plan.added and plan.desired.member_industries is None]
    if plain:
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_members"]) as copy:
            for plan in plain:
                for symbol, weight in sorted(plan.added.items()):
                    copy.write_row((plan.stored.group_id, symbol, weight))
    _write_industries(connection, plans)


def _write_industries(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    """Add the members of groups that tell industries, and change what those that stay tell."""
    relabelled = [
        (plan.stored.group_id, symbol, industry)
        for plan in plans
        for symbol, industry in plan.relabelled.items()
    ]
    if relabelled:
        connection.execute(
            _SQL["relabel_members"],
            {
                "group_ids": [row[0] for row in relabelled],
                "symbols": [row[1] for row in relabelled],
                "industries": [row[2] for row in relabelled],
            },
        )
    labelled = [plan for plan in plans if plan.added and plan.desired.member_industries is not None]
    if labelled:
        with connection.cursor() as cursor, cursor.copy(_SQL["copy_labelled_members"]) as copy:
            for plan in labelled:
                industries = plan.desired.member_industries or {}
                for symbol, weight in plan.added.items():
                    industry = industries.get(symbol)
                    metadata = None if industry is None else json.dumps({"industry": industry})
                    copy.write_row((plan.stored.group_id, symbol, weight, metadata))


def _write_definitions(connection: Connection, plans: Sequence[GroupPlan]) -> None:
    pointers: list[tuple[int | None, int | None, int | None]] = []
    rows: list[dict[str, Any]] = []
    for plan in plans:
        changes = dict(plan.definition_changes)
        metadata = dict(changes.get("metadata", {}))
        header: Header | None = None
        if plan.is_emptied:
            pointers.append((plan.stored.registry_id, plan.stored.group_id, None))
        elif plan.says is not None and not isinstance(plan.says, Statement):
            header = plan.says
            pointers.append((plan.stored.registry_id, plan.stored.group_id, header.id))
            metadata |= describe_snapshot(header, plan.member_count)
        if plan.desired.describes:
            rows.append(
                {
                    "id": plan.stored.group_id,
                    "description": changes.get("description"),
                    "metadata": metadata,
                    "liquidity_filter": changes.get("liquidity_filter"),
                }
            )
    if rows:
        connection.execute(_SQL["update_groups"], {"groups": Jsonb(rows)})
    if pointers:
        connection.execute(
            _SQL["point_groups"],
            {
                "registry_ids": [pointer[0] for pointer in pointers],
                "group_ids": [pointer[1] for pointer in pointers],
                "snapshot_ids": [pointer[2] for pointer in pointers],
            },
        )
