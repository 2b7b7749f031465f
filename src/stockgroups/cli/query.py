"""Ask what is in a fund, theme, sector, industry or universe, or which groups hold a stock.

Symbols are understood in any spelling and case (brk/b, BRK-B, BRKB); --symbols chooses the
spelling of the answer. --as-of answers for a day in the past, with the weights and symbols of that
day's source. --known-at answers with what this database had recorded by that time.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from stockgroups.cli import answers
from stockgroups.cli.flags import add_moment_flags, read_moment_flags
from stockgroups.cli.output import warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit, wants_all
from stockgroups.errors import SymbolError, UsageError
from stockgroups.model import GroupType
from stockgroups.queries.answers import PARTS, GroupAnswer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from stockgroups.api import Database
    from stockgroups.cli.parser import Parser

GROUPS = tuple(GroupType)
STYLES = ("canonical", "yahoo", "slash", "compact", "space")


def add_arguments(parser: Parser) -> None:
    """Add the flags of `query`."""
    parser.advice = "ask one question at a time"
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--etf", metavar="TICKER", help="what is in the fund")
    kinds.add_argument("--stock", metavar="SYMBOL", help="which groups hold the stock")
    kinds.add_argument("--theme", metavar="KEY", help="what belongs to the theme")
    kinds.add_argument("--sector", metavar="KEY", help="the sector's industries and stocks")
    kinds.add_argument("--industry", metavar="NAME", help="the industry's sector and stocks")
    kinds.add_argument("--universe", metavar="KEY", help="what belongs to the universe")
    kinds.add_argument("--segment", metavar="KEY", help="what belongs to the segment")
    kinds.add_argument("--custom", metavar="KEY", help="what belongs to the group of your own")
    kinds.add_argument("--stats", action="store_true", help="count groups, memberships and stocks")
    kinds.add_argument(
        "name", metavar="NAME", nargs="?", help="a group or a stock; the program finds out which"
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="with --stock: why the stock is in its sector, vote by vote",
    )
    parser.add_argument(
        "--symbols",
        metavar="STYLE",
        choices=STYLES,
        default="canonical",
        help=f"spelling of symbols in the answer: {', '.join(STYLES)}",
    )
    add_moment_flags(parser)
    add_table_flags(parser)
    add_plot_flag(parser, "what a group consists of")
    parser.add_argument(
        "--by", choices=PARTS, help="with --plot: the parts of the group; default: sector"
    )


def run(args: argparse.Namespace) -> int:
    """Answer one question."""
    if args.explain and not args.stock:
        raise UsageError("--explain needs a stock", remedy="name it with --stock")
    if args.by and not args.plot:
        raise UsageError("--by needs a chart", remedy="name its file with --plot")
    with open_database(args) as db:
        if args.name:
            setattr(args, _find_flag(db, args.name), args.name)
        answer, show = ask(db, args)
    if args.plot and not isinstance(answer, GroupAnswer):
        raise UsageError(
            "only the contents of a group can be drawn",
            where="--plot",
            remedy="ask for a fund or another group",
        )
    if args.symbols != "canonical" and hasattr(answer, "respell"):
        answer = answer.respell(_speller(db, args.symbols))
    emit(
        args,
        answer,
        lambda: show(answer),
        draw=lambda charts: charts.draw_composition(answer, args.by or PARTS[0]),
        judge=db.state_of,
    )
    return 0


def ask(db: Database, args: argparse.Namespace) -> tuple[Any, Callable[[Any], list[str]]]:
    """Return the answer and the function that shows it."""
    how = read_moment_flags(args)
    for kind in GROUPS:
        name = getattr(args, kind.lower())
        if name:
            group = db.group(kind, name, **how, details=wants_all(args))
            return group, answers.show_group
    if args.stock and args.explain:
        return db.explain(args.stock), answers.show_explanation
    if args.stock:
        return db.stock(args.stock, **how), answers.show_stock
    if args.industry:
        if any(value is not None for value in how.values()):
            raise UsageError(
                "industries are known for today only",
                where="--as-of",
                remedy="leave it out, or ask for the sector: --sector",
            )
        return db.industry(args.industry), answers.show_industry
    if args.max_age is not None:
        raise UsageError(
            "--max-age applies to one source, and statistics have many",
            where="--max-age",
            remedy=f"`stockgroups freshness --max-age {args.max_age}` lists those that are too old",
        )
    if args.published_by or args.source:
        raise UsageError(
            "statistics cannot be limited to some sources or publication dates",
            where="--published-by" if args.published_by else "--source",
            remedy="leave it out, or ask for a group or a stock",
        )
    return db.statistics(how["as_of"], known_at=how["known_at"]), answers.show_statistics


def _find_flag(db: Database, name: str) -> str:
    """Return the flag for a name: its group's type, else stock. Raise UsageError if ambiguous."""
    flags = [kind.lower() for kind in db.types_of(name)]
    if len(flags) > 1:
        raise UsageError(
            f"{name!r} is the name of several groups",
            remedy="choose one: " + ", ".join(f"--{flag} {name}" for flag in flags),
        )
    return flags[0]


def _speller(db: Database, style: str) -> Callable[[str], str]:
    """Return a function that spells a symbol in a style, or as it is if it has no such spelling."""
    from stockgroups.symbols import SymbolStyle, render_symbol  # noqa: PLC0415 - seldom asked for

    exchanges = db.catalog.exchanges

    @cache  # warn once about a symbol
    def spell(symbol: str) -> str:
        try:
            return render_symbol(symbol, SymbolStyle(style), exchanges)
        except SymbolError as error:
            warn(f"! {error.what}; it is shown as it is")
            return symbol

    return spell
