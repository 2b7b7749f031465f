"""Load the whole past of a universe from one file: a snapshot for each date on which it changed.

Known tables have the header ticker,start_date,end_date (the end is the first day outside),
date,tickers (all members from that day on) or date,add,remove (added to what was recorded before).
If one row cannot be understood, the whole file is refused.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_accept, add_dry_run
from stockgroups.cli.plans import show_identity, warn_drift
from stockgroups.cli.session import open_database, print_target
from stockgroups.cli.tabular import emit_report

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.history import HistoryReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-history`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the history")
    parser.add_argument(
        "--universe", metavar="KEY", required=True, help="the universe, such as sp500"
    )
    parser.add_argument(
        "--end-inclusive",
        action="store_true",
        help="an end date is the last day of membership, not the first day after it",
    )
    add_accept(
        parser, "load the file even if this guard refuses it: truncated, shrink; may be repeated"
    )
    add_dry_run(parser)


def run(args: argparse.Namespace) -> int:
    """Load the history; return 1 if the database refuses it."""
    with open_database(args) as db:
        print_target(db, dry_run=args.dry_run)
        done = db.load_history(
            args.file,
            args.universe,
            end_inclusive=args.end_inclusive,
            dry_run=args.dry_run,
            accept=args.accept,
        )
    emit_report(args, done, lambda: show(done))
    warn_drift(done.plan)
    return 1 if done.group.error else 0


def show(report: HistoryReport) -> list[str]:
    """Return the outcome as lines."""
    data = report.to_dict()
    lines = [
        (
            f"  {data['file']} · {data['layout']} · {data['dates']} dates, {data['first']} to "
            f"{data['last']}, {data['file_symbols']} symbols, {data['file_members']} members on "
            "the last"
        ),
        *(f"! accepted ({doubt.guard}): {doubt.message}" for doubt in report.suspicions),
    ]
    if data["waiting"]:
        lines.append(
            f"! dates in the future, which are not recorded: {data['waiting']}; "
            "load the file again after them"
        )
    if data["error"]:
        return [*lines, f"✗ Left {data['universe']} as it was: {data['error']}"]
    if not data["changed"]:
        return [*lines, f"✓ Unchanged {data['universe']}: already up to date"]
    back = f", {data['taken_back']} retracted" if data["taken_back"] else ""
    back += f", {data['restored']} restored" if data["restored"] else ""
    mark = "[DRY-RUN] Would record" if report.dry_run else "✓ Recorded"
    return [
        *lines,
        (
            f"{mark} {data['recorded']} dates of {data['universe']}{back}; "
            f"{data['total_symbols']} symbols now"
        ),
        *show_identity(report.plan),
    ]
