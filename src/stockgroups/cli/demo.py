"""All of it once: server, schema, holdings, sectors, themes, metadata, validation, three answers.

Safe to run again: the second run finds everything there and changes nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import redirect_stdout
from typing import TYPE_CHECKING

from stockgroups.cli import answers, load, metadata, query, sectors, universe, validate
from stockgroups.cli.output import print_json, tell
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.cli.session import Session
    from stockgroups.queries import Statistics

QUESTIONS = (
    ["--etf", "XLE"],
    ["--stock", "AAPL"],
    ["--theme", "crypto_miners"],
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `demo`."""
    parser.add_argument("--holdings-dir", metavar="DIR", help="the issuers' files")


def run(args: argparse.Namespace) -> int:
    """Go through every step; return 1 when the validation fails at the end."""
    begun = time.monotonic()
    told = sys.stderr if args.json else sys.stdout
    with redirect_stdout(told):
        _choose_database()
    steps: tuple[tuple[str, Callable[[Session, argparse.Namespace], int]], ...] = (
        ("ETF holdings", _load),
        ("Sectors", sectors.organize),
        ("Themes and universes", universe.organize),
        ("Stock metadata", metadata.build),
        ("Validation", validate.check),
        ("Statistics", _show_statistics),
        ("Three answers", _show_answers),
    )
    status = 0
    with open_session(args) as session:
        with redirect_stdout(told):
            for number, (title, step) in enumerate(steps, 1):
                tell(f"\n── {number}/{len(steps)} {title} " + "─" * (60 - len(title)))
                outcome = step(session, _flags(args))
                # A folder as people have it holds other files too; they were named above.
                status = status or (outcome if step is validate.check else 0)
            took = time.monotonic() - begun
            tell(f"\nDone in {took:.1f} s. Ask on: stockgroups query --stock NVDA")
        if args.json:
            print_json({"passed": status == 0} | _read_statistics(session).as_dict())
    return status


def _choose_database() -> None:
    """Bring up the schema of DATABASE_URL, or start the embedded server as this user's default."""
    from stockgroups.cli import database  # noqa: PLC0415 - not for --help
    from stockgroups.settings import read_settings  # noqa: PLC0415

    url = read_settings().database_url
    action = database.start if url in (None, "embedded") else database.upgrade
    action(argparse.Namespace(json=False, sql=False))


def _flags(args: argparse.Namespace) -> argparse.Namespace:
    """Return the flags of all steps, each at its default."""
    return argparse.Namespace(
        accept=[],
        as_of=None,
        catalog=args.catalog,
        dry_run=False,
        etf=None,
        holdings_dir=args.holdings_dir,
        json=False,
        mode="incremental",
        preserve=False,
        rebuild=False,
        verbose=False,
    )


def _load(session: Session, args: argparse.Namespace) -> int:
    return load.load(session, args, None)


def _show_statistics(session: Session, _args: argparse.Namespace) -> int:
    print("\n".join(answers.show_statistics(_read_statistics(session))))
    return 0


def _read_statistics(session: Session) -> Statistics:
    from stockgroups.queries import read_statistics  # noqa: PLC0415 - not for --help

    return read_statistics(session.connection, session.environment)


def _show_answers(session: Session, _args: argparse.Namespace) -> int:
    for question in QUESTIONS:
        tell(f"\n$ stockgroups query {' '.join(question)}")
        parser = argparse.ArgumentParser()
        query.add_arguments(parser)
        answer, show = query.ask(session, parser.parse_args(question))
        print("\n".join(show(answer)))
    return 0
