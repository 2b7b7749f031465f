"""How commands print: tables and colour on a terminal, plain text in a pipe, JSON on request."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Sequence

GREEN, RED, YELLOW, DIM = "32", "31", "33", "2"
PROGRESS_AFTER_SECONDS = 1.0


def print_json(value: Any) -> None:
    """Print a value as JSON, indented where a person reads it."""
    indent = 2 if sys.stdout.isatty() else None
    print(json.dumps(value, indent=indent, ensure_ascii=False))


def tell(line: str, *, quiet: bool = False) -> None:
    """Print a line of the report; with `quiet` (JSON wanted) it goes to standard error."""
    print(paint_line(line), file=sys.stderr if quiet else sys.stdout)


def warn(line: str) -> None:
    """Print a line on standard error."""
    print(line, file=sys.stderr)


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return the text in a colour where the stream is a terminal that wants it."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\033[{colour}m{text}\033[0m"


def paint_line(line: str) -> str:
    """Return the line with its verdict sign in colour."""
    for sign, colour in (("✓", GREEN), ("✗", RED), ("!", YELLOW)):
        if line.lstrip().startswith(sign) or f"({sign} " in line:
            return line.replace(sign, paint(sign, colour), 1)
    return line


def make_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a table; columns of numbers and percentages stand to the right."""
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [
        max(len(header), *(len(row[n]) for row in texts), 0) if texts else len(header)
        for n, header in enumerate(headers)
    ]
    right = [
        bool(rows)
        and all(
            isinstance(row[n], int | float | None) or str(row[n]).endswith(" %") for row in rows
        )
        for n in range(len(headers))
    ]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        ).rstrip()

    return [line(headers), line(["─" * width for width in widths]), *map(line, texts)]


def percent(weight: float | None) -> str | None:
    """Return a fraction as per cent with four decimals, None for none."""
    return None if weight is None else f"{weight * 100:.4f} %"


class Progress:
    """A line on standard error that is written over, once work has taken a second."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = time.monotonic()
        self._last = 0.0
        self._shown = False

    def __call__(self, number: int, total: int, name: str) -> None:
        """Show how far it is; at most ten times a second, in a pipe once every five seconds."""
        now = time.monotonic()
        pause = 0.1 if sys.stderr.isatty() else 5.0
        if now - self._start < PROGRESS_AFTER_SECONDS or now - self._last < pause:
            return
        self._last = now
        self._shown = sys.stderr.isatty()
        line = f"{self._verb} {number} of {total}: {name}"
        if self._shown:
            print(f"\r\033[K{line[:100]}", end="", file=sys.stderr, flush=True)
        else:
            print(line, file=sys.stderr)

    def done(self) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
