"""Files on disk: each read once, by itself, and no further than its kind can be long."""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stockgroups.errors import (
    ReaderBugError,
    SourceError,
    StockgroupsError,
    UnrecognisedFileError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedReader
    from pathlib import Path

LONGEST_FILE_NAME = 255
# Without O_NONBLOCK a pipe that nobody writes to would block the program; the flag does not change
# how a regular file is read. Windows has no such flag, and needs O_BINARY.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@contextmanager
def refusing_file(file_name: str) -> Iterator[None]:
    """Turn every failure to read one file into a refusal of that file.

    All readers of files work inside it, so that no file can stop the others. A path that the system
    does not let the program read is a SourceError. An unexpected exception of a reader is a
    ReaderBugError, with the exception as its cause.
    """
    try:
        yield
    except StockgroupsError:
        raise
    except FileNotFoundError as error:
        raise SourceError("no such file", where=file_name, remedy="check its name") from error
    except OSError as error:
        raise SourceError(
            f"the file cannot be read: {error.strerror or error}",
            where=file_name,
            remedy="check its permissions",
        ) from error
    except Exception as error:
        raise ReaderBugError(
            f"the reader failed on it ({type(error).__name__})",
            where=file_name,
            remedy="this is a bug in stockgroups: report it as docs/formats.md describes",
        ) from error


@contextmanager
def open_file(path: Path, where: str) -> Iterator[BufferedReader]:
    """Open a regular file for reading; raise SourceError if it changes before it is closed.

    Raise UnrecognisedFileError for a folder, and for a pipe, a socket or a device, which may never
    end or never begin, and OSError for a path that cannot be read.
    """
    if path.is_dir():
        raise UnrecognisedFileError("a folder, not a file", where=where, remedy="name a file in it")
    with os.fdopen(os.open(path, _FLAGS), "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise UnrecognisedFileError(
                "not a regular file but a pipe or a device",
                where=where,
                remedy="save its content to a file",
            )
        yield file
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise SourceError(
            "the file changed while it was read",
            where=where,
            remedy="wait until it is complete, then load again",
        )


def read_file(path: Path, most: int, where: str) -> bytes:
    """Return the file's bytes; of a longer file the first `most` and one more.

    Raises the errors of `open_file`.
    """
    with open_file(path, where) as file:
        return file.read(most + 1)
