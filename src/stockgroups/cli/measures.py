"""Text output of the measures of the classification."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import make_table, name_rest
from stockgroups.sectors import Standing

if TYPE_CHECKING:
    from stockgroups.jobs.measure import MeasureReport
    from stockgroups.sectors import Classification, Measure

SHOWN = 10


def show_measures(report: MeasureReport, *, verbose: bool) -> list[str]:
    """Return the report as lines, with the first ten confusions and disputes, or all of them."""
    levels = ", ".join(f"{name} {count}" for name, count in report.confidences.items() if count)
    lines = [
        f"{report.with_sector} of {report.stocks} stocks of the ETFs have a sector ({levels})",
        "",
        *_show_funds(report),
        "",
        "Each source left out, and predicted from the others:",
        *_show_sources(report.sources),
    ]
    for measure in report.sources:
        lines += _show_confusion(measure, verbose=verbose)
    lines += ["", f"Stocks in dispute: {len(report.disputes)}"]
    disputes = sorted(report.disputes.items())
    shown = disputes if verbose else disputes[:SHOWN]
    lines += [_dispute(*item) for item in shown]
    lines += name_rest(disputes, shown, "--verbose prints all", indent=2)
    if report.against is not None:
        lines += ["", *_show_against(report.against, report.not_understood, verbose=verbose)]
    return lines


def _show_funds(report: MeasureReport) -> list[str]:
    rows = [
        (
            fund.etf,
            fund.stocks,
            fund.with_sector,
            _percent(fund.with_sector / fund.stocks if fund.stocks else None),
            _percent(fund.weight_share),
        )
        for fund in report.funds
    ]
    return make_table(["ETF", "US stocks", "with a sector", "share", "share of weight"], rows)


def _show_sources(measures: list[Measure]) -> list[str]:
    rows = [
        (
            measure.name,
            measure.kind.value if measure.kind else None,
            measure.stocks,
            measure.predicted,
            _percent(measure.coverage),
            _percent(measure.agreement),
            len(measure.disputes),
        )
        for measure in measures
    ]
    headers = ["source", "kind", "stocks", "predicted", "coverage", "agreement", "differ"]
    return make_table(headers, rows)


def _show_confusion(measure: Measure, *, verbose: bool) -> list[str]:
    pairs = measure.confusion.most_common(None if verbose else SHOWN)
    if not pairs:
        return []
    rows = [(actual, predicted, count) for (actual, predicted), count in pairs]
    table = make_table([f"{measure.name} says", "predicted", "stocks"], rows)
    return ["", *table, *name_rest(measure.confusion, rows, "--verbose prints all", indent=2)]


def _show_against(measure: Measure, not_understood: list[str], *, verbose: bool) -> list[str]:
    coverage, agreement = _percent(measure.coverage), _percent(measure.agreement)
    here = f"{measure.predicted} with a sector here ({coverage})"
    same = f"{measure.agreed} the same ({agreement})"
    lines = [f"Against {measure.name}: {measure.stocks} stocks, {here}, {same}"]
    differing = sorted(measure.disputes.items())
    listed = differing if verbose else differing[:SHOWN]
    lines += [
        f"  {symbol}: there {actual}, here {predicted}" for symbol, (actual, predicted) in listed
    ]
    lines += name_rest(differing, listed, "--verbose prints all", indent=2)
    if measure.unpredicted:
        lines.append(f"  without a sector here: {' '.join(sorted(measure.unpredicted))}")
    if not_understood:
        shown = not_understood if verbose else not_understood[:SHOWN]
        lines += [f"  ! not understood, {row}" for row in shown]
        lines += name_rest(not_understood, shown, "--verbose prints all", indent=2)
    return lines


def _dispute(symbol: str, answer: Classification) -> str:
    text = ", ".join(
        f"{judged.vote.source} {judged.sector}"
        for judged in answer.votes
        if judged.standing is Standing.COUNTED
    )
    return f"  {symbol}: {answer.sector} ({answer.confidence}); {text}"


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{share:.2%}".replace("%", " %")
