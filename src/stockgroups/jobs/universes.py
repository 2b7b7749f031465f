"""Load a universe's members on one date from a list of constituents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.model import Category, GroupType
from stockgroups.readers.lists.constituents import read_constituents
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import find_displaced
from stockgroups.text import fold_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog, Exchange
    from stockgroups.errors import StockgroupsError
    from stockgroups.model import Snapshot
    from stockgroups.receipts import Receipt
    from stockgroups.record.incoming import IncomingSnapshot
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.store import Store


@dataclass(frozen=True, slots=True)
class UniverseReport(PlanReport):
    """The content of a list, and the outcome of its load."""

    KEYS = (
        "dry_run file=snapshot.file_name universe=group.key.name as_of=incoming.as_of "
        "outcome=incoming.outcome rows=receipt.rows_read members=snapshot.member_count rejected "
        "total_symbols=group.member_count changed added=group.added_symbols removed=group.removed "
        "load=load_id identity *others receipt error"
    )

    snapshot: Snapshot
    plan: Plan
    dry_run: bool

    @property
    def group(self) -> GroupPlan:
        """The plan of the universe."""
        return self.plan.groups[0]

    @property
    def incoming(self) -> IncomingSnapshot:
        """The incoming snapshot of the list."""
        return self.group.snapshots[0]

    @property
    def error(self) -> StockgroupsError | None:
        """Why a guard or the database refused the list, if one did."""
        return self.group.error or self.incoming.error

    @property
    def receipt(self) -> Receipt:
        """The account of the list's rows."""
        assert self.snapshot.receipt is not None  # noqa: S101 - every list that is read has one
        return self.snapshot.receipt

    @property
    def rejected(self) -> int:
        """The number of rejected rows."""
        return self.receipt.count(Category.REJECTED)


def load_universe(
    store: Store,
    path: Path,
    universe: str,
    *,
    as_of: dt.date | None = None,
    exchange: str | None = None,
    dry_run: bool = False,
    accept: frozenset[str] = frozenset(),
) -> UniverseReport:
    """Record a list of a universe for its date; the newest list is effective today.

    A list that a guard refuses is reported, and not recorded. `exchange` is the MIC of the market
    for lists that do not tell where their stocks are listed.

    Raises:
        SourceError: The file is not understood.
        GuardError: The weights have no known sum.
        UsageError: The name is no key, or the exchange is unknown.
    """
    name = read_universe(universe)
    snapshot = read_constituents(
        path,
        path.name,
        store.catalog,
        as_of=as_of,
        exchange=_find_exchange(exchange, store.catalog),
        accept=accept,
        universe=name,
    )
    again = find_displaced(store, GroupType.UNIVERSE, [snapshot.sha256])
    desired = universe_group(store, name, [snapshot], again=again)
    arguments = {"file": path.name, "universe": name}
    if as_of is not None:
        arguments["as_of"] = as_of.isoformat()
    if exchange is not None:
        arguments["exchange"] = exchange
    plan = apply(
        store,
        [desired],
        dry_run=dry_run,
        accept=accept,
        note=LoadNote("load-universe", arguments),
        aliases=store.catalog.aliases,
    )
    return UniverseReport(snapshot, plan, dry_run)


def read_universe(text: str) -> str:
    """Return the key of a universe that a person names. Raises UsageError for an empty one."""
    name = fold_key(text)
    if not name:
        raise UsageError(
            "the key of the universe is empty", where="--universe", remedy="give one, such as sp500"
        )
    return name


def universe_group(
    store: Store,
    key: str,
    snapshots: Sequence[Snapshot],
    *,
    guarded: bool = True,
    again: frozenset[str] = frozenset(),
) -> DesiredGroup:
    """Return the desired group of a universe from its lists; see `DesiredGroup`."""
    entry = store.catalog.universes.get(key)
    return DesiredGroup(
        store.key(GroupType.UNIVERSE, key),
        description=entry.description if entry else None,
        metadata=entry.metadata if entry else {},
        snapshots=tuple(snapshots),
        guarded=guarded,
        yields=True,
        again=again,
    )


def _find_exchange(text: str | None, catalog: Catalog) -> Exchange | None:
    if text is None:
        return None
    exchange = catalog.exchanges.get(text.strip().upper()) or catalog.exchange_printed(text)
    if exchange is None:
        raise UsageError(
            f"the catalogue has no exchange {text!r}",
            where="--exchange",
            remedy="give its MIC, such as XNSE; docs/catalogs.md describes how to add one",
        )
    return exchange
