"""Make the THEME groups of the catalogue and the UNIVERSE groups of the index package.

Themes that are in no catalogue are deleted, after they are named; --preserve keeps them.
"""

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
    """Add the flags of `organize-universe`."""
    parser.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")
    parser.add_argument(
        "--preserve", action="store_true", help="keep themes that are in no catalogue"
    )
    parser.add_argument(
        "--verbose", action="store_true", help="tell which symbols come and which go"
    )


def run(args: argparse.Namespace) -> int:
    """Organise, and print what became of each theme and universe."""
    with open_session(args) as session:
        return organize(session, args)


def organize(session: Session, args: argparse.Namespace) -> int:
    """Organise in an open session; shared with the demo."""
    from stockgroups.jobs.organize import find_strangers, organize_universe  # noqa: PLC0415 - not for --help

    catalog = session.load_catalog()
    quiet = args.json
    tell(f"{'[DRY-RUN] ' if args.dry_run else ''}Target: {session.target}", quiet=quiet)
    if not args.dry_run:
        tell(f"Creating {len(catalog.themes)} theme entries...", quiet=quiet)
    strangers = (
        [] if args.preserve else find_strangers(session.connection, session.environment, catalog)
    )
    if strangers:
        tell(f"In no catalogue: {', '.join(key.name for key in strangers)}", quiet=quiet)
    report = organize_universe(
        session.connection, session.environment, catalog, delete=strangers, dry_run=args.dry_run
    )
    if args.json:
        tell_json(report)
    if report.plan.deleted:
        verb = "[DRY-RUN] Would delete" if args.dry_run else "Deleted"
        tell(f"{verb} {len(report.plan.deleted)} existing themes", quiet=quiet)
    themes = tell_groups(report, GroupType.THEME, "theme", quiet=quiet, verbose=args.verbose)
    universes = tell_groups(
        report, GroupType.UNIVERSE, "universe", quiet=quiet, verbose=args.verbose
    )
    return max(themes, universes)
