"""Show what changed in a group between two days, or what changed for a stock in all groups.

Without --since: the last change of a group, or one year of a stock. A file has a fund's holdings,
not the day on which they began: a change happened after the date of the previous file, and no later
than the date of this one. A loaded history has the exact dates.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.cli.answers import show_names
from stockgroups.cli.flags import add_date_flag, add_type_flag
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit
from stockgroups.errors import UsageError
from stockgroups.text import UNNAMED
from stockgroups.times import check_range, today_utc

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.change_answers import GroupChanges, Step, StockChanges
    from stockgroups.queries.steps import Change

BASIS_POINT = 0.0001
A_YEAR = dt.timedelta(days=365)
_SIGNS = {"added": "+", "removed": "−", "renamed": "→", "split": "÷", "resized": "#"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `changes`."""
    parser.add_argument("name", metavar="NAME", nargs="?", help="a fund, theme, universe or sector")
    parser.add_argument(
        "--stock", metavar="SYMBOL", help="show what changed for this stock, in all groups"
    )
    add_type_flag(parser)
    add_date_flag(parser, "--since", "changes after that day (YYYY-MM-DD, or 30d)")
    add_date_flag(parser, "--until", "changes up to that day; default: today")
    parser.add_argument(
        "--threshold",
        metavar="BP",
        type=float,
        default=5.0,
        help="the smallest change of weight to show, in basis points of the fund; default: 5",
    )
    add_table_flags(parser)
    add_plot_flag(parser, "the changes of a group as bars")


def run(args: argparse.Namespace) -> int:
    """Print the changes; return 0 even if there are none."""
    if (args.name is None) == (args.stock is None):
        raise UsageError(
            "ask for one group or for one stock",
            remedy="`stockgroups changes SPY`, or `stockgroups changes --stock AAPL`",
        )
    if args.plot and args.stock:
        raise UsageError(
            "only the changes of a group can be drawn, not those of a stock",
            where="--plot",
            remedy=f"draw the stock's groups over time: `stockgroups timeline {args.stock} "
            "--plot FILE`",
        )
    if not args.threshold >= 0:
        raise UsageError("a threshold cannot be negative", where="--threshold")
    since, until = args.since, args.until or today_utc()
    if since is not None:
        check_range(since, until, "--since")
    threshold = args.threshold * BASIS_POINT
    with open_database(args) as db:
        answer: GroupChanges | StockChanges
        if args.stock:
            answer = db.stock_changes(
                args.stock, since or until - A_YEAR, until, threshold=threshold
            )
            lines = show_stock(answer)
        else:
            answer = db.changes(args.name, since, until, kind=args.type, threshold=threshold)
            lines = show_group(answer)
    emit(args, answer, lambda: lines, draw=lambda charts: charts.draw_changes(answer))
    return 0


def show_group(answer: GroupChanges) -> list[str]:
    """Return the changes of a group as lines, step by step, and the total of several steps."""
    lines = [f"{answer.key} · {answer.name}", f"since {answer.start.as_of}"]
    for step in answer.steps:
        lines += _show_step(step)
    if answer.total is not None and len(answer.steps) > 1:
        lines += ["", f"in total, {answer.start.as_of} to {answer.total.after.as_of}"]
        lines += _show_changes(answer.total)
    if not answer.steps:
        lines.append("nothing recorded since")
    return lines


def show_stock(answer: StockChanges) -> list[str]:
    """Return the changes of a stock as lines, group by group."""
    lines = [f"{answer.symbol} · {answer.name or UNNAMED}", *show_names(answer.names)]
    for group in answer.groups:
        lines += ["", f"{group.kind} {group.key} · {group.name}"]
        for step in group.steps:
            lines += [f"  {step.when}: {_show_change(change)}" for change in step.changes]
    if not answer.groups:
        lines.append("no changes")
    return lines


def _show_step(step: Step) -> list[str]:
    file = f", {step.file_name}" if step.file_name else ""
    scale = f"; all share counts × {step.scale:.4f}" if step.scale else ""
    proxy = ", a proxy" if step.after.is_proxy else ""
    head = f"{step.when} from {step.after.source}{file}{proxy}{scale}"
    return ["", head, *(_show_changes(step) or ["  no changes"])]


def _show_changes(step: Step) -> list[str]:
    return [f"  {_show_change(change)}" for change in step.changes]


def _show_change(change: Change) -> str:
    from stockgroups.queries.change_answers import describe_position  # noqa: PLC0415 - as above

    position = change.position
    sign = _SIGNS.get(change.kind.value, "~")
    was, now = describe_position(change.before), describe_position(change.after)
    if change.kind.value == "renamed" and change.before is not None:
        return f"{sign} {change.before.symbol} is now {position.symbol}"
    if change.before is None or change.after is None:
        shown = was or now
        return f"{sign} {position.symbol} {change.kind}" + (f" ({shown})" if shown else "")
    factor = f" × {change.factor:.4g}" if change.factor is not None else ""
    return f"{sign} {position.symbol} {change.kind}{factor}: {was} → {now}"
