"""The SEC's quarterly data set of N-PORT: filings from tables, in a zip that is read in place.

A quarter has 13,000 filings with 6 million positions, and the rows of one filing are not together.
So the rows are distributed by fund to unnamed temporary files of some thousand positions each. They
take as much disk space as the tables (`TMPDIR`), and vanish with the program however it ends.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from contextlib import ExitStack
from itertools import pairwise
from typing import IO, TYPE_CHECKING

from stockgroups.errors import SourceError, TruncatedFileError
from stockgroups.readers.sec.derivatives import read_amount
from stockgroups.readers.sec.forms import AGAIN
from stockgroups.readers.sec.nport import CONTRACTS, FilingHeader, Position, clean, read_figure
from stockgroups.readers.sec.portfolio import Account
from stockgroups.readers.sec.position_details import (
    DETAILS,
    IDENTIFIERS,
    Details,
    deal_details,
)
from stockgroups.readers.sec.row_parts import MOST_PARTS, PART_BITS, RowParts, make_picker
from stockgroups.readers.values.dates import parse_date

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from stockgroups.readers.sec.tables import TableSet

SUBMISSION, REGISTRANT, INFO = "SUBMISSION", "REGISTRANT", "FUND_REPORTED_INFO"
HOLDINGS = "FUND_REPORTED_HOLDING"
_NEEDED = (SUBMISSION, REGISTRANT, INFO, HOLDINGS, IDENTIFIERS)
TABLES = (*_NEEDED[:-1], *DETAILS)

_REQUIRED = ("ACCESSION_NUMBER", "HOLDING_ID", "PERCENTAGE", "ASSET_CAT", "ISSUER_CUSIP")
_OPTIONAL = (
    *("ISSUER_NAME", "ISSUER_TITLE", "BALANCE", "UNIT", "CURRENCY_CODE", "CURRENCY_VALUE"),
    *("PAYOFF_PROFILE", "OTHER_ASSET", "ISSUER_TYPE", "INVESTMENT_COUNTRY", "DERIVATIVE_CAT"),
    "EXCHANGE_RATE",
)
_SORTED_AT_ONCE = 64


def read_headers(tables: TableSet) -> list[FilingHeader]:
    """Return the headers of all filings of the set, in their order.

    Raises:
        SourceError: A table is missing, or has no row for a filing that another one has.
    """
    tables.require(*_NEEDED)
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
                f"the table {missing} lacks a filing of {SUBMISSION}", where=where, remedy=AGAIN
            )
        _, cik, registrant = registrants[accession]
        _, name, series, net, total, cash = funds[accession]
        if not cik.isdecimal():
            raise SourceError(f"{cik[:20]!r} is not a CIK", where=where, remedy=AGAIN)
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
        raise SourceError(f"{text[:20]!r} is not a date", where=where, remedy=AGAIN)
    return day


def _read_amount(text: str, where: str) -> float | None:
    try:
        return read_figure(text.strip())
    except ValueError as error:
        raise SourceError(str(error), where=where, remedy=AGAIN) from error


def read_accounts(
    tables: TableSet,
    parts: Mapping[str, int],
    net_assets: Mapping[str, float | None],
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Iterator[dict[str, Account]]:
    """Yield, part by part, the accounts of filings by their numbers.

    Args:
        tables: The data set.
        parts: For each wanted filing, the number of its part, below MOST_PARTS.
        net_assets: The net assets of each wanted filing.
        progress: Called with the number of bytes read, and of all bytes to read.

    Raises:
        SourceError: A table is damaged, or lacks a column.
    """
    total = sum(tables.count_bytes(table) for table in (HOLDINGS, *DETAILS))
    with ExitStack() as stack:
        files = RowParts(stack)
        numbers = _deal_holdings(tables, parts, files, lambda done: progress(done, total))
        details = RowParts(stack)
        done = tables.count_bytes(HOLDINGS)
        deal_details(tables, numbers, details, lambda more: progress(done + more, total))
        del numbers
        for part in range(MOST_PARTS):
            rows, known = files.take(part), details.take(part)
            if rows is None:
                continue
            yield _read_part(rows, known, net_assets, tables.name)
            rows.close()
            if known is not None:
                known.close()


def _deal_holdings(
    tables: TableSet, parts: Mapping[str, int], files: RowParts, progress: Callable[[int], None]
) -> array[int]:
    """Distribute the rows of the wanted filings; return their sorted numbers with their parts.

    Every row is written with its columns in one order, whatever the order of the table.
    """
    places = {accession.encode(): part for accession, part in parts.items()}
    numbers = array("q")
    read = 0
    for table in tables.lines(HOLDINGS, _REQUIRED):
        pick = make_picker(table, _REQUIRED, _OPTIONAL)
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
                    remedy=AGAIN,
                )
            number = cells[pick[1]] if pick[1] is not None else b""
            if not number.isdigit() or len(number) > 15:
                raise SourceError(
                    f"{number[:20].decode('utf-8', 'replace')!r} is not the number of a position",
                    where=table.where,
                    remedy=AGAIN,
                )
            numbers.append(int(number) << PART_BITS | part)
            files.write(part, b"\t".join([b"" if at is None else cells[at] for at in pick]) + b"\n")
        read += table.read
        progress(read)
    numbers = _sort(numbers)
    for one, other in pairwise(numbers):
        if one >> PART_BITS == other >> PART_BITS and one != other:
            raise _ambiguous(str(one >> PART_BITS), tables.name)
    return numbers


def _ambiguous(number: str, where: str) -> SourceError:
    return SourceError(
        f"position {number} is in two filings: the identifiers in {IDENTIFIERS} cannot be assigned",
        where=where,
        remedy="load the data set of each quarter separately, as the SEC publishes it",
    )


def _sort(numbers: array[int]) -> array[int]:
    """Return the numbers in order, sorted in pieces: six million at once take 250 MB."""
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


def _read_part(
    rows: IO[bytes],
    details: IO[bytes] | None,
    net_assets: Mapping[str, float | None],
    where: str,
) -> dict[str, Account]:
    """Return the accounts of the filings of one part, each with its positions in order."""
    known = Details(details)
    accounts: defaultdict[str, Account] = defaultdict(Account)
    owners: dict[str, str] = {}
    for line in rows:
        cells = line.decode("utf-8", "replace").rstrip("\n").split("\t")
        accession, number = cells[0], cells[1]
        if owners.setdefault(number, accession) != accession:
            raise _ambiguous(number, where)
        accounts[accession].add(_make_position(cells, known), net_assets[accession])
    return dict(accounts)


def _make_position(cells: Sequence[str], known: Details) -> Position:
    _, number, percent, category, cusip, name, title, balance, units, currency, value = cells[:11]
    payoff, described, issuer, country, derivative, rate = cells[11:]
    isin, ticker, sedol, figi = known.identifiers_of(number)
    kind = clean(derivative)
    terms = known.terms_of(number, kind)
    contracts = balance if clean(units) == CONTRACTS else None
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
        kind is not None,
        read_amount(terms, clean(currency), rate, contracts) if terms else None,
    )
