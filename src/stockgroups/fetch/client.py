"""One request: bounded, over TLS, only to hosts of the catalogue, and no faster than the pace.

The client follows redirects itself, so that each address is checked before it is asked. It unpacks
bodies itself, so that the bounds also hold for the packed bytes, and so that it notices a stream
that was cut.
"""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import httpx
import tenacity

from stockgroups.errors import DownloadError
from stockgroups.fetch.connections import Connections
from stockgroups.fetch.refusals import (
    NOTHING_THERE,
    SILENT_SECONDS,
    Bounds,
    PassingError,
    check_redirect,
    explain_fault,
    explain_status,
)
from stockgroups.fetch.unpacking import Unpacker
from stockgroups.text import escape
from stockgroups.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from stockgroups.catalog.sources import Source
    from stockgroups.fetch.clock import Clock, Pace

MOST_REDIRECTS = 3
ATTEMPTS = 3

_CONNECT_SECONDS = 15.0
_PLAIN, _GZIP = frozenset({"", "identity"}), frozenset({"gzip", "x-gzip"})
_PART = re.compile(r"bytes (\d{1,15})-(\d{1,15})/(\d{1,15}|\*)")
_TOLD = (
    "content-type",
    "content-length",
    "content-encoding",
    "content-range",
    "etag",
    "last-modified",
    "date",
    "location",
    "retry-after",
)
_LONGEST_HEADER = 500
_ASKED = "stockgroups.asked"
"""The address that was asked, beside a request that goes elsewhere in tests."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What arrived: status 200 with a body, or 304 or 404 without one.

    Attributes:
        url: The address that answered.
        status: The HTTP status.
        headers: The headers that matter, with names in lower case.
        requests: The number of requests that it took.
        size: The size of the unpacked body in bytes.
        sha256: The hash of the unpacked body.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    requests: int
    size: int = 0
    sha256: str | None = None


class Client:
    """Asks one source. Use it in a `with` statement."""

    def __init__(
        self, source: Source, clock: Clock, pace: Pace, agent: str, replay: str | None = None
    ) -> None:
        """Prepare to ask.

        Args:
            source: The source to ask.
            clock: The time.
            pace: The pause between requests.
            agent: The user agent.
            replay: The address of a server on this machine that answers for all hosts, for tests;
                None: ask the hosts themselves, over TLS.
        """
        self._source = source
        self._clock = clock
        self._pace = pace
        self._replay = httpx.URL(replay) if replay else None
        self._requests = 0
        self._version: str | None = None
        self._connections = Connections()
        self._http = httpx.Client(
            headers={"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip"},
            follow_redirects=False,
            timeout=httpx.Timeout(SILENT_SECONDS, connect=_CONNECT_SECONDS),
            trust_env=self._replay is None,
            verify=self._replay is None,
            event_hooks={"response": [_check_location]},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def ask(self, url: str, body: Path, bounds: Bounds, conditions: Mapping[str, str]) -> Answer:
        """Ask for an address, and write the body of a status of 200 to a file.

        Args:
            url: The address.
            body: The file. If an attempt was cut and the publisher confirms that its file has not
                changed, the next attempt continues there; otherwise it starts again.
            bounds: The limits on size and time.
            conditions: Headers of a conditional request.

        Raises:
            DownloadError: No usable answer came. `requests` is the number of requests; `stops`
                tells not to ask the source again in this run.
        """
        self._requests = 0
        self._version = None
        body.unlink(missing_ok=True)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_choose_wait,
            sleep=self._clock.sleep,
            retry=tenacity.retry_if_exception_type(PassingError),
            reraise=True,
        )
        try:
            return retrying(self._follow, url, body, bounds, conditions)
        except PassingError as error:
            failed = error.error
            failed.requests = self._requests
            raise failed from error
        except DownloadError as error:
            error.requests = self._requests
            raise

    def _follow(
        self, url: str, body: Path, bounds: Bounds, conditions: Mapping[str, str]
    ) -> Answer:
        """Make one attempt, and follow its redirects."""
        deadline = self._clock.monotonic() + bounds.most_seconds
        for _ in range(MOST_REDIRECTS + 1):
            self._pace.wait()
            self._requests += 1
            try:
                with self._hang_up(url, bounds, deadline):
                    found = self._ask_once(url, body, bounds, conditions, deadline)
            except httpx.RequestError as error:
                raise PassingError(explain_fault(error, url)) from error
            if isinstance(found, Answer):
                return found
            url = found
        raise DownloadError(
            f"more than {MOST_REDIRECTS} redirects",
            where=url,
            remedy="the address may have changed: correct it in your own fetch.toml",
        )

    @contextmanager
    def _hang_up(self, url: str, bounds: Bounds, deadline: float) -> Iterator[None]:
        """Break the connection at the deadline. Raises PassingError then."""
        try:
            with self._connections.open_for(deadline - self._clock.monotonic()):
                yield
        except httpx.RequestError as error:
            if self._connections.are_broken:
                raise bounds.refuse_time(url) from error
            raise
        if self._connections.are_broken:  # a cut body without a length looks complete
            raise bounds.refuse_time(url)

    def _ask_once(
        self,
        url: str,
        body: Path,
        bounds: Bounds,
        conditions: Mapping[str, str],
        deadline: float,
    ) -> Answer | str:
        """Return the answer, or the address that it redirects to."""
        target, headers = httpx.URL(url), dict(conditions)
        held = body.stat().st_size if self._version and body.exists() else 0
        if held and self._version:
            # Parts of a packed body are of other bytes than those that are here.
            headers = {
                "Range": f"bytes={held}-",
                "If-Range": self._version,
                "Accept-Encoding": "identity",
            }
        is_conditional = not headers.keys().isdisjoint(("If-None-Match", "If-Modified-Since"))
        if self._replay:
            headers["Host"] = target.host
            target = target.copy_with(scheme="http", host=self._replay.host, port=self._replay.port)
        extensions = {"trace": self._connections.note, _ASKED: url}
        with self._http.stream("GET", target, headers=headers, extensions=extensions) as response:
            headers = {
                name: escape(response.headers[name][:_LONGEST_HEADER])
                for name in _TOLD
                if name in response.headers
            }
            status = response.status_code
            if status in NOTHING_THERE or (status == 304 and is_conditional):
                return Answer(url, status, headers, self._requests)
            if status == 304:
                raise DownloadError(
                    "it answers that nothing is newer (status 304), although there is no file here",
                    where=url,
                    remedy="try again later",
                    status=status,
                    headers=headers,
                )
            if 300 <= status < 400:
                location = response.headers.get("location", "")
                return check_redirect(self._source, url, location, status, headers)
            is_rest = status == 206 and held > 0
            part = _PART.fullmatch(headers.get("content-range", ""))
            if is_rest and not (part and int(part[1]) == held):
                raise DownloadError(
                    "another part of the file arrived than was requested", where=url
                )
            if status != 200 and not is_rest:
                raise explain_status(self._source, url, status, headers, self._clock.now())
            if not is_rest:
                body.unlink(missing_ok=True)
                self._version = _find_version(response.headers)
            size, sha256 = self._receive(response, url, body, bounds, deadline)
            if is_rest and part and part[3] != "*" and size != int(part[3]):
                reason = f"only {size:,} of {int(part[3]):,} bytes arrived"
                raise PassingError(DownloadError(reason, where=url, remedy="try again later"))
            return Answer(url, 200, headers, self._requests, size, sha256)

    def _receive(
        self, response: httpx.Response, url: str, body: Path, bounds: Bounds, deadline: float
    ) -> tuple[int, str]:
        """Append the body to the file, and return the size and the hash of the whole file.

        Raise DownloadError at the bounds.
        """
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in _PLAIN | _GZIP:  # packed several times over, a few bytes become a terabyte
            raise DownloadError(
                f"the answer has an encoding that was not requested: {coding[:40]!r}", where=url
            )
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > bounds.most_bytes:
            raise bounds.refuse_size(url)
        unpacker = Unpacker() if coding in _GZIP else None
        with body.open("ab+") as file:
            size = received = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
            for packed in response.iter_raw():
                chunk = unpacker.unpack(packed) if unpacker else packed
                received, size = received + len(packed), size + len(chunk)
                if max(received, size) > bounds.most_bytes:
                    raise bounds.refuse_size(url)
                if self._clock.monotonic() > deadline:
                    raise bounds.refuse_time(url)
                digest.update(chunk)
                file.write(chunk)
        if unpacker and not unpacker.is_whole:
            raise httpx.DecodingError("it ends in the middle")
        return size, digest.hexdigest()


def _check_location(response: httpx.Response) -> None:
    """Raise DownloadError for a redirect to an invalid address; httpx calls that a cut answer."""
    try:
        response.request.url.join(response.headers.get("location", ""))
    except httpx.InvalidURL as error:
        raise DownloadError(
            f"a redirect to an invalid address: {error}",
            where=response.request.extensions[_ASKED],
            remedy="try again later",
            status=response.status_code,
        ) from error


def _find_version(headers: httpx.Headers) -> str | None:
    """Return the validator of exactly this version of a file; None if there is no reliable one."""
    if headers.get("content-encoding"):  # parts are of the packed bytes, and those are not kept
        return None
    etag = str(headers.get("etag", ""))  # a weak one, W/"…", may stand for other bytes
    return etag if etag.startswith('"') else None


def make_agent(contact: str | None) -> str:
    """Return the user agent. It starts with the contact if the source demands one."""
    program = f"stockgroups/{VERSION}"
    return f"{contact} {program}" if contact else program


def _choose_wait(state: tenacity.RetryCallState) -> float:
    """Return the seconds before the next attempt: the publisher's wait, else 2, 4 and so on."""
    error = state.outcome.exception() if state.outcome else None
    requested = error.wait if isinstance(error, PassingError) else None
    return max(requested or 0.0, float(2**state.attempt_number))
