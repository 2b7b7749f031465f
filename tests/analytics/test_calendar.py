"""The dates of panels are those of pandas."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.analytics.panels.calendar import FREQUENCIES, MOST_DATES, list_dates, read_dates
from stockgroups.errors import UsageError

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2035, 12, 31))


@given(since=DAYS, length=st.integers(0, 1500), freq=st.sampled_from(sorted(FREQUENCIES)))
def test_dates_are_those_of_pandas(since: dt.date, length: int, freq: str) -> None:
    until = since + dt.timedelta(days=length)
    expected = tuple(day.date() for day in pd.date_range(since, until, freq=freq))
    if expected:
        assert list_dates(since, until, freq) == expected
    else:
        with pytest.raises(UsageError, match="no date from"):
            list_dates(since, until, freq)


def test_a_wrong_frequency_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="unknown frequency 'W-FRY'") as caught:
        list_dates(dt.date(2020, 1, 1), dt.date(2021, 1, 1), "W-FRY")
    assert "nearest: W-FRI" in str(caught.value.remedy)


def test_days_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(UsageError, match="2021-01-01 is after 2020-01-01"):
        list_dates(dt.date(2021, 1, 1), dt.date(2020, 1, 1), "D")


def test_too_many_dates_are_refused() -> None:
    with pytest.raises(UsageError, match=f"more than {MOST_DATES:,} dates"):
        list_dates(dt.date(1, 1, 1), dt.date(9999, 12, 31), "D")


def test_a_list_is_put_in_order() -> None:
    told = [
        "2024-05-03",
        dt.date(2024, 5, 1),
        dt.datetime(2024, 5, 3, 16, 0, tzinfo=dt.UTC),
        pd.Timestamp("2024-05-02"),
    ]
    assert read_dates(told) == (dt.date(2024, 5, 1), dt.date(2024, 5, 2), dt.date(2024, 5, 3))
    with pytest.raises(UsageError, match="no date in the list"):
        read_dates([])
    with pytest.raises(UsageError, match="'yesterday' is not a date"):
        read_dates(["yesterday"])
