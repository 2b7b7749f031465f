"""Why an answer does not count: what each status, redirect and fault of a connection means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from stockgroups.errors import DownloadError
from stockgroups.fetch.clock import read_wait
from stockgroups.text import escape

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.catalog.sources import Source

LONGEST_WAIT = 60.0
"""Seconds. A publisher that asks for a longer wait is not asked again in this run."""
SILENT_SECONDS = 30.0
"""The longest time without data on a connection."""

_AGAIN = frozenset({408, 425, 500, 502, 503, 504, *range(520, 528)})
"""Faults that may pass; from 520 on, faults of the network between a site and its server."""
_WALLS = frozenset({401, 403, 406, 407, 418, 451})
NOTHING_THERE = frozenset({404, 410})


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large an answer may be, in bytes, and how many seconds it may take in all."""

    most_bytes: int
    most_seconds: float

    def refuse_size(self, url: str) -> DownloadError:
        """Return the error for an answer that is too large."""
        message = f"more than {self.most_bytes:,} bytes, more than any such file has"
        return DownloadError(message, where=url)

    def refuse_time(self, url: str) -> PassingError:
        """Return the error for an answer that took too long."""
        message = f"the answer took longer than {self.most_seconds:.0f} seconds"
        return PassingError(DownloadError(message, where=url, remedy="try again later"))


class PassingError(Exception):
    """A fault that may pass; `wait`: the seconds to wait, if the publisher names them."""

    def __init__(self, error: DownloadError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


def check_redirect(
    source: Source, url: str, location: str, status: int, headers: Mapping[str, str]
) -> str:
    """Return the address that a redirect leads to. Raise DownloadError if it may not be asked."""
    target = httpx.URL(url).join(location)
    is_known = target.scheme == "https" and target.host in source.hosts
    if not location or not is_known or target.port is not None or target.userinfo:
        raise DownloadError(
            f"a redirect to {escape(str(target)[:200])}, which is not an address of "
            f"{source.name} in the catalogue"
            if location
            else "a redirect without an address",
            where=url,
            remedy="if that is its new address, correct it in your own fetch.toml",
            status=status,
            headers=headers,
        )
    return str(target)


def explain_status(
    source: Source, url: str, status: int, headers: Mapping[str, str], now: dt.datetime
) -> Exception:
    """Return the error of a status that is neither a file nor a redirect."""
    message = f"{source.name} answers with status {status}"
    wait = read_wait(headers.get("retry-after"), now)
    if status in _AGAIN and (wait is None or wait <= LONGEST_WAIT):
        error = DownloadError(message, where=url, remedy="try again later", status=status)
        return PassingError(error, wait)
    if status == 429 or status in _AGAIN:
        when = "later" if wait is None else f"in {wait:.0f} seconds"
        remedy = f"try again {when}; this run sends it no more requests"
    elif status in _WALLS and source.contact:
        remedy = (
            "it received too many requests, or SEC_CONTACT is not a valid contact: wait ten "
            "minutes, and let nothing else on this machine send it requests"
        )
    elif status in _WALLS or status == 202:
        message += ": it blocks programs"
        remedy = "download the file by hand in a browser, and put it into the holdings folder"
    else:
        remedy = "the address may have changed: correct it in your own fetch.toml"
    stops = status in _WALLS or status in (202, 429) or status in _AGAIN
    return DownloadError(
        message, where=url, remedy=remedy, status=status, headers=headers, stops=stops
    )


def explain_fault(error: httpx.RequestError, url: str) -> DownloadError:
    """Return the error for a fault of the connection."""
    if isinstance(error, httpx.TimeoutException):
        what = f"no answer for {SILENT_SECONDS:.0f} seconds"
    elif isinstance(error, httpx.RemoteProtocolError | httpx.ReadError):
        what = f"the answer ends in the middle: {error}"
    elif isinstance(error, httpx.DecodingError):
        what = f"the answer cannot be unpacked: {error}"
    else:
        what = f"no connection: {error or type(error).__name__}"
    return DownloadError(what, where=url, remedy="try again later")
