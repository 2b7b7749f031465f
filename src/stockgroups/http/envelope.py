"""The envelope of an answer: the same fields for every question, taken from the answer itself."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from stockgroups.errors import UsageError
from stockgroups.http.cursors import read_cursor, write_cursor
from stockgroups.http.limits import MOST_ROWS_IN_ALL, MOST_WHOLE_ROWS, USUAL_ROWS
from stockgroups.queries.columns import choose_columns
from stockgroups.queries.freshness import judge_sources
from stockgroups.queries.origins import CHANGED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.queries.frames import Tabular


class Envelope(BaseModel):
    """An answer with its sources and its request."""

    data: Any = Field(description="The answer: an object, or rows")
    as_of: str | None = Field(description="The as-of date of the oldest source that was used")
    state: str | None = Field(description="The worst freshness state of the sources")
    sources: list[dict[str, Any]] = Field(description="The report used for each group")
    warnings: list[str] = Field(description="What is missing from the answer, or uncertain in it")
    truncated: bool = Field(description="Whether there are more rows")
    next: str | None = Field(description="The cursor of the next page")
    arguments: dict[str, Any] = Field(
        description="The arguments of the question, as the server read them"
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A parsed request.

    Attributes:
        path: The path of the question.
        arguments: Its arguments, as JSON values.
        fields: The requested columns; None means all.
        limit: The rows of a page; None means the default.
        cursor: The cursor of the page; None means the first page.
        wants_rows: Whether rows are sent instead of the whole answer.
    """

    path: str
    arguments: Mapping[str, Any]
    fields: str | None
    limit: int | None
    cursor: str | None
    wants_rows: bool

    @property
    def identity(self) -> list[Any]:
        """The parts of the request that a cursor is bound to."""
        return [self.path, dict(self.arguments)]


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of an answer.

    Attributes:
        names: The columns.
        rows: The values, as JSON values.
        start: The number of rows before the page.
        next: The cursor of the next page; None for the last page.
    """

    names: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    start: int
    next: str | None

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries with the column names as keys."""
        return [dict(zip(self.names, row, strict=True)) for row in self.rows]


def make_page(answer: Tabular, question: Question, version: int) -> Page:
    """Return the requested rows.

    Raises:
        UsageError: There is no such column, or the answer has too many rows.
        StaleError: The cursor belongs to another version.
    """
    start = read_cursor(question.cursor, version, question.identity) if question.cursor else 0
    _check_size(answer, MOST_ROWS_IN_ALL)
    names, rows = choose_columns(answer, question.fields, "fields")
    stop = start + (question.limit or USUAL_ROWS)
    found = list(islice(rows, start, stop + 1))
    more = len(found) > stop - start
    cursor = write_cursor(version, stop, question.identity) if more else None
    return Page(names, found[: stop - start], start, cursor)


def make_envelope(
    answer: Tabular, question: Question, page: Page | None, catalog: Catalog
) -> dict[str, Any]:
    """Return the envelope of an answer, or of a page of it, as JSON values."""
    if page is None:
        _check_size(answer, MOST_WHOLE_ROWS)
    sources = answer.sources()
    warnings = list(getattr(answer, "warnings", ()))
    drifted = [origin["group"] for origin in sources if origin["is_drifted"]]
    if drifted:
        warnings.append(f"{', '.join(dict.fromkeys(drifted))}: {CHANGED}")
    dates = [origin["as_of"] for origin in sources if origin["as_of"]]
    return {
        "data": answer.to_dict() if page is None else page.to_dicts(),
        "as_of": min(dates, default=None),
        "state": judge_sources(catalog.ages, sources),
        "sources": sources,
        "warnings": warnings,
        "truncated": page is not None and page.next is not None,
        "next": page.next if page else None,
        "arguments": dict(question.arguments),
    }


def _check_size(answer: Tabular, most: int) -> None:
    count = answer.count_rows()
    if count > most:
        raise UsageError(
            f"the answer has {count:,} rows, more than {most:,}",
            where="the answer",
            remedy="ask for a page with `limit`"
            if count <= MOST_ROWS_IN_ALL
            else "ask for fewer dates or groups",
        )
