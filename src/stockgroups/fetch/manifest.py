"""The manifest: one line of JSON for everything that was asked, and what became of it.

It stands in the holdings folder, is only ever appended to, and is what a later run goes by: what
was asked today, which file was good, under which validators a publisher knows it.
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

LONGEST_LINE = 64 << 10
MAX_BYTES = 1 << 30
CLOSED = 600.0
"""Seconds for which a source is left alone that keeps programs out and does not say how long."""

LONGEST_CLOSED = 86_400.0
"""Seconds for which a source is left alone at its word; a day later it is asked again."""


class Outcome(StrEnum):
    """What became of something that was asked.

    ACCEPTED: the file is good, and new. UNCHANGED: the publisher has nothing newer than what is
    here. ABSENT: the publisher has no file of that day. REFUSED: what came is not what was asked.
    FAILED: nothing came.
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
        run: The number of the run that asked.
        time: When.
        source: The source's key.
        endpoint: The end point's key.
        content: What the end point answers.
        subject: What was asked: the fund's ticker, a period, an accession number; None for the one
            file that there is.
        date: The day that was asked, None for the newest.
        url: The address.
        requests: How many requests it took, with redirects and repetitions.
        status: The status of HTTP, None where no answer came.
        headers: The headers that matter, in small letters.
        size: The bytes of the body.
        sha256: The hash of the body.
        outcome: What became of it.
        reason: Why, in words.
        remedy: What to do.
        file: Where the body is, from the holdings folder; None where it was not kept.
        as_of: The as-of date of the content.
        rows: The rows of the list.
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
        """Whether a person should hear of it."""
        return self.outcome in (Outcome.REFUSED, Outcome.FAILED)

    @property
    def is_doubtful(self) -> bool:
        """Whether it is good, and a person should look at it all the same."""
        return self.outcome is Outcome.ACCEPTED and self.remedy is not None

    @property
    def name(self) -> str:
        """Whose and what it was, for people."""
        what = self.subject or self.content
        return " ".join(str(part) for part in (self.source, what, self.date) if part)

    def describe(self) -> str:
        """Return what became of it, in words, with what to do and where its body is."""
        kept = f" (kept as {self.file})" if self.file else ""
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.name}: {self.outcome}: {self.reason}{kept}{remedy}"

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON values."""
        return {
            "run": self.run,
            "time": self.time.isoformat(timespec="milliseconds"),
            "source": self.source,
            "endpoint": self.endpoint,
            "content": self.content,
            "subject": self.subject,
            "date": self.date.isoformat() if self.date else None,
            "url": self.url,
            "requests": self.requests,
            "status": self.status,
            "headers": dict(self.headers),
            "size": self.size,
            "sha256": self.sha256,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "remedy": self.remedy,
            "file": self.file,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "rows": self.rows,
            "is_wall": self.is_wall,
        }


def _read_entry(told: Mapping[str, Any]) -> Entry:
    """Return the entry of a line. Raise KeyError, TypeError or ValueError for another thing."""
    days = {name: told[name] and dt.date.fromisoformat(told[name]) for name in ("date", "as_of")}
    time = dt.datetime.fromisoformat(told["time"])
    headers = {str(name): str(value) for name, value in told["headers"].items()}
    read = {"time": time, "headers": headers, "outcome": Outcome(told["outcome"]), **days}
    if time.tzinfo is None or not isinstance(told["requests"], int):
        raise ValueError("no time of UTC, or no number of requests")
    return Entry(**{**told, **read})


class Manifest:
    """The manifest of a holdings folder.

    Attributes:
        entries: Its lines, in the order in which they were written.
    """

    def __init__(self, path: Path) -> None:
        """Read it. Raises SourceError for a file that is no manifest.

        A line may be cut, where a run was killed while it wrote: the next one ends it, and what it
        told of is asked again.
        """
        self._path = path
        found = list(_read(path))
        self.entries = [entry for entry in found if entry is not None]
        if len(found) > 2 * len(self.entries) + 1:
            raise _refuse(path, "most of its lines are none of a manifest")

    def append(self, entry: Entry) -> None:
        """Write a line, so that it stands there whatever happens next."""
        line = json.dumps(entry.to_dict(), ensure_ascii=False)
        with self._path.open("ab+") as file:
            if file.tell() and not _ends_whole(file.fileno(), file.tell()):
                file.write(b"\n")
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())
        self.entries.append(entry)

    def closed_until(self, source: str) -> dt.datetime | None:
        """Return until when a source is left alone by what it answered last, None where it is not.

        So long as it asked for itself; where it keeps programs out and did not say, a while.
        """
        told = next((one for one in reversed(self.entries) if one.source == source), None)
        if told is None or not (told.is_wall or told.outcome is Outcome.FAILED):
            return None
        wait = read_wait(told.headers.get("retry-after"), told.time)
        if wait is None and told.is_wall:
            wait = CLOSED
        if wait is None:
            return None
        return told.time + dt.timedelta(seconds=min(wait, LONGEST_CLOSED))

    def count_requests(self, source: str, since: dt.datetime) -> int:
        """Return how many requests a source got from a time on."""
        found = (one for one in self.entries if one.source == source and one.time >= since)
        return sum(one.requests for one in found)


def _ends_whole(file: int, size: int) -> bool:
    return os.pread(file, 1, size - 1) == b"\n"


def _read(path: Path) -> Iterator[Entry | None]:
    """Yield each line's entry, None for a line that was cut."""
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
        remedy="move it away: the next fetch begins a new one, and asks everything once more",
    )
