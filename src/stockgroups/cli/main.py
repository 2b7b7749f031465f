"""The entry point: finds the command's module, runs it, turns errors into one line and a status.

Only the module of the given command is imported, so that the program starts fast.
"""

from __future__ import annotations

import argparse
import errno
import gc
import importlib
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from stockgroups import __version__
from stockgroups.cli.output import hush, print_answer, print_json_error, report_line, warn
from stockgroups.cli.parser import Parser
from stockgroups.collector import pausing_collector
from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.text import advise_nearest, point_at

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# heading: name: (module, its line in the overview)
COMMANDS_BY_TASK = {
    "start": {
        "demo": ("demo", "run everything once: from an empty machine to answers"),
    },
    "load": {
        "fetch": ("fetch", "download files of the SEC and of issuers, and check them"),
        "load": ("load", "load ETF holdings from issuers' files"),
        "load-nport": ("nport", "load the SEC's N-PORT filings: whole portfolios of US funds"),
        "load-universe": ("constituents", "load the members of a universe from a list"),
        "load-history": ("history", "load the whole past of a universe from one file"),
        "load-directory": (
            "directory",
            "load lists of symbols and funds, and registers of the SEC",
        ),
        "organize-sectors": ("sectors", "create the SECTOR groups"),
        "organize-universe": ("universe", "create the THEME and UNIVERSE groups"),
        "build-metadata": ("metadata", "build each stock's ETFs, themes and sector"),
        "refresh": (
            "refresh",
            "do the day's work: fetch, load, build, check; exit 0 only when all is well",
        ),
        "formats": ("formats", "list the file formats that can be read"),
    },
    "ask": {
        "query": ("query", "ask what is in a group, or which groups hold a stock"),
        "list": ("listing", "list the groups of a type, or the industries"),
        "search": ("search", "search groups and stocks by part of a name"),
        "changes": ("changes", "show additions, removals and changed weights"),
        "timeline": ("timeline", "show from when to when a stock was in each group"),
        "members": (
            "members",
            "show the stocks of an expression, as '(SPY & QQQ) - sector:energy'",
        ),
        "panel": ("panel", "show the stocks of an expression on many dates"),
        "overlap": ("overlap", "show what funds share, by names and by weight"),
        "exposure": ("exposure", "show what a portfolio holds through its funds"),
        "resolve": ("resolve", "show which stock a text means: symbol, ISIN, CUSIP, SEDOL, FIGI"),
        "related": ("related", "show a stock's other share classes and listings"),
        "serve": ("serve", "serve every answer as pages in a browser and over HTTP"),
        "mcp": ("mcp", "answer an assistant's questions (Model Context Protocol)"),
    },
    "check and correct": {
        "validate": ("validate", "check everything; exit 1 when a check fails"),
        "freshness": (
            "freshness",
            "show how old each fund's source is; exit 1 when one is too old",
        ),
        "report": ("report", "write a report on everything: Markdown, HTML or JSON"),
        "receipt": ("receipt", "show what became of every row of a file"),
        "source": ("source", "show which file an answer comes from"),
        "loads": ("loads", "list who changed what, and when"),
        "rollback": ("rollback", "revert a load"),
        "alias": ("alias", "list, add and remove renames of symbols"),
        "classify": ("classify", "measure the sectors, or set the sector of a stock"),
    },
    "administer": {
        "db": ("database", "start or stop the embedded server, upgrade the schema"),
        "export": ("export", "export everything to a folder, for other programs and for import"),
        "import": ("import_", "import an export into an empty environment"),
        "migrate": ("migrate", "migrate cache_entries to the new tables, and verify it"),
        "shadow": ("shadow", "query both stores, and report where they differ"),
        "archive-legacy": ("archive", "move migrated entries out of cache_entries, or back"),
        "completion": ("completion", "print the script that completes commands in a shell"),
    },
}
COMMANDS = {name: entry for group in COMMANDS_BY_TASK.values() for name, entry in group.items()}
INTERRUPTED = 130
BROKEN_PIPE = 141
FAULT = 70
"""The exit status for a fault of this program itself (EX_SOFTWARE of sysexits.h)."""


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    0 success, 1 problem found or refused, 2 wrong usage, 3 database, 70 fault of this program, 130
    interrupted, 141 output closed by its reader. An error is one line on standard error, with
    `--json` one JSON object; `--debug` adds the traceback.
    """
    _prepare_streams()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        status = _run(words)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough.
        _drop_output()
        return BROKEN_PIPE
    except OSError as error:  # the output cannot be written, such as on a full disk
        failed = StockgroupsError(f"the output cannot be written: {error.strerror}")
        with suppress(OSError):  # the error may fail to print too
            _end(failed, words)
            sys.stderr.flush()
        _drop_output()
        return failed.exit_status
    return status


def _run(words: list[str]) -> int:
    """Run the command, and turn its exceptions into an error message and a status."""
    try:
        return _dispatch(words)
    except SystemExit as ended:  # argparse has printed the help
        return int(ended.code or 0)
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _end(
            StoppedError("interrupted", remedy="uncommitted changes are rolled back"), words
        )
    except StockgroupsError as error:
        return _end(error, words)
    except OSError as error:
        return _end(_describe_refusal(error), words)
    except Exception as error:  # noqa: BLE001 - the last place that can report it in one line
        return _end(_FaultError(error), words)


def _describe_refusal(error: OSError) -> StockgroupsError:
    """Return an error for a refusal by the operating system, with the file if it is known."""
    if error.filename is None and error.errno == errno.ENOSPC:  # a full disk behind `>`
        return StockgroupsError(f"the output cannot be written: {error.strerror}")
    return StockgroupsError(
        f"the operating system refused it: {error.strerror or error}",
        where=None if error.filename is None else str(error.filename),
    )


def _dispatch(words: list[str]) -> int:
    if words[:1] == ["help"]:
        words = [*words[1:], "--help"]
    elif words in (["version"], ["-V"]):
        words = ["--version"]
    command = words[0] if words else ""
    if command in COMMANDS:
        with pausing_collector():  # modules stay: to scan them takes 10 ms
            args = make_parser(command).parse_args(words)
        run_it: Callable[[argparse.Namespace], int] = args.run
        with hush(hushed=getattr(args, "json", False), progress=False):
            return run_it(args)
    parser = make_parser(*COMMANDS, described=False)
    if not words or command in ("-h", "--help"):
        print_answer(parser.format_help().rstrip().split("\n"))
        return 0 if words else UsageError.exit_status
    if command in ("-v", "--version"):
        report_line(f"stockgroups {__version__}")
        return 0
    raise UsageError(f"unknown command {command!r}", remedy=_advise_command(command))


def _advise_command(word: str) -> str:
    see = "see `stockgroups --help`"
    if word.startswith("-"):
        return f"name the command first, its flags after it; {see}"
    return advise_nearest(word, COMMANDS, see)


class StoppedError(StockgroupsError):
    """The user pressed Ctrl-C."""

    exit_status = INTERRUPTED


class _FaultError(StockgroupsError):
    """An unexpected exception: a fault of this program."""

    exit_status = FAULT

    def __init__(self, error: Exception) -> None:
        import traceback  # noqa: PLC0415 - for this message alone

        frames = traceback.extract_tb(error.__traceback__)
        package = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120 - the rest is in os too
        own = [frame for frame in frames if frame.filename.startswith(package)]
        place = (own or frames)[-1]
        super().__init__(
            f"{type(error).__name__}: {error}",
            where=f"internal error in {os.path.basename(place.filename)}:{place.lineno}",  # noqa: PTH119
            remedy="run it again with --debug, and report the traceback",
        )


def _end(error: StockgroupsError, words: Sequence[str]) -> int:
    """Print an error, as one line or with `--json` as JSON; return the exit status."""
    if "--debug" in words:
        import traceback  # noqa: PLC0415 - for --debug alone

        for line in traceback.format_exc().rstrip("\n").split("\n"):
            warn(line)
    if "--json" in words:
        print_json_error({"error": error.to_dict()})
    else:
        warn(f"stockgroups: {error}")
        if error.text is not None and error.column is not None:
            for line in point_at(error.text, error.column):
                warn(f"  {line}")
    return error.exit_status


def make_parser(*names: str, described: bool = True) -> Parser:
    """Return the program's parser, with these commands and their common flags.

    Without `described`, each command has only its name and one line, and no module is imported.
    """
    parser = Parser(
        prog="stockgroups",
        description="Which stock belongs to which group: ETFs, universes, sectors and themes.",
        epilog="`stockgroups COMMAND --help` shows the flags of a command. Settings: DATABASE_URL, "
        "ENVIRONMENT, HOLDINGS_DIR, CATALOG_DIR, SEC_CONTACT, FETCH_SOURCES, from the environment "
        "or a .env file.",
    )
    parser.add_argument("-v", "--version", action="store_true", help="print the version")
    headings = {next(iter(group)): task for task, group in COMMANDS_BY_TASK.items()}
    for name in names:
        module, line = COMMANDS[name]
        command = parser.add_action(name, line, metavar="COMMAND", heading=headings.get(name, ""))
        if described:
            found = importlib.import_module(f"stockgroups.cli.{module}")
            command.description = found.__doc__
            command.set_defaults(run=getattr(found, "run", None))
            found.add_arguments(command)
            _share(command)
    return parser


def _share(parser: Parser, *, is_action: bool = False) -> None:
    """Add the common flags of all commands to a command or to one of its actions."""
    shared = parser.add_argument_group("shared by all commands")
    for flag in (
        shared.add_argument(
            "--json", action="store_true", help="print the answer, or the error, as JSON"
        ),
        shared.add_argument(
            "--catalog", metavar="DIR", help="the folder of your own catalogues (or CATALOG_DIR)"
        ),
        shared.add_argument("--debug", action="store_true", help="show the traceback of an error"),
    ):
        if is_action:  # a flag not given here keeps the command's value
            flag.default = argparse.SUPPRESS
    for action in parser.actions.values():
        _share(action, is_action=True)


def _prepare_streams() -> None:
    """Make standard input, output and error usable in every case.

    Characters that the terminal's encoding lacks, such as ✓, are printed as question marks. A
    stream that was closed before the start (`>&-`) gets a file; otherwise the next connection would
    get its number. The file for standard output cannot be written to, because an answer that nobody
    can read is an error.
    """
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: PTH123, SIM115 - kept open
    if sys.stdout is None:
        closed = os.open(os.devnull, os.O_RDONLY)
        sys.stdout = open(closed, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - kept open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - kept open
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def _drop_output() -> None:
    """Discard the remaining output, so that Python reports no error at its exit."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # not a file: a test's, or closed
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def main() -> None:
    """Run as a program."""
    status = run()
    # The system frees all memory at once. Python would first scan it for cycles, which takes a
    # fifth of the time of a look-up.
    gc.freeze()
    sys.exit(status)
