"""Load symbol directories: what is listed, as reference data for checks and look-ups.

Known are nasdaqlisted, otherlisted and nasdaqtraded of Nasdaq Trader, company_tickers_exchange.json
of the SEC, and the JSON of the Nasdaq screener; a file is known by its content. All environments
share them. A file that cannot be read is refused, the others load; exit 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import Progress, print_json, tell, warn
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError
from stockgroups.wording import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.jobs.directory import DirectoryFile, DirectoryReport

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-directory`."""
    parser.add_argument("files", metavar="FILE", nargs="*", type=Path, help="directory files")
    parser.add_argument("--dir", metavar="DIR", type=Path, help="all files of a folder")
    parser.add_argument("--dry-run", action="store_true", help="read and compare, write nothing")
    parser.add_argument(
        "--as-of", metavar="DATE", help="the date (YYYY-MM-DD) of files that say none themselves"
    )
    parser.add_argument("--verbose", action="store_true", help="print every rejected entry")


def run(args: argparse.Namespace) -> int:
    """Load, and print what became of every file."""
    from stockgroups.jobs.directory import load_directories  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.holdings import find_files  # noqa: PLC0415

    if not args.files and args.dir is None:
        raise UsageError(
            "no file named", where="load-directory", remedy="name files, or a folder with --dir"
        )
    if args.dir is not None and not args.dir.is_dir():
        raise UsageError("no such folder", where=str(args.dir), remedy="name one with --dir")
    as_of = parse_date(args.as_of)
    paths = [*args.files, *(find_files(args.dir)[0] if args.dir is not None else ())]
    with open_session(args) as session:
        verb = "[DRY-RUN] Would load into" if args.dry_run else "Loading into"
        tell(f"{verb} {session.target}; all its environments share directories", quiet=args.json)
        progress = Progress("reading")
        report = load_directories(
            session.connection, paths, as_of=as_of, dry_run=args.dry_run, progress=progress
        )
        progress.done()
    if args.json:
        print_json(describe(report))
    _print_report(report, quiet=args.json, verbose=args.verbose)
    return 1 if report.refused else 0


def describe(report: DirectoryReport) -> dict[str, Any]:
    """Return the outcome as JSON values."""
    return {
        "dry_run": report.dry_run,
        "changed": report.changed,
        "files": [
            {
                "file": file.name,
                "outcome": file.outcome.value,
                "source": file.directory.source if file.directory else None,
                "as_of": file.directory.as_of.isoformat() if file.directory else None,
                "sha256": file.directory.sha256 if file.directory else None,
                "receipt": file.directory.receipt() if file.directory else None,
                "error": str(file.error) if file.error else None,
            }
            for file in report.files
        ],
    }


def _print_report(report: DirectoryReport, *, quiet: bool, verbose: bool) -> None:
    for file in report.files:
        if file.error:
            warn(f"✗ {file.name}: refused: {file.error.advice}")
        for line in _lines(file, dry_run=report.dry_run, verbose=verbose):
            tell(line, quiet=quiet)
    if not report.files:
        tell("No directory files there", quiet=quiet)
    elif not report.changed:
        reason = "" if report.refused else ": everything was there already"
        tell(f"Nothing changed{reason}", quiet=quiet)


def _lines(file: DirectoryFile, *, dry_run: bool, verbose: bool) -> list[str]:
    directory = file.directory
    if directory is None:
        return []
    account = directory.account()
    outcome = f"would be {file.outcome}" if dry_run else file.outcome.value
    counts = f"{account['listed']} listed, {count_of(account['test_issues'], 'test issue')}"
    parts = (
        file.name,
        outcome,
        f"{directory.source} as of {directory.as_of} (from {directory.as_of_from})",
        f"{count_of(account['read'], 'row')}: {counts}, {account['rejected']} rejected",
    )
    lines = [f"✓ {' · '.join(parts)}"]
    shown = directory.rejected if verbose else directory.rejected[:SHOWN]
    for entry in shown:
        who = " ".join(filter(None, (entry.ticker, entry.name)))
        lines.append(f"  ! rejected, line {entry.line}: {who or 'blank'}: {entry.reason}")
    if len(shown) < len(directory.rejected):
        rest = len(directory.rejected) - len(shown)
        lines.append(f"  … and {rest} more; --verbose prints all")
    if directory.unknown_columns:
        lines.append(f"  ! columns not understood: {', '.join(directory.unknown_columns)}")
    lines += [f"  ! {note}" for note in directory.notes]
    return lines
