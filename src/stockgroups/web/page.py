"""A page before it is written: its template, and what this is given."""

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
        address: What was asked.
        values: What the template is given besides.
        asked_by: Which parameters of the moment it has fields for.
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
        """The type as HTTP names it."""
        return HTML

    @property
    def day(self) -> str:
        """The day that is asked about, as a field for dates takes it; nothing for today."""
        return str(read_day(self.address.get("as_of")) or "")

    @property
    def time(self) -> str:
        """The time by which it was known, likewise."""
        known_at = read_known_at(self.address.get("known_at"))
        return f"{known_at.astimezone(dt.UTC):%Y-%m-%dT%H:%M}" if known_at else ""

    @property
    def public(self) -> str:
        """The day by which it was public, likewise."""
        return str(read_day(self.address.get("published_by"), "published_by") or "")

    @property
    def twins(self) -> list[tuple[str, str]]:
        """The same answer for programs: the form and the address."""
        if self.twin is None:
            return []
        path, given = self.twin
        return [(form, write_address(f"/v1{path}.{form}", given)) for form in self.forms]

    def write(self) -> bytes:
        """Return the page."""
        return render(self.template, page=self, address=self.address, **self.values)


@dataclass(frozen=True, slots=True)
class File:
    """A file that pages load."""

    media_type: str
    content: bytes

    def write(self) -> bytes:
        """Return its bytes."""
        return self.content
