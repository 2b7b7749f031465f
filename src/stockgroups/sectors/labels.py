"""Labels that are in no table, with their files."""

from __future__ import annotations

from dataclasses import dataclass

from stockgroups.db.sql import load_statements
from stockgroups.store import Store, execute

_SQL = load_statements("evidence")


@dataclass(frozen=True, slots=True)
class UnknownLabel:
    """A sector label that is in no table; `group` is None in a directory."""

    label: str
    group: str | None
    file_name: str | None


def find_unknown_labels(store: Store) -> list[UnknownLabel]:
    """Return the unknown labels of the effective snapshots and of the newest screener."""
    taxonomy = store.catalog.taxonomy
    found = [
        UnknownLabel(label, group, file_name)
        for group, file_name, labels in execute(store, _SQL["read_labels"])
        for label in labels
        if not taxonomy.knows(label)
    ]
    found += [
        UnknownLabel(label, None, file_name)
        for file_name, labels in store.connection.execute(_SQL["read_screener_labels"])
        for label in labels
        if not taxonomy.screener_knows(label)
    ]
    return found
