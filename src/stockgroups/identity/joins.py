"""Decide which lines are one stock, by the strongest evidence first, never by a contradiction.

Two lines that one snapshot holds with different valid identifiers are never one stock, whatever
else is known. Otherwise an alias comes before identifiers, identifiers before the register of
companies, and the register before a ticker that continues. Markets are never joined: a listing
elsewhere is another security.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from stockgroups.identity.aliases import join_aliases, part_holders
from stockgroups.identity.conflicts import (
    Conflict,
    ask_rename,
    ask_symbols,
    describe_reuse,
    find_contradictions,
)
from stockgroups.identity.evidence import market_of, read_identifiers
from stockgroups.identity.isins import INDEPENDENT, join_isins, join_nameless
from stockgroups.identity.lines import (
    Line,
    find_holders,
    find_registered,
    find_sharing,
    why_far,
)
from stockgroups.identity.names import Likeness, compare_all
from stockgroups.identity.strays import LATE, LONG, shift
from stockgroups.identity.unions import Rule, Unions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.identity.evidence import Evidence, Succession
    from stockgroups.model import Tenure

NEAR = dt.timedelta(days=7)
"""The most days between a CUSIP's change and its announcement: a week with a holiday."""
REGISTER = "registrant"
"""The word for the SEC's lists, which know a company by its number (CIK) through all renames."""


def join_lines(
    lines: Sequence[Line], nameless: Sequence[Line], evidence: Evidence
) -> tuple[Unions, list[Conflict]]:
    """Return the sets of lines that are one stock, with the reasons, and the open questions.

    Args:
        lines: The lines of each symbol, consecutively in the order of time.
        nameless: One line for each ref without a symbol; their places follow those of the others.
        evidence: All other evidence.
    """
    unions = Unions([*lines, *nameless])
    joins = _Joins(unions, lines, evidence)
    join_aliases(unions, lines, evidence.steps, Rule.ALIAS)
    joins.join_spellings()
    joins.join_identified()
    join_aliases(unions, lines, evidence.steps, Rule.REGISTER)
    joins.join_continuous()
    join_isins(unions, lines, joins.holders, evidence)
    join_nameless(unions, lines, joins.holders, nameless, evidence)
    part_holders(unions, lines, evidence.steps)
    return unions, joins.conflicts


class _Joins:
    """The joins of lines with a symbol that need no alias; `conflicts` are the open questions."""

    def __init__(self, unions: Unions, lines: Sequence[Line], evidence: Evidence) -> None:
        self.unions = unions
        self.lines = lines
        self.evidence = evidence
        self.holders = find_holders(lines)
        self.conflicts: list[Conflict] = []
        self._places: dict[str, list[int]] = defaultdict(list)
        for place, line in enumerate(lines):
            self._places[line.symbol].append(place)
        self._successions: dict[tuple[str, str], list[Succession]] = defaultdict(list)
        for succession in evidence.successions:
            self._successions[succession.old, succession.new].append(succession)

    def join_spellings(self) -> None:
        """Join a line in a compact spelling to the line with the dot at the same time."""
        for compact, dotted in sorted(self.evidence.spellings.items()):
            for place in self._places[compact]:
                for other in self._places[dotted]:
                    if self.lines[other].start <= self.lines[place].start < self.lines[other].end:
                        why = f"a directory lists {compact} as {dotted}"
                        self.unions.join(place, other, Rule.SPELLING, why)

    def join_identified(self) -> None:
        """Join lines that identifiers and the register connect."""
        weighed = []
        for one, other in self._find_candidates():
            first, second = sorted(
                (self.lines[one], self.lines[other]), key=lambda line: (line.first, line.last)
            )
            agreed = self._find_agreement(first, second)
            # `BRKB` beside `BRK.B` is one ticker.
            is_same = first.symbol.replace(".", "") == second.symbol.replace(".", "")
            if agreed or is_same:
                weighed.append((not is_same, -len(agreed), one, other, first, second, agreed))
        for is_other, _, one, other, first, second, agreed in sorted(
            weighed, key=lambda found: found[:4]
        ):
            if self.unions.are_one(one, other):
                continue
            rule = Rule.REGISTER if agreed == [REGISTER] else Rule.IDENTIFIER
            why = _describe_agreement(first, second, agreed)
            if not is_other:
                self.unions.join(one, other, rule, why)
            elif not take_turns(first.days, second.days):
                self.conflicts.append(ask_symbols(first, second, agreed))
                self.unions.part(one, other, rule, f"{why}, and both are reported at the same time")
            elif not (
                _is_enough(first, second, agreed)
                or self._goes_over(first, second)
                or _takes_place(first, second)
            ):
                self.conflicts.append(ask_rename(first, second, agreed))
                self.unions.part(one, other, rule, f"{why}, but nothing else does: not decided")
            elif not self.unions.join(one, other, rule, why):
                self.conflicts.append(ask_rename(first, second, agreed))

    def _find_candidates(self) -> list[tuple[int, int]]:
        """Return the pairs of lines on one market that identifiers or registers connect."""
        pairs = {
            (one, other)
            for held in self.holders.values()
            for one, other in combinations(held, 2)
            if market_of(self.lines[one].symbol) == market_of(self.lines[other].symbol)
        }
        pairs |= {
            (min(one, other), max(one, other))
            for old, new in self._successions
            for one in self._places[old]
            for other in self._places[new]
            if self.lines[one].seen and self.lines[other].seen
        }
        return sorted(pairs)

    def _find_agreement(self, first: Line, second: Line) -> list[str]:
        """Return why two lines are one stock, in words; `first` is reported earlier.

        The register is evidence only if it lists both lines.
        """
        agreed = [scheme.upper() for scheme in first.identifiers.shared(second.identifiers)]
        if any(
            self._is_listed(first, succession.before, succession.old_name)
            and self._is_listed(second, succession.after, succession.new_name)
            for succession in self._successions.get((first.symbol, second.symbol), ())
        ):
            agreed.append(REGISTER)
        return agreed

    def _goes_over(self, first: Line, second: Line) -> bool:
        """Whether a dated register lists one CUSIP under both symbols: it is then one stock's."""
        registered = self.evidence.registered
        cusips = first.identifiers.cusip & second.identifiers.cusip
        return bool(
            find_registered(first, cusips, registered).keys()
            & find_registered(second, cusips, registered).keys()
        )

    def _is_listed(self, line: Line, day: dt.date, name: str | None) -> bool:
        """Whether a line of a symbol is the stock that a register lists under it on a day.

        It has the name on the list, or is reported close to that day, and no other company got the
        symbol in between; nor has another line of the symbol the name.
        """
        if _has_name(line, name):
            return self._find_free(line) <= day < line.end
        others = (self.lines[place] for place in self._places[line.symbol])
        if any(
            other.seen and _has_name(other, name) and self._find_free(other) <= day < other.end
            for other in others
        ):
            return False
        if not line.start <= day < line.end:
            return False
        low, high = min(line.last, day), max(line.first, day)
        is_handed_over = any(
            low < until and since <= high
            for since, until in self.evidence.handovers.get(line.symbol, ())
        )
        is_near = shift(line.first, -LONG) <= day <= shift(line.ended, LONG)
        return is_near and not is_handed_over

    def _find_free(self, line: Line) -> dt.date:
        """Return the first day on which a line may have its symbol: no earlier line is reported.

        If there is an earlier line, the line starts with its first report, which may be long after
        it took the symbol; a name decides whose the symbol was between the two. A group that has
        not reported again since still holds the earlier one, and says nothing about that time.
        """
        earlier = [
            other.last
            for other in map(self.lines.__getitem__, self._places[line.symbol])
            if other.segment == line.segment and other.seen and other.end <= line.start
        ]
        return min(max(earlier, default=line.start), line.start)

    def join_continuous(self) -> None:
        """Join lines of one symbol that continue each other; record reuses and contradictions."""
        segments: dict[tuple[str, int], list[int]] = defaultdict(list)
        for place, line in enumerate(self.lines):
            if line.seen:
                segments[line.symbol, line.segment].append(place)
        for places in segments.values():
            for number, place in enumerate(places):
                line = self.lines[place]
                for earlier in reversed(places[:number]):
                    if not self.unions.are_one(earlier, place):
                        goes_on, why = self._continues(earlier, place)
                        settle = self.unions.join if goes_on else self.unions.part
                        settle(earlier, place, Rule.TICKER, why)
                    if self.unions.are_one(earlier, place):
                        self.conflicts += find_contradictions(self.lines[earlier], line)
                        break
                else:
                    if number:
                        self.conflicts.append(describe_reuse(self.lines[places[number - 1]], line))

    def _continues(self, earlier: int, later: int) -> tuple[bool, str]:
        """Return whether a line continues as a later one of its symbol, and the reason.

        New identifiers under one ticker are a split or a reorganisation if the issuer is the same
        or the names are similar, and the old identifiers do not continue elsewhere.
        """
        first, second = self.lines[earlier], self.lines[later]
        tenure = self._find_tenure(first, second)
        far = why_far(
            first, second, self.evidence.handovers.get(first.symbol, ()), is_known=bool(tenure)
        )
        if far:
            return False, far
        likeness = compare_all(first.names, second.names)
        is_contradicted = first.identifiers.contradict(second.identifiers)
        going_on = "the reports of the ticker continue"
        if first.stretch != second.stretch:
            gap = second.first - first.ended
            going_on = f"no group held it for {gap.days} days"
            if likeness is None and (is_contradicted or (gap > LATE and not tenure)):
                return False, f"{going_on}, and no name shows that it is the same stock"
            if tenure:
                going_on = f"{going_on}, but {tenure}"
            elif likeness is Likeness.UNLIKE or gap > LONG:
                unlike = ", and the names are unlike" if likeness is Likeness.UNLIKE else ""
                return False, f"{going_on}{unlike}"
        if not is_contradicted:
            return True, f"{going_on}, and nothing contradicts"
        if self._reappears(earlier, later):
            return False, "its identifiers continue under another symbol"
        if self._is_announced(first, second):
            return True, f"{going_on}, and a register announces the new CUSIP"
        if first.identifiers.issuers & second.identifiers.issuers:
            return True, f"{going_on}, with another CUSIP of the same issuer"
        if likeness is Likeness.UNLIKE:
            return False, "the identifiers differ, and the names are unlike"
        return True, f"{going_on} with other identifiers, and no name contradicts it"

    def _find_tenure(self, first: Line, second: Line) -> Tenure | None:
        """Return the tenure of the symbol that covers the time between two of its lines."""
        for tenure in self.evidence.tenures.get(first.symbol, ()):
            if tenure.since <= first.last and second.first < tenure.until:
                return tenure
        return None

    def _is_announced(self, first: Line, second: Line) -> bool:
        """Whether a register announces that one line's CUSIP replaces the other's."""
        return any(
            one.symbol == first.symbol
            and one.cusip in (second if one.is_new else first).identifiers.cusip
            and abs(one.day - (second.first if one.is_new else first.last)) <= NEAR
            for one in self.evidence.announced
        )

    def _reappears(self, earlier: int, later: int) -> bool:
        """Whether the earlier line's identifiers continue under another symbol of its market."""
        line, since = self.lines[earlier], self.lines[later].first
        return any(
            other.symbol != line.symbol
            and market_of(other.symbol) == market_of(line.symbol)
            and other.last >= since
            and not self.unions.are_one(place, later)
            for place in find_sharing(line, self.holders)
            for other in (self.lines[place],)
        )


def _has_name(line: Line, name: str | None) -> bool:
    """Whether a line is reported under a name like one on a list."""
    likeness = compare_all(line.names, [name] if name else [])
    return likeness is not None and likeness >= Likeness.SIMILAR


def _describe_agreement(first: Line, second: Line, agreed: Sequence[str]) -> str:
    """Return why two lines are one stock, with the values that they share."""
    shared = first.identifiers.common(second.identifiers).describe()
    lists = "the SEC's lists assign both to one registrant" if REGISTER in agreed else ""
    return " and ".join(filter(None, (f"both have {shared}" if shared else "", lists)))


def _is_enough(first: Line, second: Line, agreed: Sequence[str]) -> bool:
    """Whether this evidence makes two tickers one stock without an alias."""
    return (
        len(agreed) >= INDEPENDENT
        or REGISTER in agreed
        or compare_all(first.names, second.names) is Likeness.SAME
    )


def _takes_place(first: Line, second: Line) -> bool:
    """Whether one group reports one identifier under both symbols, and nothing contradicts.

    An issuer that prints another ticker beside a stock's own number prints the stock's new ticker.
    """
    shared = _find_groups(first, second) & _find_groups(second, first)
    return bool(shared) and not first.identifiers.contradict(second.identifiers)


def _find_groups(line: Line, other: Line) -> set[int]:
    """Return the groups that report a line with an identifier of another line."""
    return {
        run.group
        for ref, runs in line.seen.items()
        if read_identifiers(ref).shared(other.identifiers)
        for run in runs
    }


def take_turns(mine: Sequence[dt.date], theirs: Sequence[dt.date]) -> bool:
    """Whether two symbols follow each other, so that they may be one stock's.

    Late reports of the old symbol are allowed. A stock may also take its old ticker back: the one
    symbol, the other, and the first again.
    """
    first, second = sorted((list(mine), list(theirs)))
    overlap = [day for day in first if day >= second[0]]
    if not overlap or overlap[-1] < second[0] + LATE:
        return True
    back = next(day for day in overlap if day >= second[0] + LATE)
    return second[-1] < back + LATE
