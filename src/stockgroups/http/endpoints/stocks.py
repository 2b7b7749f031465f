"""Questions on stocks: their groups, past, symbols, and the stock that a text means."""

from __future__ import annotations

from typing import Annotated, Unpack

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from stockgroups.api import Database
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.limits import LONGEST_TEXT, MOST_TEXTS
from stockgroups.http.parameters import AsOf, MomentOptions, Name, Stock
from stockgroups.queries.explanation import Explanation
from stockgroups.queries.related import RelatedAnswer
from stockgroups.queries.resolutions import Resolutions
from stockgroups.queries.stock_answers import StockAnswer
from stockgroups.queries.timelines import StockTimeline

Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT)]


class Texts(BaseModel):
    """Texts that are to be resolved, and the day whose symbols they are."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Text] = Field(min_length=1, max_length=MOST_TEXTS)
    as_of: str | None = Field(None, max_length=LONGEST_TEXT)


def show_stock(db: Database, *, name: Name, **moment: Unpack[MomentOptions]) -> StockAnswer:
    """Show the groups that hold a stock, with its weights and sector, now or on a day."""
    return db.stock(name, **moment)


def show_timeline(db: Database, *, stock: Stock, as_of: AsOf = None) -> StockTimeline:
    """Show every interval of a stock in a group, across its names."""
    return db.timeline(stock, as_of)


def show_related(db: Database, *, stock: Stock) -> RelatedAnswer:
    """Show a stock's other share classes, listings, ADR and home share."""
    return db.related(stock)


def explain_sector(db: Database, *, stock: Stock) -> Explanation:
    """Show all votes for a stock's sector, and how the sector was decided."""
    return db.explain(stock)


def resolve(
    db: Database,
    *,
    text: Annotated[
        list[Text],
        Query(max_length=100, description="A symbol or identifier; may be repeated"),
    ],
    as_of: AsOf = None,
) -> Resolutions:
    """Show which stock each text means, how that is known and how sure it is."""
    return db.resolve(text, as_of)


def resolve_many(db: Database, *, body: Annotated[Texts, Body()]) -> Resolutions:
    """Show which stock each of many texts means; `as_of` is the day whose symbols they are."""
    return db.resolve(body.texts, body.as_of)


STOCKS = (
    Endpoint("/stocks/{name:path}", show_stock, "stocks"),
    Endpoint("/timeline", show_timeline, "stocks"),
    Endpoint("/related", show_related, "stocks"),
    Endpoint("/explanation", explain_sector, "stocks"),
    Endpoint("/resolve", resolve, "resolve"),
    Endpoint("/resolve", resolve_many, "resolve", method="POST"),
)
