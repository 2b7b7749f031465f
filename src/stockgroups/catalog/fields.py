"""The fields of one entry, taken out one by one; a field that is left over is a mistake."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import TYPE_CHECKING, Any, TypeVar, cast

from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from pathlib import Path

    from stockgroups.catalog.tables import Tables, Value

    Spelling = tuple[re.Pattern[str], str]
    """The pattern of a text, and the words for it."""

Entry = TypeVar("Entry")
MOST_DOLLARS = 1e18
MOST_DAYS = 36_525
"""A hundred years."""


def locate(file: Path, table: str, key: str) -> str:
    """Return the place of an entry, for an error's `where`."""
    return f"{file} [{table}.{key}]"


def check_spelling(text: str, pattern: re.Pattern[str], right: str, where: str) -> None:
    """Raise CatalogError if the text does not match `pattern`, which `right` describes."""
    if not pattern.fullmatch(text):
        raise CatalogError(f"{text!r} is not {right}", where=where, remedy=f"write {right}")


def read_day(text: str, where: str) -> dt.date:
    """Return the date that a text is in ISO. Raise CatalogError for any other text."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise CatalogError(
            f"{text!r} is not a date", where=where, remedy='write it as "2026-03-09"'
        ) from error


def read_entries(
    kind: type[Entry], table: str, spelling: Spelling, tables: Tables
) -> dict[str, Entry]:
    """Return the entries of a table as the dataclass `kind` describes them (see `entries`), by key.

    `spelling` is that of the keys. Raise CatalogError for the first mistake.
    """
    first, *others = dataclasses.fields(kind)  # type: ignore[arg-type]  # a dataclass
    found = {}
    for key, value in tables[table].items():
        fields = Fields(table, key, value, spelling)
        taken = {field.name: fields.take(field, tables) for field in others}
        fields.close()
        found[key] = kind(**{first.name: key}, **taken)
    return found


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) and one.strip() for one in value)


class Fields:
    """One entry on its way from TOML to a type.

    Every method takes one field out and raises CatalogError, naming file and key, when the field
    is missing or of another type.
    """

    def __init__(
        self, table: str, key: str, value: Value, spelling: Spelling | None = None
    ) -> None:
        """Hold the fields of `[table.key]`.

        Raise CatalogError when it is not a table, or the key has another spelling.
        """
        self.key = key
        self.where = locate(value.file, table, key)
        if spelling:
            check_spelling(key, *spelling, self.where)
        if not isinstance(value.content, dict):
            raise CatalogError(
                "the entry is not a table of fields",
                where=self.where,
                remedy=f"write its fields under [{table}.{key}]",
            )
        self._left: dict[str, Any] = dict(value.content)

    def take(self, field: dataclasses.Field[Any], known: Mapping[str, Mapping[str, object]]) -> Any:
        """Take the value of a dataclass's field."""
        name, rules, default = field.name, field.metadata, cast("Any", field.default)
        value: Any
        match field.type:
            case "str":
                value = self.text(name)
            case "str | None":
                value = self.optional_text(name)
            case "tuple[str, ...]":
                value = self.texts(name, least=rules.get("least", 0))
            case "bool":
                value = self.flag(name, default=default)
            case "int":
                value = self.whole_number(name, default=default, most=rules["most"])
            case "float | None":
                value = self.optional_amount(name)
            case "float":
                value = self.optional_amount(name) or default
            case other:
                raise TypeError(f"{name} has the type {other}, which no field has")
        if "of" in rules and value is not None:
            for one in value if isinstance(value, tuple) else (value,):
                self._known(name, one, known[rules["of"]])
        return value

    def text(self, name: str) -> str:
        """Take a text that must be there and not be blank."""
        value = self.optional_text(name)
        if value is None:
            raise CatalogError(f"{name} is missing", where=self.where, remedy=f"give it a {name}")
        if not value.strip():
            raise CatalogError(f"{name} is blank", where=self.where, remedy="give it a value")
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
        if not _is_texts(value):
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

    def text_table(self, name: str) -> dict[str, str]:
        """Take a table of texts by texts, empty where there is none."""
        value = self._left.pop(name, {})
        if not isinstance(value, dict) or not all(map(_is_text, value.values())):
            raise self._wrong_type(name, value, "a table of texts")
        return dict(value)

    def text_tables(self, name: str) -> dict[str, dict[str, str]]:
        """Take a table of tables of texts by texts, empty where there is none."""
        value = self._left.pop(name, {})
        tables = value.values() if isinstance(value, dict) else [None]
        if not all(isinstance(t, dict) and all(map(_is_text, t.values())) for t in tables):
            raise self._wrong_type(name, value, "tables of texts")
        return {key: dict(table) for key, table in value.items()}

    def text_lists(self, name: str) -> dict[str, dict[str, tuple[str, ...]]]:
        """Take a table of tables of lists of texts, empty where there is none."""
        value = self._left.pop(name, {})
        tables = value.values() if isinstance(value, dict) else [None]
        if not all(
            isinstance(table, dict) and all(_is_texts(texts) for texts in table.values())
            for table in tables
        ):
            raise self._wrong_type(name, value, "tables of lists of texts")
        return {
            key: {of: tuple(texts) for of, texts in table.items()} for key, table in value.items()
        }

    def flag(self, name: str, *, default: bool) -> bool:
        """Take true or false."""
        value = self._left.pop(name, default)
        if not isinstance(value, bool):
            raise self._wrong_type(name, value, "true or false")
        return value

    def whole_number(self, name: str, *, default: int, most: int) -> int:
        """Take a whole number from 0 to `most`."""
        value = self._left.pop(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            raise self._wrong_type(name, value, f"a whole number from 0 to {most}")
        return value

    def optional_days(self, name: str) -> int | None:
        """Take a whole number of days above 0, None when there is none."""
        if name not in self._left:
            return None
        days = self.whole_number(name, default=0, most=MOST_DAYS)
        if not days:
            raise self._wrong_type(name, days, f"a number of days from 1 to {MOST_DAYS}")
        return days

    def optional_amount(self, name: str) -> float | None:
        """Take a number above 0, None when there is none."""
        value = self._left.pop(name, None)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong_type(name, value, "a number above 0")
        if not 0 < value <= MOST_DOLLARS:  # a longer number has no float
            raise self._wrong_type(name, value, f"a number above 0, {MOST_DOLLARS:g} at most")
        return float(value)

    def choice(self, name: str, known: Mapping[str, object]) -> str:
        """Take a text that must be a key of `known`."""
        return self._known(name, self.text(name), known)

    def optional_choice(self, name: str, known: Mapping[str, object]) -> str | None:
        """Take a text that must be a key of `known`, None when there is none."""
        value = self.optional_text(name)
        return None if value is None else self._known(name, value, known)

    def choices(self, name: str, known: Mapping[str, object]) -> tuple[str, ...]:
        """Take a list of keys of `known`, which may be empty or missing."""
        return tuple(self._known(name, value, known) for value in self.texts(name, least=0))

    def close(self) -> None:
        """Raise CatalogError if a field has not been taken, because it is unknown."""
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
