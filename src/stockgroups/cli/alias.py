"""List, add and remove aliases: renames and reuses of symbols, with their days.

`alias add FB META --effective 2022-06-09 --source TEXT`: from that day on the stock that was FB is
META. `alias add SPWR --reused --effective 2025-04-22 --source TEXT`: from that day on SPWR is
another stock. `alias remove FB --effective 2022-06-09` takes back what you added. The catalogue's
own aliases stay; what you add on the same symbol and day stands before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import make_table, print_json, tell
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    import datetime as dt

    from stockgroups.catalog import Catalog
    from stockgroups.cli.session import Session
    from stockgroups.model import Alias
    from stockgroups.store.plan import Plan

ACTIONS = {
    "list": "all that count, oldest first",
    "add": "confirm one",
    "remove": "take back one of your own",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `alias`."""
    lines = "; ".join(f"{name}: {line}" for name, line in ACTIONS.items())
    parser.add_argument("action", choices=list(ACTIONS), metavar="ACTION", help=lines)
    parser.add_argument("old", metavar="OLD", nargs="?", help="the symbol until then")
    parser.add_argument("new", metavar="NEW", nargs="?", help="with add: the symbol since then")
    parser.add_argument(
        "--reused", action="store_true", help="with add: OLD came free, and is another stock since"
    )
    parser.add_argument("--effective", metavar="DATE", help="the first day of the change")
    parser.add_argument("--source", metavar="TEXT", help="with add: who says so")


def run(args: argparse.Namespace) -> int:
    """Do one action."""
    if args.action == "list":
        _refuse("list", old=args.old, effective=args.effective, source=args.source)
        return show_all(args)
    if args.old is None or args.effective is None:
        raise UsageError(
            "OLD or --effective is missing",
            where=f"alias {args.action}",
            remedy="write `stockgroups alias add FB META --effective 2022-06-09 --source TEXT`",
        )
    return add(args) if args.action == "add" else remove(args)


def show_all(args: argparse.Namespace) -> int:
    """Print the aliases that count."""
    from stockgroups.jobs.identity import list_aliases  # noqa: PLC0415 - not for --help

    with open_session(args) as session:
        known = list_aliases(session.connection, session.environment, session.load_catalog())
    if args.json:
        print_json([one.as_dict() for one in known])
        return 0
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
    print("\n".join(make_table(["old", "new", "since", "by", "source"], rows)))
    return 0


def add(args: argparse.Namespace) -> int:
    """Confirm a rename or a reuse."""
    from stockgroups.jobs.identity import add_alias  # noqa: PLC0415 - not for --help
    from stockgroups.model import Alias  # noqa: PLC0415

    if args.reused == (args.new is not None):
        raise UsageError(
            "either NEW is given or --reused", where="alias add", remedy="name what OLD became"
        )
    if args.source is None or not args.source.strip():
        raise UsageError(
            "--source is missing", where="alias add", remedy="say who says so, in words"
        )
    with open_session(args) as session:
        catalog = session.load_catalog()
        alias = Alias(
            _parse(args.old, catalog),
            _day(args.effective),
            None if args.new is None else _parse(args.new, catalog),
            args.source.strip(),
        )
        plan = add_alias(session.connection, session.environment, alias, catalog)
    _report("added", alias, plan, session, as_json=args.json)
    return 0


def remove(args: argparse.Namespace) -> int:
    """Take an alias back."""
    from stockgroups.jobs.identity import remove_alias  # noqa: PLC0415 - not for --help

    _refuse("remove", new=args.new, reused=args.reused or None, source=args.source)
    with open_session(args) as session:
        catalog = session.load_catalog()
        alias, plan = remove_alias(
            session.connection,
            session.environment,
            _parse(args.old, catalog),
            _day(args.effective),
            catalog,
        )
    _report("removed", alias, plan, session, as_json=args.json)
    return 0


def _report(done: str, alias: Alias, plan: Plan, session: Session, *, as_json: bool) -> None:
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
    words = f"{alias.old} {became} since {alias.effective}"
    if done == "unchanged":
        tell(f"✓ Unchanged: {words}; it was there already")
        return
    tell(f"✓ {done.capitalize()} in {session.target}: {words} ({alias.source})")
    for group in changed:
        gone, come = ", ".join(group.removed), ", ".join(sorted(group.added))
        tell(f"  {group.key.type} {group.key.name}: − {gone or 'none'} + {come or 'none'}")
    if not changed:
        tell("  no group has other members by it")


def _parse(text: str, catalog: Catalog) -> str:
    from stockgroups.symbols import parse_symbol  # noqa: PLC0415 - not for --help

    return parse_symbol(text, catalog.share_classes)


def _day(text: str) -> dt.date:
    day = parse_date(text, "--effective")
    assert day is not None  # noqa: S101 - a text gives a day or raises
    return day


def _refuse(action: str, **given: object) -> None:
    """Raise UsageError for what the action does not take."""
    for name, value in given.items():
        if value is not None:
            raise UsageError(
                f"{name} means nothing here",
                where=f"alias {action}",
                remedy="see `stockgroups alias --help`",
            )
