"""Measure the classification of an environment: coverage, agreement, disputes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.environments import advise_empty
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.json_values import Fields
from stockgroups.sectors import (
    Classification,
    Confidence,
    Measure,
    compare,
    find_current_symbols,
    leave_one_out,
    list_held,
    read_evidence,
)
from stockgroups.symbols import is_foreign, is_isin

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.jobs.sector_lists import SectorList
    from stockgroups.store import Store


@dataclass(frozen=True, slots=True)
class FundCoverage(Fields):
    """How many of a fund's US-listed stocks have a sector, and their share of the weight.

    `weight_share` is a share of the weight of the US-listed stocks; None for a fund without
    weights. `confidences` counts the stocks by the confidence of their sector.
    """

    KEYS = "etf us_stocks=stocks with_sector weight_share confidences"

    etf: str
    stocks: int
    with_sector: int
    weight_share: float | None
    confidences: Mapping[Confidence, int]


@dataclass(frozen=True, slots=True)
class MeasureReport(Fields):
    """The classification of the stocks that ETFs hold, compared with itself and with a list.

    `on` is the day for which labels are read; None: now.
    """

    KEYS = "stocks with_sector confidences funds sources disputes against not_understood"

    stocks: int
    confidences: dict[str, int]
    funds: list[FundCoverage]
    sources: list[Measure]
    disputes: dict[str, Classification]
    against: Measure | None
    not_understood: list[str]
    on: dt.date | None = None

    @property
    def with_sector(self) -> int:
        """How many stocks have a sector."""
        return self.stocks - self.confidences.get(Confidence.NONE, 0)


def measure_sectors(
    store: Store,
    *,
    etfs: Sequence[str] | None = None,
    on: dt.date | None = None,
    against: SectorList | None = None,
) -> MeasureReport:
    """Predict each source from the others, and compare all sectors with a list.

    It covers the stocks of these `etfs`, or of all ETFs, with what was known on a day (None: now).
    Raises NotFoundError if none of the ETFs holds anything.
    """
    with reading(store.connection):
        held = list_held(store, etfs)
        if missing := sorted(set(etfs or ()) - held.keys()):
            raise NotFoundError(
                f"no ETF {', '.join(missing)} with holdings in environment {store.environment}",
                remedy="load it, or leave it out",
            )
        if not held:
            raise NotFoundError(
                f"no ETF has holdings in environment {store.environment}",
                remedy=advise_empty(store.connection, store.environment),
            )
        symbols = {symbol for members in held.values() for symbol in members}
        evidence = read_evidence(store, symbols=symbols, on=on)
        answers = {
            symbol: answer
            for found, answer in evidence.classify(store.catalog.taxonomy)
            for symbol in found
            if symbol in symbols
        }
        measured = _compare(store, against, on=on) if against else None
    confidences = Counter(answer.confidence.value for answer in answers.values())
    confidences[Confidence.NONE] += len(symbols) - len(answers)
    return MeasureReport(
        stocks=len(symbols),
        confidences={level.value: confidences[level.value] for level in Confidence},
        funds=[_cover(name, members, answers) for name, members in held.items()],
        sources=leave_one_out(evidence.alike, store.catalog.taxonomy, on),
        disputes={symbol: one for symbol, one in sorted(answers.items()) if one.is_disputed},
        against=measured,
        not_understood=against.not_understood if against else [],
        on=on,
    )


def _compare(store: Store, against: SectorList, *, on: dt.date | None) -> Measure:
    """Compare the sectors of the list's stocks, by their symbols of today, with the list."""
    current = find_current_symbols(store, against.sectors)
    evidence = read_evidence(store, symbols=current.values(), on=on)
    found = {
        symbol: answer.sector
        for symbols, answer in evidence.classify(store.catalog.taxonomy)
        for symbol in symbols
    }
    predicted = {symbol: found.get(current.get(symbol, symbol)) for symbol in against.sectors}
    return compare(against.file_name, against.sectors, predicted)


def _cover(
    etf: str, members: Mapping[str, float | None], answers: Mapping[str, Classification]
) -> FundCoverage:
    listed_here = {s: w for s, w in members.items() if not (is_foreign(s) or is_isin(s))}
    counts = Counter(
        answers[s].confidence if s in answers else Confidence.NONE for s in listed_here
    )
    confidences = {level: counts[level] for level in Confidence}
    known = [s for s in listed_here if s in answers and answers[s].sector is not None]
    total = sum(weight or 0.0 for weight in listed_here.values())
    share = sum(listed_here[s] or 0.0 for s in known) / total if total else None
    return FundCoverage(etf, len(listed_here), len(known), share, confidences)
