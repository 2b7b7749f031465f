"""Where downloads go: holdings into the holdings folder, everything else into its `.fetch`.

    HOLDINGS_DIR/ssga/SPY_2026-10-08.xlsx     what `load` reads
    HOLDINGS_DIR/.fetch/manifest.jsonl        every request and its outcome
    HOLDINGS_DIR/.fetch/reference/sec/        ticker files, fails to deliver, data sets
    HOLDINGS_DIR/.fetch/refused/ssga/         files that were refused
    HOLDINGS_DIR/.fetch/partial               the download in progress
    HOLDINGS_DIR/.fetch/judged                a judged file before its final rename

`load` skips names that begin with a dot. A complete, judged file is first written into the manifest
and then renamed to its place. If a run is killed before the rename, the next run makes it. A good
file is never overwritten.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stockgroups.errors import StockgroupsError, UsageError
from stockgroups.settings import find_home

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from stockgroups.fetch.manifest import Entry

NAME = ".fetch"
_MOST_NAMED_ALIKE = 1_000


class Folder:
    """The holdings folder, as `fetch` uses it.

    Attributes:
        root: The holdings folder.
        manifest: The manifest's file.
        partial: The file that a body is written to while it arrives.
    """

    def __init__(self, root: Path) -> None:
        """Name the places; nothing is created yet."""
        self.root = root
        self._own = root / NAME
        self.manifest = self._own / "manifest.jsonl"
        self.partial = self._own / "partial"
        self._judged = self._own / "judged"

    @contextmanager
    def open(self) -> Iterator[None]:
        """Create the folder and lock it for this run.

        Raises:
            UsageError: It cannot be written to.
            StockgroupsError: Another run is using it, or the system refuses a write later on.
        """
        try:
            self._own.mkdir(parents=True, exist_ok=True)
            lock = os.open(self._own / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise UsageError(
                f"the folder cannot be written to: {error.strerror}",
                where=str(self.root),
                remedy="name another one with HOLDINGS_DIR or --holdings-dir",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise StockgroupsError(
                "another fetch is running in this folder",
                where=str(self.root),
                remedy="wait until it has finished",
            ) from error
        try:
            yield
        except OSError as error:  # a full disk, most of all
            raise StockgroupsError(
                f"a file cannot be written: {error.strerror or error}",
                where=str(self.root),
                remedy="free space there, or name another folder with HOLDINGS_DIR; the earlier "
                "files are kept",
            ) from error
        finally:
            self.partial.unlink(missing_ok=True)
            os.close(lock)

    def find_pace(self, counted_as: str) -> Path:
        """Return the file that holds the time of the last request to a source.

        All folders of an account share one, in the account's home. An account without a home keeps
        it in this folder.

        Raises:
            StockgroupsError: Neither place can be written to.
        """
        for base in (find_home(), self._own):
            file = base / "pace" / counted_as
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.open("a").close()
            except OSError as error:
                refused = error
            else:
                return file
        raise StockgroupsError(
            f"the time of the last request cannot be recorded: {refused.strerror}",
            where=str(file),
            remedy="make this file and its folder writable, or set STOCKGROUPS_HOME to a "
            "folder that is",
        ) from refused

    def choose_place(self, source: str, stem: str, suffix: str, *, is_holdings: bool) -> str:
        """Return the final path of the body in the folder; hold the body until `settle`."""
        base = self.root if is_holdings else self._own / "reference"
        return self._choose(base / source, stem, suffix)

    def choose_aside(self, source: str, stem: str, suffix: str) -> str:
        """Return the path of a refused body, where nothing reads it; hold it until `settle`."""
        return self._choose(self._own / "refused" / source, stem, suffix)

    def settle(self, file: str) -> None:
        """Move the body to its final path, after the manifest has its line."""
        self._judged.rename(self.root / file)

    def resume(self, last: Entry | None) -> None:
        """Make the move that a killed run did not make, by the manifest's last line."""
        if not self._judged.exists():
            return
        with self._judged.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        is_missing = last and last.file and not (self.root / last.file).exists()
        if last and last.file and is_missing and last.sha256 == sha256:
            self.settle(last.file)
        else:  # the manifest does not have it, so it is requested again
            self._judged.unlink()

    def find(self, file: str, sha256: str) -> bytes | None:
        """Return the bytes of a file if it has not changed, else None."""
        try:
            data = (self.root / file).read_bytes()
        except OSError:
            return None
        return data if hashlib.sha256(data).hexdigest() == sha256 else None

    def holds(self, file: str, size: int | None) -> bool:
        """Return whether a file exists with this size."""
        try:
            return (self.root / file).stat().st_size == size
        except OSError:
            return False

    def _choose(self, place: Path, stem: str, suffix: str) -> str:
        place.mkdir(parents=True, exist_ok=True)
        with self.partial.open("rb") as file:
            os.fsync(file.fileno())
        for number in range(1, _MOST_NAMED_ALIKE):
            target = place / (f"{stem}{suffix}" if number == 1 else f"{stem}_{number}{suffix}")
            if not target.exists():  # this run alone writes here
                self.partial.rename(self._judged)
                return target.relative_to(self.root).as_posix()
        raise StockgroupsError(
            f"{_MOST_NAMED_ALIKE:,} files are named {stem}",
            where=str(place),
            remedy="move the old ones away",
        )
