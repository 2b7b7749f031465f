"""The catalogues: funds, sectors, themes, universes, exchanges and the words that sources use.

TOML that ships with the program; a user's own files of the same names add to and override it.
"""

from stockgroups.catalog.catalog import Catalog
from stockgroups.catalog.entries import EtfEntry, Exchange, SectorEntry, ThemeEntry, UniverseEntry
from stockgroups.catalog.load import load_catalog

__all__ = [
    "Catalog",
    "EtfEntry",
    "Exchange",
    "SectorEntry",
    "ThemeEntry",
    "UniverseEntry",
    "load_catalog",
]
