"""Run everything once: server, schema, load, sectors, themes, metadata, validation, three answers.

Safe to run again: the second run changes nothing. Themes of your own are kept. The exit status is 1
when a file is refused or a check fails.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli import answers, load, metadata, query, sectors, universe, validate
from stockgroups.cli.output import print_answer, print_json, report_line
from stockgroups.cli.serve import ADDRESS
from stockgroups.cli.session import open_database
from stockgroups.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.api import Database

QUESTIONS = (
    ["--etf", "XLE"],
    ["--stock", "AAPL"],
    ["--theme", "crypto_miners"],
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `demo`."""
    parser.add_argument(
        "--holdings-dir", metavar="DIR", type=Path, help="the folder of the issuers' files"
    )


def run(args: argparse.Namespace) -> int:
    """Run every step; return 1 if a file was refused or a check failed."""
    begun = time.monotonic()
    stream = io.StringIO() if args.json else sys.stdout
    with redirect_stdout(stream):
        _choose_database(args)
    preserving = _parse(args, "organize-universe", "--preserve")
    steps: tuple[tuple[str, Callable[[Database], int]], ...] = (
        ("ETF holdings", lambda db: load.load(db, _parse(args, "load"), None)),
        ("Sectors", lambda db: sectors.organize(db, _parse(args, "organize-sectors"))),
        ("Themes and universes", lambda db: universe.organize(db, preserving)),
        ("Stock metadata", lambda db: metadata.build(db, _parse(args, "build-metadata"))),
        ("Validation", lambda db: validate.check(db, _parse(args, "validate"))),
        ("Statistics", _show_statistics),
        ("Three answers", _show_answers),
    )
    status = 0
    with open_database(args) as db:
        with redirect_stdout(stream):
            for number, (title, step) in enumerate(steps, 1):
                report_line("")
                report_line(f"── {number}/{len(steps)} {title} " + "─" * (60 - len(title)))
                status = max(status, step(db))
            took = time.monotonic() - begun
            report_line("")
            report_line(f"Done in {took:.1f} s. Next, for example: stockgroups query --stock NVDA")
            first = "" if find_spec("uvicorn") else "pip install 'stockgroups[http]', then "
            report_line(f"In a browser: {first}stockgroups serve, then open {ADDRESS}")
        if args.json:
            print_json({"passed": status == 0} | db.statistics().to_dict())
    return status


def _choose_database(args: argparse.Namespace) -> None:
    """Upgrade the schema of DATABASE_URL, or start the embedded server as this user's default."""
    from stockgroups.cli import database  # noqa: PLC0415 - not for --help
    from stockgroups.settings import read_settings  # noqa: PLC0415

    url = read_settings().database_url
    action = database.start if url in (None, "embedded") else database.upgrade
    action(argparse.Namespace(json=False, sql=False, catalog=args.catalog))


def _parse(args: argparse.Namespace, command: str, *words: str) -> argparse.Namespace:
    """Return the flags of one step: its own defaults, and the flags of the demo."""
    from stockgroups.cli.main import make_parser  # noqa: PLC0415 - it imports this module

    flags = make_parser(command).parse_args([command, *words])
    flags.catalog = args.catalog
    if command == "load":
        flags.holdings_dir = args.holdings_dir
    return flags


def _show_statistics(db: Database) -> int:
    print_answer(answers.show_statistics(db.statistics()))
    return 0


def _show_answers(db: Database) -> int:
    for question in QUESTIONS:
        report_line("")
        report_line(f"$ stockgroups query {' '.join(question)}")
        parser = argparse.ArgumentParser()
        query.add_arguments(parser)
        try:
            answer, show = query.ask(db, parser.parse_args(question))
        except NotFoundError as error:  # not every folder has these
            report_line(f"stockgroups: {error}")
        else:
            print_answer(show(answer))
    return 0
