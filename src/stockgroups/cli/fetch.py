"""Download holdings and reference files, check them, and put the good ones into the folder.

The SEC's files are free to fetch unattended; set SEC_CONTACT to a name and email address. Issuers
restrict automated use: read their terms, then give --accept-terms. Each fund's newest file is
requested once a day. A refused file is set aside with the reason. The database is not touched.
Needs the extra `fetch`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.cli.flags import (
    add_dry_run,
    add_fetch_flags,
    add_folder_flag,
    add_volume_flags,
    choose_settings,
)
from stockgroups.cli.output import Progress, hush, warn
from stockgroups.cli.tabular import emit_report
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.fetch import FetchReport

CONTENTS = ("holdings", "nport", "fails", "tickers", "datasets")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `fetch`."""
    add_fetch_flags(
        parser,
        source="sec, ishares, ssga, vanguard, invesco … or one from your catalogue; may be "
        "repeated; default: FETCH_SOURCES",
        fund="only these funds; default: all funds in the catalogue that the source has",
        since="past files too, from this day on (YYYY-MM-DD, or 30d), if the source offers them",
    )
    parser.add_argument(
        "--content",
        metavar="CONTENT",
        choices=CONTENTS,
        action="append",
        default=[],
        help=f"{', '.join(CONTENTS)}; may be repeated; default: all but datasets",
    )
    add_folder_flag(parser, "the folder for the files")
    add_dry_run(parser, "list the requests, send none")
    add_volume_flags(parser, verbose="list every file, even if nothing is new")


def run(args: argparse.Namespace) -> int:
    """Fetch, and print the outcome of each file; return 1 if one was refused or did not arrive."""
    from stockgroups.catalog import load_catalog  # noqa: PLC0415 - not for --help
    from stockgroups.catalog.sources import Content  # noqa: PLC0415
    from stockgroups.errors import UsageError  # noqa: PLC0415
    from stockgroups.fetch import FetchOptions, import_fetch  # noqa: PLC0415

    settings = choose_settings(args)
    catalog = load_catalog(settings.catalog_dir)
    options = FetchOptions.choose(settings, args.source)
    if not options.sources:
        raise UsageError(
            "no source given",
            where="--source",
            remedy=f"use one of {', '.join(catalog.downloads.sources)}, or set FETCH_SOURCES",
        )
    options = replace(
        options,
        funds=tuple(args.fund),
        contents=frozenset(map(Content, args.content)) or options.contents,
        since=args.since,
        accept_terms=args.accept_terms,
        dry_run=args.dry_run,
    )
    folder = args.holdings_dir or settings.find_holdings(fetches=True)
    with hush(hushed=args.quiet):
        done = import_fetch()(catalog, folder, options, Progress("fetching"))
        emit_report(args, done, lambda: show(done, verbose=args.verbose))
    return 0 if done.passed else 1


def show(report: FetchReport, *, verbose: bool) -> Iterator[str]:
    """Yield the report as lines, and print warnings on standard error."""
    for wish in report.wishes:
        yield f"[DRY-RUN] Would request {wish.url}"
    for entry in report.entries:
        if entry.outcome == "accepted":
            yield f"✓ {entry.name}: {entry.reason} ({report.folder}/{entry.file})"
        elif verbose and not entry.is_alarm:
            yield f"· {entry.name}: {entry.outcome}: {entry.reason}"
    for note in report.notes:
        yield f"[DRY-RUN] And then {note}"
    for doubt in report.doubts():
        warn(f"! {doubt}")
    for alarm in report.alarms():
        warn(f"✗ {alarm}")
    if report.dry_run:
        yield f"{count_of(len(report.wishes), 'file')} would be requested"
    else:
        counts = [
            f"{count} {outcome}" for outcome, count in report.to_dict()["counts"].items() if count
        ]
        yield ", ".join(counts) or "nothing was requested"
    if report.asked_before:
        files = count_of(report.asked_before, "file")
        yield f"{files} skipped: already requested today, or here and final"
