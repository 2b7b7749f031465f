"""The catalogues: funds, sectors, themes, universes, exchanges and the words that sources use.

TOML files that ship with the program; a user's own files of the same names extend and override
them. The names below are imported when they are used: most look-ups need only the limits of age.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stockgroups.catalog.build import load_catalog
    from stockgroups.catalog.catalog import Catalog
    from stockgroups.catalog.entries import (
        EtfEntry,
        Exchange,
        SectorEntry,
        SectorOverride,
        ThemeEntry,
        UniverseEntry,
    )
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
_HOMES = {"Catalog": "catalog", "Taxonomy": "taxonomy", "load_catalog": "build"}
"""The modules of the names; all other names are in `entries`."""


def __getattr__(name: str) -> Any:
    """Return a name of `__all__` from its module, which is imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'entries')}"), name)
