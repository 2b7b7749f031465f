"""Take a load back: the state before it comes again, as a new act that can be taken back itself.

What later loads have said stays. Nothing is erased: what counted is still readable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import print_json, tell
from stockgroups.cli.session import open_session
from stockgroups.store.figures import tell_figures

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.rollback import RollbackReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `rollback`."""
    parser.add_argument("load", metavar="LOAD", type=int, help="its number, as `loads` lists it")
    parser.add_argument("--dry-run", action="store_true", help="show what would be, write nothing")


def run(args: argparse.Namespace) -> int:
    """Take the load back; exit 1 when that cannot be done."""
    from stockgroups.jobs.rollback import roll_back  # noqa: PLC0415 - not for --help

    with open_session(args) as session:
        tell(f"{'[DRY-RUN] ' if args.dry_run else ''}Target: {session.target}", quiet=args.json)
        report = roll_back(session.connection, session.environment, args.load, dry_run=args.dry_run)
    if args.json:
        print_json(describe(report))
    else:
        print("\n".join(show(report)))
    return 1 if any(group.error for group in report.plan.groups) else 0


def describe(report: RollbackReport) -> dict[str, Any]:
    """Return the outcome as JSON values."""
    return {
        "dry_run": report.dry_run,
        "undoes": report.load.id,
        "load": None if report.dry_run else report.plan.load_id,
        "changes": tell_figures(report.plan),
        "replaced_since": dict(report.replaced),
        "errors": [str(group.error) for group in report.plan.groups if group.error],
    }


def show(report: RollbackReport) -> list[str]:
    """Return the outcome as lines."""
    mark = "[DRY-RUN] Would take" if report.dry_run else "✓ Took"
    number = "" if report.dry_run else f" as load {report.plan.load_id}"
    lines = [
        (
            f"{mark} back load {report.load.id} ({report.load.kind} of "
            f"{report.load.started_at.isoformat(timespec='seconds')}){number}"
        )
    ]
    for name, done in tell_figures(report.plan).items():
        if done.get("deleted"):
            told = "gone again"
        else:
            figures = [
                f"{done[word]} {word}"
                for word in ("amended", "added", "removed", "reweighted")
                if done.get(word)
            ]
            told = ", ".join(figures) or "as it was"
        lines.append(f"  {name}: {told}")
    lines += [
        f"! {name}: {count} of its snapshots were replaced by later loads; those stay"
        for name, count in report.replaced.items()
    ]
    lines += [f"✗ {group.error}" for group in report.plan.groups if group.error]
    return lines
