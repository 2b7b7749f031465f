"""Files on disk: read once, and no further than their kind can be long."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from stockgroups.errors import UnrecognisedFileError

if TYPE_CHECKING:
    from pathlib import Path


def read_file(path: Path, most: int, where: str) -> bytes:
    """Return the file's bytes; of a longer one the first `most` and one more.

    Raise UnrecognisedFileError for a pipe, a socket or a device, which may never end or never
    begin, and OSError for a path that cannot be read.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # to open a folder is the system's error
        raise UnrecognisedFileError(
            "no regular file but a pipe or a device",
            where=where,
            remedy="save its content to a file",
        )
    with path.open("rb") as file:
        return file.read(most + 1)
