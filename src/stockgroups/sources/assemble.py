"""From printed columns to a snapshot and its receipt: the one way that all formats go.

Every row ends in exactly one category, with its weight; the receipt shows each that is no member
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from math import fsum
from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError
from stockgroups.model import Category, Receipt, ReceiptLine
from stockgroups.sources.asset_classes import find_unknown
from stockgroups.sources.document import MAX_COLUMNS
from stockgroups.sources.duplicates import find_duplicates
from stockgroups.sources.format import Field, Printed
from stockgroups.sources.listings import check_texts, choose, make_refs, resolve_symbols
from stockgroups.sources.notation import DECIMAL_COMMA, find_notation
from stockgroups.sources.numbers import NULLS, parse_numbers
from stockgroups.sources.rows import Rows, Verdict, classify
from stockgroups.sources.texts import escape_text
from stockgroups.sources.weights import Weights, weigh
from stockgroups.sources.worthless import note_worthless
from stockgroups.wording import count_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from stockgroups.catalog import Catalog
    from stockgroups.model import Ref

NUMBERS = (Field.WEIGHT, Field.MARKET_VALUE, Field.SHARES)
_COMMA_NOTE = "the file's numbers are written with a decimal comma"
_LONGEST_NOTE = 200


@dataclass(frozen=True, slots=True)
class Assembled:
    """A file's members and the account of its rows; the arrays run in parallel with `refs`."""

    refs: tuple[Ref, ...]
    weights: tuple[float | None, ...] | None
    shares: tuple[float | None, ...] | None
    sectors: tuple[str | None, ...] | None
    industries: tuple[str | None, ...] | None
    net_assets: float | None
    receipt: Receipt


def assemble(
    printed: Printed,
    catalog: Catalog,
    *,
    as_of_from: str,
    accept: Collection[str],
    where: str,
) -> Assembled:
    """Judge every row, weigh it, and return the members with the receipt.

    Raise TruncatedFileError or GuardError for weights that do not sum to the whole, and
    UnsupportedFileError when no row is a member.
    """
    numbers, verdicts, number_notes = _read_numbers(printed)
    for position, reason in check_texts(printed).items():
        verdicts.setdefault(position, Verdict(Category.REJECTED, reason))
    weights = weigh(
        numbers.pop(Field.WEIGHT, None),
        numbers.get(Field.MARKET_VALUE),
        percent=printed.percent,
        typed=printed.typed,
        accept=accept,
        where=where,
    )
    rows = _rows(printed, numbers, weights)
    for position, verdict in classify(rows, catalog).items():
        verdicts.setdefault(position, verdict)
    candidates = [row for row in range(len(printed.lines)) if row not in verdicts]
    symbols, errors = resolve_symbols(printed, candidates, catalog)
    verdicts.update((row, Verdict(Category.REJECTED, reason)) for row, reason in errors.items())
    listed = [row for row in candidates if row not in errors] if errors else candidates
    repeated = len(set(symbols)) < len(symbols)
    refs = dict(zip(listed, make_refs(printed, listed, symbols), strict=True))
    merged = _merge(refs, printed, numbers, weights.values, verdicts) if repeated else {}
    if not refs:
        first = min(verdicts)
        raise UnsupportedFileError(
            f"it has {count_of(len(printed.lines), 'row')}, and no stock among them; "
            f"line {printed.lines[first]}: {verdicts[first].reason}",
            where=where,
        )
    members = list(refs)
    shares = numbers.get(Field.SHARES)
    return Assembled(
        refs=tuple(refs.values()),
        weights=_summed(weights.values, members, merged),
        shares=_summed(shares, members, merged),
        sectors=_labels(printed.columns.get(Field.SECTOR), members),
        industries=_labels(printed.columns.get(Field.INDUSTRY), members),
        net_assets=weights.net_assets,
        receipt=_receipt(
            printed,
            members,
            verdicts,
            weights,
            as_of_from,
            number_notes + note_worthless(rows, refs),
        ),
    )


def _read_numbers(
    printed: Printed,
) -> tuple[dict[Field, list[float | None]], dict[int, Verdict], tuple[str, ...]]:
    """Return the columns of numbers, the rows whose numbers are none, and notes."""
    columns = {field: printed.columns[field] for field in NUMBERS if field in printed.columns}
    parsed = {field: parse_numbers(cells) for field, cells in columns.items()}
    notes: tuple[str, ...] = ()
    # Numbers of another notation are not read without an error, but where each could be thousands:
    # then they are a thousand times too large, and the sum of the weights refuses the file.
    if any(errors for _, errors in parsed.values()) and (
        notation := find_notation(columns.values())
    ):
        parsed = {
            field: parse_numbers([cell.translate(notation) for cell in cells])
            for field, cells in columns.items()
        }
        notes = (_COMMA_NOTE,) if notation is DECIMAL_COMMA else ()
    verdicts: dict[int, Verdict] = {}
    for field, (_, errors) in parsed.items():
        for position, error in errors.items():
            verdicts.setdefault(position, Verdict(Category.REJECTED, f"{field}: {error}"))
    return {field: values for field, (values, _) in parsed.items()}, verdicts, notes


def _rows(printed: Printed, numbers: Mapping[Field, list[float | None]], weights: Weights) -> Rows:
    columns = printed.columns
    return Rows(
        tickers=columns[Field.TICKER],
        names=columns.get(Field.NAME),
        asset_classes=columns.get(Field.ASSET_CLASS),
        sectors=columns.get(Field.SECTOR),
        identifiers=columns.get(Field.IDENTIFIER),
        sedols=columns.get(Field.SEDOL),
        exchanges=columns.get(Field.EXCHANGE),
        market_values=numbers.get(Field.MARKET_VALUE),
        shares=numbers.get(Field.SHARES),
        weights=weights.values,
        stocks_have_sectors=printed.stocks_have_sectors,
    )


def _merge(
    refs: dict[int, Ref],
    printed: Printed,
    numbers: Mapping[Field, list[float | None]],
    weights: Sequence[float | None] | None,
    verdicts: dict[int, Verdict],
) -> dict[int, list[int]]:
    """Take the duplicates out of `refs` into `verdicts`; return who is summed into whom."""
    sizes = weights or numbers.get(Field.SHARES) or [None] * len(printed.lines)
    merged: dict[int, list[int]] = {}
    for duplicate in find_duplicates(refs, sizes):
        ref, line = refs[duplicate.position], printed.lines[duplicate.kept]
        if duplicate.same:
            verdicts[duplicate.position] = Verdict(
                Category.MERGED, f"{ref.symbol} again, summed into line {line}"
            )
            merged.setdefault(duplicate.kept, []).append(duplicate.position)
        else:
            verdicts[duplicate.position] = Verdict(
                Category.REJECTED,
                f"another security under the symbol {ref.symbol} of line {line}, which is larger",
            )
    for position in verdicts:
        refs.pop(position, None)
    return merged


def _labels(cells: Sequence[str] | None, members: Sequence[int]) -> tuple[str | None, ...] | None:
    """Return the members' cells, None for nulls."""
    return None if cells is None else tuple(choose(cells, members))


def _summed(
    values: Sequence[float | None] | None,
    members: Sequence[int],
    merged: Mapping[int, Sequence[int]],
) -> tuple[float | None, ...] | None:
    """Return the members' values, each with those of the rows merged into it."""
    if values is None:
        return None
    of_members = [values[row] for row in members]
    if merged:
        for index, row in enumerate(members):
            if row in merged:
                parts = [values[other] for other in (row, *merged[row])]
                given = [part for part in parts if part is not None]
                of_members[index] = float(f"{fsum(given):.12g}") if given else None
    return tuple(of_members)


def _receipt(
    printed: Printed,
    members: Sequence[int],
    verdicts: Mapping[int, Verdict],
    weights: Weights,
    as_of_from: str,
    notes: tuple[str, ...],
) -> Receipt:
    counts = dict.fromkeys(Category, 0)
    counts[Category.MEMBER] = len(members)
    counts[Category.REJECTED] = len(printed.malformed)
    parts: dict[Category, list[float]] = {category: [] for category in Category}
    lines = [
        ReceiptLine(
            row.line,
            Category.REJECTED,
            row.reason,
            None,
            escape_text(row.text, _LONGEST_NOTE),
            None,
        )
        for row in printed.malformed
    ]
    names = printed.columns.get(Field.NAME)
    for row, (category, reason) in verdicts.items():
        counts[category] += 1
        weight = None if weights.values is None else weights.values[row]
        parts[category].append(weight or 0.0)
        lines.append(
            ReceiptLine(
                printed.lines[row],
                category,
                reason,
                _cell(printed.columns[Field.TICKER], row),
                _cell(names, row),
                weight,
            )
        )
    if weights.values is not None:
        of_members = map(weights.values.__getitem__, members)
        parts[Category.MEMBER] = list(filter(None, of_members))
    return Receipt(
        rows=counts,
        weights=None
        if weights.values is None
        else {category: fsum(part) for category, part in parts.items()},
        printed_weight=weights.printed_sum,
        unit=weights.unit,
        basis=weights.basis,
        as_of_from=as_of_from,
        lines=tuple(sorted(lines, key=lambda line: line.line)),
        unknown_columns=_escape(printed.unknown_columns),
        unknown_classes=_escape(find_unknown(printed.columns.get(Field.ASSET_CLASS, ()))),
        notes=printed.notes + weights.notes + notes,
    )


def _escape(printed: Iterable[str]) -> tuple[str, ...]:
    return tuple(escape_text(text, _LONGEST_NOTE) for text in islice(printed, MAX_COLUMNS))


def _cell(cells: Sequence[str] | None, row: int) -> str | None:
    if cells is None or cells[row] in NULLS:
        return None
    return escape_text(cells[row], _LONGEST_NOTE)
