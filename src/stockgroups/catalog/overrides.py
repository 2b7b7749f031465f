"""A user's decisions on sectors of stocks, in a catalogue."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.catalog.entries import SectorOverride
from stockgroups.catalog.fields import Fields, read_day
from stockgroups.errors import CatalogError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.catalog.entries import SectorEntry
    from stockgroups.catalog.tables import Tables

_SYMBOL = re.compile(r"[A-Z0-9][A-Z0-9-]{0,19}(\.[A-Z]{1,4})?"), "a canonical symbol"


def read_overrides(tables: Tables, sectors: Mapping[str, SectorEntry]) -> dict[str, SectorOverride]:
    """Return the overrides by symbol. Raise CatalogError for the first mistake found."""
    overrides = {}
    for symbol, value in tables["sector_overrides"].items():
        fields = Fields("sector_overrides", symbol, value, _SYMBOL)
        sector = fields.choice("sector", sectors)
        overrides[symbol] = SectorOverride(
            symbol=symbol,
            decided_on=read_day(fields.text("decided_on"), fields.where),
            sector=sector,
            industry=_industry(fields, sectors[sector]),
            reason=fields.text("reason"),
        )
        fields.close()
    return overrides


def _industry(fields: Fields, sector: SectorEntry) -> str | None:
    industry = fields.optional_text("industry")
    if industry is not None and industry not in sector.industries:
        raise CatalogError(
            f"{industry!r} is not an industry of {sector.key}",
            where=fields.where,
            remedy=f"use one of {', '.join(sector.industries)}",
        )
    return industry
