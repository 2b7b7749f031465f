"""The parameters that several questions share, with their bounds and descriptions."""

from __future__ import annotations

from typing import Annotated, TypedDict

from fastapi import Path, Query

from stockgroups.http.limits import (
    LONGEST_CURSOR,
    LONGEST_EXPRESSION,
    LONGEST_FIELDS,
    LONGEST_TEXT,
    MOST_LOADS,
    MOST_ROWS,
)
from stockgroups.model import GroupType
from stockgroups.record.effective import ReportKind

MOST_DAYS = 100_000

Name = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="A fund's ticker, or a key in any spelling",
    ),
]
Stock = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST_TEXT,
        description="A symbol in any spelling, a former symbol, or an ISIN, CUSIP, SEDOL or FIGI",
    ),
]
Group = Annotated[
    str,
    Query(min_length=1, max_length=LONGEST_TEXT, description="A fund's ticker, or another key"),
]
Words = Annotated[str, Query(min_length=1, max_length=LONGEST_TEXT, description="A part of a name")]
Expression = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST_EXPRESSION,
        description="Groups and stocks with `|`, `&`, `-`, `^`, filters and dates: "
        "`(SPY & QQQ) - sector:energy`",
    ),
]
Names = Annotated[
    str,
    Query(
        min_length=1,
        max_length=LONGEST_EXPRESSION,
        description="Funds' tickers, or other groups with their type (`universe:sp500`), "
        "separated by commas",
    ),
]
AsOf = Annotated[
    str | None,
    Query(max_length=LONGEST_TEXT, description="The day: `2026-07-02`, or an age such as `30d`"),
]
Since = Annotated[
    str | None, Query(max_length=LONGEST_TEXT, description="The first day, written like `as_of`")
]
Until = Annotated[
    str | None, Query(max_length=LONGEST_TEXT, description="The last day, default: today")
]
KnownAt = Annotated[
    str | None,
    Query(
        max_length=LONGEST_TEXT,
        description="Only what was recorded by then: `2026-07-02T18:00`, UTC unless it has an "
        "offset",
    ),
]
PublishedBy = Annotated[
    str | None,
    Query(
        max_length=LONGEST_TEXT,
        description="Only what the public could know by this day: a report counts from its "
        "date of publication on, one without such a date from the day on which it was first "
        "recorded",
    ),
]
AsPublished = Annotated[
    bool, Query(description="Let each date use only what was public by then, like `published_by`")
]
Source = Annotated[
    ReportKind | None,
    Query(description="Only these reports: the issuer's, N-PORT filings, or proxies"),
]
MaxAge = Annotated[
    int | None,
    Query(
        ge=0,
        le=MOST_DAYS,
        description="The number of days by which a report may be older than the day",
    ),
]


class PastOptions(TypedDict):
    """The time parameters of questions about many dates."""

    known_at: KnownAt
    max_age: MaxAge
    source: Source


class MomentOptions(PastOptions):
    """The time parameters of a question, as arguments of `Database`."""

    as_of: AsOf
    published_by: PublishedBy


Type = Annotated[
    GroupType | None, Query(description="The type of the group, if several types have the name")
]
Threshold = Annotated[
    float | None,
    Query(ge=0, le=1, description="The smallest change of weight to report, as a fraction"),
]
Newest = Annotated[int, Query(ge=1, le=MOST_LOADS, description="The number of newest loads")]
Fields = Annotated[
    str | None,
    Query(
        max_length=LONGEST_FIELDS,
        description="Only these columns, separated by commas",
    ),
]
Limit = Annotated[int | None, Query(ge=1, le=MOST_ROWS, description="The number of rows on a page")]
Cursor = Annotated[
    str | None,
    Query(max_length=LONGEST_CURSOR, description="`next` of the previous page"),
]
