"""Output of the refresh of saved expressions, as text or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import warn
from stockgroups.cli.plans import warn_drift
from stockgroups.cli.tabular import emit
from stockgroups.text import count_of, list_some

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.expressions import RefreshReport, SavedGroup

LONGEST_LIST = 20
"""The most symbols in a line of added or removed ones."""


def print_report(args: argparse.Namespace, report: RefreshReport) -> int:
    """Print a report, and warn of other programs' changes; return the exit status."""
    emit(args, report.to_dict(), lambda: show(report), table=report)
    for group in report.failures:
        warn(f"✗ {group.key}: {group.error}; its members are unchanged")
    if report.plan is not None:
        warn_drift(report.plan)
    return 1 if report.failures else 0


def show(report: RefreshReport) -> Iterator[str]:
    """Yield the report as lines, group by group."""
    if not report.groups:
        yield "no saved expressions: `stockgroups members EXPR --save NAME` saves one"
    for group in report.groups:
        if group.error is None:
            yield from _show_group(group, dry_run=report.dry_run)
    if report.load_id is not None:
        yield f"load {report.load_id}"


def _show_group(group: SavedGroup, *, dry_run: bool) -> Iterator[str]:
    verb = "create" if group.is_new else "update" if group.changed else "leave"
    done = {"create": "✓ Created", "update": "✓ Updated", "leave": "✓ Unchanged"}
    head = f"[DRY-RUN] Would {verb}" if dry_run else done[verb]
    moved = f", {group.reweighted} reweighted" if group.reweighted else ""
    change = f" (+{len(group.added)} −{len(group.removed)}{moved})" if group.changed else ""
    yield f"{head} {group.key}: {count_of(group.members or 0, 'stock')}{change}"
    yield f"    {group.expression}"
    if group.former is not None:
        yield f"    before: {group.former}"
    for sign, symbols in (("+", () if group.is_new else group.added), ("−", group.removed)):
        if symbols:
            yield f"    {sign} {list_some(symbols, LONGEST_LIST)}"
    for warning in group.warnings:
        yield f"    ! {warning}"
