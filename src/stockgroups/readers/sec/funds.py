"""The tickers of the classes of a fund's series, from the SEC's `company_tickers_mf.json`.

    {"fields": ["cik", "seriesId", "classId", "symbol"], "data": [[2110, "S000009184", …, "LACAX"]]}

The list has no date and no kind. A text in place of a symbol (`n/a`, `(NWAKX)`) is not a symbol.
N-CEN reports (`ncen`) list classes too.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from stockgroups.errors import (
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
)
from stockgroups.readers.containers.json_text import make_object
from stockgroups.readers.reference import Reference
from stockgroups.readers.sec.forms import AGAIN
from stockgroups.readers.values.dates import find_day
from stockgroups.readers.values.numbers import NULLS
from stockgroups.readers.values.texts import escape_text, is_printable
from stockgroups.receipts import RejectedEntry

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Iterator

ASK_DAY = "give the day of the download with --as-of, or put it into the file's name"
LIST, REPORT, REPORTS = "sec_fund_classes", "sec_ncen", "sec_ncen_set"
"""Sources: the list of all classes, one registrant's report, a quarter's data set of reports."""

MOST_CLASSES = 200_000
"""Seven times the classes that there are."""

_FIELDS = ("cik", "seriesId", "classId", "symbol")
_SERIES, _CLASS = re.compile(r"S\d{9}"), re.compile(r"C\d{9}")
_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,9}(?:[.-][A-Z]{1,2})?")
_LONGEST_NAME = 200
_LARGEST_CIK = 9_999_999_999


class FundClass(NamedTuple):
    """A class of a fund, from a file.

    Attributes:
        cik: The registrant's number.
        series_id: The fund's series; None for a registrant that is a fund itself.
        class_id: The class; None if the fund has none.
        ticker: Its ticker; None if the file has none.
        name: The fund's name.
        registrant: The registrant's name.
        is_etf: Whether the fund is exchange traded; None if the file does not say.
    """

    cik: int
    series_id: str | None
    class_id: str | None
    ticker: str | None
    name: str | None = None
    registrant: str | None = None
    is_etf: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundList(Reference):
    """The classes of funds in one file, and the account of its rows."""

    classes: tuple[FundClass, ...] = field(repr=False)

    @property
    def entry_count(self) -> int:
        """How many classes it has."""
        return len(self.classes)

    def account(self) -> dict[str, int]:
        """Return the number of rows read, and of each outcome; it adds up."""
        listed = sum(one.ticker is not None for one in self.classes)
        return {
            "read": len(self.classes) + len(self.rejected),
            "listed": listed,
            "without_ticker": len(self.classes) - listed,
            "rejected": len(self.rejected),
        }


def is_fund_list(start: bytes) -> bool:
    """Return whether a file is the SEC's list of classes, by its start."""
    head = start[:400].replace(b" ", b"")
    return all(f'"{name}"'.encode() in head for name in _FIELDS)


def read_fund_list(data: bytes, file_name: str, as_of: dt.date | None) -> FundList:
    """Read `company_tickers_mf.json`; its date is `as_of`, else that in the file's name.

    Raises:
        NoDateError: There is neither.
        TruncatedFileError: It is cut.
        UnrecognisedFileError: It is not a list of classes.
        EmptyFileError: It lists nothing.
    """
    try:
        values = json.loads(data, object_pairs_hook=make_object)
        columns = [values["fields"].index(name) for name in _FIELDS]
        rows = values["data"]
    except (ValueError, RecursionError) as error:
        raise TruncatedFileError(
            f"JSON that ends early or is not valid: {error}", where=file_name, remedy=AGAIN
        ) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise UnrecognisedFileError(
            "JSON that is not a list of funds' classes", where=file_name, remedy=AGAIN
        ) from error
    unknown = tuple(escape_text(str(name), 60) for name in values["fields"] if name not in _FIELDS)
    if not isinstance(rows, list) or not rows:
        raise EmptyFileError("it lists nothing", where=file_name, remedy=AGAIN)
    if len(rows) > MOST_CLASSES:
        raise OversizedFileError(f"more than {MOST_CLASSES:,} classes", where=file_name)
    day, day_from = find_day(as_of, file_name, remedy=ASK_DAY)
    classes, rejected = gather(_pick(rows, columns))
    return FundList(
        source=LIST,
        file_name=file_name,
        sha256=hashlib.sha256(data).hexdigest(),
        as_of=day,
        as_of_from=day_from,
        classes=classes,
        rejected=rejected,
        unknown_columns=unknown,
    )


def _pick(rows: Iterable[Any], columns: list[int]) -> Iterator[FundClass | str]:
    for row in rows:
        if not isinstance(row, list) or len(row) <= max(columns):
            yield "not a list of the fields"
            continue
        cik, series, klass, ticker = (row[at] for at in columns)
        yield make_class(cik, series, klass, ticker)


def make_class(
    cik: object,
    series: object,
    klass: object,
    ticker: object,
    *,
    name: str | None = None,
    registrant: str | None = None,
    is_etf: bool | None = None,
) -> FundClass | str:
    """Return the class of a row, or why the row is not one."""
    number = str(cik).strip()
    if not number.isdecimal() or not 0 < int(number) <= _LARGEST_CIK:
        return f"{str(cik)[:20]!r} is not a CIK"
    ids = [None if _is_null(one) else str(one).strip() for one in (series, klass)]
    for one, pattern, what in zip(ids, (_SERIES, _CLASS), ("series", "class"), strict=True):
        if one is not None and not pattern.fullmatch(one):
            return f"{one[:20]!r} is not the number of a {what}"
    symbol = None if _is_null(ticker) else str(ticker).strip().upper()
    if symbol is not None and not _TICKER.fullmatch(symbol):
        return f"{symbol[:20]!r} is not a ticker"
    return FundClass(int(number), ids[0], ids[1], symbol, _tidy(name), _tidy(registrant), is_etf)


def _is_null(value: object) -> bool:
    return value is None or str(value).strip() in NULLS or str(value).strip().upper() == "N/A"


def _tidy(text: str | None) -> str | None:
    squeezed = " ".join((text or "").split())
    return squeezed if 0 < len(squeezed) <= _LONGEST_NAME and is_printable(squeezed) else None


def gather(
    rows: Iterable[FundClass | str],
) -> tuple[tuple[FundClass, ...], tuple[RejectedEntry, ...]]:
    """Return the classes of a file's rows, and the other rows with the reason."""
    classes: list[FundClass] = []
    rejected: list[RejectedEntry] = []
    for line, row in enumerate(rows, 1):
        if isinstance(row, FundClass):
            classes.append(row)
        else:
            rejected.append(RejectedEntry(line, None, None, escape_text(row, _LONGEST_NAME)))
    return tuple(classes), tuple(rejected)
