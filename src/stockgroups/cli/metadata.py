"""Build stock_metadata in cache_entries: each stock's ETFs and themes, its name and sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import print_json, tell, warn
from stockgroups.cli.session import open_session
from stockgroups.errors import NotFoundError

if TYPE_CHECKING:
    import argparse

    from stockgroups.cli.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `build-metadata`."""
    parser.add_argument("--dry-run", action="store_true", help="count, write nothing")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="write our keys anew and delete the entries of stocks that no ETF holds",
    )


def run(args: argparse.Namespace) -> int:
    """Build, and print the counts."""
    with open_session(args) as session:
        return build(session, args)


def build(session: Session, args: argparse.Namespace) -> int:
    """Build in an open session; shared with the demo."""
    from stockgroups.db.environments import advise_empty  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.metadata import build_metadata  # noqa: PLC0415 - not for --help

    verb = "[DRY-RUN] Would build in" if args.dry_run else "Building in"
    tell(f"{verb} {session.target}", quiet=args.json)
    report = build_metadata(
        session.connection,
        session.environment,
        session.load_catalog(),
        rebuild=args.rebuild,
        dry_run=args.dry_run,
    )
    if args.json:
        print_json(report.as_dict())
    quiet = args.json
    # Scripts look for these words: `stocks`, also of one.
    tell(f"Collected {report.stocks} unique stocks from ETFs", quiet=quiet)
    tell(f"Built membership map for {report.stocks} stocks", quiet=quiet)
    share = f"{report.with_sector / report.stocks:.1%}" if report.stocks else "none"
    tell(f"Stocks with a sector: {report.with_sector} ({share})", quiet=quiet)
    if report.low_confidence:
        tell(f"! {report.low_confidence} of them with low confidence", quiet=quiet)
    verb = "would change" if args.dry_run else "changed"
    tell(
        f"Sector memberships: {sum(report.sectors.values())} in {len(report.sectors)} sectors, "
        f"{report.sectors_changed} {verb}",
        quiet=quiet,
    )
    would = "[DRY-RUN] Would have " if args.dry_run else "✓ "
    tell(
        f"{would}inserted {report.inserted}, updated {report.updated}, "
        f"emptied {report.leftovers_emptied}, deleted {report.leftovers_deleted} entries",
        quiet=quiet,
    )
    if not report.changed:
        tell("Nothing changed: everything was there already", quiet=quiet)
    if report.leftovers and not args.rebuild:
        tell(
            f"! {report.leftovers} entries are of stocks that no ETF holds; --rebuild deletes them",
            quiet=quiet,
        )
    if report.duplicates:
        warn(f"! {report.duplicates} entries have a twin of the same key; all of them were written")
    if not report.stocks:
        raise NotFoundError(
            f"no ETF has holdings in environment {session.environment}",
            remedy=advise_empty(session.connection, session.environment),
        )
    return 0
