"""The TOML files of a catalogue: shipped ones, and a user's laid over them field by field."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

SHIPPED = Path(__file__).parent / "data"

# Every file, and the tables that it may hold.
FILES = {
    "etfs.toml": ("kinds", "etfs", "former_tickers"),
    "sectors.toml": ("sectors",),
    "themes.toml": ("themes",),
    "universes.toml": ("universes",),
    "exchanges.toml": ("exchanges",),
    "share_classes.toml": ("share_classes", "misprints"),
    "labels.toml": ("labels", "sector_precedence"),
    "taxonomies.toml": ("label_changes", "no_sector", "nasdaq_screener"),
    "industries.toml": ("industry_labels",),
    "overrides.toml": ("sector_overrides",),
    "index_releases.toml": ("index_releases",),
    "aliases.toml": ("aliases",),
    "tenures.toml": ("tenures",),
    "freshness.toml": ("freshness", "source_freshness"),
    "fetch.toml": ("sources", "endpoints", "fund_ids"),
    "formats.toml": ("formats",),
}

MAX_BYTES = 1 << 20  # forty times the largest shipped file


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a TOML file, and the file that it comes from."""

    content: Any
    file: Path


# table -> key -> value; the keys of a table stand in the order of the files, shipped ones first
Tables = dict[str, dict[str, Value]]


def read_tables(folder: Path, only: str | None = None) -> Tables:
    """Read all files of a catalogue that the folder holds, or `only` that of one name.

    Raise CatalogError for a file that is no catalogue, cannot be read or holds an unknown table.
    """
    try:
        paths = sorted(
            path
            for path in folder.iterdir()
            if path.suffix == ".toml" and only in (None, path.name)
        )
    except OSError as error:
        raise CatalogError(
            f"the folder cannot be read ({error.strerror})",
            where=str(folder),
            remedy="name a folder that holds catalogue files",
        ) from error
    tables: Tables = {table: {} for names in FILES.values() for table in names}
    for path in paths:
        names = FILES.get(path.name)
        if names is None:
            raise CatalogError(
                "no catalogue has this file name",
                where=str(path),
                remedy=f"use one of {', '.join(FILES)}",
            )
        for table, content in _parse(path).items():
            if table not in names:
                raise CatalogError(
                    f"unknown table [{table}]",
                    where=str(path),
                    remedy=f"this file may hold {', '.join(names)}",
                )
            if not isinstance(content, dict):
                raise CatalogError(
                    f"[{table}] is not a table", where=str(path), remedy=f"write [{table}] above it"
                )
            tables[table] = {key: Value(value, path) for key, value in content.items()}
    return tables


def overlay(shipped: Tables, user: Tables) -> Tables:
    """Lay the user's entries over the shipped ones.

    An entry that is itself a table keeps the fields that the user's does not name; any other value
    is replaced. Neither argument is changed.
    """
    merged: Tables = {}
    for table, entries in shipped.items():
        merged[table] = dict(entries)
        for key, value in user[table].items():
            merged[table][key] = _overlay_value(entries.get(key), value)
    return merged


def _overlay_value(below: Value | None, above: Value) -> Value:
    if below and isinstance(below.content, dict) and isinstance(above.content, dict):
        return Value(below.content | above.content, above.file)
    return above


def _parse(path: Path) -> Mapping[str, Any]:
    content = _read(path)
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _refuse(path, "it is not UTF-8 text", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise _refuse(path, str(error), "correct the line it names") from error
    except (ValueError, RecursionError) as error:  # Python's own limits
        what = "a number is too long, or brackets are nested too deeply"
        raise _refuse(path, what, "correct it") from error


def _read(path: Path) -> bytes:
    if not path.is_file():  # to read a pipe could block
        raise CatalogError("it is not a file", where=str(path), remedy="put a TOML file there")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise CatalogError(
            f"the file cannot be read ({error.strerror})", where=str(path)
        ) from error
    if len(content) > MAX_BYTES:
        raise CatalogError(f"the file is larger than {MAX_BYTES} bytes", where=str(path))
    return content


def _refuse(path: Path, what: str, remedy: str) -> CatalogError:
    return CatalogError(
        f"not a TOML file ({what})",
        where=str(path),
        remedy=f"{remedy}; docs/catalogs.md describes the files",
    )
