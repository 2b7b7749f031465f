"""Upgrade a database: its schema, and first snapshots for the memberships that it has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.catalog import load_catalog
from stockgroups.db import schema
from stockgroups.db.arrays import register_arrays
from stockgroups.db.dates import register_dates
from stockgroups.db.sql import load_statements
from stockgroups.jobs.identity import settle_identity
from stockgroups.jobs.reconcile import adopt
from stockgroups.json_values import pick
from stockgroups.model import ENVIRONMENTS, GroupKey, GroupType
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.identity_changes import describe_settled
from stockgroups.record.interval_differences import project_history
from stockgroups.record.loads import LoadNote
from stockgroups.store import Store

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection, Target
    from stockgroups.record.plan import Plan

_SQL = load_statements("drift")


@dataclass(slots=True)
class UpgradeReport:
    """The schema before (None: there was none) and after, and what the upgrade changed.

    `adopted` are the groups that got a first snapshot. `mended` lists the repairs of shared tables
    that other programs had dropped or made again. `corrected` are groups that had the members of a
    proxy although their own source is recorded. `bereft` maps environments to the number of
    recorded groups that have no row in the tables, `settled` maps environments to the changes of
    their recomputed stocks.
    """

    target: Target
    before: str | None
    after: str
    adopted: list[GroupKey] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    corrected: list[GroupKey] = field(default_factory=list)
    bereft: dict[str, int] = field(default_factory=dict)
    settled: dict[str, Plan] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "target": str(self.target),
            **pick(self, "before after adopted corrected mended bereft"),
            "identity": describe_settled(self.settled),
        }


def upgrade_database(target: Target, catalog: Catalog | None = None) -> UpgradeReport:
    """Upgrade the schema and adopt the memberships that exist, in one transaction.

    Symbols are read with the aliases of the catalogue (None: the shipped one).

    Raises:
        SchemaError: The schema is newer than the program.
        DatabaseError: Something is in the way. Then nothing has changed.
    """
    report = UpgradeReport(target, None, schema.VERSION)

    def finish(connection: Connection) -> None:
        register_dates(connection)
        register_arrays(connection)
        for environment in ENVIRONMENTS:
            report.adopted += adopt(Store(connection, environment))
        report.corrected = _correct(connection)
        report.settled = settle_identity(connection, catalog or load_catalog())
        report.bereft = dict(connection.execute(_SQL["count_bereft"]).fetchall())

    report.before, report.after = schema.upgrade(target, finish, report.mended.append)
    if report.before is None:
        report.mended.clear()  # they were adopted, or made for the first time
    return report


def _correct(connection: Connection) -> list[GroupKey]:
    """Give groups with a proxy the members of their own sources, if any; return these groups."""
    found: dict[str, dict[int, GroupKey]] = {}
    for environment, number, kind, name in connection.execute(_SQL["list_outranked"]).fetchall():
        key = GroupKey(environment, GroupType(kind), name)
        found.setdefault(environment, {})[number] = key
    corrected: list[GroupKey] = []
    for environment, groups in found.items():
        desired = [DesiredGroup(key, snapshots=()) for key in groups.values()]
        store = Store(connection, environment)
        plan = apply(store, desired, note=LoadNote("rebuild"))
        project_history(store, groups)
        corrected += [one.key for one in plan.groups if one.points_elsewhere]
    return corrected
