"""The tables with one word per key: share classes, labels, precedence, releases."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from stockgroups.catalog.catalog import fold_label
from stockgroups.catalog.fields import Fields, check_spelling, locate
from stockgroups.catalog.tables import Tables, Value
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog.entries import SectorEntry

_COMPACT = re.compile(r"[A-Z0-9]{1,10}")
_CANONICAL = re.compile(r"[A-Z0-9]{1,10}(\.[A-Z])?")


def read_share_classes(tables: Tables) -> dict[str, str]:
    """Return the canonical symbols by their compact spellings; misprints are among them."""
    mapping: dict[str, str] = {}
    for table in ("share_classes", "misprints"):
        for compact, value in tables[table].items():
            where = locate(value.file, table, compact)
            check_spelling(compact, _COMPACT, "a symbol without dots", where)
            canonical = _text(value, where)
            check_spelling(canonical, _CANONICAL, "a canonical US symbol", where)
            if table == "share_classes" and canonical.replace(".", "") != compact:
                raise CatalogError(
                    f"{canonical} is not {compact} with a dot in it",
                    where=where,
                    remedy="write it under [misprints] if an issuer means that share by it",
                )
            if compact in mapping:
                raise CatalogError(
                    "the spelling is already among the share classes",
                    where=where,
                    remedy="leave it in one table",
                )
            mapping[compact] = canonical
    return mapping


def read_sector_labels(tables: Tables, sectors: Mapping[str, SectorEntry]) -> dict[str, str]:
    """Return the sector keys by folded label; every sector's key and name are labels of it."""
    labels: dict[str, str] = {}
    for key, sector in sectors.items():
        labels[fold_label(key)] = key
        labels[fold_label(sector.name)] = key
    for label, value in tables["labels"].items():
        where = locate(value.file, "labels", label)
        key = _text(value, where)
        if key not in sectors:
            raise CatalogError(
                f"{key!r} is not a sector", where=where, remedy=f"use one of {', '.join(sectors)}"
            )
        if labels.setdefault(fold_label(label), key) != key:
            raise CatalogError(
                f"the label already means {labels[fold_label(label)]}",
                where=where,
                remedy="assign it to one sector",
            )
    return labels


def read_sector_precedence(tables: Tables, sectors: Mapping[str, SectorEntry]) -> tuple[str, ...]:
    """Return every sector once, those of the file's `order` first."""
    order: tuple[str, ...] = ()
    for key, value in tables["sector_precedence"].items():
        fields = Fields("sector_precedence", key, Value({key: value.content}, value.file))
        order = fields.choices("order", sectors)
        fields.close()
    return order + tuple(key for key in sectors if key not in order)


def read_index_releases(tables: Tables) -> dict[str, dt.date]:
    """Return the release dates of the index package by its versions."""
    return {key: _release(key, value) for key, value in tables["index_releases"].items()}


def _release(version: str, value: Value) -> dt.date:
    where = locate(value.file, "index_releases", version)
    if not isinstance(value.content, dt.date) or isinstance(value.content, dt.datetime):
        raise CatalogError(
            f"the release date is {value.content!r}, not a date",
            where=where,
            remedy="write it as 2026-03-09, without quotes",
        )
    return value.content


def _text(value: Value, where: str) -> str:
    if not isinstance(value.content, str):
        raise CatalogError(
            f"the value is {value.content!r}, not a text", where=where, remedy="put it in quotes"
        )
    return value.content
