"""Output of commands: tables and colour on a terminal, plain text in a pipe, JSON on request.

Only this module prints, and it escapes everything. So a text from a file, a table, the command line
or the server cannot move the cursor, colour the screen or imitate a line of output.
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
    from collections.abc import Iterable, Iterator, Sequence, Sized

GREEN, RED, YELLOW = "32", "31", "33"
PROGRESS_AFTER_SECONDS, PROGRESS_SECONDS = 1.0, 0.1
_shown = SimpleNamespace(reports=True, progress=True)
_line = SimpleNamespace(is_open=False)
"""Whether the terminal shows a line of progress, which the next output replaces."""
NARROWEST_COLUMN = 8
"""Characters that a column of a table keeps, however narrow the terminal is."""
_DATE_LENGTH = len("2026-07-02")


def print_json(value: Any, *, indented: bool = True) -> None:
    """Print a value as JSON. On a terminal it is indented, unless `indented` is False."""
    _end_progress()
    indent = 2 if indented and sys.stdout.isatty() else None
    print(_format_json(value, sys.stdout, indent))


def print_json_error(value: Any) -> None:
    """Print JSON on one line of standard error."""
    _end_progress()
    print(_format_json(value, sys.stderr), file=sys.stderr)


def _format_json(value: Any, stream: TextIO, indent: int | None = None) -> str:
    r"""Return JSON with JSON's own escapes for all characters that the stream cannot show.

    Characters that `escape` would replace become `\u001b` here, which every JSON parser decodes.
    """
    is_unicode = (stream.encoding or "").lower().replace("-", "").startswith("utf")
    text = json.dumps(value, indent=indent, ensure_ascii=not is_unicode)
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() or sign == "\n" else _escape_json(sign) for sign in text
    )


def _escape_json(sign: str) -> str:
    # json.dumps does not escape DEL, because it is ASCII.
    return json.dumps(sign)[1:-1] if sign != "\x7f" else "\\u007f"


@contextmanager
def hush(*, hushed: bool, progress: bool = True) -> Iterator[None]:
    """Suppress reports inside the block if `hushed`, and also progress if `progress` is True.

    Warnings, errors and answers are still printed. With --json only reports are suppressed:
    standard output has the JSON, and standard error has problems and, on a terminal, progress.
    """
    before = vars(_shown).copy()
    _shown.reports &= not hushed
    _shown.progress &= not (hushed and progress)
    try:
        yield
    finally:
        vars(_shown).update(before)


def report_line(line: str, *, aside: bool = False) -> None:
    """Print a line of a report; on standard error if `aside`, because stdout has an answer."""
    if _shown.reports:
        _print(line, sys.stderr if aside else sys.stdout)


def print_answer(lines: Iterable[str]) -> None:
    """Print the lines of an answer on standard output."""
    for line in lines:
        _print(line, sys.stdout)


def _print(line: str, stream: TextIO) -> None:
    _end_progress()
    print(paint_line(escape(line), stream), file=stream)


def print_separated(rows: Iterable[Sequence[str]], delimiter: str) -> None:
    """Print rows as CSV or TSV, with escaped cells."""
    import csv  # noqa: PLC0415 - seldom used

    _end_progress()
    writer = csv.writer(sys.stdout, delimiter=delimiter, lineterminator="\n")
    writer.writerows([escape(cell) for cell in row] for row in rows)


def record(*lines: str) -> None:
    """Print lines of a log on standard error, escaped and not wrapped, in one write."""
    sys.stderr.write("".join(f"{escape(line)}\n" for line in lines))
    sys.stderr.flush()


def warn(line: str) -> None:
    """Print a line on standard error; on a terminal, long ones are wrapped between words."""
    _end_progress()
    line = escape(line)
    if sys.stderr.isatty():
        import textwrap  # noqa: PLC0415 - only for a terminal

        line = textwrap.fill(
            line, _read_columns(), subsequent_indent="    ", break_on_hyphens=False
        )
    print(line, file=sys.stderr)


class JsonLog(logging.Handler):
    """A log on standard error, one JSON object a line, including records of Python's logging."""

    def __init__(self, run: str) -> None:
        """Store the name of the run, which identifies its lines."""
        super().__init__()
        self._run = run

    def write(
        self, level: str, message: str, *, step: str | None = None, load: int | None = None
    ) -> None:
        """Print one line: time, level, run, load, step and message."""
        record = {
            "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
            "level": level,
            "run": self._run,
            "load": load,
            "step": step,
            "message": message,
        }
        sys.stderr.write(f"{_format_json(record, sys.stderr)}\n")

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record of Python's logging."""
        self.write(record.levelname.lower(), record.getMessage())


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """Return the text in a colour if the stream is a terminal with colours."""
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
    """Return the width of the terminal, or COLUMNS; None in a pipe, which takes any width."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return _read_columns()
    return None


def _read_columns() -> int:
    import shutil  # noqa: PLC0415 - 5 ms, not needed for JSON and pipes

    return shutil.get_terminal_size().columns


def make_table(headers: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    """Return the lines of a table; columns of numbers and percentages are right-aligned.

    On a terminal the widest columns of text are shortened, with `…`, until the lines fit. Numbers
    and dates are never shortened, because half of a date would look like another date.
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


def name_rest(found: Sized, shown: Sized, where: str, *, indent: int = 0) -> list[str]:
    """Return the line on what was found and not shown, if any; `where` states how to see it."""
    rest = len(found) - len(shown)
    return [f"{' ' * indent}… and {rest} more; {where}"] if rest else []


def measure(text: str) -> int:
    """Return the columns of a text on a terminal: Chinese characters take two, accents none."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - most texts are ASCII

    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )


def _is_date(text: str) -> bool:
    """Return whether a cell is a date in the printed form, or empty."""
    return not text or (len(text) == _DATE_LENGTH and text[4] == text[7] == "-")


def _narrow(widths: list[int], headers: Sequence[str], whole: Sequence[bool]) -> None:
    """Narrow the widest columns until the table fits the terminal; columns in `whole` stay."""
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
    """Return the text, cut off with `…` if it is wider than `width`."""
    if measure(text) <= width:
        return text
    kept = text[: width - 1]
    while measure(kept) > width - 1:
        kept = kept[:-1]
    return f"{kept}…"


def percent(weight: float | None) -> str | None:
    """Return a fraction as per cent with four decimals; None for None."""
    return None if weight is None else f"{weight * 100:.4f} %"


class Progress:
    """A progress line on a terminal, shown once work has taken a second, until the next output."""

    def __init__(self, verb: str) -> None:
        self._verb = verb
        self._start = time.monotonic()
        self._last = 0.0

    def __call__(self, number: int, total: int, name: str) -> None:
        """Show the progress, at most ten times a second."""
        now = time.monotonic()
        if (
            now - self._start < PROGRESS_AFTER_SECONDS
            or now - self._last < PROGRESS_SECONDS
            or not (_shown.progress and sys.stderr.isatty())
        ):
            return
        self._last, _line.is_open = now, True
        line = shorten(escape(f"{self._verb} {number} of {total}: {name}"), _read_columns() - 1)
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)


def _end_progress() -> None:
    """Clear the line of progress, if there is one."""
    if _line.is_open:
        _line.is_open = False
        print("\r\033[K", end="", file=sys.stderr, flush=True)
