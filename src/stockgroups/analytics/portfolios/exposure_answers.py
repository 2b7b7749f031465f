"""The answer of `exposure` as types."""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum
from typing import TYPE_CHECKING, Any, ClassVar, Literal, get_args

from stockgroups.analytics.funds import Part
from stockgroups.json_values import Fields
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.origins import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.analytics.funds import Fund
    from stockgroups.queries.moments import Moment

Attribute = Literal["stock", "sector", "industry", "theme", "country", "currency"]
"""A dimension of exposure."""
ATTRIBUTES: tuple[str, ...] = get_args(Attribute)
LARGEST_COUNTED = (1, 5, 10, 25)
"""The numbers of largest stocks whose total weight an answer gives."""


@dataclass(frozen=True, slots=True)
class ExposedPosition(Fields):
    """One position of the portfolio.

    Attributes:
        name: The fund, the stock's symbol of today, or its name in the portfolio.
        title: The name of the fund or the stock.
        part: Its own kind: a stock, a fund, cash, …
        amount: Its amount in the portfolio's own unit.
        weight: The same as a fraction of the portfolio.
        fund: The fund as it was read; None for a position that is not looked through.
        names: The number of its stocks.
        alone: The part of the position in stocks that no other position holds, a fraction of the
            position; short positions count like long ones.
        overlap: The weight that it shares with the rest of the portfolio taken as one fund; None
            without a rest.
    """

    KEYS = "position=name name=title part amount weight names alone overlap"

    name: str
    title: str | None
    part: Part
    amount: float
    weight: float
    fund: Fund | None
    names: int
    alone: float
    overlap: float | None


@dataclass(frozen=True, slots=True)
class ExposureRow(Fields):
    """The portfolio's holding of a stock, a sector, …, or of a part that is not stocks.

    Attributes:
        key: The stock's symbol, the sector's key, the country's code; the symbol of a fund that is
            not looked through or of an unknown position. None for a part without a name, and for
            stocks without a known value.
        part: Its kind: stocks, cash, …
        weight: A fraction of the portfolio: the sum of `long` and `short`.
        long: The part that is held long.
        short: The part that is held short, 0 or negative.
        stocks: The number of stocks.
        through: The contribution of each position.
    """

    key: str | None
    name: str | None
    part: Part
    weight: float
    long: float
    short: float
    stocks: int
    through: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Concentration(Fields):
    """How much of a portfolio lies in few stocks, looked through.

    Attributes:
        hhi: The Herfindahl-Hirschman index: Σ weight² of the stocks, from 0 to 1 for a portfolio
            that is long. What is not in stocks does not count.
        gross: Σ |weight| of the stocks.
        largest: The weight of so many of the largest stocks together.
    """

    KEYS = "hhi gross equal_stocks largest"

    hhi: float
    gross: float
    largest: Mapping[int, float]

    @property
    def equal_stocks(self) -> float | None:
        """The number of stocks of equal weight that are as concentrated; None without stocks.

        Of a portfolio that is all in stocks it is the reciprocal of the index.
        """
        return self.gross**2 / self.hhi if self.hhi else None


@dataclass(frozen=True, slots=True)
class ExposedNotional(Fields):
    """The notional of the derivatives in a portfolio's funds, as fractions of the portfolio.

    It is not part of the sum of the weights, which hold the derivatives' market value.

    Attributes:
        long: The exposure that gains when the underlying gains.
        short: The exposure that then loses, 0 or negative.
        unsided: The exposure whose side no source states, without a sign.
        through: The contribution of each position to the first two, in one sum.
    """

    SIDES: ClassVar[tuple[str, ...]] = ("long", "short", "unsided")

    long: float
    short: float
    unsided: float
    through: Mapping[str, float]


@dataclass(frozen=True, slots=True, repr=False)
class ExposureAnswer(Asked, Tabular):
    """What a portfolio holds, looked through.

    Attributes:
        by: The kind of the rows: stock, sector, industry, theme, country or currency.
        positions: The portfolio.
        items: Its holdings, stocks first, the heaviest first. By theme a stock is in each row of
            its themes; otherwise the weights of the rows sum to 1.
        funds: All funds that were looked through, also those within others.
        parts: The parts of the whole portfolio, as fractions that sum to 1.
        concentration: The concentration of the stocks.
        moment: The requested day; None: now.
        warnings: What limits the figures.
        notional: The notional of derivatives; None if no source states it.
    """

    KEYS = (
        "*question by total positions rows=items parts notional concentration "
        "most_redundant=most_redundant?.name funds=describe_funds() warnings"
    )
    ROWS = "items"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(ExposureRow)

    by: str
    positions: tuple[ExposedPosition, ...]
    items: tuple[ExposureRow, ...]
    funds: tuple[Fund, ...]
    parts: Mapping[Part, float]
    concentration: Concentration
    moment: Moment | None
    warnings: tuple[str, ...]
    notional: ExposedNotional | None = None

    def __repr__(self) -> str:
        return f"<ExposureAnswer by {self.by}: {len(self.positions)} positions>"

    @property
    def total(self) -> float:
        """The sum of the positions' amounts, by which each weight is divided."""
        return fsum(one.amount for one in self.positions)

    @property
    def weights(self) -> dict[str, float]:
        """The weights of what is known of the stocks, by symbol, sector key, country code, ..."""
        return {one.key: one.weight for one in self.items if one.key and one.part is Part.STOCKS}

    @property
    def most_redundant(self) -> ExposedPosition | None:
        """The fund that adds least to the other positions.

        Of several, the one that shares most by weight with the others. None if fewer than two funds
        have stocks.
        """
        funds = [one for one in self.positions if one.names and one.fund]
        if len(funds) < 2:
            return None
        return min(funds, key=lambda one: (round(one.alone, 9), -(one.overlap or 0.0), one.name))

    def sources(self) -> list[dict[str, Any]]:
        """Return the funds that were looked through with their origins."""
        return [fund.describe_source() for fund in self.funds]

    def describe_funds(self) -> list[dict[str, Any]]:
        """Return the funds that were looked through, as JSON values."""
        return [{"fund": one.label, **one.to_dict()} for one in self.funds]
