"""Show what belongs to the same company as a stock: share classes, listings, ADR and home share.

Each with what says so: the issuer in the CUSIP, the SEC's registrant, the ISIN, the symbol's root,
or the name alone, which is a guess and marked with a question mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import make_table, print_json
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.related import RelatedAnswer


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `related`."""
    parser.add_argument("stock", metavar="STOCK", help="a symbol in any spelling, or an identifier")


def run(args: argparse.Namespace) -> int:
    """Find, and print."""
    from stockgroups.queries.related import find_related  # noqa: PLC0415 - not for --help

    with open_session(args) as session:
        answer = find_related(
            session.connection, session.environment, args.stock, session.load_catalog()
        )
    if args.json:
        print_json(answer.as_dict())
    else:
        print("\n".join(show(answer)))
    return 0


def show(answer: RelatedAnswer) -> list[str]:
    """Return the answer as lines."""
    title = f"{answer.symbol} · {answer.names[0] if answer.names else 'name unknown'}"
    if not answer.related:
        return [title, "nothing is known to belong to it"]
    rows = [
        (one.symbol, f"{one.relation}{'' if one.is_sure else '?'}", "; ".join(one.why))
        for one in answer.related
    ]
    return [title, *make_table(["symbol", "relation", "why"], rows)]
