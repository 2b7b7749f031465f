"""Text output about plans: stocks that they split or join, and other programs' changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.cli.output import shorten, warn
from stockgroups.record.definitions import PROJECTED
from stockgroups.record.replaced import find_replaced
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.identity.changes import Change
    from stockgroups.record.plan import Plan
    from stockgroups.record.replaced import Replaced

MOST_SHOWN, MOST_CHANGES = 20, 10
LONGEST_WORDS = 60


def show_settled(settled: Mapping[str, Plan]) -> list[str]:
    """Return the changes in each environment as lines."""
    lines = []
    for environment, plan in settled.items():
        shown = show_identity(plan)
        lines += [f"! Environment {environment}:", *shown] if shown else []
    return lines


def show_identity(plan: Plan) -> list[str]:
    """Return the splits and joins of a plan as lines: the first ten, and the number of others."""
    from stockgroups.record.identity_changes import list_changes  # noqa: PLC0415 - not for --help

    rest = f"`stockgroups loads {plan.load_id}` lists them" if plan.load_id else "--json lists them"
    return show_changes(list_changes(plan.identity), rest)


def show_changes(changes: Sequence[Change], rest: str) -> list[str]:
    """Return changes as lines; `rest` states where to find the omitted ones."""
    lines = [f"! {change}" for change in changes[:MOST_CHANGES]]
    if len(changes) > MOST_CHANGES:
        lines.append(f"! … and {len(changes) - MOST_CHANGES} more; {rest}")
    return lines


def warn_drift(plan: Plan) -> None:
    """Warn of each group that another program had changed, and name the command to restore it."""
    dropped = {
        group.key: names
        for group in plan.groups
        if (names := sorted({*group.dropped} - {*group.desired.metadata_gone} - PROJECTED))
    }
    for one in plan.drift:
        name = one.key.full_name
        line = f"! {name}: another program had written it ({count_of(one.members, 'member')})"
        if one.load_id is None:
            warn(f"{line}; that would be recorded first, as a snapshot of source external")
        elif one.is_replaced:
            undo = f": `stockgroups rollback {plan.load_id}` brings it back" if plan.load_id else ""
            warn(f"{line}; recorded as load {one.load_id} (external) and replaced{undo}")
        else:
            warn(f"{line}; recorded as load {one.load_id} (external), dated {one.day}")
    reported = {one.key for one in plan.drift}
    for key, names in dropped.items():
        warn(
            f"! {key.full_name}: dropped from its metadata, as the members have changed: "
            f"{', '.join(names)}"
        )
    replaced = [
        replace(one, members=None) if one.key in reported else one
        for one in find_replaced(plan.groups)
        if one.words or one.key not in reported
    ]
    warn_replaced(replaced, f"rollback {plan.load_id}", done=plan.load_id is not None)


def warn_replaced(replaced: Sequence[Replaced], undo: str, *, done: bool) -> None:
    """Warn of other programs' changes that a command replaces.

    Args:
        replaced: The replaced changes, group by group.
        undo: The command that restores them, without the program's name.
        done: Whether they have been replaced; False for a dry run.
    """
    for one in replaced[:MOST_SHOWN]:
        parts = [f"members ({one.members.source}, {one.members.as_of})"] if one.members else []
        parts += [
            f"{word} {shorten(value, LONGEST_WORDS)!r}" if isinstance(value, str) else word
            for word, value in one.words.items()
        ]
        name = one.key.full_name
        verb = "replaced" if done else "would replace"
        way_back = f"; `stockgroups {undo}` brings it back" if done else ""
        warn(f"! {name}: {verb} what another program had written: {', '.join(parts)}{way_back}")
    if len(replaced) > MOST_SHOWN:
        warn(f"! … and in {count_of(len(replaced) - MOST_SHOWN, 'more group')}; --json lists all")
