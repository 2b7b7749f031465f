"""The stored intervals of memberships against the snapshots that they are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.history.projection import find_differences
from stockgroups.history.timeline import FOREVER
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.checks.section import Section
    from stockgroups.db.connection import Connection

_SQL = load_statements("history")
REBUILD = "run `stockgroups db rebuild`"


def check_history(connection: Connection, environment: str, section: Section) -> None:
    """Add to the section each interval that is stored and should not be, or is missing."""
    found = list(find_differences(connection, environment))
    names = connection.execute(
        _SQL["name_places"],
        {
            "group_ids": [one.registry_id for one in found],
            "security_ids": [one.security_id for one in found],
        },
    ).fetchall()
    for one, (_, group, symbol) in zip(found, names, strict=True):
        end = "on" if one.valid_to == FOREVER else f"to {one.valid_to}"
        says = (
            "is in the history and not in the record" if one.is_stored else "is not in the history"
        )
        section.find(
            f"its stay from {one.valid_from} {end} {says}",
            group=group,
            symbol=symbol,
            remedy=REBUILD,
        )
    section.tell("Intervals of history that differ", len(found), passed=not found)
