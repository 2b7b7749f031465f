"""What nearly every command begins with: the database that flags and settings choose."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.api import Database
from stockgroups.cli.output import tell, warn
from stockgroups.settings import read_settings

if TYPE_CHECKING:
    import argparse


def open_database(
    args: argparse.Namespace, *, check: bool = True, strict: bool = False
) -> Database:
    """Open the database that the flags and the settings choose.

    Args:
        check: Refuse a schema of another version.
        strict: Refuse a setting of an unknown name, as nobody watches.

    Raises:
        UsageError: A setting is wrong.
        DatabaseNotChosenError: None is chosen.
        DatabaseUnreachableError: It does not answer.
        SchemaError: With `check`, its schema is missing or of another version.
    """
    settings = read_settings(strict=strict)
    if args.catalog:
        settings = replace(settings, catalog_dir=Path(args.catalog))
    return Database(settings, check=check)


def tell_target(db: Database, *, dry_run: bool, besides: str = "") -> None:
    """Say which database and environment will be loaded into, before it begins."""
    verb = "[DRY-RUN] Would load into" if dry_run else "Loading into"
    tell(f"{verb} {db.target}{besides}")


def tell_if_empty(db: Database) -> None:
    """Say which environments have data, where the chosen one has nothing of which to tell."""
    if advice := db.advise_elsewhere():
        warn(f"! Environment {db.environment} is empty; {advice}")
