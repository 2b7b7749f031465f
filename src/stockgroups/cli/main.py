"""The entry point: finds the command's module, runs it, turns errors into one line and a status.

Only the module of the command that was asked for is imported: starting up is part of the speed.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from typing import TYPE_CHECKING, NoReturn, Protocol, cast

from stockgroups import __version__
from stockgroups.errors import StockgroupsError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

# name: (module, the line in the overview)
COMMANDS = {
    "load": ("load", "load ETF holdings: issuers' files, or index members as marked proxies"),
    "load-directory": ("directory", "load symbol directories: what is listed, to check symbols by"),
    "build-metadata": ("metadata", "build stock_metadata: each stock's ETFs, themes, sector"),
    "organize-sectors": ("sectors", "make the SECTOR groups of the catalogue"),
    "organize-universe": ("universe", "make the THEME and UNIVERSE groups"),
    "classify": ("classify", "measure the sectors that sources give, overrule them for a stock"),
    "query": ("query", "ask what is in a group, or which groups hold a stock"),
    "resolve": (
        "resolve",
        "tell which stocks texts mean: any spelling, former symbol, ISIN, CUSIP",
    ),
    "related": ("related", "show a stock's other share classes, listings, ADR and home share"),
    "alias": ("alias", "list, add and remove renames and reuses of symbols"),
    "receipt": ("receipt", "show the account of a file: what became of every row, and why"),
    "changes": ("changes", "tell what came, went and moved in a group, or of a stock in all"),
    "timeline": ("timeline", "tell a stock's stays in every group, across its names"),
    "source": ("source", "tell which file an answer rests on, and all that is recorded"),
    "load-history": ("history", "load a universe's whole past from one file"),
    "rollback": ("rollback", "take a load back, as a new act; nothing is erased"),
    "loads": ("loads", "list who changed what, when, with which program"),
    "validate": ("validate", "check everything against everything; exit 1 when a check fails"),
    "migrate": (
        "migrate",
        "make groups of the old store's entries, and prove that nothing is lost",
    ),
    "shadow": ("shadow", "answer from both stores, and report where they differ"),
    "archive-legacy": ("archive", "move migrated entries out of cache_entries, or bring them back"),
    "db": ("database", "look after the embedded server and the schema"),
    "demo": ("demo", "all of it once, from an empty machine to answers"),
}
INTERRUPTED = 130
BROKEN_PIPE = 141


class Command(Protocol):
    """What the module of a command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Add the command's own flags."""

    def run(self, args: argparse.Namespace) -> int:
        """Do it, and return the exit status."""


class Parser(argparse.ArgumentParser):
    """A parser that raises UsageError, so that a wrong flag is one line as every other error."""

    def error(self, message: str) -> NoReturn:
        """Raise the error for a command line that cannot be understood."""
        raise UsageError(message, remedy=f"see `{self.prog} --help`")


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 done, 1 found or refused, 2 usage, 3 database.

    Errors are one line on standard error; `--debug` adds the traceback.
    """
    _tolerate_narrow_encodings()
    words = list(sys.argv[1:] if argv is None else argv)
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return 0 if words else 2
    if words[0] in ("-V", "--version"):
        print(f"stockgroups {__version__}")
        return 0
    if words[0] not in COMMANDS:
        import difflib  # noqa: PLC0415 - for this message alone

        nearest = difflib.get_close_matches(words[0], COMMANDS, n=1, cutoff=0.0)[0]
        print(
            f"stockgroups: no command {words[0]!r}; nearest: {nearest}; see `stockgroups --help`",
            file=sys.stderr,
        )
        return 2
    try:
        status = _import(words[0]).run(_parse(words[0], words[1:]))
        sys.stdout.flush()
    except StockgroupsError as error:
        if "--debug" in words:
            raise
        print(f"stockgroups: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        print("stockgroups: interrupted; what was not yet committed is undone", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has seen enough; Python must not complain at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except OSError as error:
        if "--debug" in words:
            raise
        print(f"stockgroups: the system refused it: {error}", file=sys.stderr)
        return 1
    return status


def make_parser(command: str) -> argparse.ArgumentParser:
    """Return the parser of a command, with the flags that all commands share."""
    module = _import(command)
    parser = Parser(
        prog=f"stockgroups {command}",
        description=sys.modules[f"stockgroups.cli.{COMMANDS[command][0]}"].__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    shared = parser.add_argument_group("shared by all commands")
    shared.add_argument("--json", action="store_true", help="print JSON on standard output")
    shared.add_argument("--catalog", metavar="DIR", help="your own catalogues (or CATALOG_DIR)")
    shared.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return parser


def _parse(command: str, words: Sequence[str]) -> argparse.Namespace:
    """Return the flags. Raise UsageError for wrong ones, and for an empty value of any."""
    parser = make_parser(command)
    for word in words:
        # `--etf "$FUND"` with FUND unset must not mean all funds.
        if not word or (word.startswith("--") and word.endswith("=")):
            parser.error("an argument is empty: is a variable not set?")
    return parser.parse_args(words)


def _tolerate_narrow_encodings() -> None:
    """Print a question mark for what the terminal's encoding does not have, such as ✓.

    Standard error does something of the kind by itself.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _import(command: str) -> Command:
    return cast("Command", importlib.import_module(f"stockgroups.cli.{COMMANDS[command][0]}"))


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {line}" for name, (_, line) in COMMANDS.items()]
    return "\n".join(
        [
            "usage: stockgroups COMMAND [flags]",
            "",
            "Which stock belongs to which group: ETFs, universes, sectors and themes.",
            "",
            *lines,
            "",
            "`stockgroups COMMAND --help` tells the flags of a command. Settings: DATABASE_URL,",
            "ENVIRONMENT, HOLDINGS_DIR, CATALOG_DIR, from the environment or a .env file.",
        ]
    )


def main() -> None:
    """Run as a program."""
    sys.exit(run())
