"""Move migrated entries from cache_entries to an archive table, or bring them back.

Works only at a parity of 100.00 %: when the new tables have the whole content of the entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run
from stockgroups.cli.migrate import add_accept
from stockgroups.cli.output import warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import emit_report

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `archive-legacy`."""
    parser.add_argument("--restore", action="store_true", help="bring the archived entries back")
    add_dry_run(parser, "count, write nothing")
    add_accept(parser)


def run(args: argparse.Namespace) -> int:
    """Archive or bring back entries; return 1 if something could not be moved."""
    from stockgroups.migration import archive  # noqa: PLC0415 - not for --help

    with open_database(args) as db:
        if args.restore:
            done = archive.bring_back_entries(db, dry_run=args.dry_run)
        else:
            done = archive.archive_entries(
                db, accepts_refused=bool(args.accept), dry_run=args.dry_run
            )
    verb = "Restored" if args.restore else "Archived"
    prefix = f"[DRY-RUN] Would have {verb.lower()}" if args.dry_run else f"✓ {verb}"
    lines = [f"{prefix} {done.moved.total()} entries in {db.target}"]
    lines += [f"    {count} of type {kind}" for kind, count in sorted(done.moved.items())]
    emit_report(args, done, lambda: lines)
    if done.gap and not args.json:
        warn(f"! {done.gap}")
    for taken in done.taken:
        warn(f"✗ {taken} remains archived: another entry has its key or number")
    return 1 if done.taken else 0
