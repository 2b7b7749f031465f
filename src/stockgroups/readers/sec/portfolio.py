"""The account of a filing's positions, added one by one; it becomes the snapshot.

Positions that are not stocks are counted and dropped, so that a filing of 100,000 loans takes
little memory.
"""

from __future__ import annotations

import heapq
from array import array
from math import fsum
from operator import attrgetter
from sys import intern
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, UnsupportedFileError
from stockgroups.model import NPORT, Category, Snapshot
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.duplicates import merge_duplicates, sum_up
from stockgroups.readers.holdings.listings import check_texts, make_refs
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.sec.nport import (
    LONGEST_NAME,
    READER,
    judge,
    name_unknown,
    read_figure,
)
from stockgroups.readers.values.texts import escape_text
from stockgroups.receipts import Notional, Receipt, ReceiptLine, RowSum
from stockgroups.suspicions import Guard, Suspicion
from stockgroups.symbols import is_isin, us_symbol
from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol
from stockgroups.text import count_of

if TYPE_CHECKING:
    from stockgroups.model import Ref
    from stockgroups.readers.sec.nport import FilingHeader, Position
    from stockgroups.receipts import Amount

MOST_LINES = 1000
"""Rows of a receipt that are listed one by one. A bond fund has 17,000 rows that are not stocks, a
lender 100,000: all are counted, and the heaviest are listed."""

MOST_REASONS = 50
"""The reasons by which the other rows are summed."""

LEAST_COVERED = 0.9
"""Of the net assets, by positions and by the cash that is reported beside them. Whole filings of
funds of stocks have 0.97 and more; receivables are the rest."""

SLACK = 0.05
"""By which positions may be more than the total assets that the fund itself reports."""

MOST_HELD = 1.5
"""Of the net assets, if the total assets are not stated: a third for securities lent, and a loan.
"""

MOST_APART = 0.1
"""By which the sum of the percentages may differ from the values over the net assets."""

_MOST_UNKNOWN = 50


_TOGETHER = {
    Category.MERGED: "a stock again, summed into another line",
    Category.UNRESOLVED: "no ISIN and no ticker, or a CUSIP that contradicts the ISIN",
}
"""Reasons without the parts that differ from row to row."""

_COLUMNS = (
    Field.TICKER,
    Field.NAME,
    Field.CUSIP,
    Field.ISIN,
    Field.SEDOL,
    Field.FIGI,
    Field.COUNTRY,
    Field.CURRENCY,
)


class Account:
    """Collects the positions of one filing, and becomes its snapshot."""

    def __init__(self) -> None:
        """Start without positions."""
        self.rows = 0
        self._parts = {category: array("d") for category in Category}
        self._printed, self._long = array("d"), array("d")
        self._paired: tuple[array[float], array[float]] = array("d"), array("d")
        self._lines: list[tuple[float, int, ReceiptLine]] = []
        self._together: dict[tuple[Category, str], array[float]] = {}
        self._unknown: set[str] = set()
        self._amounts: list[Amount | None] = []
        self._stocks = _Stocks()

    def add(self, position: Position, net_assets: float | None) -> None:
        """Add a position. The net assets give a weight if the filing leaves it blank."""
        self.rows += 1
        name = position.name or position.title
        try:
            percent, value = read_figure(position.percent), read_figure(position.value)
            shares = read_figure(position.balance)
        except ValueError as error:
            wrong = Verdict(Category.REJECTED, escape_text(str(error), LONGEST_NAME))
            self._report_row(self.rows, wrong, position.ticker, name, None)
            return
        weight = None
        if percent is not None:
            weight = float(f"{percent / 100:.12g}")
            self._printed.append(percent)
            if value is not None:
                self._paired[0].append(percent)
                self._paired[1].append(value)
        elif value is not None and net_assets:
            weight = float(f"{value / net_assets:.12g}")
        verdict = judge(position, weight, value)
        if weight and weight > 0 and not (verdict and verdict.category is Category.DERIVATIVE):
            self._long.append(weight)
        if verdict is None or verdict.category is Category.UNRESOLVED:
            self._stocks.add(self.rows, position, weight, shares, verdict)
            return
        self._unknown |= name_unknown(position)
        if verdict.category is Category.DERIVATIVE:
            self._amounts.append(position.amount)
        self._report_row(self.rows, verdict, position.ticker, name, weight)

    def finish(
        self, header: FilingHeader, *, file_name: str, sha256: str, fund_from: str
    ) -> Snapshot:
        """Return the snapshot of the filing, with signs of damage in its receipt.

        Raises:
            EmptyFileError: It has no positions.
            UnsupportedFileError: None of them is a stock.
        """
        if not self.rows:
            raise EmptyFileError(
                "it has no positions"
                + (": it is the fund's last report" if header.is_last else ""),
                where=file_name,
                remedy="there is nothing to load from it",
            )
        refs, verdicts, merged = self._stocks.resolve()
        columns = self._stocks.columns
        for at, verdict in verdicts.items():
            ticker, name = columns[Field.TICKER][at], columns[Field.NAME][at]
            row, weight = self._stocks.rows[at], self._stocks.weights[at]
            self._report_row(row, verdict, ticker or None, name or None, weight)
        if not refs:
            raise UnsupportedFileError(
                f"no stock among its {count_of(self.rows, 'position')}: {self._list_parts()}",
                where=file_name,
                remedy="only funds that hold stocks can be loaded",
            )
        members = [at for at, ref in refs.items() if ref.symbol is not None]
        weights = [self._stocks.weights[at] for at in members]
        self._parts[Category.MEMBER].extend([weight or 0.0 for weight in weights])
        unnamed = sum(is_isin(refs[at].symbol or "") for at in members)
        return Snapshot(
            as_of=header.as_of,
            source=NPORT,
            sha256=sha256,
            reader=READER,
            refs=tuple(refs.values()),
            receipt=Receipt(
                rows={category: len(part) for category, part in self._parts.items()},
                weights={category: fsum(part) for category, part in self._parts.items()},
                printed_weight=float(f"{fsum(self._printed) / 100:.12g}"),
                unit="percent",
                basis="printed",
                as_of_from="the content",
                fund_from=fund_from,
                lines=tuple(sorted([line for _, _, line in self._lines], key=attrgetter("line"))),
                unknown_classes=tuple(sorted(self._unknown))[:_MOST_UNKNOWN],
                suspicions=tuple(self._doubt(header)),
                unweighted=weights.count(None),
                unnamed=unnamed,
                filing=header.facts,
                together=tuple(
                    RowSum(category, reason, len(part), fsum(part))
                    for (category, reason), part in sorted(self._together.items())
                ),
                notional=Notional.of(self._amounts, header.net_assets),
            ),
            file_name=file_name,
            issuer=escape_text(header.registrant, LONGEST_NAME) or None,
            published_on=header.filed_on,
            net_assets=header.net_assets,
            weights=sum_up(self._stocks.weights, [*refs], merged),
            shares=sum_up(self._stocks.shares, [*refs], merged),
        )

    def _report_row(
        self, row: int, verdict: Verdict, ticker: str | None, name: str | None, weight: float | None
    ) -> None:
        """Account for a row that is not a member of its own; of too many, list the heaviest."""
        category, reason = verdict
        self._parts[category].append(weight or 0.0)
        place = (abs(weight or 0.0) + (category is not Category.OTHER), -row)
        if len(self._lines) >= MOST_LINES and place <= self._lines[0][:2]:
            self._sum_up(category, reason, weight)
            return
        line = ReceiptLine(row, category, reason, _escape(ticker), _escape(name), weight)
        if len(self._lines) < MOST_LINES:
            heapq.heappush(self._lines, (*place, line))
        else:
            lightest = heapq.heapreplace(self._lines, (*place, line))[2]
            self._sum_up(lightest.category, lightest.reason, lightest.weight)

    def _sum_up(self, category: Category, reason: str, weight: float | None) -> None:
        reasons, reason = self._together, _TOGETHER.get(category, reason)
        if (category, reason) not in reasons and len(reasons) >= MOST_REASONS:
            reason = "other reasons"
        reasons.setdefault((category, reason), array("d")).append(weight or 0.0)

    def _list_parts(self) -> str:
        """Return the categories of the rows with their weights, for a message about a filing."""
        return ", ".join(
            f"{count_of(len(part), category.value.rstrip('s'))} ({fsum(part):.2%})"
            if category in (Category.DERIVATIVE, Category.OTHER)
            else f"{len(part)} {category.value} ({fsum(part):.2%})"
            for category, part in self._parts.items()
            if part
        )

    def _doubt(self, header: FilingHeader) -> list[Suspicion]:
        """Return signs in the sums that positions are missing, doubled, or in another unit."""
        held, net = fsum(self._long), header.net_assets
        cash = (header.cash or 0.0) / net if net else 0.0
        doubts = []
        if held + cash < LEAST_COVERED:
            beside = f", and its other cash is {cash:.2%}" if cash else ""
            text = f"its {count_of(self.rows, 'position')} are {held:.2%} of the net assets{beside}"
            doubts.append(Suspicion(Guard.WEIGHTS, f"{text}: positions are missing"))
        most = MOST_HELD
        if net and header.total_assets:
            most = max(1.0, header.total_assets / net) * (1 + SLACK)
        if held > most:
            text = (
                f"its positions are {held:.2%} of the net assets, but the fund's total assets are"
            )
            text += f" {most / (1 + SLACK):.2%}" if most != MOST_HELD else " less than that"
            doubts.append(Suspicion(Guard.WEIGHTS, f"{text}: positions are doubled or too heavy"))
        percents, values = map(fsum, self._paired)
        if net and abs(percents - 100 * values / net) > 100 * MOST_APART * max(1.0, abs(held)):
            message = f"the percentages sum to {percents:.6g}, but the values are "
            message += f"{values / net:.2%} of the net assets"
            doubts.append(Suspicion(Guard.WEIGHTS, message))
        return doubts


class _Stocks:
    """The stocks of a filing as columns: those with an ISIN or a ticker, and the unresolved."""

    def __init__(self) -> None:
        self.columns: dict[Field, list[str]] = {kind: [] for kind in _COLUMNS}
        self.rows = array("L")
        self.weights: list[float | None] = []
        self.shares: list[float | None] = []
        self._unresolved: dict[int, Verdict] = {}

    def add(
        self,
        row: int,
        position: Position,
        weight: float | None,
        shares: float | None,
        verdict: Verdict | None,
    ) -> None:
        """Add a stock. Only its valid identifiers count; `000000000` is not one."""
        if verdict is not None:
            self._unresolved[len(self.rows)] = verdict
        self.rows.append(row)
        self.weights.append(weight)
        self.shares.append(shares)
        cells = (
            position.ticker or "",
            " ".join((position.name or position.title or "").split()),
            valid_cusip(position.cusip) or "",
            valid_isin(position.isin) or "",
            valid_sedol(position.sedol) or "",
            valid_figi(position.figi) or "",
            intern(position.country or ""),
            intern(position.currency or ""),
        )
        for column, cell in zip(self.columns.values(), cells, strict=True):
            column.append(cell)

    def resolve(self) -> tuple[dict[int, Ref], dict[int, Verdict], dict[int, list[int]]]:
        """Return, by position, the refs, the verdicts, and which rows are merged into which.

        An unresolved stock has both: a ref without a symbol, and its verdict.
        """
        table = FileColumns(
            lines=self.rows,
            columns=self.columns,
            numbers={Field.WEIGHT: self.weights, Field.SHARES: self.shares},
        )
        errors = check_texts(table)
        verdicts = {at: Verdict(Category.REJECTED, reason) for at, reason in errors.items()}
        symbols: dict[int, str | None] = {}
        isins, tickers = self.columns[Field.ISIN], self.columns[Field.TICKER]
        for at in range(len(self.rows)):
            if at not in verdicts:
                known = (
                    isins[at] or us_symbol(tickers[at], {}) if at not in self._unresolved else None
                )
                symbols[at] = known
        made = make_refs(table, [*symbols], [*symbols.values()])
        refs = dict(zip(symbols, made, strict=True))
        merged = merge_duplicates(refs, table, verdicts)
        for at in self._unresolved.keys() & refs.keys():
            verdicts[at] = self._unresolved[at]
        return refs, verdicts, merged


def _escape(text: str | None) -> str | None:
    return None if text is None else escape_text(text, LONGEST_NAME)
