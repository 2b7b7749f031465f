"""N-PORT filings in XML: `primary_doc.xml`, or the whole submission text around it.

They are read position by position; `forms` parses the XML.
"""

from __future__ import annotations

import codecs
import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.errors import OversizedFileError, UnrecognisedFileError
from stockgroups.readers.sec.derivatives import LEGS, TERMS, read_amount
from stockgroups.readers.sec.forms import AGAIN, CHUNK, parse_form
from stockgroups.readers.sec.nport import (
    CONTRACTS,
    FORMS,
    IDENTIFIERS,
    NAMESPACE,
    FilingHeader,
    Position,
    clean,
    name_kind,
    prefer,
    read_figure,
)
from stockgroups.readers.sec.portfolio import Account
from stockgroups.readers.sec.submission import Submission, is_submission, read_header

if TYPE_CHECKING:
    from stockgroups.model import Snapshot
    from stockgroups.readers.sec.submission import Readable
    from stockgroups.receipts import Amount

START_BYTES = 4096
"""The text by which a filing is recognised."""

_LONGEST_TEXT = 10_000
_ROOT, _ROW = f"{NAMESPACE} edgarSubmission", f"{NAMESPACE} invstOrSec"
_ROWS = f"{NAMESPACE} invstOrSecs"
_TAG_START = len(NAMESPACE) + 1
_HEADER = {
    f"{NAMESPACE} {name}": name
    for name in (
        *("submissionType", "cik", "regCik", "regName", "seriesName", "seriesId"),
        *("repPdDate", "isFinalFiling", "totAssets", "netAssets", "cshNotRptdInCorD"),
    )
}
_TEXTS = frozenset(
    {
        *("name", "title", "cusip", "balance", "units", "curCd", "valUSD", "pctVal"),
        *("payoffProfile", "assetCat", "issuerCat", "invCountry"),
    }
)
_DERIVATIVE, _RATE = "derivativeInfo", "exchangeRt"
_TERM = "term "
"""The prefix of the names of a derivative's terms, because a position has its own currency."""
_LEVEL_OF_TERMS = 3
"""Below the position. What a swap of an option is on has terms too, further below."""
_CIK = re.compile(r"\d{1,10}")


def is_filing(start: bytes) -> bool:
    """Return whether a file is an N-PORT filing, bare or as a submission, by its start."""
    if is_submission(start):
        return re.search(rb"CONFORMED SUBMISSION TYPE:\s*NPORT", start) is not None
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        start = start.decode("utf-16", "ignore").encode()
    return b"edgarSubmission" in start and NAMESPACE.encode() in start


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing that was read: its header, and the account of its positions."""

    header: FilingHeader
    account: Account
    sha256: str

    def make_snapshot(self, file_name: str, fund_from: str) -> Snapshot:
        """Return the snapshot. Raises as `Account.finish` does."""
        return self.account.finish(
            self.header, file_name=file_name, sha256=self.sha256, fund_from=fund_from
        )


def read_filing(stream: Readable, where: str) -> Filing:
    """Read a filing from a stream of its bytes.

    Raises:
        TruncatedFileError: It ends in the middle, or is not XML.
        OversizedFileError: It is beyond the limits.
        UnrecognisedFileError: It is not an N-PORT filing, or lacks a required element.
    """
    hashed = _Hashed(stream)
    start = hashed.read(START_BYTES)
    submission: Submission | None = None
    if is_submission(start):
        submission, start = read_header(_Prefixed(start, hashed), where)
    reader = _Reader(where)
    parse_form(reader, start, hashed, where, text_follows=submission is not None)
    return Filing(reader.make_header(submission), reader.account, hashed.finish())


class _Hashed:
    """A stream whose bytes are counted and hashed as they are read."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._hash = hashlib.sha256()

    def read(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._hash.update(data)
        return data

    def finish(self) -> str:
        """Return the hash of the whole file."""
        while self.read(CHUNK):
            pass
        return self._hash.hexdigest()


class _Prefixed:
    """A stream whose first bytes were read before."""

    def __init__(self, start: bytes, stream: _Hashed) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int) -> bytes:
        start, self._start = self._start, b""
        return start or self._stream.read(size)


class _Reader:
    """The handlers that expat calls; they collect the header and pass positions to the account."""

    def __init__(self, where: str) -> None:
        self.account = Account()
        self._where = where
        self._header: dict[str, str] = {}
        self._row: dict[str, str] | None = None
        self._row_depth = 0
        self._parent = ""
        self._child = ""
        self._wanted: str | None = None
        self._text: list[str] = []
        self._net_assets: float | None = None

    def start(self, tag: str, attributes: dict[str, str], depth: int) -> None:
        row = self._row
        if row is None:
            if depth == 1 and tag != _ROOT:
                raise UnrecognisedFileError("not an N-PORT filing in XML", where=self._where)
            if tag == _ROW and self._parent == _ROWS:
                self._row, self._row_depth = {}, depth
                if self._net_assets is None:
                    self._net_assets = self._read_amount("netAssets")
            elif tag in _HEADER and _HEADER[tag] not in self._header:
                self._wanted = _HEADER[tag]
                self._text.clear()
            if tag == _ROWS:
                self._parent = tag
            return
        level = depth - self._row_depth
        name = tag[_TAG_START:]
        if level == 1:
            self._child = name
            if name in _TEXTS:
                self._wanted = name
                self._text.clear()
            elif name == _DERIVATIVE:
                row[name] = "Y"
            elif attributes:
                self._read_attributes(row, name, attributes)
        elif level == _LEVEL_OF_TERMS and self._child == _DERIVATIVE:
            if name in TERMS:
                self._wanted = _TERM + name
                self._text.clear()
            elif name in LEGS:
                row[_TERM + name] = ""
        elif level == 2 and self._child == "identifiers":
            self._read_identifier(row, name, attributes)

    def end(self, tag: str, depth: int) -> None:
        if self._wanted is not None:
            target = self._header if self._row is None else self._row
            target[self._wanted] = "".join(self._text)
            self._wanted = None
        if depth == self._row_depth and self._row is not None:
            self.account.add(_make_position(self._row), self._net_assets)
            self._row = None
            self._row_depth = 0
        if tag == _ROWS:
            self._parent = ""

    def add_text(self, text: str) -> None:
        if self._wanted is not None:
            self._text.append(text)
            if len(self._text) * len(text) > _LONGEST_TEXT and sum(map(len, self._text)) > (
                _LONGEST_TEXT
            ):
                raise OversizedFileError(
                    f"a text of more than {_LONGEST_TEXT:,} characters in {self._wanted}",
                    where=self._where,
                )

    def _read_attributes(self, row: dict[str, str], name: str, attributes: dict[str, str]) -> None:
        """Read values from attributes if they are not the form's codes."""
        if name == "currencyConditional":
            row["curCd"] = attributes.get("curCd", "")
            row[_RATE] = attributes.get(_RATE, "")
        elif name == "assetConditional":
            row["assetConditional"] = attributes.get("desc", "") or attributes.get("assetCat", "")
        elif name == "issuerConditional":
            row["issuerCat"] = attributes.get("issuerCat", "")

    def _read_identifier(self, row: dict[str, str], name: str, attributes: dict[str, str]) -> None:
        value = clean(attributes.get("value"))
        if value is None:
            return
        if name == "ticker":
            row.setdefault(name, value)
            return
        kind = name_kind(attributes.get("otherDesc", "")) if name == "other" else name
        if kind in IDENTIFIERS:
            row[kind] = prefer(kind, row.get(kind), value) or value

    def make_header(self, submission: Submission | None) -> FilingHeader:
        """Return the header of the filing. Raise UnrecognisedFileError if a part is missing."""
        values = self._header
        form = values.get("submissionType", "").strip().upper()
        if form not in FORMS:
            raise UnrecognisedFileError(
                f"a submission of the type {form[:20]!r}, not {FORMS[0]}",
                where=self._where,
                remedy="load a filing of that form",
            )
        cik = values.get("regCik") or values.get("cik") or ""
        if not _CIK.fullmatch(cik.strip()):
            raise UnrecognisedFileError(
                f"{cik[:20]!r} is not a registrant's number (CIK)", where=self._where, remedy=AGAIN
            )
        series = clean(values.get("seriesId"))
        tickers = submission.tickers if submission else ()
        return FilingHeader(
            form=form,
            cik=int(cik),
            registrant=values.get("regName", "").strip(),
            series_id=series,
            series_name=clean(values.get("seriesName")),
            as_of=self._read_day(),
            accession=submission.accession if submission else None,
            filed_on=submission.filed_on if submission else None,
            net_assets=self._read_amount("netAssets"),
            total_assets=self._read_amount("totAssets"),
            cash=self._read_amount("cshNotRptdInCorD"),
            is_last=values.get("isFinalFiling", "").strip() == "Y",
            tickers=tuple(ticker for of, ticker in tickers if series in (of, None)),
        )

    def _read_day(self) -> dt.date:
        text = self._header.get("repPdDate", "").strip()
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise UnrecognisedFileError(
                f"its date (repPdDate) {text[:20]!r} is not a date", where=self._where, remedy=AGAIN
            ) from error

    def _read_amount(self, name: str) -> float | None:
        text = self._header.get(name, "").strip()
        try:
            return read_figure(text)
        except ValueError as error:
            raise UnrecognisedFileError(
                f"its {name} {text[:20]!r} is not a number", where=self._where, remedy=AGAIN
            ) from error


def _read_terms(row: dict[str, str]) -> Amount | None:
    terms = {name.removeprefix(_TERM): text for name, text in row.items() if name.startswith(_TERM)}
    contracts = row.get("balance") if clean(row.get("units")) == CONTRACTS else None
    return read_amount(terms, clean(row.get("curCd")), row.get(_RATE), contracts)


def _make_position(row: dict[str, str]) -> Position:
    get = row.get
    category = clean(get("assetCat"))
    described = clean(get("assetConditional"))
    return Position(
        name=clean(get("name")),
        title=clean(get("title")),
        cusip=clean(get("cusip")),
        isin=clean(get("isin")),
        ticker=clean(get("ticker")),
        sedol=clean(get("SEDOL")),
        figi=clean(get("FIGI")),
        balance=clean(get("balance")),
        units=clean(get("units")),
        currency=clean(get("curCd")),
        value=clean(get("valUSD")),
        percent=clean(get("pctVal")),
        payoff=clean(get("payoffProfile")),
        category=category or described,
        is_coded=category is not None,
        issuer_category=clean(get("issuerCat")),
        country=clean(get("invCountry")),
        is_derivative=_DERIVATIVE in row,
        amount=_read_terms(row) if _DERIVATIVE in row else None,
    )
