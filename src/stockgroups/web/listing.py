"""Rows of an answer on a page: filtered by a text, sorted, and split into pages."""

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
    """Some rows, with the values for links to other rows.

    Attributes:
        rows: The rows of this page.
        columns: The sortable columns.
        found: The number of rows with the text.
        total: The number of all rows.
        sort: The sort column, with `-` in front for descending order; None: the answer's order.
        page: The number of this page.
        pages: The number of pages.
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
        """Return the sort direction of a column, as an ARIA value; None if it is not sorted."""
        if self.sort == column:
            return "ascending"
        return "descending" if self.sort == f"-{column}" else None

    def next_sort(self, column: str, number: bool) -> str:
        """Return the sort order after a click on a column; numbers begin with the largest."""
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
        address: `q` is a text to search for, `sort` a column, `page` a number.
        rows: All rows.
        columns: The sortable columns.
        searched: The columns that are searched for the text.
        chosen: The columns that the address may filter by value, such as `sector=energy`.

    Raises:
        UsageError: There is no such column or page.
    """
    every = list(rows)
    found = every
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
                f"unknown column {column!r}",
                where="sort",
                remedy=f"use one of {', '.join(columns)}",
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
    return Listing(found[start : start + ROWS], columns, len(found), len(every), sort, page, pages)
