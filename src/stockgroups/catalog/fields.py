"""The fields of one entry, taken out one by one; what is then left over is a mistake."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from pathlib import Path

    from stockgroups.catalog.tables import Value


def locate(file: Path, table: str, key: str) -> str:
    """Return where an entry stands, for an error's `where`."""
    return f"{file} [{table}.{key}]"


def check_spelling(text: str, pattern: re.Pattern[str], right: str, where: str) -> None:
    """Raise CatalogError when the text is not spelt like `pattern`, which `right` describes."""
    if not pattern.fullmatch(text):
        raise CatalogError(f"{text!r} is not {right}", where=where, remedy=f"write {right}")


class Fields:
    """One entry on its way from TOML to a type.

    Every method takes one field out and raises CatalogError, naming file and key, when the field
    is missing or of another type.
    """

    def __init__(self, table: str, key: str, value: Value) -> None:
        """Hold the fields of `[table.key]`. Raise CatalogError when it is not a table."""
        self.key = key
        self.where = locate(value.file, table, key)
        if not isinstance(value.content, dict):
            raise CatalogError(
                "the entry is no table of fields",
                where=self.where,
                remedy=f"write its fields under [{table}.{key}]",
            )
        self._left: dict[str, Any] = dict(value.content)

    def text(self, name: str) -> str:
        """Take a text that must be there and not be blank."""
        value = self.optional_text(name)
        if value is None:
            raise CatalogError(f"{name} is missing", where=self.where, remedy=f"give it a {name}")
        if not value.strip():
            raise CatalogError(f"{name} is blank", where=self.where, remedy="write it out")
        return value

    def optional_text(self, name: str) -> str | None:
        """Take a text, None when there is none."""
        value = self._left.pop(name, None)
        if value is not None and not isinstance(value, str):
            raise self._wrong_type(name, value, "a text in quotes")
        return value

    def texts(self, name: str, *, least: int) -> tuple[str, ...]:
        """Take a list of at least so many different texts; with `least` 0 it may be missing."""
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(
            isinstance(item, str) and item.strip() for item in value
        ):
            raise self._wrong_type(name, value, "a list of texts")
        if len(value) < least:
            raise CatalogError(
                f"{name} is missing or too short", where=self.where, remedy=f"list {least} or more"
            )
        if twice := sorted({item for item in value if value.count(item) > 1}):
            raise CatalogError(
                f"{name} holds {', '.join(twice)} twice", where=self.where, remedy="once is enough"
            )
        return tuple(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self._wrong_type(name, value, "true or false")
        return value

    def whole_number(self, name: str, *, default: int) -> int:
        """Take a whole number of 0 or more."""
        value = self._left.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self._wrong_type(name, value, "a whole number of 0 or more")
        return value

    def optional_amount(self, name: str) -> float | None:
        """Take a number above 0, None when there is none."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong_type(name, value, "a number above 0")
        if not (value > 0 and math.isfinite(value)):
            raise self._wrong_type(name, value, "a number above 0")
        return float(value)

    def choice(self, name: str, known: Mapping[str, object]) -> str:
        """Take a text that must be a key of `known`."""
        return self._known(name, self.text(name), known)

    def optional_choice(self, name: str, known: Mapping[str, object]) -> str | None:
        """Take a key of `known`, None when there is none."""
        value = self.optional_text(name)
        return None if value is None else self._known(name, value, known)

    def choices(self, name: str, known: Mapping[str, object]) -> tuple[str, ...]:
        """Take a list of keys of `known`, which may be empty or missing."""
        return tuple(self._known(name, value, known) for value in self.texts(name, least=0))

    def close(self) -> None:
        """Raise CatalogError when a field has not been taken: nothing knows it."""
        if self._left:
            raise CatalogError(
                f"unknown field {', '.join(sorted(self._left))}",
                where=self.where,
                remedy="correct its spelling; docs/catalogs.md lists the fields",
            )

    def _known(self, name: str, value: str, known: Mapping[str, object]) -> str:
        if value not in known:
            raise CatalogError(
                f"{name} names {value!r}, which is in no catalogue",
                where=self.where,
                remedy=f"use one of {', '.join(known)}, or add it",
            )
        return value

    def _wrong_type(self, name: str, value: object, right: str) -> CatalogError:
        return CatalogError(
            f"{name} is {value!r}, not {right}", where=self.where, remedy=f"write {right}"
        )
