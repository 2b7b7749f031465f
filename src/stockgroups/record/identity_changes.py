"""The stored securities that a plan splits or joins, so that earlier answers change."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from stockgroups.identity.changes import (
    Change,
    Kind,
    Nameless,
    Report,
    find_changes,
    find_resolved,
)
from stockgroups.identity.evidence import NAMELESS, read_identifiers

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.identity.securities import Security
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.plan import Plan

FIGURE = "identity"
"""The name under which the audit keeps the changes, beside those of groups."""
MOST_KEPT = 100
"""The most changes of one load that the audit lists; their count includes all."""


def list_changes(plan: IdentityPlan) -> list[Change]:
    """Return how the plan changes earlier answers; computed on the first call.

    The changes are stored securities that are split or joined, and refs without a symbol that
    become a stock or stop being one. Most loads change nothing, and spend no time on it.
    """
    if plan.changes is None:
        labels = [security.label for security in plan.securities]
        plan.changes = find_changes(
            _list_reports(plan),
            {number: security.label for number, security in plan.stored.items()},
            labels,
            plan.numbers,
            plan.identity,
        )
        plan.changes += find_resolved(_list_nameless(plan), labels, plan.identity)
    return plan.changes


def describe_identity(plan: IdentityPlan) -> dict[str, Any]:
    """Return what the plan splits and joins, as JSON values."""
    return make_figure(list_changes(plan))


def describe_settled(settled: Mapping[str, Plan]) -> dict[str, Any]:
    """Return what changed in each environment, as JSON values."""
    return {environment: describe_identity(plan.identity) for environment, plan in settled.items()}


def make_figure(changes: Sequence[Change]) -> dict[str, Any]:
    """Return the changes as the audit stores them."""
    kinds = Counter(change.kind for change in changes)
    return {
        **{kind.value: kinds[kind] for kind in Kind},
        "securities": [change.to_dict() for change in changes[:MOST_KEPT]],
    }


def _list_reports(plan: IdentityPlan) -> Iterator[Report]:
    """Yield the recorded reports of securities that change."""
    kept = dict(zip(plan.numbers, plan.securities, strict=True))
    changed = {number for number, was in plan.stored.items() if kept.get(number) != was}
    stale = set(plan.stale_refs)
    for ref in stale:
        changed |= {held[2] for held in plan.ref_securities.exceptions.get(ref, ())}
        changed |= {plan.numbers[m.security] or 0 for m in plan.exceptions.get(ref, ())}
    if not changed and not stale:
        return
    involved = [s[n] for n in changed for s in (plan.stored, kept) if n in s]
    symbols = {interval.symbol for security in involved for interval in security.intervals}
    wanted = {
        number
        for number, ref in plan.refs.items()
        if ref.symbol in symbols
        or number in stale
        or any(held[2] in changed for held in plan.ref_securities.exceptions.get(number, ()))
    }
    owners_before = _find_owners(plan.stored.items())
    owners_now = _find_owners(enumerate(plan.securities))
    pieces: dict[tuple[int, dt.date, dt.date], Sequence[dt.date]] = {}
    for number in sorted(wanted):
        symbol = plan.refs[number].symbol
        before = plan.ref_securities.exceptions.get(number) or owners_before.get(symbol, [])
        intervals = plan.exceptions.get(number, ())
        now = [(one.valid_from, one.valid_to, one.security) for one in intervals]
        now = now or owners_now.get(symbol, [])
        turns = [
            (max(start, since), min(end, until), was, place)
            for start, end, was in before
            for since, until, place in now
            if start < until and since < end and was in plan.stored
        ]
        for days in plan.sightings.recorded(number):
            for start, end, was, place in turns:
                # Thousands of refs have one run, and all are cut on the same days.
                key = id(days), start, end
                if key not in pieces:
                    pieces[key] = days[bisect_left(days, start) : bisect_left(days, end)]
                if pieces[key]:
                    yield Report(number, pieces[key], was, place)


def _list_nameless(plan: IdentityPlan) -> Iterator[Nameless]:
    """Yield the recorded refs without a symbol that become another stock."""
    stale = {number for number in plan.stale_refs if plan.refs[number].symbol == NAMELESS}
    if not stale:
        return
    for number in sorted(stale):
        days = [*plan.sightings.recorded(number)]
        if not days:
            continue
        first, last = min(held[0] for held in days), max(held[-1] for held in days)
        held = plan.ref_securities.exceptions.get(number)
        was = plan.ref_securities.symbols[held[0][2]] if held else None
        place = next((interval.security for interval in plan.exceptions.get(number, ())), None)
        identifiers = read_identifiers(plan.refs[number]).describe()
        yield Nameless(number, identifiers, first, last, was, place)


_Holder = tuple["dt.date", "dt.date", int]


def _find_owners(securities: Iterable[tuple[int, Security]]) -> dict[str, list[_Holder]]:
    """Return the owners of each symbol, with their dates."""
    owners: dict[str, list[_Holder]] = defaultdict(list)
    for number, security in securities:
        for interval in security.intervals:
            owners[interval.symbol].append((interval.valid_from, interval.valid_to, number))
    return owners
