"""Identity: refs and registers, compared with the securities that they were resolved to.

No finding here fails a validation: if sources contradict each other, a person must decide. Every
question names both sources and the command that settles it.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.checks.section import Section
from stockgroups.checks.unnamed import find_likely, read_nameless, read_unnamed, report_unnamed
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import joining_by_hash
from stockgroups.identity.changes import Kind, read_change
from stockgroups.identity.components import find_connected, identifier_keys
from stockgroups.identity.evidence import NAMELESS, Evidence, NumberedRef, market_of
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin
from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.checks.differences import Drift
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
# The order is that of `identifier_keys`.
_SCHEMES = ("CUSIP", "CUSIP", "ISIN", "SEDOL", "FIGI")
_CHECKS = {"CUSIP": valid_cusip, "ISIN": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
HIGHEST_STRANGE_WEIGHT = 0.002
SHOWN = 10
NEWEST = 20
"""The number of newest loads whose changes of stocks are reported."""
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
    """Find stocks with two symbols, refs that contradict each other, and unconfirmed refs."""
    section = Section("identity", "Identity", numbered=False)
    securities, aliases, has_directory = only_row(execute(store, _SQL["count_identity"]))
    section.add_fact("Securities", securities)
    section.add_fact("Aliases", aliases)
    # Refs with one symbol and the same identifiers are judged as one, which has the first number.
    found: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in execute(store, _SQL["identified_refs"], binary=True).fetchall():
        found[row[1:]].append(row[0])
    refs = [NumberedRef(numbers[0], *fields) for fields, numbers in found.items()]
    alike = {numbers[0]: numbers for numbers in found.values()}
    # A ref without a symbol is the stock that has its identifier, or no stock. So it is no evidence
    # about other refs.
    named = [ref for ref in refs if ref.symbol != NAMELESS]
    connected = find_connected(Evidence(named, {}))
    doubtful = [r for r in named if r.symbol in connected or (r.cusip and r.isin)]
    questions = _find_shared(store, section, doubtful, alike)
    section.add_fact("Pairs of symbols that may be one stock", questions)
    unnamed = read_unnamed(store)
    nameless = read_nameless(store)
    names = {
        first: nameless[n] for first, numbers in alike.items() for n in numbers if n in nameless
    }
    likely = {
        name: [*chain.from_iterable(alike[first] for first in firsts)]
        for name, firsts in find_likely(unnamed, names, refs).items()
    }
    stocks = _read_ref_symbols(store.connection, chain(*likely.values()))
    report_unnamed(
        store,
        section,
        unnamed,
        nameless.values(),
        {name: {stocks[n] for n in numbers if n in stocks} for name, numbers in likely.items()},
    )
    contradictions = _find_contradictions(store, section, doubtful, alike)
    section.add_fact("Contradicting refs", contradictions)
    _report_learned(store, section)
    _note_changes(store, section)
    if has_directory:
        _find_strangers(store, section)
    return section


def _find_shared(
    store: Store, section: Section, refs: Iterable[NumberedRef], alike: Mapping[int, Sequence[int]]
) -> int:
    """Find identifiers that two stocks of one market share; return the number of pairs.

    `alike` has the numbers of all refs with the identifiers of each.
    """
    holders: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for ref in refs:
        for scheme, value in zip(_SCHEMES, identifier_keys(ref), strict=True):
            if value:
                holders[scheme, value][ref.symbol] += alike[ref.number]
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
                if is_isin(first.symbol):  # people know the stock by its symbol
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
            f"and {pair[1]} are reported with the same {' and '.join(identifiers)}: {earlier}, "
            f"{other}",
            symbol=pair[0],
            warning=True,
            remedy=RENAME.format(*pair, other.day),
        )
    return len(agreed)


def _find_contradictions(
    store: Store, section: Section, refs: Iterable[NumberedRef], alike: Mapping[int, Sequence[int]]
) -> int:
    """Find symbols that sources report on one day with two identifiers of one kind.

    `alike` has the numbers of all refs with the identifiers of each.

    FIGIs are left out, because a stock has different ones for its venue and its country. SEDOLs of
    stocks that are reported by ISIN are left out too, because each listing has one.
    """
    values: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for ref in refs:
        for scheme, value in zip(_SCHEMES, identifier_keys(ref), strict=True):
            if value and scheme != "FIGI" and not (scheme == "SEDOL" and is_isin(ref.symbol)):
                values[ref.symbol, scheme][value] += alike[ref.number]
    several = [
        (symbol, scheme, [(v, n) for v, numbers in known.items() for n in sorted(numbers)])
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
            text = " and ".join(
                f"{value} in {sighting.source}" for value, sighting in sorted(by_day[day].items())
            )
            section.find(
                f"has two {scheme}s on {day}: {text}; one of them is wrong",
                symbol=symbol,
                warning=True,
                remedy="correct or leave out the wrong file",
            )
    return count


def _report_learned(store: Store, section: Section) -> None:
    """Report renames learned from reports, and ask about reused symbols that have no alias."""
    renames = 0
    for symbol, day, before in execute(store, _SQL["learned_changes"]):
        if before is not None:
            renames += 1
            continue
        section.find(
            f"is treated as another stock from {day} on: nothing connects it with the earlier one",
            symbol=symbol,
            warning=True,
            remedy=REUSE.format(symbol, day),
        )
    section.add_fact("Renames learned from reports", renames)


def _note_changes(store: Store, section: Section) -> None:
    """Note the stocks that the newest loads split or joined."""
    count = 0
    for load, changes in execute(store, _SQL["list_identity_changes"], limit=NEWEST):
        count += sum(changes.get(kind.value, 0) for kind in Kind)
        for one in changes["securities"]:
            change = read_change(one)
            section.note(f"{change}, since load {load}", symbol=change.was, details=one)
    section.add_fact(f"Stocks split, joined or resolved by the newest {NEWEST} loads", count)


def _find_strangers(store: Store, section: Section) -> None:
    """Report, fund by fund, the weight of refs that no identifier and no directory confirms."""
    heaviest = (0.0, "")
    members = 0
    with joining_by_hash(store.connection):
        funds = execute(store, _SQL["strange_members"]).fetchall()
    for fund, count, weight, symbols in funds:
        members += count
        heaviest = max(heaviest, (weight, fund))
        if weight >= HIGHEST_STRANGE_WEIGHT:
            shown = ", ".join(sorted(symbols)[:SHOWN])
            section.find(
                f"holds {count} symbols ({weight:.2%}) that no identifier and no directory "
                f"confirms: {shown}{', …' if count > SHOWN else ''}",
                group=fund,
                warning=True,
                remedy=DIRECTORY,
            )
    heaviest_text = f" (at most {heaviest[0]:.3%} of a fund: {heaviest[1]})" if members else ""
    section.add_fact("Members that nothing confirms", f"{members}{heaviest_text}")


def _read_ref_symbols(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return today's symbols of the refs that belong to exactly one stock."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = connection.execute(_SQL["ref_symbols"], {"ref_ids": wanted})
    return {number: symbols[0] for number, symbols in rows if len(symbols) == 1}


def _read_sightings(store: Store, numbers: Iterable[int]) -> dict[int, list[_Sighting]]:
    """Return the snapshots that contain each ref, the oldest first; no query without refs."""
    wanted = sorted(set(numbers))
    sightings: dict[int, list[_Sighting]] = defaultdict(list)
    if wanted:
        for number, symbol, day, source in execute(store, _SQL["ref_sources"], ref_ids=wanted):
            sightings[number].append(_Sighting(day, symbol, source))
    return sightings
