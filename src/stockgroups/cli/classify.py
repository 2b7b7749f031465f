"""Measure how well sources agree on sectors, and set the sector of a stock yourself.

--measure leaves out one source after the other and predicts it from the rest: coverage, agreement,
confusion, disputes. --against compares all of them with a list of your own.

`override SYMBOL SECTOR --reason TEXT` sets a stock's sector from today, or from --on; `override
SYMBOL --remove --reason TEXT` withdraws that; `override --list` shows all decisions, also
withdrawn ones; `override --export` prints them as the overrides.toml of a catalogue.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_date_flag
from stockgroups.cli.output import make_table, print_answer
from stockgroups.cli.session import advise_if_empty, open_database
from stockgroups.cli.tabular import add_plot_flag, add_table_flags, emit, emit_report
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from stockgroups.api import Database
    from stockgroups.catalog import SectorOverride
    from stockgroups.cli.parser import Parser


def add_arguments(parser: Parser) -> None:
    """Add the actions and flags of `classify`."""
    parser.add_argument(
        "--measure", action="store_true", help="compare each source with the others"
    )
    parser.add_argument(
        "--against", metavar="FILE", type=Path, help="compare with this CSV: symbol,sector"
    )
    parser.add_argument(
        "--etf",
        metavar="TICKER",
        action="append",
        help="only the stocks of this fund; may be repeated",
    )
    add_date_flag(parser, "--as-of", "use only labels reported by this day (YYYY-MM-DD)")
    add_plot_flag(parser, "how many stocks of each fund have a sector")
    parser.add_argument("--verbose", action="store_true", help="print every dispute")
    action = parser.add_action("override", "set the sector of a stock", override, required=False)
    action.add_argument("symbol", nargs="?", metavar="SYMBOL", help="the stock")
    action.add_argument("sector", nargs="?", metavar="SECTOR", help="its sector")
    action.add_argument(
        "--reason", metavar="TEXT", help="the reason; it is recorded with the decision"
    )
    action.add_argument("--industry", metavar="NAME", help="one of the sector's industries")
    text = "the first day on which it applies (YYYY-MM-DD); default: today"
    add_date_flag(action, "--on", text)
    action.add_argument("--remove", action="store_true", help="withdraw the decision")
    action.add_argument("--list", action="store_true", help="show all decisions")
    action.add_argument(
        "--export", action="store_true", help="print all decisions as an overrides.toml"
    )
    add_table_flags(action)


def run(args: argparse.Namespace) -> int:
    """Measure how well sources agree. Raise UsageError without an action or --measure."""
    if not (args.measure or args.against):
        raise UsageError(
            "nothing to do", where="classify", remedy="give --measure, --against or override"
        )
    return measure(args)


def override(args: argparse.Namespace) -> int:
    """Decide the sector of a stock, or show the decisions."""
    with open_database(args) as db:
        if args.list or args.export:
            return _show_overrides(db, args)
        return _override(db, args)


def measure(args: argparse.Namespace) -> int:
    """Measure how well sources agree on sectors, and print it as tables."""
    from stockgroups.cli.measures import show_measures  # noqa: PLC0415 - not for --help

    with open_database(args) as db:
        report = db.measure_sectors(args.etf, args.as_of, against=args.against)
    emit(
        args,
        report.to_dict(),
        lambda: show_measures(report, verbose=args.verbose),
        draw=lambda charts: charts.draw_coverage(report),
    )
    return 0


def _override(db: Database, args: argparse.Namespace) -> int:
    if not args.symbol or bool(args.sector) == args.remove:
        raise UsageError(
            "an override needs a stock and a sector, or --remove",
            where="classify override",
            remedy="as in `stockgroups classify override AAPL energy --reason TEXT`",
        )
    if not args.reason:
        raise UsageError(
            "no reason given", where="classify override", remedy="give it with --reason"
        )
    if args.remove:
        done = db.withdraw_override(args.symbol, args.reason)
        message = f"✓ {done.symbol}: from {done.decided_on} on the sources decide again"
    else:
        done = db.override_sector(
            args.symbol,
            args.sector,
            args.reason,
            industry=args.industry,
            decided_on=args.on,
        )
        message = f"✓ {done.symbol}: {done.sector} from {done.decided_on} on ({done.reason})"
    lines = [message, "Metadata and sectors follow with `stockgroups build-metadata`"]
    emit_report(args, done, lambda: lines)
    return 0


def _show_overrides(db: Database, args: argparse.Namespace) -> int:
    found = db.overrides()
    if not found:
        advise_if_empty(db)
    if args.export:
        from stockgroups.jobs.overrides import export_overrides  # noqa: PLC0415 - seldom used

        exported = export_overrides(found[symbol][-1] for symbol in sorted(found))
        print_answer(exported.removesuffix("\n").split("\n"))
        return 0
    overrides = [override for symbol in sorted(found) for override in found[symbol]]
    emit(
        args,
        [override.to_dict() for override in overrides],
        lambda: _list_overrides(found, db.environment),
    )
    return 0


def _list_overrides(found: Mapping[str, Sequence[SectorOverride]], environment: str) -> list[str]:
    if not found:
        return [f"No overrides in environment {environment}"]
    rows = [
        (
            o.symbol,
            o.sector or "withdrawn",
            o.industry,
            o.decided_on,
            "in force" if o is found[o.symbol][-1] and o.sector else "",
            o.reason,
        )
        for symbol in sorted(found)
        for o in found[symbol]
    ]
    headers = ["symbol", "sector", "industry", "decided on", "", "reason"]
    return make_table(headers, rows)
