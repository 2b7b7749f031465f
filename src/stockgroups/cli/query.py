"""Ask: what is in a fund, theme, sector, industry or universe; which groups hold a stock.

Symbols are understood in any spelling and case (brk/b, BRK-B, BRKB); --symbols chooses the
spelling of the answer. With --as-of the answer is that of a day in the past, with the weights and
symbols of its source; with --known-at, what this database would have said at that time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli import answers
from stockgroups.cli.output import print_json, warn
from stockgroups.cli.session import open_session
from stockgroups.errors import NotFoundError, SymbolError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from stockgroups.cli.session import Session
    from stockgroups.queries import FundAnswer

STYLES = ("canonical", "yahoo", "slash", "compact", "space")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `query`."""
    asked = parser.add_mutually_exclusive_group(required=True)
    asked.add_argument("--etf", metavar="TICKER", help="what is in the fund")
    asked.add_argument("--stock", metavar="SYMBOL", help="which groups hold the stock")
    asked.add_argument("--theme", metavar="KEY", help="what belongs to the theme")
    asked.add_argument("--sector", metavar="KEY", help="the sector's industries and stocks")
    asked.add_argument("--industry", metavar="NAME", help="the industry's sector and stocks")
    asked.add_argument("--universe", metavar="KEY", help="what belongs to the universe")
    asked.add_argument("--stats", action="store_true", help="how much there is")
    parser.add_argument(
        "--explain", action="store_true", help="with --stock: why it is in its sector, vote by vote"
    )
    parser.add_argument(
        "--symbols",
        metavar="STYLE",
        choices=STYLES,
        default="canonical",
        help=f"spelling of symbols in the answer: {', '.join(STYLES)}",
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="answer from the newest source not after that day"
    )
    parser.add_argument(
        "--known-at",
        metavar="TIME",
        help="answer from what was recorded by then (2026-07-02T18:00, UTC where it does not say)",
    )
    parser.add_argument(
        "--max-age",
        metavar="DAYS",
        type=int,
        help="refuse a source that is more days older than the day asked for",
    )


def run(args: argparse.Namespace) -> int:
    """Answer one question."""
    if args.explain and not args.stock:
        raise UsageError("--explain is about a stock", remedy="name it with --stock")
    with open_session(args) as session:
        answer, show = ask(session, args)
    if args.symbols != "canonical" and hasattr(answer, "respell"):
        answer = answer.respell(_speller(session, args.symbols))
    if args.json:
        print_json(answer.as_dict())
    else:
        print("\n".join(show(answer)))
    return 0


def ask(session: Session, args: argparse.Namespace) -> tuple[Any, Callable[[Any], list[str]]]:
    """Return the answer and the function that shows it."""
    if any(value is not None for value in (args.as_of, args.known_at, args.max_age)):
        from stockgroups.cli import past  # noqa: PLC0415 - not for questions about now

        return past.ask(session, args)
    from stockgroups import queries  # noqa: PLC0415 - not for --help

    connection, environment = session.connection, session.environment
    if args.etf:
        return _find_fund(session, args.etf), answers.show_fund
    if args.stock and args.explain:
        from stockgroups.queries.explanation import explain_stock  # noqa: PLC0415 - rarely asked

        explained = explain_stock(connection, environment, args.stock, session.load_catalog)
        return explained, answers.show_explanation
    if args.stock:
        stock = queries.find_stock(connection, environment, args.stock, session.load_catalog)
        return stock, answers.show_stock
    if args.theme:
        return queries.find_theme(connection, environment, args.theme), answers.show_group
    if args.universe:
        return queries.find_universe(connection, environment, args.universe), answers.show_group
    if args.sector:
        return queries.find_sector(connection, environment, args.sector), answers.show_sector
    if args.industry:
        return queries.find_industry(connection, environment, args.industry), answers.show_industry
    return queries.read_statistics(connection, environment), answers.show_statistics


def _find_fund(session: Session, ticker: str) -> FundAnswer:
    """Return what is in the fund; of one that the catalogue knows, say that it is not loaded."""
    from stockgroups.queries import find_fund  # noqa: PLC0415 - not for --help

    try:
        return find_fund(session.connection, session.environment, ticker)
    except NotFoundError as error:
        entry = session.load_catalog().etfs.get(ticker.strip().upper())
        if entry is None or not error.nearest:
            raise
        raise NotFoundError(
            f"{entry.ticker} ({entry.name}) is not loaded in environment {session.environment}",
            remedy=f"`stockgroups load --etf {entry.ticker}` loads it, or tells where its file is",
        ) from error


def _speller(session: Session, style: str) -> Callable[[str], str]:
    """Return the function that spells a symbol; one that has no such spelling stays canonical."""
    from stockgroups.symbols import SymbolStyle, render_symbol  # noqa: PLC0415 - seldom asked for

    exchanges = session.load_catalog().exchanges

    def spell(symbol: str) -> str:
        try:
            return render_symbol(symbol, SymbolStyle(style), exchanges)
        except SymbolError as error:
            warn(f"! {error}; it stays canonical")
            return symbol

    return spell
