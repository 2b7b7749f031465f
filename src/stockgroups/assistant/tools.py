"""The tools: each asks `Database` one or two questions, and selects the content of the answer.

An assistant reads the docstring of a tool's function.
"""

from __future__ import annotations

from collections import Counter
from math import fsum
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from stockgroups.analytics.portfolios.exposure_answers import Attribute  # noqa: TC001 - read at run time
from stockgroups.api.moments import read_day
from stockgroups.assistant.arguments import (
    LONGEST_NAME,
    MOST_NAMES,
    MOST_POSITIONS,
    MOST_TEXTS,
    AnyType,
    Day,
    Expression,
    GroupTypes,
    Known,
    Name,
    Public,
    Stock,
)
from stockgroups.assistant.shape import Answer, Table
from stockgroups.errors import NotFoundError, SymbolError, UsageError
from stockgroups.queries.moments import warn_left_out
from stockgroups.queries.origins import CHANGED, describe_moment
from stockgroups.queries.resolutions import Confidence
from stockgroups.sectors.votes import Standing
from stockgroups.times import today_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from stockgroups.api import Database
    from stockgroups.queries.stock_answers import StockAnswer
    from stockgroups.sectors import Classification

_ORIGIN = ("as_of", "age_days", "source", "is_proxy", "is_drifted")


def find(db: Database, *, text: Name, type: AnyType | None = None) -> Answer:  # noqa: A002 - its name in every face
    """Search groups and stocks by part of a name, key or symbol.

    Use it first if you do not know the name of something here: "bitcoin", "s&p 500", "Toyota".
    Each row is a type and a key. In other tools write a group as type:key (theme:crypto_miners,
    sector:energy, universe:sp500), an ETF as its ticker (SPY), a stock as its symbol. If no name
    contains the text, `why` has the reason and `nearest` has similar names.
    Example: {"text": "crypto", "type": "THEME"}
    """
    found = db.search(text)
    rows = [one.to_dict() for one in found if type in (None, one.type)]
    missing: NotFoundError | None = None
    if not found:
        rows, missing = _read_name(db, text)
    return Answer(
        {
            "text": text,
            "why": missing and missing.what,
            "nearest": missing and missing.nearest,
            "asked_as_of": today_utc().isoformat(),
        },
        Table.choose(("type", "key", "name"), rows),
        "names as recorded today",
        dict(Counter(one["type"] for one in rows)),
    )


def members(
    db: Database,
    *,
    expression: Expression,
    as_of: Day = None,
    known_at: Known = None,
    published_by: Public = None,
    detail: Annotated[
        bool, Field(description="Add the sector and the weight in each group.")
    ] = False,
) -> Answer:
    """List the stocks of a group or of a combination of groups, heaviest first.

    Use it for "what is in SPY", "the ten largest of QQQ" (limit 10), "what QQQ holds and SPY does
    not" (QQQ - SPY), "energy stocks in both" ((SPY & QQQ) & sector:energy), "what was added to SPY
    since June" (SPY - (SPY @ 2025-06-01)). Write a single stock as stock:AAPL, an industry as
    industry:"Regional Banks". `weight` is a fraction of the fund: 0.065 is 6.5 %.
    Example: {"expression": "SPY[sector = energy]", "as_of": "2026-06-30", "limit": 10}
    """
    found = db.members(expression, as_of, known_at=known_at, published_by=published_by)
    columns = ("symbol", "name", "weight")
    weights = [one.weight for one in found.members if one.weight is not None]
    return Answer(
        {
            "expression": found.expression,
            "as_of": found.as_of and found.as_of.isoformat(),
            **describe_moment(found.moment),
        },
        Table.choose((*columns, "sector", "terms", "weights") if detail else columns, found.rows()),
        Table.choose(("term", "name", "total", *_ORIGIN), [one.to_dict() for one in found.groups]),
        {"with_weight": len(weights), "weight": fsum(weights) if weights else None},
        [*found.warnings, *_warn(one.term for one in found.groups if one.origin.is_drifted)],
    )


def holders(
    db: Database,
    *,
    stock: Stock,
    as_of: Day = None,
    known_at: Known = None,
    published_by: Public = None,
    type: Annotated[GroupTypes | None, Field(description="Only groups of this type.")] = None,  # noqa: A002 - as above
) -> Answer:
    """List the groups that hold a stock, with its weight in each, heaviest first.

    Use it for "which ETFs hold NVDA", "is AMD in the S&P 500", "which themes is MARA in", "in which
    sector is Visa, and by which source". The answer begins with the stock's name, sector and former
    symbols; `sector_votes` has the sources for each sector (today only).
    Each row has its own date and source: `age_days` counts from the requested day.
    Example: {"stock": "NVDA", "type": "ETF"}
    """
    votes: dict[str, Any] = {}
    if as_of is None and known_at is None and published_by is None:
        explained = db.explain(stock)
        found, votes = explained.stock, _count_votes(explained.classification)
    else:
        found = db.stock(stock, as_of, known_at=known_at, published_by=published_by)
    rows = [row for row in found.rows() if type in (None, row["type"])]
    rows.sort(key=lambda row: (row["weight"] is None, -(row["weight"] or 0.0)))
    for row in rows:
        row["as"] = None if row["symbol"] == found.symbol else row["symbol"]
        row["name"] = row["name"] if row["type"] == "ETF" else None  # others have a description
    weighted = sum(row["weight"] is not None for row in rows)
    return Answer(
        {**_describe_stock(found), **describe_moment(found.moment), "sector_votes": votes},
        Table.choose(("type", "group", "name", "as", "weight", *_ORIGIN), rows),
        "each row has its own",
        {"groups": len(rows), "with_weight": weighted},
        [
            *_warn(f"{row['type']} {row['group']}" for row in rows if row["is_drifted"]),
            *(
                f"another program removed it from {kind} {name}"
                for kind, name in found.removed_from
            ),
            *warn_left_out(found.moment, found.left_out),
        ],
    )


def overlap(
    db: Database,
    *,
    names: Annotated[
        list[Name],
        Field(
            min_length=2,
            max_length=MOST_NAMES,
            description="Tickers of funds, or groups as type:key (universe:sp500).",
        ),
    ],
    as_of: Day = None,
    known_at: Known = None,
    published_by: Public = None,
) -> Answer:
    """Compare two or more funds: the stocks they share, and their overlap by weight.

    Use it for "how similar are SPY and QQQ", "do I need both VTI and VOO". `overlap` is the sum of
    each common stock's smallest weight: 0.45 means that 45 % of each fund is the same. `covered` is
    the weight of a fund's stocks that another of the funds holds too. With more than two funds,
    `pairs` compares every two. The rows are the stocks in at least two funds, each with its part of
    the overlap of all. For stocks in one fund only, use the tool members with "SPY - QQQ".
    Example: {"names": ["SPY", "QQQ"]}
    """
    found = db.overlap(*names, as_of=as_of, known_at=known_at, published_by=published_by)
    groups = [one.to_dict() for one in found.groups]
    shared = [row for row in found.rows() if len(row["in"]) > 1]
    common = len(found.common)
    labels = [one.label for one in found.groups]
    more = {
        "groups": Table.choose(("group", "names", "shared", "shared_names", "covered"), groups),
        "pairs": Table.choose(
            ("a", "b", "shared", "overlap", "covered_a", "covered_b"),
            [pair.to_dict() for pair in found.pairs] if len(groups) > 2 else [],
        ),
    }
    return Answer(
        {"overlap": found.overlap, "shared": common, **describe_moment(found.moment)},
        Table.choose(("symbol", "name", "overlap", *labels), shared),
        _list_sources("group", groups),
        {"stocks_of_any": len(found.stocks), "stocks_of_all": common},
        found.warnings,
        {name: table for name, table in more.items() if table.rows},
    )


def exposure(
    db: Database,
    *,
    portfolio: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)], float],
        Field(
            min_length=1,
            max_length=MOST_POSITIONS,
            description="Weights or values by fund, stock or cash (USD); each is divided by their "
            "sum. Negative: a short position.",
        ),
    ],
    by: Attribute = "stock",
    as_of: Day = None,
    known_at: Known = None,
    published_by: Public = None,
) -> Answer:
    """Look through a portfolio's funds: its holdings as fractions of the portfolio.

    Use it for "how much Apple do I own through my funds", "my sectors", "which fund adds least".
    `coverage` has the fractions in stocks, cash and the rest. In `positions`, `alone` is the weight
    that no other position holds; `most_redundant` is the fund that adds least.
    Example: {"portfolio": {"VTI": 60, "QQQ": 30, "AAPL": 10}, "by": "sector"}
    """
    found = db.exposure(portfolio, by, as_of, known_at=known_at, published_by=published_by)
    redundant = found.most_redundant
    items = [
        row | {"part": None if row["part"] == "stocks" else row["part"]} for row in found.rows()
    ]
    if not any(row["short"] for row in items):
        items = [row | {"long": None, "short": None} for row in items]
    if by == "stock":
        items = [row | {"stocks": None} for row in items]
    return Answer(
        {
            "by": by,
            **describe_moment(found.moment),
            "notional": found.notional and found.notional.to_dict(),
            "concentration": found.concentration.to_dict(),
            "most_redundant": redundant.name if redundant else None,
        },
        Table.choose(("key", "name", "part", "weight", "long", "short", "stocks"), items),
        _list_sources("fund", ({"fund": one.label, **one.to_dict()} for one in found.funds)),
        {part.value: weight for part, weight in found.parts.items() if weight},
        found.warnings,
        {
            "positions": Table.choose(
                ("position", "name", "part", "weight", "names", "alone", "overlap"),
                [one.to_dict() for one in found.positions],
            )
        },
    )


def resolve(
    db: Database,
    *,
    texts: Annotated[
        list[Annotated[str, Field(max_length=LONGEST_NAME)]],
        Field(min_length=1, max_length=MOST_TEXTS, description="Symbols or identifiers."),
    ],
    as_of: Day = None,
) -> Answer:
    """Find the stock of each text: a symbol in any vendor's spelling, ISIN, CUSIP, SEDOL or FIGI.

    Use it to clean a list of holdings or to follow a renamed stock. `symbol` is the symbol on the
    requested day, `current_symbol` today's. With `confidence` none there is no answer: `candidates`
    are the stocks that the text may mean, `why` is the reason.
    Example: {"texts": ["BRKB", "US0378331005", "FB"], "as_of": "2021-06-30"}
    """
    found = db.resolve(texts, as_of)
    rows = [
        one.to_dict() | {"candidates": [candidate.current_symbol for candidate in one.candidates]}
        for one in found
    ]
    answered = sum(one.confidence is not Confidence.NONE for one in found)
    return Answer(
        {"asked_as_of": (read_day(as_of) or today_utc()).isoformat()},
        Table.choose(
            ("text", "symbol", "current_symbol", "method", "confidence", "candidates", "why"), rows
        ),
        "see the column method",
        {"asked": len(rows), "answered": answered},
    )


def _read_name(db: Database, text: str) -> tuple[list[dict[str, Any]], NotFoundError | None]:
    """Return the meaning of a text that is part of no name, such as an identifier, or the error."""
    try:
        meant = db.members('"{}"'.format(text.replace('"', " ")))
    except NotFoundError as error:
        return [], error
    except (UsageError, SymbolError):  # nothing can have that name
        return [], NotFoundError(f"nothing is named {text!r}")
    kind, _, key = meant.expression.partition(":")
    names = {one.symbol: one.name for one in meant.members}
    name = meant.groups[0].title if meant.groups else names.get(key)
    return [{"type": kind.upper(), "key": key, "name": name}], None


def _describe_stock(found: StockAnswer) -> dict[str, Any]:
    """Return the values about a stock that come before its groups."""
    today = found.current_symbol
    return {
        "symbol": found.symbol,
        "current_symbol": None if today == found.symbol else today,
        "name": found.name,
        "sector": found.sector,
        "industry": found.industry,
        "confidence": found.confidence,
        "former_symbols": [
            f"{one.symbol} until {one.valid_to.isoformat()}" for one in found.former_symbols
        ],
    }


def _count_votes(answer: Classification) -> dict[str, list[str]]:
    """Return the sources that count for each sector."""
    votes: dict[str, set[str]] = {}
    for judged in answer.votes:
        if judged.sector and judged.standing in (Standing.COUNTED, Standing.TIE_BREAKER):
            votes.setdefault(judged.sector, set()).add(judged.vote.source)
    return {sector: sorted(sources) for sector, sources in votes.items()}


def _list_sources(key: str, groups: Iterable[Mapping[str, Any]]) -> Table:
    return Table.choose((key, "name", *_ORIGIN), groups)


def _warn(drifted: Iterable[str]) -> list[str]:
    """Return a warning for each group whose members another program has changed."""
    return [f"{label}: {CHANGED}" for label in drifted]
