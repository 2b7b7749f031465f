"""Text that was encoded as UTF-8 twice: `–` read as three letters of Latin-1 in between."""

from __future__ import annotations

import re

# Control characters of Latin-1 (U+0080 to U+009F), which no text has: the trace of the second time.
_TRACE = re.compile(rb"\xc2[\x80-\x9f]")
_RUN = re.compile(rb"(?:[\xc2\xc3][\x80-\xbf]){2,}")


def decode_once(data: bytes) -> bytes:
    """Return UTF-8 in which doubly encoded text is encoded once; other text does not change."""
    return _RUN.sub(_decode_run, data) if _TRACE.search(data) else data


def _decode_run(found: re.Match[bytes]) -> bytes:
    run = found.group()
    once = run.decode("utf-8").encode("latin-1")
    try:
        once.decode("utf-8")
    except UnicodeDecodeError:
        return run
    return once
