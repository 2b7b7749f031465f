"""The last opinions of sources on stocks: the reports that vote, and what each labels."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import groupby, repeat
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.db.arrays import pack_ints
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import searching_by_index
from stockgroups.sectors.votes import Kind, Vote
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.record.ref_securities import RefSecurities

_SQL = load_statements("evidence")
_DAY = dt.timedelta(days=1)
_FEW_STOCKS = 20
"""Up to so many stocks, only the groups that ever held one are asked for their reports."""
_Said = tuple[str, Kind, int]
"""An opinion, and the stock that it is about."""
_Run = tuple["Report", dt.date, dt.date, list[int]]
"""The refs that a report's group held from one date to another."""


class Report(NamedTuple):
    """A snapshot that votes, by the labels of its rows or by what it holds.

    `source` holds the opinion; `label` is what all that it holds is labelled, if that is the vote.
    Reports sort by their dates: of one source, the last one decides.
    """

    as_of: dt.date
    group: str
    kind: Kind
    source: str
    group_id: int
    snapshot_id: int
    label: str | None

    @property
    def opinion(self) -> tuple[str, Kind]:
        """The source in this kind: its newest report alone is a vote."""
        return self.source, self.kind


def read_opinions(
    store: Store, securities: RefSecurities, stocks: AbstractSet[int], on: dt.date
) -> tuple[list[Report], list[dict[int, int]]]:
    """Read what each source said last, not after a day, of some stocks.

    Returns:
        The reports, the newest first, and for each opinion the stocks with its number: the place of
        the report in the list, the code of its label and that of its industry in 16 bits each.
    """
    holders = _find_holders(store, securities, stocks) if len(stocks) <= _FEW_STOCKS else None
    newest = _find_newest(store, on, holders)
    former = _find_former(store, newest, securities, stocks)
    reports = sorted([*newest, *former], reverse=True)
    opinions: dict[tuple[str, Kind], dict[int, int]] = defaultdict(dict)
    for place, refs, codes, industries in _read_codes(store, reports):
        report = reports[place]
        own_opinions = opinions[report.opinion]
        # Most stocks of an issuer's funds are in a newer one, and are not looked at again.
        fresh = securities.find_securities(refs, report.as_of).difference(own_opinions)
        fresh &= former.get(report, stocks)
        if not fresh:
            continue
        labels = zip(
            codes if report.label is None else repeat(1), industries or repeat(0), strict=False
        )
        found = securities.list_securities(refs, report.as_of)
        for security, (code, industry) in zip(found, labels, strict=False):
            if security in fresh and code:
                opinion = (place << 32) + (code << 16) + (industry or 0)
                own_opinions[security] = max(opinion, own_opinions.get(security, opinion))
    return reports, [*opinions.values()]


def make_votes(
    store: Store, reports: Sequence[Report], opinions: AbstractSet[int]
) -> dict[int, Vote]:
    """Return the votes that some opinions stand for."""
    places = sorted({opinion >> 32 for opinion in opinions})
    used = [reports[place] for place in places]
    rows = store.connection.execute(_SQL["read_texts"], _name_once(used))
    texts = {number: text for number, *text in rows}
    vote_of = {place: (reports[place], texts[reports[place].snapshot_id]) for place in places}
    votes = {}
    for opinion in opinions:
        report, (labels, industries) = vote_of[opinion >> 32]
        label, industry = (opinion >> 16) & 0xFFFF, opinion & 0xFFFF
        votes[opinion] = Vote(
            report.source,
            report.kind,
            report.as_of,
            report.label or labels[label - 1],
            industries[industry - 1] if industry else None,
            report.group,
        )
    return votes


def _read_codes(
    store: Store, reports: Sequence[Report]
) -> Iterator[tuple[int, list[int], list[int], list[int] | None]]:
    """Yield the refs and codes of each report, with its place, in the order of the reports.

    Reports of one snapshot follow the first of them.
    """
    places: dict[int, list[int]] = defaultdict(list)
    for place, report in enumerate(reports):
        places[report.snapshot_id].append(place)
    with store.connection.cursor() as cursor:
        for number, *codes in cursor.stream(_SQL["read_codes"], _name_once(reports), binary=True):
            for place in places[number]:
                yield (place, *codes)


def _name_once(reports: Iterable[Report]) -> dict[str, object]:
    """Return the parameters that name the reports' snapshots, each once, in their order."""
    first: dict[int, Report] = {}
    for report in reports:
        first.setdefault(report.snapshot_id, report)
    return _name([*first.values()])


def _name(reports: Sequence[Report]) -> dict[str, object]:
    return {
        "group_ids": pack_ints(report.group_id for report in reports),
        "snapshot_ids": [report.snapshot_id for report in reports],
        "dates": [report.as_of for report in reports],
    }


def _find_holders(store: Store, securities: RefSecurities, stocks: AbstractSet[int]) -> list[int]:
    """Return the groups that ever reported one of some stocks."""
    refs = pack_ints(securities.find_refs(stocks))
    with searching_by_index(store.connection):
        return [group for (group,) in execute(store, _SQL["find_holders"], ref_ids=refs)]


def _find_newest(store: Store, on: dt.date, groups: list[int] | None) -> list[Report]:
    funds = {
        etf.ticker: store.catalog.sectors[etf.proxy_sector].name
        for etf in store.catalog.etfs.values()
        if etf.proxy_sector
    }
    rows = execute(
        store,
        _SQL["find_reports"],
        on=on,
        group_ids=groups,
        funds=list(funds),
        fund_labels=list(funds.values()),
    )
    return [Report(as_of, name, Kind(kind), *rest) for as_of, name, kind, *rest in rows]


def _find_former(
    store: Store,
    newest: Sequence[Report],
    securities: RefSecurities,
    stocks: AbstractSet[int],
) -> dict[Report, set[int]]:
    """Return the earlier reports that hold the last opinions on stocks, with these stocks.

    A stock that left a group has its last opinion there, unless a newer report of the source
    holds it. Nothing else is read of earlier reports, so that the work does not grow with the
    record.
    """
    leavers: set[int] = set()
    for _, start, end, refs in _read_runs(store, newest, ended=True):
        leavers |= stocks & securities.find_securities(refs, start, end)
    if not leavers:
        return {}
    held: dict[_Said, dt.date] = {}
    left: dict[_Said, list[tuple[Report, dt.date]]] = defaultdict(list)
    refs_of_leavers = securities.find_refs(leavers)
    for report, runs in groupby(_read_runs(store, newest, ended=False), itemgetter(0)):
        ends: dict[int, dt.date] = {}
        for _, start, end, refs in runs:
            some = refs_of_leavers.intersection(refs)
            for security in leavers & securities.find_securities(some, start, end):
                ends[security] = max(end, ends.get(security, end))
        for security, end in ends.items():
            key = (*report.opinion, security)
            if end > report.as_of:
                held[key] = max(report.as_of, held.get(key, report.as_of))
            else:
                left[key].append((report, end))
    return _find_last(store, left, held)


def _read_runs(store: Store, reports: Sequence[Report], *, ended: bool) -> Iterator[_Run]:
    """Yield which refs the reports' groups held from when to when, report by report."""
    parameters = _name(reports) | {
        "are_lists": [report.kind is Kind.LIST for report in reports],
        "ended": ended,
    }
    with store.connection.cursor() as cursor:
        for place, *run in cursor.stream(_SQL["read_runs_to"], parameters, binary=True):
            yield (reports[place], *run)


def _find_last(
    store: Store,
    left: Mapping[_Said, Sequence[tuple[Report, dt.date]]],
    held: Mapping[_Said, dt.date],
) -> dict[Report, set[int]]:
    """Return the last reports before stocks left the groups, with the stocks.

    Args:
        left: The groups that a stock has left, by their newest reports, and when.
        held: The date of the newest report that holds the stock still.
    """
    wanted: dict[tuple[Report, dt.date], list[_Said]] = defaultdict(list)
    for key, groups in left.items():
        for report, end in groups:
            if key not in held or end > held[key] + _DAY:
                wanted[report, end].append(key)
    ends = [*wanted]
    rows = store.connection.execute(
        _SQL["find_last_reports"],
        {
            "group_ids": pack_ints(report.group_id for report, _ in ends),
            "ends": [end for _, end in ends],
            "are_lists": [report.kind is Kind.LIST for report, _ in ends],
            "are_labelled": [report.label is None for report, _ in ends],
        },
    )
    last: dict[_Said, Report] = {}
    for place, number, as_of, source in rows:
        report = ends[place][0]
        found = report._replace(
            as_of=as_of,
            snapshot_id=number,
            source=source if report.label is None else report.source,
        )
        for key in wanted[ends[place]]:
            if (key not in held or as_of > held[key]) and (key not in last or found > last[key]):
                last[key] = found
    former: dict[Report, set[int]] = defaultdict(set)
    for (*_, security), report in last.items():
        former[report].add(security)
    return former
