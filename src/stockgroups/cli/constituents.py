"""Load the members of a universe on one date from a list: CSV, XLSX or JSON with Symbol,Name etc.

The list becomes a source of the universe, with its date, file and receipt. It takes precedence over
the members of the index package; of several lists the newest is the current one. The exit status is
1 when a guard or the database refused it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import add_accept, add_date_flag, add_dry_run
from stockgroups.cli.output import warn
from stockgroups.cli.plans import show_identity, warn_drift
from stockgroups.cli.session import open_database, print_target
from stockgroups.cli.tabular import emit_report
from stockgroups.model import Category
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.universes import UniverseReport

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-universe`."""
    parser.add_argument("file", metavar="FILE", type=Path, help="the list")
    parser.add_argument(
        "--universe", metavar="KEY", required=True, help="the universe, such as sp500"
    )
    add_date_flag(parser, "--as-of", "the date (YYYY-MM-DD) of a list that has none")
    parser.add_argument(
        "--exchange",
        metavar="MIC",
        help="the exchange of the stocks, such as XASX, if the list does not state it",
    )
    add_dry_run(parser)
    add_accept(parser)


def run(args: argparse.Namespace) -> int:
    """Load the list, and print the outcome."""
    with open_database(args) as db:
        print_target(db, dry_run=args.dry_run)
        done = db.load_universe(
            args.file,
            args.universe,
            as_of=args.as_of,
            exchange=args.exchange,
            dry_run=args.dry_run,
            accept=args.accept,
        )
    emit_report(args, done, lambda: show(done))
    warn_drift(done.plan)
    return 1 if done.error else 0


def show(report: UniverseReport) -> Iterator[str]:
    """Yield the outcome of the list, and of its rows that are not members."""
    data = report.to_dict()
    receipt = data["receipt"]
    counts = f"{count_of(data['rows'], 'row')}, {count_of(data['members'], 'member')}"
    others = [
        f"{count} {category}"
        for category, count in receipt["rows"].items()
        if count and category != Category.MEMBER
    ]
    line = f"  {data['file']} · {data['outcome']} · as of {data['as_of']}"
    yield f"{line} (from {receipt['as_of_from']}) · {', '.join([counts, *others])}"
    if receipt["unknown_columns"]:
        columns = ", ".join(receipt["unknown_columns"])
        yield f"! columns not understood: {columns}"
    for note in receipt["notes"]:
        yield f"  note: {note}"
    # A note reports the rows that the list's own dates exclude.
    rows = [row for row in receipt["lines"] if row["category"] != Category.OTHER]
    for row in rows[:SHOWN]:
        yield (
            f"  line {row['line']}: {row['category']}: {row['ticker'] or row['name'] or '–'}: "
            f"{row['reason']}"
        )
    if len(rows) > SHOWN:
        rest = len(rows) - SHOWN
        yield f"  … and {rest} more rows that are not members; --json lists all"
    yield _outcome(report, data)
    yield from show_identity(report.plan)
    if data["error"]:
        warn(f"✗ {data['universe']}: refused: {data['error']}")


def _outcome(report: UniverseReport, data: dict[str, Any]) -> str:
    name, count = data["universe"], f"{data['total_symbols'] or 0} symbols"
    if data["error"]:
        return f"✗ Left {name} as it was"
    if not data["changed"]:
        return f"✓ Unchanged {name}: {count}; already up to date"
    changes = f"+{len(data['added'])} −{len(data['removed'])}"
    if report.dry_run:
        return f"[DRY-RUN] Would record {name}: {count} ({changes})"
    if report.group.is_new:
        return f"✓ Inserted {name}: {count}"
    if report.group.changes_members:
        return f"✓ Updated {name}: {count} ({changes})"
    return f"✓ Recorded {name}: as of {data['as_of']}; {count}, unchanged"
