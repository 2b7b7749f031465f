"""Load ETF holdings: read the issuers' files and update each fund's memberships and history.

As long as a fund that tracks a known index has no file, the members of that index are used instead,
marked as a proxy; in PROD only with --proxies. If a file cannot be read, its fund stays unchanged,
the other files are loaded, and the exit status is 1. It is also 1 when the folder has no holdings
file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli import load_report
from stockgroups.cli.flags import (
    add_accept,
    add_date_flag,
    add_dry_run,
    add_folder_flag,
    add_ignore_flag,
    add_volume_flags,
)
from stockgroups.cli.formats import warn_of_plugins
from stockgroups.cli.output import Progress, hush, report_line
from stockgroups.cli.session import open_database, print_changed, print_target
from stockgroups.cli.tabular import emit_report
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.cli.parser import Parser
    from stockgroups.jobs.proxies import ProxyRemoval


def add_arguments(parser: Parser) -> None:
    """Add the flags of `load`."""
    parser.advice = "name a fund with --etf, a folder with --holdings-dir"
    parser.add_argument("--etf", metavar="TICKER", help="this fund only")
    add_dry_run(parser)
    parser.add_argument(
        "--mode",
        choices=("incremental", "full", "dry-run"),
        default="incremental",
        help="incremental (default): skip files that were read before; full: read all again",
    )
    parser.add_argument("--rebuild", action="store_true", help="the same as --mode full")
    add_folder_flag(parser, "the folder of the issuers' files")
    add_ignore_flag(parser)
    parser.add_argument(
        "--proxies",
        action="store_true",
        default=None,
        help="use index members for funds without a file; the default except in PROD",
    )
    parser.add_argument(
        "--no-proxies",
        dest="proxies",
        action="store_false",
        default=None,
        help="add no proxies (or INDEX_PROXIES=off)",
    )
    parser.add_argument(
        "--remove-proxies",
        action="store_true",
        help="load nothing; remove the proxies of all funds, or of --etf",
    )
    add_date_flag(parser, "--as-of", "the date (YYYY-MM-DD) of files that have none")
    add_accept(parser)
    parser.add_argument(
        "--plan",
        metavar="HASH",
        help="apply exactly the plan that --dry-run with the same flags printed with this "
        "hash, or nothing",
    )
    add_volume_flags(parser, verbose="list every file and fund, even if there are many")


def run(args: argparse.Namespace) -> int:
    """Load, and print the outcome of every file and fund."""
    if args.plan is not None and (args.remove_proxies or args.dry_run or args.mode == "dry-run"):
        raise UsageError(
            "only a load that writes applies a plan",
            where="--plan",
            remedy="leave one of them out",
        )
    dry_run = args.dry_run or args.mode == "dry-run"
    with open_database(args) as db, hush(hushed=args.quiet):
        if args.remove_proxies:
            print_changed(db, dry_run=dry_run)
            removed = db.remove_proxies(args.etf, dry_run=dry_run)
            emit_report(args, removed, lambda: _show_removed(removed))
            return 0
        if args.etf and (former := db.catalog.renamed_fund(args.etf.strip().upper())):
            report_line(f"{former}; loading {former.fund}")
        print_target(db, dry_run=dry_run)
        done = db.load(
            args.holdings_dir,
            etf=args.etf,
            as_of=args.as_of,
            accept=args.accept,
            ignore=args.ignore,
            proxies=args.proxies,
            rebuild=args.rebuild or args.mode == "full",
            dry_run=dry_run,
            plan=args.plan,
            progress=Progress("reading"),
        )
        emit_report(args, done, lambda: load_report.show(done, verbose=args.verbose))
    warn_of_plugins()
    return 1 if done.failures else 0


def _show_removed(done: ProxyRemoval) -> Iterator[str]:
    """Yield the removed proxies."""
    for name in done.funds:
        if done.dry_run:
            yield f"[DRY-RUN] Would remove the proxy of {name}"
        else:
            left = ": it has no holdings now" if name in done.emptied else ""
            yield f"✓ Removed the proxy of {name}{left}"
    if done.load_id is not None:
        yield (
            f"Loads add no proxy for them again; `stockgroups rollback {done.load_id}` "
            "restores them"
        )
        yield "Stock metadata may be stale now: run `stockgroups build-metadata`"
    if not done.funds:
        yield "There are no proxies to remove"
