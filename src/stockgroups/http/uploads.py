"""Uploaded files with a plan, kept in a private folder until the plan is applied."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.errors import UsageError
from stockgroups.http.limits import KEPT_SECONDS, LONGEST_FILE_NAME, MOST_KEPT, MOST_KEPT_BYTES
from stockgroups.jobs.folder import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(slots=True)
class Upload:
    """One uploaded file in a folder of its own.

    Attributes:
        folder: The folder, which holds the file and nothing else that a load reads.
        options: The other options of the request, as the worker takes them.
        kept_at: The time at which it was stored, by `time.monotonic`.
        lock: Held by the thread that works with the upload.
    """

    folder: Path
    file_name: str
    options: Mapping[str, Any]
    kept_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def path(self) -> Path:
        """The path of the file."""
        return self.folder / self.file_name

    def remove(self) -> None:
        """Remove the folder with all its files."""
        shutil.rmtree(self.folder, ignore_errors=True)


class Uploads:
    """The uploads whose plans may still be applied, by the hash of the plan. Thread-safe.

    If they are too many or too large, the oldest is removed first. Each is removed after an hour.
    """

    def __init__(self) -> None:
        """Make the folder, which only this user may enter."""
        self._folder = tempfile.TemporaryDirectory(prefix="stockgroups-uploads-")
        self._numbers = count(1)
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def make(self, file_name: str, options: Mapping[str, Any]) -> Upload:
        """Make the folder of an upload. Raises UsageError for a file name that is not allowed."""
        check_name(file_name)
        return Upload(self._make_folder(), file_name, options)

    @contextmanager
    def lend_folder(self) -> Iterator[Path]:
        """Lend a private folder, which is removed at the end."""
        folder = self._make_folder()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def keep(self, plan: str, upload: Upload) -> None:
        """Store an upload for a plan; it replaces an earlier one of the same plan."""
        size, upload.kept_at = upload.path.stat().st_size, time.monotonic()
        with self._lock:
            replaced = [before] if (before := self._kept.pop(plan, None)) else []
            while self._kept and self._is_over(size):
                replaced.append(self._kept.popitem(last=False)[1])
            self._kept[plan] = upload
        for one in replaced:
            one.remove()

    def find(self, plan: str) -> Upload | None:
        """Return the upload of a plan; None if there is none any more."""
        with self._lock:
            found = self._kept.get(plan)
            if found is not None and time.monotonic() - found.kept_at > KEPT_SECONDS:
                self._kept.pop(plan).remove()
                return None
            return found

    def drop(self, plan: str) -> None:
        """Remove the upload of a plan, if there is one."""
        with self._lock:
            found = self._kept.pop(plan, None)
        if found is not None:
            found.remove()

    def close(self) -> None:
        """Remove all uploads."""
        self._folder.cleanup()

    def _make_folder(self) -> Path:
        folder = Path(self._folder.name) / str(next(self._numbers))
        folder.mkdir(mode=0o700)
        return folder

    def _is_over(self, size: int) -> bool:
        first = next(iter(self._kept.values()))
        taken = sum(one.path.stat().st_size for one in self._kept.values() if one.path.exists())
        return (
            len(self._kept) >= MOST_KEPT
            or taken + size > MOST_KEPT_BYTES
            or time.monotonic() - first.kept_at > KEPT_SECONDS
        )


def check_name(name: str) -> None:
    """Raise UsageError unless the name is the plain name of a file that a load would read."""
    is_plain = name.isprintable() and not set(name) & set('/\\:*?"<>|')
    is_hidden = name.startswith((".", "~$"))
    if not is_plain or is_hidden or len(name.encode("utf-8", "replace")) > LONGEST_FILE_NAME:
        raise UsageError(
            "not the plain name of a file",
            where="file",
            remedy="give the name that the issuer's file has, without folders",
        )
    if Path(name).suffix.lower() not in SUFFIXES:
        raise UsageError(
            f"the name must end in one of {', '.join(sorted(SUFFIXES))}",
            where="file",
            remedy="give the name that the issuer's file has",
        )
