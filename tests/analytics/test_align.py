"""`align` joins rows with the securities that `resolve` answers for their dates."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Mapping

import pandas as pd
import polars as pl
import pytest

from samples import make_fund, make_snapshot
from stockgroups.analytics.panels.align import Aligned, align
from stockgroups.errors import UsageError
from stockgroups.model import Ref, Snapshot
from stockgroups.queries.resolutions import Confidence
from stockgroups.queries.resolve import resolve
from stockgroups.record.apply import apply
from stockgroups.store import Store

DAYS = [dt.date(2022, 1, 3) + dt.timedelta(days=7 * number) for number in range(150)]
TEXTS = ["FB", "META", "US30303M1027", "BRK.B", "BRK B", "BRKB", "AAA", "DDD", "ZZZ", "$$", "GONE"]


FACEBOOK = ("META PLATFORMS INC", "US30303M1027")
METAVERSE = ("ROUNDHILL METAVERSE", "US5949181045")


def report(day: dt.date, held: Mapping[str, tuple[str, str | None]]) -> Snapshot:
    refs = tuple(
        Ref(symbol, ticker=symbol, name=name, isin=isin) for symbol, (name, isin) in held.items()
    )
    code = hashlib.sha256(f"{day} {held}".encode()).hexdigest()
    return Snapshot(day, "hand", code, "hand/1", refs, weights=tuple(0.1 for _ in refs))


@pytest.fixture
def filled(store: Store) -> Store:
    """Facebook becomes META, which another fund's stock was before; GONE leaves."""
    berkshire = {"BRK.B": ("BERKSHIRE HATHAWAY", None)}
    apply(
        store,
        [
            make_fund(
                "FUND",
                report(DAYS[10], {"FB": FACEBOOK, "GONE": ("GONE INC", None), **berkshire}),
                report(DAYS[30], {"FB": FACEBOOK, **berkshire}),
                report(DAYS[60], {"META": FACEBOOK, **berkshire}),
            ),
            make_fund(
                "OTHER",
                report(DAYS[5], {"META": METAVERSE}),
                report(DAYS[40], {"METV": METAVERSE}),
            ),
            make_fund("PLAIN", make_snapshot({"AAA": 0.5, "DDD": 0.5}, DAYS[20])),
        ],
    )
    return store


def read(aligned: Aligned) -> list[int | None]:
    ids = aligned.frame["security_id"]
    return (
        ids.to_list()
        if isinstance(ids, pl.Series)
        else [None if pd.isna(one) else int(one) for one in ids]
    )


def test_each_row_is_what_its_date_says(filled: Store) -> None:
    chance = random.Random(20260703)
    rows = [(chance.choice(DAYS), chance.choice(TEXTS)) for _ in range(400)]
    frame = pd.DataFrame(rows, columns=["date", "symbol"])
    expected = []
    for day, text in rows:
        (one,) = resolve(filled, [text], day)
        sure = one.confidence in (Confidence.HIGH, Confidence.MEDIUM)
        expected.append(one.security_id if sure else None)
    aligned = align(filled, frame)
    assert read(aligned) == expected
    assert len({one for one in expected if one}) >= 5
    assert list(frame.columns) == ["date", "symbol"]
    unmatched = sum(one.rows for one in aligned.unmatched)
    assert unmatched == expected.count(None) > 0
    told = {one.text for one in aligned.unmatched}
    assert {"ZZZ", "$$"} <= told
    assert all(one.why for one in (*aligned.unmatched, *aligned.unsure))
    polars = align(filled, pl.DataFrame({"date": [d for d, _ in rows], "symbol": frame["symbol"]}))
    assert read(polars) == expected
    assert polars.unmatched == aligned.unmatched


def test_a_symbol_is_that_of_its_day_or_of_today(filled: Store) -> None:
    frame = pd.DataFrame({"when": [str(DAYS[12]), str(DAYS[70])], "ticker": ["META", "META"]})
    then = align(filled, frame, date="when", symbol="ticker")
    assert list(then.frame["current_symbol"]) == ["METV", "META"]
    today = align(filled, frame, date="when", symbol="ticker", symbols_of="today")
    assert list(today.frame["current_symbol"]) == ["META", "META"]
    (found,) = resolve(filled, ["META"])
    assert read(today) == [found.security_id] * 2


def test_days_beyond_the_record_are_taken_on_request(filled: Store) -> None:
    days = [DAYS[12], DAYS[12], DAYS[70], DAYS[140], DAYS[3]]
    frame = pd.DataFrame({"date": days, "symbol": ["METV", "GONE", "GONE", "META", "META"]})
    sure, more = align(filled, frame), align(filled, frame, beyond_record=True)
    assert list(sure.frame["current_symbol"].notna()) == [False, True, False, True, False]
    assert list(more.frame["current_symbol"].notna()) == [False, True, True, True, True]
    assert list(more.frame["current_symbol"])[3:] == ["META", "METV"]
    assert [one.text for one in more.unmatched] == ["METV"]
    assert {(one.text, one.confidence) for one in more.unsure} == {
        ("GONE", Confidence.LOW),
        ("META", Confidence.LOW),
    }


def test_dates_and_symbols_come_in_many_forms(filled: Store) -> None:
    for dates in (
        pd.to_datetime([DAYS[20], DAYS[21], None]),
        pd.to_datetime([DAYS[20], DAYS[21], None]).tz_localize("America/New_York"),
        [f"{DAYS[20]}T16:00:00", str(DAYS[21]), None],
        [DAYS[20], dt.datetime.combine(DAYS[21], dt.time(16), dt.UTC), pd.NaT],
    ):
        frame = pd.DataFrame({"date": pd.Series(dates), "symbol": ["AAA", " ", "AAA"]})
        aligned = align(filled, frame)
        assert [one is not None for one in read(aligned)] == [True, False, False]
        (doubt,) = aligned.unmatched
        assert (doubt.text, doubt.rows, doubt.first_date) == ("", 2, None)
        assert aligned.unmatched.to_pandas()["rows"].tolist() == [2]
    frame = pd.DataFrame({"date": [DAYS[20]], "symbol": ["AAA"]}, index=["kept"])
    assert list(align(filled, frame).frame.index) == ["kept"]
    categories = frame.astype({"symbol": "category"})
    assert read(align(filled, categories)) == read(align(filled, frame))
    empty = align(filled, frame.iloc[:0])
    assert (len(empty.frame), len(empty.unmatched)) == (0, 0)


def test_what_cannot_be_aligned_is_refused(filled: Store) -> None:
    frame = pd.DataFrame({"date": [DAYS[20]], "symbol": ["AAA"]})
    for bad, named, words in (
        (frame.rename(columns={"date": "Date"}), {}, "no column 'date'.*nearest: Date"),
        (frame.assign(security_id=1), {}, "already has a column 'security_id'"),
        (frame.assign(date="30/06/2024"), {}, "'30/06/2024' in the column 'date' is not a date"),
        (frame.assign(date=20240630), {}, "is not a date"),
        ([("2024-06-30", "AAA")], {}, "a list is not a data frame"),
        (frame, {"symbols_of": "now"}, "'now' is neither"),
    ):
        with pytest.raises(UsageError, match=words):
            align(filled, bad, **named)  # type: ignore[arg-type]
