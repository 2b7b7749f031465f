"""What a stock weighs in a fund, held against columns that the program did not take it from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from audit.claims import Claim, Kind, Verdict, Witness, squash
from audit.columns import File, Line, read_file
from audit.memberships import dated_files
from stockgroups import Database

SLACK = 5e-4
"""How much two columns of one file may differ beside rounding: a two-thousandth of the weight.

The program divides by the sum of all rows, issuers by net assets.
"""
_LEAST = 5e-4  # cash at 0.01 a share and the like: prices below this part of a unit tell nothing


def collect(db: Database) -> Iterator[Claim]:
    """Yield the weight of each member of each fund by each file."""
    for fund, day in dated_files(db):
        for holding in db.etf(fund, day).holdings:
            if holding.weight is None:
                continue
            texts = (holding.reported_symbol, _root(holding.reported_symbol), holding.isin)
            spellings = frozenset(squash(text) for text in (*texts, holding.cusip) if text)
            yield Claim(
                *(Kind.WEIGHT, fund, holding.symbol, day, repr(holding.weight)),
                f"{fund} {day}",
                spellings,
            )


def _root(symbol: str | None) -> str | None:
    """Return a foreign symbol without its market, as its file prints it."""
    root, _, market = (symbol or "").rpartition(".")
    return root if market.startswith("X") and len(market) == 4 else None


class WeightWitnesses:
    """Other columns of the fund's file, and prices of other files of the day."""

    def __init__(self, db: Database, folder: Path) -> None:
        """Read the files of which the weights are, from wherever they lie in a folder."""
        paths = {path.name: path for path in folder.rglob("*") if path.is_file()}
        self._files: dict[tuple[str, dt.date], tuple[File, str]] = {}
        for fund, day in dated_files(db):
            answer = db.receipt(fund, day)
            path = paths.get(answer.origin.file_name or "")
            file = read_file(path) if path else None
            if file and answer.receipt:
                self._files[fund, day] = file, answer.receipt.basis

    def ask(self, claim: Claim) -> Iterator[Verdict]:
        """Say what other columns make of a weight."""
        found = self._files.get((claim.group, claim.day))
        if found is None:
            return
        file, basis = found
        line = next((file.by_id[one] for one in sorted(claim.spellings) if one in file.by_id), None)
        if line is None:
            return
        if basis == "market value" and line.printed is not None:
            yield self._judge(claim, file, line, "printed weight", line.printed, line.half)
        if basis == "printed" and line.value is not None:
            worth = {each.place: each.value for each in file.lines if each.value is not None}
            yield from self._worth(claim, file, line, "market value", worth, 0.0)
        if line.price and line.currency == file.currency:
            worth = {
                each.place: each.shares * each.price
                for each in file.lines
                if each.shares and each.price and each.currency == file.currency
            }
            yield from self._worth(claim, file, line, "shares × price", worth, 0.005 / line.price)
        yield from self._other_prices(claim, file, line)

    def _other_prices(self, claim: Claim, file: File, line: Line) -> Iterator[Verdict]:
        for (fund, day), (other, _) in self._files.items():
            if day != claim.day or fund == claim.group:
                continue
            worth = {}
            for each in file.lines:
                twin = next((other.by_id[one] for one in each.ids if one in other.by_id), None)
                if twin and twin.value and twin.shares and each.shares:
                    worth[each.place] = each.shares * twin.value / twin.shares
            yield from self._worth(
                claim, file, line, f"shares × the price in {other.name}", worth, 0
            )

    def _worth(
        self,
        claim: Claim,
        file: File,
        line: Line,
        column: str,
        worth: dict[str, float],
        error: float,
    ) -> Iterator[Verdict]:
        unit = file.per_percent(worth)
        if unit is None or line.place not in worth or error > 0.05:
            return
        expected = worth[line.place] / unit[0]
        yield self._judge(claim, file, line, column, expected, expected * (unit[1] + error))

    def _judge(
        self, claim: Claim, file: File, line: Line, column: str, percent: float, error: float
    ) -> Verdict:
        answer = 100 * float(claim.answer)
        agrees = abs(answer - percent) <= error + SLACK * max(answer, percent) + 1e-9
        text = f"{percent:.6g} % ± {error:.2g} by the {column} ({file.name}, {line.place})"
        return Verdict(column, agrees, text)


def witnesses(db: Database, folder: Path) -> list[Witness]:
    """Return who speaks of weights."""
    return [WeightWitnesses(db, folder).ask]
