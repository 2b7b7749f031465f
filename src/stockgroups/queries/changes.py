"""The changes of a group, or of a stock in all its groups, between two days."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError, UsageError
from stockgroups.model import GroupType
from stockgroups.queries.answers import merge_lines
from stockgroups.queries.change_answers import GroupChanges, Step, StockChanges
from stockgroups.queries.groups import list_spellings
from stockgroups.queries.missing import explain_missing
from stockgroups.queries.past import find_security, read_security
from stockgroups.queries.steps import (
    DEFAULT_THRESHOLD,
    Change,
    ChangeKind,
    Position,
    Positions,
    Scaling,
    compare,
    scale_shares,
)
from stockgroups.record.effective import Header, effective_snapshots
from stockgroups.record.headers import read_headers
from stockgroups.store import Store, execute
from stockgroups.symbols import is_isin
from stockgroups.text import fold_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence


_SQL = load_statements("past")
MOST_WITNESSES = 4


@dataclass(frozen=True, slots=True)
class Period:
    """The period of changes: after `since`, up to and including `until`.

    `since` None: since the snapshot before the newest. `threshold` is the smallest change of a
    weight that is reported, a fraction of the fund.
    """

    since: dt.date | None
    until: dt.date
    threshold: float = DEFAULT_THRESHOLD


@dataclass(frozen=True, slots=True)
class RecordedGroup:
    """A group of the record."""

    registry_id: int
    kind: GroupType
    name: str
    description: str | None


def find_recorded_group(store: Store, text: str, kind: GroupType | None = None) -> RecordedGroup:
    """Return the recorded group of a name: a fund's ticker, or the key of another group.

    A name in another spelling is read as `find_group` reads it. Raises NotFoundError, and
    UsageError for a name that groups of several types have.
    """

    def find(names: Iterable[str]) -> list[Any]:
        type_ = kind.value if kind else None
        return execute(store, _SQL["find_any_group"], names=list(names), type=type_).fetchall()

    rows = find([text.strip(), text.strip().upper(), fold_key(text)])
    if not rows:
        some = [kind] if kind else [*GroupType]
        rows = find(name for one in some for name in list_spellings(store, one, text))
    if not rows:
        raise explain_missing(store, kind, text.strip())
    if len(rows) > 1:
        kinds = ", ".join(row[1] for row in rows)
        raise UsageError(
            f"{text!r} is the name of several groups: {kinds}", remedy="choose one with --type"
        )
    registry_id, type_, name, description = rows[0]
    return RecordedGroup(registry_id, GroupType(type_), name, description)


def find_group_changes(
    store: Store, text: str, period: Period, kind: GroupType | None = None
) -> GroupChanges:
    """Return the changes of a group, snapshot by snapshot and in total.

    Raises NotFoundError for an unknown group and for one without an effective snapshot by `until`.
    """
    with reading(store.connection):
        group = find_recorded_group(store, text, kind)
        comparer = _Comparer(store, group)
        line = comparer.cut(period)
        steps = comparer.compare_steps(line, period.threshold)
        total = steps[0] if len(steps) == 1 else None
        if len(steps) > 1:
            total = comparer.compare_pair(line[0], line[-1], period.threshold)
        symbols = comparer.read_current_symbols()
    return GroupChanges(
        group.kind, group.name, group.description or group.name, line[0], steps, total, symbols
    )


def find_stock_changes(store: Store, text: str, period: Period) -> StockChanges:
    """Return the changes of a stock in every group that has ever held it, by group.

    `period.since` must be given. Raises SymbolError, NotFoundError.
    """
    found: list[GroupChanges] = []
    with reading(store.connection):
        security = find_security(store, text, None)
        rows = execute(store, _SQL["list_groups_ever"], security_id=security).fetchall()
        for registry_id, kind, name, description in rows:
            group = RecordedGroup(registry_id, GroupType(kind), name, description)
            comparer = _Comparer(store, group)
            try:
                line = comparer.cut(period)
            except NotFoundError:
                continue  # its record begins after the period
            steps = [
                kept
                for step in comparer.compare_steps(line, period.threshold, security)
                if (kept := step.of(security)).changes
            ]
            symbols = comparer.read_current_symbols()
            title = description or name
            found.append(GroupChanges(group.kind, name, title, line[0], steps, None, symbols))
        symbol, title, names = read_security(store, security)
    return StockChanges(symbol, title, names, [group for group in found if group.steps])


class _Comparer:
    """Compares snapshots of one group, and looks at other funds if a share count has jumped."""

    def __init__(self, store: Store, group: RecordedGroup) -> None:
        self._store = store
        self._group = group
        self._files: dict[int, str | None] = {}
        self._current: dict[int, str] = {}
        self._read: dict[int, Positions] = {}
        self._others: dict[int, list[Header]] | None = None

    def cut(self, period: Period) -> list[Header]:
        """Return the snapshots of the period, starting with the one before it."""
        number = self._group.registry_id
        headers = read_headers(self._store.connection, [number])[number]
        line = [header for header in effective_snapshots(headers) if header.as_of <= period.until]
        if not line:
            first = min((header.as_of for header in headers), default=None)
            raise NotFoundError(
                f"nothing is recorded for {self._group.name} up to {period.until}",
                remedy=f"its record begins on {first}",
            )
        if period.since is None:
            return line[-2:]
        since = period.since
        start = max((n for n, header in enumerate(line) if header.as_of <= since), default=0)
        return line[start:]

    def compare_steps(
        self, line: Sequence[Header], threshold: float, security: int | None = None
    ) -> list[Step]:
        """Return the steps of a timeline; with a security, only its changes."""
        steps = []
        for before, after in itertools.pairwise(line):
            steps.append(self.compare_pair(before, after, threshold, security))
            self._read.pop(before.id, None)
        return steps

    def compare_pair(
        self, before: Header, after: Header, threshold: float, security: int | None = None
    ) -> Step:
        """Return the changes between two snapshots."""
        was = self._positions(self._group.registry_id, before)
        now = self._positions(self._group.registry_id, after)
        days = (after.as_of - before.as_of).days
        scaling = scale_shares(was, now, days)
        changes = compare(was, now, days, threshold=threshold)
        jumped = [change for change in changes if _may_be_split(change, security)]
        if jumped and self._group.kind is GroupType.ETF:
            witnesses = self._ask_others(before.as_of, after.as_of)
            if witnesses:
                changes = compare(was, now, days, threshold=threshold, witnesses=witnesses)
        return Step(before, after, self._file(after.id), scaling.scale, changes)

    def read_current_symbols(self) -> dict[int, str]:
        """Return today's symbols of the compared securities."""
        return self._current

    def _ask_others(self, start: dt.date, end: dt.date) -> list[Scaling]:
        """Return how counts moved in other funds, over the narrowest intervals around this one."""
        if self._others is None:
            rows = execute(self._store, _SQL["list_registry_of_type"], type=GroupType.ETF.value)
            numbers = [row[0] for row in rows if row[0] != self._group.registry_id]
            headers = read_headers(self._store.connection, numbers)
            self._others = {number: effective_snapshots(of) for number, of in headers.items()}
        intervals = []
        for number, line in self._others.items():
            earlier = [h for h in line if h.as_of <= start and not h.is_proxy]
            later = [h for h in line if h.as_of >= end and not h.is_proxy]
            if earlier and later:
                intervals.append(
                    (later[0].as_of - earlier[-1].as_of, number, earlier[-1], later[0])
                )
        intervals.sort(key=lambda interval: interval[:2])
        found = []
        for days, number, first, last in intervals:
            was, now = self._positions(number, first), self._positions(number, last)
            scaling = scale_shares(was, now, days.days)
            if scaling.scale is not None:
                found.append(scaling)
            if len(found) == MOST_WITNESSES:
                break
        return found

    def _positions(self, registry_id: int, of: Header) -> Positions:
        if of.id not in self._read:
            rows = self._store.connection.execute(
                _SQL["read_positions"],
                {"registry_id": registry_id, "snapshot_id": of.id, "as_of": of.as_of},
                binary=True,
            )
            self._read[of.id] = self._merge(rows.fetchall())
        return self._read[of.id]

    def _merge(self, rows: Sequence[tuple[Any, ...]]) -> Positions:
        """Return positions by security; refs of one security are one position."""
        found: dict[int, Position] = {}
        for reported, security, current, weight, shares in rows:
            if security is None:
                continue  # validation finds a ref without a security
            self._current[security] = current
            # People know a stock by its ticker, if any source has one.
            position = Position(current if is_isin(reported) else reported, weight, shares)
            if security in found:
                position = merge_lines(found[security], position)
            found[security] = position
        return found

    def _file(self, snapshot_id: int) -> str | None:
        if snapshot_id not in self._files:
            rows = self._store.connection.execute(
                _SQL["read_provenance"],
                {"registry_id": self._group.registry_id, "snapshot_ids": [snapshot_id]},
            )
            self._files |= {row[0]: row[1] for row in rows}
        return self._files[snapshot_id]


def _may_be_split(change: Change, security: int | None) -> bool:
    if security is not None and change.security != security:
        return False
    if change.kind is ChangeKind.SPLIT:
        return True
    return change.kind is ChangeKind.RESIZED and not 0.7 < (change.factor or 1.0) < 1.4
