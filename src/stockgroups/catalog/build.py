"""From the tables of the files to the catalogue: every entry checked, every reference resolved."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from stockgroups.catalog.aliases import read_aliases
from stockgroups.catalog.catalog import Catalog, fold_fund_name, fold_label
from stockgroups.catalog.entries import EtfEntry, Exchange, SectorEntry, ThemeEntry, UniverseEntry
from stockgroups.catalog.fields import Fields, check_spelling, locate
from stockgroups.catalog.overrides import read_overrides
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

    from stockgroups.catalog.tables import Tables, Value

_TICKER = re.compile(r"[A-Z0-9][A-Z0-9.-]{0,19}")
_GROUP_KEY = re.compile(r"[a-z0-9][a-z0-9_]{0,99}")
_MIC = re.compile(r"[A-Z0-9]{4}")
_COUNTRY = re.compile(r"[A-Z]{2}")


def build_catalog(tables: Tables) -> Catalog:
    """Build the catalogue from its tables. Raise CatalogError for the first mistake found."""
    sectors = {key: _sector(key, value) for key, value in tables["sectors"].items()}
    universes = {key: _universe(key, value) for key, value in tables["universes"].items()}
    kinds = {key: _threshold(key, value) for key, value in tables["kinds"].items()}
    etfs = {
        key: _etf(key, value, kinds, universes, sectors) for key, value in tables["etfs"].items()
    }
    themes = {key: _theme(key, value, tables["themes"]) for key, value in tables["themes"].items()}
    exchanges = {key: _exchange(key, value) for key, value in tables["exchanges"].items()}
    labels = read_sector_labels(tables, sectors)
    _check_unambiguous(
        tables["etfs"],
        {key: (etf.name, *etf.other_names) for key, etf in etfs.items()},
        "etfs",
        fold_fund_name,
    )
    _check_unambiguous(
        tables["exchanges"],
        {key: (key, exchange.name, *exchange.printed) for key, exchange in exchanges.items()},
        "exchanges",
        fold_label,
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
        sector_precedence=read_sector_precedence(tables, sectors),
    )


def _threshold(key: str, value: Value) -> float | None:
    fields = Fields("kinds", key, value)
    threshold = fields.optional_amount("market_cap_threshold")
    fields.close()
    return threshold


def _etf(
    key: str,
    value: Value,
    kinds: Mapping[str, float | None],
    universes: Mapping[str, UniverseEntry],
    sectors: Mapping[str, SectorEntry],
) -> EtfEntry:
    fields = Fields("etfs", key, value)
    check_spelling(key, _TICKER, "a ticker in capitals", fields.where)
    kind = fields.choice("kind", kinds)
    threshold = fields.optional_amount("market_cap_threshold")
    entry = EtfEntry(
        ticker=key,
        name=fields.text("name"),
        issuer=fields.text("issuer"),
        kind=kind,
        index=fields.optional_text("index"),
        url=fields.text("url"),
        proxy_universe=fields.optional_choice("proxy_universe", universes),
        proxy_sector=fields.optional_choice("proxy_sector", sectors),
        market_cap_threshold=kinds[kind] if threshold is None else threshold,
        other_names=fields.texts("other_names", least=0),
    )
    fields.close()
    if entry.proxy_sector and not entry.proxy_universe:
        raise CatalogError(
            "proxy_sector says of no universe which sector to take",
            where=fields.where,
            remedy="name the proxy_universe too",
        )
    if not entry.url.startswith("https://"):
        raise CatalogError(
            f"url is {entry.url!r}", where=fields.where, remedy="give an https:// address"
        )
    return entry


def _sector(key: str, value: Value) -> SectorEntry:
    fields = Fields("sectors", key, value)
    check_spelling(key, _GROUP_KEY, "small letters, digits and _", fields.where)
    entry = SectorEntry(
        key=key,
        name=fields.text("name"),
        description=fields.text("description"),
        industries=fields.texts("industries", least=1),
        representative_stocks=fields.texts("representative_stocks", least=0),
    )
    fields.close()
    return entry


def _theme(key: str, value: Value, known: Mapping[str, object]) -> ThemeEntry:
    fields = Fields("themes", key, value)
    check_spelling(key, _GROUP_KEY, "small letters, digits and _", fields.where)
    entry = ThemeEntry(
        key=key,
        name=fields.text("name"),
        description=fields.text("description"),
        selection_criteria=fields.text("selection_criteria"),
        related_themes=fields.choices("related_themes", known),
        symbols=fields.texts("symbols", least=1),
    )
    fields.close()
    if key in entry.related_themes:
        raise CatalogError(
            "the theme is related to itself", where=fields.where, remedy="leave it out there"
        )
    return entry


def _universe(key: str, value: Value) -> UniverseEntry:
    fields = Fields("universes", key, value)
    check_spelling(key, _GROUP_KEY, "small letters, digits and _", fields.where)
    entry = UniverseEntry(
        key=key,
        name=fields.text("name"),
        description=fields.text("description"),
        index=fields.text("index"),
    )
    fields.close()
    return entry


def _exchange(key: str, value: Value) -> Exchange:
    fields = Fields("exchanges", key, value)
    check_spelling(key, _MIC, "a MIC of four capitals and digits", fields.where)
    entry = Exchange(
        mic=key,
        name=fields.text("name"),
        country=fields.text("country"),
        us=fields.flag("us", default=False),
        listed=fields.flag("listed", default=True),
        printed=fields.texts("printed", least=0),
        yahoo=fields.optional_text("yahoo"),
        bloomberg=fields.optional_text("bloomberg"),
        pad=fields.whole_number("pad", default=0),
        drop_suffix=fields.optional_text("drop_suffix"),
    )
    fields.close()
    check_spelling(entry.country, _COUNTRY, "a country of two capitals", fields.where)
    return entry


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
                    remedy="leave it to one of them",
                )
