"""Rows of an answer as a page shows them: those with a text, sorted, a part at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.web.address import Address

ROWS = 100
"""Rows of a page."""
LISTED = ("q", "sort", "page")
"""The parameters of a listing."""
MOST_PAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Some rows, with what is needed to ask for others.

    Attributes:
        rows: The rows of this page.
        columns: The columns by which may be sorted.
        found: How many rows there are with the text.
        total: How many there are in all.
        sort: The column that they are sorted by, with `-` in front for the largest first; None: as
            the answer has them.
        page: The number of this page.
        pages: How many there are.
    """

    rows: Sequence[Mapping[str, Any]]
    columns: Sequence[str]
    found: int
    total: int
    sort: str | None
    page: int
    pages: int

    @property
    def first(self) -> int:
        """The number of the first row, counted from 1."""
        return (self.page - 1) * ROWS + 1

    @property
    def last(self) -> int:
        """The number of the last row."""
        return self.first + len(self.rows) - 1

    def direction(self, column: str) -> str | None:
        """Return how the rows are sorted by a column, as ARIA calls it; None: by another."""
        if self.sort == column:
            return "ascending"
        return "descending" if self.sort == f"-{column}" else None

    def next_sort(self, column: str, number: bool) -> str:
        """Return the sort that a click on a column asks for: of numbers the largest first."""
        if number:
            return column if self.sort == f"-{column}" else f"-{column}"
        return f"-{column}" if self.sort == column else column


def list_rows(
    address: Address,
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    searched: Sequence[str],
    chosen: Sequence[str] = (),
) -> Listing:
    """Return the rows that an address asks for.

    Args:
        address: Its `q` is a text that the rows have, its `sort` a column, its `page` a number.
        rows: All rows.
        columns: Those by which may be sorted.
        searched: Those in which the text is looked for.
        chosen: Those of which the address may choose a value, as in `sector=energy`.

    Raises:
        UsageError: There is no such column or page.
    """
    told = list(rows)
    found = told
    text = (address.get("q") or "").casefold()
    if text:
        found = [
            row for row in found if any(text in str(row[c] or "").casefold() for c in searched)
        ]
    for column in chosen:
        value = address.get(column)
        if value is not None:
            found = [row for row in found if row[column] == value]
    sort = address.get("sort")
    if sort is not None:
        column = sort.removeprefix("-")
        if column not in columns:
            raise UsageError(
                f"no column {column!r}", where="sort", remedy=f"use one of {', '.join(columns)}"
            )
        known = [row for row in found if row[column] is not None]
        known.sort(key=lambda row: row[column], reverse=sort.startswith("-"))
        found = known + [row for row in found if row[column] is None]
    pages = max(1, -(-len(found) // ROWS))
    page = address.number("page", 1, 1, MOST_PAGES) or 1
    if page > pages:
        raise UsageError(
            f"no page {page:,}", where="page", remedy=f"the last one is page {pages:,}"
        )
    start = (page - 1) * ROWS
    return Listing(found[start : start + ROWS], columns, len(found), len(told), sort, page, pages)
