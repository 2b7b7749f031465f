"""List the loads: who changed what, when, with which program; or show one load in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import number
from stockgroups.cli.output import make_table
from stockgroups.cli.session import advise_if_empty, open_database
from stockgroups.cli.tabular import add_table_flags, emit, read_limit

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from stockgroups.queries.provenance import LoadEntry


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `loads`."""
    parser.add_argument(
        "load", metavar="LOAD", nargs="?", type=number, help="show this load in full"
    )
    parser.add_argument(
        "--limit", metavar="N", type=number, default=20, help="the newest N; default: 20"
    )
    add_table_flags(parser, limit=False)


def run(args: argparse.Namespace) -> int:
    """List the loads, or show one; return 1 if no load has the given number."""
    read_limit(args)  # refuses less than 1
    with open_database(args) as db:
        loads = db.loads(args.limit, load_id=args.load)
        if not loads:
            advise_if_empty(db)
    one = args.load is not None
    emit(
        args,
        loads,
        lambda: show_one(loads[0]) if one else show(loads),
        limit=args.limit,
    )
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
            load.summary,
            " ".join(load.accepted),
            _undone(load),
        )
        for load in loads
    ]
    return make_table(["load", "when", "kind", "who", "changes", "accepted", "undo"], rows)


def show_one(load: LoadEntry) -> list[str]:
    """Return one load in full as lines."""
    from stockgroups.identity.changes import Kind, read_change  # noqa: PLC0415 - not for --help
    from stockgroups.queries.provenance import FIGURES, IDENTITY  # noqa: PLC0415 - as above

    arguments = ", ".join(f"{name} {value}" for name, value in load.arguments.items())
    lines = [
        f"load {load.id} · {load.kind}",
        f"when: {load.started_at.isoformat(timespec='seconds')}",
        f"who: {load.actor} with {load.program}",
        f"target: {load.target}",
        f"arguments: {arguments or 'none'}",
        f"guards overridden: {', '.join(load.accepted) or 'none'}",
    ]
    if _undone(load):
        lines.append(f"rollback: {_undone(load)}")
    identity = load.changes.get(IDENTITY, {})
    if identity:
        figures = [f"{identity[kind]} {kind.value}" for kind in Kind if identity.get(kind)]
        lines.append(f"stocks: {', '.join(figures)}")
        lines += [f"! {read_change(change)}" for change in identity["securities"]]
    rows = [
        (
            name,
            *(done.get(figure, 0) for figure in FIGURES),
            "created" if done.get("created") else "deleted" if done.get("deleted") else None,
        )
        for name, done in sorted(load.changes.items())
        if name != IDENTITY
    ]
    return [*lines, "", *make_table(["group", *FIGURES, "group was"], rows)]


def _undone(load: LoadEntry) -> str | None:
    if load.undone_by is not None:
        return f"reverted by load {load.undone_by}"
    return None if load.undoes is None else f"reverts load {load.undoes}"
