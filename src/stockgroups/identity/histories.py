"""Histories in later symbols: a group reports a stock under a symbol that it got only later."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.strays import EARLY, LATE, LONG, shift

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.identity.evidence import Run, Seen
    from stockgroups.identity.strays import Holdings
    from stockgroups.model import Alias, Tenure


class _Stay(NamedTuple):
    """Consecutive snapshots of a group that hold a symbol.

    Attributes:
        start: The first day.
        end: The as-of date of the next snapshot, which does not hold it.
        last: The last day.
    """

    start: dt.date
    end: dt.date
    last: dt.date


class _Turns(NamedTuple):
    """By group: stays of a stock under its new symbol before the change, and under an old one."""

    new: dict[int, list[_Stay]]
    old: dict[int, list[_Stay]]


class Histories:
    """Where groups report an alias's stock under its new symbol before the alias's day.

    A history in later symbols has the new symbol across the day, and no old symbol beside it that
    ends with the change. (An old symbol that continues belongs to the next holder; one that ended
    years before belongs to an earlier one.) A list of the day among its dates interrupts it with an
    old symbol: if the old symbol takes the place of the new one, both are the stock. A symbol that
    another stock had until the day (an acquirer takes that of its target) is read as reported. A
    tenure of the new symbol from before the day decides: nobody else had it, so it is the stock.
    """

    def __init__(
        self,
        holdings: Holdings,
        aliases: Iterable[Alias],
        tenures: Mapping[str, Sequence[Tenure]],
    ) -> None:
        """Start from all reports by symbol, all aliases, and all tenures by symbol."""
        self.holdings = holdings
        self._tenures = tenures
        self._leaving: dict[str, list[Alias]] = defaultdict(list)
        self._arriving: dict[str | None, list[Alias]] = defaultdict(list)
        for alias in sorted(aliases, key=lambda alias: (alias.effective, alias.old)):
            self._leaving[alias.old].append(alias)
            self._arriving[alias.new].append(alias)
        self._found: dict[Alias, _Turns] = {}

    def is_backdated(self, run: Run, alias: Alias, left: Alias | None = None) -> bool:
        """Whether a run of the alias's new symbol before the alias's day is the alias's stock.

        If another stock had the symbol until that very day (`left`), the run is that stock's,
        except in a group that reports that stock under its own later symbol beside it.
        """
        is_free = left is None or any(
            stay.start < run.end and run.start < stay.end
            for stay in self._find(left).new.get(run.group, ())
        )
        is_known = any(
            tenure.since <= run.days[-1] and alias.effective < tenure.until
            for tenure in self._tenures.get(alias.new or "", ())
        )
        return is_free and (is_known or _is_within(run, self._find(alias).new))

    def is_in_place(self, run: Run, alias: Alias) -> bool:
        """Whether a run of the alias's old symbol takes the place of a later one in its group."""
        return any(_is_within(run, self._find(later).old) for later in self._follow(alias))

    def carry(self, seen: Seen, alias: Alias) -> None:
        """Extend reports of the old symbol that take a later one's place until the alias's day."""
        for ref, runs in seen.items():
            seen[ref] = [
                run._replace(end=alias.effective) if self.is_in_place(run, alias) else run
                for run in runs
            ]

    def _follow(self, alias: Alias) -> Iterator[Alias]:
        """Yield an alias, and the aliases by which its stock changes its symbol later."""
        step: Alias | None = alias
        while step is not None:
            yield step
            day, symbol = step.effective, step.new or ""
            step = next((one for one in self._leaving.get(symbol, ()) if one.effective > day), None)

    def _find(self, alias: Alias) -> _Turns:
        """Return where the alias's stock is reported under its new symbol before the day."""
        if alias not in self._found:
            self._found[alias] = turns = _Turns({}, {})
            old: dict[int, list[Run]] = defaultdict(list)
            for symbol in self._list_old(alias):
                for group, runs in self.holdings.runs_of(symbol).items():
                    old[group] += runs
            new = self.holdings.runs_of(alias.new) if alias.new else {}
            for group, runs in new.items():
                turns.new[group], turns.old[group] = _find_turns(
                    alias.effective, _merge(runs), _merge(old.get(group, ()))
                )
        return self._found[alias]

    def _list_old(self, alias: Alias) -> Iterator[str]:
        """Yield the symbols that an alias's stock had before, the last one first."""
        step: Alias | None = alias
        while step is not None and step.old != alias.new:
            yield step.old
            day, symbol = step.effective, step.old
            before = [one for one in self._arriving.get(symbol, ()) if one.effective < day]
            step = before[-1] if before else None


def _find_turns(
    day: dt.date, new: Sequence[_Stay], old: Sequence[_Stay]
) -> tuple[list[_Stay], list[_Stay]]:
    """Return a group's stays under the new symbol before the day, and under old ones among them."""
    chains: list[tuple[list[_Stay], list[_Stay]]] = []
    for stay in new:
        if stay.start >= shift(day, -EARLY):
            break  # an early report, or the time after the change
        between = _bridge(chains[-1][0][-1], stay, old) if chains else None
        if between is None:
            chains.append(([], []))
        chains[-1][0].append(stay)
        chains[-1][1].extend(between or ())
    found: tuple[list[_Stay], list[_Stay]] = ([], [])
    for stays, among in chains:
        is_beside = any(
            one.start < stay.end and stay.start < one.end and abs(one.end - day) <= LATE
            for one in old
            for stay in stays
        )
        goes_over = stays[-1].last >= day
        if is_beside or not (goes_over or among):
            continue
        found[0].extend(stays)
        found[1].extend(among)
        if goes_over:
            begun = stays[0].start
            found[1].extend(one for one in old if one.end == begun and begun - one.last <= LONG)
    return found


def _bridge(before: _Stay, after: _Stay, old: Sequence[_Stay]) -> list[_Stay] | None:
    """Return the stays under old symbols between two under the new one; None across a break.

    A stay that fills the whole place of the new symbol makes no break.
    """
    between = [one for one in old if before.end <= one.start and one.end <= after.start]
    gap = after.start - before.end
    is_filled = any(one.start == before.end and one.end == after.start for one in between)
    return between if gap <= LATE or (is_filled and gap <= LONG) else None


def _merge(runs: Iterable[Run]) -> list[_Stay]:
    """Return the stays of a group, whatever refs it had for the symbol."""
    stays: list[_Stay] = []
    for run in sorted(runs):
        if stays and run.start <= stays[-1].end:
            end, last = max(stays[-1].end, run.end), max(stays[-1].last, run.days[-1])
            stays[-1] = stays[-1]._replace(end=end, last=last)
        else:
            stays.append(_Stay(run.start, run.end, run.days[-1]))
    return stays


def _is_within(run: Run, stays: dict[int, list[_Stay]]) -> bool:
    return any(stay.start <= run.days[0] <= stay.last for stay in stays.get(run.group, ()))
