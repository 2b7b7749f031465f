"""Serve every answer as pages and over HTTP until Ctrl-C.

It prints the address for the browser, and that of `/v1/docs`, which lists the questions for
programs. It only reads, unless --allow-writes is given: then holders of the token may load files
and revert loads.

Each request is one line on standard error: its id, the method, the address, the status, the time,
the bytes, and whether the answer came from the cache.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stockgroups.cli.flags import choose_settings
from stockgroups.cli.output import record, warn
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from stockgroups.http.token import Token

HOST, PORT = "127.0.0.1", 8642
ADDRESS = f"http://{HOST}:{PORT}/"
"""Where the pages are, unless flags say otherwise."""
LAST_PORT = 65535


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `serve`."""
    parser.add_argument(
        "--host",
        default=HOST,
        help=f"the address to listen on; default: {HOST}, this machine only",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"the port, 0 for any that is free; default: {PORT}"
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="answer requests that name this host too; may be repeated",
    )
    parser.add_argument(
        "--allow-writes",
        action="store_true",
        help="let holders of the token plan, apply and revert loads",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        type=Path,
        help="the file with the token; default: the variable STOCKGROUPS_TOKEN",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a signal ends it."""
    if not 0 <= args.port <= LAST_PORT:
        raise UsageError(f"a port is a number from 0 to {LAST_PORT}", where="--port")
    try:
        from stockgroups.http.server import serve  # noqa: PLC0415 - needs an extra
        from stockgroups.web.pages import Pages  # noqa: PLC0415 - as above
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("stockgroups"):
            raise
        raise UsageError(
            f"{error.name} is not installed", remedy="run `pip install 'stockgroups[http]'`"
        ) from error
    serve(
        choose_settings(args),
        args.host,
        args.port,
        hosts=args.allow_host,
        write=record,
        site=Pages(),
        token=_read_token(args),
    )
    return 0


def _read_token(args: argparse.Namespace) -> Token | None:
    """Return the token for writes; None without writes. Warn if the address is not local."""
    from stockgroups.http.server import is_loopback  # noqa: PLC0415 - needs an extra
    from stockgroups.http.token import read_token  # noqa: PLC0415 - not for --help

    if not args.allow_writes:
        if args.token_file is not None:
            raise UsageError(
                "a token is for writes, which are not allowed",
                where="--token-file",
                remedy="give --allow-writes too, or leave it out",
            )
        return None
    token = read_token(args.token_file)
    if not is_loopback(args.host):
        warn(
            f"! Writes are allowed at {args.host}, which other machines may reach: the token "
            "is sent unencrypted, so put a proxy with TLS in front"
        )
    return token
