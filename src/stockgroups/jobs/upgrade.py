"""Bringing a database up: its schema, and first snapshots of the memberships that it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.db import schema
from stockgroups.db.dates import register_dates
from stockgroups.jobs.outside import adopt
from stockgroups.model import ENVIRONMENTS, GroupKey

if TYPE_CHECKING:
    import psycopg

    from stockgroups.db.connection import Target


@dataclass(slots=True)
class UpgradeReport:
    """The schema before (None: there was none) and after, and the groups that were adopted."""

    before: str | None
    after: str
    adopted: list[GroupKey] = field(default_factory=list)


def upgrade_database(target: Target) -> UpgradeReport:
    """Bring the schema up and adopt the memberships that are there, in one transaction.

    Raises SchemaError when the schema is newer than the program, DatabaseError for what is in the
    way; then nothing has changed.
    """
    adopted: list[GroupKey] = []

    def finish(connection: psycopg.Connection[Any]) -> None:
        register_dates(connection)
        for environment in ENVIRONMENTS:
            adopted.extend(adopt(connection, environment))

    before, after = schema.upgrade(target, finish)
    return UpgradeReport(before, after, adopted)
