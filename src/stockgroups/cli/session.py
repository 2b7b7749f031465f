"""What nearly every command begins with: settings, catalogue, target, connection."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.db.connection import connect, find_target
from stockgroups.settings import read_settings

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection, Target
    from stockgroups.settings import Settings


@dataclass(frozen=True, slots=True)
class Session:
    """An open connection and what belongs to it."""

    settings: Settings
    target: Target
    connection: Connection
    catalog_dir: Path | None

    @property
    def environment(self) -> str:
        """The environment that is read and written."""
        return self.settings.environment

    def load_catalog(self) -> Catalog:
        """Return the shipped catalogues with the user's own laid over them."""
        from stockgroups.catalog import load_catalog  # noqa: PLC0415 - most look-ups need none

        return load_catalog(self.catalog_dir)


@contextmanager
def open_session(args: argparse.Namespace, *, check: bool = True) -> Iterator[Session]:
    """Open the chosen database, or raise the error that says why not.

    With `check`, a schema of another version is such an error.
    """
    settings = read_settings()
    target = find_target(settings)
    catalog_dir = Path(args.catalog) if args.catalog else settings.catalog_dir
    with connect(target, check=check) as connection:
        yield Session(settings, target, connection, catalog_dir)
