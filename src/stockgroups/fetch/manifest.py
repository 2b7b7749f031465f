"""The manifest: one line of JSON for every request, with its outcome.

It lies in the holdings folder and only grows. Later runs read it: what was asked for today, which
file was good, and which validators a publisher gave.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from stockgroups.errors import SourceError
from stockgroups.fetch.clock import read_wait
from stockgroups.json_values import pick

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LONGEST_LINE = 64 << 10
MAX_BYTES = 1 << 30
CLOSED = 600.0
"""Seconds without requests to a source that refuses programs and does not state how long."""

LONGEST_CLOSED = 86_400.0
"""The most seconds without requests at a source's own demand; a day later it is asked again."""


class Outcome(StrEnum):
    """The outcome of a request.

    ACCEPTED: the file is good and new. UNCHANGED: the publisher has nothing newer than the file
    here. ABSENT: the publisher has no file for that day. REFUSED: the file is not what was asked
    for. FAILED: no file came.
    """

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    ABSENT = "absent"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the manifest.

    Attributes:
        run: The number of the run.
        time: The time of the request.
        source: The source's key.
        endpoint: The end point's key.
        content: What the end point provides.
        subject: What was asked for: a fund's ticker, a period, an accession number; None if the end
            point has only one file.
        date: The requested day; None for the newest.
        url: The address.
        requests: The number of requests, with redirects and repetitions.
        status: The HTTP status; None if no answer came.
        headers: The headers that matter, with names in lower case.
        size: The size of the body in bytes.
        sha256: The hash of the body.
        outcome: The outcome.
        reason: The reason for it, in words.
        remedy: What to do.
        file: The path of the body in the holdings folder; None if it was not kept.
        as_of: The as-of date of the content.
        rows: The number of rows of the list.
        is_wall: The publisher keeps programs out.
    """

    run: str
    time: dt.datetime
    source: str
    endpoint: str
    content: str
    subject: str | None
    date: dt.date | None
    url: str
    requests: int
    status: int | None
    headers: Mapping[str, str]
    size: int | None
    sha256: str | None
    outcome: Outcome
    reason: str
    remedy: str | None = None
    file: str | None = None
    as_of: dt.date | None = None
    rows: int | None = None
    is_wall: bool = False

    @property
    def is_alarm(self) -> bool:
        """Whether a person should be told of it."""
        return self.outcome in (Outcome.REFUSED, Outcome.FAILED)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is good, but a person should check it."""
        return self.outcome is Outcome.ACCEPTED and self.remedy is not None

    @property
    def name(self) -> str:
        """The source and the file, for people."""
        what = self.subject or self.content
        return " ".join(str(part) for part in (self.source, what, self.date) if part)

    def describe(self) -> str:
        """Return the outcome in words, with what to do and where the body is."""
        kept = f" (kept as {self.file})" if self.file else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.name}: {self.outcome}: {self.reason}{kept}{remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        return {
            "run": self.run,
            "time": self.time.isoformat(timespec="milliseconds"),
            **pick(
                self,
                "source endpoint content subject date url requests status headers size sha256 "
                "outcome reason remedy file as_of rows is_wall",
            ),
        }


def _read_entry(values: Mapping[str, Any]) -> Entry:
    """Return the entry of a line. Raise KeyError, TypeError or ValueError for anything else."""
    days = {
        name: values[name] and dt.date.fromisoformat(values[name]) for name in ("date", "as_of")
    }
    time = dt.datetime.fromisoformat(values["time"])
    headers = {str(name): str(value) for name, value in values["headers"].items()}
    read = {"time": time, "headers": headers, "outcome": Outcome(values["outcome"]), **days}
    if time.tzinfo is None or not isinstance(values["requests"], int):
        raise ValueError("no time in UTC, or no number of requests")
    return Entry(**{**values, **read})


class Manifest:
    """The manifest of a holdings folder.

    Attributes:
        entries: Its lines, in the order in which they were written.
    """

    def __init__(self, path: Path) -> None:
        """Read the manifest. Raises SourceError for a file that is not a manifest.

        The last line is incomplete if a run was killed while it wrote. The next line then starts
        anew, and the lost request is made again.
        """
        self._path = path
        found = list(_read(path))
        self.entries = [entry for entry in found if entry is not None]
        if len(found) > 2 * len(self.entries) + 1:
            raise _refuse(path, "most of its lines are not lines of a manifest")

    def append(self, entry: Entry) -> None:
        """Write a line and flush it to the disk."""
        line = json.dumps(entry.to_dict(), ensure_ascii=False)
        with self._path.open("ab+") as file:
            if file.tell() and not _ends_whole(file.fileno(), file.tell()):
                file.write(b"\n")
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)

    def closed_until(self, source: str) -> dt.datetime | None:
        """Return the time until which a source is left alone; None if it may be asked.

        This follows from its last answer: the wait that it asked for, or a fixed time if it keeps
        programs out and named none.
        """
        last = next((one for one in reversed(self.entries) if one.source == source), None)
        if last is None or not (last.is_wall or last.outcome is Outcome.FAILED):
            return None
        wait = read_wait(last.headers.get("retry-after"), last.time)
        if wait is None and last.is_wall:
            wait = CLOSED
        if wait is None:
            return None
        return last.time + dt.timedelta(seconds=min(wait, LONGEST_CLOSED))

    def count_requests(self, source: str, since: dt.datetime) -> int:
        """Return the number of requests to a source since a time."""
        found = (one for one in self.entries if one.source == source and one.time >= since)
        return sum(one.requests for one in found)


def _ends_whole(file: int, size: int) -> bool:
    return os.pread(file, 1, size - 1) == b"\n"


def _read(path: Path) -> Iterator[Entry | None]:
    """Yield the entry of each line; None for an incomplete line."""
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                raise _refuse(path, f"it has more than {MAX_BYTES:,} bytes")
            for line in iter(lambda: file.readline(LONGEST_LINE + 1), b""):
                try:
                    yield _read_entry(json.loads(line))
                except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
                    yield None
    except FileNotFoundError:
        return
    except OSError as error:
        raise _refuse(path, f"it cannot be read: {error.strerror}") from error


def _refuse(path: Path, what: str) -> SourceError:
    return SourceError(
        what,
        where=str(path),
        remedy="move it away: the next fetch starts a new one, and requests everything again",
    )
