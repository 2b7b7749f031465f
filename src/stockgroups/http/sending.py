"""Chooses how a reply is sent: plain, compressed, or as 304 if the client already has it."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.http.limits import LEAST_ZIPPED

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from stockgroups.http.asgi import Scope
    from stockgroups.http.cache import Reply

_HEADERS = (
    (b"cache-control", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"accept-encoding"),
)
_NO_PAGE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
LONGEST_LOGGED = 500
"""Characters of an address in the log."""


class Body(Enum):
    """The form in which the body of a reply is sent, if it is sent."""

    PLAIN = 1
    ZIPPED = 2
    NONE = 3


class Shown(NamedTuple):
    """How a reply is sent to a request.

    Attributes:
        status: The status; 304 if the client already has the reply.
        headers: The headers, without those that are specific to one request.
        body: The form of the body that is sent.
        line: The log's text about the request and its status.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: Body
    key: Hashable
    etag: str | None
    line: str


def complete(reply: Reply) -> Reply:
    """Return a reply with the headers of all replies."""
    is_page = any(name == _NO_PAGE[0] for name, _ in reply.headers)
    headers = (*reply.headers, *_HEADERS, *(() if is_page else (_NO_PAGE,)))
    return replace(reply, headers=headers)


def show_reply(
    scope: Scope, request_headers: Mapping[bytes, bytes], reply: Reply, key: Hashable
) -> Shown:
    """Return how a reply is sent to a request."""
    status, headers, etag = reply.status, list(reply.headers), reply.etag
    body = Body.PLAIN
    # The compressed form has other bytes, and is another entity.
    if len(reply.content) >= LEAST_ZIPPED and _takes_gzip(
        request_headers.get(b"accept-encoding", b"")
    ):
        etag = etag and f'{etag[:-1]}-gzip"'
        body = Body.ZIPPED
        headers.append((b"content-encoding", b"gzip"))
    if etag is not None:
        headers.append((b"etag", etag.encode()))
        if _has_tag(request_headers, etag):
            kept = (b"content-type", b"content-encoding", b"content-disposition")
            status, body = 304, Body.NONE
            headers = [pair for pair in headers if pair[0] not in kept]
    query = scope["query_string"].decode("latin-1")
    target = f"{scope['path']}?{query}" if query else scope["path"]
    line = f"{scope['method']} {target[:LONGEST_LOGGED]} {status}"
    return Shown(status, headers, body, key, reply.etag, line)


def _takes_gzip(accepted: bytes) -> bool:
    """Return whether a client accepts gzip, by its Accept-Encoding header."""
    for part in accepted.lower().split(b","):
        coding, _, weight = part.partition(b";")
        if coding.strip() == b"gzip":
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _has_tag(headers: Mapping[bytes, bytes], etag: str | None) -> bool:
    """Return whether the client already has the entity of a tag."""
    given = headers.get(b"if-none-match")
    if etag is None or given is None:
        return False
    tags = [tag.strip().removeprefix(b"W/") for tag in given.split(b",")]
    return etag.encode() in tags or tags == [b"*"]
