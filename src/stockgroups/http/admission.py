"""Admission of requests, by their size, host, site, characters and body."""

from __future__ import annotations

import asyncio
import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stockgroups.http.limits import BODY_SECONDS, LONGEST_BODY, LONGEST_HEADERS, LONGEST_URL
from stockgroups.http.problems import RequestError
from stockgroups.http.site import is_question

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from stockgroups.http.asgi import Receive, Scope

_NO_TEXT = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL = re.compile(rb"%(?:[01][0-9A-F]|7F)", re.IGNORECASE)
_CONTROL_BUT_LINES = re.compile(rb"%(?:0[0-9BCEF]|1[0-9A-F]|7F)", re.IGNORECASE)
"""Pages have fields of several lines."""
LOCAL_HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{0,5})?", re.ASCII | re.IGNORECASE)
_ONCE = (b"host", b"origin", b"authorization", b"content-type", b"sec-fetch-site")
"""Headers that may be given only once, because programs differ in which of two they use."""
_PORTS = {"http": 80, "https": 443}


def admit(scope: Scope, headers: Mapping[bytes, bytes], hosts: Collection[str]) -> None:
    """Refuse requests that are not for this server, before any other work.

    Args:
        headers: The headers of the request, by name.
        hosts: The allowed host names of the server.

    Raises:
        RequestError: It is too long, or its host, site or characters are refused.

    """
    if len(scope["raw_path"] or b"") + len(scope["query_string"]) > LONGEST_URL:
        raise RequestError(
            414, f"the address is longer than {LONGEST_URL:,} bytes", remedy="ask for less"
        )
    size = sum(len(name) + len(value) for name, value in scope["headers"])
    if size > LONGEST_HEADERS:
        raise RequestError(
            431, f"the headers have more than {LONGEST_HEADERS:,} bytes", remedy="send fewer"
        )
    names = [name for name, _ in scope["headers"]]
    for name in _ONCE:
        if names.count(name) > 1:
            raise RequestError(
                400, f"the request has the header {name.decode()} twice", remedy="send it once"
            )
    host = _find_host(headers.get(b"host", b"").decode("latin-1"))
    if host not in hosts:
        raise RequestError(
            421,
            "the request is for another host than this server",
            remedy="use the address that the server printed at its start, or start it with "
            "--allow-host and this name",
        )
    if _is_of_another_site(scope, headers, hosts):
        raise RequestError(
            403, "the request comes from a page of another site", remedy="ask from a program"
        )
    control = _CONTROL if is_question(scope["path"]) else _CONTROL_BUT_LINES
    if _NO_TEXT.search(scope["path"]) or control.search(scope["query_string"]):
        raise RequestError(
            400, "the address has a control character", remedy="leave it out: no name contains one"
        )


def _is_of_another_site(
    scope: Scope, headers: Mapping[bytes, bytes], hosts: Collection[str]
) -> bool:
    """Return whether, according to the browser, a page of another site sent the request.

    Another port of this machine is another site. If a person follows a link, it is the person's
    request, not the page's. Behind a proxy the origin is one of the allowed names.
    """
    origin = headers.get(b"origin")
    if origin is not None:
        asker = _read_origin(origin.decode("latin-1"))
        own = _read_origin(headers.get(b"host", b"").decode("latin-1"), asker and asker[0])
        if asker is None or (asker != own and asker[1] not in frozenset(hosts) - LOCAL_HOSTS):
            return True
    if headers.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin"):
        return False
    follows_link = (
        scope["method"] in ("GET", "HEAD")
        and headers.get(b"sec-fetch-mode") == b"navigate"
        and headers.get(b"sec-fetch-dest") == b"document"
    )
    return not follows_link


@lru_cache(1_000)
def _read_origin(text: str, scheme: str | None = None) -> tuple[str, str, int] | None:
    """Return the scheme, host and port of an origin, or of a host with a scheme; else None.

    If it names no port, the scheme's default port is used.
    """
    try:
        parts = urlsplit(f"{scheme}://{text}" if scheme else text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


@lru_cache(1_000)
def _find_host(text: str) -> str | None:
    """Return the name of a host in lower case, without its port; None if it is not a host."""
    found = _HOST.fullmatch(text)
    return found[1].strip("[]").lower() if found else None


async def read_body(headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Return the posted body. Raises RequestError if it is too long, or takes too long."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json" or b"content-encoding" in headers:
        raise RequestError(
            415, "the body is not plain JSON", remedy="send application/json, uncompressed"
        )
    too_long = RequestError(
        413,
        f"the body is longer than {LONGEST_BODY:,} bytes",
        remedy="split it into several requests",
    )
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > LONGEST_BODY:
        raise too_long
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise RequestError(400, "the body ended early")
                body += message.get("body", b"")
                if len(body) > LONGEST_BODY:
                    raise too_long
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise RequestError(
            408, f"the body did not arrive within {BODY_SECONDS} s", remedy="send it again"
        ) from None
    try:
        json.loads(body, object_pairs_hook=_check_pairs)
    except (ValueError, RecursionError):
        raise RequestError(422, "the body is not JSON", remedy="send one object") from None
    return bytes(body)


def _check_pairs(pairs: Sequence[tuple[str, Any]]) -> None:
    """Refuse an object that has a key twice, because the meant value is unknown."""
    if len(dict(pairs)) < len(pairs):
        raise RequestError(
            422, "the body has an object with the same key twice", remedy="give it once"
        )
