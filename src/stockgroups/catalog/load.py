"""The catalogue as a program asks for it: what ships, and a user's own over it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stockgroups.catalog.build import build_catalog
from stockgroups.catalog.tables import SHIPPED, Tables, overlay, read_tables

if TYPE_CHECKING:
    from pathlib import Path

    from stockgroups.catalog.catalog import Catalog


def load_catalog(user_dir: Path | None = None) -> Catalog:
    """Load the shipped catalogue and lay over it what the user's folder holds.

    The user's files have the names of the shipped ones; an entry with a known key changes the
    fields that it names, a new key adds an entry. What ships is read once in a process, a user's
    folder at every call. Raise CatalogError for a mistake in any file.
    """
    if user_dir is None:
        return _shipped_catalog()
    return build_catalog(overlay(_shipped_tables(), read_tables(user_dir)))


@cache
def _shipped_tables() -> Tables:
    return read_tables(SHIPPED)


@cache
def _shipped_catalog() -> Catalog:
    return build_catalog(_shipped_tables())
