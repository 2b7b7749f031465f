"""Print the script that completes commands and flags in a shell; needs the extra `completion`.

For bash: `stockgroups completion bash > ~/.local/share/bash-completion/completions/stockgroups`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import print_answer
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse

SHELLS = ("bash", "zsh", "tcsh")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `completion`."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))


def run(args: argparse.Namespace) -> int:
    """Print the script."""
    from stockgroups.cli.main import COMMANDS, make_parser  # noqa: PLC0415 - it imports this module

    try:
        import shtab  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise UsageError(
            "shtab is not installed",
            remedy="run `pip install 'stockgroups[completion]'`",
        ) from error
    script: str = shtab.complete(make_parser(*COMMANDS), args.shell)
    print_answer(script.split("\n"))
    return 0
