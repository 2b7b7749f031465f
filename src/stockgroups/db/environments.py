"""Advice about an environment that has nothing of what was asked for."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.db import schema
from stockgroups.db.sql import load_statements
from stockgroups.model import GroupType
from stockgroups.text import count_of

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("environment")
_ORGANIZE = "run `stockgroups organize-universe`"
_MAKE: dict[GroupType, str] = {
    GroupType.SECTOR: "run `stockgroups organize-sectors`",
    GroupType.THEME: _ORGANIZE,
    GroupType.UNIVERSE: _ORGANIZE,
    GroupType.SEGMENT: "only other programs make segments",
    GroupType.CUSTOM: "`stockgroups members EXPR --save NAME` makes one",
}
"""What makes groups of a type; all others are made by a load."""
_NAMES: dict[str, str] = {GroupType.ETF: "ETF", GroupType.CUSTOM: "custom group"}


def name_type(kind: str) -> str:
    """Return a type of group as it is written in a sentence: `ETF`, `theme`."""
    return _NAMES.get(kind, kind.lower())


def advise_empty(
    connection: Connection, environment: str, kind: GroupType | None = GroupType.ETF
) -> str:
    """Return the advice for an environment without groups of a type (`kind` None: of any type).

    It names another environment that has such groups, else the command that makes them.

    Raises:
        SchemaError: Another program gave the tables an older form, so they hold nothing of ours.
    """
    schema.refuse_older_tables(connection)
    counts = _count(connection)
    own = counts.pop(environment, {})
    others = [name for name, types in counts.items() if kind is None or kind in types]
    if others and (kind is None or kind not in own):
        return _point_at(others)
    load = "run `stockgroups load`"
    if not own:
        is_made = kind not in (GroupType.SEGMENT, GroupType.CUSTOM)
        return f"nothing is loaded yet: {_MAKE.get(kind, load) if is_made and kind else load}"
    make = _MAKE.get(kind, load) if kind else load
    if kind is not None and kind in own:
        return f"{count_of(own[kind], name_type(kind))} are there, without members: {make}"
    there = ", ".join(count_of(count, name_type(type_)) for type_, count in sorted(own.items()))
    return f"environment {environment} has {there} only: {make}"


def advise_elsewhere(connection: Connection, environment: str) -> str | None:
    """Return, for an environment without any group, which environments have data.

    None if the environment has a group, or no environment has any.
    """
    counts = _count(connection)
    return _point_at(list(counts)) if counts and environment not in counts else None


def _count(connection: Connection) -> dict[str, dict[str, int]]:
    """Return how many groups of each type each environment has."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, type_, count in connection.execute(_SQL["count_types"]):
        counts[name][type_] = count
    return counts


def _point_at(environments: list[str]) -> str:
    return f"the data is in environment {' and '.join(environments)}: set ENVIRONMENT"
