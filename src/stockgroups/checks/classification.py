"""Sectors of stocks: stocks without a sector or a sure one, and unknown labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.section import BUILD
from stockgroups.sectors import Confidence, find_unknown_labels, read_evidence

if TYPE_CHECKING:
    from stockgroups.checks.differences import Drift
    from stockgroups.checks.section import Section
    from stockgroups.store import Store

DECIDE = "or set it: `stockgroups classify override {} SECTOR --reason TEXT`"


def check_classification(store: Store, drift: Drift, section: Section) -> None:
    """Compare the entries' sectors with the record, and report unsure sectors and unknown labels.

    A finding about a stock without a sure sector states what would give it one. The stocks are
    those of ETFs that have entries.
    """
    stocks = {stock.symbol: stock for stock in drift.stocks if stock.is_held and stock.has_entry}
    evidence = read_evidence(store, symbols=stocks.keys(), securities=drift.securities)
    answers = {
        symbol: answer
        for found, answer in evidence.classify(store.catalog.taxonomy)
        for symbol in found
    }
    changed = {symbol for _, symbol in drift.pairs("SECTOR")}
    stale = {
        symbol: (stored, now)
        for symbol, stock in stocks.items()
        if stock.confidence is not None
        and symbol in answers
        and symbol not in changed
        and (now := (answers[symbol].sector, answers[symbol].shown_industry))
        != (stored := (stock.sector, stock.industry))
    }
    for symbol, (stored, now) in stale.items():
        place = stored[0] == now[0]  # if the sectors agree, the industries differ
        section.find(
            f"is in {stored[place] or 'none'} according to its metadata, and in "
            f"{now[place] or 'none'} according to the record",
            symbol=symbol,
            remedy=BUILD,
        )
    rest = [stock for symbol, stock in stocks.items() if symbol not in stale]
    unclassified = [stock.symbol for stock in rest if stock.sector is None]
    unsure = [stock.symbol for stock in rest if stock.confidence == "low"]
    for symbol in unclassified:
        answer = answers.get(symbol)
        if answer is not None and answer.sector is not None:
            message, remedy = f"would be in {answer.sector} according to the record", BUILD
        elif answer is not None:
            message, remedy = f"has no sector: {answer.advise()}", DECIDE.format(symbol)
        else:
            message = "has no sector: no source reports one"
            remedy = "load a file that has sectors and includes it, " + DECIDE.format(symbol)
        section.find(message, symbol=symbol, warning=True, remedy=remedy)
    for symbol in unsure:
        answer = answers.get(symbol)
        if answer is None or answer.confidence is not Confidence.LOW:
            message, remedy = "would have a higher confidence according to the record", BUILD
        else:
            message = f"is in {answer.sector} with low confidence: {answer.advise()}"
            remedy = DECIDE.format(symbol)
        section.find(message, symbol=symbol, warning=True, remedy=remedy)
    unknown = find_unknown_labels(store)
    for word in unknown:
        section.find(
            f"{word.file_name or 'its source'} has the sector {word.label!r}, "
            "which is in no catalogue",
            group=word.group,
            warning=True,
            remedy="add it to labels.toml, or to [no_sector] of taxonomies.toml, of your catalogue",
        )
    section.add_fact("Stale sectors", len(stale), passed=not stale)
    section.add_fact("Low confidence", len(unsure))
    section.add_fact("Unknown labels", len(unknown))
