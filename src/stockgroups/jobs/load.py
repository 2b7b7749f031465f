"""Load ETFs: turn files and proxies into desired groups, then plan and apply them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from stockgroups.db.locks import hold_tables
from stockgroups.db.transactions import writing
from stockgroups.errors import StalePlanError
from stockgroups.jobs.amendments import order_filings, refuse_superseded
from stockgroups.jobs.folder import Listing
from stockgroups.jobs.holdings import HoldingsFile, read_folder
from stockgroups.jobs.load_gaps import Recorded, explain_gap, explain_unknown
from stockgroups.jobs.load_report import LoadReport
from stockgroups.jobs.renamed import rename_funds
from stockgroups.jobs.universes import universe_group
from stockgroups.model import GroupType
from stockgroups.queries.provenance import read_loads
from stockgroups.readers.lists import index_package
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.plan_digest import digest_plan
from stockgroups.text import Progress, ignore_progress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stockgroups.jobs.load_options import LoadOptions
    from stockgroups.model import Snapshot
    from stockgroups.record.plan import Plan
    from stockgroups.store import Store

MOST_SHOWN = 20
"""The most loads after a plan that are listed, the newest ones."""
_LONGEST_NUMBER = 18


def load_etfs(
    store: Store,
    options: LoadOptions,
    progress: Progress = ignore_progress,
) -> LoadReport:
    """Record the files, and give each ETF the memberships of its effective snapshot.

    If a file cannot be read, or a guard or the database refuses it, its ETF stays as it was and the
    report names it; the others load. A fund that tracks a known index and never had a file gets a
    proxy from that index.

    With `options.plan`, the load does exactly what the dry run with this hash reported, or nothing.
    A plan that was applied before is not applied again.

    Raises:
        NotFoundError: Nothing is known of the fund `options.etf`.
        StalePlanError: The load would now differ from the plan.
        DatabaseError: Nothing could be done at all.
    """
    files: list[HoldingsFile] = []
    listing = Listing()
    if options.holdings_dir is not None:
        files, listing = read_folder(store, options.holdings_dir, options, progress)
    if options.plan is None or options.dry_run:
        return _load(store, options, files, listing)
    with writing(store.connection, store.environment):
        hold_tables(store.connection)
        foreseen = _load(store, replace(options, dry_run=True), files, listing)
        applied = read_loads(store, limit=1, plan=options.plan)
        if applied and applied[0].undone_by is None:
            return replace(foreseen, dry_run=False, plan_hash=options.plan, repeats=applied[0].id)
        _check_plan(store, options.plan, foreseen)
        return replace(_load(store, options, files, listing), plan_hash=options.plan)


def _load(
    store: Store, options: LoadOptions, files: list[HoldingsFile], listing: Listing
) -> LoadReport:
    refuse_superseded(store, files)
    reported = _Reported.of(files)
    renamed = rename_funds(store, dry_run=options.dry_run)
    recorded = Recorded.read(store, _list_needed(options, reported) if files else None)
    if not options.alone:
        # The record is compared with the memberships even if no file is read again.
        for ticker in recorded.standing:
            if options.etf in (None, ticker):
                reported.snapshots.setdefault(ticker, [])
    lack = index_package.find_lack() if options.proxies else None
    gap = None if files else explain_gap(options, recorded, lack)
    proxies = _choose_proxies(store, options, reported, recorded, has_gap=gap is not None)
    if proxies and lack:
        if options.etf is not None:
            raise lack
        proxies = []
    else:
        lack = None
    for ticker in proxies:
        entry = store.catalog.etfs[ticker]
        reported.snapshots[ticker] = [index_package.read_proxy(entry, store.catalog)]
    if options.etf is not None and options.etf not in reported.snapshots and not files:
        raise explain_unknown(store, options.etf, options.holdings_dir, recorded)
    plan = apply(
        store,
        _list_desired(store, reported),
        dry_run=options.dry_run,
        accept=options.accept,
        note=LoadNote("load", options.to_dict()),
        aliases=store.catalog.aliases,
    )
    unreported = store.catalog.etfs.keys() - reported.snapshots.keys()
    absent = [] if options.etf or options.alone else sorted(unreported)
    if options.rebuild and options.holdings_dir is None and plan.changes_anything:
        gap = None  # the record was applied again, as requested
    plan_hash = _hash_plan(store, plan, renamed) if options.dry_run else None
    return LoadReport(
        files, plan, options.dry_run, proxies, absent, listing, gap, renamed, lack, plan_hash
    )


@dataclass(frozen=True, slots=True)
class _Reported:
    """What the files contain: snapshots and fund names by ticker, and lists by universe.

    A fund has no snapshots if all of its files were refused. `again` are the hashes of files that
    are to take effect again although they were loaded before.
    """

    snapshots: dict[str, list[Snapshot]]
    names: dict[str, str]
    lists: dict[str, list[HoldingsFile]]
    again: frozenset[str]

    @classmethod
    def of(cls, files: Iterable[HoldingsFile]) -> _Reported:
        reported = cls({}, {}, {}, _list_again(files))
        for file in files:
            if file.universe is not None:
                reported.lists.setdefault(file.universe, []).append(file)
                continue
            if file.fund is not None:
                reported.snapshots.setdefault(file.fund, [])
            if file.result is not None:
                reported.snapshots[file.result.fund].append(file.result.snapshot)
                if file.result.fund_name:
                    reported.names[file.result.fund] = file.result.fund_name
        for fund, snapshots in reported.snapshots.items():
            snapshots.sort(key=partial(order_filings, fund))
        return reported


def _list_again(files: Iterable[HoldingsFile]) -> frozenset[str]:
    return frozenset(file.sha256 for file in files if file.counts_again and file.sha256)


def _list_needed(options: LoadOptions, reported: _Reported) -> Iterable[str] | None:
    """Return the funds whose record decides what a load of files does; None: all funds."""
    if options.etf is not None:
        return [options.etf]
    return reported.snapshots if options.alone and not options.proxies else None


def _choose_proxies(
    store: Store, options: LoadOptions, reported: _Reported, recorded: Recorded, *, has_gap: bool
) -> list[str]:
    """Return the funds to fill from an index: those that no source has ever reported."""
    if not options.proxies or (has_gap and options.etf is None):
        return []
    return [
        ticker
        for ticker, entry in store.catalog.etfs.items()
        if entry.proxy_universe
        and options.etf in (None, ticker)
        and not reported.snapshots.get(ticker)
        and not recorded.has_source.get(ticker)
        and ticker not in recorded.removed
    ]


def _list_desired(store: Store, reported: _Reported) -> list[DesiredGroup]:
    """Return the desired groups of the funds and universes in the files."""
    funds = [
        replace(
            _fund(store, ticker, reported.snapshots[ticker], reported.names.get(ticker)),
            again=reported.again,
        )
        for ticker in sorted(reported.snapshots)
    ]
    universes = [
        universe_group(
            store,
            key,
            [file.result.snapshot for file in reported.lists[key] if file.result],
            again=_list_again(reported.lists[key]),
        )
        for key in sorted(reported.lists)
    ]
    return funds + universes


def _hash_plan(store: Store, plan: Plan, renamed: Mapping[str, str]) -> str:
    """Return the hash of a plan: the newest load that it is based on, and its digest."""
    newest = read_loads(store, limit=1)
    return f"{newest[0].id if newest else 0}-{digest_plan(plan, renamed)}"


def _check_plan(store: Store, plan: str, foreseen: LoadReport) -> None:
    """Raise StalePlanError, with the loads since the dry run, if the plan is out of date."""
    after, _, digest = plan.partition("-")
    assert foreseen.plan_hash is not None  # noqa: S101 - a dry run has one
    if digest == foreseen.plan_hash.partition("-")[2]:
        return
    is_number = after.isdecimal() and len(after) <= _LONGEST_NUMBER
    loads = read_loads(store, limit=MOST_SHOWN, after=int(after)) if is_number else []
    texts = [f"load {load.id} ({load.kind}) changed {load.describe_groups()}" for load in loads]
    raise StalePlanError(
        "the plan is out of date: applying it now would have a different result",
        where=f"plan {plan}",
        remedy=(f"since then: {'; '.join(texts)}; " if texts else "")
        + "make a new plan with the same files and flags, and check what is different",
        changed=[load.to_dict() for load in loads],
    )


def _fund(
    store: Store, ticker: str, snapshots: list[Snapshot], printed_name: str | None
) -> DesiredGroup:
    entry = store.catalog.etfs.get(ticker)
    threshold = entry.market_cap_threshold if entry else None
    return DesiredGroup(
        store.key(GroupType.ETF, ticker),
        description=entry.name if entry else printed_name,
        liquidity_filter=None
        if threshold is None
        else {"market_cap_threshold": threshold, "applied": False},
        snapshots=tuple(snapshots),
        guarded=True,
        yields=True,
    )
