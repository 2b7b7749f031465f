"""List the formats of holdings files that are read: the program's, your catalogue's and plugins'.

The columns for fund and date say where a format has them: after which words, under which path in
JSON, or in the file's name. A broken plugin is reported, with exit status 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.catalog import load_catalog
from stockgroups.cli.flags import choose_settings
from stockgroups.cli.listing import show
from stockgroups.cli.output import warn
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.json_values import pick

if TYPE_CHECKING:
    import argparse

_KEYS = "format=name issuer containers fund_from date_from version last_seen origin"
# Filings are not tables. They are recognised and read before any format is tried.
_FILINGS = {
    "format": "nport",
    "issuer": "the SEC",
    "containers": "XML, submission text",
    "fund_from": "seriesName, or file name",
    "date_from": "repPdDate",
    "version": 1,
    "last_seen": "2026-06-30",
    "origin": "built in",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `formats`."""
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Print the formats as a table; return 1 if a plugin is broken."""
    from stockgroups.readers.formats import known_formats  # noqa: PLC0415 - not for --help

    known = known_formats(load_catalog(choose_settings(args).catalog_dir))
    rows = sorted([_FILINGS, *(pick(one, _KEYS) for one in known)], key=lambda row: row["format"])
    emit(args, rows, lambda: show(rows))
    return 1 if warn_of_plugins() else 0


def warn_of_plugins() -> bool:
    """Warn of every broken reader of another package, and return whether there is one."""
    from stockgroups.readers.plugins import load_plugins  # noqa: PLC0415 - not for --help

    broken = load_plugins().broken
    for reader in broken:
        warn(f"! {reader}; report it to its authors, or uninstall it")
    return bool(broken)
