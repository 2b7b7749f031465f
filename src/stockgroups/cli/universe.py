"""Create or update the THEME groups of the catalogue and the UNIVERSE groups of the index package.

Themes that are in no catalogue are listed and deleted, unless --preserve keeps them. On a terminal
the command asks first. The deleted themes are recorded, and `rollback` brings them back.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run
from stockgroups.cli.organized import show_groups
from stockgroups.cli.output import report_line, warn
from stockgroups.cli.plans import show_identity, warn_drift
from stockgroups.cli.session import open_database, print_changed
from stockgroups.cli.tabular import emit_report
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.organize import OrganizeReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `organize-universe`."""
    add_dry_run(parser)
    parser.add_argument(
        "--preserve", action="store_true", help="keep themes that are in no catalogue"
    )
    parser.add_argument(
        "--yes", action="store_true", help="delete without asking (the default without a terminal)"
    )
    parser.add_argument(
        "--verbose", action="store_true", help="show which symbols are added and removed"
    )


def run(args: argparse.Namespace) -> int:
    """Organise, and print the outcome of each theme and universe."""
    from stockgroups.readers.lists.index_package import find_lack  # noqa: PLC0415 - not for --help

    with open_database(args) as db:
        print_changed(db, dry_run=args.dry_run)
        if not args.dry_run:
            report_line(f"Creating {len(db.catalog.themes)} theme entries...")
        strangers = [] if args.preserve else db.strangers()
        names = ", ".join(key.name for key in strangers)
        if strangers:
            report_line(f"In no catalogue: {names}")
        if strangers and not (args.dry_run or args.yes) and not _agrees(names):
            report_line("Nothing was changed; --preserve keeps these themes")
            return 1
        done = db.organize_universe(delete=strangers, dry_run=args.dry_run)
    emit_report(args, done, lambda: show(done, args))
    if lack := find_lack():
        warn(f"! Universes are unchanged: {lack}")
    return 1 if done.refused else 0


def show(done: OrganizeReport, args: argparse.Namespace) -> Iterator[str]:
    """Yield the outcome of each theme and universe."""
    standing = sum(not group.is_new for group in done.groups(GroupType.THEME))
    if not args.preserve and (done.deleted or standing):
        # Scripts look for this line. Themes of the catalogue are never deleted and made again.
        verb = "[DRY-RUN] Would delete" if args.dry_run else "Deleted"
        rest = f" ({standing} of the catalogue kept)" if standing else ""
        yield f"{verb} {len(done.deleted)} existing themes{rest}"
    if done.deletion_id is not None:
        yield f"`stockgroups rollback {done.deletion_id}` brings them back"
    warn_drift(done.plan)
    yield from show_identity(done.plan)
    yield from show_groups(done, GroupType.THEME, "theme", verbose=args.verbose)
    yield from show_groups(done, GroupType.UNIVERSE, "universe", verbose=args.verbose)


def _agrees(names: str) -> bool:
    """Ask on a terminal whether to delete themes. Without a terminal nobody can answer."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return True
    return input(f"Delete these themes: {names}? [y/N] ").strip().casefold() in ("y", "yes")
