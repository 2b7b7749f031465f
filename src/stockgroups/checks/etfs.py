"""ETFs: none is empty, the counts agree wherever they are kept, the weights sum to the fund."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from stockgroups.checks.section import Section
from stockgroups.db.environments import advise_empty
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("checks")
LOWEST_SUM, HIGHEST_SUM = 0.9, 1.1
LOAD = "run `stockgroups load --rebuild --etf {}`"
REPORT = "docs/formats.md says how to report it"
LOAD_FILE = "another program made it: load a holdings file named {}_DATE, or correct it there"


def check_etfs(connection: Connection, environment: str, _catalog: Catalog) -> Section:
    """Compare each ETF's memberships with its metadata and with its snapshot."""
    section = Section("etfs", "ETF holdings")
    rows = connection.execute(_SQL["etfs"], {"environment": environment}).fetchall()
    today = dt.datetime.now(dt.UTC).date()
    empty: list[str] = []
    proxies: list[str] = []
    ages: list[tuple[int, str]] = []
    wrong = 0
    for (
        name,
        count,
        weighted,
        weight_sum,
        total,
        recorded,
        held,
        is_proxy,
        as_of,
        is_adopted,
    ) in rows:
        if is_proxy:
            proxies.append(name)
        if as_of is not None:
            ages.append(((today - as_of).days, name))
        remedy = (LOAD if recorded is not None else LOAD_FILE).format(name)
        if count == 0:
            empty.append(name)
            section.find("has no holdings", group=name, remedy=remedy)
            continue
        before = len(section.findings)
        # A group that another program made may count nothing.
        counts = total is not None or (recorded is not None and not is_adopted)
        if str(count) != total and counts:
            section.find(
                f"holds {count} memberships, its metadata says {total or 'nothing'}",
                group=name,
                remedy=remedy,
            )
        # Fewer than the snapshot where the file holds one stock under two of its symbols.
        if recorded is not None and (recorded != held or count > recorded):
            section.find(
                f"holds {count} memberships, its snapshot {recorded} , and lists {held}",
                group=name,
                remedy=remedy,
            )
        if weighted and not LOWEST_SUM <= weight_sum <= HIGHEST_SUM:
            section.find(
                f"weights sum to {weight_sum:.4f}, not within {LOWEST_SUM}-{HIGHEST_SUM}",
                group=name,
                remedy="compare with the issuer's file",
            )
        wrong += len(section.findings) > before
    section.tell("Total ETFs", len(rows), passed=None if rows else False)
    section.tell("Empty holdings", len(empty), passed=not empty)
    if empty:
        section.tell("Empty ETFs", f"[{', '.join(empty)}]")
    section.tell("Counts or weights that disagree", wrong, passed=not wrong)
    section.tell("Proxies", f"{len(proxies)}" + (f" ({', '.join(proxies)})" if proxies else ""))
    if ages:
        oldest, name = max(ages)
        youngest = min(ages)[0]
        span = f"{youngest} to {oldest}" if youngest < oldest else f"{oldest}"
        section.tell("Age in days", f"{span} (oldest: {name})")
    _check_files(connection, environment, section)
    if not rows:
        section.find("there are no ETFs", remedy=advise_empty(connection, environment))
    return section


def _check_files(connection: Connection, environment: str, section: Section) -> None:
    """Warn of columns and asset classes that the ETFs' files print and nobody knows."""
    before = len(section.findings)
    for name, file, columns, classes in connection.execute(
        _SQL["etf_files"], {"environment": environment}
    ):
        for kind, unknown, effect, remedy in (
            ("column", columns, "it was not read", REPORT),
            ("asset class", classes, "its lines are no members", REPORT),
        ):
            for printed in unknown:
                section.find(
                    f"{file} prints the {kind} {printed!r}, which is not understood: {effect}",
                    group=name,
                    warning=True,
                    remedy=remedy,
                    details={"file": file, kind: printed},
                )
    section.tell("Not understood in their files", len(section.findings) - before)
