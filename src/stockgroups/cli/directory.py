"""Load symbol directories: which symbols are listed, for the checks and for look-ups.

Known files: nasdaqlisted, otherlisted and nasdaqtraded of Nasdaq Trader; company_tickers.json,
company_tickers_exchange.json, company_tickers_mf.json, the fails-to-deliver files (cnsfails*.txt,
or in their zips) and N-CEN reports (a submission's text, or a quarter's data set) of the SEC; the
JSON of the Nasdaq screener; and maps of symbols (one file for each security, with lines `last
day,ticker that day`; --as-of gives the date on which they were made). The content decides which
one a file is. All environments share the directories. A file that cannot be read is refused, and
the others are loaded; the exit status is 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_date_flag, add_dry_run, add_volume_flags
from stockgroups.cli.output import Progress, hush, name_rest, warn
from stockgroups.cli.plans import show_settled
from stockgroups.cli.session import open_database, print_target
from stockgroups.cli.tabular import emit_report
from stockgroups.errors import UsageError
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.directory import DirectoryFile, DirectoryReport

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-directory`."""
    parser.add_argument(
        "files", metavar="FILE", nargs="*", type=Path, help="directory files, or folders of them"
    )
    parser.add_argument("--dir", metavar="DIR", type=Path, help="read all files of this folder")
    add_dry_run(parser, "read and compare, write nothing")
    add_date_flag(parser, "--as-of", "the date (YYYY-MM-DD) of files that have none")
    parser.add_argument("--verbose", action="store_true", help="print every rejected entry")
    add_volume_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Load, and print the outcome of every file."""
    from stockgroups.jobs.folder import find_files  # noqa: PLC0415 - not for --help

    if not args.files and args.dir is None:
        raise UsageError(
            "no file given", where="load-directory", remedy="give files, or a folder with --dir"
        )
    if args.dir is not None and not args.dir.is_dir():
        raise UsageError("no such folder", where=str(args.dir), remedy="name one with --dir")
    named = [*args.files, *([args.dir] if args.dir else [])]
    listings = [find_files(path) for path in named if path.is_dir()]
    paths = [path for path in named if not path.is_dir()]
    paths += [path for listing in listings for path in listing.files]
    with open_database(args) as db, hush(hushed=args.quiet):
        print_target(
            db,
            dry_run=args.dry_run,
            besides="; all its environments share directories",
        )
        done = db.load_directories(
            paths, as_of=args.as_of, dry_run=args.dry_run, progress=Progress("reading")
        )
        emit_report(args, done, lambda: show(done, verbose=args.verbose))
    errors = [error for listing in listings for error in listing.errors]
    for error in errors:
        warn(f"✗ {error}")
    return 1 if done.refused or errors or not paths else 0


def show(done: DirectoryReport, *, verbose: bool) -> Iterator[str]:
    """Yield the outcome of every file, and warn of refused ones."""
    for file in done.files:
        if file.error:
            warn(f"✗ {file.name}: refused: {file.error.advice}")
        yield from _lines(file, dry_run=done.dry_run, verbose=verbose)
    if not done.files:
        yield "No directory files there"
    elif not done.changed:
        reason = "" if done.refused else ": already up to date"
        yield f"Nothing changed{reason}"
    yield from show_settled(done.settled)


def _lines(file: DirectoryFile, *, dry_run: bool, verbose: bool) -> list[str]:
    directory = file.directory
    if directory is None:
        return []
    account = directory.account()
    outcome = f"would be {file.outcome}" if dry_run else file.outcome.value
    others = count_of(account.get("test_issues", 0), "test issue")
    if "no_securities" in account:
        others = f"{account['no_securities']} not securities"
    if "without_ticker" in account:
        others = f"{account['without_ticker']} without a ticker"
    counts = f"{account['listed']} listed, {others}"
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
    lines += name_rest(directory.rejected, shown, "--verbose prints all", indent=2)
    if directory.unknown_columns:
        lines.append(f"  ! columns not understood: {', '.join(directory.unknown_columns)}")
    lines += [f"  ! {note}" for note in directory.notes]
    return lines
