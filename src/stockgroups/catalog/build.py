"""From the tables of the files to the catalogue: every entry checked, every reference resolved."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

from stockgroups.catalog.ages import read_age_rules
from stockgroups.catalog.aliases import read_aliases, read_former_tickers, read_tenures
from stockgroups.catalog.catalog import Catalog, fold_fund_name, fold_label
from stockgroups.catalog.entries import (
    EtfEntry,
    Exchange,
    SectorEntry,
    ThemeEntry,
    UniverseEntry,
)
from stockgroups.catalog.fields import Fields, check_spelling, locate, read_entries
from stockgroups.catalog.formats import read_formats
from stockgroups.catalog.overrides import read_overrides
from stockgroups.catalog.sources import read_downloads
from stockgroups.catalog.tables import SHIPPED, Tables, overlay, read_tables
from stockgroups.catalog.taxonomy import read_taxonomy
from stockgroups.catalog.words import (
    read_index_releases,
    read_sector_labels,
    read_sector_precedence,
    read_share_classes,
)
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from stockgroups.catalog.tables import Value

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}"), "a ticker in upper case"
_GROUP_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,99}"), "lower-case letters, digits and _"
_MIC = re.compile(r"[A-Z0-9]{4}"), "a MIC of four capitals and digits"
_COUNTRY = re.compile(r"[A-Z]{2}"), "a country of two capitals"


def build_catalog(tables: Tables) -> Catalog:
    """Build the catalogue from its tables. Raise CatalogError for the first mistake found."""
    kinds = {key: _threshold(key, value) for key, value in tables["kinds"].items()}
    sectors = read_entries(SectorEntry, "sectors", _GROUP_KEY, tables)
    universes = read_entries(UniverseEntry, "universes", _GROUP_KEY, tables)
    etfs = {
        key: _check_etf(etf, kinds, locate(tables["etfs"][key].file, "etfs", key))
        for key, etf in read_entries(EtfEntry, "etfs", _TICKER, tables).items()
    }
    for key, universe in universes.items():
        _check_universe(universe, locate(tables["universes"][key].file, "universes", key))
    themes = read_entries(ThemeEntry, "themes", _GROUP_KEY, tables)
    for key, theme in themes.items():
        if key in theme.related_themes:
            raise CatalogError(
                "the theme is related to itself",
                where=locate(tables["themes"][key].file, "themes", key),
                remedy="leave it out there",
            )
    exchanges = read_entries(Exchange, "exchanges", _MIC, tables)
    for key, exchange in exchanges.items():
        where = locate(tables["exchanges"][key].file, "exchanges", key)
        check_spelling(exchange.country, *_COUNTRY, where)
    labels = read_sector_labels(tables, sectors)
    _check_unambiguous(
        tables["etfs"],
        {key: (etf.name, *etf.other_names) for key, etf in etfs.items()},
        "etfs",
        fold_fund_name,
    )
    _check_unambiguous(
        tables["etfs"], {key: etf.identifiers for key, etf in etfs.items()}, "etfs", str.upper
    )
    _check_unambiguous(
        tables["exchanges"],
        {key: (key, exchange.name, *exchange.printed) for key, exchange in exchanges.items()},
        "exchanges",
        fold_label,
    )
    _check_unambiguous(
        tables["universes"],
        {key: (key, entry.name, *entry.other_names) for key, entry in universes.items()},
        "universes",
        fold_fund_name,
    )
    return Catalog(
        etfs=MappingProxyType(etfs),
        sectors=MappingProxyType(sectors),
        themes=MappingProxyType(themes),
        universes=MappingProxyType(universes),
        exchanges=MappingProxyType(exchanges),
        share_classes=MappingProxyType(read_share_classes(tables)),
        sector_labels=MappingProxyType(labels),
        taxonomy=read_taxonomy(tables, sectors, labels),
        sector_overrides=MappingProxyType(read_overrides(tables, sectors)),
        index_releases=MappingProxyType(read_index_releases(tables)),
        aliases=read_aliases(tables),
        tenures=MappingProxyType(read_tenures(tables)),
        sector_precedence=read_sector_precedence(tables, sectors),
        ages=read_age_rules(tables),
        downloads=read_downloads(tables),
        former_tickers=MappingProxyType(read_former_tickers(tables, etfs)),
        formats=MappingProxyType(read_formats(tables, exchanges)),
    )


def _threshold(key: str, value: Value) -> float | None:
    fields = Fields("kinds", key, value)
    threshold = fields.optional_amount("market_cap_threshold")
    fields.close()
    return threshold


def _check_etf(entry: EtfEntry, kinds: Mapping[str, float | None], where: str) -> EtfEntry:
    """Return the fund with the threshold of its kind if it has none of its own."""
    if entry.proxy_sector and not entry.proxy_universe:
        raise CatalogError(
            "proxy_sector needs the universe that it is a sector of",
            where=where,
            remedy="name the proxy_universe too",
        )
    if not entry.url.startswith("https://"):
        raise CatalogError(f"url is {entry.url!r}", where=where, remedy="give an https:// address")
    threshold = entry.market_cap_threshold or kinds[entry.kind]
    return replace(entry, market_cap_threshold=threshold)


def _check_universe(entry: UniverseEntry, where: str) -> None:
    origins = [name for name in ("index", "symbols", "fund") if getattr(entry, name)]
    if len(origins) > 1:
        raise CatalogError(
            f"its members come from {' and from '.join(origins)}",
            where=where,
            remedy="leave all but one of them out",
        )


def _check_unambiguous(
    values: Mapping[str, Value],
    spellings: Mapping[str, tuple[str, ...]],
    table: str,
    fold: Callable[[str], str],
) -> None:
    owners: dict[str, str] = {}
    for key, own in spellings.items():
        for spelling in own:
            owner = owners.setdefault(fold(spelling), key)
            if owner != key:
                places = (locate(values[one].file, table, one) for one in (owner, key))
                raise CatalogError(
                    f"{spelling!r} stands for both {owner} and {key}",
                    where=" and ".join(places),
                    remedy="assign it to one of them",
                )


def load_catalog(user_dir: Path | None = None) -> Catalog:
    """Load the shipped catalogue, overridden by the files of the user's folder.

    The user's files have the names of the shipped ones; an entry with a known key changes the
    fields that it names, a new key adds an entry. The shipped files are read once in a process, a
    user's folder at every call. Raise CatalogError for a mistake in any file.
    """
    if user_dir is None:
        return _shipped_catalog()
    return build_catalog(overlay(_read_shipped(), read_tables(user_dir)))


@cache
def _read_shipped() -> Tables:
    return read_tables(SHIPPED)


@cache
def _shipped_catalog() -> Catalog:
    return build_catalog(_read_shipped())
