"""Questions on the record: changes, sources, quality and age."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from stockgroups.api import Database
from stockgroups.checks import Validation
from stockgroups.errors import UsageError
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.parameters import (
    AsOf,
    Group,
    KnownAt,
    Newest,
    PublishedBy,
    Since,
    Source,
    Stock,
    Threshold,
    Type,
    Until,
)
from stockgroups.jobs.receipt import ReceiptAnswer
from stockgroups.queries.change_answers import GroupChanges, StockChanges
from stockgroups.queries.freshness import FreshnessReport
from stockgroups.queries.provenance import LoadEntries, SourceAnswer
from stockgroups.queries.statistics import Statistics
from stockgroups.reports import Report


def show_changes(
    db: Database,
    *,
    group: Group | None = None,
    stock: Stock | None = None,
    type: Type = None,  # noqa: A002 - as the JSON calls it
    since: Since = None,
    until: Until = None,
    threshold: Threshold = None,
) -> GroupChanges | StockChanges:
    """Show additions, removals and changed weights of a group, or of a stock in all its groups."""
    if (group is None) == (stock is None):
        raise UsageError("name a group or a stock", remedy="give one of them")
    if stock is not None:
        if type is not None:
            raise UsageError(
                "a stock has no type", where="type", remedy="give it with `group`, or leave it out"
            )
        return db.stock_changes(stock, since or "1y", until, threshold=threshold)
    assert group is not None  # noqa: S101 - one of them is given
    return db.changes(group, since, until, kind=type, threshold=threshold)


def show_source(
    db: Database,
    *,
    group: Group,
    type: Type = None,  # noqa: A002 - as the JSON calls it
    as_of: AsOf = None,
    known_at: KnownAt = None,
    published_by: PublishedBy = None,
    source: Source = None,
) -> SourceAnswer:
    """Show the source file of a group's answer, and all recorded snapshots of the group."""
    return db.source(
        group, as_of, known_at=known_at, published_by=published_by, source=source, kind=type
    )


def show_receipt(db: Database, *, group: Group, as_of: AsOf = None) -> ReceiptAnswer:
    """Show the receipt of a fund's source file: the outcome of every row."""
    return db.receipt(group, as_of)


def show_freshness(db: Database) -> FreshnessReport:
    """Show how old the source of each fund is, by the limits of the catalogue."""
    return db.freshness()


def show_statistics(db: Database, *, as_of: AsOf = None, known_at: KnownAt = None) -> Statistics:
    """Count groups, memberships and stocks, now or on a day."""
    return db.statistics(as_of, known_at=known_at)


def show_validation(db: Database) -> Validation:
    """Run all checks, and show their findings."""
    return db.validate()


def show_report(
    db: Database,
    *,
    detail: Annotated[bool, Query(description="Include every ETF in full")] = False,
) -> Report:
    """Show totals, ages of sources, findings and the newest loads, all of one state."""
    return db.report(detail=detail)


def list_loads(db: Database, *, newest: Newest = 20) -> LoadEntries:
    """List the newest loads: who changed what, when, with which program."""
    return db.loads(newest)


RECORD = (
    Endpoint("/changes", show_changes, "record"),
    Endpoint("/source", show_source, "record"),
    Endpoint("/receipts", show_receipt, "record"),
    Endpoint("/loads", list_loads, "record", is_rows=True),
    Endpoint("/freshness", show_freshness, "quality", is_rows=True),
    Endpoint("/statistics", show_statistics, "quality"),
    Endpoint("/validation", show_validation, "quality"),
    Endpoint("/report", show_report, "quality"),
)
