"""Tell a stock's stays in every group, across its names.

Days are those that the sources date: from the first that has it up to the first that has it no
more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import make_table, print_json
from stockgroups.cli.past import show_names
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.timelines import StockTimeline


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `timeline`."""
    parser.add_argument("symbol", metavar="SYMBOL", help="the stock, by any name it has had")
    parser.add_argument(
        "--as-of", metavar="DATE", help="whoever had that symbol on that day (YYYY-MM-DD)"
    )


def run(args: argparse.Namespace) -> int:
    """Tell the timeline."""
    from stockgroups.queries.timelines import find_timeline  # noqa: PLC0415 - not for --help

    as_of = parse_date(args.as_of)
    with open_session(args) as session:
        answer = find_timeline(
            session.connection, session.environment, args.symbol, as_of, session.load_catalog
        )
    if args.json:
        print_json(answer.as_dict())
    else:
        print("\n".join(show(answer)))
    return 0


def show(answer: StockTimeline) -> list[str]:
    """Return the timeline as lines."""
    lines = [f"{answer.symbol} · {answer.name or 'name unknown'}", *show_names(answer.names)]
    if not answer.stays:
        return [*lines, "in no group, ever"]
    rows = [
        (stay.kind, stay.group, stay.valid_from, stay.valid_to if stay.has_ended else "now")
        for stay in answer.stays
    ]
    return [*lines, *make_table(["type", "group", "from", "to"], rows)]
