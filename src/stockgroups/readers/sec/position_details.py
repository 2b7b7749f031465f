"""Details of positions in other tables of the data set: identifiers, terms of derivatives.

None of these tables has the filing's number; the positions' numbers link them. A position of one
kind of derivative may hold another one (an option on a swap), which may have a row too: the kind of
the position decides which terms are its own.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from typing import IO, TYPE_CHECKING, NamedTuple

from stockgroups.errors import TruncatedFileError
from stockgroups.readers.sec import derivatives as terms_of
from stockgroups.readers.sec.forms import AGAIN
from stockgroups.readers.sec.nport import clean, name_kind, prefer
from stockgroups.readers.sec.row_parts import PART_BITS, make_picker

if TYPE_CHECKING:
    from array import array
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.readers.sec.row_parts import RowParts
    from stockgroups.readers.sec.tables import TableLines, TableSet

IDENTIFIERS = "IDENTIFIERS"
_FUTURES, _CURRENCIES = "FUT_FWD_NONFOREIGNCUR_CONTRACT", "FWD_FOREIGNCUR_CONTRACT_SWAP"
_SWAPS, _OPTIONS = "NONFOREIGN_EXCHANGE_SWAP", "SWAPTION_OPTION_WARNT_DERIV"
_RECEIVES, _PAYS = "FIXED_OR_FLOATING_RECEIPT", "FIXED_OR_FLOATING_PAYMENT"

_TERMS: Mapping[str, Mapping[str, str]] = {
    _FUTURES: {
        "PAYOFF_PROFILE": terms_of.SIDE,
        "NOTIONAL_AMOUNT": terms_of.AMOUNT,
        "CURRENCY_CODE": terms_of.CURRENCY,
    },
    _CURRENCIES: {
        "CURRENCY_SOLD_AMOUNT": terms_of.SOLD,
        "DESC_CURRENCY_SOLD": terms_of.SOLD_IN,
        "CURRENCY_PURCHASED_AMOUNT": terms_of.BOUGHT,
        "DESC_CURRENCY_PURCHASED": terms_of.BOUGHT_IN,
    },
    _SWAPS: {
        "NOTIONAL_AMOUNT": terms_of.AMOUNT,
        "CURRENCY_CODE": terms_of.CURRENCY,
        _RECEIVES: terms_of.RECEIVED,
        _PAYS: terms_of.PAID,
    },
    _OPTIONS: {
        "PUT_OR_CALL": terms_of.RIGHT,
        "WRITTEN_OR_PURCHASED": terms_of.OWNER,
        "SHARES_CNT": terms_of.SHARES,
        "EXERCISE_PRICE": terms_of.PRICE,
        "CURRENCY_CODE": terms_of.PRICE_IN,
    },
}
"""The columns of each table, and the elements of a filing with the same content."""
_OF_KINDS: Mapping[str, Sequence[str]] = {
    "FUT": (_FUTURES,),
    "FWD": (_CURRENCIES, _FUTURES),
    "SWP": (_SWAPS, _CURRENCIES),
    **dict.fromkeys(("OPT", "SWO", "WAR"), (_OPTIONS,)),
}
"""The tables with the terms of each kind of derivative."""
DETAILS = (IDENTIFIERS, *_TERMS)

_ID = "HOLDING_ID"
_REQUIRED: Mapping[str, Sequence[str]] = {IDENTIFIERS: (_ID, "IDENTIFIER_ISIN")}
_OPTIONAL: Mapping[str, Sequence[str]] = {
    IDENTIFIERS: ("IDENTIFIER_TICKER", "OTHER_IDENTIFIER", "OTHER_IDENTIFIER_DESC"),
    **{table: tuple(columns) for table, columns in _TERMS.items()},
}
_MOST_DIGITS = 15


class Identified(NamedTuple):
    """The identifiers of a position beside its CUSIP."""

    isin: str | None = None
    ticker: str | None = None
    sedol: str | None = None
    figi: str | None = None


_NOTHING = Identified()


class Details:
    """The details of the positions of one part, by their numbers."""

    def __init__(self, rows: IO[bytes] | None) -> None:
        """Read the rows that were distributed to the part; the first valid ISIN is used."""
        self._identified: dict[str, Identified] = {}
        self._terms: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
        for line in rows or ():
            place, number, *cells = line.decode("utf-8", "replace").rstrip("\n").split("\t")
            table = DETAILS[int(place)]
            if table == IDENTIFIERS:
                self._identify(number, *cells)
            else:
                pairs = zip(_TERMS[table].values(), cells, strict=True)
                self._terms[number].setdefault(table, dict(pairs))

    def identifiers_of(self, number: str) -> Identified:
        """Return the identifiers of a position."""
        return self._identified.get(number, _NOTHING)

    def terms_of(self, number: str, kind: str | None) -> dict[str, str]:
        """Return the terms of a position that is a derivative of a kind, by the elements' names."""
        known = self._terms.get(number, {})
        tables = _OF_KINDS.get(kind or "", ())
        terms = next((known[table] for table in tables if table in known), {})
        # An element of the form, or a word in the table, marks the leg of the underlying.
        return {
            name: text
            for name, text in terms.items()
            if name not in terms_of.LEGS or text.strip().casefold() == "other"
        }

    def _identify(self, number: str, isin: str, ticker: str, other: str, described: str) -> None:
        before = self._identified.get(number, _NOTHING)
        known = {"isin": before.isin, "SEDOL": before.sedol, "FIGI": before.figi}
        for kind, text in (("isin", isin), (name_kind(described), other)):
            if kind is not None:
                known[kind] = prefer(kind, known[kind], clean(text))
        self._identified[number] = Identified(
            known["isin"], before.ticker or clean(ticker), known["SEDOL"], known["FIGI"]
        )


def deal_details(
    tables: TableSet, numbers: array[int], files: RowParts, progress: Callable[[int], None]
) -> None:
    """Distribute the rows about the wanted positions to their parts.

    Args:
        tables: The data set.
        numbers: The sorted numbers of the positions, each with its part.
        files: The parts.
        progress: Called with the number of bytes read.
    """
    read = 0
    for place, name in enumerate(DETAILS):
        required = _REQUIRED.get(name, (_ID,))
        for table in tables.lines(name, required):
            pick = make_picker(table, required, _OPTIONAL[name])
            _deal(table, pick, b"%d\t" % place, numbers, files, lambda n, r=read: progress(r + n))  # type: ignore[misc]
            read += table.read
            progress(read)


def _deal(
    table: TableLines,
    pick: Sequence[int | None],
    prefix: bytes,
    numbers: array[int],
    files: RowParts,
    progress: Callable[[int], None],
) -> None:
    mask = (1 << PART_BITS) - 1
    most = len(numbers)
    first = table.columns.index(_ID)
    for count, line in enumerate(table):
        if not count & 0xFFFF:
            progress(table.read)
        text = line[: line.find(b"\t")] if not first else line.split(b"\t")[first]
        if not text.isdigit() or len(text) > _MOST_DIGITS:
            continue
        number = int(text)
        at = bisect_left(numbers, number << PART_BITS)
        if at == most or numbers[at] >> PART_BITS != number:
            continue
        cells = line.split(b"\t")
        if len(cells) != len(table.columns):
            raise TruncatedFileError(
                f"{len(cells)} cells where the header has {len(table.columns)}",
                where=f"{table.where}, position {number}",
                remedy=AGAIN,
            )
        row = b"\t".join([b"" if p is None else cells[p] for p in pick])
        files.write(numbers[at] & mask, prefix + row + b"\n")
