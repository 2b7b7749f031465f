"""What new evidence changes in earlier answers.

It splits or joins stocks, and identifies what was reported without a symbol.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.identity.unions import Rule
from stockgroups.json_values import pick

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.identity.evidence import Run
    from stockgroups.identity.securities import Identity


class Kind(StrEnum):
    """What happens to reports: another stock, joined with a stock, identified, or unresolved."""

    SPLIT = "split"
    JOINED = "joined"
    RESOLVED = "resolved"
    UNRESOLVED = "unresolved"


class Change(NamedTuple):
    """Reports that belonged to one stock and now belong to another one, or to two.

    Attributes:
        kind: What happens to the reports.
        was: The label of their former stock; without a symbol, the identifier.
        becomes: The label of their new stock.
        first: The first day of the reports.
        last: The last day of the reports.
        other: The stock that they are joined with, by its former label. After a split, the rest of
            the stock, by its new label.
        rule: The rule that joins or parts them.
        why: The reason, in words.
    """

    kind: Kind
    was: str
    becomes: str
    other: str
    first: dt.date
    last: dt.date
    rule: Rule
    why: str

    def __str__(self) -> str:
        """Return the change as a line."""
        days = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        text = f"{self.kind}: {self.was} of {days} is"
        is_split = self.kind is Kind.SPLIT
        if self.kind is Kind.UNRESOLVED:
            text += f" {self.becomes} now, and not a member"
        elif self.kind is Kind.RESOLVED:
            text += f" {self.becomes} now"
        elif is_split or self.becomes != self.other:
            relation = "a different stock from" if is_split else "the same stock as"
            text += f" {self.becomes} now, {relation} {self.other}"
        else:
            text += f" the same stock as {self.other} now"
        return f"{text}: {self.why} ({self.rule})"

    def to_dict(self) -> dict[str, Any]:
        """Return the change as JSON values."""
        return pick(self, "change=kind was is=becomes other from=first to=last rule why")


def read_change(values: Mapping[str, Any]) -> Change:
    """Return the change from the values of `to_dict`."""
    return Change(
        Kind(values["change"]),
        values["was"],
        values["is"],
        values["other"],
        dt.date.fromisoformat(values["from"]),
        dt.date.fromisoformat(values["to"]),
        Rule(values["rule"]),
        values["why"],
    )


def sort_changes(changes: Iterable[Change]) -> list[Change]:
    """Return the changes in the order of presentation: splits and joins first."""
    late = (Kind.RESOLVED, Kind.UNRESOLVED)
    return sorted(changes, key=lambda one: (one.kind in late, one.was, one.first, one.becomes))


class Report(NamedTuple):
    """A ref on some days of a run: its former security's number, and its new security's place."""

    ref: int
    days: Sequence[dt.date]
    was: int
    place: int


@dataclass(slots=True)
class _Part:
    """The reports of a stored security that now form one security, and their lines."""

    first: dt.date = dt.date.max
    last: dt.date = dt.date.min
    lines: set[int] = field(default_factory=set)


def find_changes(
    reports: Iterable[Report],
    stored: Mapping[int, str],
    labels: Sequence[str],
    numbers: Sequence[int | None],
    identity: Identity,
) -> list[Change]:
    """Return which stored securities are split or joined by new evidence.

    A ref that is new changes no answer: only earlier reports are compared.

    Args:
        reports: Earlier reports of securities that may have changed.
        stored: The labels of the stored securities, by number.
        labels: The labels of the new securities, by place.
        numbers: The stored security that each new one continues; None for none.
        identity: The new securities, in its first places, with the reasons.
    """
    reported = list(reports)
    holders = _find_lines(identity, {report.ref for report in reported})
    parts: dict[tuple[int, int], _Part] = defaultdict(_Part)
    for ref, days, was, place in reported:
        part = parts[was, place]
        part.first, part.last = min(part.first, days[0]), max(part.last, days[-1])
        part.lines.update(
            line
            for line, runs in holders.get(ref, ())
            if line not in part.lines and any(_share_a_day(days, run.days) for run in runs)
        )
    pieces: dict[int, set[int]] = defaultdict(set)
    sources: dict[int, set[int]] = defaultdict(set)
    for was, place in parts:
        pieces[was].add(place)
        sources[place].add(was)
    changes = []
    for (was, place), part in parts.items():
        goes_on = numbers[place]
        if goes_on == was or len(pieces[was]) == len(sources[place]) == 1:
            continue
        is_split = len(pieces[was]) > 1
        if is_split:
            rest = sorted(pieces[was] - {place}, key=lambda p: (numbers[p] != was, p))
            others = {line for p in rest for line in parts[was, p].lines}
            other = labels[rest[0]]
        else:
            own = identity.parts[place] if place < len(identity.parts) else ()
            others = {*own} - part.lines
            other = stored[goes_on if goes_on in sources[place] else min(sources[place] - {was})]
        rule, why = _find_reason(identity, part.lines, others, is_join=not is_split)
        kind = Kind.SPLIT if is_split else Kind.JOINED
        names = stored[was], labels[place], other
        changes.append(Change(kind, *names, part.first, part.last, rule, why))
    return sort_changes(changes)


class Nameless(NamedTuple):
    """A ref without a symbol, with the first and last day on which the record held it.

    `was` is the label of its former stock, `place` the place of its new security; None for none.
    """

    ref: int
    identifiers: str
    first: dt.date
    last: dt.date
    was: str | None
    place: int | None


def find_resolved(
    refs: Iterable[Nameless], labels: Sequence[str], identity: Identity
) -> list[Change]:
    """Return the refs without a symbol that new evidence makes a stock, or no stock any more."""
    changed = [one for one in refs if (one.was is None) is not (one.place is None)]
    holders = _find_lines(identity, {one.ref for one in changed})
    changes = []
    for ref, identifiers, first, last, was, place in changed:
        if place is None:
            why = "nothing identifies it now"
            names = (was or "", identifiers, "")
            changes.append(Change(Kind.UNRESOLVED, *names, first, last, Rule.IDENTIFIER, why))
            continue
        lines = [line for line, _ in holders.get(ref, ())]
        rule, why = _find_reason(identity, lines, identity.parts[place], is_join=True)
        names = (identifiers, labels[place], labels[place])
        changes.append(Change(Kind.RESOLVED, *names, first, last, rule, why))
    return sort_changes(changes)


def _find_lines(
    identity: Identity, refs: AbstractSet[int]
) -> dict[int, list[tuple[int, Sequence[Run]]]]:
    """Return the lines of each ref, by their places, with its runs there."""
    holders: dict[int, list[tuple[int, Sequence[Run]]]] = defaultdict(list)
    for place, line in enumerate(identity.lines):
        for ref, runs in line.seen.items():
            if ref.number in refs:
                holders[ref.number].append((place, runs))
    return holders


def _share_a_day(some: Sequence[dt.date], others: Sequence[dt.date]) -> bool:
    """Whether two ordered sequences of days have a day in common."""
    if some[-1] < others[0] or others[-1] < some[0]:
        return False
    within = others[bisect_left(others, some[0]) : bisect_right(others, some[-1])]
    return any(some[bisect_left(some, day)] == day for day in within)


def _find_reason(
    identity: Identity, some: Collection[int], others: Collection[int], *, is_join: bool
) -> tuple[Rule, str]:
    """Return the strongest reason that joins, or parts, two sets of lines."""
    for link in identity.links:
        if link.is_join is is_join and (
            (link.one in some and link.other in others)
            or (link.one in others and link.other in some)
        ):
            return link.rule, link.why
    if is_join:
        return Rule.TICKER, "the reports of the ticker continue, and nothing contradicts"
    return Rule.TICKER, "nothing connects them"
