"""The catalogues: funds, sectors, themes, universes, exchanges and the words that sources use.

TOML that ships with the program; a user's own files of the same names add to and override it.
"""

from stockgroups.catalog.catalog import Catalog
from stockgroups.catalog.entries import (
    EtfEntry,
    Exchange,
    SectorEntry,
    SectorOverride,
    ThemeEntry,
    UniverseEntry,
)
from stockgroups.catalog.load import load_catalog
from stockgroups.catalog.taxonomy import Taxonomy

__all__ = [
    "Catalog",
    "EtfEntry",
    "Exchange",
    "SectorEntry",
    "SectorOverride",
    "Taxonomy",
    "ThemeEntry",
    "UniverseEntry",
    "load_catalog",
]
