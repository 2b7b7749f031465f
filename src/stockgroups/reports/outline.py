"""The content of a report in its order, without any format."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stockgroups.findings import Severity
from stockgroups.model import GroupType
from stockgroups.queries.freshness import State
from stockgroups.queries.origins import CHANGED
from stockgroups.reports.blocks import (
    Facts,
    Heading,
    Link,
    Picture,
    Share,
    Table,
    Text,
    Verdict,
)
from stockgroups.text import count_of, name_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.checks import Section, Validation
    from stockgroups.findings import Finding
    from stockgroups.queries.origins import Origin
    from stockgroups.queries.provenance import LoadEntry
    from stockgroups.queries.statistics import GroupCount
    from stockgroups.reports.blocks import Block
    from stockgroups.reports.details import FundDetail
    from stockgroups.reports.report import Report

MOST_FINDINGS, MOST_DETAILED = 10, 500
"""Findings of a check that are shown, and with detail."""
_SIGNS = {Severity.ERROR: "✗", Severity.WARNING: "!", Severity.NOTE: "·"}
_STATES = {State.PASS: "✓", State.WARN: "!", State.ERROR: "✗", State.UNKNOWN: "?"}


def outline(report: Report) -> Iterator[Block]:
    """Yield the report block by block; its headings have unique anchors."""
    yield Heading(1, f"Stock groups in {report.environment}", "top")
    yield Facts(
        [
            ("Made at", f"{report.made_at:%Y-%m-%d %H:%M} UTC by {report.program}"),
            ("State", f"version {report.version} of environment {report.environment}"),
            ("Validation", judge(report.validation)),
            ("Sources of ETFs", _count_states(report)),
        ]
    )
    yield from _describe_totals(report)
    yield from _describe_sectors(report)
    yield from _describe_etfs(report)
    yield from _describe_others(report)
    yield from _describe_quality(report)
    yield from _describe_coverage(report)
    yield from _describe_loads(report.loads)
    if report.funds is not None:
        yield Heading(2, "Each ETF", "each")
        for fund in report.funds:
            yield from _describe_fund(fund)


def judge(validation: Validation) -> Verdict:
    """Return the outcome of all checks as a verdict."""
    failed = [section.title for section in validation.sections if not section.passed]
    return Verdict("✗", f"failed: {', '.join(failed)}") if failed else Verdict("✓", "passed")


def _count_states(report: Report) -> str:
    states = Counter(age.state for age in report.ages.values())
    words = {
        State.PASS: "fresh enough",
        State.WARN: "old (warn)",
        State.ERROR: "too old (error)",
        State.UNKNOWN: "of unknown age",
    }
    return ", ".join(f"{states[state]} {word}" for state, word in words.items() if states[state])


def _describe_totals(report: Report) -> Iterator[Block]:
    statistics = report.statistics
    yield Heading(2, "Totals", "totals")
    yield Table(
        "Groups by type",
        ("type", "groups", "memberships", "proxies", "oldest source", "newest source"),
        [
            (kind, c.groups, c.memberships, c.proxies, c.oldest_as_of, c.newest_as_of)
            for kind, c in statistics.types.items()
        ],
    )
    facts: list[tuple[str, str | int | Verdict]] = [
        ("Stocks in ETFs", statistics.etf_stocks),
        ("Stocks in any group", statistics.all_stocks),
        ("Stocks with metadata", statistics.metadata_entries or 0),
        ("Of these with a sector", statistics.metadata_with_sector or 0),
        ("Snapshots on record", statistics.snapshots or 0),
        ("Members in them", statistics.snapshot_members or 0),
    ]
    if statistics.drifted:
        names = ", ".join(f"{kind} {name}" for kind, name in statistics.drifted)
        facts.append(("Drift", Verdict("!", f"{names}: {CHANGED}")))
    yield Facts(facts)


def _describe_sectors(report: Report) -> Iterator[Block]:
    yield Heading(2, "Sectors", "sectors")
    if not report.sectors:
        yield Text(
            "There are no sectors: run `stockgroups organize-sectors`, then "
            "`stockgroups build-metadata`."
        )
        return
    whole = sum(one.members for one in report.sectors)
    yield Picture("sectors", "Stocks by sector")
    yield Table(
        "Stocks by sector",
        ("sector", "stocks", "share"),
        [
            (name_key(one.name), one.members, Share(one.members / whole) if whole else None)
            for one in report.sectors
        ],
    )


def _describe_etfs(report: Report) -> Iterator[Block]:
    yield Heading(2, "ETFs", "etfs")
    if not report.statistics.etfs:
        yield Text("There are no ETFs: run `stockgroups load`.")
        return
    ages = report.ages
    yield Table(
        "ETFs with the age of their sources",
        ("ETF", "name", "holdings", "as of", "days", "source", "state"),
        [
            (
                etf.name if report.funds is None else Link(etf.name, _anchor(etf.name)),
                etf.title,
                etf.members,
                etf.origin.as_of,
                etf.origin.age_on(report.made_at.date()),
                _name_source(etf.origin),
                Verdict(_STATES[ages[etf.name].state], ages[etf.name].state.value),
            )
            for etf in report.statistics.etfs
        ],
    )


def _describe_others(report: Report) -> Iterator[Block]:
    shown = (GroupType.ETF, GroupType.SECTOR)
    others = [one for one in report.statistics.groups if one.kind not in shown]
    if not others:
        return
    yield Heading(2, "Other groups", "others")
    yield Table(
        "Other groups with their sources",
        ("type", "group", "stocks", "as of", "source"),
        [
            (one.kind, one.name, one.members, one.origin.as_of, _name_source(one.origin))
            for one in others
        ],
    )


def _name_source(origin: Origin) -> str | Verdict | None:
    if origin.is_drifted:
        return Verdict("!", "changed by another program")
    return f"{origin.source}, a proxy" if origin.is_proxy else origin.source


def _describe_quality(report: Report) -> Iterator[Block]:
    sections = report.validation.sections
    yield Heading(2, "Quality", "quality")
    yield Table(
        "Checks",
        ("check", "outcome", "errors", "warnings", "notes"),
        [
            (
                section.title,
                Verdict("✓", "passed") if section.passed else Verdict("✗", "failed"),
                *(_count(section.findings, severity) for severity in Severity),
            )
            for section in sections
        ],
    )
    for section in sections:
        yield from _describe_check(
            section, MOST_FINDINGS if report.funds is None else MOST_DETAILED
        )


def _count(findings: Sequence[Finding], severity: Severity) -> int:
    return sum(finding.severity is severity for finding in findings)


def _describe_check(section: Section, most: int) -> Iterator[Block]:
    yield Heading(3, section.title, f"check-{section.name}")
    yield Facts(
        [
            (
                fact.label,
                fact.value
                if fact.passed is None
                else Verdict("✓" if fact.passed else "✗", str(fact.value)),
            )
            for fact in section.facts
        ]
    )
    yield from _describe_findings(section.findings, section.title, most)


def _describe_findings(findings: Sequence[Finding], of: str, most: int) -> Iterator[Block]:
    if not findings:
        return
    worst_first = sorted(findings, key=lambda one: list(Severity).index(one.severity))
    yield Table(
        f"Findings: {of}",
        ("severity", "group", "stock", "finding", "what to do"),
        [
            (
                Verdict(_SIGNS[one.severity], one.severity.value),
                one.group,
                one.symbol,
                one.message,
                one.remedy,
            )
            for one in worst_first[:most]
        ],
    )
    if len(findings) > most:
        rest = count_of(len(findings) - most, "finding")
        yield Text(f"And {rest} more: `stockgroups validate --verbose` prints all.")


def _describe_coverage(report: Report) -> Iterator[Block]:
    if report.coverage is None:
        return
    yield Heading(2, "Sector coverage", "coverage")
    yield Text(
        f"{report.coverage.with_sector:,} of {report.coverage.stocks:,} stocks of the ETFs have a "
        "sector. The table counts those that are listed in the US."
    )
    yield Picture("coverage", "How many stocks of each ETF have a sector")
    yield Table(
        "Sector coverage of each ETF",
        ("ETF", "US stocks", "with a sector", "of them", "weight of them"),
        [
            (
                one.etf,
                one.stocks,
                one.with_sector,
                Share(one.with_sector / one.stocks) if one.stocks else None,
                None if one.weight_share is None else Share(one.weight_share),
            )
            for one in report.coverage.funds
        ],
    )


def _describe_loads(loads: Sequence[LoadEntry]) -> Iterator[Block]:
    if not loads:
        return
    yield Heading(2, "Newest loads", "loads")
    yield Table(
        "Newest loads",
        ("load", "time (UTC)", "what", "who", "program", "changes", "undone by"),
        [
            (
                str(one.id),
                f"{one.started_at:%Y-%m-%d %H:%M}",
                one.kind,
                one.actor,
                one.program,
                one.summary,
                None if one.undone_by is None else f"load {one.undone_by}",
            )
            for one in loads
        ],
    )


def _describe_fund(fund: FundDetail) -> Iterator[Block]:
    count = fund.count
    title = f"{count.name}: {count.title}" if count.title not in (None, count.name) else count.name
    yield Heading(3, title, _anchor(count.name))
    state = fund.freshness.state
    facts: list[tuple[str, str | int | Verdict]] = [
        ("Source", _describe_source(count)),
        ("State", Verdict(_STATES[state], state.value)),
        ("Holdings", count.members),
        ("Weight of the stocks", "not reported" if fund.weight is None else f"{fund.weight:.4%}"),
    ]
    if fund.beside:
        parts = ", ".join(f"{part.label} {weight:.4%}" for part, weight in fund.beside.items())
        facts.append(("Not in stocks", parts))
    if fund.coverage is not None and fund.coverage.stocks:
        covered = f"{fund.coverage.with_sector:,} of {fund.coverage.stocks:,} US stocks"
        facts.append(("With a sector", covered))
    if fund.rows is not None:
        rows = ", ".join(f"{number:,} {word}" for word, number in fund.rows.items() if number)
        facts.append(("Rows of the file", rows or "none"))
    yield Facts(facts)
    if fund.largest:
        yield Table(
            f"Largest holdings of {count.name}",
            ("stock", "name", "weight"),
            [(top.symbol, top.name, _share(top.weight)) for top in fund.largest],
        )
        yield Table(
            f"Sectors of {count.name}",
            ("sector", "stocks", "weight"),
            [
                (
                    name_key(part.sector) if part.sector else "unknown",
                    part.stocks,
                    _share(part.weight),
                )
                for part in fund.sectors
            ],
        )
    yield from _describe_findings(fund.findings, count.name, MOST_FINDINGS)


def _share(weight: float | None) -> Share | None:
    return None if weight is None else Share(weight)


def _describe_source(count: GroupCount) -> str | Verdict:
    text = count.origin.describe(None)
    return Verdict("!", text) if count.origin.is_drifted else text


def _anchor(ticker: str) -> str:
    """Return a heading's anchor: letters and digits stay, other characters become their numbers."""
    return "etf-" + "".join(s if s.isascii() and s.isalnum() else f"_{ord(s):x}_" for s in ticker)
