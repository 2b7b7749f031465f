"""ETFs: none may be empty, all stored counts must agree, and the weights must sum to the fund."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.checks.section import Section
from stockgroups.checks.unnamed import read_by_nameless
from stockgroups.db.environments import advise_empty
from stockgroups.db.sql import load_statements
from stockgroups.findings import Severity
from stockgroups.model import Category
from stockgroups.queries.freshness import State, read_freshness
from stockgroups.store import Store, execute
from stockgroups.text import count_of
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence

    from stockgroups.checks.differences import Drift

_SQL = load_statements("checks")
LOWEST_SUM, HIGHEST_SUM = 0.9, 1.1
LOAD = "run `stockgroups load --rebuild --etf {}`"
EMPTIED = "run `stockgroups rollback {}` to restore its members, or delete the group"
BACKUP = "the record itself is damaged: restore the database from a backup"
RECEIPT = "`stockgroups receipt FILE` shows every row"
UNRESOLVED = (
    "load any file that has these identifiers with a ticker or an ISIN, or the SEC's "
    "fails-to-deliver files: `stockgroups load-directory FILE`; `stockgroups receipt {}` shows them"
)
REPORT = "docs/formats.md describes how to report it"
SUM = f"compare with the issuer's file: {RECEIPT}"
ENTRY = (
    "its weights are those of its old entry: load a holdings file named {}_DATE, or correct the "
    "entry and run `stockgroups migrate`"
)
LOAD_FILE = "another program made it: load a holdings file named {}_DATE, or correct it there"


class _Unresolved(NamedTuple):
    """The unresolved stocks of a fund; the weight is None if the fund has no weights."""

    rows: int
    weight: float | None


@dataclass(frozen=True, slots=True)
class _Fund:
    """An ETF's memberships, with figures of its metadata and its effective snapshot.

    Attributes:
        count: The number of memberships.
        weight_sum: The sum of their weights; None if none has a weight.
        total: The number of holdings in the metadata, as a text.
        recorded: The number of members in the snapshot's header.
        held: The number of refs that the snapshot lists.
        nameless: The number of these refs without a symbol.
        is_proxy: Whether the snapshot is a proxy.
        as_of: The snapshot's date.
        is_legacy: Whether the snapshot is an old entry, which no file repeats.
        is_by_others: Whether another program wrote the members of the snapshot.
        load_id: The load that recorded the snapshot.
        accounted: The weights in its receipt, by category.
        is_accepted: Whether a person has accepted the sum of its weights.
    """

    name: str
    count: int
    weight_sum: float | None
    total: str | None
    recorded: int | None
    held: int | None
    nameless: int
    is_proxy: bool | None
    as_of: dt.date | None
    is_by_others: bool | None
    is_legacy: bool | None
    load_id: int | None
    accounted: Any
    is_accepted: bool

    @property
    def is_theirs(self) -> bool:
        """Whether another program made the group or its present members."""
        return self.recorded is None or bool(self.is_by_others)


def check_etfs(store: Store, drift: Drift) -> Section:
    """Compare each ETF's memberships with its metadata and with its snapshot.

    The check of relationships reports drift, member by member.
    """
    section = Section("etfs", "ETF holdings")
    rows = read_by_nameless(store, "etfs")
    funds = [_Fund(name, *drift.sizes["ETF", name], *rest) for name, *rest in rows]
    wrong = 0
    changed = drift.groups
    unresolved = _check_unresolved(store, section)
    for fund in funds:
        has_drift = ("ETF", fund.name) in changed
        if has_drift:
            section.spoil()
            wrong += fund.count > 0
        elif fund.count == 0:
            _report_empty(fund, unresolved.get(fund.name), section)
        else:
            before = len(section.findings)
            _check_fund(fund, unresolved.get(fund.name), section)
            wrong += any(found.severity is Severity.ERROR for found in section.findings[before:])
    empty = [fund.name for fund in funds if fund.count == 0]
    proxies = [fund.name for fund in funds if fund.is_proxy]
    section.add_fact("Total ETFs", len(funds), passed=None if funds else False)
    section.add_fact("Empty holdings", len(empty), passed=not empty)
    if empty:
        section.add_fact("Empty ETFs", f"{empty}")
    section.add_fact("Counts or weights that disagree", wrong, passed=not wrong)
    section.add_fact("Proxies", f"{len(proxies)}" + (f" ({', '.join(proxies)})" if proxies else ""))
    _add_ages(funds, section)
    section.measure(proxies=len(proxies), empty_etfs=len(empty))
    _check_ages(store, section)
    _check_files(store, section)
    section.add_fact("Unresolved rows", sum(one.rows for one in unresolved.values()))
    _check_suspicions(store, section)
    if not funds:
        section.find("there are no ETFs", remedy=advise_empty(store.connection, store.environment))
    return section


def _report_empty(fund: _Fund, unresolved: _Unresolved | None, section: Section) -> None:
    """Report a fund without memberships, with the reason if it is known."""
    if fund.is_by_others:
        section.find(
            f"has no holdings: another program emptied it, as load {fund.load_id} recorded",
            group=fund.name,
            remedy=EMPTIED.format(fund.load_id),
        )
    elif unresolved is not None:
        message = f"has no holdings: all of its {count_of(unresolved.rows, 'stock')}"
        remedy = UNRESOLVED.format(fund.name)
        section.find(f"{message} are unresolved", group=fund.name, remedy=remedy)
    else:
        remedy = (LOAD_FILE if fund.recorded is None else LOAD).format(fund.name)
        section.find("has no holdings", group=fund.name, remedy=remedy)


def _check_fund(fund: _Fund, unresolved: _Unresolved | None, section: Section) -> None:
    """Check that the counts of a fund's members agree, and that its weights sum to the fund."""
    remedy = (LOAD_FILE if fund.is_theirs else LOAD).format(fund.name)
    # A group that another program made need not have a count.
    counts = fund.total is not None or not fund.is_theirs
    if str(fund.count) != fund.total and counts:
        section.find(
            f"holds {fund.count} memberships, its metadata says {fund.total or 'nothing'}",
            group=fund.name,
            warning=fund.is_theirs,
            remedy=remedy,
        )
    # There are fewer memberships than members in the snapshot if the file has one stock under two
    # of its symbols, and more if stocks that the file reports without a symbol are members.
    if fund.recorded is not None and fund.held is not None:
        named = fund.held - fund.nameless
        if fund.recorded != named or fund.count > fund.held:
            section.find(
                _explain_counts(fund.count, fund.recorded, named),
                group=fund.name,
                remedy=remedy if fund.recorded == named else BACKUP,
            )
    # If a person has accepted it, the check of suspicions reports it.
    sum_ = fund.weight_sum
    if sum_ is not None and not LOWEST_SUM <= sum_ <= HIGHEST_SUM and not fund.is_accepted:
        rest = _list_rest(fund.accounted, unresolved)
        parts = ", ".join(f"{word} {weight:.1%}" for word, weight in rest.items())
        section.find(
            f"weights sum to {sum_:.4f}, not within {LOWEST_SUM}-{HIGHEST_SUM}"
            + (f"; its file also has: {parts}" if parts else ""),
            group=fund.name,
            warning=fund.is_theirs or LOWEST_SUM <= sum_ + sum(rest.values()) <= HIGHEST_SUM,
            remedy=remedy if fund.is_theirs else ENTRY.format(fund.name) if fund.is_legacy else SUM,
        )


def _add_ages(funds: Sequence[_Fund], section: Section) -> None:
    """Add the ages of the youngest and the oldest source."""
    dated = [(fund.as_of, fund.name) for fund in funds if fund.as_of is not None]
    if not dated:
        return
    today = today_utc()
    newest, oldest = max(day for day, _ in dated), min(day for day, _ in dated)
    name = max(name for day, name in dated if day == oldest)
    youngest_days, oldest_days = (today - newest).days, (today - oldest).days
    span = f"{youngest_days} to {oldest_days}" if newest > oldest else f"{oldest_days}"
    section.add_fact("Age in days", f"{span} (oldest: {name})")
    section.measure(
        youngest_days=youngest_days,
        oldest_days=oldest_days,
        oldest_etf=name,
        newest_as_of=newest.isoformat(),
        oldest_as_of=oldest.isoformat(),
    )


def _list_rest(accounted: Any, unresolved: _Unresolved | None) -> dict[str, float]:
    """Return the weights in a receipt of all rows but members: `rejected`, `cash` and others.

    The weight of unresolved rows is that of the rows that are still unresolved.
    """
    if not isinstance(accounted, dict):
        return {}
    left = (unresolved.weight if unresolved else None) or 0.0
    accounted = {**accounted, Category.UNRESOLVED.key: left}
    members = (Category.MEMBER.key, Category.MERGED.key)
    return {
        Category.of_key(word).value: weight
        for word, weight in accounted.items()
        if weight and word not in members
    }


def _explain_counts(count: int, recorded: int, held: int) -> str:
    """Return a sentence on how the counts of members in three places disagree."""
    if recorded != held:
        return f"its snapshot declares {recorded} members and lists {held}"
    return f"holds {count} memberships, its snapshot has {recorded} members"


def _check_ages(store: Store, section: Section) -> None:
    """Warn of funds whose source is older than the catalogue allows."""
    today = today_utc()
    old = 0
    proxies: list[str] = []
    for of in read_freshness(store, today):
        if of.state is not State.ERROR or of.age_days is None:
            continue
        old += 1
        if of.is_proxy:
            proxies.append(of.name)
            continue
        entry = store.catalog.etfs.get(of.name)
        place = f" from {entry.url}" if entry else ""
        section.find(
            f"its source is dated {of.as_of}, {of.age_days} days old: more than {of.error_after}",
            group=of.name,
            warning=True,
            remedy=f"download a newer file{place}, then run `stockgroups load --etf {of.name}`",
            details={"as_of": str(of.as_of), "age_days": of.age_days},
        )
    if proxies:
        section.find(
            f"the index lists behind the proxies of {' '.join(proxies)} are too old",
            warning=True,
            remedy="load the funds' own files, or install a newer pytickersymbols and load again",
        )
    section.add_fact("Too old", old)


def _check_files(store: Store, section: Section) -> None:
    """Warn of unknown columns and asset classes in the ETFs' files."""
    before = len(section.findings)
    for name, file, columns, classes in execute(store, _SQL["etf_files"]):
        for kind, unknown, effect, remedy in (
            ("column", columns, "it was not read", REPORT),
            ("asset class", classes, "its rows are not members", REPORT),
        ):
            for printed in unknown:
                section.find(
                    f"{file} has the {kind} {printed!r}, which is not understood: {effect}",
                    group=name,
                    warning=True,
                    remedy=remedy,
                    details={"file": file, kind: printed},
                )
    section.add_fact("Not understood in their files", len(section.findings) - before)


def _check_unresolved(store: Store, section: Section) -> dict[str, _Unresolved]:
    """Warn of stocks that files report without ticker and ISIN, and return them by fund.

    These stocks are not members.
    """
    found = {}
    for name, file, rows, weight, shown in read_by_nameless(store, "unresolved_rows"):
        found[name] = _Unresolved(rows, weight)
        share = f" ({weight:.2%} of the fund)" if weight is not None else ""
        more = "; …" if rows > len(shown) else ""
        section.find(
            f"{file} has {count_of(rows, 'stock')}{share} with neither ticker nor ISIN; nothing "
            f"identifies them, so they are not members: {'; '.join(shown)}{more}",
            group=name,
            warning=True,
            remedy=UNRESOLVED.format(name),
            details={"file": file, "rows": rows, "weight": weight},
        )
    return found


def _check_suspicions(store: Store, section: Section) -> None:
    """Warn of groups whose file had suspicions that a person accepted."""
    before = len(section.findings)
    for kind, name, file, guard, message, load in execute(store, _SQL["suspicions"]):
        section.find(
            f"{file} was accepted ({guard}) although {message}",
            group=name,
            warning=True,
            remedy="load a correct file of a later date, or one of that date that was never "
            "loaded, "
            f"or revert the load: `stockgroups rollback {load}`",
            details={"file": file, "guard": guard, "type": kind},
        )
    section.add_fact("Suspicious and accepted", len(section.findings) - before)
