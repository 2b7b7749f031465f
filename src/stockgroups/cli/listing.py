"""List the groups of a type in the database, or the known file formats.

Each group has its size and its source with the as-of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import make_table, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.model import GroupType

if TYPE_CHECKING:
    import argparse

KINDS = {
    "etfs": GroupType.ETF,
    "universes": GroupType.UNIVERSE,
    "sectors": GroupType.SECTOR,
    "themes": GroupType.THEME,
    "segments": GroupType.SEGMENT,
    "custom": GroupType.CUSTOM,
}
FORMATS = "formats"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `list`."""
    kinds = (*KINDS, FORMATS)
    parser.add_argument("kind", metavar="WHAT", choices=kinds, help=", ".join(kinds))
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """List, as a table."""
    rows = _list_formats() if args.kind == FORMATS else _list_groups(args)
    emit(args, rows, lambda: show(rows))
    return 0


def show(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows as a table."""
    headers = [name.replace("_", " ") for name in rows[0]] if rows else []
    return make_table(headers, [list(row.values()) for row in rows]) if rows else ["none"]


def _list_groups(args: argparse.Namespace) -> list[dict[str, Any]]:
    from stockgroups.db.environments import advise_empty  # noqa: PLC0415 - not for --help
    from stockgroups.queries.named import list_groups  # noqa: PLC0415

    with open_database(args) as db:
        kind = KINDS[args.kind]
        groups = list_groups(db, kind)
        if not groups:
            warn(f"! no {args.kind}; {advise_empty(db.connection, db.environment, kind)}")
    return [group.to_dict() for group in groups]


def _list_formats() -> list[dict[str, Any]]:
    from stockgroups.readers.formats import FORMATS as known  # noqa: PLC0415, N811 - as above

    return [{"format": one.name, "issuer": one.issuer, "version": one.version} for one in known]
