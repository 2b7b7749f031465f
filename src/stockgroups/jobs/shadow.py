"""Side by side: each question is answered from the old entries and from the new tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.transactions import reading
from stockgroups.errors import LegacyEntryError, NotFoundError, SymbolError
from stockgroups.jobs.entries import ReadGroup, list_entries, read_batches
from stockgroups.model import ENVIRONMENTS, GroupType
from stockgroups.sources.legacy import decode_value, fold_name, read_symbol, read_texts
from stockgroups.sql import load_statements
from stockgroups.store.state import read_groups, read_members

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection

_SQL = load_statements("legacy")
_STOCKS = 2_000
_KINDS = {
    "etf": (GroupType.ETF,),
    "theme": (GroupType.THEME,),
    "sector": (GroupType.SECTOR,),
    # Sets of funds were universes to those who asked for them.
    "universe": (GroupType.UNIVERSE, GroupType.CUSTOM),
}


class Question(NamedTuple):
    """One question: kind (etf, stock, theme, sector, universe) and what is asked for."""

    kind: str
    value: str


@dataclass(slots=True)
class ShadowReport:
    """How many questions of each kind were asked, and which were answered differently."""

    environment: str
    asked: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether both stores gave the same answers."""
        return not self.differences

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "environment": self.environment,
            "passed": self.passed,
            "asked": dict(self.asked),
            "differing": {kind: self.differing[kind] for kind in self.asked},
            "differences": self.differences,
        }

    def note(self, kind: str, name: str, old: set[str], new: set[str] | None) -> None:
        """Note one question and its two answers; `new` None where the new tables know nothing."""
        self.asked[kind] += 1
        if old == new:
            return
        self.differing[kind] += 1
        if new is None:
            self.differences.append(f"{kind} {name}: the new tables do not know it")
            return
        parts = [
            f"{word} {', '.join(sorted(items))}"
            for word, items in (("only old:", old - new), ("only new:", new - old))
            if items
        ]
        self.differences.append(f"{kind} {name}: {'; '.join(parts)}")


def compare_answers(
    connection: Connection, environment: str, catalog: Catalog, asked: Question | None = None
) -> ShadowReport:
    """Ask both stores one question, or every one that the old store can answer.

    Answers are compared as the new tables spell them. An entry that cannot be read is a difference.
    Raises NotFoundError when the old store knows nothing of what is asked for.
    """
    report = ShadowReport(environment)
    with reading(connection):
        if asked is None or asked.kind != "stock":
            _compare_groups(connection, environment, catalog, asked, report)
        if asked is None or asked.kind == "stock":
            _compare_stocks(connection, environment, catalog, asked, report)
    if asked is not None and not report.asked:
        raise NotFoundError(
            f"the old store has no {asked.kind} {asked.value!r} in environment {environment}"
        )
    return report


def _compare_groups(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    asked: Question | None,
    report: ShadowReport,
) -> None:
    kinds = {group_type: kind for kind, types in _KINDS.items() for group_type in types}
    listing = list_entries(connection, environment)
    if asked is not None:
        names = {asked.value.strip().upper(), fold_name(asked.value)}
        listing.groups = {
            key: headers
            for key, headers in listing.groups.items()
            if kinds[key.type] == asked.kind and key.name in names
        }
        listing.refused = []
    for refusal in listing.refused:
        report.asked["unreadable"] += 1
        report.differing["unreadable"] += 1
        name = f"{refusal.header.type} {refusal.header.key!r}"
        report.differences.append(f"{name}: {refusal.reason}")
    for batch in read_batches(connection, listing, catalog):
        _compare_batch(connection, environment, batch, kinds, report)


def _compare_batch(
    connection: Connection,
    environment: str,
    batch: Sequence[ReadGroup],
    kinds: dict[GroupType, str],
    report: ShadowReport,
) -> None:
    stored = read_groups(connection, environment, [group.key for group in batch])
    members = read_members(connection, [g.group_id for g in stored.values() if g.group_id])
    for group in batch:
        kind, found = kinds[group.key.type], stored[group.key]
        for refusal in group.refused:
            report.asked[kind] += 1
            report.differing[kind] += 1
            report.differences.append(f"{kind} {group.key.name}: {refusal.reason}")
        if not group.entries:
            continue
        entry = group.entries[-1][1]
        new: set[str] | None = None
        if entry.snapshot is None:
            old = _list_sector(entry.metadata)
            new = None if found.group_id is None else _list_sector(found.metadata)
        else:
            old = set(entry.snapshot.symbols)
            new = None if found.group_id is None else set(members.get(found.group_id, ()))
        report.note(kind, group.key.name, old, new)


def _list_sector(metadata: Any) -> set[str]:
    return {
        str(item)
        for key in ("industries", "representative_stocks")
        for item in metadata.get(key) or ()
    }


def _compare_stocks(
    connection: Connection,
    environment: str,
    catalog: Catalog,
    asked: Question | None,
    report: ShadowReport,
) -> None:
    symbol = None if asked is None else asked.value
    with connection.cursor(name="stock_entries") as cursor:
        cursor.itersize = _STOCKS
        cursor.execute(
            _SQL["list_stock_entries"],
            {
                "environment": environment,
                "environments": list(ENVIRONMENTS),
                "symbol": symbol,
            },
        )
        while rows := cursor.fetchmany(_STOCKS):
            old = dict(_read_stocks(rows, catalog, report))
            found = connection.execute(
                _SQL["list_holders"], {"environment": environment, "symbols": sorted(old)}
            )
            new: dict[str, list[str]] = dict(found.fetchall())
            for stock, etfs in old.items():
                report.note("stock", stock, etfs, set(new.get(stock, ())))


def _read_stocks(
    rows: Sequence[tuple[str, str | None]], catalog: Catalog, report: ShadowReport
) -> Iterator[tuple[str, set[str]]]:
    """Yield what the entries say: symbol and ETFs; both lists and texts of lists are in use."""
    for key, text in rows:
        try:
            stock = read_symbol(key, catalog)
        except SymbolError:
            stock = key.strip().upper()
        try:
            etfs = read_texts(None if text is None else decode_value(text))
        except LegacyEntryError as error:
            report.asked["stock"] += 1
            report.differing["stock"] += 1
            report.differences.append(f"stock {stock}: {error.what}")
            continue
        yield stock, {etf.upper() for etf in etfs}
