"""The markets of the lines in J.P. Morgan's workbooks: `ROG` is Roche in a global fund."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field
from stockgroups.readers.holdings.origins import HOME, list_by_incorporation, list_by_market
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_HOMES = frozenset({"US", "USA", "UNITED STATES", "UNITED STATES OF AMERICA"})


def read_workbook(_: Document, read: Callable[[], FileColumns]) -> FileColumns:
    """Read a workbook, with each line's market by its country if no currency gives it."""
    printed = read()
    columns = printed.columns
    if Field.CURRENCY in columns or Field.COUNTRY not in columns:
        return printed
    countries = [
        "" if country in NULLS else HOME if country.upper() in _HOMES else country
        for country in columns[Field.COUNTRY]
    ]
    listings = list_by_market(columns, list_by_incorporation(countries))
    return replace(printed, columns={**columns, Field.LISTING: listings})
