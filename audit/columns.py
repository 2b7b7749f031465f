"""The columns of an issuer's file, read plainly: printed weights, market values, shares, prices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as ET

from audit.claims import squash
from audit.rows import decimals, number, read_json, read_table

_TICKER = ("Issuer Ticker", "Ticker", "TICKER", "Holding Ticker", "ticker")
_PRINTED = (
    *("Weight (%)", "% OF FUNDS*", "% of fund*", "Weight", "weight (%)", "Percent of Assets"),
    "Index Weight",
)
_VALUE = ("Market Value", "MARKET VALUE*", "Market value*", "MarketValue", "market value ($)")
_SHARES = ("Quantity", "Shares", "Nominal", "SHARES", "Shares/Par Value", "shares")
_PRICE = ("Price",)
_CURRENCY = ("Currency", "Market Currency")
_CLASS = ("Asset Class", "Class of Shares")
_LARGEST = 20
_NAMESPACE = "{http://www.sec.gov/edgar/nport}"


class Line(NamedTuple):
    """One position as a file prints it.

    `half` is half a unit of the last decimal of the printed weight. All weights are percents.
    """

    place: str
    ids: frozenset[str]
    printed: float | None
    half: float
    value: float | None
    shares: float | None
    price: float | None
    currency: str | None


@dataclass(frozen=True)
class File:
    """A file of a fund: its positions by the squashed ticker or identifier of each."""

    name: str
    lines: tuple[Line, ...]

    @cached_property
    def by_id(self) -> dict[str, Line]:
        """The lines whose ticker or identifier no other line has."""
        counts = Counter(one for line in self.lines for one in line.ids)
        return {one: line for line in self.lines for one in line.ids if counts[one] == 1}

    @cached_property
    def currency(self) -> str | None:
        """The currency of the fund: that of most of its positions."""
        counts = Counter(line.currency for line in self.lines)
        return counts.most_common(1)[0][0] if counts else None

    @cached_property
    def largest(self) -> list[Line]:
        """The heaviest lines by the printed weight, in the fund's currency, that have prices."""
        lines = [line for line in self.lines if line.printed and line.currency == self.currency]
        return sorted(lines, key=lambda line: -(line.printed or 0))[:_LARGEST]

    def per_percent(self, worth: dict[str, float]) -> tuple[float, float] | None:
        """Return what one percent of the fund is worth, and the relative error of that.

        Args:
            worth: What positions are worth by place; those of the heaviest count.
        """
        lines = [line for line in self.largest if line.place in worth]
        weight = sum(line.printed or 0 for line in lines)
        if len(lines) < _LARGEST // 4 or not weight:
            return None
        error = (sum(line.half**2 for line in lines)) ** 0.5 / weight
        return sum(worth[line.place] for line in lines) / weight, error


def read_file(path: Path) -> File | None:
    """Return the positions of a file, None for a layout that is not read here."""
    match path.suffix.lower():
        case ".csv":
            lines = _read_csv(path)
        case ".json":
            lines = _read_vanguard(path)
        case ".xml":
            lines = _read_filing(path)
        case _:
            return None
    found = tuple(lines)
    return File(path.name, found) if found else None


def _read_csv(path: Path) -> Iterator[Line]:
    labels = next(
        (
            (ticker, weight)
            for ticker in _TICKER
            for weight in _PRINTED
            if next(iter(read_table(path, ticker, weight)), None)
        ),
        None,
    )
    if labels is None:
        return
    for line, cells in read_table(path, *labels):
        kind = _first(cells, _CLASS) or ""
        if kind and not any(word in kind.lower() for word in ("equity", "stock", "depos", "reit")):
            continue
        printed = cells[labels[1]]
        ticker = squash(cells[labels[0]])
        ids = {ticker, squash(cells.get("ISIN", ""))} - {""}
        yield Line(
            f"line {line}",
            frozenset(ids),
            number(printed),
            0.5 * 10 ** -decimals(printed),
            number(_first(cells, _VALUE)),
            number(_first(cells, _SHARES)),
            number(_first(cells, _PRICE)),
            _first(cells, _CURRENCY),
        )


def _first(cells: dict[str, str], labels: tuple[str, ...]) -> str | None:
    return next((cells[label] for label in labels if cells.get(label)), None)


def _read_vanguard(path: Path) -> Iterator[Line]:
    funds = read_json(path)
    if not isinstance(funds, list):
        return
    items = [item for fund in funds for item in fund["holdingDetailItem"]]
    for at, item in enumerate(items, 1):
        yield Line(
            f"item {at}",
            frozenset({squash(item.get("bticker") or "")} - {""}),
            number(item["mktValPercent"]),
            0.5e-10,
            number(item["marketVal"]),
            number(item["quantity"]),
            None,
            None,
        )


def _read_filing(path: Path) -> Iterator[Line]:
    text = path.read_bytes().lstrip()
    tree = ET.fromstring(text)
    for at, entry in enumerate(tree.iter(f"{_NAMESPACE}invstOrSec"), 1):
        isin = entry.find(f"{_NAMESPACE}identifiers/{_NAMESPACE}isin")
        ids = {entry.findtext(f"{_NAMESPACE}cusip", ""), "" if isin is None else isin.get("value")}
        printed = entry.findtext(f"{_NAMESPACE}pctVal", "")
        yield Line(
            f"position {at}",
            frozenset(squash(one) for one in ids if one and one not in ("N/A", "000000000")),
            number(printed),
            0.5 * 10 ** -decimals(printed),
            number(entry.findtext(f"{_NAMESPACE}valUSD")),
            number(entry.findtext(f"{_NAMESPACE}balance")),
            None,
            "USD",
        )
