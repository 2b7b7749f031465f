"""Load a universe's whole past from one file, a snapshot for each date on which it changed.

Known are tables with the header ticker,start_date,end_date (the end is the first day without),
date,tickers (all members from that day on) or date,add,remove (beside what was recorded before).
A row that is not understood refuses the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import print_json, tell
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.history import HistoryReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-history`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the history")
    parser.add_argument("--universe", metavar="KEY", required=True, help="whose past it is: sp500")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")


def run(args: argparse.Namespace) -> int:
    """Load the history; exit 1 when the database refused it."""
    from stockgroups.jobs.history import load_history  # noqa: PLC0415 - not for --help

    with open_session(args) as session:
        verb = "[DRY-RUN] Would load into" if args.dry_run else "Loading into"
        tell(f"{verb} {session.target}", quiet=args.json)
        report = load_history(
            session.connection,
            session.environment,
            session.load_catalog(),
            args.file,
            args.universe,
            dry_run=args.dry_run,
        )
    if args.json:
        print_json(describe(report))
    else:
        print("\n".join(show(report)))
    return 1 if report.group.error else 0


def describe(report: HistoryReport) -> dict[str, Any]:
    """Return the outcome as JSON values."""
    steps, group = report.history.steps, report.group
    return {
        "dry_run": report.dry_run,
        "file": report.history.file_name,
        "layout": report.history.layout,
        "universe": group.key.name,
        "first": steps[0].date.isoformat() if steps else None,
        "last": steps[-1].date.isoformat() if steps else None,
        "dates": len(steps),
        "recorded": len(group.to_record),
        "taken_back": report.amended,
        "symbols": len(report.history.tickers),
        "total_symbols": group.member_count,
        "changed": report.plan.changes_anything,
        "load": None if report.dry_run else report.plan.load_id,
        "error": str(group.error) if group.error else None,
    }


def show(report: HistoryReport) -> list[str]:
    """Return the outcome as lines."""
    told = describe(report)
    lines = [
        (
            f"  {told['file']} · {told['layout']} · {told['dates']} dates, {told['first']} to "
            f"{told['last']}, {told['symbols']} symbols"
        )
    ]
    if told["error"]:
        return [*lines, f"✗ Left {told['universe']} as it was: {told['error']}"]
    if not told["changed"]:
        return [*lines, f"✓ Unchanged {told['universe']}: everything was there already"]
    back = f", {told['taken_back']} taken back" if told["taken_back"] else ""
    mark = "[DRY-RUN] Would record" if report.dry_run else "✓ Recorded"
    return [
        *lines,
        (
            f"{mark} {told['recorded']} dates of {told['universe']}{back}; "
            f"{told['total_symbols']} symbols now"
        ),
    ]
