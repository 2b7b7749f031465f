"""List the groups of a type in the database, or the industries.

Each group has its size and its source with the as-of date.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import make_table, warn
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit
from stockgroups.model import PLURALS, GroupType

if TYPE_CHECKING:
    import argparse

    from stockgroups.queries.named import ListedGroups, ListedIndustries


INDUSTRIES = "industries"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `list`."""
    kinds = (*PLURALS, INDUSTRIES)
    parser.add_argument("kind", metavar="WHAT", choices=kinds, help=", ".join(kinds))
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Print the list as a table."""
    answer = _list_groups(args)
    emit(args, answer, lambda: show(answer.rows()))
    return 0


def show(rows: list[dict[str, Any]]) -> list[str]:
    """Return the rows as a table."""
    headers = [name.replace("_", " ") for name in rows[0]] if rows else []
    return make_table(headers, [list(row.values()) for row in rows]) if rows else ["none"]


def _list_groups(args: argparse.Namespace) -> ListedGroups | ListedIndustries:
    if args.kind == INDUSTRIES:
        with open_database(args) as db:
            return db.industries()
    with open_database(args) as db:
        kind = PLURALS[args.kind]
        groups = db.groups(kind)
        if not groups:
            named = "custom groups" if kind is GroupType.CUSTOM else args.kind
            warn(f"! no {named}; {db.advise_empty(kind)}")
    return groups
