"""Atomic writes: a file's readers see the former version or the new one, never a part."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file. An existing file is replaced atomically, and its permissions stay.

    If the path is a link, its target is replaced, not the link. A device or a pipe (`/dev/stdout`,
    `>(mail …)`) is written to and not replaced: root could replace `/dev/null`, which would break
    the machine.

    Raises OSError if the system refuses it; the former file is then unchanged.
    """
    try:
        status = path.stat()
    except FileNotFoundError:
        mode = 0o666 & ~_read_umask()
    else:
        if not stat.S_ISREG(status.st_mode):
            path.write_bytes(data)  # a folder is refused here
            return
        mode = stat.S_IMODE(status.st_mode)
    target = path.resolve()
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    made = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a handle
            file.write(data)
        made.chmod(mode)
        made.replace(target)
    except BaseException:
        with suppress(OSError):
            made.unlink()
        raise


def _read_umask() -> int:
    """Return the process's umask: `mkstemp` ignores it and gives rights to the owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
