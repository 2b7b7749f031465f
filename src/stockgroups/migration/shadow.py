"""Answers each question from the old entries and from the new tables, and compares the answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading
from stockgroups.errors import LegacyEntryError, NotFoundError, SymbolError
from stockgroups.json_values import pick
from stockgroups.migration.entries import ReadGroup, list_entries, read_batches
from stockgroups.migration.legacy import decode_value, read_stock, read_texts
from stockgroups.model import GroupType
from stockgroups.record.ref_securities import RefSecurities
from stockgroups.record.state import read_groups, read_members, read_snapshot_refs
from stockgroups.store import Store, execute
from stockgroups.text import fold_key
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.migration.legacy import LegacyGroup

_SQL = load_statements("legacy")
_STOCKS = 2_000
_KINDS = {
    "etf": (GroupType.ETF,),
    "theme": (GroupType.THEME,),
    "sector": (GroupType.SECTOR,),
    # Users of the old store asked for a set of funds as a universe.
    "universe": (GroupType.UNIVERSE, GroupType.CUSTOM),
}


class Question(NamedTuple):
    """One question: its kind (etf, stock, theme, sector, universe) and the name asked for."""

    kind: str
    value: str


@dataclass(slots=True)
class ShadowReport:
    """The questions to which the two stores gave different answers.

    Attributes:
        elsewhere: The number of entries of other environments, by environment; they are not
            compared.
        asked: The number of questions, by kind.
        differing: The number of questions with different answers, by kind.
        differences: The differences, one sentence each.
        refused: The accepted entries and members that cannot be read, one sentence each.
        accepts_refused: Whether they are accepted, or else differences.
    """

    environment: str
    accepts_refused: bool = False
    elsewhere: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    differing: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether any question was asked, and both stores gave the same answers to all."""
        return bool(self.asked) and not self.differences

    def to_dict(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "environment": self.environment,
            "passed": self.passed,
            "elsewhere": sum(self.elsewhere.values()),
            "environments": self.elsewhere,
            "asked": dict(self.asked),
            "differing": {kind: self.differing[kind] for kind in self.asked},
            **pick(self, "differences refused accepts_refused"),
        }

    def note(
        self,
        kind: str,
        name: str,
        old: set[str],
        new: set[str] | None,
        lost: Sequence[str] = (),
        refused: Sequence[str] = (),
    ) -> None:
        """Record one question and its two answers.

        Args:
            old: The old store's answer.
            new: The new tables' answer; None if they have none.
            lost: Other data of the old store that the new tables cannot hold, one sentence each.
            refused: Members of the old store that cannot be read, one sentence for each entry.
        """
        self.asked[kind] += 1
        if self.accepts_refused:
            self.refused += [f"{kind} {name}: {reason}" for reason in refused]
        else:
            lost = [*refused, *lost]
        self.differences += [f"{kind} {name}: {loss}" for loss in lost]
        self.differing[kind] += bool(lost) or old != new
        if new is None:
            self.differences.append(f"{kind} {name}: it is not in the new tables")
        elif old != new:
            difference = _describe_difference(("only old:", old - new), ("only new:", new - old))
            self.differences.append(f"{kind} {name}: {difference}")

    def refuse(self, kind: str, name: str, reason: str) -> None:
        """Record an entry that cannot be read, which is a difference unless it is accepted."""
        self.asked[kind] += 1
        self.differing[kind] += not self.accepts_refused
        (self.refused if self.accepts_refused else self.differences).append(f"{name}: {reason}")


def compare_answers(
    store: Store, question: Question | None = None, *, accepts_refused: bool = False
) -> ShadowReport:
    """Ask both stores one question, or (None) every question that the old store can answer.

    Answers are compared in the spelling of the new tables, with today's symbols. An unreadable
    entry is a difference. So are refused members, and entries of one group that differ, because the
    old store answers with each of them.

    Args:
        accepts_refused: Unreadable entries and members do not count as differences.

    Raises:
        NotFoundError: The old store has no answer to the question.
    """
    report = ShadowReport(store.environment, accepts_refused)
    with reading(store.connection):
        if question is None or question.kind != "stock":
            _compare_groups(store, question, report)
        if question is None or question.kind == "stock":
            _compare_stocks(store, question, report)
    if question is not None and not report.asked:
        raise NotFoundError(
            f"the old store has no {question.kind} {question.value!r} in environment "
            f"{store.environment}"
        )
    return report


def _compare_groups(store: Store, question: Question | None, report: ShadowReport) -> None:
    kinds = {group_type: kind for kind, types in _KINDS.items() for group_type in types}
    listing = list_entries(store)
    if question is not None:
        names = {question.value.strip(), question.value.strip().upper(), fold_key(question.value)}
        listing.groups = {
            key: headers
            for key, headers in listing.groups.items()
            if kinds[key.type] == question.kind and key.name in names
        }
        listing.refused = []
    for refusal in listing.refused:
        name = f"{refusal.header.type} {refusal.header.key!r}"
        report.refuse("unreadable", name, refusal.reason)
    report.elsewhere = dict(sorted(listing.elsewhere.items()))
    for batch in read_batches(store, listing):
        _compare_batch(store, batch, kinds, report)


def _compare_batch(
    store: Store, batch: Sequence[ReadGroup], kinds: dict[GroupType, str], report: ShadowReport
) -> None:
    stored = read_groups(store, [group.key for group in batch])
    members = read_members(store.connection, (g.group_id for g in stored.values()))
    pointers = ((g.registry_id, g.snapshot_id) for g in stored.values())
    refs = read_snapshot_refs(store.connection, pointers)
    ref_securities = RefSecurities(store)
    # A symbol that is not recorded has a negative number, like a ref.
    strangers: dict[str, int] = {}
    for group in batch:
        kind, found = kinds[group.key.type], stored[group.key]
        for refusal in group.refused:
            report.refuse(kind, f"{kind} {group.key.name}", refusal.reason)
        if not group.entries:
            continue
        entry = group.entries[-1]
        new: set[str] | None = None
        if entry.snapshot is None:
            old = _list_sector(entry.metadata)
            new = None if found.group_id is None else _list_sector(found.metadata)
        else:
            known = {symbol: n for n, symbol, _ in refs.get(found.snapshot_id or 0, ())}
            numbered = [
                (known.get(symbol) or strangers.setdefault(symbol, -1 - len(strangers)), symbol)
                for symbol in entry.snapshot.symbols
            ]
            day = entry.snapshot.as_of or today_utc()
            ref_securities.read(numbered)
            # A stock that has changed its symbol since then is the same stock.
            old = {ref_securities.symbol_of(*one, day) for one in numbered}
            new = None if found.group_id is None else set(members.get(found.group_id, ()))
        refused = [
            f"{_name(one)}: not migrated: {'; '.join(one.refused)}"
            for one in group.entries
            if one.refused
        ]
        report.note(kind, group.key.name, old, new, _list_losses(group), refused)


def _list_losses(group: ReadGroup) -> list[str]:
    """Return the entries of a group that differ from the one in effect."""
    losses = []
    last = group.entries[-1]
    for entry in group.entries[:-1]:
        one, other = _list_answer(entry), _list_answer(last)
        if one != other:
            losses.append(
                f"{_name(entry)} differs from {_name(last)}, which is in effect: "
                + _describe_difference(("only there:", one - other), ("only here:", other - one))
            )
    return losses


def _name(entry: LegacyGroup) -> str:
    return f"entry {entry.header.id} {entry.header.key!r}"


def _describe_difference(*sides: tuple[str, set[str]]) -> str:
    return "; ".join(f"{word} {', '.join(sorted(items))}" for word, items in sides if items)


def _list_answer(entry: LegacyGroup) -> set[str]:
    return _list_sector(entry.metadata) if entry.snapshot is None else set(entry.snapshot.symbols)


def _list_sector(metadata: Any) -> set[str]:
    return {
        str(item)
        for key in ("industries", "representative_stocks")
        for item in metadata.get(key) or ()
    }


def _compare_stocks(store: Store, question: Question | None, report: ShadowReport) -> None:
    symbol = None if question is None else question.value
    with store.connection.cursor(name="stock_entries") as cursor:
        cursor.itersize = _STOCKS
        cursor.execute(
            _SQL["list_stock_entries"],
            {"environment": store.environment, "symbol": symbol},
        )
        while rows := cursor.fetchmany(_STOCKS):
            old = dict(_read_stocks(rows, store.catalog, report))
            found = execute(store, _SQL["list_holders"], symbols=sorted(old))
            new: dict[str, list[str]] = dict(found.fetchall())
            for stock, etfs in old.items():
                report.note("stock", stock, etfs, set(new.get(stock, ())))


def _read_stocks(
    rows: Sequence[tuple[str, str | None]], catalog: Catalog, report: ShadowReport
) -> Iterator[tuple[str, set[str]]]:
    """Yield the symbol and the ETFs of each entry, which has them as a list or as a list's text."""
    for key, text in rows:
        try:
            stock = read_stock(key, catalog)
        except SymbolError:
            stock = key.strip().upper()
        try:
            etfs = read_texts(None if text is None else decode_value(text))
        except LegacyEntryError as error:
            report.refuse("stock", f"stock {stock}", error.what)
            continue
        yield stock, {etf.upper() for etf in etfs}
