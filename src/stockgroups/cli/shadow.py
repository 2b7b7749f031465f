"""Ask the old entries and the new tables the same questions, and report where they differ.

Without a flag: every question that the old store can answer. The exit status is 1 if they
differ.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.migrate import add_accept
from stockgroups.cli.output import name_rest
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import emit
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.api import Database
    from stockgroups.migration.shadow import ShadowReport

SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `shadow`."""
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--etf", metavar="TICKER", help="what is in the fund")
    kinds.add_argument("--stock", metavar="SYMBOL", help="which ETFs hold the stock")
    kinds.add_argument("--theme", metavar="KEY", help="what belongs to the theme")
    kinds.add_argument("--sector", metavar="KEY", help="the sector's industries and stocks")
    kinds.add_argument("--universe", metavar="KEY", help="what belongs to the universe")
    add_accept(parser)
    parser.add_argument("--verbose", action="store_true", help="name every difference")


def run(args: argparse.Namespace) -> int:
    """Ask both stores, and print where they differ."""
    from stockgroups.migration.shadow import Question, compare_answers  # noqa: PLC0415 - not for --help

    question = next(
        (
            Question(kind, value)
            for kind in ("etf", "stock", "theme", "sector", "universe")
            if (value := getattr(args, kind))
        ),
        None,
    )
    with open_database(args) as db:
        report = compare_answers(db, question, accepts_refused=bool(args.accept))
    emit(args, report.to_dict(), lambda: show(report, db, verbose=args.verbose))
    return 0 if report.passed else 1


def show(report: ShadowReport, db: Database, *, verbose: bool) -> Iterator[str]:
    """Yield the numbers of questions, and the different answers."""
    yield f"Querying both stores in {db.target}"
    for kind, count in report.asked.items():
        yield (
            f"{kind}: {count_of(count, 'question')}, {report.differing[kind]} answered differently"
        )
    shown = report.differences if verbose else report.differences[:SHOWN]
    for difference in shown:
        yield f"  ✗ {difference}"
    yield from name_rest(report.differences, shown, "--verbose prints all", indent=2)
    accepted = report.refused if verbose else report.refused[:SHOWN]
    for refusal in accepted:
        yield f"  ! {refusal}"
    yield from name_rest(report.refused, accepted, "--verbose prints all", indent=2)
    if not report.asked:
        others = [f"{count_of(n, 'row')} of {name}" for name, n in report.elsewhere.items()]
        yield (
            f"✗ Nothing was compared: the old store has nothing for environment "
            f"{report.environment}, and {' and '.join(others) or 'nothing of others'}"
            + (": set ENVIRONMENT" if others else "")
        )
    elif report.passed:
        but = f", but for {count_of(len(report.refused), 'refusal')}" if report.refused else ""
        yield f"✓ Both stores answer the same{but}"
    else:
        yield "✗ The stores differ"
