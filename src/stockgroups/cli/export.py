"""Export the environment to a folder: tables for other programs, and what an import needs.

`groups`, `memberships`, `holdings`, `history` (open ends are empty) and `metadata` are for people
and other engines, as CSV, or as Parquet that DuckDB, Spark and Trino read as one table. `record` is
every table of this program as it is, always CSV: `stockgroups import` rebuilds the environment from
it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.output import Progress, make_table, report_line
from stockgroups.cli.session import advise_if_empty, open_database
from stockgroups.cli.tabular import emit_report

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.export import ExportReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `export`."""
    from stockgroups.jobs.export_folder import FORMATS, PARTS  # noqa: PLC0415 - not to start

    parser.add_argument("folder", metavar="FOLDER", type=Path, help="the folder to create")
    parser.add_argument(
        "--format", choices=FORMATS, default="csv", help="of the tables for other programs"
    )
    parser.add_argument(
        "--what",
        metavar="PART",
        action="append",
        choices=PARTS,
        help=f"export only this part: {', '.join(PARTS)}; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Export, and print the content of the folder."""
    with open_database(args) as db:
        report_line(f"Exporting {db.target}")
        done = db.export(args.folder, args.format, args.what, progress=Progress("exporting"))
        emit_report(args, done, lambda: show(done))
        advise_if_empty(db)
    return 0


def show(report: ExportReport) -> list[str]:
    """Return the content of the folder as lines."""
    rows = [(path, file.rows, file.bytes) for path, file in report.manifest.files.items()]
    lines = [f"✓ {report.folder}", *make_table(["file", "rows", "bytes"], rows)]
    if not report.can_be_imported:
        lines.append("! an export without the record cannot be imported; add --what record")
    return lines
