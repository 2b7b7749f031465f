"""Answer from both stores, the old entries and the new tables, and report where they differ.

Without a flag every question that the old store can answer is asked; exit 1 on any difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import print_json, tell
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `shadow`."""
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--etf", metavar="TICKER", help="what is in the fund")
    asked.add_argument("--stock", metavar="SYMBOL", help="which ETFs hold the stock")
    asked.add_argument("--theme", metavar="KEY", help="what belongs to the theme")
    asked.add_argument("--sector", metavar="KEY", help="the sector's industries and stocks")
    asked.add_argument("--universe", metavar="KEY", help="what belongs to the universe")
    parser.add_argument("--verbose", action="store_true", help="name every difference")


def run(args: argparse.Namespace) -> int:
    """Ask both stores, and print where they differ."""
    from stockgroups.jobs.shadow import Question, compare_answers  # noqa: PLC0415 - not for --help

    asked = next(
        (
            Question(kind, value)
            for kind in ("etf", "stock", "theme", "sector", "universe")
            if (value := getattr(args, kind))
        ),
        None,
    )
    with open_session(args) as session:
        report = compare_answers(
            session.connection, session.environment, session.load_catalog(), asked
        )
    if args.json:
        print_json(report.as_dict())
        return 0 if report.passed else 1
    tell(f"Asking both stores in {session.target}")
    for kind, count in report.asked.items():
        tell(f"{kind}: {count} questions, {report.differing[kind]} answered differently")
    shown = report.differences if args.verbose else report.differences[:SHOWN]
    for difference in shown:
        tell(f"  ✗ {difference}")
    rest = len(report.differences) - len(shown)
    if rest:
        tell(f"  … and {rest} more; --verbose prints all")
    tell("✓ Both stores answer the same" if report.passed else "✗ The stores differ")
    return 0 if report.passed else 1
