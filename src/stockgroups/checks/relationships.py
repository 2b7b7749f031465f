"""Relationships both ways: the record against the memberships, these against the metadata.

Forward is from a group to its stocks, reverse from a stock to its groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.build import BUILD
from stockgroups.checks.differences import find_record_differences
from stockgroups.checks.history import check_history
from stockgroups.checks.section import Section
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
RESTORE = "run `stockgroups db reconcile --restore`, or without --restore to record it"
RELOAD = "load what it holds again, or record it: `stockgroups db reconcile`"


def check_relationships(connection: Connection, environment: str, _catalog: Catalog) -> Section:
    """Compare every relationship with the snapshot that it comes from, and with the metadata."""
    section = Section("relationships", "Bidirectional relationships")
    where = {"environment": environment}
    counts = connection.execute(_SQL["count_relationships"], where).fetchone()
    total, in_universes, in_sectors = counts or (0, 0, 0)
    wrong: set[tuple[str, str]] = set()
    forward = reverse = 0
    for _, group, symbol, said, stored, weight, stored_weight in find_record_differences(
        connection, environment
    ):
        if said and stored:
            message = f"weighs {stored_weight}, the snapshot says {weight}"
        elif said:
            message = "is in the snapshot and not in the memberships"
        else:
            message = "is in the memberships and in no snapshot that counts"
        forward += bool(said)
        reverse += not said
        wrong.add((group, symbol))
        section.find(message, group=group, symbol=symbol, remedy=RESTORE)
    for kind, group in connection.execute(_SQL["deleted_groups"], where):
        section.find(f"the {kind} was deleted by another program", group=group, remedy=RESTORE)
        wrong.add((group, ""))
    lost = 0
    for _, group, count, was_recorded in connection.execute(_SQL["unrecorded_groups"], where):
        message = f"holds {count} memberships that no snapshot accounts for"
        if was_recorded:
            lost += count
            section.find(message, group=group, remedy=RELOAD)
        else:
            section.find(
                f"{message}: another program made it",
                group=group,
                warning=True,
                remedy=f"record it with `stockgroups db reconcile`, or load a file {group}_DATE",
            )
    stale = 0
    for etf, symbol, held in connection.execute(_SQL["metadata_differences"], where):
        forward += bool(held)
        reverse += not held
        stale += 1
        wrong.add((etf, symbol))
        message = (
            "is a membership that the stock's metadata does not tell of"
            if held
            else "is told of by the stock's metadata and is no membership"
        )
        section.find(message, group=etf, symbol=symbol, remedy=BUILD)
    section.tell("Total relationships", total)
    section.tell("Universe memberships", in_universes)
    section.tell("Sector memberships", in_sectors)
    section.tell("Forward errors", forward)
    section.tell("Reverse errors", reverse)
    check_history(connection, environment, section)
    if lost:
        section.tell("Memberships without a snapshot", lost)
    if stale:
        section.tell("Stale metadata", f"{stale} relationships; {BUILD}")
    everything = total + in_universes + in_sectors
    errors = len(wrong) + lost
    integrity = 100.0 * max(0, everything - errors) / everything if everything else 100.0
    # Rounding must not turn one error among a million into none.
    shown = min(integrity, 99.99) if errors else integrity
    section.tell("Integrity", f"{shown:.2f}%", passed=section.passed)
    return section
