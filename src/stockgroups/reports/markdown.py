"""A report as GitHub Markdown."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.reports.blocks import Facts, Heading, Picture, Table, Text, write_cell
from stockgroups.reports.outline import outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.reports.report import Report

_SIGNS = re.compile(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])")
"""Markdown's special characters. An underscore between letters is not special."""
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def write_markdown(report: Report) -> str:
    """Return the report as Markdown. The content of a name is always plain text."""
    return "\n".join(_write(report)) + "\n"


def _write(report: Report) -> Iterator[str]:
    for block in outline(report):
        match block:
            case Heading(level, text, _):
                yield from ("#" * level + " " + _mark(text), "")
            case Text(text):
                yield from (_mark(text), "")
            case Facts(facts):
                yield from (f"- {_mark(label)}: {_mark(value)}" for label, value in facts)
                yield ""
            case Table():
                yield from (_row(block.columns), _rule(block))
                yield from (_row(row) for row in block.rows)
                yield ""
            case Picture():
                pass


def _row(cells: object) -> str:
    return "| " + " | ".join(_mark(cell) for cell in cells) + " |"  # type: ignore[attr-defined]


def _rule(table: Table) -> str:
    rules = ("--:" if is_number else "---" for is_number in table.is_number)
    return "| " + " | ".join(rules) + " |"


def _mark(value: object) -> str:
    """Return a value as text in which Markdown's special characters are escaped."""
    text = write_cell(value)
    text = "".join(_ENTITIES.get(sign, sign) for sign in text)
    return _SIGNS.sub(r"\\\g<0>", text)
