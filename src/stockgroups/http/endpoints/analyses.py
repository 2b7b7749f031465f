"""Analyses: expressions, panels, overlap, exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Unpack

from fastapi import Body, Query
from pydantic import BaseModel, ConfigDict, Field

from stockgroups.analytics.expressions.members import Members
from stockgroups.analytics.panels.calendar import list_dates
from stockgroups.analytics.panels.ever import EverMembers
from stockgroups.analytics.panels.panel import Panel
from stockgroups.analytics.portfolios.exposure_answers import Attribute, ExposureAnswer
from stockgroups.analytics.portfolios.nearest import NearestAnswer
from stockgroups.analytics.portfolios.overlap_answers import OverlapAnswer
from stockgroups.analytics.portfolios.overlap_matrix import OverlapMatrix
from stockgroups.api import Database
from stockgroups.api.moments import read_range
from stockgroups.errors import UsageError
from stockgroups.http.endpoints.endpoint import Endpoint
from stockgroups.http.limits import (
    LONGEST_TEXT,
    MOST_DATES,
    MOST_FUNDS,
    MOST_IN_MATRIX,
    MOST_POSITIONS,
)
from stockgroups.http.parameters import (
    MOST_DAYS,
    AsPublished,
    Expression,
    Group,
    MomentOptions,
    Names,
    PastOptions,
    Since,
    Until,
)
from stockgroups.record.effective import ReportKind

if TYPE_CHECKING:
    from collections.abc import Sequence


class Portfolio(BaseModel):
    """A portfolio, and what is asked of it."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    positions: dict[Annotated[str, Field(max_length=LONGEST_TEXT)], float] = Field(
        min_length=1,
        max_length=MOST_POSITIONS,
        description="Weights or values by fund or stock; each is divided by their sum",
        examples=[{"SPY": 60, "QQQ": 40}],
    )
    by: Attribute = "stock"
    as_of: str | None = Field(None, max_length=LONGEST_TEXT)
    known_at: str | None = Field(None, max_length=LONGEST_TEXT)
    max_age: int | None = Field(None, ge=0, le=MOST_DAYS)
    published_by: str | None = Field(None, max_length=LONGEST_TEXT)
    source: ReportKind | None = None


def show_members(db: Database, *, expr: Expression, **moment: Unpack[MomentOptions]) -> Members:
    """Show the stocks that an expression means."""
    return db.members(expr, **moment)


def show_panel(
    db: Database,
    *,
    expr: Expression,
    since: Since = None,
    until: Until = None,
    freq: Annotated[
        str, Query(max_length=20, description="The days in the range: `D`, `B`, `W-FRI`, `ME` ...")
    ] = "ME",
    as_published: AsPublished = False,
    **past: Unpack[PastOptions],
) -> Panel:
    """Show the stocks that an expression meant on each of many dates."""
    if since is None:
        raise UsageError("a panel needs a first day", where="since", remedy="give `since`")
    dates = list_dates(*read_range(since, until), freq)
    if len(dates) > MOST_DATES:
        raise UsageError(
            f"a panel has at most {MOST_DATES:,} dates; this one has {len(dates):,}",
            where="freq",
            remedy="ask for a shorter range, or for fewer days in it",
        )
    return db.panel(expr, dates=dates, as_published=as_published, **past)


def show_ever(
    db: Database,
    *,
    expr: Expression,
    since: Since = None,
    until: Until = None,
    as_published: AsPublished = False,
    **past: Unpack[PastOptions],
) -> EverMembers:
    """Show every stock that an expression meant on any day of a range."""
    if since is None:
        raise UsageError("a range needs a first day", where="since", remedy="give `since`")
    return db.ever(expr, since, until, as_published=as_published, **past)


def show_overlap(db: Database, *, groups: Names, **moment: Unpack[MomentOptions]) -> OverlapAnswer:
    """Show what two or more groups share, by names and by weight."""
    names = _split(groups, MOST_FUNDS)
    return db.overlap(*names, **moment)


def show_overlap_matrix(
    db: Database, *, groups: Names | None = None, **moment: Unpack[MomentOptions]
) -> OverlapMatrix:
    """Show the overlap of every two of some groups, default: of all ETFs."""
    names = None if groups is None else _split(groups, MOST_IN_MATRIX)
    return db.overlap_matrix(names, **moment)


def show_nearest(
    db: Database,
    *,
    group: Group,
    count: Annotated[int, Query(ge=1, le=100, description="The number of funds")] = 10,
    **moment: Unpack[MomentOptions],
) -> NearestAnswer:
    """Show the funds that share most with a group."""
    return db.nearest(group, limit=count, **moment)


def show_exposure(db: Database, *, body: Annotated[Portfolio, Body()]) -> ExposureAnswer:
    """Show what a portfolio holds through its funds, and through the funds in these."""
    asked = dict(body)
    return db.exposure(asked.pop("positions"), **asked)


def _split(names: str, most: int) -> Sequence[str]:
    found = [name.strip() for name in names.split(",") if name.strip()]
    if len(found) > most:
        raise UsageError(
            f"at most {most:,} groups can be compared at once, not {len(found):,}",
            where="groups",
            remedy="ask for fewer",
        )
    return found


ANALYSES = (
    Endpoint("/members", show_members, "expressions"),
    Endpoint("/panel", show_panel, "expressions"),
    Endpoint("/ever", show_ever, "expressions"),
    Endpoint("/overlap", show_overlap, "portfolios"),
    Endpoint("/overlap-matrix", show_overlap_matrix, "portfolios"),
    Endpoint("/nearest", show_nearest, "portfolios"),
    Endpoint("/exposure", show_exposure, "portfolios", method="POST"),
)
