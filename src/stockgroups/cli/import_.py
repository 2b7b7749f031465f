"""Import an export into an empty environment, all of it in one transaction.

The export may be of another environment, and other environments of the database may hold data.
Files are checked against the manifest of the export. Afterwards all answers are those of the
exported environment. Other writers of the database wait until the import has ended.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.output import Progress, report_line, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import emit_report
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.restore import ImportReport


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `import`."""
    parser.add_argument(
        "folder", metavar="FOLDER", type=Path, help="the folder that `stockgroups export` made"
    )


def run(args: argparse.Namespace) -> int:
    """Import, and print the counts."""
    with open_database(args) as db:
        report_line(f"Importing into {db.target}")
        done = db.import_export(args.folder, progress=Progress("importing"))
    emit_report(args, done, lambda: show(done))
    if done.unknown_directories:
        warn(
            f"! left out: {count_of(done.unknown_directories, 'directory file')} of the export, "
            "as this database has its own; `stockgroups load-directory FILE` adds one"
        )
    return 0


def show(report: ImportReport) -> list[str]:
    """Return the imported counts as lines."""
    manifest, rows = report.manifest, report.rows
    groups = count_of(rows["public.definition_groups"], "group")
    snapshots = count_of(rows["stockgroups.snapshots"], "snapshot")
    origin = f"environment {manifest.environment} of {manifest.created_at}, by {manifest.program}"
    lines = [
        f"✓ Imported {origin}, as load {report.load_id}",
        f"    {groups}, {count_of(rows['public.group_memberships'], 'membership')}",
        f"    {snapshots}, {count_of(rows['stockgroups.loads'], 'load')}",
    ]
    if by := report.raised_by.get("load"):
        lines.append(f"    load numbers are raised by {by}, as other loads have the original ones")
    return lines
