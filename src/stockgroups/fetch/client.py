"""One request: bounded, over TLS, to hosts of the catalogue alone, and no more often than stated.

Redirects are followed by hand, so that each is judged before it is asked. Bodies are unpacked by
hand, so that their bounds hold for what comes over the line too, and a stream that was cut is told.
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
from stockgroups.fetch.clock import read_wait
from stockgroups.fetch.connections import Connections
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
LONGEST_WAIT = 60.0
"""Seconds: a publisher that asks to wait longer is asked another day."""

_CONNECT_SECONDS, _SILENT_SECONDS = 15.0, 30.0
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
_AGAIN = frozenset({408, 425, 500, 502, 503, 504, *range(520, 528)})
"""Faults of the moment; from 520 on those of a network between the site and its own server."""
_WALLS = frozenset({401, 403, 406, 407, 418, 451})
_NOTHING_THERE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large an answer may be, in bytes, and how many seconds it may take in all."""

    most_bytes: int
    most_seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What came: a status of 200 with a body, 304 or 404 without one.

    Attributes:
        url: The address that answered.
        status: The status of HTTP.
        headers: The headers that matter, in small letters.
        requests: How many requests it took.
        size: The bytes of the body, unpacked.
        sha256: The hash of them.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    requests: int
    size: int = 0
    sha256: str | None = None


class _PassingError(Exception):
    """A fault that may be gone a moment later; `wait`: seconds that the publisher asks for."""

    def __init__(self, told: DownloadError, wait: float | None = None) -> None:
        super().__init__(str(told))
        self.told = told
        self.wait = wait


class Client:
    """Asks one source. Use it in a `with` statement."""

    def __init__(
        self, source: Source, clock: Clock, pace: Pace, agent: str, replay: str | None = None
    ) -> None:
        """Prepare to ask.

        Args:
            source: Whom.
            clock: The time.
            pace: The distance between requests.
            agent: The user agent.
            replay: The address of a server on this machine that is asked in place of all hosts, for
                tests; None: the hosts themselves, over TLS.
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
            timeout=httpx.Timeout(_SILENT_SECONDS, connect=_CONNECT_SECONDS),
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
            body: The file. An attempt goes on where the one before was cut, if the publisher tells
                that the file is the same; else it is written anew.
            bounds: What is too large, and too slow.
            conditions: Headers of a conditional request.

        Raises:
            DownloadError: nothing came that may count. `requests` has the number of requests, and
                `stops` tells that the source shall not be asked any more in this run.
        """
        self._requests = 0
        self._version = None
        body.unlink(missing_ok=True)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(ATTEMPTS),
            wait=_choose_wait,
            sleep=self._clock.sleep,
            retry=tenacity.retry_if_exception_type(_PassingError),
            reraise=True,
        )
        try:
            return retrying(self._follow, url, body, bounds, conditions)
        except _PassingError as error:
            failed = error.told
            failed.requests = self._requests
            raise failed from error
        except DownloadError as error:
            error.requests = self._requests
            raise

    def _follow(
        self, url: str, body: Path, bounds: Bounds, conditions: Mapping[str, str]
    ) -> Answer:
        """Make one attempt, with the redirects that it leads to."""
        deadline = self._clock.monotonic() + bounds.most_seconds
        for _ in range(MOST_REDIRECTS + 1):
            self._pace.wait()
            self._requests += 1
            try:
                with self._hang_up(url, bounds, deadline):
                    found = self._ask_once(url, body, bounds, conditions, deadline)
            except httpx.RequestError as error:
                raise _PassingError(_explain(error, url)) from error
            if isinstance(found, Answer):
                return found
            url = found
        raise DownloadError(
            f"more than {MOST_REDIRECTS} redirects",
            where=url,
            remedy="the address may have moved: correct it in a fetch.toml of your own",
        )

    @contextmanager
    def _hang_up(self, url: str, bounds: Bounds, deadline: float) -> Iterator[None]:
        """Break the connection at the deadline. Raises _PassingError then."""
        try:
            with self._connections.open_for(deadline - self._clock.monotonic()):
                yield
        except httpx.RequestError as error:
            if self._connections.are_broken:
                raise _PassingError(_too_slow(url, bounds)) from error
            raise
        if self._connections.are_broken:  # a body without a length ends as if it were whole
            raise _PassingError(_too_slow(url, bounds))

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
        told = {"trace": self._connections.note, _ASKED: url}
        with self._http.stream("GET", target, headers=headers, extensions=told) as response:
            headers = {
                name: escape(response.headers[name][:_LONGEST_HEADER])
                for name in _TOLD
                if name in response.headers
            }
            status = response.status_code
            if status in _NOTHING_THERE or (status == 304 and is_conditional):
                return Answer(url, status, headers, self._requests)
            if status == 304:
                raise DownloadError(
                    "it says that nothing is newer (status 304), and was not told what is here",
                    where=url,
                    remedy="try again later",
                    status=status,
                    headers=headers,
                )
            if 300 <= status < 400:
                return self._redirected(url, response.headers.get("location", ""), status, headers)
            is_rest = status == 206 and held > 0
            part = _PART.fullmatch(headers.get("content-range", ""))
            if is_rest and not (part and int(part[1]) == held):
                raise DownloadError("another part of the file came than was asked for", where=url)
            if status != 200 and not is_rest:
                raise self._refused(url, status, headers)
            if not is_rest:
                body.unlink(missing_ok=True)
                self._version = _find_version(response.headers)
            size, sha256 = self._receive(response, url, body, bounds, deadline)
            if is_rest and part and part[3] != "*" and size != int(part[3]):
                told_so = f"{size:,} bytes came of {int(part[3]):,}"
                raise _PassingError(DownloadError(told_so, where=url, remedy="try again later"))
            return Answer(url, 200, headers, self._requests, size, sha256)

    def _receive(
        self, response: httpx.Response, url: str, body: Path, bounds: Bounds, deadline: float
    ) -> tuple[int, str]:
        """Write the body behind what is there, and return size and hash of all of it.

        Raise DownloadError at the bounds.
        """
        coding = response.headers.get("content-encoding", "").strip().lower()
        if coding not in _PLAIN | _GZIP:  # packed several times over, a few bytes become a terabyte
            raise DownloadError(
                f"the answer is packed in a way that was not asked for: {coding[:40]!r}", where=url
            )
        length = response.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > bounds.most_bytes:
            raise _too_large(url, bounds)
        unpacker = Unpacker() if coding in _GZIP else None
        with body.open("ab+") as file:
            size = came = file.tell()
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
            for packed in response.iter_raw():
                chunk = unpacker.unpack(packed) if unpacker else packed
                came, size = came + len(packed), size + len(chunk)
                if max(came, size) > bounds.most_bytes:
                    raise _too_large(url, bounds)
                if self._clock.monotonic() > deadline:
                    raise _PassingError(_too_slow(url, bounds))
                digest.update(chunk)
                file.write(chunk)
        if unpacker and not unpacker.is_whole:
            raise httpx.DecodingError("it ends in the middle")
        return size, digest.hexdigest()

    def _redirected(self, url: str, location: str, status: int, headers: Mapping[str, str]) -> str:
        """Return where a redirect leads. Raise DownloadError where that is not to be asked."""
        target = httpx.URL(url).join(location)
        is_known = target.scheme == "https" and target.host in self._source.hosts
        if not location or not is_known or target.port is not None or target.userinfo:
            raise DownloadError(
                f"a redirect to {escape(str(target)[:200])}, which is no address of "
                f"{self._source.name} in the catalogue"
                if location
                else "a redirect to nowhere",
                where=url,
                remedy="where that is its new address, correct it in a fetch.toml of your own",
                status=status,
                headers=headers,
            )
        return str(target)

    def _refused(self, url: str, status: int, headers: Mapping[str, str]) -> Exception:
        """Return the error of a status that is neither a file nor a redirect."""
        told = f"{self._source.name} answers with status {status}"
        wait = read_wait(headers.get("retry-after"), self._clock.now())
        if status in _AGAIN and (wait is None or wait <= LONGEST_WAIT):
            error = DownloadError(told, where=url, remedy="try again later", status=status)
            return _PassingError(error, wait)
        if status == 429 or status in _AGAIN:
            asked = "later" if wait is None else f"in {wait:.0f} seconds"
            remedy = f"it asks to come back {asked}; it is not asked any more in this run"
        elif status in _WALLS and self._source.contact:
            remedy = (
                "it was asked too much, or the contact in SEC_CONTACT is none: wait ten minutes, "
                "and let nothing else on this machine ask it"
            )
        elif status in _WALLS or status == 202:
            told += ": it keeps programs out"
            remedy = "download the file by hand in a browser, and put it into the holdings folder"
        else:
            remedy = "the address may have changed: correct it in a fetch.toml of your own"
        stops = status in _WALLS or status in (202, 429) or status in _AGAIN
        return DownloadError(
            told, where=url, remedy=remedy, status=status, headers=headers, stops=stops
        )


def _check_location(response: httpx.Response) -> None:
    """Raise DownloadError for a redirect to what is no address; httpx itself calls that a cut."""
    try:
        response.request.url.join(response.headers.get("location", ""))
    except httpx.InvalidURL as error:
        raise DownloadError(
            f"a redirect to no address: {error}",
            where=response.request.extensions[_ASKED],
            remedy="try again later",
            status=response.status_code,
        ) from error


def _find_version(headers: httpx.Headers) -> str | None:
    """Return by what a publisher knows this very version of a file, None for nothing reliable."""
    if headers.get("content-encoding"):  # parts are of the packed bytes, and those are not kept
        return None
    etag = str(headers.get("etag", ""))  # a weak one, W/"…", may stand for other bytes
    return etag if etag.startswith('"') else None


def _too_large(url: str, bounds: Bounds) -> DownloadError:
    told = f"more than {bounds.most_bytes:,} bytes, and no such file has so many"
    return DownloadError(told, where=url)


def _too_slow(url: str, bounds: Bounds) -> DownloadError:
    told = f"the answer took longer than {bounds.most_seconds:.0f} seconds"
    return DownloadError(told, where=url, remedy="try again later")


def make_agent(contact: str | None) -> str:
    """Return the user agent: the contact first where the source demands one."""
    program = f"stockgroups/{VERSION}"
    return f"{contact} {program}" if contact else program


def _choose_wait(state: tenacity.RetryCallState) -> float:
    """Return how long to wait before the next attempt: what is asked for, else 2, 4 … seconds."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.wait if isinstance(error, _PassingError) else None
    return max(asked or 0.0, float(2**state.attempt_number))


def _explain(error: httpx.RequestError, url: str) -> DownloadError:
    """Return the error of a connection in our words."""
    if isinstance(error, httpx.TimeoutException):
        what = f"no answer for {_SILENT_SECONDS:.0f} seconds"
    elif isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        what = f"the answer ends in the middle: {error}"
    elif isinstance(error, httpx.DecodingError):
        what = f"the answer cannot be unpacked: {error}"
    else:
        what = f"no connection: {error or type(error).__name__}"
    return DownloadError(what, where=url, remedy="try again later")
