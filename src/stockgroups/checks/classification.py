"""Sectors of stocks: which have none or none that is sure, and which labels nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.checks.build import BUILD
from stockgroups.classify import Confidence
from stockgroups.evidence import find_unknown_labels, read_evidence
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.checks.section import Section
    from stockgroups.classify import Classification
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
DECIDE = "or decide it: `stockgroups classify override {} SECTOR --reason ...`"


def check_classification(
    connection: Connection, environment: str, catalog: Catalog, section: Section
) -> None:
    """Tell of stocks without a sure sector what would give them one, and of unknown labels."""
    rows = connection.execute(_SQL["unsettled_stocks"], {"environment": environment}).fetchall()
    unclassified = [symbol for symbol, confidence in rows if confidence is None]
    unsure = [symbol for symbol, confidence in rows if confidence is not None]
    answers = _classify(connection, environment, catalog, [*unclassified, *unsure])
    for symbol in unclassified:
        answer = answers.get(symbol)
        if answer is not None and answer.sector is not None:
            message, remedy = f"would be in {answer.sector} by what is recorded now", BUILD
        elif answer is not None:
            message, remedy = f"has no sector: {answer.advise()}", DECIDE.format(symbol)
        else:
            message = "has no sector: no source prints one for it"
            remedy = "load a file of an issuer that prints sectors and holds it, " + DECIDE.format(
                symbol
            )
        section.find(message, symbol=symbol, warning=True, remedy=remedy)
    for symbol in unsure:
        answer = answers.get(symbol)
        if answer is None or answer.confidence is not Confidence.LOW:
            message, remedy = "would be surer by what is recorded now", BUILD
        else:
            message = f"is in {answer.sector} with low confidence: {answer.advise()}"
            remedy = DECIDE.format(symbol)
        section.find(message, symbol=symbol, warning=True, remedy=remedy)
    unknown = find_unknown_labels(connection, environment, catalog.taxonomy)
    for word in unknown:
        section.find(
            f"{word.file_name or 'its source'} prints {word.label!r} for a sector, "
            "which no table knows",
            group=word.group,
            warning=True,
            remedy="add it to labels.toml, or to [no_sector] of taxonomies.toml, of your catalogue",
        )
    section.tell("Low confidence", len(unsure))
    section.tell("Unknown labels", len(unknown))


def _classify(
    connection: Connection, environment: str, catalog: Catalog, symbols: Sequence[str]
) -> dict[str, Classification]:
    if not symbols:
        return {}
    evidence = read_evidence(connection, environment, catalog, symbols=symbols)
    return {
        symbol: answer for found, answer in evidence.classify(catalog.taxonomy) for symbol in found
    }
