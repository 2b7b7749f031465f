"""How texts are worded, wherever they are written."""

from __future__ import annotations


def count_of(number: int, noun: str) -> str:
    """Return how many there are, with the noun in its number: `1 row`, `2 rows`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
