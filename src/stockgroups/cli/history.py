"""Load the whole past of a universe from one file: a snapshot for each date on which it changed.

Known tables have the header ticker,start_date,end_date (the end is the first day outside),
date,tickers (all members from that day on) or date,add,remove (added to what was recorded before).
A row that is not understood refuses the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import add_accept, add_dry_run
from stockgroups.cli.identity_changes import describe_identity, show_identity
from stockgroups.cli.reconcile import warn_drift
from stockgroups.cli.session import open_database, tell_target
from stockgroups.cli.tabular import emit
from stockgroups.record.replaced import describe_others
from stockgroups.suspicions import parse_accept

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
        help="end dates are last days inside, not first days outside",
    )
    add_accept(
        parser, "load the file although this guard refuses it: truncated, shrink; may be repeated"
    )
    add_dry_run(parser)


def run(args: argparse.Namespace) -> int:
    """Load the history; exit 1 when the database refused it."""
    from stockgroups.jobs.history import load_history  # noqa: PLC0415 - not for --help

    accept = parse_accept(args.accept)
    with open_database(args) as db:
        tell_target(db, dry_run=args.dry_run)
        report = load_history(
            db,
            args.file,
            args.universe,
            end_inclusive=args.end_inclusive,
            dry_run=args.dry_run,
            accept=accept,
        )
    emit(args, describe(report), lambda: show(report))
    warn_drift(report.plan)
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
        "waiting": report.waiting,
        "file_symbols": len(report.history.tickers),
        "restored": report.restored,
        "file_members": report.last_count,
        "suspicions": [suspicion.to_dict() for suspicion in report.suspicions],
        "total_symbols": group.member_count,
        "changed": report.plan.changes_anything,
        "load": None if report.dry_run else report.plan.load_id,
        "identity": describe_identity(report.plan),
        **describe_others(report.plan),
        "error": str(group.error) if group.error else None,
    }


def show(report: HistoryReport) -> list[str]:
    """Return the outcome as lines."""
    told = describe(report)
    lines = [
        (
            f"  {told['file']} · {told['layout']} · {told['dates']} dates, {told['first']} to "
            f"{told['last']}, {told['file_symbols']} symbols, {told['file_members']} members on "
            "the last"
        ),
        *(f"! accepted ({doubt.guard}): {doubt.message}" for doubt in report.suspicions),
    ]
    if told["waiting"]:
        lines.append(
            f"! dates that lie in the future and are not recorded: {told['waiting']}; "
            "load the file again when they have come"
        )
    if told["error"]:
        return [*lines, f"✗ Left {told['universe']} as it was: {told['error']}"]
    if not told["changed"]:
        return [*lines, f"✓ Unchanged {told['universe']}: everything was there already"]
    back = f", {told['taken_back']} taken back" if told["taken_back"] else ""
    back += f", {told['restored']} brought back" if told["restored"] else ""
    mark = "[DRY-RUN] Would record" if report.dry_run else "✓ Recorded"
    return [
        *lines,
        (
            f"{mark} {told['recorded']} dates of {told['universe']}{back}; "
            f"{told['total_symbols']} symbols now"
        ),
        *show_identity(report.plan),
    ]
