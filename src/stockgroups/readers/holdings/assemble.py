"""From printed columns to a snapshot and its receipt; all formats go this way.

Every row ends in exactly one category, with its weight; the receipt lists each row that is not a
member of its own.
"""

from __future__ import annotations

from dataclasses import replace
from math import fsum
from pathlib import PurePath
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.model import Category, Snapshot
from stockgroups.readers.format import NUMBERS, Field, FileColumns
from stockgroups.readers.holdings.asset_classes import find_unknown
from stockgroups.readers.holdings.duplicates import find_repetition, merge_duplicates, sum_up
from stockgroups.readers.holdings.figures import (
    doubt_balance,
    outweigh,
    read_numbers,
    set_apart,
)
from stockgroups.readers.holdings.listings import check_texts, choose, make_refs, resolve_symbols
from stockgroups.readers.holdings.receipts import (
    make_receipt,
    note_blanks,
    note_cases,
    note_contradictions,
)
from stockgroups.readers.holdings.rows import classify
from stockgroups.readers.holdings.verdicts import Verdict
from stockgroups.readers.holdings.weights import Weights, weigh
from stockgroups.readers.values.columns import as_column
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text
from stockgroups.symbols.identifiers import complete_sedols
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.model import Ref

MOST_UNPLACED = 0.5
"""Of the fund."""

_BESIDE = frozenset({Category.CASH, Category.DERIVATIVE})
_MOST_NAMED, _LONGEST_WORD = 5, 40
_NAME_MARKETS = (
    "give their exchange: in a column `exchange`, or after each symbol (MC.XPAR); for a universe, "
    "with --exchange"
)


def assemble(
    printed: FileColumns,
    catalog: Catalog,
    file_name: str,
    *,
    as_of: dt.date,
    as_of_from: str,
    source: str,
    reader: str,
    sha256: str,
    fund_from: str | None = None,
    issuer: str | None = None,
) -> Snapshot:
    """Judge every row, weigh it, and return the members with the receipt.

    Signs of damage are among the receipt's suspicions. Raise UnsupportedFileError if no row is a
    member. For the other arguments see `Snapshot` and `Receipt`.
    """
    rows, verdicts = read_numbers(_take_columns(printed))
    rows = replace(rows, suspicions=(*rows.suspicions, *doubt_balance(rows)))
    verdicts |= rows.verdicts
    for position, reason in check_texts(rows).items():
        verdicts.setdefault(position, Verdict(Category.REJECTED, reason))
    weights = weigh(rows)
    weighed = _take_weights(rows, weights)
    if weights.suspicions:  # which cash and derivatives may explain
        found = classify(weighed, catalog)
        weights = weigh(rows, {at for at, verdict in found.items() if verdict.category in _BESIDE})
        derivatives = {
            at for at, verdict in found.items() if verdict.category is Category.DERIVATIVE
        }
        if weights.suspicions and outweigh(rows, derivatives):
            without = set_apart(rows, derivatives)
            whole = weigh(without)
            if not whole.suspicions:
                rows, weights = without, whole
        weighed = _take_weights(rows, weights)
    rows = weighed
    verdicts = classify(rows, catalog) | verdicts
    candidates = [at for at in range(len(rows.lines)) if at not in verdicts]
    notes = (
        *note_blanks(rows, candidates),
        *note_cases(rows, candidates, catalog.share_classes),
        *note_contradictions(rows, candidates),
    )
    rows = replace(rows, notes=(*rows.notes, *notes))
    refs, unresolved, merged = _read_refs(rows, candidates, catalog, verdicts)
    nameless = list(unresolved)
    repetition = find_repetition(rows, merged)
    _check_unplaced(rows, nameless, verdicts, len(refs), file_name)
    if not refs and not nameless:
        first = min(verdicts)
        raise UnsupportedFileError(
            f"it has {count_of(len(rows.lines), 'row')}, none of them a stock; line "
            f"{rows.lines[first]}: {verdicts[first].reason}",
            where=file_name,
            remedy=_NAME_MARKETS if rows.typed else _name_classes(rows),
        )
    recorded = [*refs, *nameless]
    receipt = make_receipt(rows, refs, verdicts, weights, repetition)
    members = (*refs.values(), *unresolved.values())
    del refs  # the snapshot needs as much memory for a moment
    return Snapshot(
        as_of=as_of,
        source=source,
        sha256=sha256,
        reader=reader,
        refs=members,
        receipt=replace(receipt, as_of_from=as_of_from, fund_from=fund_from),
        file_name=PurePath(file_name).name,
        issuer=issuer,
        net_assets=weights.net_assets,
        weights=sum_up(rows.numbers.get(Field.WEIGHT), recorded, merged),
        shares=sum_up(rows.numbers.get(Field.SHARES), recorded, merged),
        sectors=_labels(rows.columns.get(Field.SECTOR), recorded),
        industries=_labels(rows.columns.get(Field.INDUSTRY), recorded),
    )


def _read_refs(
    rows: FileColumns, candidates: Sequence[int], catalog: Catalog, verdicts: dict[int, Verdict]
) -> tuple[dict[int, Ref], dict[int, Ref], dict[int, list[int]]]:
    """Return, by position, the refs with a symbol, the refs without, and the merged rows.

    Adds the reason why a candidate is neither to `verdicts`.
    """
    symbols, errors = resolve_symbols(rows, candidates, catalog)
    verdicts |= errors
    listed = [at for at in candidates if at not in errors] if errors else candidates
    nameless = sorted(
        at for at, verdict in verdicts.items() if verdict.category is Category.UNRESOLVED
    )
    is_repeated = len(set(symbols)) < len(symbols)
    made = iter(make_refs(rows, [*listed, *nameless], [*symbols, *[None] * len(nameless)]))
    refs = dict(zip(listed, made, strict=False))
    unresolved = dict(zip(nameless, made, strict=True))
    merged = merge_duplicates(refs, rows, verdicts) if is_repeated else {}
    return refs, unresolved, merged


def _name_classes(rows: FileColumns) -> str | None:
    """Return what to do if stocks may hide under unknown asset classes."""
    unknown = find_unknown(rows.columns.get(Field.ASSET_CLASS, ()), rows.asset_classes)
    shown = ", ".join(escape_text(word, _LONGEST_WORD) for word in unknown[:_MOST_NAMED])
    if not unknown:
        return None
    return (
        f"its asset classes {shown} are unknown: list those that are stocks in "
        "`asset_classes` of a format"
    )


def _take_columns(printed: FileColumns) -> FileColumns:
    """Return the columns of texts as such, so that what one rule finds serves the others.

    SEDOLs get back the leading zeros that a spreadsheet removed.
    """
    columns = {
        field: cells if field in NUMBERS else as_column(cells)
        for field, cells in printed.columns.items()
    }
    if Field.SEDOL in columns:
        columns[Field.SEDOL] = as_column(complete_sedols(columns[Field.SEDOL]))
    return replace(printed, columns=columns)


def _take_weights(rows: FileColumns, weights: Weights) -> FileColumns:
    """Return the rows with weights as fractions of the fund; none if the file has no weights."""
    numbers = dict(rows.numbers)
    numbers.pop(Field.WEIGHT, None)
    if weights.values is not None:
        numbers[Field.WEIGHT] = weights.values
    return replace(rows, numbers=numbers)


def _check_unplaced(
    rows: FileColumns,
    nameless: Sequence[int],
    verdicts: Mapping[int, Verdict],
    members: int,
    where: str,
) -> None:
    """Raise UnsupportedFileError if most stocks of a person's list have a ticker and no market.

    The person knows the market, and can add it.
    """
    tickers, weights = rows.columns[Field.TICKER], rows.numbers.get(Field.WEIGHT)
    unplaced = [at for at in nameless if tickers[at] not in NULLS] if rows.typed else []
    if not unplaced:
        return
    share = len(unplaced) / (len(nameless) + members)
    if weights is not None:
        share = fsum(abs(weights[at] or 0.0) for at in unplaced)
    if share > MOST_UNPLACED:
        raise UnsupportedFileError(
            f"{share:.0%} of it is in stocks without an exchange; the first: "
            f"{verdicts[unplaced[0]].reason}",
            where=where,
            remedy=_NAME_MARKETS,
        )


def _labels(cells: Sequence[str] | None, members: Sequence[int]) -> tuple[str | None, ...] | None:
    """Return the members' cells, None for nulls."""
    return None if cells is None else tuple(choose(cells, members))
