"""Keys of a group's metadata that vouch for its members: checksums, counts of rows and the like.

Another program's loader compares them with its source and skips the group if they match. Once the
members have changed, such a key would be false.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_HASHES = re.compile(
    r"checksum|hash|digest|etag|e_tag|md5|sha|crc|crc32|fingerprint|signature|hmac|xxhash|cksum"
)
_COUNTS = frozenset({"count", "counts", "num", "number", "n", "total", "nr", "rows", "len", "size"})
_THINGS = frozenset(
    {
        "row",
        "rows",
        "record",
        "records",
        "line",
        "lines",
        "holding",
        "holdings",
        "member",
        "members",
    }
    | {"symbol", "symbols", "constituent", "constituents", "position", "positions"}
    | {"component", "components", "stock", "stocks"}
)
_ALONE = frozenset({"rows", "count", "rowcount", "recordcount", "numrows", "nrows"})
_DEEPEST = 8


def is_voucher(key: str) -> bool:
    """Return whether a key, in any spelling, names a checksum of the members or their number."""
    words = [word.lower() for word in _WORDS.findall(key)]
    if any(_HASHES.fullmatch(word) for word in words) or "_".join(words).startswith("e_tag"):
        return True
    folded = "".join(words)
    if folded in _ALONE or _HASHES.fullmatch(folded):
        return True
    return bool(_THINGS & set(words)) and bool(_COUNTS & set(words))


def drop_vouchers(
    metadata: Mapping[str, Any], keep: Collection[str]
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the values that change because a part of them is removed, and the removed keys.

    Keys in `keep` are this program's own.
    """
    removed = tuple(key for key in metadata if key not in keep and is_voucher(key))
    changed = {}
    for key, value in metadata.items():
        if key not in removed and key not in keep:
            cleaned = _clean(value, _DEEPEST)
            if cleaned != value:
                changed[key] = cleaned
    return changed, removed


def _clean(value: Any, depth: int) -> Any:
    if depth and isinstance(value, dict):
        return {k: _clean(v, depth - 1) for k, v in value.items() if not is_voucher(k)}
    return value
