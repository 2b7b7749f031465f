"""Evidence for tests in short notation: who reports what, and when. Identifiers are invented."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from stdnum import cusip, isin
from stdnum.gb import sedol

from stockgroups.identity.evidence import (
    Evidence,
    Handover,
    NumberedRef,
    Run,
    Succession,
)
from stockgroups.identity.identify import identify
from stockgroups.identity.securities import Identity
from stockgroups.model import Alias, Tenure


def day(month: int, date: int = 15) -> dt.date:
    """A day, by the number of months since the end of 2019."""
    return dt.date(2020 + (month - 1) // 12, (month - 1) % 12 + 1, date)


def make_cusip(body: str) -> str:
    """Eight characters with their check digit."""
    return body + cusip.calc_check_digit(body)


def make_isin(body: str) -> str:
    """Eleven characters with their check digit."""
    return body + isin.calc_check_digit(body)


def make_sedol(body: str) -> str:
    """Six characters with their check digit."""
    return body + sedol.calc_check_digit(body)


class Told(NamedTuple):
    """A ref without its number, and the days on which it is reported."""

    symbol: str
    days: tuple[dt.date, ...]
    name: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None
    group: str | None = None
    ticker: str | None = None


def told(symbol: str, *months: int, **values: str) -> Told:
    """A ref that stands on the fifteenth of those months."""
    return Told(symbol, tuple(day(month) for month in months), **values)


def find_runs(snapshots: Iterable[tuple[int, dt.date, Collection[int]]]) -> dict[int, list[Run]]:
    """Return the runs of each ref, from snapshots (group, as-of date, numbers of refs).

    A group has one snapshot for a date.
    """
    groups: dict[int, dict[dt.date, frozenset[int]]] = defaultdict(dict)
    for group, as_of, refs in snapshots:
        groups[group][as_of] = frozenset(refs)
    runs: dict[int, list[Run]] = defaultdict(list)
    for group in sorted(groups):
        groups[group][dt.date.max] = before = frozenset[int]()  # what is held last ends there
        dates = tuple(sorted(groups[group]))
        began: dict[int, int] = {}
        for place, as_of in enumerate(dates):
            held = groups[group][as_of]
            ended: dict[int, Run] = {}  # what came on one date and went on one has one run
            for number in before - held:
                first = began.pop(number)
                if first not in ended:
                    days = dates[first:place]
                    ended[first] = Run(group, days[0], as_of, days)
                runs[number].append(ended[first])
            began.update(dict.fromkeys(held - before, place))
            before = held
    return dict(runs)


def gather(
    refs: Iterable[Told],
    aliases: Sequence[Alias] = (),
    *,
    spellings: dict[str, str] | None = None,
    registrants: Iterable[tuple[str, str]] = (),
    registered: tuple[dt.date, dt.date] = (day(1), day(60)),
    handovers: dict[str, list[Handover]] | None = None,
    listed: Iterable[Told] = (),
    names: dict[str, set[str]] | None = None,
    tenures: Iterable[Tenure] = (),
) -> Evidence:
    """Number the refs in their order. A ref without a group is reported by one of its own.

    `listed` is what a dated register has, from the first to the last of the days, `names` what
    directories call a symbol.
    """
    numbered = list(enumerate(refs, 1))
    snapshots: dict[tuple[str, dt.date], set[int]] = defaultdict(set)
    for number, ref in numbered:
        for as_of in ref.days:
            snapshots[ref.group or f"of {ref}", as_of].add(number)
    groups = {name: place for place, name in enumerate(sorted({name for name, _ in snapshots}))}
    runs = find_runs((groups[name], as_of, refs) for (name, as_of), refs in snapshots.items())
    entries = list(enumerate(listed, len(numbered) + 1))
    for number, entry in entries:
        end = entry.days[-1] + dt.timedelta(days=1)
        runs[number] = [Run(-1, entry.days[0], end, tuple(entry.days))]
    return Evidence(
        [
            NumberedRef(number, t.symbol, t.name, t.cusip, t.isin, t.sedol, t.figi, t.ticker)
            for number, t in [*numbered, *entries]
        ],
        runs,
        aliases,
        spellings or {},
        frozenset(Succession(old, new, *registered) for old, new in registrants),
        handovers or {},
        frozenset(number for number, _ in entries),
        names=names or {},
        tenures={tenure.symbol: [tenure] for tenure in tenures},
    )


def intervals(identity: Identity) -> list[list[tuple[str, dt.date | None, dt.date | None]]]:
    """The securities' symbols with their days, None where they are open."""
    return [
        [
            (
                interval.symbol,
                None if interval.valid_from == dt.date.min else interval.valid_from,
                None if interval.valid_to == dt.date.max else interval.valid_to,
            )
            for interval in security.intervals
        ]
        for security in identity.securities
    ]


def settle(
    *refs: Told,
    aliases: Sequence[Alias] = (),
    spellings: dict[str, str] | None = None,
    registrants: Iterable[tuple[str, str]] = (),
    registered: tuple[dt.date, dt.date] = (day(1), day(60)),
    handovers: dict[str, list[Handover]] | None = None,
    listed: Iterable[Told] = (),
    names: dict[str, set[str]] | None = None,
    tenures: Iterable[Tenure] = (),
) -> Identity:
    """Identify what was told."""
    return identify(
        gather(
            refs,
            aliases,
            spellings=spellings,
            registrants=registrants,
            registered=registered,
            handovers=handovers,
            listed=listed,
            names=names,
            tenures=tenures,
        )
    )
