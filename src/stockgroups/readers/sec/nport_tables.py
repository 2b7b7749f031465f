"""The SEC's quarterly data set of N-PORT: filings out of tables, in a zip that is read in place.

A quarter has 13,000 filings with 6 million positions, and the rows of one filing do not stand
together. So the rows are dealt out to files of some thousand positions each, by fund, that no name
leads to: they take as much room on the disk as the tables (`TMPDIR`), and are gone with the program
however it ends. IDENTIFIERS has no number of the filing; the numbers of the positions lead there.
"""

from __future__ import annotations

import tempfile
from array import array
from bisect import bisect_left
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from typing import IO, TYPE_CHECKING, NamedTuple

from stockgroups.errors import SourceError, TruncatedFileError
from stockgroups.readers.sec.nport import FilingHeader, Position, clean, read_figure
from stockgroups.readers.sec.portfolio import Account
from stockgroups.readers.values.dates import parse_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stockgroups.readers.sec.tables import TableLines, TableSet

SUBMISSION, REGISTRANT, INFO = "SUBMISSION", "REGISTRANT", "FUND_REPORTED_INFO"
HOLDINGS, IDENTIFIERS = "FUND_REPORTED_HOLDING", "IDENTIFIERS"
TABLES = (SUBMISSION, REGISTRANT, INFO, HOLDINGS, IDENTIFIERS)

MOST_PARTS = 128
"""Files that rows are dealt out to; each is open until all rows are dealt."""

_PART_BITS = 8
_REQUIRED = ("ACCESSION_NUMBER", "HOLDING_ID", "PERCENTAGE", "ASSET_CAT", "ISSUER_CUSIP")
_OPTIONAL = (
    *("ISSUER_NAME", "ISSUER_TITLE", "BALANCE", "UNIT", "CURRENCY_CODE", "CURRENCY_VALUE"),
    *("PAYOFF_PROFILE", "OTHER_ASSET", "ISSUER_TYPE", "INVESTMENT_COUNTRY", "DERIVATIVE_CAT"),
)
_IDENTIFIER_COLUMNS = ("HOLDING_ID", "IDENTIFIER_ISIN")
_MORE_IDENTIFIERS = ("IDENTIFIER_TICKER", "OTHER_IDENTIFIER", "OTHER_IDENTIFIER_DESC")
_SORTED_AT_ONCE = 64
_AGAIN = "download it again from the SEC"


class Identified(NamedTuple):
    """The identifiers of a position beside its CUSIP."""

    isin: str | None = None
    ticker: str | None = None
    sedol: str | None = None
    figi: str | None = None


def read_headers(tables: TableSet) -> list[FilingHeader]:
    """Return what all filings of the set say of themselves, in their order.

    Raises:
        SourceError: A table is missing, or says nothing of a filing that another one has.
    """
    tables.require(*TABLES)
    registrants = {
        row[0]: row
        for row in tables.rows(REGISTRANT, ("ACCESSION_NUMBER", "CIK", "REGISTRANT_NAME"))
    }
    funds = {
        row[0]: row
        for row in tables.rows(
            INFO,
            ("ACCESSION_NUMBER", "SERIES_NAME", "SERIES_ID", "NET_ASSETS"),
            ("TOTAL_ASSETS", "CASH_NOT_RPTD_IN_C_OR_D"),
        )
    }
    columns = ("ACCESSION_NUMBER", "FILING_DATE", "SUB_TYPE", "REPORT_DATE")
    headers = []
    for accession, filed, form, day, last in tables.rows(SUBMISSION, columns, ("IS_LAST_FILING",)):
        where = f"{tables.name}, filing {accession[:25]}"
        if accession not in registrants or accession not in funds:
            missing = REGISTRANT if accession not in registrants else INFO
            raise SourceError(
                f"the table {missing} lacks a filing of {SUBMISSION}", where=where, remedy=_AGAIN
            )
        _, cik, registrant = registrants[accession]
        _, name, series, net, total, cash = funds[accession]
        if not cik.isdecimal():
            raise SourceError(f"{cik[:20]!r} is no CIK", where=where, remedy=_AGAIN)
        headers.append(
            FilingHeader(
                form=form.strip().upper(),
                cik=int(cik),
                registrant=registrant.strip(),
                series_id=clean(series),
                series_name=clean(name),
                as_of=_read_day(day, where),
                accession=accession,
                filed_on=_read_day(filed, where),
                net_assets=_read_amount(net, where),
                total_assets=_read_amount(total, where),
                cash=_read_amount(cash, where),
                is_last=last.strip() == "Y",
            )
        )
    return headers


def _read_day(text: str, where: str) -> dt.date:
    day = parse_date(text)
    if day is None:
        raise SourceError(f"{text[:20]!r} is no date", where=where, remedy=_AGAIN)
    return day


def _read_amount(text: str, where: str) -> float | None:
    try:
        return read_figure(text.strip())
    except ValueError as error:
        raise SourceError(str(error), where=where, remedy=_AGAIN) from error


def read_accounts(
    tables: TableSet,
    parts: Mapping[str, int],
    net_assets: Mapping[str, float | None],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Iterator[dict[str, Account]]:
    """Yield part by part the accounts of filings by their numbers.

    Args:
        tables: The data set.
        parts: For each filing that is wanted, the number of its part, below MOST_PARTS.
        net_assets: Of each filing that is wanted.
        progress: Called with the bytes that are read, and all that are to be read.

    Raises:
        SourceError: A table is damaged, or lacks a column.
    """
    total = tables.count_bytes(HOLDINGS) + tables.count_bytes(IDENTIFIERS)
    with ExitStack() as stack:
        files = _Parts(stack)
        numbers = _deal_holdings(tables, parts, files, lambda done: progress(done, total))
        identifiers = _Parts(stack)
        done = tables.count_bytes(HOLDINGS)
        _deal_identifiers(tables, numbers, identifiers, lambda more: progress(done + more, total))
        del numbers
        for part in range(MOST_PARTS):
            rows, known = files.take(part), identifiers.take(part)
            if rows is None:
                continue
            yield _read_part(rows, known, net_assets, tables.name)
            rows.close()
            if known is not None:
                known.close()


class _Parts:
    """Files without names that lines are dealt out to."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._files: dict[int, IO[bytes]] = {}

    def write(self, part: int, line: bytes) -> None:
        file = self._files.get(part)
        if file is None:
            made = tempfile.TemporaryFile(buffering=1 << 16)  # noqa: SIM115 - the stack closes it
            file = self._stack.enter_context(made)
            self._files[part] = file
        file.write(line)

    def take(self, part: int) -> IO[bytes] | None:
        """Return the file of a part from its beginning, or None where nothing was dealt to it."""
        file = self._files.pop(part, None)
        if file is not None:
            file.seek(0)
        return file


def _deal_holdings(
    tables: TableSet, parts: Mapping[str, int], files: _Parts, progress: Callable[[int], None]
) -> array[int]:
    """Deal the rows of the wanted filings out; return their numbers, each with its part, sorted.

    Every row is written with its columns in one order, whatever the order of the table.
    """
    places = {accession.encode(): part for accession, part in parts.items()}
    numbers = array("q")
    read = 0
    for table in tables.lines(HOLDINGS, _REQUIRED):
        pick = _make_picker(table, _REQUIRED, _OPTIONAL)
        first = table.columns.index("ACCESSION_NUMBER")
        width = len(table.columns)
        for count, line in enumerate(table):
            if not count & 0xFFFF:
                progress(read + table.read)
            accession = line[: line.find(b"\t")] if not first else line.split(b"\t")[first]
            part = places.get(accession)
            if part is None:
                continue
            cells = line.split(b"\t")
            if len(cells) != width:
                raise TruncatedFileError(
                    f"{len(cells)} cells where the header has {width}",
                    where=f"{table.where}, filing {accession.decode('utf-8', 'replace')[:25]}",
                    remedy=_AGAIN,
                )
            number = cells[pick[1]] if pick[1] is not None else b""
            if not number.isdigit() or len(number) > 15:
                raise SourceError(
                    f"{number[:20].decode('utf-8', 'replace')!r} is no number of a position",
                    where=table.where,
                    remedy=_AGAIN,
                )
            numbers.append(int(number) << _PART_BITS | part)
            files.write(part, b"\t".join([b"" if at is None else cells[at] for at in pick]) + b"\n")
        read += table.read
        progress(read)
    numbers = _sort(numbers)
    for one, other in pairwise(numbers):
        if one >> _PART_BITS == other >> _PART_BITS and one != other:
            raise _ambiguous(str(one >> _PART_BITS), tables.name)
    return numbers


def _ambiguous(number: str, where: str) -> SourceError:
    return SourceError(
        f"the position {number} is of two filings: whose identifiers {IDENTIFIERS} tells cannot be "
        "known",
        where=where,
        remedy="take the data set of one quarter by itself, as the SEC publishes it",
    )


def _make_picker(
    table: TableLines, required: Sequence[str], optional: Sequence[str]
) -> list[int | None]:
    return [
        table.columns.index(name) if name in table.columns else None
        for name in (*required, *optional)
    ]


def _sort(numbers: array[int]) -> array[int]:
    """Return the numbers in order, sorted piece by piece: six million at once take 250 MB."""
    if all(one <= other for one, other in pairwise(numbers)):
        return numbers
    least, most = min(numbers), max(numbers)
    step = (most - least) // _SORTED_AT_ONCE + 1
    pieces = [array("q") for _ in range(_SORTED_AT_ONCE)]
    for number in numbers:
        pieces[(number - least) // step].append(number)
    del numbers[:]
    for piece in pieces:
        numbers.extend(sorted(piece))
        del piece[:]
    return numbers


def _deal_identifiers(
    tables: TableSet, numbers: array[int], files: _Parts, progress: Callable[[int], None]
) -> None:
    """Deal the rows of IDENTIFIERS out to the parts of their positions."""
    mask = (1 << _PART_BITS) - 1
    most = len(numbers)
    read = 0
    for table in tables.lines(IDENTIFIERS, _IDENTIFIER_COLUMNS):
        pick = _make_picker(table, _IDENTIFIER_COLUMNS, _MORE_IDENTIFIERS)
        first = table.columns.index("HOLDING_ID")
        for count, line in enumerate(table):
            if not count & 0xFFFF:
                progress(read + table.read)
            text = line[: line.find(b"\t")] if not first else line.split(b"\t")[first]
            if not text.isdigit() or len(text) > 15:
                continue
            number = int(text)
            at = bisect_left(numbers, number << _PART_BITS)
            if at == most or numbers[at] >> _PART_BITS != number:
                continue
            cells = line.split(b"\t")
            if len(cells) != len(table.columns):
                raise TruncatedFileError(
                    f"{len(cells)} cells where the header has {len(table.columns)}",
                    where=f"{table.where}, position {number}",
                    remedy=_AGAIN,
                )
            told = b"\t".join([b"" if p is None else cells[p] for p in pick]) + b"\n"
            files.write(numbers[at] & mask, told)
        read += table.read
        progress(read)


def _read_part(
    rows: IO[bytes],
    identifiers: IO[bytes] | None,
    net_assets: Mapping[str, float | None],
    where: str,
) -> dict[str, Account]:
    """Return the accounts of the filings of one part, each of the positions in their order."""
    known = _read_identifiers(identifiers) if identifiers is not None else {}
    accounts: defaultdict[str, Account] = defaultdict(Account)
    owners: dict[str, str] = {}
    for line in rows:
        cells = line.decode("utf-8", "replace").rstrip("\n").split("\t")
        accession, number = cells[0], cells[1]
        if owners.setdefault(number, accession) != accession:
            raise _ambiguous(number, where)
        accounts[accession].add(_make_position(cells, known.get(number)), net_assets[accession])
    return dict(accounts)


def _read_identifiers(rows: IO[bytes]) -> dict[str, Identified]:
    """Return the identifiers by the number of the position; of several ISINs the first counts."""
    known: dict[str, Identified] = {}
    for line in rows:
        number, isin, ticker, other, kind = line.decode("utf-8", "replace").rstrip("\n").split("\t")
        before = known.get(number, _NOTHING)
        upper = kind.upper()
        known[number] = Identified(
            before.isin or clean(isin),
            before.ticker or clean(ticker),
            before.sedol or (clean(other) if "SEDOL" in upper else None),
            before.figi or (clean(other) if "FIGI" in upper else None),
        )
    return known


_NOTHING = Identified()


def _make_position(cells: Sequence[str], known: Identified | None) -> Position:
    _, _, percent, category, cusip, name, title, balance, units, currency, value = cells[:11]
    payoff, described, issuer, country, derivative = cells[11:]
    isin, ticker, sedol, figi = known or _NOTHING
    code = clean(category)
    is_other = code == "OTHER" or code is None
    return Position(
        clean(name),
        clean(title),
        clean(cusip),
        isin,
        ticker,
        sedol,
        figi,
        clean(balance),
        clean(units),
        clean(currency),
        clean(value),
        clean(percent),
        clean(payoff),
        (clean(described) or code) if is_other else code,
        not is_other,
        clean(issuer),
        clean(country),
        clean(derivative) is not None,
    )
