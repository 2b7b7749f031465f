"""Load the SEC's N-PORT filings: the whole portfolios of US funds, with the day of filing.

PATH is a filing in XML (primary_doc.xml, or a submission's whole text), a quarter's data set as the
SEC publishes it (2026q1_nport.zip, which is read in place, or its tables in a folder), or a folder
of all these. Load company_tickers_mf.json, company_tickers.json and N-CEN reports first, with
`load-directory`: they identify the fund of a filing, and the funds that are ETFs. Filings that are
loaded are not read again, so that an interrupted load continues where it stopped. The exit status
is 1 when a filing is refused, or when none is loaded at all.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_accept, add_date_flag, add_dry_run, add_volume_flags
from stockgroups.cli.output import Progress, hush, warn
from stockgroups.cli.session import open_database, print_target
from stockgroups.cli.tabular import emit_report
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.jobs.nport_report import FilingOutcome, NportReport
    from stockgroups.jobs.nport_report import Progress as Share

MOST_SHOWN = 40
_STEPS = 100


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load-nport`."""
    parser.add_argument("path", metavar="PATH", type=Path, help="a filing, a data set, a folder")
    parser.add_argument(
        "--funds",
        metavar="WHICH",
        default="etf",
        help="etf (default): funds with a ticker that are ETFs; all; or a list of tickers, series "
        "(S000002839) and registrants (CIK0000884394), separated by commas",
    )
    text = "the day of filing (YYYY-MM-DD) of a primary_doc.xml, which does not have it"
    add_date_flag(parser, "--filed-on", text)
    parser.add_argument(
        "--rebuild", action="store_true", help="read filings again even if they were read before"
    )
    add_accept(parser)
    add_dry_run(parser)
    add_volume_flags(parser, verbose="list every filing, even if there are many")


def run(args: argparse.Namespace) -> int:
    """Load, and print the outcome of the filings."""
    with open_database(args) as db, hush(hushed=args.quiet):
        print_target(db, dry_run=args.dry_run)
        done = db.load_nport(
            args.path,
            args.funds,
            filed_on=args.filed_on,
            accept=args.accept,
            rebuild=args.rebuild,
            dry_run=args.dry_run,
            progress=_Clock(),
        )
        emit_report(args, done, lambda: show(done, verbose=args.verbose))
    return 1 if done.failures or done.is_vain else 0


class _Clock:
    """The progress of a load, with an estimate of the remaining time."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._line = Progress("per cent")

    def __call__(self, at: Share) -> None:
        """Show the progress."""
        elapsed = time.monotonic() - self._start
        left = elapsed / at.share * (1 - at.share) if at.share > 0.02 else None
        remaining = f", about {_format_time(left)} left" if left is not None else ""
        self._line(round(at.share * _STEPS), _STEPS, f"{at.what}{remaining}")


def _format_time(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{seconds:.0f} s"


def show(done: NportReport, *, verbose: bool) -> Iterator[str]:
    """Yield the outcome of the filings: of all if they are few, else of the refused ones."""
    for error in done.errors:
        warn(f"✗ {error}")
    names_all = verbose or len(done.filings) <= MOST_SHOWN
    refused = 0
    for one in done.filings:
        if one.error is not None:
            refused += 1
            if names_all or refused <= MOST_SHOWN:
                warn(f"✗ {one.file}{_format_fund(one)}: refused: {one.error.advice}")
        elif names_all:
            yield _line(one, dry_run=done.dry_run)
    if refused > MOST_SHOWN and not names_all:
        warn(f"✗ … and {refused - MOST_SHOWN} more; --verbose lists all")
    for reason, count in done.not_asked.most_common():
        yield f"  {count_of(count, 'filing')} not selected: {reason}"
    counts = {outcome.value: count for outcome, count in done.counts.items() if count}
    text = ", ".join(f"{count:,} {word}" for word, count in sorted(counts.items()))
    rows = sum(one.rows for one in done.filings)
    yield f"{count_of(sum(counts.values()), 'filing')}: {text or 'none'}"
    if rows:
        members = sum(one.members for one in done.filings)
        alone = sum(one.unresolved for one in done.filings)
        text = f", {alone:,} identified only by CUSIP or the like" if alone else ""
        yield f"{rows:,} positions read: {members:,} members{text}"
    if done.loads:
        first, last = done.loads[0], done.loads[-1]
        loads, it = (
            (f"load {first}", "it") if first == last else (f"loads {first} to {last}", "the last")
        )
        yield f"Recorded as {loads}; `stockgroups rollback {last}` reverts {it}"
        yield "Stock metadata may be stale now: run `stockgroups build-metadata`"


def _line(one: FilingOutcome, *, dry_run: bool) -> str:
    verb = "would be new" if dry_run and one.outcome == "new" else one.outcome.value
    line = f"  {one.file}{_format_fund(one)} · {verb}"
    if one.rows:
        line += f" · {count_of(one.rows, 'position')}, {count_of(one.members, 'member')}"
        line += (
            f", {one.unresolved:,} identified only by CUSIP or the like" if one.unresolved else ""
        )
    return f"{line} · {one.why}" if one.why else line


def _format_fund(one: FilingOutcome) -> str:
    filed = f", filed {one.filed_on}" if one.filed_on else ""
    return f" · {one.fund} as of {one.as_of}{filed}" if one.fund else ""
