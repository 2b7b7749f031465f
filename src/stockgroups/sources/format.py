"""What a format is, and what it reads out of a file: columns of text, not yet judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.sources.document import Document


class Field(StrEnum):
    """What a column says of a position, whatever the issuer calls it.

    IDENTIFIER is a column that holds CUSIPs or ISINs. CURRENCY is that of the line's market. FUND
    and DATE say the same on every row: the fund's ticker and the as-of date. LISTING is for files
    without an exchange: Bloomberg's code of the market where something else on the row tells it,
    blank where nothing does.
    """

    TICKER = "ticker"
    NAME = "name"
    ASSET_CLASS = "asset class"
    SECTOR = "sector"
    INDUSTRY = "industry"
    WEIGHT = "weight"
    MARKET_VALUE = "market value"
    SHARES = "shares"
    IDENTIFIER = "identifier"
    CUSIP = "cusip"
    ISIN = "isin"
    SEDOL = "sedol"
    FIGI = "figi"
    EXCHANGE = "exchange"
    LISTING = "listing"
    COUNTRY = "country"
    CURRENCY = "currency"
    FUND = "fund"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that does not fit its table's columns; `cut` when it has too few of them."""

    line: int
    reason: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Printed:
    """A file as its issuer printed it: the columns run in parallel with `lines`.

    `as_of` is the date as it stands there; `-` for it is how an issuer says that there is no data.
    `percent` says that the weights are marked as percent. `typed` says that a person wrote the
    tickers: any spelling of a symbol counts, foreign ones are canonical, and the weights are the
    person's own. `stocks_have_sectors` says that the issuer prints a sector for every stock, so
    that a line without one is none.
    """

    lines: Sequence[int]
    columns: Mapping[Field, Sequence[str]]
    fund_ticker: str | None = None
    fund_name: str | None = None
    as_of: str | None = None
    percent: bool = False
    typed: bool = False
    stocks_have_sectors: bool = False
    malformed: tuple[Malformed, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file of one issuer.

    `recognise` decides from the content alone, and cheaply, from the document's head; it returns
    what reads the document, or None for one of another format. A reader may raise
    UnsupportedFileError, EmptyFileError and TruncatedFileError. `version` goes up with every change
    to what is made of the same file, so that files are read again.
    """

    name: str
    version: int
    issuer: str | None
    recognise: Callable[[Document], Callable[[], Printed] | None] = field(repr=False)
