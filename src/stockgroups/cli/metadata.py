"""Build stock_metadata in cache_entries: each stock's ETFs, themes, name and sector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run
from stockgroups.cli.output import report_line, warn
from stockgroups.cli.plans import warn_drift
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import emit_report
from stockgroups.errors import NotFoundError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.metadata import MetadataReport

LOOK = "`stockgroups validate` shows how to keep them, and how to restore the record"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `build-metadata`."""
    add_dry_run(parser, "count, write nothing")
    parser.add_argument(
        "--rebuild",
        action="store_true",
        help="write every entry again, and delete those of stocks that no ETF holds",
    )


def run(args: argparse.Namespace) -> int:
    """Build, and print the counts."""
    with open_database(args) as db:
        verb = "[DRY-RUN] Would build in" if args.dry_run else "Building in"
        report_line(f"{verb} {db.target}")
        done = db.build_metadata(rebuild=args.rebuild, dry_run=args.dry_run)
        emit_report(args, done, lambda: show(done, rebuild=args.rebuild))
        if not done.stocks:
            raise NotFoundError(
                f"no ETF has holdings in environment {db.environment}",
                remedy=db.advise_empty(),
            )
    return 0


def show(report: MetadataReport, *, rebuild: bool) -> Iterator[str]:
    """Yield the counts, and warn of another program's changes."""
    # Scripts look for the word `stocks`, also for a single one.
    yield f"Collected {report.stocks} unique stocks from ETFs"
    yield f"Built membership map for {report.stocks} stocks"
    share = f"{report.with_sector / report.stocks:.1%}" if report.stocks else "none"
    text = f"{report.with_sector} of {report.stocks} in ETFs ({share})"
    yield f"Stocks with a sector: {text}"
    if report.low_confidence:
        yield f"! {report.low_confidence} of them with low confidence"
    verb = "would change" if report.dry_run else "changed"
    yield (
        f"Sector memberships: {sum(report.sectors.values())} in {len(report.sectors)} sectors, "
        f"{report.sectors_changed} {verb}"
    )
    would = "[DRY-RUN] Would have " if report.dry_run else "✓ "
    yield (
        f"{would}inserted {report.inserted}, updated {report.updated}, "
        f"emptied {report.leftovers_emptied}, deleted {report.leftovers_deleted} entries"
    )
    if report.stocks and not report.changed:
        yield "Nothing changed: already up to date"
    if report.leftovers and not rebuild:
        many = report.leftovers != 1
        of = f"{report.leftovers} entries are of stocks" if many else "1 entry is of a stock"
        yield f"! {of} that no ETF holds; --rebuild deletes {'them' if many else 'it'}"
    if report.drifted:
        names = ", ".join(f"{kind} {name}" for kind, name in report.drifted)
        warn(f"! built from members that another program changed: {names}; {LOOK}")
    if report.plan is not None:
        warn_drift(report.plan)
    if report.duplicates:
        warn(
            f"! {report.duplicates} entries have a duplicate with the same key; all of them "
            "were written"
        )
