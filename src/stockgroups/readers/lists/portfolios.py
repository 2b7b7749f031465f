"""A portfolio as people keep it: symbols of funds and stocks, with weights or values.

A file is read like a list of symbols. Cash is `CASH_USD` or `USD`, or a row without a symbol that
is named so; tickers identify futures and options.
"""

from __future__ import annotations

from dataclasses import replace
from math import fsum, isfinite
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.errors import EmptyFileError, OversizedFileError, SourceError, UsageError
from stockgroups.model import Category
from stockgroups.readers.containers.document import read_document
from stockgroups.readers.containers.files import LONGEST_FILE_NAME, refusing_file
from stockgroups.readers.format import IDENTIFIERS, Field, FileColumns
from stockgroups.readers.holdings.figures import read_numbers
from stockgroups.readers.holdings.listings import check_texts, resolve_symbols
from stockgroups.readers.holdings.mutual_funds import by_fund_ticker
from stockgroups.readers.holdings.rows import classify
from stockgroups.readers.holdings.weights import MOST_GROSS
from stockgroups.readers.lists.tables import find_list_header, read_list
from stockgroups.readers.values.numbers import LARGEST, NO_TEXT
from stockgroups.readers.values.texts import escape_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog

MOST_POSITIONS = 5_000
"""Each position asks for a symbol, and each fund among them is read."""
_AMOUNTS = (Field.MARKET_VALUE, Field.WEIGHT)
_SEEN = frozenset({Category.CASH, Category.DERIVATIVE})


class Position(NamedTuple):
    """One position of a portfolio, as its owner writes it.

    Attributes:
        text: Its name: a symbol in any spelling, an identifier, a group with its type.
        amount: Its weight or value, in the common unit; negative for a short position.
        category: Cash or a derivative, if that is clear without a look-up.
    """

    text: str
    amount: float
    category: Category | None = None


def read_portfolio(path: Path, catalog: Catalog) -> list[Position]:
    """Return the positions of a file with a column of symbols and one of weights or values.

    If both exist, the column with more rows is used; if equal, the values, because they are not
    rounded. Raises the SourceError that fits for any other file.
    """
    file_name = escape_text(path.name, LONGEST_FILE_NAME)
    with refusing_file(file_name):
        document, _ = read_document(path, file_name)
        header = find_list_header(document)
        if header is None:
            raise SourceError(
                "not a portfolio: it has no column of symbols",
                where=file_name,
                remedy="head its columns `symbol` and `weight`, or `symbol` and `value`",
            )
        printed = read_list(document, header)
        if printed.malformed:
            raise SourceError(
                printed.malformed[0].reason,
                where=f"{file_name}, line {printed.malformed[0].line}",
                remedy="correct that line",
            )
        return make_positions(_read_rows(printed, catalog, file_name), file_name)


def read_amounts(amounts: Mapping[str, float], catalog: Catalog) -> list[Position]:
    """Return the positions that are given as names with their weights or values.

    Raises UsageError for invalid amounts, and the errors of `make_positions`.
    """
    texts = [str(text).strip() for text in amounts]
    try:
        numbers = [float(amount) for amount in amounts.values()]
    except (TypeError, ValueError) as error:
        raise UsageError(
            "an amount of the portfolio is not a number", remedy='write {"VTI": 40, "QQQ": 60}'
        ) from error
    rows = FileColumns(
        lines=range(1, len(texts) + 1),
        columns={Field.TICKER: texts},
        numbers={Field.WEIGHT: numbers},
        typed=True,
    )
    return make_positions(_name_positions(rows, numbers, catalog))


def make_positions(found: Sequence[Position], where: str | None = None) -> list[Position]:
    """Return positions, each named once, without those with an amount of zero.

    Raises a SourceError or UsageError if nothing remains, or if the amounts have no sum that each
    could be a fraction of.
    """
    summed: dict[str, Position] = {}
    for one in found:
        before = summed.get(one.text.casefold())
        amount = one.amount + before.amount if before else one.amount
        summed[one.text.casefold()] = one._replace(amount=amount)
    positions = [one for one in summed.values() if one.amount]
    wrong: str | None = None
    if not positions:
        wrong = "the portfolio has no position with a weight or a value"
    elif not all(isfinite(one.amount) and abs(one.amount) <= LARGEST for one in positions):
        wrong = "an amount of the portfolio is not a number"
    elif fsum(one.amount for one in positions) <= 0:
        wrong = "the amounts of the portfolio do not sum to more than 0"
    elif _find_gross(positions) > MOST_GROSS:
        wrong = f"long and short positions are more than {MOST_GROSS} times their sum"
    if wrong is None and len(positions) > MOST_POSITIONS:
        raise OversizedFileError(f"more than {MOST_POSITIONS:,} positions", where=where)
    if wrong is None:
        return positions
    remedy = "weights (40, 30, 30) or values; each is divided by their sum"
    raise (EmptyFileError if where else UsageError)(wrong, where=where, remedy=f"give {remedy}")


def _find_gross(positions: Sequence[Position]) -> float:
    """Return the sum of all positions without signs, in units of their sum."""
    return fsum(abs(one.amount) for one in positions) / fsum(one.amount for one in positions)


def _read_rows(printed: FileColumns, catalog: Catalog, file_name: str) -> list[Position]:
    rows, verdicts = read_numbers(printed)
    for position, reason in check_texts(rows).items():
        raise SourceError(reason, where=f"{file_name}, line {rows.lines[position]}")
    columns = [rows.numbers[field] for field in _AMOUNTS if field in rows.numbers]
    if not columns:
        raise SourceError(
            "the portfolio has neither weights nor values",
            where=file_name,
            remedy="add a column `weight` or `value`; numbers of shares alone give no weights",
        )
    for at, verdict in verdicts.items():
        if verdict.category is Category.REJECTED:
            raise SourceError(verdict.reason, where=f"{file_name}, line {rows.lines[at]}")
    amounts = max(columns, key=lambda column: sum(number is not None for number in column))
    kept = [None if at in verdicts else amount for at, amount in enumerate(amounts)]
    return _name_positions(rows, kept, catalog, file_name)


def _name_positions(
    rows: FileColumns,
    amounts: Sequence[float | None],
    catalog: Catalog,
    file_name: str | None = None,
) -> list[Position]:
    """Return the rows that have an amount, each with its name.

    The name column classifies a row only if nothing else does: a fund may have cash in its name,
    and a stock a future.
    """
    bare = {
        field: cells
        for field, cells in rows.columns.items()
        if field is Field.TICKER or field in IDENTIFIERS
    }
    names = rows.columns.get(Field.NAME, [""] * len(rows.lines))
    by_symbol = classify(replace(rows, columns=bare), catalog) | dict(by_fund_ticker(rows, catalog))
    by_name = classify(rows, catalog)
    listed: dict[int, str] = {}
    if Field.EXCHANGE in rows.columns:
        symbols, errors = resolve_symbols(rows, range(len(rows.lines)), catalog)
        placed = (at for at in range(len(rows.lines)) if at not in errors)
        listed = dict(zip(placed, symbols, strict=True))
    found = []
    for at, amount in enumerate(amounts):
        if amount is None:
            continue
        texts = [text for cells in bare.values() if (text := cells[at].strip()) not in NO_TEXT]
        where = f"{file_name}, line {rows.lines[at]}" if file_name else None
        if not texts and names[at].strip() in NO_TEXT:
            raise SourceError("a position without a symbol and a name", where=where)
        verdict = (by_symbol if texts else by_name).get(at)
        if verdict and verdict.category is Category.REJECTED and texts:
            raise UsageError(f"{texts[0]}: {verdict.reason}", where=where)
        category = verdict.category if verdict and verdict.category in _SEEN else None
        symbol = listed.get(at) or (texts or [names[at].strip()])[0]
        found.append(Position(symbol, amount, category))
    return found
