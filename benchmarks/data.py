"""Synthetic funds in the shape of real ones: sizes, overlaps, and prints that differ by issuer.

Deterministic: the same seed gives the same members, names and weights on every machine. Nothing in
them is any issuer's data; tickers are made up but for the first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import math
import random
import string
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from stdnum import cusip
from stdnum.gb import sedol

from stockgroups.model import Category, GroupKey, GroupType, Ref, Snapshot
from stockgroups.receipts import Receipt
from stockgroups.record.desired import DesiredGroup

ENVIRONMENT = "TEST"
DAY = dt.date(2026, 1, 5)
SEED = 20260105
STOCKS = 3_700
LARGE_CAPS = 537  # the sector funds share them out between themselves
OWN_PRINT = 0.25  # of a fund's lines are printed otherwise than in its issuer's other funds
TURNOVER = 50  # of so many members one is another each year
SMALLEST = 20  # members of a fund of a market
WAYS = 24  # in which the many funds of a large database do so: no stock has thousands of names
SECTORS = (
    "Information Technology",
    "Industrials",
    "Financials",
    "Health Care",
    "Consumer Discretionary",
    "Consumer Staples",
    "Utilities",
    "Materials",
    "Communication",
    "Energy",
    "Real Estate",
)
SECTOR_FUNDS = {
    "XLK": 74, "XLI": 80, "XLF": 82, "XLV": 63, "XLY": 51, "XLP": 39, "XLU": 34, "XLB": 29,
    "XLC": 26, "XLE": 25, "XLRE": 34,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fund:
    """A fund by its issuer and its members' places in the list of all stocks.

    `way` is how it prints what it prints otherwise than its issuer does; None: as no other fund.
    """

    ticker: str
    issuer: str
    members: Sequence[int]
    way: str | None = None


def make_tickers(seed: int = SEED) -> Iterator[str]:
    """Yield US tickers of three and four letters without end of use here, each once."""
    yield "AAPL"
    letters = random.Random(seed).sample(string.ascii_uppercase, 26)
    for length in (3, 4):
        for word in itertools.product(letters, repeat=length):
            ticker = "".join(word)
            if ticker != "AAPL":
                yield ticker


def make_funds() -> list[Fund]:
    """Return 24 funds of 12,184 memberships in 3,700 stocks."""
    random_ = random.Random(SEED)
    large = [0, *random_.sample(range(1, LARGE_CAPS), LARGE_CAPS - 1)]
    funds = [
        Fund("VTI", "Vanguard", range(3_500)),
        Fund("IWV", "iShares", [*range(2_480), *range(3_600, 3_700)]),
        Fund("IWM", "iShares", [*range(1_000, 2_840), *range(3_500, 3_600)]),
        Fund("IWB", "iShares", range(1_010)),
        Fund("SPY", "State Street", range(503)),
        Fund("VOO", "Vanguard", range(503)),
        Fund("IVV", "iShares", range(503)),
        Fund("MDY", "State Street", range(480, 881)),
        Fund("VTV", "Vanguard", random_.sample(range(1, 600), 340)),
        Fund("QQQ", "Invesco", [0, *random_.sample(range(1, 300), 101)]),
        Fund("DIA", "State Street", [0, *random_.sample(range(1, 200), 29)]),
        Fund("ARKK", "ARK", random_.sample(range(100, 1_500), 35)),
        Fund("SCHG", "Schwab", [0, *random_.sample(range(1, 400), 199)]),
    ]
    shares = iter(large)
    for ticker, size in SECTOR_FUNDS.items():
        funds.append(Fund(ticker, "State Street", list(itertools.islice(shares, size))))
    return funds


def make_desired(day: dt.date = DAY) -> list[DesiredGroup]:
    """Return the funds as their loader wants them: a file of `day` for each."""
    tickers = list(itertools.islice(make_tickers(), STOCKS))
    return [_make_desired(fund, tickers, day) for fund in make_funds()]


def make_many(count: int, size: int) -> list[DesiredGroup]:
    """Return `count` funds of `size` members each, drawn from all stocks."""
    return list(iterate_funds([size] * count))


def draw_sizes(count: int) -> list[int]:
    """Return how many members each fund of a market has.

    Half of them have at most a hundred, one in twenty more than a thousand: 240 on average.
    """
    random_ = random.Random(SEED)
    drawn = (round(random_.lognormvariate(math.log(100), 1.35)) for _ in range(count))
    return [min(max(size, SMALLEST), STOCKS - TURNOVER) for size in drawn]


def iterate_funds(sizes: Iterable[int]) -> Iterator[DesiredGroup]:
    """Yield funds of these sizes one by one, their members drawn from all stocks."""
    random_ = random.Random(SEED)
    tickers = list(itertools.islice(make_tickers(), STOCKS))
    issuers = ("iShares", "Vanguard", "State Street")
    for number, size in enumerate(sizes):
        members = random_.sample(range(STOCKS), size)
        way = f"WAY {number % WAYS}"
        fund = Fund(f"F{number}", issuers[number % len(issuers)], members, way)
        yield _make_desired(fund, tickers, DAY)


def age_by(desired: Sequence[DesiredGroup], days: int) -> list[DesiredGroup]:
    """Return the funds some days later: the same members, every weight another."""
    random_ = random.Random(SEED + days)
    return [replace(group, snapshots=tuple(_age(group, days, random_))) for group in desired]


def report_on(group: DesiredGroup, month: int, day: dt.date) -> DesiredGroup:
    """Return the fund with its file of a day: each year some members are left out, others not."""
    return replace(
        group,
        snapshots=tuple(_change(s, group.key.name, month, day) for s in group.snapshots or ()),
    )


def without_files(desired: Sequence[DesiredGroup]) -> list[DesiredGroup]:
    """Return the funds as a loader wants them that found every file known by its hash."""
    return [replace(group, snapshots=()) for group in desired]


def members_of(desired: Sequence[DesiredGroup]) -> list[list[tuple[str, float | None]]]:
    """Return symbols and weights of each group, for those who write them without this program."""
    return [
        list(zip(snapshot.symbols, snapshot.weights or (), strict=True))
        for group in desired
        for snapshot in group.snapshots or ()
    ]


def _make_desired(fund: Fund, tickers: Sequence[str], day: dt.date) -> DesiredGroup:
    return DesiredGroup(
        GroupKey(ENVIRONMENT, GroupType.ETF, fund.ticker),
        description=f"{fund.ticker} Fund",
        liquidity_filter={"market_cap_threshold": 5e9, "applied": False},
        snapshots=(_make_snapshot(fund, tickers, day),),
        guarded=True,
    )


def _age(group: DesiredGroup, days: int, random_: random.Random) -> Iterator[Snapshot]:
    for snapshot in group.snapshots or ():
        assert snapshot.as_of is not None
        moved = [(weight or 0.0) * random_.uniform(0.97, 1.03) for weight in snapshot.weights or ()]
        as_of = snapshot.as_of + dt.timedelta(days=days)
        yield replace(
            snapshot, as_of=as_of, sha256=_hash(group.key.name, as_of), weights=_normalise(moved)
        )


def _change(snapshot: Snapshot, name: str, month: int, day: dt.date) -> Snapshot:
    year = month // 12
    kept = [n for n in range(len(snapshot.refs)) if (n + 7 * year) % TURNOVER]
    return replace(
        snapshot,
        as_of=day,
        sha256=_hash(name, day),
        refs=tuple(snapshot.refs[n] for n in kept),
        weights=tuple((snapshot.weights or ())[n] for n in kept),
        shares=tuple(((snapshot.shares or ())[n] or 0.0) + month for n in kept),
        sectors=tuple((snapshot.sectors or ())[n] for n in kept),
    )


def _make_snapshot(fund: Fund, tickers: Sequence[str], day: dt.date) -> Snapshot:
    random_ = random.Random(f"{SEED} {fund.ticker}")
    weights = _normalise([1.0 / (place + 10) for place in range(len(fund.members))])
    return Snapshot(
        as_of=day,
        source="synthetic",
        sha256=_hash(fund.ticker, day),
        reader="synthetic/1",
        refs=tuple(_make_ref(fund, tickers, stock, random_) for stock in fund.members),
        receipt=Receipt(
            {Category.MEMBER: len(fund.members), Category.CASH: 1},
            {Category.MEMBER: 0.999, Category.CASH: 0.001},
            1.0,
            "percent",
            "market value",
            "the content",
        ),
        file_name=f"{fund.ticker}_holdings.csv",
        issuer=fund.issuer,
        net_assets=1e9 * len(fund.members),
        weights=weights,
        shares=tuple(float(random_.randrange(1_000, 90_000_000)) for _ in weights),
        sectors=tuple(SECTORS[stock % len(SECTORS)] for stock in fund.members),
    )


def _make_ref(fund: Fund, tickers: Sequence[str], stock: int, random_: random.Random) -> Ref:
    """Return the stock as the fund's issuer prints it, or as this one fund does."""
    printer = (fund.way or fund.ticker) if random_.random() < OWN_PRINT else fund.issuer
    return _print(printer, tickers[stock], stock)


@cache
def _print(printer: str, ticker: str, stock: int) -> Ref:
    return Ref(
        ticker,
        ticker=ticker,
        name=f"{ticker} {printer} HOLDINGS CORP CLASS A",
        cusip=(number := f"{stock:08d}") + cusip.calc_check_digit(number),
        sedol=None
        if printer == "iShares"
        else (listing := f"B{stock:05d}") + sedol.calc_check_digit(listing),
        exchange="NASDAQ" if stock % 2 else "New York Stock Exchange Inc.",
        country="United States",
        currency="USD",
    )


def _normalise(raw: Sequence[float]) -> tuple[float, ...]:
    """Return fractions that sum to one, to 12 significant digits as snapshots hold them."""
    total = sum(raw)
    return tuple(float(f"{number / total:.12g}") for number in raw)


def _hash(name: str, day: dt.date) -> str:
    return hashlib.sha256(f"{name} {day}".encode()).hexdigest()
