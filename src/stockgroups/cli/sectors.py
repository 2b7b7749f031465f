"""Make the SECTOR groups what the catalogue says; their members are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.organized import tell_groups, tell_json
from stockgroups.cli.output import tell
from stockgroups.cli.session import open_session
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse

    from stockgroups.cli.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `organize-sectors`."""
    parser.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")


def run(args: argparse.Namespace) -> int:
    """Organise, and print what became of each sector."""
    with open_session(args) as session:
        return organize(session, args)


def organize(session: Session, args: argparse.Namespace) -> int:
    """Organise in an open session; shared with the demo."""
    from stockgroups.jobs.organize import organize_sectors  # noqa: PLC0415 - not for --help

    catalog = session.load_catalog()
    tell(f"{'[DRY-RUN] ' if args.dry_run else ''}Target: {session.target}", quiet=args.json)
    if not args.dry_run:
        tell(f"Creating {len(catalog.sectors)} sector entries...", quiet=args.json)
    report = organize_sectors(
        session.connection, session.environment, catalog, dry_run=args.dry_run
    )
    if args.json:
        tell_json(report)
    return tell_groups(report, GroupType.SECTOR, "sector", quiet=args.json)
