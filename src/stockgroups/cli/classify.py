"""Measure the sectors that sources' labels give to stocks, and overrule them stock by stock.

With --measure: each source is left out and predicted from the others (coverage, agreement,
confusion, disputes), and with --against all of them are held against a list of one's own.

`override SYMBOL SECTOR --reason TEXT` puts a stock into a sector from today on, or from --on;
`override SYMBOL --remove --reason TEXT` takes that back; `override --list` shows what stands and
what was said before, `override --export` prints it as the overrides.toml of a catalogue.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import make_table, print_json, tell
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from stockgroups.catalog import SectorOverride
    from stockgroups.cli.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions and flags of `classify`."""
    parser.add_argument(
        "action", nargs="?", choices=["override"], metavar="override", help="decide a sector"
    )
    parser.add_argument("symbol", nargs="?", metavar="SYMBOL", help="with override: the stock")
    parser.add_argument("sector", nargs="?", metavar="SECTOR", help="with override: its sector")
    measure = parser.add_argument_group("measuring")
    measure.add_argument("--measure", action="store_true", help="each source against the others")
    measure.add_argument(
        "--against", metavar="FILE", type=Path, help="a CSV symbol,sector to hold it against"
    )
    measure.add_argument(
        "--etf", metavar="TICKER", action="append", help="only the fund's stocks; may be repeated"
    )
    measure.add_argument("--as-of", metavar="DATE", help="with what was printed by this day")
    measure.add_argument("--verbose", action="store_true", help="print every dispute")
    override = parser.add_argument_group("overriding")
    override.add_argument("--reason", metavar="TEXT", help="why; it is kept with the decision")
    override.add_argument("--industry", metavar="NAME", help="one of the sector's industries")
    override.add_argument("--on", metavar="DATE", help="the day from which it counts")
    override.add_argument("--remove", action="store_true", help="take the decision back")
    override.add_argument("--list", action="store_true", help="show all decisions")
    override.add_argument("--export", action="store_true", help="print them as a catalogue")


def run(args: argparse.Namespace) -> int:
    """Measure or override."""
    if args.action is None:
        if not (args.measure or args.against):
            raise UsageError(
                "nothing to do", where="classify", remedy="say --measure, --against or override"
            )
        return measure(args)
    with open_session(args) as session:
        if args.list or args.export:
            return _show_overrides(session, args)
        return _override(session, args)


def measure(args: argparse.Namespace) -> int:
    """Measure, and print tables."""
    from stockgroups.cli.measures import show_measures  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.measure import measure_sectors  # noqa: PLC0415
    from stockgroups.jobs.sector_lists import read_sector_list  # noqa: PLC0415

    with open_session(args) as session:
        catalog = session.load_catalog()
        report = measure_sectors(
            session.connection,
            session.environment,
            catalog,
            etfs=[etf.strip().upper() for etf in args.etf] if args.etf else None,
            on=parse_date(args.as_of),
            against=read_sector_list(args.against, catalog) if args.against else None,
        )
    if args.json:
        print_json(report.as_dict())
    else:
        print("\n".join(show_measures(report, verbose=args.verbose)))
    return 0


def _override(session: Session, args: argparse.Namespace) -> int:
    from stockgroups.jobs.overrides import decide_sector, withdraw_sector  # noqa: PLC0415

    if not args.symbol or bool(args.sector) == args.remove:
        raise UsageError(
            "an override needs a stock and a sector, or --remove",
            where="classify override",
            remedy="as in `stockgroups classify override AAPL energy --reason TEXT`",
        )
    if not args.reason:
        raise UsageError("no reason given", where="classify override", remedy="say it: --reason")
    target = (session.connection, session.environment, session.load_catalog())
    if args.remove:
        done = withdraw_sector(*target, args.symbol, args.reason)
        line = f"✓ {done.symbol}: from {done.decided_on} on the sources decide again"
    else:
        done = decide_sector(
            *target,
            args.symbol,
            args.sector,
            args.reason,
            industry=args.industry,
            decided_on=parse_date(args.on, "--on"),
        )
        line = f"✓ {done.symbol}: {done.sector} from {done.decided_on} on ({done.reason})"
    if args.json:
        print_json(_describe(done))
    tell(line, quiet=args.json)
    tell("Metadata and sectors follow with `stockgroups build-metadata`", quiet=args.json)
    return 0


def _show_overrides(session: Session, args: argparse.Namespace) -> int:
    from stockgroups.evidence import read_overrides  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.overrides import export_overrides  # noqa: PLC0415

    found = read_overrides(session.connection, session.environment, session.load_catalog())
    if args.export:
        print(export_overrides(found[symbol][-1] for symbol in sorted(found)), end="")
        return 0
    said = [override for symbol in sorted(found) for override in found[symbol]]
    if args.json:
        print_json([_describe(override) for override in said])
        return 0
    if not said:
        tell(f"No overrides in environment {session.environment}")
        return 0
    rows = [
        (
            o.symbol,
            o.sector or "taken back",
            o.industry,
            o.decided_on,
            "stands" if o is found[o.symbol][-1] and o.sector else "",
            o.reason,
        )
        for o in said
    ]
    headers = ["symbol", "sector", "industry", "decided on", "", "reason"]
    print("\n".join(make_table(headers, rows)))
    return 0


def _describe(override: SectorOverride) -> dict[str, str | None]:
    return {
        "symbol": override.symbol,
        "sector": override.sector,
        "industry": override.industry,
        "decided_on": override.decided_on.isoformat(),
        "reason": override.reason,
    }
