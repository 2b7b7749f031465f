"""Years of fails-to-deliver files, made with the mixture of real ones.

The three real half months that this was held against list 9,554 to 12,182 CUSIPs each, half of them
on four days or fewer, under names of which three fifths fill the 30 characters; some dozen CUSIPs a
half month replace another one, and 57 % of those of January 2019 are listed four years later.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from stockgroups.symbols.identifiers import calc_check_digit

OTHERS, OTHERS_A_YEAR = 4_000, 4_223
"""CUSIPs beside those of funds' stocks, at first and each year: most are of notes, warrants and
units, and with 9,000 stocks twenty years have 97,460 of them."""

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FIRST_BODY = 500_000  # those below are of the stocks that funds hold
_LONG, _SPREAD = 8, 1.4  # half months for which a CUSIP is listed: the median, and sigma
_RENAMED, _REPLACED, _REUSED = 1 / 240, 1 / 960, 0.5  # chances in a half month; of a free symbol
_PER_DAY = 3_316
_SEED = 7


@dataclass(slots=True)
class _Listed:
    """A security as the files list it; `chance` is that of a row on a day."""

    cusip: str
    symbol: str
    name: str
    ends: float
    chance: float
    price: float


def write_fails(folder: Path, years: int, held: Iterable[tuple[str, str, str]]) -> list[Path]:
    """Write the files of so many years up to the end of 2025; return them in order.

    Args:
        folder: Where to.
        years: How many; twenty are 480 files with 17.3 million rows.
        held: CUSIP, symbol and name of stocks that are listed up to the end.
    """
    market = _Market(24 * years, held)
    paths = []
    for half in range(24 * years):
        month = half // 2 % 12 + 1
        days = list(_list_days(2026 - years + half // 24, month, is_second=half % 2 == 1))
        path = folder / f"cnsfails{days[0]:%Y%m}{'ab'[half % 2]}.txt"
        path.write_text("".join(market.list_rows(half, days)))
        paths.append(path)
    return paths


def _list_days(year: int, month: int, *, is_second: bool) -> Iterator[dt.date]:
    last = calendar.monthrange(year, month)[1] if is_second else 14
    for day in range(15 if is_second else 1, last + 1):
        date = dt.date(year, month, day)
        if date.weekday() < 5:
            yield date


class _Market:
    """What is listed as the half months pass."""

    def __init__(self, halves: int, held: Iterable[tuple[str, str, str]]) -> None:
        self._random = random.Random(_SEED)
        self._symbols = 0
        self._bodies = _FIRST_BODY
        self._free: list[str] = []
        self._listed: list[_Listed] = []
        self._births: list[list[_Listed]] = [[] for _ in range(halves)]
        for cusip, symbol, name in held:
            half = max(0, self._random.randrange(-halves, halves))  # half of them from the start
            self._births[half].append(self._make(cusip, symbol, name, math.inf))

    def list_rows(self, half: int, days: list[dt.date]) -> Iterator[str]:
        """Yield the lines of a file, with its header and its trailers."""
        pick = self._random
        kept = [one for one in self._listed if one.ends > half]
        self._free += [one.symbol for one in self._listed if one.ends <= half]
        self._listed = kept + self._births[half]
        for _ in range(OTHERS_A_YEAR // 24 + (0 if half else OTHERS)):
            ends = half + max(1, pick.lognormvariate(math.log(_LONG), _SPREAD))
            reused = self._free and pick.random() < _REUSED
            symbol = self._free.pop(0) if reused else self._take_symbol()
            body, name = self._take_body(), "".join(pick.choices(_LETTERS, k=7))
            words = pick.choice(("CORP", "INC COM", "HOLDINGS LTD ORD SHS", "TRUST UNIT SER 1 EXP"))
            self._listed.append(self._make(body, symbol, f"{name} {words} STK (DE)", ends))
        yield "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
        share = _PER_DAY / sum(one.chance for one in self._listed)
        changes: dict[dt.date, list[str]] = {}
        for one in self._listed:
            if one.ends == math.inf and pick.random() < _RENAMED:
                one.symbol = self._take_symbol()
            elif one.ends != math.inf and pick.random() < _REPLACED:
                before, one.cusip = one.cusip, self._take_body()
                tail = f"100|{one.name[:30]}|{one.price:.2f}\n"
                for cusip, mark in ((one.cusip, "ZZZZ"), (before, "XXXX")):
                    row = f"{days[0]:%Y%m%d}|{cusip}|{one.symbol}{mark}|{tail}"
                    changes.setdefault(days[0], []).append(row)
        self._listed.sort(key=lambda one: one.cusip)
        count = total = 0
        for day in days:
            stamp = f"{day:%Y%m%d}"
            for one in self._listed:
                if pick.random() < one.chance * share:
                    quantity = int(pick.expovariate(1 / 20_000)) + 1
                    price = f"{one.price:.2f}" if pick.random() > 0.01 else "."
                    count, total = count + 1, total + quantity
                    yield f"{stamp}|{one.cusip}|{one.symbol}|{quantity}|{one.name[:30]}|{price}\n"
            yield f"{stamp}|W103DIVDP|W103DIVDPYMNT|1|DIVIDEND PAYMENT|.\n"
            yield from changes.get(day, ())
            count, total = count + 1 + len(changes.get(day, ())), total + 1
        yield f"Trailer record count {count}\nTrailer total quantity of shares {total}\n"

    def _make(self, cusip: str, symbol: str, name: str, ends: float) -> _Listed:
        pick = self._random
        price = pick.lognormvariate(math.log(18), 1.6)
        return _Listed(cusip, symbol, name.upper(), ends, pick.betavariate(1, 1.3), price)

    def _take_body(self) -> str:
        self._bodies += 1
        body = f"{self._bodies:06d}10"
        return body + str(calc_check_digit("CUSIP", body))

    def _take_symbol(self) -> str:
        self._symbols += 1
        return "".join(_LETTERS[self._symbols // 26**place % 26] for place in (4, 3, 2, 1, 0))
