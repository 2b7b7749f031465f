"""Labels that no table knows, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Taxonomy
    from stockgroups.db.connection import Connection

_SQL = load_statements("evidence")


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A word in a column of sectors that stands in no table; `group` None: in a directory."""

    label: str
    group: str | None
    file_name: str | None


def find_unknown_labels(
    connection: Connection, environment: str, taxonomy: Taxonomy
) -> list[UnknownLabel]:
    """Return the unknown labels of the snapshots that count and of the newest screener."""
    found = [
        UnknownLabel(label, group, file_name)
        for group, file_name, labels in connection.execute(
            _SQL["read_labels"], {"environment": environment}
        )
        for label in labels
        if not taxonomy.knows(label)
    ]
    found += [
        UnknownLabel(label, None, file_name)
        for file_name, labels in connection.execute(_SQL["read_screener_labels"])
        for label in labels
        if not taxonomy.screener_knows(label)
    ]
    return found
