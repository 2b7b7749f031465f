"""Search groups and stocks by part of a name: keys, titles, company names, symbols."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import make_table, name_rest
from stockgroups.cli.session import advise_if_empty, open_database
from stockgroups.cli.tabular import add_table_flags, emit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stockgroups.queries.named import Named

SHOWN = 40


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `search`."""
    parser.add_argument("words", metavar="TEXT", nargs="+", help="a part of a name")
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Search, and print the matches; return 1 if there are none."""
    with open_database(args) as db:
        found = db.search(" ".join(args.words))
        if not found:
            advise_if_empty(db)
    emit(args, found, lambda: show(found))
    return 0 if found else 1


def show(found: Sequence[Named]) -> list[str]:
    """Return the first matches as a table."""
    if not found:
        return ["no name contains that"]
    rows = [(one.type, one.key, one.name) for one in found[:SHOWN]]
    return [*make_table(["type", "key", "name"], rows), *name_rest(found, rows, "--csv has all")]
