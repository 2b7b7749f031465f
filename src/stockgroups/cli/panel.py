"""Show which stocks an expression meant on each of many dates: the universe of a backtest.

The expression is one of `stockgroups members`. Each date is answered from the newest sources that
are not after it, so that stocks delisted since then are included. --csv prints a row for each
date and stock, --wide a column for each stock. --ever prints each stock that was a member on any
day, with its intervals.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import make_table, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit
from stockgroups.errors import UsageError
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.analytics.panels.ever import EverMembers
    from stockgroups.analytics.panels.panel import Panel
    from stockgroups.cli.parser import Parser

MOST_BYTES = 4_000_000
"""The size of a file of dates."""
_FORMS = ("D", "B", "W-FRI", "ME", "BME", "QE", "YE")


def add_arguments(parser: Parser) -> None:
    """Add the flags of `panel`."""
    parser.advice = "give the days with --since and --until"
    parser.add_argument("expression", metavar="EXPR", help="the expression, in quotes")
    parser.add_argument("--since", metavar="DATE", help="the first day (YYYY-MM-DD, or 30y)")
    parser.add_argument("--until", metavar="DATE", help="the last day; default: today")
    parser.add_argument(
        "--freq",
        metavar="FREQ",
        help=f"the dates in between, named as in pandas: {', '.join(_FORMS)} …; default: ME",
    )
    parser.add_argument(
        "--dates", metavar="FILE", type=Path, help="a file of dates, such as trading days"
    )
    add_moment_flags(parser, "known_at", "max_age", "source")
    parser.add_argument(
        "--as-published",
        action="store_true",
        help="use for each date only what was public by then; a report without a date of "
        "publication counts from the day on which it was first recorded here",
    )
    forms = parser.add_mutually_exclusive_group()
    forms.add_argument(
        "--wide", action="store_true", help="one row for each date, one column for each stock"
    )
    forms.add_argument(
        "--ever",
        action="store_true",
        help="print each stock that was a member on any day, with its intervals",
    )
    parser.add_argument("--weights", action="store_true", help="with --wide: weights in the cells")
    add_table_flags(parser)
    add_plot_flag(
        parser, "the number of stocks over time, and which or how many were added and removed,"
    )


def run(args: argparse.Namespace) -> int:
    """Answer one expression for many dates."""
    how = read_moment_flags(args) | {"as_published": args.as_published}
    if args.since is None and args.dates is None:
        raise UsageError("a panel needs a first day or dates", remedy="give --since or --dates")
    if args.weights and not args.wide:
        raise UsageError(
            "--weights sets the cells of --wide", where="--weights", remedy="add --wide"
        )
    if args.dates and (args.since or args.until or args.freq or args.ever):
        raise UsageError(
            "--dates already gives the dates of the panel",
            where="--dates",
            remedy="leave out --since, --until, --freq and --ever, or --dates",
        )
    if args.ever and args.freq:
        raise UsageError("--ever covers every day", where="--freq", remedy="leave it out")
    if args.ever and args.plot:
        raise UsageError("--ever has no dates to draw", where="--plot", remedy="leave out --ever")
    with open_database(args) as db:
        if args.ever:
            ever = db.ever(args.expression, args.since, args.until, **how)
            emit(args, ever, lambda: show_ever(ever), judge=db.state_of)
            return _warn(ever.warnings)
        panel = db.panel(
            args.expression,
            args.since,
            args.until,
            args.freq or "ME",
            dates=_read_file(args.dates) if args.dates else None,
            **how,
        )
    answer = panel.to_wide(weights=args.weights) if args.wide else panel
    emit(
        args,
        answer,
        lambda: show_panel(panel),
        judge=db.state_of,
        draw=lambda charts: charts.draw_panel(panel),
    )
    return _warn(panel.warnings)


def _read_file(path: Path) -> list[str]:
    """Return the dates of a file, separated by line ends, blanks or commas."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise UsageError(f"{path} is not a file of dates: it is too large", where="--dates")
        return data.decode("utf-8-sig").replace(",", " ").split()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} cannot be read: {error}",
            where="--dates",
            remedy="name a text file with one date on each line",
        ) from error


def _warn(warnings: tuple[str, ...]) -> int:
    for warning in warnings:
        warn(f"! {warning}")
    return 0


def show_panel(panel: Panel) -> list[str]:
    """Return a panel as lines: its sources, then the number of stocks on each date."""
    dates, stocks = count_of(len(panel.dates), "date"), count_of(len(panel.symbols), "stock")
    lines = [
        f"{panel.expression} · {dates}, {stocks}",
        *(group.describe() for group in panel.groups),
        *(
            f"! no answer on {count_of(gap.dates, 'date')} ({gap.since} to {gap.until}): {gap.why}"
            for gap in panel.gaps
        ),
    ]
    rows = [
        (day, count, added or None, removed or None)
        for day, count, added, removed in panel.count_members()
    ]
    return [*lines, *make_table(["date", "stocks", "added", "removed"], rows)]


def show_ever(answer: EverMembers) -> list[str]:
    """Return the stocks of a range as lines, with the first and last day of each interval."""
    lines = [
        f"{answer.expression} · {answer.since} to {answer.until}: {count_of(len(answer), 'stock')}",
        *(group.describe() for group in answer.groups),
        *(f"! no answer from {gap.since} to {gap.until}: {gap.why}" for gap in answer.gaps),
    ]
    rows = [
        (one.symbol, ", ".join(f"{first} to {last}" for first, last in one.stays))
        for one in answer.members
    ]
    return [*lines, *make_table(["symbol", "member"], rows)]
