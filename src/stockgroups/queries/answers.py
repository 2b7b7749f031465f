"""Answers about a group and an industry. `to_dict()` gives the keys that other programs know."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular
from stockgroups.queries.origins import Asked, Origin, make_label
from stockgroups.queries.steps import Position

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping

    from stockgroups.catalog.entries import FormerTicker
    from stockgroups.queries.composition import Composition
    from stockgroups.queries.moments import LeftOut, Moment

Weights = dict[str, float | None]


class Holding(NamedTuple):
    """One stock of a group. A named tuple, because a fund has thousands and it is made faster.

    Attributes:
        symbol: The stock's symbol of today.
        reported_symbol: The symbol that the source reported; None if another program wrote the row.
        name: The name that the source reported.
        weight: A fraction of the fund's net assets: 0.065 is 6.5 %.
        sector: The stock's sector of today; None in answers about the past.
        industry: Its industry, likewise.
    """

    symbol: str
    reported_symbol: str | None = None
    name: str | None = None
    weight: float | None = None
    shares: float | None = None
    sector: str | None = None
    industry: str | None = None
    country: str | None = None
    currency: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None

    def respell(self, spell: Callable[[str], str]) -> Holding:
        """Return the holding with its symbols in another spelling."""
        reported = self.reported_symbol
        return self._replace(
            symbol=spell(self.symbol),
            reported_symbol=None if reported is None else spell(reported),
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the holding as JSON values."""
        return self._asdict()


_Line = TypeVar("_Line", Holding, Position)


def merge_lines(one: _Line, other: _Line) -> _Line:
    """Return two lines of one security as one, under the name of the heavier line."""
    heavier = one if (one.weight or 0.0) >= (other.weight or 0.0) else other
    weights = [line.weight for line in (one, other) if line.weight is not None]
    shares = [line.shares for line in (one, other) if line.shares is not None]
    return heavier._replace(
        weight=sum(weights) if weights else None, shares=sum(shares) if shares else None
    )


PARTS = ("sector", "industry", "country", "currency")
"""The fields by which a group can be divided into parts."""


@dataclass(frozen=True, slots=True, repr=False)
class GroupAnswer(Asked, Tabular):
    """What is in a group (an ETF, a theme, a universe or a sector), now or on a day.

    Attributes:
        key: The fund's ticker, or the key of another group.
        name: The group's name. Like the description, it is that of today.
        holdings: The stocks, the heaviest first.
        metadata: The other metadata of the group's own row; empty in answers about the past.
        moment: The requested day; None: now.
        asked: The requested former ticker; None if the fund's own was.
        warnings: How the members of a saved expression differ from what it gives now.
        left_out: Reports that were not public yet, if the moment leaves such out.
    """

    ROWS = "holdings"
    KINDS: ClassVar[Mapping[str, Kind]] = {
        name: Kind.NUMBER if name in {"weight", "shares"} else Kind.TEXT for name in Holding._fields
    }

    kind: GroupType
    key: str
    name: str
    description: str
    holdings: tuple[Holding, ...]
    origin: Origin
    metadata: Mapping[str, Any] = field(default_factory=dict)
    liquidity_filter: Mapping[str, Any] | None = None
    moment: Moment | None = None
    asked: FormerTicker | None = None
    warnings: tuple[str, ...] = ()
    left_out: LeftOut | None = None

    def __repr__(self) -> str:
        count = len(self.holdings)
        return f"<GroupAnswer {self.kind} {self.key}: {count} stocks as of {self.as_of}>"

    @property
    def symbols(self) -> list[str]:
        """The stocks' symbols of today, sorted."""
        return sorted({holding.symbol for holding in self.holdings})

    @property
    def weights(self) -> Weights:
        """The stocks' weights, by their symbols of today."""
        return {holding.symbol: holding.weight for holding in self.holdings}

    @property
    def as_of(self) -> dt.date | None:
        """The date for which the source says that its data is true."""
        return self.origin.as_of

    @property
    def age_days(self) -> int | None:
        """How many days before the day asked for the source is dated."""
        return self.origin.age_on(self.on)

    def count_rows(self) -> int:
        """Return the number of holdings."""
        return len(self.holdings)

    def iterate(self) -> Iterator[tuple[Any, ...]]:
        """Yield the holdings, which are rows already."""
        return iter(self.holdings)

    def sources(self) -> list[dict[str, Any]]:
        """Return the group with its origin."""
        return [{"group": make_label(self.kind, self.key), **self.origin.to_dict(self.on)}]

    def list_words(self, key: str) -> list[str]:
        """Return a list of texts in the metadata, such as a sector's `industries`."""
        return list(self.metadata.get(key) or ())

    def divide(self, by: str) -> Composition:
        """Return the group's parts by sector, industry, country or currency.

        Raises UsageError for any other `by`.
        """
        from stockgroups.queries.composition import divide  # noqa: PLC0415 - not for look-ups

        return divide(self, by)

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        answer = replace(self, holdings=tuple(one.respell(spell) for one in self.holdings))
        words = self.list_words("representative_stocks")
        if not words:
            return answer
        spelt = {"representative_stocks": [spell(word) for word in words]}
        return replace(answer, metadata={**self.metadata, **spelt})

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON values, its key under `etf_symbol`, `theme_key` or the like."""
        return (
            self._describe()
            | self.origin.to_dict(self.on)
            | self.question
            | {
                "reported_symbols": [
                    one.reported_symbol for one in self.holdings if one.reported_symbol
                ],
                "members": self.rows(),
            }
            | ({"former_ticker": self.asked.ticker} if self.asked else {})
            | ({"left_out": self.left_out.to_dict()} if self.left_out else {})
            | ({"warnings": list(self.warnings)} if self.kind is GroupType.CUSTOM else {})
        )

    def _describe(self) -> dict[str, Any]:
        """Return the JSON keys that only this type of group has."""
        symbols = self.symbols
        if self.kind is GroupType.ETF:
            return {
                "etf_symbol": self.key,
                "name": self.name,
                "holdings": symbols,
                "total_holdings": len(symbols),
                "metadata": dict(self.metadata),
                "liquidity_filter": dict(self.liquidity_filter or {}),
                "weights": self.weights,
            }
        is_sector = self.kind is GroupType.SECTOR
        lists = ("industries", "representative_stocks") if is_sector else ()
        return {
            f"{self.kind.lower()}_key": self.key,
            "name": self.name if is_sector else self.key,
            "display_name": self.name,
            "description": self.description,
            **{key: self.list_words(key) for key in lists},
            "symbols": symbols,
            "total_symbols": len(symbols),
            "metadata": dict(self.metadata),
        }


@dataclass(frozen=True, slots=True)
class IndustryAnswer(Tabular):
    """An industry, its sector, and the stocks that a source assigns to it."""

    KEYS = "industry sector symbols total_symbols=len(symbols)"
    KINDS: ClassVar[Mapping[str, Kind]] = {"symbol": Kind.TEXT}

    industry: str
    sector: str | None
    symbols: list[str]

    def rows(self) -> list[dict[str, Any]]:
        """Return the stocks."""
        return [{"symbol": symbol} for symbol in self.symbols]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        return replace(self, symbols=[spell(s) for s in self.symbols])
