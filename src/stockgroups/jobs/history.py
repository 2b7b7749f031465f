"""Loading a universe's whole past from one file."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.transactions import rehearsing, writing
from stockgroups.errors import SourceError, UsageError
from stockgroups.history.timeline import Header, counting, standing
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.queries.groups import fold_key
from stockgroups.sources.document import MAX_FILE_BYTES
from stockgroups.sources.files import read_file
from stockgroups.sources.histories import SOURCE, MemberHistory, read_history
from stockgroups.store.apply import apply
from stockgroups.store.desired import Amendment, DesiredGroup
from stockgroups.store.loads import LoadNote
from stockgroups.store.state import StoredGroup, read_groups, read_snapshot_prints

if TYPE_CHECKING:
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.store.plan import GroupPlan, Plan


@dataclass(frozen=True, slots=True)
class HistoryReport:
    """What a file told and what became of it; dates on which it has another word are `amended`."""

    history: MemberHistory
    plan: Plan
    amended: int
    dry_run: bool

    @property
    def group(self) -> GroupPlan:
        """The plan of the universe."""
        return self.plan.groups[0]


def load_history(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    path: Path,
    universe: str,
    *,
    dry_run: bool = False,
) -> HistoryReport:
    """Record what the file says of a universe's past, a snapshot for each date of a change.

    From its first date to its last the file speaks for all histories: what another one said of
    dates between, and this one does not, is taken back. Sources of other kinds keep their dates.
    Raises SourceError and its kin for a file that is not understood, UsageError for a name that is
    no key.
    """
    name = fold_key(universe)
    if not name:
        raise UsageError("a universe has a key", where="--universe", remedy="such as sp500")
    try:
        data = read_file(path, MAX_FILE_BYTES, path.name)
    except OSError as error:
        raise SourceError(
            f"the file cannot be read: {error.strerror or error}", where=str(path)
        ) from error
    history = read_history(data, path.name, catalog.share_classes)
    key = GroupKey(environment, GroupType.UNIVERSE, name)
    entry = catalog.universes.get(name)
    with rehearsing(connection, dry_run=dry_run), writing(connection, environment):
        stored = read_groups(connection, environment, [key])[key]
        snapshots = _make_snapshots(history, _read_base(connection, history, stored))
        amendments = _find_contradicted(stored, snapshots)
        desired = DesiredGroup(
            key,
            description=entry.description if entry else None,
            metadata={"name": entry.name, "index": entry.index} if entry else {},
            snapshots=snapshots,
        )
        arguments = {"file": path.name, "universe": name}
        plan = apply(
            connection,
            environment,
            [desired],
            amendments=amendments,
            note=LoadNote("load-history", arguments),
        )
    return HistoryReport(history, plan, len(amendments), dry_run)


def _read_base(
    connection: Connection, history: MemberHistory, stored: StoredGroup
) -> frozenset[str]:
    """Return the members on the day before the first step, where the history builds upon them."""
    if history.starts_empty or not history.steps:
        return frozenset()
    header = counting(stored.headers, history.steps[0].date - dt.timedelta(days=1))
    if header is None or stored.registry_id is None:
        return frozenset()
    prints = read_snapshot_prints(connection, [(stored.registry_id, header.id)])
    return frozenset(symbol for _, symbol, _ in prints[header.id])


def _make_snapshots(history: MemberHistory, base: frozenset[str]) -> tuple[Snapshot, ...]:
    tickers = history.tickers
    refs = {symbol: Ref(symbol, ticker=tickers.get(symbol, symbol)) for symbol in base}
    refs |= {symbol: Ref(symbol, ticker=ticker) for symbol, ticker in tickers.items()}
    return tuple(
        Snapshot(
            as_of=day,
            source=SOURCE,
            sha256=history.sha256,
            reader=history.reader,
            refs=tuple(refs[symbol] for symbol in sorted(members)),
            file_name=history.file_name,
        )
        for day, members in history.walk(base)
    )


def _find_contradicted(stored: StoredGroup, snapshots: tuple[Snapshot, ...]) -> list[Amendment]:
    """Return what takes back other histories' words on dates between the first and the last."""
    days = {snapshot.as_of for snapshot in snapshots}
    if not days or stored.registry_id is None:
        return []
    first, last = snapshots[0].as_of, snapshots[-1].as_of
    assert first is not None and last is not None  # noqa: S101, PT018 - each step has a date
    contradicted: list[Header] = [
        header
        for header in standing(stored.headers)
        if header.source == SOURCE and first <= header.as_of <= last and header.as_of not in days
    ]
    return [
        Amendment(stored.key, stored.registry_id, header.id, restates=False)
        for header in contradicted
    ]
