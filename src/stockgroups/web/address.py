"""The address of a page: its parameters, and links to other pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from stockgroups.errors import UsageError
from stockgroups.text import advise_nearest

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MOMENT = ("as_of", "known_at", "max_age", "published_by", "source")
"""The time parameters. Links keep them."""
FIELDS = ("as_of", "known_at", "published_by")
"""The time parameters for which pages have fields."""
MOST_DAYS = 100_000
MOST_GUESSED = 20


@dataclass(frozen=True, slots=True)
class Address:
    """A path and its parameters. A blank parameter, as forms send it, counts as not given."""

    path: str
    given: Mapping[str, str]

    @classmethod
    def read(cls, path: str, query: str) -> Address:
        """Return the address. Raises UsageError if a parameter is given twice."""
        parts = _split(query)
        given: dict[str, str] = {}
        for name, value in parts:
            if name in given:
                raise UsageError(
                    f"the parameter {name!r} is given twice",
                    where="the address",
                    remedy="give it once",
                )
            given[name] = value
        return cls(path, given)

    @classmethod
    def guess(cls, path: str, query: str) -> Address:
        """Return the address as far as it can be read; the last of repeated parameters wins."""
        return cls(path, dict(_split(query)[:MOST_GUESSED]))

    def check(self, known: Collection[str]) -> None:
        """Raise UsageError for parameters that the page does not have."""
        for name in self.given:
            if name not in known:
                words = ", ".join(sorted(known))
                rest = f"the parameters are {words}" if words else "the page has none"
                raise UsageError(
                    f"unknown parameter {name!r}",
                    where="the address",
                    remedy=advise_nearest(name, sorted(known), rest, most=1),
                )

    def get(self, name: str) -> str | None:
        """Return a parameter; None if it is not given."""
        return self.given.get(name)

    def choose(self, name: str, choices: Collection[str], usual: str) -> str:
        """Return a parameter that is one of `choices`. Raises UsageError for another value."""
        value = self.given.get(name, usual)
        if value not in choices:
            raise UsageError(
                f"unknown {name} {value!r}", where=name, remedy=f"use one of {', '.join(choices)}"
            )
        return value

    def number(self, name: str, usual: int | None, least: int, most: int) -> int | None:
        """Return a parameter that is an integer from `least` to `most`, else raise UsageError."""
        value = self.given.get(name)
        if value is None:
            return usual
        if not (value.isascii() and value.isdigit() and least <= int(value[:9]) <= most):
            raise UsageError(
                f"{value[:20]!r} is not a number from {least} to {most:,}",
                where=name,
                remedy="give one, or leave it out",
            )
        return int(value[:9])

    @property
    def asked(self) -> dict[str, Any]:
        """The time parameters, as arguments of the methods of `Database`.

        Raises UsageError if the age is not a number.
        """
        max_age = self.number("max_age", None, 0, MOST_DAYS)
        return {**self.moment, "max_age": max_age}

    @property
    def moment(self) -> dict[str, str]:
        """The given time parameters."""
        return {name: self.given[name] for name in MOMENT if name in self.given}

    def link(self, path: str, **given: object) -> str:
        """Return the address of another page with the same time parameters.

        Args:
            path: The path, as made by `path_to`.
            given: Its parameters; None: not given.
        """
        return write_address(path, self.moment | given)

    def keep(self, path: str, *names: str, **given: object) -> str:
        """Return the address of another page with only these time parameters."""
        return write_address(path, {name: self.given.get(name) for name in names} | given)

    @property
    def begin(self) -> str:
        """The address of this page without parameters. It never leads to another host."""
        return "/" + quote(self.path.lstrip("/"), safe="/")

    def change(self, **given: object) -> str:
        """Return the address of this page with changed parameters; None removes one."""
        return write_address(self.begin, dict(self.given) | given)


def _split(query: str) -> list[tuple[str, str]]:
    """Return the non-blank parameters."""
    pairs = parse_qsl(query, errors="replace")
    return [(name, value.strip()) for name, value in pairs if value.strip()]


def path_to(*parts: str) -> str:
    """Return the path of a page, with every name escaped."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)


def write_address(path: str, given: Mapping[str, object]) -> str:
    """Return a path with the parameters that are not None."""
    values = {name: str(value) for name, value in given.items() if value is not None}
    return f"{path}?{urlencode(values)}" if values else path


def path_of(kind: str, key: str, *more: str) -> str:
    """Return the path of the page of a group, a stock or an industry, or of a part of it."""
    return path_to(kind.lower(), key, *more)
