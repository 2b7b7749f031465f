"""Show the stocks that an expression means, with their weights and the groups that have them.

Groups are written as SPY, etf:SPY, theme:crypto_miners, sector:energy, industry:"Regional Banks",
universe:sp500 or custom:NAME, a stock as stock:AAPL. Combine them with | (in any), & (in both),
^ (in one of two) and, with a blank before or after it, - (without). Filters follow in brackets:
SPY[weight > 1%, sector = energy, country = US], (SPY | QQQ)[groups = 2], IWV[etfs >= 3].
top(SPY, 50) takes the heaviest. A date after a name applies to it, one at the end to all other
names: SPY - (SPY @ 2025-06-01). Likewise known_at leaves out reports recorded later, published_by
reports that were not public by a day: SPY @ 2025-06-01 known_at 2025-07-02T18:00 published_by
2025-07-15.

Put the expression in quotes, so that the shell leaves it as it is.

--save NAME keeps the stocks as the group custom:NAME, with the expression; `refresh` computes it
anew. Write a date into the expression then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli import answers
from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import make_table, percent
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit
from stockgroups.errors import UsageError
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from stockgroups.analytics.expressions.members import Members


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `members`."""
    parser.add_argument("expression", metavar="EXPR", help="the expression, in quotes")
    parser.add_argument("--save", metavar="NAME", help="keep the stocks as a CUSTOM group")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="with --save: replace a group that has no expression",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="with --save: compute and compare, write nothing"
    )
    add_moment_flags(parser)
    add_table_flags(parser)
    add_plot_flag(parser, "the stocks by sector")


def run(args: argparse.Namespace) -> int:
    """Answer one expression, or save it."""
    how = read_moment_flags(args)
    if args.save:
        if args.plot:
            raise UsageError("--save draws nothing", where="--plot", remedy="leave one of them out")
        return _save(args, how)
    if args.replace or args.dry_run:
        raise UsageError(
            "there is nothing to write",
            where="--replace" if args.replace else "--dry-run",
            remedy="give the group a name: --save NAME",
        )
    with open_database(args) as db:
        answer = db.members(args.expression, **how)
    emit(
        args,
        answer,
        lambda: show(answer),
        draw=lambda charts: charts.draw_members(answer),
        judge=db.state_of,
    )
    return 0


def _save(args: argparse.Namespace, how: Mapping[str, Any]) -> int:
    from stockgroups.cli import saved  # noqa: PLC0415 - not for questions

    given = [f"--{name.replace('_', '-')}" for name, value in how.items() if value is not None]
    if given:
        raise UsageError(
            "a saved expression is computed for the day of each refresh",
            where=given[0],
            remedy="write a date into the expression: 'SPY @ 2025-06-01'",
        )
    with open_database(args) as db:
        report = db.save(args.save, args.expression, replace=args.replace, dry_run=args.dry_run)
    return saved.print_report(args, report)


def show(answer: Members) -> list[str]:
    """Return the answer as lines: the sources first, then the stocks as a table."""
    lines = [f"{answer.expression} · {count_of(len(answer), 'stock')}"]
    lines += [
        f"{group.term}: {count_of(group.members, 'stock')} · {answers.origin(group)}"
        for group in answer.groups
    ]
    lines += [f"! {warning}" for warning in answer.warnings]
    if not answer.members:
        return lines
    rows = [
        (one.symbol, percent(one.weight), one.name, " ".join(one.terms)) for one in answer.members
    ]
    if any(one.weight is not None for one in answer.members):
        return [*lines, *make_table(["symbol", "weight", "name", "terms"], rows)]
    return [*lines, *make_table(["symbol", "name", "terms"], [(s, n, t) for s, _, n, t in rows])]
