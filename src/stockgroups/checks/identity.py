"""Identity: refs and registers, against the securities that they were resolved to.

Nothing here fails a validation: where sources contradict each other, a person has to decide. Every
question has both sources, and the command that settles it.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.checks.section import Section
from stockgroups.checks.unnamed import find_likely, read_nameless, read_unnamed, tell_unnamed
from stockgroups.db.sql import load_statements
from stockgroups.identity.changes import Kind, read_change
from stockgroups.identity.components import find_connected, identifier_keys
from stockgroups.identity.evidence import NAMELESS, Evidence, NumberedRef, market_of
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin
from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from stockgroups.checks.differences import Drift
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
# In the order of `identifier_keys`.
_SCHEMES = ("CUSIP", "CUSIP", "ISIN", "SEDOL", "FIGI")
_CHECKS = {"CUSIP": valid_cusip, "ISIN": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
HIGHEST_STRANGE_WEIGHT = 0.002
SHOWN = 10
NEWEST = 20
"""Loads whose changes of stocks are told."""
RENAME = "if they are one stock: `stockgroups alias add {} {} --effective {} --source TEXT`"
REUSE = (
    "if it is another stock: `stockgroups alias add {0} --reused --effective {1} --source TEXT`;"
    " if it is the same stock: `stockgroups alias add {0} {0} --effective {1} --source TEXT`"
)
DIRECTORY = "load a newer directory: `stockgroups load-directory FILE`; or correct the file"


_Pair = tuple[str, str]


class _Sighting(NamedTuple):
    """A ref in a snapshot."""

    day: dt.date
    symbol: str
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} in {self.source} of {self.day}"


def check_identity(store: Store, _drift: Drift) -> Section:
    """Find stocks under two symbols, contradicting refs, and refs that nothing confirms."""
    section = Section("identity", "Identity", numbered=False)
    row = execute(store, _SQL["count_identity"]).fetchone()
    securities, aliases, has_directory = row or (0, 0, False)
    section.tell("Securities", securities)
    section.tell("Aliases", aliases)
    rows = execute(store, _SQL["identified_refs"], binary=True).fetchall()
    refs = [NumberedRef(*row) for row in rows]
    # What has no symbol is the stock that has its identifier, or none: it tells nothing of others.
    named = [ref for ref in refs if ref.symbol != NAMELESS]
    connected = find_connected(Evidence(named, {}))
    doubtful = [r for r in named if r.symbol in connected or (r.cusip and r.isin)]
    questions = _find_shared(store, section, doubtful)
    section.tell("Pairs of symbols that may be one stock", questions)
    unnamed = read_unnamed(store)
    nameless = read_nameless(store)
    likely = find_likely(unnamed, nameless, refs)
    stocks = _read_ref_symbols(store.connection, chain(*likely.values()))
    tell_unnamed(
        section,
        unnamed,
        nameless.values(),
        {name: {stocks[n] for n in numbers if n in stocks} for name, numbers in likely.items()},
    )
    contradictions = _find_contradictions(store, section, doubtful)
    section.tell("Contradicting refs", contradictions)
    _tell_learned(store, section)
    _tell_changes(store, section)
    if has_directory:
        _find_strangers(store, section)
    return section


def _find_shared(store: Store, section: Section, refs: Iterable[NumberedRef]) -> int:
    """Find identifiers that two stocks of one market have; return how many pairs there are."""
    holders: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for ref in refs:
        for scheme, value in zip(_SCHEMES, identifier_keys(ref), strict=True):
            if value:
                holders[scheme, value][ref.symbol].append(ref.number)
    shared = {
        key: list(chain(*held.values()))
        for key, held in holders.items()
        if len(held) > 1 and _CHECKS[key[0]](key[1])
    }
    symbols = _read_ref_symbols(store.connection, chain(*shared.values()))
    sightings = _read_sightings(store, symbols)
    agreed: dict[_Pair, list[str]] = defaultdict(list)
    seen: dict[_Pair, tuple[_Sighting, _Sighting]] = {}
    for (scheme, value), numbers in shared.items():
        firsts: dict[str, dict[str, _Sighting]] = defaultdict(dict)
        for number in numbers:
            stock = symbols.get(number)
            if stock is not None and sightings[number]:
                known = firsts[market_of(stock)]
                first = sightings[number][0]
                if is_isin(first.symbol):  # a person would not know it by that
                    first = first._replace(symbol=stock)
                known[stock] = min(known.get(stock, first), first)
        for by_stock in firsts.values():
            earlier, *later = sorted(by_stock.values())
            for other in later:
                pair = earlier.symbol, other.symbol
                agreed[pair].append(f"{scheme} {value}")
                seen[pair] = earlier, other
    for pair, identifiers in sorted(agreed.items()):
        earlier, other = seen[pair]
        section.find(
            f"and {pair[1]} are reported with one {' and '.join(identifiers)}: {earlier}, {other}",
            symbol=pair[0],
            warning=True,
            remedy=RENAME.format(*pair, other.day),
        )
    return len(agreed)


def _find_contradictions(store: Store, section: Section, refs: Iterable[NumberedRef]) -> int:
    """Find symbols that sources report on one day with two identifiers of one kind.

    FIGIs are left out: those of the venue and of the country differ. SEDOLs of stocks that are
    reported by ISIN are left out too: each listing has one.
    """
    values: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for ref in refs:
        for scheme, value in zip(_SCHEMES, identifier_keys(ref), strict=True):
            if value and scheme != "FIGI" and not (scheme == "SEDOL" and is_isin(ref.symbol)):
                values[ref.symbol, scheme][value].append(ref.number)
    several = [
        (symbol, scheme, [(v, n) for v, numbers in known.items() for n in numbers])
        for (symbol, scheme), held in values.items()
        if len(held) > 1
        for known in ({value: ns for value, ns in held.items() if _CHECKS[scheme](value)},)
        if len(known) > 1
    ]
    sightings = _read_sightings(store, [number for one in several for _, number in one[2]])
    count = 0
    for symbol, scheme, numbered in several:
        by_day: dict[dt.date, dict[str, _Sighting]] = defaultdict(dict)
        for value, number in numbered:
            for sighting in sightings[number]:
                by_day[sighting.day].setdefault(value, sighting)
        day = max((day for day, found in by_day.items() if len(found) > 1), default=None)
        if day is not None:
            count += 1
            told = " and ".join(
                f"{value} in {sighting.source}" for value, sighting in sorted(by_day[day].items())
            )
            section.find(
                f"has two {scheme}s on {day}: {told}; one of them is wrong",
                symbol=symbol,
                warning=True,
                remedy="correct or leave out the wrong file",
            )
    return count


def _tell_learned(store: Store, section: Section) -> None:
    """Report renames from reports, and ask about symbols that changed hands without an alias."""
    renames = 0
    for symbol, day, before in execute(store, _SQL["learned_changes"]):
        if before is not None:
            renames += 1
            continue
        section.find(
            f"is treated as another stock from {day} on: nothing connects it with the one before",
            symbol=symbol,
            warning=True,
            remedy=REUSE.format(symbol, day),
        )
    section.tell("Renames learned from reports", renames)


def _tell_changes(store: Store, section: Section) -> None:
    """Note which stocks the newest loads have split or joined."""
    count = 0
    for load, told in execute(store, _SQL["list_identity_changes"], limit=NEWEST):
        count += sum(told.get(kind.value, 0) for kind in Kind)
        for one in told["securities"]:
            change = read_change(one)
            section.note(f"{change}, since load {load}", symbol=change.was, details=one)
    section.tell(f"Stocks split, joined or resolved by the newest {NEWEST} loads", count)


def _find_strangers(store: Store, section: Section) -> None:
    """Tell the weight of what no identifier and no directory confirms, fund by fund."""
    heaviest = (0.0, "")
    members = 0
    for fund, count, weight, symbols in execute(store, _SQL["strange_members"]):
        members += count
        heaviest = max(heaviest, (weight, fund))
        if weight >= HIGHEST_STRANGE_WEIGHT:
            shown = ", ".join(sorted(symbols)[:SHOWN])
            section.find(
                f"holds {count} symbols ({weight:.2%}) that no identifier and no directory vouches"
                f" for: {shown}{', …' if count > SHOWN else ''}",
                group=fund,
                warning=True,
                remedy=DIRECTORY,
            )
    told = f" (at most {heaviest[0]:.3%} of a fund: {heaviest[1]})" if members else ""
    section.tell("Members that nothing vouches for", f"{members}{told}")


def _read_ref_symbols(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return today's symbols of the refs that are one stock alone."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = connection.execute(_SQL["ref_symbols"], {"ref_ids": wanted})
    return {number: symbols[0] for number, symbols in rows if len(symbols) == 1}


def _read_sightings(store: Store, numbers: Iterable[int]) -> dict[int, list[_Sighting]]:
    """Return where the refs stand, oldest first; nothing is asked for none."""
    wanted = sorted(set(numbers))
    sightings: dict[int, list[_Sighting]] = defaultdict(list)
    if wanted:
        for number, symbol, day, source in execute(store, _SQL["ref_sources"], ref_ids=wanted):
            sightings[number].append(_Sighting(day, symbol, source))
    return sightings
