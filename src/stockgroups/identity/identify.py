"""From evidence to securities: the one function that the other modules here serve."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identity.conflicts import Conflict, refuse_alias
from stockgroups.identity.evidence import NAMELESS
from stockgroups.identity.exceptional_refs import find_exceptions
from stockgroups.identity.histories import Histories
from stockgroups.identity.intervals import join_intervals, label_stocks
from stockgroups.identity.joins import join_lines
from stockgroups.identity.lines import Line, make_nameless, split_symbol
from stockgroups.identity.securities import Identity, Security, SecurityInterval
from stockgroups.identity.strays import Holdings

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from stockgroups.identity.evidence import Evidence, NumberedRef, Seen
    from stockgroups.model import Alias
    from stockgroups.ranges import SymbolInterval


class _Stock(NamedTuple):
    """A stock that has no label yet.

    Attributes:
        intervals: Its symbols in the order of time.
        lines: Its lines with a symbol; those of one symbol that follow each other are one.
        places: The places of all its lines.
    """

    intervals: tuple[SymbolInterval, ...]
    lines: Sequence[Line]
    places: tuple[int, ...]


def identify(evidence: Evidence) -> Identity:
    """Return the securities of the evidence; its order does not matter."""
    aliases, conflicts = _choose_aliases(evidence.aliases)
    lines, nameless = _make_lines(evidence, aliases)
    unions, questions = join_lines(lines, nameless, evidence)
    every = (*lines, *nameless)
    # A ref that is no longer reported keeps its symbol's stock; a ref never reported has no stock.
    unseen = {ref.symbol for ref in evidence.refs if ref.number not in evidence.registered} - {
        line.symbol for line in lines if line.seen
    }
    sets = [*map(tuple, unions.sets())]
    joined = [(_coalesce([every[p] for p in places if p < len(lines)]), places) for places in sets]
    stocks = sorted(
        (
            _Stock(join_intervals(part), part, places)
            for part, places in joined
            if _is_known(part, unseen)
        ),
        key=lambda stock: (stock.intervals, _place(stock.lines)),
    )
    labels = label_stocks([(stock.intervals, stock.lines) for stock in stocks])
    # A stock that only registers list is evidence about the owner of its symbols, and in no group.
    held = [
        (Security(stock.intervals, label), stock)
        for stock, label in zip(stocks, labels, strict=True)
        if not _is_registered([every[place] for place in stock.places], evidence.registered)
    ]
    parts = tuple(stock.places for _, stock in held)
    return Identity(
        tuple(security for security, _ in held),
        find_exceptions([(security, stock.lines) for security, stock in held], evidence)
        | {
            ref.number: (SecurityInterval(number),)
            for number, places in enumerate(parts)
            for place in places
            if place >= len(lines)
            for ref in every[place].seen
        },
        tuple(sorted({*conflicts, *questions})),
        every,
        parts,
        tuple(places for places in sets if places not in parts),
        tuple(unions.links()),
    )


def _make_lines(evidence: Evidence, aliases: Sequence[Alias]) -> tuple[list[Line], list[Line]]:
    """Return the lines of all symbols, sorted by symbol, and those of refs without one."""
    seen: dict[str, Seen] = defaultdict(dict)
    for ref in sorted(evidence.refs, key=_content):
        seen[ref.symbol][ref] = sorted(evidence.runs.get(ref.number, ()))
    nameless = [make_nameless(ref, runs) for ref, runs in seen.pop(NAMELESS, {}).items()]
    named: dict[str, list[Alias]] = defaultdict(list)
    for alias in aliases:
        for symbol in {alias.old, alias.new or alias.old}:
            named[symbol].append(alias)
    histories = Histories(Holdings(seen), aliases, evidence.tenures)
    lines: list[Line] = []
    for symbol in sorted({*seen, *named, *evidence.spellings, *evidence.spellings.values()}):
        handovers = evidence.handovers.get(symbol, ())
        lines += split_symbol(
            symbol, seen.get(symbol, {}), named.get(symbol, ()), histories, handovers
        )
    return lines, nameless


def _content(ref: NumberedRef) -> tuple[str, ...]:
    """Return the content of a ref as a sort key; its number depends on the order of loading."""
    return tuple(value or "" for value in ref[1:])


def _choose_aliases(aliases: Sequence[Alias]) -> tuple[list[Alias], list[Conflict]]:
    """Return the aliases that can be true together: only one stock takes a symbol on a day."""
    chosen: dict[tuple[str | None, dt.date], Alias] = {}
    kept: list[Alias] = []
    conflicts: list[Conflict] = []
    for alias in sorted(aliases, key=lambda alias: (alias.effective, alias.old)):
        first = chosen.setdefault((alias.new, alias.effective), alias)
        if alias.new is None or first is alias:
            kept.append(alias)
        else:
            conflicts.append(refuse_alias(first, alias))
    return kept, conflicts


def _coalesce(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of one stock; consecutive lines of one symbol become one."""
    found: list[Line] = []
    for line in sorted(lines, key=lambda line: (line.symbol, line.start, line.end)):
        before = found[-1] if found else None
        if before is not None and before.symbol == line.symbol and before.end == line.start:
            seen, names = dict(before.seen), set(before.names)
            whole = replace(before, end=line.end, left=line.left, seen=seen, names=names)
            found[-1] = whole.add(line.seen)
        else:
            found.append(line)
    return found


def _is_known(joined: Sequence[Line], unseen: Collection[str]) -> bool:
    """Whether the stock is reported, or was reported under a symbol that no other stock has."""
    return any(line.seen or (line.symbol in unseen and line.end == dt.date.max) for line in joined)


def _is_registered(joined: Sequence[Line], registered: Collection[int]) -> bool:
    """Whether only registers list the stock."""
    refs = [ref.number for line in joined for ref, runs in line.seen.items() if runs]
    return bool(refs) and all(number in registered for number in refs)


def _place(joined: Sequence[Line]) -> tuple[str, str, str]:
    """Return a key that distinguishes securities with equal intervals (both have none)."""
    names = sorted(name for line in joined for name in line.names)
    identifiers = sorted(line.identifiers.describe() for line in joined)
    return min(line.symbol for line in joined), " ".join(names), " ".join(identifiers)
