"""List, add and remove aliases: dated renames and reuses of symbols.

`alias add FB META --effective 2022-06-09 --source TEXT`: on that day FB was renamed META. `alias
add SPWR --reused --effective 2025-04-22 --source TEXT`: from that day on SPWR is another stock.
`alias add AMD AMD --effective 2017-03-20 --source TEXT`: the AMD reported from that day on is the
same stock as before. `alias remove FB --effective 2022-06-09` removes one that you added. The
catalogue's aliases stay; yours on the same symbol and day override them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_date_flag
from stockgroups.cli.output import make_table
from stockgroups.cli.plans import show_identity
from stockgroups.cli.session import advise_if_empty, open_database
from stockgroups.cli.tabular import add_table_flags, emit, emit_report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from stockgroups.cli.parser import Parser
    from stockgroups.db.connection import Target
    from stockgroups.jobs.identity import AliasChange, KnownAlias


def add_arguments(parser: Parser) -> None:
    """Add the actions of `alias`."""
    add_table_flags(parser.add_action("list", "list all aliases in force, oldest first", show_all))
    adding = parser.add_action("add", "add an alias", add)
    removing = parser.add_action("remove", "remove an alias that you added", remove)
    for action in (adding, removing):
        action.add_argument("old", metavar="OLD", help="the symbol before the change")
        add_date_flag(action, "--effective", "the first day of the change", required=True)
    since = adding.add_mutually_exclusive_group(required=True)
    since.add_argument("new", metavar="NEW", nargs="?", help="the symbol from that day on")
    since.add_argument(
        "--reused", action="store_true", help="OLD is another stock from that day on"
    )
    adding.add_argument(
        "--source", metavar="TEXT", required=True, help="the source of this information"
    )


def show_all(args: argparse.Namespace) -> int:
    """Print the effective aliases."""
    with open_database(args) as db:
        known = db.aliases()
        if not any(one.is_own for one in known):
            advise_if_empty(db)
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
    with open_database(args) as db:
        done = db.add_alias(args.old, args.new, effective=args.effective, source=args.source)
    emit_report(args, done, lambda: show(done, db.target))
    return 0


def remove(args: argparse.Namespace) -> int:
    """Remove an alias."""
    with open_database(args) as db:
        done = db.remove_alias(args.old, effective=args.effective)
    emit_report(args, done, lambda: show(done, db.target))
    return 0


def show(done: AliasChange, target: Target) -> Iterator[str]:
    """Yield the outcome for the alias, and the groups whose members change because of it."""
    alias = done.alias
    became = f"has been {alias.new}" if alias.new else "has been another stock"
    if alias.new == alias.old:
        became = "has been the same stock as before"
    words = f"{alias.old} {became} since {alias.effective}"
    if done.outcome == "unchanged":
        yield f"✓ Unchanged: {words}; already recorded"
        return
    yield f"✓ {done.outcome.capitalize()} in {target}: {words} ({alias.source})"
    for group in done.groups:
        removed, added = ", ".join(group.removed), ", ".join(sorted(group.added))
        yield f"  {group.key.full_name}: − {removed or 'none'} + {added or 'none'}"
    if not done.groups:
        yield "  no group's members change"
    yield from show_identity(done.plan)
