"""Do the day's work: fetch, load, sectors, lists, metadata, saved expressions; then check.

Files are fetched from FETCH_SOURCES or --source; without either nothing is downloaded. A step that
fails is reported, and the next ones run all the same. The exit status is 0 only when every step
passed, all checks pass, and no source is too old; it is 2 if a catalogue is wrong. With --saved or
names, only saved expressions are computed again, each after those that it names.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

from stockgroups.cli import saved
from stockgroups.cli.flags import (
    add_accept,
    add_dry_run,
    add_fetch_flags,
    add_folder_flag,
    add_ignore_flag,
    add_volume_flags,
)
from stockgroups.cli.output import JsonLog, Progress, hush, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.errors import StockgroupsError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from stockgroups.jobs.daily_report import DailyReport, Event

SHOWN = 10
"""Failures of a step that are printed."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `refresh`."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        help="only these saved expressions, by the keys of their groups, and the groups that "
        "they name",
    )
    parser.add_argument(
        "--saved", action="store_true", help="only the saved expressions, all of them"
    )
    add_fetch_flags(
        parser,
        source="fetch from this source, as `fetch` does; may be repeated; default: FETCH_SOURCES",
        fund="fetch the files of these funds only; default: all that the sources have",
        since="fetch past files too, from this day on, if the source offers them",
    )
    add_folder_flag(parser, "the folder of the files")
    add_ignore_flag(parser)
    parser.add_argument(
        "--no-proxies",
        action="store_true",
        help="add no proxies for funds without a file (or INDEX_PROXIES=off)",
    )
    add_accept(parser)
    add_dry_run(parser, "compute and compare, download and write nothing")
    add_volume_flags(parser)
    parser.add_argument(
        "--log-format",
        choices=("text", "json"),
        default="text",
        help="json: each line of standard error is an object with time, level, run, load, step "
        "and message",
    )
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Refresh, and print the outcome."""
    if args.saved or args.names:
        with open_database(args) as db:
            report = db.refresh_saved(*args.names, dry_run=args.dry_run)
        return saved.print_report(args, report)
    number = os.urandom(6).hex()
    if args.log_format == "text":
        with hush(hushed=args.quiet):
            return _run_day(args, number, _print_event, Progress("reading"))
    log = JsonLog(number)
    logging.getLogger().addHandler(log)
    try:
        return _run_day(
            args,
            number,
            lambda event: log.write(event.level, event.message, step=event.step, load=event.load),
            None,
        )
    except StockgroupsError as error:
        log.write("error", str(error))
        return error.exit_status
    finally:
        logging.getLogger().removeHandler(log)


def _run_day(
    args: argparse.Namespace,
    number: str,
    on_event: Callable[[Event], None],
    progress: Progress | None,
) -> int:
    with open_database(args, strict=True) as db:
        report = db.refresh(
            args.holdings_dir,
            sources=args.source,
            funds=args.fund,
            since=args.since,
            accept_terms=args.accept_terms,
            ignore=args.ignore,
            proxies=False if args.no_proxies else None,
            accept=args.accept,
            dry_run=args.dry_run,
            on_event=on_event,
            progress=progress,
            run=number,
        )
    if not args.quiet or args.json:
        emit(args, report.to_dict(), lambda: show(report), table=report)
    return report.exit_status


def _print_event(event: Event) -> None:
    """Print an event that a person should know of; the report lists the work that was done."""
    if event.level != "info":
        sign = "✗" if event.level == "error" else "!"
        warn(f"{sign} {event.step}: {event.message}")


def show(report: DailyReport) -> Iterator[str]:
    """Yield the report as lines: one for each step, then the verdict."""
    mode = "[DRY-RUN] " if report.dry_run else ""
    yield f"{mode}Refresh of environment {report.environment}, run {report.run}"
    for step in report.steps:
        load = f", load {step.load}" if step.load is not None else ""
        yield f"{'✓' if step.passed else '✗'} {step.step}: {step.summary}{load}"
    failed = [step.step for step in report.steps if not step.passed]
    yield f"✗ Problems: {', '.join(failed)}" if failed else "✓ Fresh and valid"
