"""Identity: what prints and registers say of stocks, against what they were taken for.

Nothing here fails a validation: where sources contradict each other, a person has to say who is
right. Every question comes with both sources, and with the command that settles it.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.checks.section import Section
from stockgroups.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol
from stockgroups.identity.components import identifier_keys
from stockgroups.identity.evidence import Print, market_of
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
# In the order of `identifier_keys`.
_SCHEMES = ("CUSIP", "CUSIP", "ISIN", "SEDOL", "FIGI")
_CHECKS = {"CUSIP": valid_cusip, "ISIN": valid_isin, "SEDOL": valid_sedol, "FIGI": valid_figi}
HIGHEST_STRANGE_WEIGHT = 0.002
SHOWN = 10
RENAME = "where it is one stock: `stockgroups alias add {} {} --effective {} --source TEXT`"
REUSE = "confirm the day: `stockgroups alias add {} --reused --effective {} --source TEXT`"
DIRECTORY = "load a newer directory: `stockgroups load-directory`; or correct the file"


_Pair = tuple[str, str]


class _Sighting(NamedTuple):
    """A print in a snapshot."""

    day: dt.date
    symbol: str
    source: str

    def __str__(self) -> str:
        return f"{self.symbol} in {self.source} of {self.day}"


def check_identity(connection: Connection, environment: str, _catalog: Catalog) -> Section:
    """Look for stocks under two symbols, contradicting prints, and prints that nothing backs."""
    section = Section("identity", "Identity", numbered=False)
    where = {"environment": environment}
    row = connection.execute(_SQL["count_identity"], where).fetchone()
    securities, aliases, has_directory = row or (0, 0, False)
    section.tell("Securities", securities)
    section.tell("Aliases", aliases)
    rows = connection.execute(_SQL["identified_prints"], where, binary=True).fetchall()
    prints = [*map(Print._make, rows)]
    questions = _find_shared(connection, environment, section, prints)
    section.tell("Pairs of symbols that may be one stock", questions)
    contradictions = _find_contradictions(connection, environment, section, prints)
    section.tell("Contradicting prints", contradictions)
    _tell_learned(connection, environment, section)
    if has_directory:
        _find_strangers(connection, environment, section)
    return section


def _find_shared(
    connection: Connection, environment: str, section: Section, prints: Iterable[Print]
) -> int:
    """Find identifiers that two stocks of one market have; return how many pairs there are."""
    holders: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for printed in prints:
        for scheme, value in zip(_SCHEMES, identifier_keys(printed), strict=True):
            if value:
                holders[scheme, value][printed.symbol].append(printed.number)
    shared = {
        key: list(chain(*held.values()))
        for key, held in holders.items()
        if len(held) > 1 and _CHECKS[key[0]](key[1])
    }
    meanings = _read_meanings(connection, chain(*shared.values()))
    sightings = _read_sightings(connection, environment, meanings)
    agreed: dict[_Pair, list[str]] = defaultdict(list)
    seen: dict[_Pair, tuple[_Sighting, _Sighting]] = {}
    for (scheme, value), numbers in shared.items():
        firsts: dict[str, dict[str, _Sighting]] = defaultdict(dict)
        for number in numbers:
            stock = meanings.get(number)
            if stock is not None and sightings[number]:
                known = firsts[market_of(stock)]
                known[stock] = min(known.get(stock, sightings[number][0]), sightings[number][0])
        for by_stock in firsts.values():
            earlier, *later = sorted(by_stock.values())
            for other in later:
                pair = earlier.symbol, other.symbol
                agreed[pair].append(f"{scheme} {value}")
                seen[pair] = earlier, other
    for pair, identifiers in sorted(agreed.items()):
        earlier, other = seen[pair]
        section.find(
            f"and {pair[1]} are printed with one {' and '.join(identifiers)}: {earlier}, {other}",
            symbol=pair[0],
            warning=True,
            remedy=RENAME.format(*pair, other.day),
        )
    return len(agreed)


def _find_contradictions(
    connection: Connection, environment: str, section: Section, prints: Iterable[Print]
) -> int:
    """Find symbols that sources print on one day with two identifiers of one kind.

    FIGIs are left out: those of the venue and of the country differ.
    """
    values: dict[tuple[str, str], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for printed in prints:
        for scheme, value in zip(_SCHEMES, identifier_keys(printed), strict=True):
            if value and scheme != "FIGI":
                values[printed.symbol, scheme][value].append(printed.number)
    several = [
        (symbol, scheme, [(v, n) for v, numbers in known.items() for n in numbers])
        for (symbol, scheme), held in values.items()
        if len(held) > 1
        for known in ({value: ns for value, ns in held.items() if _CHECKS[scheme](value)},)
        if len(known) > 1
    ]
    sightings = _read_sightings(
        connection, environment, [number for one in several for _, number in one[2]]
    )
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


def _tell_learned(connection: Connection, environment: str, section: Section) -> None:
    """Tell of renames that prints agree on; ask about tickers that changed hands without a word."""
    renames = 0
    for symbol, day, before in connection.execute(
        _SQL["learned_changes"], {"environment": environment}
    ):
        if before is not None:
            renames += 1
            continue
        section.find(
            f"is another company's ticker since {day}, by what is printed with it",
            symbol=symbol,
            warning=True,
            remedy=REUSE.format(symbol, day),
        )
    section.tell("Renames learned from prints", renames)


def _find_strangers(connection: Connection, environment: str, section: Section) -> None:
    """Weigh what no identifier and no directory vouches for, fund by fund."""
    heaviest = (0.0, "")
    members = 0
    for fund, count, weight, symbols in connection.execute(
        _SQL["strange_members"], {"environment": environment}
    ):
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


def _read_meanings(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """Return today's symbols of what the prints mean, of those that mean one stock alone."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = connection.execute(_SQL["print_meanings"], {"ref_ids": wanted})
    return {number: symbols[0] for number, symbols in rows if len(symbols) == 1}


def _read_sightings(
    connection: Connection, environment: str, numbers: Iterable[int]
) -> dict[int, list[_Sighting]]:
    """Return where the prints stand, oldest first; nothing is asked for none."""
    wanted = sorted(set(numbers))
    sightings: dict[int, list[_Sighting]] = defaultdict(list)
    if wanted:
        for number, symbol, day, source in connection.execute(
            _SQL["print_sources"], {"environment": environment, "ref_ids": wanted}
        ):
            sightings[number].append(_Sighting(day, symbol, source))
    return sightings
