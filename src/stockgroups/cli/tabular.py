"""Prints answers and reports as text or JSON, and an answer's rows also as a table or CSV.

The rows and their columns are those of the answer as a data frame; weights are fractions.
"""

from __future__ import annotations

import sys
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stockgroups.cli.output import (
    make_table,
    print_answer,
    print_json,
    print_separated,
    report_line,
    warn,
)
from stockgroups.errors import UsageError
from stockgroups.queries.columns import choose_columns, make_cell
from stockgroups.queries.frames import Tabular
from stockgroups.queries.origins import CHANGED

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from stockgroups.queries.freshness import State


class Reported(Protocol):
    """The report of a command."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""


def add_table_flags(parser: argparse.ArgumentParser, *, limit: bool = True) -> None:
    """Add the flags of commands whose answer has rows."""
    group = parser.add_argument_group("rows instead of text")
    formats = group.add_mutually_exclusive_group()
    formats.add_argument(
        "--csv", action="store_true", help="print rows as CSV, weights as fractions"
    )
    formats.add_argument("--tsv", action="store_true", help="print rows separated by tabs")
    formats.add_argument(
        "--nl", action="store_true", help="print each row as a JSON object on one line"
    )
    group.add_argument(
        "--columns", metavar="A,B", help="print only these columns; names as in the JSON"
    )
    if limit:
        group.add_argument("--limit", metavar="N", type=int, help="print only the first N rows")


def add_plot_flag(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --plot, which draws `what` into a file."""
    parser.add_argument(
        "--plot",
        metavar="FILE",
        type=_check_chart_file,
        help=f"draw {what} into FILE (.svg, .png or .html) instead of printing text; an existing "
        "file is replaced",
    )


def _check_chart_file(text: str) -> Path:
    """Return the path of a chart. Raise UsageError, before any work, if it cannot be written."""
    from stockgroups.charts.files import check_suffix  # noqa: PLC0415 - needs an extra

    path = Path(text)
    check_suffix(path)
    if not path.parent.is_dir():
        raise UsageError(f"no such folder: {path.parent}", where="--plot", remedy="create it first")
    return path


def emit(
    args: argparse.Namespace,
    answer: Any,
    show: Callable[[], Iterable[str]],
    *,
    table: Tabular | list[dict[str, Any]] | None = None,
    limit: int | None = None,
    draw: Callable[[Any], Any] | None = None,
    judge: Callable[[Tabular], State | None] | None = None,
) -> None:
    """Print an answer as the flags ask: JSON, rows, or the text that `show` makes.

    Args:
        answer: An answer, or a JSON value.
        table: The value with the rows; None means the answer. A value that is not a list of rows
            has none.
        limit: The command's own --limit, which alone does not select output as rows.
        draw: Makes the chart for --plot, which replaces the text, with the package `charts`.
        judge: Returns whether the sources of an answer are fresh: `Database.state_of`.

    """
    given = read_limit(args)
    requested = given if limit is None else None
    form = _find_form(args)
    columns = getattr(args, "columns", None)
    if draw is not None and args.plot is not None:
        from stockgroups import charts  # noqa: PLC0415 - needs an extra

        is_only = not (form or columns or requested or args.json)
        report_line(f"✓ {charts.write_chart(draw(charts), args.plot)}", aside=not is_only)
        if is_only:
            return
    if not (form or columns or requested):
        if args.json:
            value = answer.to_dict() if isinstance(answer, Tabular) else answer
            state = judge(answer) if judge else None
            print_json(value | {"state": state} if state else value)
        else:
            print_answer(show())
        return
    if args.json:
        raise UsageError(
            "--json prints the whole answer",
            remedy="leave --csv, --tsv, --nl, --columns, --limit out",
        )
    if getattr(getattr(answer, "origin", None), "is_drifted", False):
        warn(f"! {CHANGED}")
    names, found = choose_columns(answer if table is None else table, columns, "--columns")
    _print_rows(form, names, found, requested or limit)


def _print_rows(
    form: str | None, names: Sequence[str], found: Iterator[Sequence[Any]], limit: int | None
) -> None:
    """Print rows as CSV, TSV or lines of JSON; as a table if no form is given."""
    shown = islice(found, limit)
    if form == "nl":
        for row in shown:
            print_json(dict(zip(names, row, strict=True)), indented=False)
    elif form:
        cells = (list(map(make_cell, row)) for row in shown)
        print_separated(chain([names], cells), "," if form == "csv" else "\t")
    else:
        lines = [[_show(value) for value in row] for row in shown]
        print_answer(make_table(names, lines) if lines else ["no rows"])
        rest = sum(1 for _ in found)
        if rest:
            report_line(f"… and {rest} more")


def emit_report(
    args: argparse.Namespace, done: Reported, show: Callable[[], Iterable[str]]
) -> None:
    """Print the report of a command, as text or as JSON, and its warnings in both cases.

    Args:
        show: Yields the lines of the report. It may print warnings between them.
    """
    if args.json:
        print_json(done.to_dict())
    for line in show():
        report_line(line)


def read_limit(args: argparse.Namespace) -> int | None:
    """Return --limit; None if it is not given. Raise UsageError for less than 1."""
    limit: int | None = getattr(args, "limit", None)
    if limit is not None and limit < 1:
        raise UsageError("the limit must be at least 1", where="--limit")
    return None if limit is None else min(limit, sys.maxsize)


def wants_all(args: argparse.Namespace) -> bool:
    """Return whether the flags ask for a form with all fields of each row; text shows only some."""
    requested = getattr(args, "json", False) or getattr(args, "plot", None) or _find_form(args)
    return bool(requested or args.columns or args.limit)


def _find_form(args: argparse.Namespace) -> str | None:
    return next((form for form in ("csv", "tsv", "nl") if getattr(args, form, False)), None)


def _show(value: Any) -> Any:
    """Return a value as a person reads it in a table: lists without brackets."""
    if isinstance(value, dict):
        return ", ".join(f"{key} {one}" for key, one in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else value
