"""Load the members of a universe on one date from a list: CSV, XLSX or JSON with Symbol,Name etc.

The list becomes a source of the universe, with its date, file and receipt. It takes precedence over
the members of the index package; of several lists the newest is the current one. The exit status is
1 when a guard or the database refused it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import add_accept, add_dry_run, parse_date
from stockgroups.cli.identity_changes import describe_identity, show_identity
from stockgroups.cli.output import print_json, tell, warn
from stockgroups.cli.reconcile import warn_drift
from stockgroups.cli.session import open_database, tell_target
from stockgroups.model import Category
from stockgroups.record.replaced import describe_others
from stockgroups.suspicions import parse_accept
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.universes import UniverseReport

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-universe`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the list")
    parser.add_argument(
        "--universe", metavar="KEY", required=True, help="the universe, such as sp500"
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="the date (YYYY-MM-DD) of a list that has none"
    )
    parser.add_argument(
        "--exchange",
        metavar="MIC",
        help="the exchange of the stocks, where the list does not say it, such as XASX",
    )
    add_dry_run(parser)
    add_accept(parser)


def run(args: argparse.Namespace) -> int:
    """Load the list, and tell what became of it."""
    from stockgroups.jobs.universes import load_universe  # noqa: PLC0415 - not for --help

    accept = parse_accept(args.accept)
    as_of = parse_date(args.as_of)
    with open_database(args) as db:
        tell_target(db, dry_run=args.dry_run)
        report = load_universe(
            db,
            args.file,
            args.universe,
            as_of=as_of,
            exchange=args.exchange,
            dry_run=args.dry_run,
            accept=accept,
        )
    if args.json:
        print_json(describe(report))
    _show(report)
    warn_drift(report.plan)
    return 1 if report.error else 0


def describe(report: UniverseReport) -> dict[str, Any]:
    """Return the outcome as JSON values."""
    snapshot, group = report.snapshot, report.group
    receipt = snapshot.receipt
    assert receipt is not None  # noqa: S101 - every list that is read has one
    return {
        "dry_run": report.dry_run,
        "file": snapshot.file_name,
        "universe": group.key.name,
        "as_of": report.incoming.as_of.isoformat(),
        "outcome": report.incoming.outcome.value,
        "rows": receipt.rows_read,
        "members": snapshot.member_count,
        "rejected": receipt.rows.get(Category.REJECTED, 0),
        "total_symbols": group.member_count,
        "changed": report.plan.changes_anything,
        "added": sorted(group.added),
        "removed": group.removed,
        "load": None if report.dry_run else report.plan.load_id,
        "identity": describe_identity(report.plan),
        **describe_others(report.plan),
        "receipt": receipt.to_dict(),
        "error": str(report.error) if report.error else None,
    }


def _show(report: UniverseReport) -> None:
    told = describe(report)
    receipt = told["receipt"]
    counts = f"{count_of(told['rows'], 'row')}, {count_of(told['members'], 'member')}"
    others = [
        f"{count} {category}"
        for category, count in receipt["rows"].items()
        if count and category != Category.MEMBER
    ]
    line = f"  {told['file']} · {told['outcome']} · as of {told['as_of']}"
    tell(f"{line} (from {receipt['as_of_from']}) · {', '.join([counts, *others])}")
    if receipt["unknown_columns"]:
        columns = ", ".join(receipt["unknown_columns"])
        tell(f"! columns not understood: {columns}")
    for note in receipt["notes"]:
        tell(f"  note: {note}")
    # What a list left out by its own dates is told by a note.
    rows = [row for row in receipt["lines"] if row["category"] != Category.OTHER]
    for row in rows[:SHOWN]:
        tell(
            f"  line {row['line']}: {row['category']}: {row['ticker'] or row['name'] or '–'}: "
            f"{row['reason']}",
        )
    if len(rows) > SHOWN:
        rest = len(rows) - SHOWN
        tell(f"  … and {rest} more rows that are no members; --json has all")
    tell(_outcome(report, told))
    for line in show_identity(report.plan):
        tell(line)
    if told["error"]:
        warn(f"✗ {told['universe']}: refused: {told['error']}")


def _outcome(report: UniverseReport, told: dict[str, Any]) -> str:
    name, count = told["universe"], f"{told['total_symbols'] or 0} symbols"
    if told["error"]:
        return f"✗ Left {name} as it was"
    if not told["changed"]:
        return f"✓ Unchanged {name}: {count}; everything was there already"
    changes = f"+{len(told['added'])} −{len(told['removed'])}"
    if report.dry_run:
        return f"[DRY-RUN] Would record {name}: {count} ({changes})"
    if report.group.is_new:
        return f"✓ Inserted {name}: {count}"
    if report.group.changes_members:
        return f"✓ Updated {name}: {count} ({changes})"
    return f"✓ Recorded {name}: as of {told['as_of']}; {count}, unchanged"
