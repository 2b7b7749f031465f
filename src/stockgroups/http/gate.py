"""The gate that every request passes: admission, cache, sending and the log."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
import secrets
import time
from itertools import count
from typing import TYPE_CHECKING, Any

from stockgroups.errors import StockgroupsError
from stockgroups.http.admission import admit, read_body
from stockgroups.http.asgi import REQUEST_KEY
from stockgroups.http.forms import split_form
from stockgroups.http.limits import MOST_ZIPPED_AT_ONCE
from stockgroups.http.problems import make_fault, make_problem
from stockgroups.http.readings import Readings
from stockgroups.http.routes import FORM_KEY
from stockgroups.http.sending import Body, Shown, complete, show_reply
from stockgroups.http.site import is_question, show_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Mapping

    from stockgroups.http.asgi import Asgi, Receive, Scope, Send
    from stockgroups.http.cache import Cache, Reply
    from stockgroups.http.site import Site
    from stockgroups.http.watch import Epoch, Watch

_SANE_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger(__name__)
MOST_SAME, LONGEST_SAME = 1_000, 4_000
"""The most remembered requests, and the most bytes of one."""


class Gate:
    """An ASGI application around another one: it admits requests, caches answers and sends them.

    An answer that is cached, or that the client already has, needs no query to the database.
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
        """Wrap `app`.

        Args:
            hosts: The allowed host names.
            posts: The paths that accept a posted body.
            log: Gets a line for each request.
            site: Shows errors at paths outside the API as pages; None: they are sent as problems.

        """
        self._app = app
        self._watch = watch
        self._cache = cache
        self._hosts = frozenset(hosts)
        self._posts = frozenset(posts)
        self._log = log
        self._site = site
        self._readings = Readings(app, watch, cache)
        self._shown: dict[Hashable, Shown] = {}
        self._shown_epoch: Epoch | None = None
        # A request id is a prefix that no other server has, then a number.
        self._begin, self._numbers = secrets.token_hex(4), count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = time.perf_counter()
        same = (scope["method"], scope["raw_path"], scope["query_string"], *scope["headers"])
        # A reply depends only on the request and the epoch, so a request that is equal to the byte
        # is not examined again.
        epoch, reply = self._watch.epoch, None
        shown = self._shown.get(same)
        if shown is not None and epoch is not None and epoch == self._shown_epoch:
            reply = self._cache.find(epoch, shown.key)
        if shown is None or reply is None or reply.etag != shown.etag:
            request_headers: dict[bytes, bytes] = dict(scope["headers"])
            request_id = self._choose_id(request_headers.get(b"x-request-id"))
            scope[REQUEST_KEY] = request_id
            key: Hashable = None
            try:
                reply, key = await self._answer(scope, request_headers, receive)
            except StockgroupsError as error:
                reply = self._refuse(scope, make_problem(error, request_id))
            except Exception:  # noqa: BLE001 - the last place that can answer
                _LOG.exception("request %s failed", request_id)
                reply = self._refuse(scope, make_fault(request_id))
            shown = show_reply(scope, request_headers, reply, key)
            if reply.is_cached and reply.etag and b"x-request-id" not in request_headers:
                self._keep_shown(same, shown, reply)
        else:
            request_id = f"{self._begin}{next(self._numbers):x}"
        content = b""
        if shown.body is Body.PLAIN:
            content = reply.content
        elif shown.body is Body.ZIPPED:
            # A thread compresses a large body, so that other requests do not wait.
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
        """Cache how a reply is sent, if the reply belongs to the present epoch."""
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
        self, scope: Scope, headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[Reply, Hashable]:
        """Return the reply and its cache key; the key is None if the reply is not cached."""
        method, query = scope["method"], scope["query_string"]
        admit(scope, headers, self._hosts)
        path = scope["path"]
        path, form = split_form(path) if is_question(path) else (path, None)
        inner = {**scope, "path": path, FORM_KEY: form}
        # The order of parameters makes no difference, except for one that is given twice.
        key: tuple[Any, ...] = (scope["path"], *sorted(query.split(b"&"), key=_name_of))
        body = b""
        if method not in ("GET", "HEAD"):
            if method != "POST" or path not in self._posts:
                return await self._readings.ask(
                    inner, receive
                ), None  # a route that takes a file reads it itself
            body = await read_body(headers, receive)
            key = (hashlib.blake2b(body).digest(), *key)
        else:
            inner["method"] = "GET"
        reply, is_kept = await self._readings.find(key, inner, body)
        return reply, key if is_kept else None

    def _refuse(self, scope: Scope, reply: Reply) -> Reply:
        """Return an error reply in the form for its path: a page or a problem."""
        if self._site is None or is_question(scope["path"]):
            return complete(reply)
        query = scope["query_string"].decode("latin-1")
        try:
            return complete(show_problem(self._site, scope["path"], query, reply))
        except Exception:  # noqa: BLE001 - the error is sent in any case
            _LOG.exception("the page of a refusal failed")
            return complete(reply)

    def _choose_id(self, given: bytes | None) -> str:
        """Return the client's request id if it is a plain word, else a new one."""
        if given is not None and _SANE_ID.fullmatch(given):
            return given.decode()
        return f"{self._begin}{next(self._numbers):x}"


def _name_of(pair: Any) -> bytes:
    name: bytes = pair.partition(b"=")[0]
    return name
