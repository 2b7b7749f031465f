"""Validation: each check is a plain function that returns located findings; all are one list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.checks.catalogs import check_sectors, check_themes
from stockgroups.checks.etfs import check_etfs
from stockgroups.checks.identity import check_identity
from stockgroups.checks.metadata import check_metadata
from stockgroups.checks.relationships import check_relationships
from stockgroups.checks.section import Fact, Section
from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import reading

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

CHECKS = (
    check_etfs,
    check_metadata,
    check_relationships,
    check_sectors,
    check_themes,
    check_identity,
)

__all__ = ["CHECKS", "Fact", "Section", "Validation", "validate"]


@dataclass(frozen=True, slots=True)
class Validation:
    """The outcome of all checks, as of one moment."""

    environment: str
    sections: list[Section]

    @property
    def passed(self) -> bool:
        """Whether every section passed."""
        return all(section.passed for section in self.sections)

    def as_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "environment": self.environment,
            "passed": self.passed,
            "sections": [section.as_dict() for section in self.sections],
        }


@pausing_collector()
def validate(connection: Connection, environment: str, catalog: Catalog) -> Validation:
    """Run every check on one consistent state of the environment."""
    with reading(connection):
        return Validation(
            environment, [check(connection, environment, catalog) for check in CHECKS]
        )
