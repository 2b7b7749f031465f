"""Revert a load: restore the state before it, as a new load that can be reverted too.

Reports of later loads stay. Nothing is erased: earlier snapshots can still be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run, number
from stockgroups.cli.plans import show_identity, warn_drift
from stockgroups.cli.session import open_database, print_changed
from stockgroups.cli.tabular import emit_report
from stockgroups.record.figures import list_figures
from stockgroups.record.identity_changes import FIGURE
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.rollback import RollbackReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `rollback`."""
    parser.add_argument(
        "load", metavar="LOAD", type=number, help="the number of the load; `loads` lists them"
    )
    add_dry_run(parser)


def run(args: argparse.Namespace) -> int:
    """Roll the load back; return 1 if that is not possible."""
    with open_database(args) as db:
        print_changed(db, dry_run=args.dry_run)
        done = db.rollback(args.load, dry_run=args.dry_run)
    emit_report(args, done, lambda: show(done))
    warn_drift(done.plan)
    return 1 if any(group.error for group in done.plan.groups) else 0


def show(report: RollbackReport) -> list[str]:
    """Return the outcome as lines."""
    mark = "[DRY-RUN] Would revert" if report.dry_run else "✓ Reverted"
    number = "" if report.dry_run else f" as load {report.plan.load_id}"
    lines = [
        (
            f"{mark} load {report.load.id} ({report.load.kind} of "
            f"{report.load.started_at.isoformat(timespec='seconds')}){number}"
        )
    ]
    for name, done in list_figures(report.plan).items():
        if name == FIGURE:
            continue
        if done.get("deleted"):
            state = "deleted"
        else:
            figures = [
                f"{done[word]} {word}"
                for word in ("amended", "added", "removed", "reweighted")
                if done.get(word)
            ]
            state = ", ".join(figures) or "unchanged"
        lines.append(f"  {name}: {state}")
    lines += [
        f"! {key.full_name}: kept, without members: its description or metadata has changed since"
        for key in report.kept
    ]
    if report.entries:
        lines.append(
            f"  stock_metadata: {count_of(report.entries, 'row')} of cache_entries restored"
        )
    if report.changed_entries:
        rows = count_of(report.changed_entries, "row")
        lines.append(
            f"! stock_metadata: {rows} kept: another build or program has changed them since"
        )
    lines += [
        f"! {name}: {count} of its snapshots were replaced by later loads, which are kept"
        for name, count in report.replaced.items()
    ]
    lines += show_identity(report.plan)
    lines += [f"✗ {group.error}" for group in report.plan.groups if group.error]
    return lines
