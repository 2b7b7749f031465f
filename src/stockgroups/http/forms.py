"""The forms of an answer: JSON with its envelope, and the same rows as CSV and as Parquet."""

from __future__ import annotations

import csv
import io
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from stockgroups.queries.columns import make_cell
from stockgroups.queries.frames import import_package
from stockgroups.text import escape

if TYPE_CHECKING:
    from stockgroups.http.envelope import Page
    from stockgroups.queries.frames import Tabular


class Form(StrEnum):
    """The form of an answer: the ending of the path."""

    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"

    @property
    def media_type(self) -> str:
        """The media type in HTTP."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    Form.JSON: "application/json",
    Form.CSV: "text/csv; charset=utf-8; header=present",
    Form.PARQUET: "application/vnd.apache.parquet",
}


_ENDINGS = {form.value: form for form in Form}


def split_form(path: str) -> tuple[str, Form | None]:
    """Return a path without its ending, and the form of the ending; None without an ending."""
    kept, _, ending = path.rpartition(".")
    form = _ENDINGS.get(ending)
    return (path, None) if form is None or kept.endswith("/") else (kept, form)


def write_json(value: Any) -> bytes:
    """Return a value as JSON; NaN, which older tables may have, becomes null."""
    return to_json(value, inf_nan_mode="null")


def write_csv(page: Page) -> bytes:
    """Return rows as CSV, in the form of the command line."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([escape(name) for name in page.names])
    writer.writerows([escape(make_cell(value)) for value in row] for row in page.rows)
    return file.getvalue().encode()


def write_parquet(answer: Tabular, page: Page) -> bytes:
    """Return rows as Parquet, with the types of the answer's columns.

    Raises UsageError if pyarrow is missing.
    """
    parquet = import_package("pyarrow.parquet", "pip install 'stockgroups[export]'")
    table = answer.to_arrow().slice(page.start, len(page.rows)).select(list(page.names))
    file = io.BytesIO()
    parquet.write_table(table, file, compression="zstd")
    return file.getvalue()
