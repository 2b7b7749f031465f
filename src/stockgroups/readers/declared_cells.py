"""What a declaration of a format says of the cells of its columns.

The meaning of each column and asset class, the lines that are no stocks, the texts to rewrite, and
how dates are written.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from stockgroups.errors import CatalogError
from stockgroups.model import Category
from stockgroups.readers.format import Field
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.values.dates import squeeze_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from stockgroups.catalog.entries import FormatEntry

_Known = TypeVar("_Known")
_MEANINGS = {
    field.value: field
    for field in Field
    if field not in {Field.LISTING, Field.TYPE, Field.START, Field.END}
}
_CLASSES: dict[str, Category | None] = {
    "stock": None,
    "cash": Category.CASH,
    "derivative": Category.DERIVATIVE,
    "unlisted": Category.UNLISTED,
    "other": Category.OTHER,
}
_KINDS = {word: category for word, category in _CLASSES.items() if category is not None}
_PATTERNS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
_TOKEN = re.compile("YYYY|YY|MM|DD")

LONGEST_REWRITTEN = 200
"""Characters of a cell that expressions may rewrite: the longest name. With the limits below, the
worst expression takes 9 ms for a cell of this length; without them one cell can take for ever."""

_MOST_REPETITIONS = 3
_REPETITION = re.compile(
    r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]"  # an escaped character or a set repeats nothing
    r"|(?P<group>\)(?=[*+{]))|(?P<repetition>(?:[*+]|\{\d*,\d*\})[?+]?)",
    re.DOTALL,
)


class _Line(NamedTuple):
    """How to identify lines of one kind: by the whole text of their cells in a column."""

    field: Field
    text: re.Pattern[str]
    verdict: Verdict


class DeclaredCells:
    """The rules of one declaration for its cells.

    Attributes:
        fields: The meanings of the columns, by their labels.
        asset_classes: The categories of asset classes, by their folded names; None for stocks.
    """

    def __init__(self, entry: FormatEntry) -> None:
        """Check the declaration. Raise CatalogError for an invalid one."""
        self.fields: Mapping[str, Field] = {
            label: _look_up(entry, f"columns.{label}", word, _MEANINGS)
            for label, word in entry.columns.items()
        }
        self.asset_classes: Mapping[str, Category | None] = {
            " ".join(word.split()).casefold(): _look_up(
                entry, f"asset_classes.{word}", category, _CLASSES
            )
            for word, category in entry.asset_classes.items()
        }
        self._date_pattern = _read_date_pattern(entry)
        self._lines = list(_read_lines(entry, self.fields))
        self._rewritings = list(_read_rewritings(entry, self.fields))

    def rewrite(self, columns: dict[Field, Sequence[str]]) -> None:
        """Rewrite the cells that expressions match, and write the dates of rows in ISO."""
        for field, pattern, text in self._rewritings:
            if field in columns:
                columns[field] = [
                    match.expand(text)
                    if len(cell) <= LONGEST_REWRITTEN and (match := pattern.fullmatch(cell))
                    else cell
                    for cell in columns[field]
                ]
        if Field.DATE in columns:
            dates = {cell: self.read_date(cell) for cell in set(columns[Field.DATE])}
            columns[Field.DATE] = [dates[cell] for cell in columns[Field.DATE]]

    def read_date(self, text: str) -> str:
        """Return a date in ISO; any other text unchanged."""
        if self._date_pattern is None:
            return text
        bare = squeeze_date(text)
        for part in (bare, bare.partition(" ")[0]):  # a time may follow
            try:
                day = dt.datetime.strptime(part.rstrip(".,;"), self._date_pattern)  # noqa: DTZ007
            except ValueError:
                continue
            return day.date().isoformat()
        return text

    def judge(self, columns: Mapping[Field, Sequence[str]]) -> dict[int, Verdict]:
        """Return, by position, the kinds of the rows that the declaration identifies by texts."""
        found: dict[int, Verdict] = {}
        for field, text, verdict in self._lines:
            for position, cell in enumerate(columns.get(field, ())):
                if text.fullmatch(" ".join(cell.split())):
                    found.setdefault(position, verdict)
        return found


def _read_lines(entry: FormatEntry, fields: Mapping[str, Field]) -> Iterator[_Line]:
    """Yield how the declaration identifies lines of each kind.

    Raise CatalogError for an invalid kind of line or label.
    """
    for kind, columns in entry.lines.items():
        category = _look_up(entry, "a table under lines", kind, _KINDS)
        for label, texts in columns.items():
            field = _look_up(entry, f"a label under lines.{kind}", label, fields)
            for text in texts:
                first, *parts = [re.escape(" ".join(part.split())) for part in text.split("*")]
                # The first place of a part is as good as any: going back would take the length of
                # the cell to the power of the number of parts.
                inner = "".join(f"(?>.*?{part})" for part in parts[:-1])
                last = f".*{parts[-1]}" if parts else ""
                pattern = re.compile(rf"\s*{first}{inner}{last}\s*", re.IGNORECASE | re.DOTALL)
                verdict = Verdict(category, f"{kind} according to the format: {label} is {text}")
                yield _Line(field, pattern, verdict)


def _read_rewritings(
    entry: FormatEntry, fields: Mapping[str, Field]
) -> Iterator[tuple[Field, re.Pattern[str], str]]:
    """Yield the expressions for whole cells of a column, and what takes their place.

    Raise CatalogError for an invalid label, expression or text.
    """
    for label, texts in entry.rewritten.items():
        field = _look_up(entry, "a label under rewritten", label, fields)
        for expression, text in texts.items():
            try:
                pattern = re.compile(expression)
                pattern.sub(text, "")
                _check_repetitions(expression)
            except (re.error, IndexError, ValueError) as error:  # IndexError: an unknown group
                raise CatalogError(
                    f"rewritten.{label} has {expression!r} = {text!r}, which is invalid: {error}",
                    where=entry.where,
                    remedy="write a regular expression of Python, and a text",
                ) from error
            yield field, pattern, text


def _check_repetitions(expression: str) -> None:
    """Raise ValueError for an expression that may take for ever on a cell that it does not match.

    Python tries each way to divide the cell among the repetitions. Of a repeated group, such as
    `(a+)+`, the ways double with each character.
    """
    found = [match.lastgroup for match in _REPETITION.finditer(expression)]
    if "group" in found:
        raise ValueError("a group is repeated")
    if found.count("repetition") > _MOST_REPETITIONS:
        raise ValueError(f"it has more than {_MOST_REPETITIONS} repetitions (*, +, {{m,n}})")


def _read_date_pattern(entry: FormatEntry) -> str | None:
    """Return a date format in Python's notation. Raise CatalogError if it names no day."""
    if entry.date_format is None:
        return None
    tokens = _TOKEN.findall(entry.date_format)
    if sorted(token[0] for token in tokens) != ["D", "M", "Y"]:
        raise CatalogError(
            f"date_format is {entry.date_format!r}, which does not consist of a day, a month "
            "and a year",
            where=entry.where,
            remedy="write it with DD, MM and YYYY or YY, such as DD/MM/YYYY",
        )
    return _TOKEN.sub(lambda token: _PATTERNS[token[0]], entry.date_format.replace("%", "%%"))


def _look_up(entry: FormatEntry, what: str, word: str, known: Mapping[str, _Known]) -> _Known:
    """Return the meaning of a word of the declaration. Raise CatalogError for an unknown word."""
    if word not in known:
        raise CatalogError(
            f"{what} is {word!r}, which is not valid here",
            where=entry.where,
            remedy=f"write one of {', '.join(known)}",
        )
    return known[word]
