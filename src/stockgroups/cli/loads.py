"""List the loads: who changed what, when, with which program; or tell all of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli.output import make_table, print_json
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stockgroups.queries.provenance import LoadEntry

FIGURES = ("recorded", "added", "removed", "reweighted", "amended")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `loads`."""
    parser.add_argument("load", metavar="LOAD", nargs="?", type=int, help="tell all of this one")
    parser.add_argument("--limit", metavar="N", type=int, default=20, help="the newest N (20)")


def run(args: argparse.Namespace) -> int:
    """List the loads; exit 1 for a number that none has."""
    from stockgroups.queries.provenance import list_loads  # noqa: PLC0415 - not for --help

    if args.limit < 1:
        raise UsageError("at least one load is listed", where="--limit")
    with open_session(args) as session:
        loads = list_loads(
            session.connection, session.environment, limit=args.limit, load_id=args.load
        )
    if args.json:
        print_json([load.as_dict() for load in loads])
    else:
        print("\n".join(show_one(loads[0]) if args.load is not None else show(loads)))
    return 0


def show(loads: Sequence[LoadEntry]) -> list[str]:
    """Return the loads as a table, the newest first."""
    if not loads:
        return ["no loads"]
    rows = [
        (
            load.id,
            load.started_at.isoformat(timespec="seconds"),
            load.kind,
            load.actor,
            _sum(load.changes),
            " ".join(load.accepted),
            _undone(load),
        )
        for load in loads
    ]
    return make_table(["load", "when", "kind", "who", "changes", "accepted", "undo"], rows)


def show_one(load: LoadEntry) -> list[str]:
    """Return all of one load as lines."""
    asked = ", ".join(f"{name} {value}" for name, value in load.arguments.items())
    lines = [
        f"load {load.id} · {load.kind}",
        f"when: {load.started_at.isoformat(timespec='seconds')}",
        f"who: {load.actor} with {load.program}",
        f"target: {load.target}",
        f"asked: {asked or 'nothing in particular'}",
        f"guards overridden: {', '.join(load.accepted) or 'none'}",
    ]
    if _undone(load):
        lines.append(f"undo: {_undone(load)}")
    rows = [
        (
            name,
            *(done.get(figure, 0) for figure in FIGURES),
            "created" if done.get("created") else "deleted" if done.get("deleted") else None,
        )
        for name, done in sorted(load.changes.items())
    ]
    return [*lines, "", *make_table(["group", *FIGURES, "group was"], rows)]


def _sum(changes: Any) -> str:
    """Return the figures of all groups together, in words."""
    told = [f"{len(changes)} groups"]
    for figure in FIGURES:
        count = sum(done.get(figure, 0) for done in changes.values())
        if count:
            told.append(f"{count} {figure}")
    return ", ".join(told)


def _undone(load: LoadEntry) -> str | None:
    if load.undone_by is not None:
        return f"undone by {load.undone_by}"
    return None if load.undoes is None else f"undoes {load.undoes}"
