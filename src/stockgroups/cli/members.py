"""Show the stocks that an expression means, with their weights and the groups that brought them.

Groups are written as SPY, etf:SPY, theme:crypto_miners, sector:energy, industry:"Regional Banks",
universe:sp500 or custom:NAME, a stock as stock:AAPL. Between them stand | (in any), & (in both),
^ (in one of two) and, with a blank before or behind it, - (without). Filters follow in brackets:
SPY[weight > 1%, sector = energy, country = US], (SPY | QQQ)[groups = 2], IWV[etfs >= 3].
top(SPY, 50) takes the heaviest. A date after a name is its own, one at the end is that of all other
names: SPY - (SPY @ 2025-06-01).

Put the expression in quotes, so that the shell leaves it as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli import answers
from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import make_table, percent
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse

    from stockgroups.analytics.expressions.members import Members


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `members`."""
    parser.add_argument("expression", metavar="EXPR", help="the expression, in quotes")
    add_moment_flags(parser)
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Answer one expression."""
    with open_database(args) as db:
        answer = db.members(args.expression, **read_moment_flags(args))
    emit(args, answer.to_dict(), lambda: show(answer))
    return 0


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
