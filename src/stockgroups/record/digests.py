"""The digest of a snapshot: a hash of everything that it states about members."""

from __future__ import annotations

import hashlib
import math
import sys
import uuid
from array import array
from operator import itemgetter
from typing import TYPE_CHECKING

from stockgroups.model import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.model import Snapshot


def content_digest(snapshot: Snapshot) -> str:
    """Return a UUID text, equal for equal members, weights, shares, sectors and net assets.

    The origin (file, date, reader) is left out: the same content under another name is the same
    snapshot.
    """
    # Column by column: one hash of it all costs a fraction of a hash for each ref.
    fields = range(len(Ref._fields)) if snapshot.refs else ()
    columns: list[Iterable[str | None]] = [map(itemgetter(f), snapshot.refs) for f in fields]
    columns += [snapshot.sectors or (), snapshot.industries or ()]
    hasher = hashlib.blake2b(digest_size=16)
    for place, column in enumerate(columns):
        hasher.update(b"\x1e" if place else b"")
        hasher.update("\x1f".join([text or "" for text in column]).encode())
    for numbers in (snapshot.weights, snapshot.shares, (snapshot.net_assets,)):
        hasher.update(_pack(numbers))
    hasher.update(b"proxy" if snapshot.is_proxy else b"")
    return str(uuid.UUID(bytes=hasher.digest()))


def _pack(numbers: Sequence[float | None] | None) -> bytes:
    """Return the numbers as little-endian doubles; a blank becomes not-a-number."""
    if numbers is None:
        return b"none"
    packed = array("d", [math.nan if number is None else number for number in numbers])
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()
