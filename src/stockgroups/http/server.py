"""Runs the application until a signal ends it."""

from __future__ import annotations

import gc
import ipaddress
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from stockgroups.errors import StockgroupsError
from stockgroups.http.app import make_app
from stockgroups.http.log import Log
from stockgroups.http.protocol import BoundedProtocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from stockgroups.http.asgi import Asgi
    from stockgroups.http.site import Site
    from stockgroups.http.token import Token
    from stockgroups.settings import Settings

KEEP_ALIVE_SECONDS = 30
END_SECONDS = 10
"""The most time for requests in progress when the server ends."""
SWITCH_SECONDS = 0.001
MOST_AT_ONCE = 500
"""The most connections; further ones are told to retry."""


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    hosts: Iterable[str] = (),
    write: Callable[..., None],
    site: Site | None = None,
    token: Token | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; requests in progress are answered first.

    Args:
        port: The port; 0: any free one.
        hosts: Other allowed host names.
        write: Writes lines of the log: the address at the start, then one for each request.
        site: The pages beside the API; None: no pages.
        token: The token that allows writes; None: no writes.

    Raises:
        DatabaseError: The database cannot be used.
        StockgroupsError: The server cannot listen at the address.
    """
    with (
        listen(host, port) as listener,
        Log(write) as log,
        make_app(settings, hosts=(host, *hosts), log=log, site=site, token=token) as made,
    ):
        named = f"[{host}]" if ":" in host else host
        address = f"http://{named}:{listener.getsockname()[1]}"
        log(f"{address}/ serves {made.pool.target}; for programs: {address}/v1/docs")
        # After its end the server sends itself the signal again; this is not an error here.
        before = {
            number: signal.signal(number, lambda *_: None)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            run(made.app, listener)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def run(app: Asgi, listener: socket.socket) -> None:
    """Run the application in this process until a signal ends it."""
    # Cached answers must not wait long for a thread that computes another answer, nor for the
    # collector of cycles to scan all modules.
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.collect()
    gc.freeze()
    uvicorn.Server(configure(app)).run(sockets=[listener])


def configure(app: Asgi) -> uvicorn.Config:
    """Return the configuration of the server: bounds, and no log of its own."""
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=END_SECONDS,
        limit_concurrency=MOST_AT_ONCE,
        proxy_headers=False,
    )


def is_loopback(host: str) -> bool:
    """Return whether an address is a loopback address, which no other machine reaches."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens at the address. Raises StockgroupsError."""
    where = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(1024)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise StockgroupsError(
            f"cannot listen there: {error.strerror or error}",
            where=where,
            remedy="choose another --port or --host; 0 takes any free port",
        ) from error
    return listener
