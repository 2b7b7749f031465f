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
from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import print_json, report_line
from stockgroups.cli.serve import ADDRESS
from stockgroups.cli.session import open_database
from stockgroups.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STEPS: tuple[tuple[Any, ...], ...] = (
    ("ETF holdings", ["load"]),
    ("Sectors", ["organize-sectors"]),
    ("Themes and universes", ["organize-universe", "--preserve"]),
    ("Stock metadata", ["build-metadata"]),
    ("Validation", ["validate"]),
    ("Statistics", ["query", "--stats"]),
    (
        "Three answers",
        ["query", "--etf", "XLE"],
        ["query", "--stock", "AAPL"],
        ["query", "--theme", "crypto_miners"],
    ),
)
"""The titles of the steps, and the commands of each."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `demo`."""
    parser.add_argument(
        "--holdings-dir", metavar="DIR", type=Path, help="the folder of the issuers' files"
    )


def run(args: argparse.Namespace) -> int:
    """Run every step; return 1 if a file was refused or a check failed."""
    begun = time.monotonic()
    stream = io.StringIO() if args.json else sys.stdout
    status = 0
    with redirect_stdout(stream):
        _choose_database(args)
        for number, (title, *commands) in enumerate(STEPS, 1):
            report_line("")
            report_line(f"── {number}/{len(STEPS)} {title} " + "─" * (60 - len(title)))
            for words in commands:
                if len(commands) > 1:
                    report_line("")
                    report_line(f"$ stockgroups {' '.join(words)}")
                status = max(status, _run(args, words))
        took = time.monotonic() - begun
        report_line("")
        report_line(f"Done in {took:.1f} s. Next, for example: stockgroups query --stock NVDA")
        first = "" if find_spec("uvicorn") else "pip install 'stockgroups[http]', then "
        report_line(f"In a browser: {first}stockgroups serve, then open {ADDRESS}")
    if args.json:
        with open_database(args) as db:
            print_json({"passed": status == 0} | db.statistics().to_dict())
    return status


def _choose_database(args: argparse.Namespace) -> None:
    """Upgrade the schema of DATABASE_URL, or start the embedded server as this user's default."""
    from stockgroups.cli import database  # noqa: PLC0415 - not for --help
    from stockgroups.settings import read_settings  # noqa: PLC0415

    url = read_settings().database_url
    action = database.start if url in (None, "embedded") else database.upgrade
    action(argparse.Namespace(json=False, sql=False, catalog=args.catalog))


def _run(args: argparse.Namespace, words: Sequence[str]) -> int:
    """Run a command with the flags of the demo, and return its exit status."""
    from stockgroups.cli.main import make_parser  # noqa: PLC0415 - it imports this module

    command = words[0]
    flags = make_parser(command).parse_args(words)
    flags.catalog = args.catalog
    if command == "load":
        flags.holdings_dir = args.holdings_dir
    run_it: Callable[[argparse.Namespace], int] = flags.run
    try:
        return run_it(flags)
    except NotFoundError as error:
        if command != "query":
            raise
        report_line(f"stockgroups: {error}")  # not every folder has what is asked for
        return 0
