"""Serve every answer as pages and over HTTP, read only, until Ctrl-C.

It prints the address for the browser, and that of `/v1/docs`, which shows what programs may ask.

Each request is one line on standard error: its id, the method, the address, the status, the time,
the bytes, and whether it was told from memory.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.output import record
from stockgroups.errors import UsageError
from stockgroups.settings import read_settings

if TYPE_CHECKING:
    import argparse

HOST, PORT = "127.0.0.1", 8642
LAST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `serve`."""
    parser.add_argument(
        "--host", default=HOST, help=f"the address to listen at; default: {HOST}, this machine only"
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"the port, 0 for any that is free; default: {PORT}"
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="answer requests that name this host too; may be given several times",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until it is told to end."""
    if not 0 <= args.port <= LAST_PORT:
        raise UsageError(f"a port is a number from 0 to {LAST_PORT}", where="--port")
    try:
        from stockgroups.http.server import serve  # noqa: PLC0415 - needs an extra
        from stockgroups.web.pages import Pages  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("stockgroups"):
            raise
        raise UsageError(
            f"{error.name} is not installed", remedy="`pip install 'stockgroups[http]'`"
        ) from error
    settings = read_settings()
    if args.catalog:
        settings = replace(settings, catalog_dir=Path(args.catalog))
    serve(
        settings,
        args.host,
        args.port,
        hosts=args.allow_host,
        log=record,
        site=Pages(),
    )
    return 0
