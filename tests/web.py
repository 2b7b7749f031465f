"""A served database, and a client that asks it over a socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import uvicorn

from stockgroups.http import server as serving
from stockgroups.http.app import Service, make_app
from stockgroups.http.site import Site
from stockgroups.http.token import Token
from stockgroups.settings import Settings

PATIENCE = 30.0


class Served:
    """A running service, its client, and its log lines."""

    def __init__(self, service: Service, client: httpx.Client, lines: list[str]) -> None:
        self.service = service
        self.client = client
        self.lines = lines

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Return the answer to GET."""
        return self.client.get(
            f"/v1{path}", headers={k.replace("_", "-"): v for k, v in headers.items()}
        )

    def wait(self, version: int) -> None:
        """Wait until the service knows a version."""
        assert self.service.watch.wait(version, PATIENCE)


@contextmanager
def serve(
    settings: Settings, site: Site | None = None, token: Token | None = None
) -> Iterator[Served]:
    """Serve the database of the settings at a free port; the token allows writes."""
    lines: list[str] = []
    with (
        serving.listen("127.0.0.1", 0) as listener,
        make_app(settings, log=lines.append, site=site, token=token) as service,
    ):
        server = uvicorn.Server(serving.configure(service.app))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            with httpx.Client(base_url=url, timeout=PATIENCE) as client:
                yield Served(service, client, lines)
        finally:
            server.should_exit = True
            thread.join(PATIENCE)
