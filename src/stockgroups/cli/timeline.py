"""Show from when to when a stock was in each group, under all its symbols.

The dates are those of the sources: from the first that has the stock up to the first that no longer
has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.answers import show_names
from stockgroups.cli.flags import add_date_flag
from stockgroups.cli.output import make_table
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit
from stockgroups.text import UNNAMED

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.timelines import StockTimeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `timeline`."""
    parser.add_argument("symbol", metavar="SYMBOL", help="the stock, by any symbol or identifier")
    add_date_flag(parser, "--as-of", "the stock that had the symbol on that day (YYYY-MM-DD)")
    add_table_flags(parser)
    add_plot_flag(parser, "the intervals as bars over time")


def run(args: argparse.Namespace) -> int:
    """Print the timeline."""
    with open_database(args) as db:
        answer = db.timeline(args.symbol, args.as_of)
    emit(args, answer, lambda: show(answer), draw=lambda charts: charts.draw_timeline(answer))
    return 0


def show(answer: StockTimeline) -> list[str]:
    """Return the timeline as lines."""
    lines = [f"{answer.symbol} · {answer.name or UNNAMED}", *show_names(answer.names)]
    if not answer.intervals:
        return [*lines, "never in any group"]
    rows = [
        (one.kind, one.group, one.valid_from, one.valid_to if one.has_ended else "now")
        for one in answer.intervals
    ]
    return [*lines, *make_table(["type", "group", "from", "to"], rows)]
