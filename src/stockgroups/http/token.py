"""The token that writes need: it is read from a file or a variable, and compared safely."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.readers.containers.files import read_file

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "STOCKGROUPS_TOKEN"
SHORTEST, LONGEST = 32, 1_000
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token (RFC 6750)."""
_MAKE_ONE = "make one: `python -c 'import secrets; print(secrets.token_urlsafe(32))'`"


class Token:
    """A bearer token. Only its hash is stored."""

    def __init__(self, text: str, where: str) -> None:
        """Store the hash of the token; `where` is its origin, for error messages.

        Raises UsageError if it is too short, or not a bearer token.
        """
        if not _TOKEN.fullmatch(text) or not SHORTEST <= len(text) <= LONGEST:
            raise UsageError(
                f"the token must have {SHORTEST} to {LONGEST:,} letters, digits or -._~+/",
                where=where,
                remedy=_MAKE_ONE,
            )
        self._digest = _digest(text)

    def matches(self, text: str) -> bool:
        """Return whether a text is the token, by a comparison in constant time."""
        return hmac.compare_digest(_digest(text), self._digest)


def read_token(path: Path | None) -> Token:
    """Read the token from a file; without a file, from the environment variable.

    The variable is removed, so that child processes do not inherit it.

    Raises:
        UsageError: There is no token, the file cannot be read, or the token is too short.
    """
    text = os.environ.pop(VARIABLE, None)
    if path is None:
        if not text:
            raise UsageError(
                "writes need a token, but none is set",
                where="--allow-writes",
                remedy=f"name a file with --token-file, or set {VARIABLE}; {_MAKE_ONE}",
            )
        return Token(text, VARIABLE)
    where = str(path)
    try:
        content = read_file(path, LONGEST + 2, where).decode("ascii", "replace")
    except OSError as error:
        raise UsageError(
            f"the token cannot be read: {error.strerror}", where=where, remedy=_MAKE_ONE
        ) from error
    return Token(content.strip(), where)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
