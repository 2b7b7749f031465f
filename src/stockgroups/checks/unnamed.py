"""Stocks of funds without a ticker from any source, and how to find the ticker."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import joining_by_hash
from stockgroups.identity.components import identifier_keys
from stockgroups.identity.evidence import NAMELESS
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from stockgroups.checks.section import Section
    from stockgroups.identity.evidence import NumberedRef

_SQL = load_statements("checks")
SHOWN = 10
LISTED = (
    "load a file that has its ticker beside the ISIN or SEDOL, or the SEC's fails-to-deliver "
    "files: `stockgroups load-directory FILE`"
)
LISTING = (
    "load a file that has the SEDOL beside the ticker; or, if the tickers are one stock, "
    "`stockgroups alias add OLD NEW --effective DATE --source TEXT`"
)


def read_unnamed(store: Store) -> list[str]:
    """Return the ISINs that are members of funds, in their order."""
    return [isin for (isin,) in execute(store, _SQL["unnamed_members"])]


def read_nameless(store: Store) -> dict[int, str]:
    """Return the refs in funds that do not resolve to a stock, with their identifiers.

    Such a ref has neither ticker nor ISIN. An identifier has the form `CUSIP 037833100`.
    """
    return dict(read_by_nameless(store, "nameless_refs"))


def read_by_nameless(store: Store, statement: str) -> list[tuple[Any, ...]]:
    """Return the rows of a statement that reads `nameless`: the positions without a symbol."""
    with joining_by_hash(store.connection):
        return execute(store, b"WITH " + _SQL["nameless"] + _SQL[statement]).fetchall()


def find_likely(
    isins: Iterable[str], nameless: Mapping[int, str], refs: Sequence[NumberedRef]
) -> dict[str, list[int]]:
    """Return the numbers of refs that share an identifier with each ISIN and each nameless ref.

    For an ISIN these are only refs with a ticker.
    """
    wanted = set(isins)
    holders: dict[str, set[str]] = defaultdict(set)
    for ref in refs:
        name = ref.symbol if ref.symbol in wanted else nameless.get(ref.number)
        if name:
            for value in filter(None, identifier_keys(ref)):
                holders[value].add(name)
    likely: dict[str, list[int]] = defaultdict(list)
    for ref in refs if holders else ():
        if ref.symbol == NAMELESS:
            continue
        shared = (holders.get(value or "", ()) for value in identifier_keys(ref))
        for name in set().union(*shared):
            if not (is_isin(ref.symbol) and is_isin(name)):
                likely[name].append(ref.number)
    return likely


def report_unnamed(
    store: Store,
    section: Section,
    isins: Sequence[str],
    nameless: Iterable[str],
    likely: Mapping[str, Iterable[str]],
) -> None:
    """Report what each stock may be; stocks without any clue are reported fund by fund.

    The check of ETFs reports refs that are no stock, fund by fund.
    """
    section.add_fact("Stocks without a ticker", len(isins))
    for name in sorted(set(nameless)):
        _report_likely(section, name, sorted(likely.get(name, ())))
    for isin in isins:
        _report_likely(section, isin, sorted(likely.get(isin, ())))
    unknown = [isin for isin in isins if not likely.get(isin)]
    rows = execute(store, _SQL["count_in_funds"], symbols=unknown, shown=SHOWN) if unknown else ()
    for fund, count, weight, first in rows:
        section.find(
            f"holds {count_of(count, 'stock')} ({weight:.2%}) for which no source gives a ticker: "
            f"{', '.join(first)}{', …' if count > SHOWN else ''}",
            group=fund,
            warning=True,
            remedy=LISTED,
        )


def _report_likely(section: Section, name: str, tickers: Sequence[str]) -> None:
    """Report the stocks that share an identifier with one without a ticker, if there are any."""
    if not tickers:
        return
    section.find(
        f"has no ticker: it shares an identifier with {' and '.join(tickers)}, and "
        + (
            "no source shows which of them it is"
            if len(tickers) > 1
            else "another identifier or the name contradicts this"
        ),
        symbol=name,
        warning=True,
        remedy=LISTING if len(tickers) > 1 else LISTED,
    )
