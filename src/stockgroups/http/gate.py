"""What every request passes: is it admitted, is its answer kept, how is it sent, and the log."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
import secrets
import time
from dataclasses import dataclass, replace
from enum import Enum
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from stockgroups.errors import StockgroupsError
from stockgroups.http.cache import Cache, Reply, make_etag
from stockgroups.http.forms import split_form
from stockgroups.http.limits import (
    BODY_SECONDS,
    LEAST_ZIPPED,
    LONGEST_BODY,
    LONGEST_HEADERS,
    LONGEST_URL,
    MOST_ZIPPED_AT_ONCE,
)
from stockgroups.http.problems import RequestError, make_fault, make_problem
from stockgroups.http.routes import FORM_KEY, VERSION_HEADER
from stockgroups.http.site import is_question, show_problem

if TYPE_CHECKING:
    from collections.abc import (
        Awaitable,
        Callable,
        Collection,
        Hashable,
        Mapping,
        MutableMapping,
        Sequence,
    )

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
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[\w.-]+)(?::\d{0,5})?", re.ASCII | re.IGNORECASE)
_ONCE = (b"host", b"origin", b"authorization", b"content-type", b"sec-fetch-site")
"""Headers of which another reader might take the other one."""
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


@dataclass(slots=True)
class Flight:
    """A question that is being asked, and its answer once there is one for all who wait."""

    ended: asyncio.Event
    reply: Reply | None = None


class Body(Enum):
    """What of a reply is sent."""

    PLAIN = 1
    ZIPPED = 2
    NONE = 3


class Shown(NamedTuple):
    """How a reply is sent to a request.

    Attributes:
        status: The status, 304 where the client has what would be sent.
        headers: The headers, without those that each request has of its own.
        body: What of the reply is sent.
        key: Under which key the reply is kept.
        etag: The entity tag of the reply.
        line: What the log tells of the request, and of its status.
    """

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    body: Body
    key: Hashable
    etag: str | None
    line: str


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
        self._shown: dict[Hashable, Shown] = {}
        self._shown_epoch: Epoch | None = None
        self._flying: dict[Hashable, Flight] = {}
        # Words of its own, as each request needs one: another server has another beginning.
        self._begin, self._numbers = secrets.token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        same = (scope["method"], scope["raw_path"], scope["query_string"], *scope["headers"])
        # What a request gets depends on it and on the epoch alone. So of one that was the same to
        # the byte nothing is looked at again.
        epoch, reply = self._watch.epoch, None
        shown = self._shown.get(same)
        if shown is not None and epoch is not None and epoch == self._shown_epoch:
            reply = self._cache.find(epoch, shown.key)
        if shown is None or reply is None or reply.etag != shown.etag:
            told: dict[bytes, bytes] = dict(scope["headers"])
            request_id = self._choose_id(told.get(b"x-request-id"))
            scope[REQUEST_KEY] = request_id
            key: Hashable = None
            try:
                reply, key = await self._answer(scope, told, receive)
            except StockgroupsError as error:
                reply = self._refuse(scope, make_problem(error, request_id))
            except Exception:  # noqa: BLE001 - the last place that can answer
                _LOG.exception("request %s failed", request_id)
                reply = self._refuse(scope, make_fault(request_id))
            shown = _show(scope, told, reply, key)
            if reply.is_cached and reply.etag and b"x-request-id" not in told:
                self._keep_shown(same, shown, reply)
        else:
            request_id = f"{self._begin}{next(self._numbers):x}"
        content = b""
        if shown.body is Body.PLAIN:
            content = reply.content
        elif shown.body is Body.ZIPPED:
            # Others are not kept waiting while a large body is compressed.
            is_quick = reply.is_zipped or len(reply.content) <= MOST_ZIPPED_AT_ONCE
            content = reply.zip() if is_quick else await asyncio.to_thread(reply.zip)
        headers = [*shown.headers, (b"x-request-id", request_id.encode())]
        if shown.status != 304:
            headers.append((b"content-length", b"%d" % len(content)))
        sent = b"" if scope["method"] == "HEAD" else content
        await send({"type": "http.response.start", "status": shown.status, "headers": headers})
        await send({"type": "http.response.body", "body": sent})
        took = (time.perf_counter() - begun) * 1000
        self._log(
            f"{request_id} {shown.line} {took:.1f} ms {len(sent)} bytes"
            f"{' cached' if reply.is_cached else ''}"
        )

    def _keep_shown(self, same: tuple[Any, ...], shown: Shown, reply: Reply) -> None:
        """Keep how a reply is sent, if it is of the present epoch."""
        epoch = self._watch.epoch
        size = sum(len(part) if isinstance(part, bytes) else len(part[1]) for part in same[1:])
        if epoch is None or size > LONGEST_SAME:
            return
        if epoch != self._shown_epoch or len(self._shown) >= MOST_SAME:
            self._shown.clear()
            self._shown_epoch = epoch
        if self._cache.find(epoch, shown.key) is reply:
            self._shown[same] = shown

    async def _answer(
        self, scope: Scope, told: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[Reply, Hashable]:
        """Return the reply, and under which key it is kept, None where it is not."""
        method, query = scope["method"], scope["query_string"]
        self._admit(scope, told)
        path = scope["path"]
        path, form = split_form(path) if is_question(path) else (path, None)
        inner = {**scope, "path": path, FORM_KEY: form}
        # Parameters in another order are the same request; of one that is given twice, the order
        # tells.
        key: tuple[Any, ...] = (scope["path"], *sorted(query.split(b"&"), key=_name_of))
        body = b""
        if method not in ("GET", "HEAD"):
            if method != "POST" or path not in self._posts:
                return await self._run(inner, receive), None  # what takes a file reads it itself
            body = await _read_body(told, receive)
            key = (hashlib.blake2b(body).digest(), *key)
        else:
            inner["method"] = "GET"
        epoch = self._watch.epoch
        if epoch is None:
            return await self._run(inner, _give(body)), None
        kept = self._cache.find(epoch, key)
        return kept or await self._fetch(epoch, key, inner, body), key

    async def _fetch(self, epoch: Epoch, key: Hashable, scope: Scope, body: bytes) -> Reply:
        """Ask for what is not kept; of several that ask for the same at once, one does.

        Its answer is that of all who wait, also where a load came meanwhile and it is not kept: it
        is no older than the epoch in which they asked. A refusal names its request, and is not.
        """
        flight = (epoch, key)
        other = self._flying.get(flight)
        if other is not None:
            await other.ended.wait()
            if other.reply is not None:
                return other.reply
        own = Flight(asyncio.Event())
        mine = self._flying.setdefault(flight, own) is own
        try:
            reply = await self._run(scope, _give(body))
            version = int(dict(reply.headers).get(_VERSION, -1))
            if reply.status == 200 and version >= epoch.version:
                own.reply = reply
            # What was asked of another version, or begun before other programs wrote, is told and
            # not kept.
            is_present = version == epoch.version and self._watch.epoch == epoch
            if reply.status == 200 and is_present:
                kept = Reply(200, reply.headers, reply.content, reply.etag, is_cached=True)
                self._cache.keep(epoch, key, kept)
            return reply
        finally:
            if mine:
                del self._flying[flight]
            own.ended.set()

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
MOST_SAME, LONGEST_SAME = 1_000, 4_000
"""Requests that are known again as a whole, and their bytes."""


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
    found = _HOST.fullmatch(text)
    return found[1].strip("[]").lower() if found else None


async def _read_body(told: Mapping[bytes, bytes], receive: Receive) -> bytes:
    """Return what is posted. Raises RequestError where it is too long, or takes too long."""
    kind = told.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json" or b"content-encoding" in told:
        raise RequestError(
            415, "what is posted is not plain JSON", remedy="send application/json, uncompressed"
        )
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
        json.loads(body, object_pairs_hook=_check_pairs)
    except (ValueError, RecursionError):
        raise RequestError(422, "the body is no JSON", remedy="send one object") from None
    return bytes(body)


def _check_pairs(pairs: Sequence[tuple[str, Any]]) -> None:
    """Refuse an object that has a key twice: either value may be the one that is meant."""
    if len(dict(pairs)) < len(pairs):
        raise RequestError(422, "an object of the body has a key twice", remedy="give it once")


def _complete(reply: Reply) -> Reply:
    """Return a reply with the headers that all have."""
    is_page = any(name == _NO_PAGE[0] for name, _ in reply.headers)
    headers = (*reply.headers, *_HEADERS, *(() if is_page else (_NO_PAGE,)))
    return replace(reply, headers=headers)


def _show(scope: Scope, told: Mapping[bytes, bytes], reply: Reply, key: Hashable) -> Shown:
    """Return how a reply is sent to a request."""
    status, headers, etag = reply.status, list(reply.headers), reply.etag
    body = Body.PLAIN
    # Compressed, it is other bytes, and so another entity.
    if len(reply.content) >= LEAST_ZIPPED and _takes_gzip(told.get(b"accept-encoding", b"")):
        etag = etag and f'{etag[:-1]}-gzip"'
        body = Body.ZIPPED
        headers.append((b"content-encoding", b"gzip"))
    if etag is not None:
        headers.append((b"etag", etag.encode()))
        if _has_tag(told, etag):
            kept = (b"content-type", b"content-encoding", b"content-disposition")
            status, body = 304, Body.NONE
            headers = [pair for pair in headers if pair[0] not in kept]
    query = scope["query_string"].decode("latin-1")
    target = f"{scope['path']}?{query}" if query else scope["path"]
    line = f"{scope['method']} {target[:LONGEST_LOGGED]} {status}"
    return Shown(status, headers, body, key, reply.etag, line)


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
