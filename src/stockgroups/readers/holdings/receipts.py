"""The account of every row of a file."""

from __future__ import annotations

from itertools import islice
from math import fsum
from operator import attrgetter
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.containers.csv_text import MAX_COLUMNS
from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.holdings.asset_classes import find_unknown, name_class
from stockgroups.readers.holdings.verdicts import has_class
from stockgroups.readers.values.columns import find_unusual
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text
from stockgroups.receipts import Amount, Notional, Receipt, ReceiptLine
from stockgroups.suspicions import REJECTED_SHARE, Guard, Suspicion
from stockgroups.symbols import is_isin, mixes_cases
from stockgroups.symbols.grammar import ISIN_LENGTH
from stockgroups.symbols.identifiers import find_contradiction
from stockgroups.text import count_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from stockgroups.model import Ref
    from stockgroups.readers.holdings.verdicts import Verdict
    from stockgroups.readers.holdings.weights import Weights

LEAST_VALUE = 0.001
"""US dollars a share. Remnants of delisted and liquidated companies are carried at 0.00001; the
cheapest stocks that trade (Jakarta's floor of 50 rupiah) are worth 0.003."""

_DECISIVE = {
    Field.ASSET_CLASS: "an asset class, taken as stocks by ticker",
    Field.CURRENCY: "a currency, unlike other lines",
    Field.FUND: "a fund, unlike other lines",
    Field.DATE: "a date, unlike other lines",
}
"""Cells without which a row may be another thing, listed elsewhere, or torn: what the note says."""
_MOST_NAMED = 20
_LONGEST_NOTE = 200
_SYMBOL = attrgetter("symbol")


def make_receipt(
    rows: FileColumns,
    members: Mapping[int, Ref],
    verdicts: Mapping[int, Verdict],
    weights: Weights,
    repetition: tuple[Suspicion, ...],
) -> Receipt:
    """Return the account of all rows: the rows at the positions of `members`, and the judged ones.

    `rows` have their final weights; `weights` gives their origin. The origin of the date is left
    open.
    """
    counts = dict.fromkeys(Category, 0)
    counts[Category.MEMBER] = len(members)
    counts[Category.REJECTED] = len(rows.malformed)
    parts: dict[Category, list[float]] = {category: [] for category in Category}
    lines = [
        ReceiptLine(row.line, Category.REJECTED, row.reason, None, _escape(row.text), None)
        for row in rows.malformed
    ]
    names, values = rows.columns.get(Field.NAME), rows.numbers.get(Field.WEIGHT)
    for at, (category, reason) in verdicts.items():
        counts[category] += 1
        weight = None if values is None else values[at]
        parts[category].append(weight or 0.0)
        ticker, name = _cell(rows.columns[Field.TICKER], at), _cell(names, at)
        lines.append(ReceiptLine(rows.lines[at], category, reason, ticker, name, weight))
    unknown = find_unknown(rows.columns.get(Field.ASSET_CLASS, ()), rows.asset_classes)
    unweighted: list[int] = []
    if values is not None:
        parts[Category.MEMBER] = list(filter(None, map(values.__getitem__, members)))
        unweighted = [at for at in members if values[at] is None]
    symbols = filter(None, map(_SYMBOL, members.values()))
    long = [symbol for symbol in symbols if len(symbol) == ISIN_LENGTH]
    return Receipt(
        rows=counts,
        weights=None if values is None else {kind: fsum(part) for kind, part in parts.items()},
        printed_weight=weights.printed_sum,
        unit=weights.unit,
        basis=weights.basis,
        as_of_from="",
        lines=tuple(sorted(lines, key=lambda line: line.line)),
        unknown_columns=_escape_all(rows.unknown_columns),
        unknown_classes=_escape_all(unknown),
        notes=(
            *rows.notes,
            *weights.notes,
            *_note_worthless(rows, members),
            *_note_units(rows, members),
            *_note_unweighted(rows, unweighted),
        ),
        suspicions=(
            *rows.suspicions,
            *weights.suspicions,
            *repetition,
            *_doubt_classes(unknown, rows, verdicts),
        ),
        unweighted=len(unweighted),
        unnamed=sum(map(is_isin, long)),
        notional=_sum_notional(rows, verdicts, weights.net_assets),
    )


def _doubt_classes(
    unknown: Sequence[str], rows: FileColumns, verdicts: Mapping[int, Verdict]
) -> Iterator[Suspicion]:
    """Yield the suspicion that stocks hide under unknown asset classes."""
    reasons = {name_class(printed) for printed in unknown}
    found = [at for at, verdict in verdicts.items() if verdict.reason in reasons]
    if not found:
        return
    values = rows.numbers.get(Field.WEIGHT)
    share = len(found) / len(rows.lines)
    if values is not None:
        share = fsum(abs(values[at] or 0.0) for at in found)
    if share > REJECTED_SHARE:
        shown = ", ".join(_escape_all(unknown))
        yield Suspicion(
            Guard.REJECTED,
            f"{share:.1%} of it is in unknown asset classes ({shown}): list those that are stocks "
            "in `asset_classes` of a format",
        )


def _sum_notional(
    rows: FileColumns, verdicts: Mapping[int, Verdict], net_assets: float | None
) -> Notional | None:
    """Return the notional of the derivatives. iShares prints the value of forwards instead."""
    count = len(rows.lines)
    notionals = rows.numbers.get(Field.NOTIONAL) or [None] * count
    values = rows.numbers.get(Field.MARKET_VALUE) or [None] * count
    stated = [
        (notionals[at], values[at])
        for at, verdict in verdicts.items()
        if verdict.category is Category.DERIVATIVE
    ]
    amounts = [None if one is None or one == value else Amount(one) for one, value in stated]
    return Notional.of(amounts, net_assets)


def _note_worthless(rows: FileColumns, members: Mapping[int, Ref]) -> tuple[str, ...]:
    """Return a note that names members carried at no value, which a person should check.

    They are members all the same, as the file lists them on an exchange: `PDLI | PDL BIOPHARMA INC
     11,853 shares worth 0.12 | NASDAQ`, liquidated in 2020, and Moscow's stocks since 2022.
    """
    values, shares = rows.numbers.get(Field.MARKET_VALUE), rows.numbers.get(Field.SHARES)
    if values is None or shares is None:
        return ()
    worthless = [
        at
        for at, (value, held) in enumerate(zip(values, shares, strict=True))
        if held and value is not None and abs(value) < LEAST_VALUE * abs(held)
    ]
    symbols = [members[at].known_as for at in worthless if at in members]
    if not symbols:
        return ()
    are, trade = ("is", "trades") if len(symbols) == 1 else ("are", "trade")
    count = count_of(len(symbols), "member")
    return (f"{count} {are} carried at no value, and hardly {trade}: {_name_first(symbols)}",)


def _note_units(rows: FileColumns, members: Mapping[int, Ref]) -> tuple[str, ...]:
    """Return a note that names members without a class that have shares worth exactly one.

    Cash and money funds are worth that, and hardly a stock: a damaged ticker may hide them.
    """
    values, shares = rows.numbers.get(Field.MARKET_VALUE), rows.numbers.get(Field.SHARES)
    if values is None or shares is None:
        return ()
    symbols = [
        ref.known_as
        for at, ref in members.items()
        if values[at] and values[at] == shares[at] and not has_class(rows, at)
    ]
    if not symbols:
        return ()
    have = "has" if len(symbols) == 1 else "have"
    count = count_of(len(symbols), "member")
    as_money = "shares worth exactly 1, as cash and money funds have"
    return (f"{count} {have} {as_money}: {_name_first(symbols)}",)


def _name_first(symbols: Sequence[str]) -> str:
    return ", ".join(symbols[:_MOST_NAMED]) + (", …" if len(symbols) > _MOST_NAMED else "")


def _note_unweighted(rows: FileColumns, blank: Sequence[int]) -> tuple[str, ...]:
    """Return a note on members without a weight in a file that has weights."""
    if not blank:
        return ()
    first = f"line {rows.lines[blank[0]]}: {_escape(rows.columns[Field.TICKER][blank[0]])}"
    more = f", and {len(blank) - 1} more" if len(blank) > 1 else ""
    return (f"{count_of(len(blank), 'member')} without a weight ({first}{more})",)


def _cell(cells: Sequence[str] | None, row: int) -> str | None:
    return None if cells is None or cells[row] in NULLS else _escape(cells[row])


def note_blanks(rows: FileColumns, stocks: Sequence[int]) -> Iterator[str]:
    """Yield a note for each decisive cell that some lines of stocks lack and others have.

    If no line of a stock has one, the layout prints it for other kinds alone, and there is no note.
    An exchange says where a stock is listed, whatever the currency.
    """
    for field, words in _DECISIVE.items():
        cells = rows.columns.get(field)
        if cells is None or (field is Field.CURRENCY and Field.EXCHANGE in rows.columns):
            continue
        blank = [rows.lines[at] for at in stocks if cells[at] in NULLS]
        if 0 < len(blank) < len(stocks):
            yield f"{count_of(len(blank), 'line')} without {words}; first: line {blank[0]}"


def note_cases(
    rows: FileColumns, stocks: Sequence[int], share_classes: Mapping[str, str]
) -> Iterator[str]:
    """Yield a note on tickers with capitals and lower-case letters in a person's list.

    Any spelling is read there; in an issuer's file such a ticker is rejected.
    """
    tickers = rows.columns[Field.TICKER]
    among = set(stocks).intersection(find_unusual(tickers)) if rows.typed else ()
    mixed = [at for at in sorted(among) if mixes_cases(tickers[at], share_classes)]
    if mixed:
        first = f"first: line {rows.lines[mixed[0]]}: {_escape(tickers[mixed[0]])}"
        yield (f"{count_of(len(mixed), 'ticker')} with capitals and lower-case letters; {first}")


def note_contradictions(rows: FileColumns, stocks: Sequence[int]) -> Iterator[str]:
    """Yield a note on stocks whose ISIN contains another CUSIP than the one beside it."""
    isins, cusips = rows.columns.get(Field.ISIN), rows.columns.get(Field.CUSIP)
    if isins is None or cusips is None:
        return
    pairs = ((at, find_contradiction(isins[at], cusips[at])) for at in stocks)
    found = [(rows.lines[at], contradiction) for at, contradiction in pairs if contradiction]
    if found:
        line, contradiction = found[0]
        are = f"{count_of(len(found), 'line')} with identifiers of two securities"
        yield f"{are}; first: line {line}: {contradiction}"


def _escape(text: str) -> str:
    return escape_text(text, _LONGEST_NOTE)


def _escape_all(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(_escape, islice(texts, MAX_COLUMNS)))
