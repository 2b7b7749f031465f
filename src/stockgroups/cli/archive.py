"""Move migrated entries out of cache_entries into an archive table, or bring them back.

Only at a parity of 100.00 %: when the new tables hold all that the entries say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.migrate import add_accept
from stockgroups.cli.output import print_json, tell, warn
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `archive-legacy`."""
    parser.add_argument("--restore", action="store_true", help="bring the archived entries back")
    parser.add_argument("--dry-run", action="store_true", help="count, write nothing")
    add_accept(parser)


def run(args: argparse.Namespace) -> int:
    """Archive or bring back; exit 1 when something could not be moved."""
    from stockgroups.jobs import archive  # noqa: PLC0415 - not for --help

    with open_session(args) as session:
        if args.restore:
            report = archive.bring_back_entries(
                session.connection, session.environment, dry_run=args.dry_run
            )
        else:
            report = archive.archive_entries(
                session.connection,
                session.environment,
                session.load_catalog(),
                accepts_refused=bool(args.accept),
                dry_run=args.dry_run,
            )
    if args.json:
        print_json(report.as_dict())
    else:
        verb = "Brought back" if args.restore else "Archived"
        prefix = f"[DRY-RUN] Would have {verb.lower()}" if args.dry_run else f"✓ {verb}"
        tell(f"{prefix} {report.moved.total()} entries in {session.target}")
        for kind, count in sorted(report.moved.items()):
            tell(f"    {count} of type {kind}")
    for taken in report.taken:
        warn(f"✗ {taken} stays archived: another entry has its key or its number")
    return 1 if report.taken else 0
