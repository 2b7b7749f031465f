"""How commands print: tables and colour on a terminal, plain text in a pipe, JSON on request.

Nothing else prints, so that everything that is shown is escaped here: a text from a file, a table,
the command line or the server cannot move the cursor, colour the screen or pretend to be a line.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TextIO

from stockgroups.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GREEN, RED, YELLOW = "32", "31", "33"
PROGRESS_AFTER_SECONDS, PROGRESS_SECONDS = 1.0, 0.1
_shown = SimpleNamespace(reports=True, progress=True)
NARROWEST_COLUMN = 8
"""Characters that a column of a table keeps, however narrow the terminal is."""
_DATE_LENGTH = len("2026-07-02")


def print_json(value: Any, *, indented: bool = True) -> None:
    """Print a value as JSON, indented where a person reads it, unless it is one of many."""
    indent = 2 if indented and sys.stdout.isatty() else None
    print(_format_json(value, sys.stdout, indent))


def print_json_error(value: Any) -> None:
    """Print JSON on one line of standard error, which other lines of progress may precede."""
    print(_format_json(value, sys.stderr), file=sys.stderr)


def _format_json(value: Any, stream: TextIO, indent: int | None = None) -> str:
    r"""Return JSON in which only letters that the stream can show stand as they are.

    What `escape` writes out is `\u001b` here, which every reader of JSON turns back.
    """
    is_unicode = (stream.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, indent=indent, ensure_ascii=not is_unicode)
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign == "\n" else _escape_json(sign) for sign in text
    )


def _escape_json(sign: str) -> str:
    # json.dumps leaves DEL alone, as it is ASCII.
    return json.dumps(sign)[1:-1] if sign != "\x7f" else "\\u007f"


@contextmanager
def hush(*, hushed: bool, progress: bool = True) -> Iterator[None]:
    """Print no reports inside the block, if `hushed`, and no progress where that is hushed too.

    Warnings, errors and answers remain. With --json a command is hushed but for progress, which
    only a terminal shows: standard output has the JSON, and standard error what is wrong.
    """
    before = vars(_shown).copy()
    _shown.reports &= not hushed
    _shown.progress &= not (hushed and progress)
    try:
        yield
    finally:
        vars(_shown).update(before)


def tell(line: str, *, aside: bool = False) -> None:
    """Print a line of a report; on standard error if `aside`, as an answer is on the other."""
    if _shown.reports:
        _print(line, sys.stderr if aside else sys.stdout)


def tell_all(lines: Iterable[str]) -> None:
    """Print the lines of an answer, which is what standard output is for."""
    for line in lines:
        _print(line, sys.stdout)


def _print(line: str, stream: TextIO) -> None:
    print(paint_line(escape(line), stream), file=stream)


def print_separated(rows: Iterable[Sequence[str]], delimiter: str) -> None:
    """Print rows as CSV or TSV; what a cell holds is escaped as everywhere."""
    import csv  # noqa: PLC0415 - seldom asked for

    writer = csv.writer(sys.stdout, delimiter=delimiter, lineterminator="\n")
    writer.writerows([escape(cell) for cell in row] for row in rows)


def record(*lines: str) -> None:
    """Print lines of a log on standard error, as they are but for what is escaped: in one write."""
    sys.stderr.write("".join(f"{escape(line)}\n" for line in lines))
    sys.stderr.flush()


def warn(line: str) -> None:
    """Print a line on standard error; on a terminal, long ones are wrapped between words."""
    line = escape(line)
    if sys.stderr.isatty():
        import textwrap  # noqa: PLC0415 - for people's eyes alone

        line = textwrap.fill(
            line, _read_columns(), subsequent_indent="    ", break_on_hyphens=False
        )
    print(line, file=sys.stderr)


class JsonLog(logging.Handler):
    """A log on standard error: a JSON object each line, also of what Python's logging tells."""

    def __init__(self, run: str) -> None:
        """Name the run, by which its lines are found."""
        super().__init__()
        self._run = run

    def write(
        self, level: str, message: str, *, step: str | None = None, load: int | None = None
    ) -> None:
        """Print one line: when, how much it matters, of which run, load and step, and what."""
        told = {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "run": self._run,
            "load": load,
            "step": step,
            "message": message,
        }
        sys.stderr.write(f"{_format_json(told, sys.stderr)}\n")

    def emit(self, record: logging.LogRecord) -> None:
        """Print what Python's logging tells."""
        self.write(record.levelname.lower(), record.getMessage())


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return the text in a colour where the stream is a terminal that wants it."""
    stream = stream or sys.stdout
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not stream.isatty():
        return text
    return f"\033[{colour}m{text}\033[0m"


def paint_line(line: str, stream: TextIO | None = None) -> str:
    """Return the line with its verdict sign in colour."""
    for sign, colour in (("✓", GREEN), ("✗", RED), ("!", YELLOW)):
        if line.lstrip().startswith(sign) or f"({sign} " in line:
            return line.replace(sign, paint(sign, colour, stream), 1)
    return line


def find_width() -> int | None:
    """Return the columns of the terminal, or of COLUMNS; None in a pipe, which takes any width."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return _read_columns()
    return None


def _read_columns() -> int:
    import shutil  # noqa: PLC0415 - 5 ms that JSON and pipes need not pay

    return shutil.get_terminal_size().columns


def make_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a table; columns of numbers and percentages stand to the right.

    On a terminal the widest columns of text are shortened, with `…`, until the lines fit, but none
    of numbers or dates: half of a date would be read as another one.
    """
    texts = [["" if cell is None else escape(str(cell)) for cell in row] for row in rows]
    right = [
        bool(rows)
        and all(
            isinstance(row[n], int | float | None) or str(row[n]).endswith(" %") for row in rows
        )
        for n in range(len(headers))
    ]
    widths = [
        max(measure(header), *(measure(row[n]) for row in texts), 0) if texts else len(header)
        for n, header in enumerate(headers)
    ]
    whole = [to_right or all(_is_date(row[n]) for row in texts) for n, to_right in enumerate(right)]
    _narrow(widths, headers, whole)

    def line(cells: Sequence[str]) -> str:
        return "  ".join(map(_fit, cells, widths, right)).rstrip()

    return [line(headers), line(["─" * width for width in widths]), *map(line, texts)]


def measure(text: str) -> int:
    """Return how many columns of a terminal a text takes: Chinese signs take two, accents none."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - most texts are ASCII

    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _is_date(text: str) -> bool:
    """Tell whether a cell is a date as we print it, or nothing."""
    return not text or (len(text) == _DATE_LENGTH and text[4] == text[7] == "-")


def _narrow(widths: list[int], headers: Sequence[str], whole: Sequence[bool]) -> None:
    """Take from the widest columns what the table is wider than the terminal, but for the whole."""
    width = find_width()
    if width is None:
        return
    least = [
        size if is_whole else min(size, max(NARROWEST_COLUMN, len(header)))
        for size, header, is_whole in zip(widths, headers, whole, strict=True)
    ]
    excess = sum(widths) + 2 * (len(widths) - 1) - width
    while excess > 0:
        room = [size - low for size, low in zip(widths, least, strict=True)]
        widest = max(range(len(widths)), key=lambda n: widths[n] if room[n] else -1)
        if not room[widest]:
            return
        others = [widths[n] for n in range(len(widths)) if room[n] and n != widest]
        step = min(excess, room[widest], max(1, widths[widest] - max(others, default=0)))
        widths[widest] -= step
        excess -= step


def _fit(cell: str, width: int, to_right: bool) -> str:
    short = shorten(cell, width)
    pad = " " * (width - measure(short))
    return pad + short if to_right else short + pad


def shorten(text: str, width: int) -> str:
    """Return the text, cut off with `…` where it takes more columns than there are."""
    if measure(text) <= width:
        return text
    kept = text[: width - 1]
    while measure(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def percent(weight: float | None) -> str | None:
    """Return a fraction as per cent with four decimals, None for none."""
    return None if weight is None else f"{weight * 100:.4f} %"


class Progress:
    """A line on a terminal that is written over, once work has taken a second."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = time.monotonic()
        self._last = 0.0
        self._is_shown = False

    def __call__(self, number: int, total: int, name: str) -> None:
        """Show how far it is, at most ten times a second."""
        now = time.monotonic()
        if (
            now - self._start < PROGRESS_AFTER_SECONDS
            or now - self._last < PROGRESS_SECONDS
            or not (_shown.progress and sys.stderr.isatty())
        ):
            return
        self._last, self._is_shown = now, True
        line = shorten(escape(f"{self._verb} {number} of {total}: {name}"), _read_columns() - 1)
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def done(self) -> None:
        """Clear the line."""
        if self._is_shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
