"""Cursors: a cursor is a short text that marks the next page; clients send it back unchanged."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from stockgroups.errors import StaleError, UsageError


def write_cursor(version: int, offset: int, request: Any) -> str:
    """Return the cursor of the page of a request that begins after `offset` rows.

    Args:
        version: The version of the answer.
        offset: The number of rows before the page.
        request: The request, as JSON values; the cursor is valid only for this request.
    """
    text = json.dumps([version, offset, _digest(request)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str, version: int, request: Any) -> int:
    """Return the number of rows before the page of a cursor.

    Raises:
        UsageError: It is not a cursor, or belongs to another request.
        StaleError: It belongs to another version; rows may have moved since then.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        of_version, offset, digest = values
    except (ValueError, TypeError, binascii.Error, RecursionError):
        of_version = offset = digest = None
    if type(of_version) is not int or type(offset) is not int or offset < 0:
        raise UsageError(
            "not a cursor", where="cursor", remedy="use `next` of the previous page as it is"
        )
    if digest != _digest(request):
        raise UsageError(
            "the cursor belongs to another request",
            where="cursor",
            remedy="ask with the same parameters as for the previous page",
        )
    if of_version != version:
        raise StaleError(
            f"the cursor belongs to version {of_version}, but the data now has version {version}",
            where="cursor",
            remedy="start again without a cursor",
        )
    return offset


def _digest(request: Any) -> str:
    text = json.dumps(request, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
