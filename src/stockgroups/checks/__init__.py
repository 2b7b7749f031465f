"""Validation: each check is a plain function that returns located findings, from one list."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.checks.catalogs import check_sectors, check_themes
from stockgroups.checks.differences import find_drift, read_stocks
from stockgroups.checks.etfs import check_etfs
from stockgroups.checks.expressions import check_expressions
from stockgroups.checks.identity import check_identity
from stockgroups.checks.metadata import check_metadata
from stockgroups.checks.relationships import check_relationships
from stockgroups.checks.section import Fact, Section
from stockgroups.collector import pausing_collector
from stockgroups.db.transactions import reading
from stockgroups.findings import Finding
from stockgroups.queries.frames import Kind, Tabular, kinds_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.store import Store

CHECKS = (
    check_etfs,
    check_metadata,
    check_relationships,
    check_sectors,
    check_themes,
    check_identity,
    check_expressions,
)

__all__ = ["CHECKS", "Fact", "Section", "Validation", "validate"]


@dataclass(frozen=True, slots=True)
class Validation(Tabular):
    """The outcome of all checks on one state of the database."""

    KEYS = "environment passed sections"

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Finding)

    environment: str
    sections: list[Section]

    @property
    def passed(self) -> bool:
        """Whether every section passed."""
        return all(section.passed for section in self.sections)

    def rows(self) -> list[dict[str, Any]]:
        """Return a row for each finding, section by section."""
        return [finding.to_dict() for section in self.sections for finding in section.findings]


@pausing_collector()
def validate(store: Store) -> Validation:
    """Run every check on one consistent state of the environment."""
    with reading(store.connection):
        drift = replace(find_drift(store), stocks=read_stocks(store))
        return Validation(
            store.environment,
            [check(store, drift) for check in CHECKS],
        )
