"""What every request passes: is it admitted, is its answer kept, how is it sent, and the log."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import secrets
import time
from dataclasses import replace
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from stockgroups.errors import StockgroupsError
from stockgroups.http.cache import Cache, Reply, make_etag
from stockgroups.http.forms import split_form
from stockgroups.http.limits import (
    BODY_SECONDS,
    LEAST_ZIPPED,
    LONGEST_BODY,
    LONGEST_URL,
    MOST_ZIPPED_AT_ONCE,
)
from stockgroups.http.problems import RequestError, make_fault, make_problem
from stockgroups.http.routes import FORM_KEY, VERSION_HEADER
from stockgroups.http.site import is_question, show_problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, MutableMapping

    from stockgroups.http.site import Site
    from stockgroups.http.watch import Epoch, Watch

    Message = MutableMapping[str, Any]
    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

REQUEST_KEY = "stockgroups.request_id"
_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_NO_TEXT = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL = re.compile(rb"%(?:[01][0-9A-F]|7F)", re.IGNORECASE)
_CONTROL_BUT_LINES = re.compile(rb"%(?:0[0-9BCEF]|1[0-9A-F]|7F)", re.IGNORECASE)
"""Pages have fields of several lines."""
LOCAL_HOSTS = frozenset(("localhost", "127.0.0.1", "::1"))
_PORTS = {"http": 80, "https": 443}
_VERSION = VERSION_HEADER.encode()
_HEADERS = (
    (b"cache-control", b"no-cache"),
    (b"x-content-type-options", b"nosniff"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"accept-encoding"),
)
_NO_PAGE = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_LOG = logging.getLogger(__name__)


class Gate:
    """An ASGI application around another: admits requests, keeps its answers, sends them.

    Nothing is asked of the database for an answer that is kept, nor for one that the client has.
    """

    def __init__(
        self,
        app: Asgi,
        watch: Watch,
        cache: Cache,
        *,
        hosts: Collection[str],
        posts: Collection[str],
        log: Callable[[str], None],
        site: Site | None = None,
    ) -> None:
        """Stand before `app`.

        Args:
            app: What answers.
            watch: Tells the present epoch.
            cache: Keeps the replies.
            hosts: The names under which it may be asked.
            posts: The paths that take what is posted.
            log: Takes a line for each request.
            site: Shows refusals of what is no question as pages; None: they are told as others.

        """
        self._app = app
        self._watch = watch
        self._cache = cache
        self._hosts = frozenset(hosts)
        self._posts = frozenset(posts)
        self._log = log
        self._site = site
        self._flying: dict[Hashable, asyncio.Event] = {}
        # Words of its own, as each request needs one: another server has another beginning.
        self._begin, self._numbers = secrets.token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        told: dict[bytes, bytes] = dict(scope["headers"])
        request_id = self._choose_id(told.get(b"x-request-id"))
        scope[REQUEST_KEY] = request_id
        try:
            reply = await self._answer(scope, told, receive)
        except StockgroupsError as error:
            reply = self._refuse(scope, make_problem(error, request_id))
        except Exception:  # noqa: BLE001 - the last place that can answer
            _LOG.exception("request %s failed", request_id)
            reply = self._refuse(scope, make_fault(request_id))
        status, sent = await _send(scope, told, reply, request_id, send)
        took = (time.perf_counter() - begun) * 1000
        target = scope["path"] + ("?" + scope["query_string"].decode("latin-1")) * bool(
            scope["query_string"]
        )
        self._log(
            f"{request_id} {scope['method']} {target[:LONGEST_LOGGED]} {status} {took:.1f} ms "
            f"{sent} bytes{' cached' if reply.is_cached else ''}"
        )

    async def _answer(self, scope: Scope, told: Mapping[bytes, bytes], receive: Receive) -> Reply:
        method, query = scope["method"], scope["query_string"]
        self._admit(scope, told)
        path = scope["path"]
        path, form = split_form(path) if is_question(path) else (path, None)
        inner = {**scope, "path": path, FORM_KEY: form}
        if method not in ("GET", "HEAD"):
            if method == "POST" and path in self._posts:
                return await self._run(inner, _give(await _read_body(told, receive)))
            return await self._run(inner, receive)  # what takes a file reads it by itself
        inner["method"] = "GET"
        # Parameters in another order are the same request; of one that is given twice, the order
        # tells.
        key = (scope["path"], *sorted(query.split(b"&"), key=_name_of))
        epoch = self._watch.epoch
        if epoch is None:
            return await self._run(inner, _give(b""))
        kept = self._cache.find(epoch, key)
        return kept or await self._fetch(epoch, key, inner)

    async def _fetch(self, epoch: Epoch, key: Hashable, scope: Scope) -> Reply:
        """Ask for what is not kept; of several that ask for the same at once, one does."""
        flight = (epoch, key)
        other = self._flying.get(flight)
        if other is not None:
            await other.wait()
            kept = self._cache.find(epoch, key)
            if kept is not None:
                return kept
        event = asyncio.Event()
        mine = self._flying.setdefault(flight, event) is event
        try:
            reply = await self._run(scope, _give(b""))
            # What was asked of another version, or begun before other programs wrote, is told and
            # not kept.
            version = dict(reply.headers).get(_VERSION)
            is_present = version == b"%d" % epoch.version and self._watch.epoch == epoch
            if reply.status == 200 and is_present:
                kept = Reply(200, reply.headers, reply.content, reply.etag, is_cached=True)
                self._cache.keep(epoch, key, kept)
            return reply
        finally:
            if mine:
                del self._flying[flight]
            event.set()

    async def _run(self, scope: Scope, receive: Receive) -> Reply:
        """Return what the application answers."""
        status, headers, parts = 500, [], []

        async def send(message: Message) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [pair for pair in message["headers"] if pair[0] != b"content-length"]
            elif message["type"] == "http.response.body":
                parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        content = b"".join(parts)
        etag = make_etag(content) if status == 200 and scope["method"] == "GET" else None
        return _complete(Reply(status, tuple(headers), content, etag))

    def _refuse(self, scope: Scope, reply: Reply) -> Reply:
        """Return a refusal as who asks can read it."""
        if self._site is None or is_question(scope["path"]):
            return _complete(reply)
        query = scope["query_string"].decode("latin-1")
        try:
            return _complete(show_problem(self._site, scope["path"], query, reply))
        except Exception:  # noqa: BLE001 - what was refused is told in any case
            _LOG.exception("the page of a refusal failed")
            return _complete(reply)

    def _choose_id(self, given: bytes | None) -> str:
        """Return the id that the client gives, where it is a plain word, else one of our own."""
        if given is not None and _SANE_ID.fullmatch(given):
            return given.decode()
        return f"{self._begin}{next(self._numbers):x}"

    def _admit(self, scope: Scope, told: Mapping[bytes, bytes]) -> None:
        """Refuse what is no request for this server, before anything else is done."""
        if len(scope["raw_path"] or b"") + len(scope["query_string"]) > LONGEST_URL:
            raise RequestError(
                414, f"the address is longer than {LONGEST_URL:,} bytes", remedy="ask for less"
            )
        host = _find_host(told.get(b"host", b"").decode("latin-1"))
        if host not in self._hosts:
            raise RequestError(
                421,
                "the request names another host than this server's",
                remedy="ask by the address that the server printed when it began, or start it with "
                "--allow-host and this name",
            )
        if self._is_of_another_site(scope, told):
            raise RequestError(
                403, "the request comes from another site's page", remedy="ask from a program"
            )
        control = _CONTROL if is_question(scope["path"]) else _CONTROL_BUT_LINES
        if _NO_TEXT.search(scope["path"]) or control.search(scope["query_string"]):
            raise RequestError(
                400, "the address has a control character", remedy="leave it out: no name has one"
            )

    def _is_of_another_site(self, scope: Scope, told: Mapping[bytes, bytes]) -> bool:
        """Return whether a browser says that a page of another site asks.

        Another port of this machine is another site. A link that a person follows is none of its
        page's requests. Behind a proxy the origin is one of the names that are allowed.
        """
        origin = told.get(b"origin")
        if origin is not None:
            asker = _read_origin(origin.decode("latin-1"))
            own = _read_origin(told.get(b"host", b"").decode("latin-1"), asker and asker[0])
            if asker is None or (asker != own and asker[1] not in self._hosts - LOCAL_HOSTS):
                return True
        if told.get(b"sec-fetch-site", b"none") in (b"none", b"same-origin"):
            return False
        follows_link = (
            scope["method"] in ("GET", "HEAD")
            and told.get(b"sec-fetch-mode") == b"navigate"
            and told.get(b"sec-fetch-dest") == b"document"
        )
        return not follows_link


LONGEST_LOGGED = 500
"""Characters of an address in the log."""


def _name_of(pair: Any) -> bytes:
    name: bytes = pair.partition(b"=")[0]
    return name


def _give(body: bytes) -> Receive:
    """Return what an application gets a body from that has come already."""
    given = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive() -> Message:
        for message in given:
            return message
        await asyncio.Event().wait()  # until who asks has its answer
        raise AssertionError("nothing comes after the body")

    return receive


@lru_cache(1_000)
def _read_origin(text: str, scheme: str | None = None) -> tuple[str, str, int] | None:
    """Return the scheme, host and port of an origin, or of a host with a scheme; None for others.

    Where it names no port, the scheme has one.
    """
    try:
        parts = urlsplit(f"{scheme}://{text}" if scheme else text)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname and port else None


@lru_cache(1_000)
def _find_host(text: str) -> str | None:
    """Return the name of a host in lower case, without its port; None for what is none."""
    try:
        return urlsplit(text if "//" in text else f"//{text}").hostname
    except ValueError:
        return None


async def _read_body(told: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Return what is posted. Raises RequestError where it is too long, or takes too long."""
    kind = told.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json":
        raise RequestError(415, "what is posted is not JSON", remedy="send application/json")
    too_long = RequestError(
        413, f"the body is longer than {LONGEST_BODY:,} bytes", remedy="ask in several requests"
    )
    length = told.get(b"content-length", b"0")
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
            408, f"the body did not come within {BODY_SECONDS} s", remedy="send it again"
        ) from None
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        raise RequestError(422, "the body is no JSON", remedy="send one object") from None
    return bytes(body)


def _complete(reply: Reply) -> Reply:
    """Return a reply with the headers that all have."""
    is_page = any(name == _NO_PAGE[0] for name, _ in reply.headers)
    headers = (*reply.headers, *_HEADERS, *(() if is_page else (_NO_PAGE,)))
    return replace(reply, headers=headers)


async def _send(
    scope: Scope, told: Mapping[bytes, bytes], reply: Reply, request_id: str, send: Send
) -> tuple[int, int]:
    """Send a reply; return the status and the bytes of the body."""
    status, content = reply.status, reply.content
    headers = [*reply.headers, (b"x-request-id", request_id.encode())]
    etag = reply.etag
    # Compressed, it is other bytes, and so another entity.
    if len(content) >= LEAST_ZIPPED and _takes_gzip(told.get(b"accept-encoding", b"")):
        etag = etag and f'{etag[:-1]}-gzip"'
        if not _has_tag(told, etag):
            # Others are not kept waiting while a large body is compressed.
            is_quick = reply.is_zipped or len(content) <= MOST_ZIPPED_AT_ONCE
            content = reply.zip() if is_quick else await asyncio.to_thread(reply.zip)
        headers.append((b"content-encoding", b"gzip"))
    if etag is not None:
        headers.append((b"etag", etag.encode()))
        if _has_tag(told, etag):
            kept = (b"content-type", b"content-encoding", b"content-disposition")
            status, content = 304, b""
            headers = [pair for pair in headers if pair[0] not in kept]
    if status != 304:
        headers.append((b"content-length", b"%d" % len(content)))
    if scope["method"] == "HEAD":
        content = b""
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
    return status, len(content)


def _takes_gzip(accepted: bytes) -> bool:
    """Return whether a client takes gzip by what it says of encodings."""
    for part in accepted.lower().split(b","):
        coding, _, weight = part.partition(b";")
        if coding.strip() == b"gzip":
            return weight.replace(b" ", b"") not in (b"q=0", b"q=0.0", b"q=0.00", b"q=0.000")
    return False


def _has_tag(told: Mapping[bytes, bytes], etag: str | None) -> bool:
    """Return whether the client has what an entity tag names."""
    given = told.get(b"if-none-match")
    if etag is None or given is None:
        return False
    tags = [tag.strip().removeprefix(b"W/") for tag in given.split(b",")]
    return etag.encode() in tags or tags == [b"*"]
