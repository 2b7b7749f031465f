"""Check everything, section by section: holdings, metadata, both directions, sectors, themes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import name_rest
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import add_table_flags, emit

if TYPE_CHECKING:
    import argparse

    from stockgroups.checks import Validation
    from stockgroups.findings import Finding

SHOWN = 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `validate`."""
    parser.add_argument("--verbose", action="store_true", help="print every finding")
    add_table_flags(parser)


def run(args: argparse.Namespace) -> int:
    """Validate, and print the sections."""
    with open_database(args) as db:
        outcome = db.validate()
    emit(args, outcome, lambda: show(outcome, verbose=args.verbose))
    return 0 if outcome.passed else 1


def show(outcome: Validation, *, verbose: bool) -> list[str]:
    """Return the outcome as lines, with the first ten findings of each section, or all."""
    lines = [f"Validating environment {outcome.environment}"]
    count = sum(section.numbered for section in outcome.sections)
    numbers = iter(range(1, count + 1))
    for section in outcome.sections:
        place = f"[{next(numbers)}/{count}]" if section.numbered else "[+]"
        title = section.title
        if not title.startswith("ETF"):
            title = title[:1].lower() + title[1:]
        lines += ["", f"{place} Validating {title}..."]
        lines += [f"  {fact}" for fact in section.facts]
        shown = section.findings if verbose else section.findings[:SHOWN]
        lines += [f"    {_line(finding)}" for finding in shown]
        lines += name_rest(section.findings, shown, "--verbose prints all", indent=4)
    failed = [section.title for section in outcome.sections if not section.passed]
    status = f"✗ FAILED: {', '.join(failed)}" if failed else "✓ ALL PASSED"
    return [*lines, "", f"Overall Status: {status}"]


def _line(finding: Finding) -> str:
    sign = {"error": "✗", "warning": "!", "note": "·"}[finding.severity]
    where = " ".join(part for part in (finding.group, finding.symbol) if part)
    remedy = f"; {finding.remedy}" if finding.remedy else ""
    return (
        f"{sign} {where}: {finding.message}{remedy}"
        if where
        else (f"{sign} {finding.message}{remedy}")
    )
