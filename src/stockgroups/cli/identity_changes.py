"""Text output of stocks that a command splits or joins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.identity.changes import Change
    from stockgroups.record.plan import Plan

SHOWN = 10


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

    rest = f"`stockgroups loads {plan.load_id}` has them" if plan.load_id else "--json has them"
    return show_changes(list_changes(plan.identity), rest)


def show_changes(changes: Sequence[Change], rest: str) -> list[str]:
    """Return changes as lines; `rest` states where to find the omitted ones."""
    lines = [f"! {change}" for change in changes[:SHOWN]]
    if len(changes) > SHOWN:
        lines.append(f"! … and {len(changes) - SHOWN} more; {rest}")
    return lines
