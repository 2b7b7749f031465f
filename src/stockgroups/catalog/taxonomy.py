"""The meaning of sources' labels: the sector and industry of each, and from when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from stockgroups.catalog.catalog import fold_label
from stockgroups.catalog.fields import Fields, locate, read_day
from stockgroups.catalog.tables import SHIPPED, Tables, Value
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from stockgroups.catalog.entries import SectorEntry

SCREENER = "nasdaq_screener"


@dataclass(frozen=True, slots=True)
class LabelChange:
    """A day on which companies moved between sectors, and the former meanings of labels."""

    date: dt.date
    labels_before: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The labels of sources, with the sectors and industries of the catalogue.

    All labels are folded. `changes` are in the order of their days. `industries` maps a sector and
    a label to the industry; `not_sectors` are words in a column of sectors that mean no sector. The
    screener's words have meanings of their own.
    """

    labels: Mapping[str, str]
    changes: tuple[LabelChange, ...]
    not_sectors: frozenset[str]
    industries: Mapping[tuple[str, str], str]
    screener_sectors: Mapping[str, str]
    screener_industries: Mapping[str, str]
    screener_unclear: frozenset[str]

    def valid_since(self, on: dt.date | None) -> dt.date:
        """Return the day of the last change by then (None: now); older labels are void."""
        days = [change.date for change in self.changes if on is None or change.date <= on]
        return days[-1] if days else dt.date.min

    def sector_of(self, label: str, on: dt.date | None = None) -> str | None:
        """Return the sector that an issuer meant by the label on a day (None: now), or None."""
        folded = fold_label(label)
        if on is not None:
            for change in self.changes:
                if change.date > on and folded in change.labels_before:
                    return change.labels_before[folded]
        return self.labels.get(folded)

    def sector_of_screener(self, sector: str, industry: str | None) -> str | None:
        """Return the sector that the screener's two words mean together; None if they are vague."""
        folded = fold_label(industry or "")
        if folded in self.screener_unclear:
            return None
        found = self.screener_industries.get(folded)
        return found or self.screener_sectors.get(fold_label(sector))

    def industry_of(self, sector: str, label: str) -> str | None:
        """Return the industry of the sector that a source calls `label`, or None."""
        return self.industries.get((sector, fold_label(label)))

    def knows(self, label: str) -> bool:
        """Return whether an issuer's label is in any table, even as a word without a sector."""
        folded = fold_label(label)
        return (
            folded in self.labels
            or folded in self.not_sectors
            or any(folded in change.labels_before for change in self.changes)
        )

    def screener_knows(self, sector: str) -> bool:
        """Return whether the screener's sector is in its taxonomy, or a word without a sector."""
        folded = fold_label(sector)
        return folded in self.screener_sectors or folded == "miscellaneous"


def read_taxonomy(
    tables: Tables, sectors: Mapping[str, SectorEntry], labels: Mapping[str, str]
) -> Taxonomy:
    """Read the meanings of labels. Raise CatalogError for the first mistake found."""
    by_sector: dict[str, str] = {}
    by_industry: dict[str, str] = {}
    unclear: list[str] = []
    for key, value in tables[SCREENER].items():
        if key == "unclear":
            unclear = _list(SCREENER, key, value)
        elif key in ("sectors", "industries"):
            target = by_sector if key == "sectors" else by_industry
            target.update(_sector_words(f"{SCREENER}.{key}", value, sectors))
        else:
            raise _unknown(SCREENER, key, value, "sectors, industries and unclear")
    nothing: list[str] = []
    for key, value in tables["no_sector"].items():
        if key != "labels":
            raise _unknown("no_sector", key, value, "labels")
        nothing = _list("no_sector", key, value)
    return Taxonomy(
        labels=MappingProxyType(dict(labels)),
        changes=tuple(
            sorted(_changes(tables["label_changes"], sectors), key=lambda change: change.date)
        ),
        not_sectors=frozenset(map(fold_label, nothing)) - labels.keys(),
        industries=MappingProxyType(_industries(tables, sectors)),
        screener_sectors=MappingProxyType(by_sector),
        screener_industries=MappingProxyType(by_industry),
        screener_unclear=frozenset(map(fold_label, unclear)),
    )


def _changes(
    entries: Mapping[str, Value], sectors: Mapping[str, SectorEntry]
) -> Iterator[LabelChange]:
    for key, value in entries.items():
        date = read_day(key, locate(value.file, "label_changes", key))
        words = _sector_words("label_changes", value, sectors, key)
        yield LabelChange(date, MappingProxyType(words))


def _industries(tables: Tables, sectors: Mapping[str, SectorEntry]) -> dict[tuple[str, str], str]:
    found = {
        (key, fold_label(industry)): industry
        for key, sector in sectors.items()
        for industry in sector.industries
    }
    for key, value in tables["industry_labels"].items():
        where = locate(value.file, "industry_labels", key)
        if key not in sectors:
            raise _no_sector(key, where, sectors)
        for industry, labels in _table(value, where).items():
            if industry not in sectors[key].industries:
                # A user who divides a sector differently need not repeat where each label belongs.
                if tables["sectors"][key].file.parent != SHIPPED:
                    continue
                raise CatalogError(
                    f"{industry!r} is not an industry of {key}",
                    where=where,
                    remedy="add it to the sector's industries, or correct its spelling",
                )
            for label in _list("industry_labels", key, Value(labels, value.file)):
                if found.setdefault((key, fold_label(label)), industry) != industry:
                    raise CatalogError(
                        f"{label!r} already means {found[key, fold_label(label)]}",
                        where=where,
                        remedy="assign it to one industry",
                    )
    return found


def _sector_words(
    table: str, value: Value, sectors: Mapping[str, SectorEntry], key: str | None = None
) -> dict[str, str]:
    """Return the sectors by their folded labels, of one table of them."""
    where = locate(value.file, table, key) if key else f"{value.file} [{table}]"
    words = {}
    for label, sector in _table(value, where).items():
        if sector not in sectors:
            raise _no_sector(sector, where, sectors)
        words[fold_label(label)] = str(sector)
    return words


def _table(value: Value, where: str) -> dict[str, Any]:
    if not isinstance(value.content, dict):
        raise CatalogError(
            "the entry is not a table", where=where, remedy="write its labels under that heading"
        )
    return value.content


def _list(table: str, key: str, value: Value) -> list[str]:
    fields = Fields(table, key, Value({key: value.content}, value.file))
    return list(fields.texts(key, least=0))


def _no_sector(key: object, where: str, sectors: Mapping[str, SectorEntry]) -> CatalogError:
    return CatalogError(
        f"{key!r} is not a sector", where=where, remedy=f"use one of {', '.join(sectors)}"
    )


def _unknown(table: str, key: str, value: Value, known: str) -> CatalogError:
    return CatalogError(
        f"unknown field {key}", where=f"{value.file} [{table}]", remedy=f"it may hold {known}"
    )
