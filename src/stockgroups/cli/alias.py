"""List, add and remove aliases: dated renames and reuses of symbols.

`alias add FB META --effective 2022-06-09 --source TEXT`: on that day FB was renamed META. `alias
add SPWR --reused --effective 2025-04-22 --source TEXT`: from that day on SPWR is another stock.
`alias add AMD AMD --effective 2017-03-20 --source TEXT`: the AMD reported from that day on is the
same stock as before. `alias remove FB --effective 2022-06-09` removes one that you added. The
catalogue's aliases stay; yours on the same symbol and day override them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import parse_date
from stockgroups.cli.identity_changes import describe_identity, show_identity
from stockgroups.cli.output import make_table, print_json, tell, tell_all
from stockgroups.cli.session import open_database, tell_if_empty
from stockgroups.cli.tabular import add_table_flags, emit

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.api import Database
    from stockgroups.catalog import Catalog
    from stockgroups.cli.parser import Parser
    from stockgroups.jobs.identity import KnownAlias
    from stockgroups.model import Alias
    from stockgroups.record.plan import Plan


def add_arguments(parser: Parser) -> None:
    """Add the actions of `alias`."""
    add_table_flags(parser.add_action("list", "list all aliases in force, oldest first", show_all))
    adding = parser.add_action("add", "add an alias", add)
    removing = parser.add_action("remove", "remove an alias that you added", remove)
    for action in (adding, removing):
        action.add_argument("old", metavar="OLD", help="the symbol before the change")
        action.add_argument(
            "--effective", metavar="DATE", required=True, help="the first day of the change"
        )
    since = adding.add_mutually_exclusive_group(required=True)
    since.add_argument("new", metavar="NEW", nargs="?", help="the symbol from that day on")
    since.add_argument(
        "--reused", action="store_true", help="OLD is another stock from that day on"
    )
    adding.add_argument("--source", metavar="TEXT", required=True, help="where you know it from")


def show_all(args: argparse.Namespace) -> int:
    """Print the aliases that count."""
    from stockgroups.jobs.identity import list_aliases  # noqa: PLC0415 - not for --help

    with open_database(args) as db:
        known = list_aliases(db)
        if not any(one.is_own for one in known):
            tell_if_empty(db)
    emit(args, [one.to_dict() for one in known], lambda: _show(known))
    return 0


def _show(known: Sequence[KnownAlias]) -> list[str]:
    rows = [
        (
            one.alias.old,
            one.alias.new or "(another stock)",
            one.alias.effective,
            "yours" if one.is_own else "catalogue",
            one.alias.source,
        )
        for one in known
    ]
    return make_table(["old", "new", "since", "by", "source"], rows)


def add(args: argparse.Namespace) -> int:
    """Confirm a rename or a reuse."""
    from stockgroups.jobs.identity import add_alias  # noqa: PLC0415 - not for --help
    from stockgroups.model import Alias  # noqa: PLC0415

    with open_database(args) as db:
        catalog = db.catalog
        alias = Alias(
            _parse(args.old, catalog),
            _day(args.effective),
            None if args.new is None else _parse(args.new, catalog),
            args.source.strip(),
        )
        plan = add_alias(db, alias)
    _report("added", alias, plan, db, as_json=args.json)
    return 0


def remove(args: argparse.Namespace) -> int:
    """Take an alias back."""
    from stockgroups.jobs.identity import remove_alias  # noqa: PLC0415 - not for --help

    with open_database(args) as db:
        alias, plan = remove_alias(db, _parse(args.old, db.catalog), _day(args.effective))
    _report("removed", alias, plan, db, as_json=args.json)
    return 0


def _report(done: str, alias: Alias, plan: Plan, db: Database, *, as_json: bool) -> None:
    changed = [group for group in plan.groups if group.changes_members]
    if plan.load_id is None:
        done = "unchanged"
    if as_json:
        value: dict[str, Any] = {
            "outcome": done,
            "old": alias.old,
            "new": alias.new,
            "effective": alias.effective.isoformat(),
            "source": alias.source,
            "load": plan.load_id,
            "identity": describe_identity(plan),
            "groups": [
                {
                    "type": group.key.type.value,
                    "name": group.key.name,
                    "added": sorted(group.added),
                    "removed": group.removed,
                }
                for group in changed
            ],
        }
        print_json(value)
        return
    became = f"is {alias.new}" if alias.new else "is another stock"
    if alias.new == alias.old:
        became = "is the same stock as before"
    words = f"{alias.old} {became} since {alias.effective}"
    if done == "unchanged":
        tell(f"✓ Unchanged: {words}; it was there already")
        return
    tell(f"✓ {done.capitalize()} in {db.target}: {words} ({alias.source})")
    for group in changed:
        gone, come = ", ".join(group.removed), ", ".join(sorted(group.added))
        tell(f"  {group.key.type} {group.key.name}: − {gone or 'none'} + {come or 'none'}")
    if not changed:
        tell("  no group has other members by it")
    tell_all(show_identity(plan))


def _parse(text: str, catalog: Catalog) -> str:
    from stockgroups.symbols import read_symbol  # noqa: PLC0415 - not for --help

    return read_symbol(text, catalog)


def _day(text: str) -> dt.date:
    day = parse_date(text, "--effective")
    assert day is not None  # noqa: S101 - a text gives a day or raises
    return day
