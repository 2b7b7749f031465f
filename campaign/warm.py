"""What commands import and read when they run: imported once, by the process that is forked."""

import importlib
import pkgutil

from stockgroups import checks, cli, jobs, migration, queries, readers, record
from stockgroups.catalog import load_catalog

_LEFT = ("serve", "mcp", "fetch", "plot", "demo")
"""Commands that no attack runs."""

_LIBRARIES = ("pytickersymbols",)
"""What is imported inside functions."""

for _name in _LIBRARIES:
    importlib.import_module(_name)
for _room in (cli, jobs, migration, queries, readers, record, checks):
    for _module in pkgutil.iter_modules(_room.__path__):
        if _module.name not in _LEFT:
            importlib.import_module(f"{_room.__name__}.{_module.name}")
load_catalog()
