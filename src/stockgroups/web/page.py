"""A page before it is written: its template and the values for it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.api.moments import read_day, read_known_at
from stockgroups.web.address import write_address
from stockgroups.web.markup import render

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.web.address import Address

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, which needs no database any more.

    Attributes:
        address: The requested address.
        values: Further values for the template.
        asked_by: The time parameters for which it has fields.
        twin: The question under `/v1` whose answer it shows, with its parameters; None: none.
        forms: The endings of this question's other forms.
    """

    template: str
    address: Address
    title: str
    values: Mapping[str, Any] = field(default_factory=dict)
    asked_by: Sequence[str] = ()
    twin: tuple[str, Mapping[str, object]] | None = None
    forms: Sequence[str] = ("json", "csv")

    @property
    def media_type(self) -> str:
        """The media type in HTTP."""
        return HTML

    @property
    def day(self) -> str:
        """The `as_of` day, in the form of a date field; empty for today."""
        return str(read_day(self.address.get("as_of")) or "")

    @property
    def time(self) -> str:
        """The `known_at` time, in the form of a time field; empty if it is not given."""
        known_at = read_known_at(self.address.get("known_at"))
        return f"{known_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M}" if known_at else ""

    @property
    def public(self) -> str:
        """The `published_by` day, in the form of a date field; empty if it is not given."""
        return str(read_day(self.address.get("published_by"), "published_by") or "")

    @property
    def twins(self) -> list[tuple[str, str]]:
        """The forms of the same answer for programs, with their addresses."""
        if self.twin is None:
            return []
        path, given = self.twin
        return [(form, write_address(f"/v1{path}.{form}", given)) for form in self.forms]

    def write(self) -> bytes:
        """Return the page."""
        return render(self.template, page=self, address=self.address, **self.values)


@dataclass(frozen=True, slots=True)
class File:
    """A static file."""

    media_type: str
    content: bytes

    def write(self) -> bytes:
        """Return its bytes."""
        return self.content
