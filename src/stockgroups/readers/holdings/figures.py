"""The numbers of a file's rows, and the rows of sums that people add under them."""

from __future__ import annotations

from dataclasses import replace
from math import fsum, isclose
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.readers.format import IDENTIFIERS, NUMBERS, Field, FileColumns
from stockgroups.readers.holdings.repeats import SUMS
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.holdings.weights import MOST_BESIDE
from stockgroups.readers.values.columns import LazyList, find_cells, find_unusual
from stockgroups.readers.values.notation import DECIMAL_COMMA, find_notation
from stockgroups.readers.values.numbers import NULLS, parse_numbers
from stockgroups.suspicions import Guard, Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Set as AbstractSet

_FEW_ROWS = 5
_USUAL_SUMS = frozenset({"TOTAL"})
"""Of the usual tickers, what people call a row of sums."""
_TICKERS_TOO = frozenset({"SUM", "SUMA", "SUMME", "SOMME"})
"""Words for a row of sums that may be a ticker as a person writes it: here the figure decides."""

_STANDS_NOTE = "derivatives are printed at their notional, and are not part of the total"
_COMMA_NOTE = "the file's numbers are written with a decimal comma"


def read_numbers(printed: FileColumns) -> tuple[FileColumns, dict[int, Verdict]]:
    """Return the rows with their numbers, and the verdicts on rows with invalid numbers.

    Rows of sums get a verdict too, so that nothing counts them again.
    """
    columns = {field: printed.columns[field] for field in NUMBERS if field in printed.columns}
    notional = columns.pop(Field.NOTIONAL, None)  # without it, a stock is one
    parsed = {field: parse_numbers(cells) for field, cells in columns.items()}
    # Numbers of another notation are not read without an error, but where each could be thousands:
    # then they are a thousand times too large, and the sum of the weights refuses the file.
    has_errors = any(errors for _, errors in parsed.values())
    if has_errors and (notation := find_notation([*columns.values(), notional or ()])):
        parsed = {
            field: parse_numbers([cell.translate(notation) for cell in cells])
            for field, cells in columns.items()
        }
        notional = notional and [cell.translate(notation) for cell in notional]
        if notation is DECIMAL_COMMA:
            printed = replace(printed, notes=(*printed.notes, _COMMA_NOTE))
    verdicts: dict[int, Verdict] = {}
    for field, (_, errors) in parsed.items():
        for position, error in errors.items():
            verdicts.setdefault(position, Verdict(Category.REJECTED, f"{field}: {error}"))
    numbers = {field: values for field, (values, _) in parsed.items()}
    rows = replace(printed, numbers=numbers)
    for position in _find_sums(rows):
        verdicts[position] = Verdict(Category.OTHER, "a row of sums")
        for values in numbers.values():
            values[position] = None
    if notional is not None:  # only derivatives ask for it
        lazy = LazyList(len(notional), lambda: parse_numbers(notional)[0])
        rows = replace(rows, numbers={**numbers, Field.NOTIONAL: lazy})
    return rows, verdicts


def doubt_balance(rows: FileColumns) -> Iterator[Suspicion]:
    """Yield a suspicion if the row that makes the values add up to the fund is missing or blank."""
    if rows.balance and not any(
        name.upper().startswith(rows.balance) and value is not None
        for name, value in zip(
            rows.columns.get(Field.NAME, ()), rows.numbers.get(Field.MARKET_VALUE, ()), strict=False
        )
    ):
        yield Suspicion(
            Guard.TRUNCATED,
            f"the row {rows.balance}, which makes the values add up to the fund, is missing or has "
            "no value",
        )


def outweigh(rows: FileColumns, derivatives: AbstractSet[int]) -> bool:
    """Return whether derivatives are printed at more than a fund's assets can be worth in them."""
    figures = rows.numbers.get(Field.MARKET_VALUE) or rows.numbers.get(Field.WEIGHT) or ()
    held = fsum(abs(figure or 0.0) for at, figure in enumerate(figures) if at in derivatives)
    others = fsum(figure or 0.0 for at, figure in enumerate(figures) if at not in derivatives)
    return held > MOST_BESIDE * others


def set_apart(rows: FileColumns, derivatives: AbstractSet[int]) -> FileColumns:
    """Return the rows with the values of derivatives as their exposure, outside the sum.

    A swap of 300 % of the fund that is printed like an asset is not one: the other rows are the
    whole fund.
    """
    values = rows.numbers.get(Field.MARKET_VALUE) or [None] * len(rows.lines)
    stands = rows.numbers.get(Field.NOTIONAL) or [None] * len(rows.lines)
    numbers: dict[Field, Sequence[float | None]] = {
        field: [None if at in derivatives else figure for at, figure in enumerate(figures)]
        for field, figures in rows.numbers.items()
        if field in {Field.MARKET_VALUE, Field.WEIGHT}
    }
    numbers[Field.NOTIONAL] = [
        value if at in derivatives and stated is None else stated
        for at, (stated, value) in enumerate(zip(stands, values, strict=True))
    ]
    return replace(rows, numbers={**rows.numbers, **numbers}, notes=(*rows.notes, _STANDS_NOTE))


def _find_sums(rows: FileColumns) -> list[int]:
    """Return the positions of rows of sums, as people add them.

    Their ticker or name is `Total` or the like, or they have no text and their figure is the sum of
    all other rows.
    """
    tickers = rows.columns[Field.TICKER]
    names = rows.columns.get(Field.NAME)
    identifiers = [rows.columns[one] for one in IDENTIFIERS if one in rows.columns]
    found = []
    for at in sorted({*find_unusual(tickers), *find_cells(tickers, _USUAL_SUMS)}):
        if tickers[at] not in NULLS and not SUMS.fullmatch(tickers[at]):
            continue
        candidates = (tickers[at], names[at] if names else "")
        texts = [text for text in candidates if text not in NULLS]
        if texts:
            is_sum = all(map(SUMS.fullmatch, texts)) and (
                tickers[at].upper() not in _TICKERS_TOO or _is_sum(rows, at)
            )
        else:
            is_named = any(cells[at] not in NULLS for cells in identifiers)
            is_sum = not is_named and _is_sum(rows, at)
        if is_sum:
            found.append(at)
    return found


def _is_sum(rows: FileColumns, position: int) -> bool:
    """Return whether a row's weight, or its market value, is the sum of the others."""
    for figures in (rows.numbers.get(Field.WEIGHT), rows.numbers.get(Field.MARKET_VALUE)):
        if figures and len(figures) >= _FEW_ROWS and (figure := figures[position]):
            return isclose(2 * figure, fsum(filter(None, figures)), rel_tol=0.01)
    return False
