"""Show a stock's relatives: other share classes, other listings, its ADR or home share.

Each comes with its evidence: the issuer in the CUSIP, the SEC's registrant, the ISIN, the root of
the symbol, or the name alone. A name alone is a guess, marked with a question mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import make_table
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.text import UNNAMED

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.related import RelatedAnswer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `related`."""
    parser.add_argument("stock", metavar="STOCK", help="a symbol in any spelling, or an identifier")
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Find the related securities, and print them."""
    with open_database(args) as db:
        answer = db.related(args.stock)
    emit(args, answer, lambda: show(answer))
    return 0


def show(answer: RelatedAnswer) -> list[str]:
    """Return the answer as lines."""
    title = f"{answer.symbol} · {answer.names[0] if answer.names else UNNAMED}"
    if not answer.related:
        return [title, "no related stocks are known"]
    rows = [
        (one.symbol, f"{one.relation}{'' if one.is_sure else '?'}", "; ".join(one.why))
        for one in answer.related
    ]
    return [title, *make_table(["symbol", "relation", "why"], rows)]
