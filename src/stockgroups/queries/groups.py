"""What is in a group: fund, theme, universe, sector, industry."""

from __future__ import annotations

import itertools
from contextlib import nullcontext, suppress
from dataclasses import replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from stockgroups.collector import pausing_collector
from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError, SymbolError
from stockgroups.model import GroupType
from stockgroups.queries.answers import GroupAnswer, Holding, IndustryAnswer, merge_lines
from stockgroups.queries.missing import explain_missing, explain_missing_industry
from stockgroups.queries.moments import (
    check_age,
    count_left_out,
    explain_unrecorded,
)
from stockgroups.queries.origins import DRIFTED, Origin
from stockgroups.store import Store, execute
from stockgroups.symbols import list_readings
from stockgroups.text import fold_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.queries.moments import Moment

_SQL = load_statements("queries")
_PAST = load_statements("past")
_POSITION = (
    "symbol",
    "reported_symbol",
    "weight",
    "name",
    "shares",
    "country",
    "currency",
    "cusip",
    "isin",
    "sedol",
    "figi",
)
"""Fields of a holding in the order in which statements read them, after the security."""


@pausing_collector()
def find_group(
    store: Store, kind: GroupType, name: str, moment: Moment | None = None, *, details: bool = False
) -> GroupAnswer:
    """Return what is in a group, now or at a moment.

    Now, the answer is what the memberships hold, whoever wrote them. At a moment it is what the
    effective snapshot of that day holds, even if the group was deleted later.

    Args:
        kind: ETF, THEME, UNIVERSE, SECTOR, ...
        name: A fund's ticker, also a former one or a vendor's spelling, or a key in any spelling.
        moment: The day and the knowledge to answer for; None: now.
        details: Also read names, shares, identifiers and sectors, not only symbols and weights;
            this takes several times as long.

    Raises:
        NotFoundError: Nothing has the name, or nothing is recorded by that day.
        StaleError: The source is older than the moment allows.
    """
    answer = _find(store, kind, name, moment, details=details)
    if answer is None:
        raise explain_unknown(store, kind, name)
    if kind is not GroupType.ETF or answer.key == (ticker := name.strip().upper()):
        return answer
    return replace(answer, asked=store.catalog.renamed_fund(ticker))


def explain_unknown(store: Store, kind: GroupType, name: str) -> NotFoundError:
    """Return the error for a group that does not exist; a fund is named by its ticker of today."""
    if kind is not GroupType.ETF:
        return explain_missing(store, kind, fold_key(name))
    ticker = name.strip().upper()
    former = store.catalog.renamed_fund(ticker)
    return explain_missing(store, kind, former.fund if former else ticker)


def _find(
    store: Store, kind: GroupType, text: str, moment: Moment | None, *, details: bool
) -> GroupAnswer | None:
    """Return the group that a text names; None if there is none."""
    for name in list_spellings(store, kind, text):
        where = {"environment": store.environment, "type": kind.value, "name": name}
        if moment is None:
            answer = _find_now(store.connection, kind, where, details=details)
        else:
            answer = _find_past(store.connection, kind, where, moment, details=details)
        if answer is not None:
            return answer
    return None


def _find_now(
    connection: Connection, kind: GroupType, where: Mapping[str, Any], *, details: bool
) -> GroupAnswer | None:
    """Return the group of exactly this name, by its memberships; None if there is none."""
    more: Sequence[Any] | None = None
    with reading(connection, by_index=True) if details else nullcontext():
        row = connection.execute(_SQL["find_group"], where, binary=True).fetchone()
        if row is None:
            return None
        *fields, symbols, weights, group_id, registry_id, snapshot_id = row
        if details:
            places = {
                "group_id": group_id,
                "registry_id": registry_id,
                "snapshot_id": snapshot_id,
                "as_of": fields[5],
            }
            more = connection.execute(
                _SQL["read_details"], {**where, **places}, binary=True
            ).fetchone()
    name, description, words, liquidity, is_drifted, *origin = fields
    holdings = _sort_holdings(_make_holdings({"symbol": symbols, "weight": weights}))
    metadata = _as_mapping(words)
    title = description if kind is GroupType.ETF else metadata.get("name")
    return GroupAnswer(
        kind,
        name,
        str(title or name),
        description or "",
        tuple(holdings if more is None else _add_details(holdings, more)),
        DRIFTED if is_drifted else Origin(*origin),
        metadata,
        liquidity if isinstance(liquidity, dict) else None,
    )


def _make_holdings(columns: Mapping[str, Sequence[Any] | None]) -> Iterator[Holding]:
    """Return a holding for each row of columns, which are named as the fields are.

    This takes a third of the time of Holding(...), and a fund has thousands. A column that is
    missing or None was not read.
    """
    nothing = itertools.repeat(None)
    others = (columns.get(field) or nothing for field in Holding._fields[1:])
    rows = zip(columns["symbol"] or (), *others, strict=False)
    return map(tuple.__new__, itertools.repeat(Holding), rows)


def _sort_holdings(holdings: Iterable[Holding]) -> list[Holding]:
    """Return holdings, the heaviest first; holdings of equal weight by symbol.

    They are sorted by one value after the other, because pairs take longer to compare.
    """
    by_symbol = sorted(holdings, key=attrgetter("symbol"))
    return sorted(by_symbol, key=lambda holding: holding.weight or 0.0, reverse=True)


def _add_details(members: Iterable[Holding], details: Sequence[Any]) -> Iterator[Holding]:
    """Yield members with the details from `read_details`."""
    symbols, sectors, industries = (column or () for column in details[:3])
    values = {
        symbol: words
        for symbol, *words in sorted(zip(symbols, sectors, industries, strict=True), reverse=True)
    }
    reported = {holding.symbol: holding for holding in _read_positions(details[3:])}
    for member in members:
        sector, industry = values.get(member.symbol, (None, None))
        symbol, source, name, _, shares, _, _, *rest = reported.get(member.symbol) or member
        yield Holding(symbol, source, name, member.weight, shares, sector, industry, *rest)


def _find_past(
    connection: Connection,
    kind: GroupType,
    where: Mapping[str, Any],
    moment: Moment,
    *,
    details: bool,
) -> GroupAnswer | None:
    """Return the group of exactly this name at a moment; None if there never was one."""
    name = where["name"]
    with reading(connection, by_index=True, keeps_plans=True):
        parameters = {**where, **moment.parameters}
        row = connection.execute(_PAST["find_past_group"], parameters, binary=True).fetchone()
        if row is None:
            return None
        registry_id, description, words, first, first_recorded, snapshot_id, *origin = row
        if snapshot_id is None:
            raise explain_unrecorded(name, moment, first, first_recorded)
        found = Origin(*origin)
        assert found.as_of is not None  # noqa: S101 - a snapshot has a date
        check_age(name, found.as_of, moment)
        # By its date the server knows where the members lie, before it opens all partitions.
        place = {"registry_id": registry_id, "snapshot_id": snapshot_id, "as_of": found.as_of}
        positions = only_row(
            connection.execute(_PAST["read_past_group"], {**place, "details": details}, binary=True)
        )
        left_out = (
            count_left_out(connection, [(registry_id, snapshot_id, found.as_of)], moment)
            if moment.published_by
            else None
        )
    return GroupAnswer(
        kind,
        name,
        str(_as_mapping(words).get("name") or description or name),
        description or "",
        tuple(_read_positions(positions)),
        found,
        moment=moment,
        left_out=left_out,
    )


def _read_positions(columns: Sequence[Sequence[Any] | None]) -> list[Holding]:
    """Return a snapshot's positions by symbol; several refs of one security are one holding.

    The columns are those of `positions_of`; columns that were not read are None.
    """
    securities, *rest = columns
    holdings: dict[int | str, Holding] = {}
    for security, holding in zip(
        securities or (), _make_holdings(dict(zip(_POSITION, rest, strict=True))), strict=True
    ):
        key = holding.symbol if security is None else security
        if holdings.setdefault(key, holding) is not holding:
            holdings[key] = merge_lines(holdings[key], holding)
    return _sort_holdings(holdings.values())


def find_industry(store: Store, industry: str) -> IndustryAnswer:
    """Return an industry, its sector and its stocks. Raises NotFoundError with the nearest names.

    The industry is one that a sector lists or a source reports for a stock. If no sector lists it,
    the sector is that of most of its stocks.
    """
    words = " ".join(industry.replace("_", " ").split())
    row = execute(store, _SQL["find_industry"], industry=words).fetchone()
    if row is None:
        raise explain_missing_industry(store, words)
    return IndustryAnswer(row[0], row[1], list(row[2] or ()))


def list_spellings(store: Store, kind: GroupType, text: str) -> Iterator[str]:
    """Yield the names that a text may mean: a fund's ticker, or a key as it is stored.

    A ticker may be a former one, or have a vendor's spelling: `SPY US Equity`. Keys of other
    programs stay as they are, so some have capitals, blanks and hyphens.
    """
    if kind is GroupType.ETF:
        ticker = text.strip().upper()
        yield ticker
        catalog = store.catalog
        if former := catalog.renamed_fund(ticker):
            yield former.fund
        with suppress(SymbolError):
            yield from list_readings(text, catalog.share_classes, catalog.exchanges)
        return
    yield text.strip()
    for row in execute(store, _SQL["list_spellings"], type=kind.value, folded=fold_key(text)):
        yield row[0]


def _as_mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
