"""Panels: thirty years of an index of 500 stocks, beside pandas and SQL on the same intervals."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator

import pandas as pd

from benchmarks.data import ENVIRONMENT
from benchmarks.measure import Case, Row, alternate, at_most
from benchmarks.scratch import Scratch, clear
from stockgroups.analytics.panels.align import align
from stockgroups.analytics.panels.ask import find_panel
from stockgroups.analytics.panels.calendar import list_dates
from stockgroups.model import GroupKey, GroupType, Ref, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store

FIRST, LAST = dt.date(1996, 1, 2), dt.date(2025, 12, 31)
STOCKS, CHANGES = 500, 690
ROUNDS = 5
_JOINED = b"""
    SELECT d.day, i.symbol, i.security_id
    FROM unnest(%s::date[]) AS d (day)
    JOIN stockgroups.intervals i
      ON i.valid_from <= d.day AND (i.valid_to > d.day OR i.valid_to IS NULL)
    WHERE i.environment = %s AND i.type = 'UNIVERSE' AND i.group_name = 'index'
"""
_INTERVALS = b"""
    SELECT symbol, security_id, valid_from, valid_to FROM stockgroups.intervals
    WHERE environment = %s AND type = 'UNIVERSE' AND group_name = 'index'
"""


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about panels; every time is that of the DataFrame."""
    connection = scratch.ours
    clear(connection)
    store = Store(connection, ENVIRONMENT)
    apply(store, [_make_index()])
    connection.execute(b"VACUUM ANALYZE")
    for what, freq, seconds in (("months", "ME", 0.5), ("weekdays", "B", 3.0)):
        dates = list_dates(FIRST, LAST, freq)

        def ask(dates: tuple[dt.date, ...] = dates) -> pd.DataFrame:
            return find_panel(store, "universe:index", dates).to_pandas()

        def join_in_pandas(dates: tuple[dt.date, ...] = dates) -> pd.DataFrame:
            rows = connection.execute(_INTERVALS, [ENVIRONMENT]).fetchall()
            held = pd.DataFrame(rows, columns=["symbol", "security_id", "first", "end"])
            held["end"] = held["end"].fillna(dt.date(2200, 1, 1)).astype("datetime64[s]")
            held["first"] = held["first"].astype("datetime64[s]")
            days = pd.DataFrame({"date": pd.to_datetime(list(dates)).as_unit("s")})
            parts = []
            for place in range(0, len(days), 500):  # a cross join of all needs gigabytes
                crossed = days.iloc[place : place + 500].merge(held, how="cross")
                kept = (crossed["first"] <= crossed["date"]) & (crossed["date"] < crossed["end"])
                parts.append(crossed.loc[kept, ["date", "symbol", "security_id"]])
            return pd.concat(parts)

        def join_in_sql(dates: tuple[dt.date, ...] = dates) -> pd.DataFrame:
            rows = connection.execute(_JOINED, [list(dates), ENVIRONMENT], binary=True).fetchall()
            return pd.DataFrame(rows, columns=["date", "symbol", "security_id"])

        counts = {len(ask()), len(join_in_pandas()), len(join_in_sql())}
        if len(counts) > 1:
            raise RuntimeError(f"the panels differ: {counts} rows")
        times = alternate(
            [Case("asked", ask), Case("pandas", join_in_pandas), Case("SQL", join_in_sql)], ROUNDS
        )
        yield Row(
            f"panel of {STOCKS} stocks, {len(dates):,} {what} of 30 years",
            times.median("asked"),
            "s",
            at_most(seconds),
            f"{counts.pop():,} rows; pandas {times.median('pandas'):.2f} s, "
            f"SQL {times.median('SQL'):.2f} s",
        )
    prices = ask()[["date", "symbol_then"]].rename(columns={"symbol_then": "symbol"})
    times = alternate([Case("align", lambda: align(store, prices))], ROUNDS)
    yield Row(
        "prices aligned with securities",
        len(prices) / times.median("align") / 1e6,
        "million rows a second",
        None,
        f"{len(prices):,} rows",
    )


def _make_index() -> DesiredGroup:
    """An index in which one stock is exchanged on each of many days."""
    chance = random.Random(1996)
    held = [f"S{number:04d}" for number in range(STOCKS)]
    days = sorted(chance.sample(list_dates(FIRST + dt.timedelta(days=1), LAST, "B"), CHANGES))
    snapshots = [_make_snapshot(FIRST, held)]
    for number, day in enumerate(days, STOCKS):
        held[chance.randrange(STOCKS)] = f"S{number:04d}"
        snapshots.append(_make_snapshot(day, held))
    key = GroupKey(ENVIRONMENT, GroupType.UNIVERSE, "index")
    return DesiredGroup(key, snapshots=tuple(snapshots))


def _make_snapshot(day: dt.date, held: list[str]) -> Snapshot:
    return Snapshot(
        as_of=day,
        source="made",
        sha256=hashlib.sha256(f"{day} {held}".encode()).hexdigest(),
        reader="made/1",
        refs=tuple(Ref(symbol, ticker=symbol, name=f"{symbol} CORP") for symbol in held),
        file_name="made.csv",
    )
