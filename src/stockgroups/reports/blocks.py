"""The blocks of a report: headings, facts, tables, pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.text import escape

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence


class Share(NamedTuple):
    """A fraction of a whole."""

    value: float


class Verdict(NamedTuple):
    """A verdict as a text: `sign` is ✓, ! or ✗, or · if nothing is judged."""

    sign: str
    word: str


class Link(NamedTuple):
    """A link to a heading of the same page."""

    text: str
    anchor: str


class Heading(NamedTuple):
    """A heading. Level 1 is the report, 2 a section, 3 a part of a section."""

    level: int
    text: str
    anchor: str


class Text(NamedTuple):
    """A line of text."""

    text: str | Verdict


class Facts(NamedTuple):
    """Lines of a label and its value."""

    facts: Sequence[tuple[str, str | int | Verdict]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row is its heading."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str | int | dt.date | Share | Verdict | Link | None]]

    @property
    def is_number(self) -> list[bool]:
        """Whether each column holds numbers, which are right-aligned."""
        columns = list(zip(*self.rows, strict=True))
        return [
            all(cell is None or isinstance(cell, int | Share) for cell in column)
            for column in columns or [()] * len(self.columns)
        ]


class Picture(NamedTuple):
    """The place of a chart, by its key; a page without charts leaves it out."""

    key: str
    caption: str


Block = Heading | Text | Facts | Table | Picture


def write_cell(value: object) -> str:
    """Return a value as plain text on one line, without control characters."""
    if value is None:
        return ""
    if isinstance(value, Share):
        return f"{value.value:.2%}".replace("%", " %")
    if isinstance(value, Verdict):
        return f"{value.sign} {escape(value.word)}".rstrip()
    if isinstance(value, Link):
        return escape(value.text)
    if isinstance(value, int):
        return f"{value:,}"
    return escape(str(value))
