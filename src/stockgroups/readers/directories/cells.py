"""Single values as directories hold them; a value of another type is a reason to reject."""

from __future__ import annotations


def parse_text(value: object) -> str | None:
    """Return a text with its blanks squeezed, None for a blank. Raise ValueError for others."""
    if isinstance(value, str):
        return " ".join(value.split()) or None
    if value is None:
        return None
    raise ValueError(f"{str(value)[:40]!r} where a text is expected")


def parse_whole(value: object, most: int) -> int | None:
    """Return a whole number from 0 to `most`, None for a blank. Raise ValueError for others."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 10:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError(f"{str(value)[:40]!r} where a number up to {most} is expected")
    return value
