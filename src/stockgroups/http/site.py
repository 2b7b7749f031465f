"""Pages for people, which another face may add at the same address as the API.

The pages pass the same gate, use the same connections, and are cached as long as the answers.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from stockgroups.http.problems import RequestError
from stockgroups.http.routes import PREFIX, VERSION_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.api import Database
    from stockgroups.http.asgi import Asgi, Receive, Scope, Send
    from stockgroups.http.cache import Reply
    from stockgroups.http.pool import Pool


class Document(Protocol):
    """A document that is ready to be sent and needs no database any more."""

    @property
    def media_type(self) -> str:
        """The media type in HTTP."""

    def write(self) -> bytes:
        """Return the body."""


class Site(Protocol):
    """Pages for people."""

    @property
    def headers(self) -> Mapping[str, str]:
        """Headers of every page."""

    def find_file(self, path: str) -> Document | None:
        """Return the static file of this path; None if there is none."""

    def ask(self, db: Database, path: str, query: str) -> Document:
        """Return the page of an address. Raises StockgroupsError, as the API does."""

    def write_problem(self, path: str, query: str, problem: Mapping[str, Any]) -> Document:
        """Return the page of a problem (RFC 9457) at an address."""


def is_question(path: str) -> bool:
    """Return whether a path belongs to the API, not to a page."""
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def add_site(api: Asgi, site: Site, pool: Pool) -> Asgi:
    """Return an application that sends API paths to the API and all other paths to the site."""

    def show(path: str, query: str) -> Response:
        file = site.find_file(path)
        if file is not None:
            return Response(file.write(), headers=site.headers, media_type=file.media_type)
        page, version = pool.ask(lambda db, version: (site.ask(db, path, query), version))
        headers = {**site.headers, VERSION_HEADER: str(version)}
        return Response(page.write(), headers=headers, media_type=page.media_type)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        if is_question(path):
            await api(scope, receive, send)
            return
        if scope["method"] != "GET":
            raise RequestError(405, "pages are read-only", headers={"allow": "GET, HEAD"})
        reply = await run_in_threadpool(show, path, scope["query_string"].decode("latin-1"))
        await reply(scope, receive, send)

    return answer


def show_problem(site: Site, path: str, query: str, reply: Reply) -> Reply:
    """Return an error reply as a page, with the same status and text."""
    page = site.write_problem(path, query, json.loads(reply.content))
    headers = {**site.headers, "content-type": page.media_type}
    kept: Sequence[tuple[bytes, bytes]] = [h for h in reply.headers if h[0] != b"content-type"]
    own = ((name.encode(), value.encode()) for name, value in headers.items())
    return replace(reply, headers=(*kept, *own), content=page.write())
