"""Create or update the SECTOR groups of the catalogue; their members stay as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run
from stockgroups.cli.organized import show_groups
from stockgroups.cli.output import report_line
from stockgroups.cli.plans import warn_drift
from stockgroups.cli.session import open_database, print_changed
from stockgroups.cli.tabular import emit_report
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `organize-sectors`."""
    add_dry_run(parser)


def run(args: argparse.Namespace) -> int:
    """Organise, and print the outcome of each sector."""
    with open_database(args) as db:
        print_changed(db, dry_run=args.dry_run)
        if not args.dry_run:
            report_line(f"Creating {len(db.catalog.sectors)} sector entries...")
        done = db.organize_sectors(dry_run=args.dry_run)
    warn_drift(done.plan)
    emit_report(args, done, lambda: show_groups(done, GroupType.SECTOR, "sector"))
    return 1 if done.refused else 0
