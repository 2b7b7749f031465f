"""Join and part lines by aliases, and choose the register steps that add to them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from stockgroups.identity.strays import LATE
from stockgroups.identity.unions import Rule

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterable, Sequence

    from stockgroups.identity.lines import Line
    from stockgroups.identity.unions import Unions
    from stockgroups.model import Alias


def choose_steps(steps: Iterable[Alias], aliases: Iterable[Alias]) -> list[Alias]:
    """Return the register steps that no alias covers.

    An alias of the same symbol, or to the same symbol, at about the same time takes precedence.
    """
    days: dict[tuple[str, bool], list[dt.date]] = defaultdict(list)
    for alias in aliases:
        days[alias.old, False].append(alias.effective)
        if alias.new:
            days[alias.new, True].append(alias.effective)
    return [
        step
        for step in steps
        if not any(
            abs(step.effective - day) <= LATE
            for key in ((step.old, False), (step.new or "", True))
            for day in days.get(key, ())
        )
    ]


def join_aliases(
    unions: Unions, lines: Sequence[Line], steps: Collection[Alias], rule: Rule
) -> None:
    """Join the lines that an alias names; a register step joins by the register's rule."""
    arrived: dict[Alias, list[int]] = defaultdict(list)
    for place, line in enumerate(lines):
        if line.arrived:
            arrived[line.arrived].append(place)
    for place, line in enumerate(lines):
        if line.left and _rule_of(line.left, steps) is rule:
            for other in arrived.get(line.left, ()):
                unions.join(place, other, rule, describe_alias(line.left))


def _rule_of(alias: Alias, steps: Collection[Alias]) -> Rule:
    return Rule.REGISTER if alias in steps else Rule.ALIAS


def part_holders(unions: Unions, lines: Sequence[Line], steps: Collection[Alias]) -> None:
    """Record the aliases by which a symbol passes to another stock.

    Each line is compared with the one before, and with the last one that is reported.
    """
    last: dict[str, int] = {}
    for place, line in enumerate(lines):
        for before in {last.get(line.symbol, place), max(place - 1, 0)}:
            if lines[before].symbol != line.symbol or lines[before].segment == line.segment:
                continue
            alias = next((one.left for one in lines[before:place] if one.left), line.arrived)
            if alias and not unions.are_one(before, place):
                unions.part(before, place, _rule_of(alias, steps), describe_alias(alias))
        if line.seen:
            last[line.symbol] = place


def describe_alias(alias: Alias) -> str:
    """Return an alias in words, with its source."""
    if alias.new is None:
        change = f"is another stock from {alias.effective} on"
    elif alias.new == alias.old:
        change = f"is the same stock as before {alias.effective}"
    else:
        change = f"became {alias.new} on {alias.effective}"
    return f"{alias.old} {change} ({alias.source})"
