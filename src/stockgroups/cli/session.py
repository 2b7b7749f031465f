"""Opens the database that flags and settings choose, for nearly every command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.api import Database
from stockgroups.cli.flags import choose_settings
from stockgroups.cli.output import report_line, warn

if TYPE_CHECKING:
    import argparse


def open_database(
    args: argparse.Namespace, *, check: bool = True, strict: bool = False
) -> Database:
    """Open the database that the flags and the settings choose.

    Args:
        check: Refuse a schema of another version.
        strict: Refuse a setting with an unknown name, for a job that nobody watches.

    Raises:
        UsageError: A setting is wrong.
        DatabaseNotChosenError: None is chosen.
        DatabaseUnreachableError: It does not answer.
        SchemaError: With `check`, its schema is missing or of another version.
    """
    return Database(choose_settings(args, strict=strict), check=check)


def print_target(db: Database, *, dry_run: bool, besides: str = "") -> None:
    """Print the database and the environment that a load will write to, before it begins."""
    verb = "[DRY-RUN] Would load into" if dry_run else "Loading into"
    report_line(f"{verb} {db.target}{besides}")


def print_changed(db: Database, *, dry_run: bool) -> None:
    """Print the database and the environment that a command will change, before it begins."""
    report_line(f"{'[DRY-RUN] ' if dry_run else ''}Target: {db.target}")


def advise_if_empty(db: Database) -> None:
    """Print the environments that have data, if the chosen one has none."""
    if advice := db.advise_elsewhere():
        warn(f"! Environment {db.environment} is empty; {advice}")
