"""Answer an assistant's questions over the Model Context Protocol, on standard input and output.

An assistant starts it: register `stockgroups mcp` in its configuration (docs/mcp.md). It only
reads. Needs the extra `mcp`.
"""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING

from stockgroups.cli.flags import choose_settings
from stockgroups.cli.output import warn
from stockgroups.queries.frames import import_package

if TYPE_CHECKING:
    import argparse


def add_arguments(_parser: argparse.ArgumentParser) -> None:
    """Add no flags: settings come from the environment or a `.env` file."""


def run(args: argparse.Namespace) -> int:
    """Serve until the assistant closes standard input."""
    import_package("mcp", "pip install 'stockgroups[mcp]'")
    from stockgroups.assistant.server import serve  # noqa: PLC0415 - needs the extra

    # A thread waits for the next line, and Python's normal exit would wait for that thread.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if sys.stdin.isatty():
        warn("An assistant starts this program and talks to it over standard input; Ctrl-C ends it")
    serve(choose_settings(args))
    return 0
