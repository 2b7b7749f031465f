"""Write a report to read or to mail: totals, sectors, ages of sources, findings, newest loads.

All of it is read at one moment. `--detail` adds the sector coverage and every ETF. The HTML is one
file that needs nothing else; its charts need the `charts` extra. The exit status is 0 even when
checks fail: use `stockgroups validate` for that.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.output import print_answer, print_json, report_line
from stockgroups.cli.session import open_database
from stockgroups.errors import UsageError
from stockgroups.whole_files import write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from stockgroups.reports import Report

FORMATS = ("markdown", "html", "json")
_SUFFIXES = {".md": "markdown", ".html": "html", ".htm": "html", ".json": "json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `report`."""
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="the form of the report; default: what the name of FILE ends in (.md, .html, .json), "
        "else markdown",
    )
    parser.add_argument(
        "--detail", action="store_true", help="add every ETF, and more of the findings"
    )
    parser.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help="write to FILE instead of standard output; an existing file is replaced",
    )


def run(args: argparse.Namespace) -> int:
    """Write the report; failed checks do not change the exit status."""
    form = _choose_format(args)
    path: Path | None = args.output
    if path is not None and not path.absolute().parent.is_dir():
        raise UsageError(
            f"no such folder: {path.parent}", where="--output", remedy="create it first"
        )
    with open_database(args) as db:
        report = db.report(detail=args.detail)
    if path is not None:
        write_whole(path, _write(report, form).encode())
        report_line(f"✓ {path}")
    elif form == "json":
        print_json(report.to_dict())
    else:
        print_answer(_write(report, form).splitlines())
    return 0


def _choose_format(args: argparse.Namespace) -> str:
    """Return the format from the flags or the file's name. Raise UsageError for an unknown one."""
    if args.json:
        if args.format not in (None, "json"):
            raise UsageError("--json is --format json", remedy="give one of them")
        return "json"
    if args.format:
        return str(args.format)
    return _SUFFIXES.get(args.output.suffix.lower(), "markdown") if args.output else "markdown"


def _write(report: Report, form: str) -> str:
    from stockgroups.reports import write_markdown, write_page  # noqa: PLC0415 - not for --help

    if form == "json":
        import json  # noqa: PLC0415 - as above

        return json.dumps(report.to_dict(), indent=2, ensure_ascii=False) + "\n"
    return write_page(report, _draw(report)) if form == "html" else write_markdown(report)


def _draw(report: Report) -> Mapping[str, str] | None:
    """Return the charts of a report; None if their extra is not installed."""
    try:
        from stockgroups.charts.report import draw_report  # noqa: PLC0415 - needs an extra
    except UsageError:
        return None
    return draw_report(report)
