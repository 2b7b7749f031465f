"""The type of a format, and what it reads out of a file: columns of text, not yet judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from stockgroups.model import Category
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.holdings.verdicts import Verdict
    from stockgroups.suspicions import Suspicion


class Field(StrEnum):
    """The meaning of a column, whatever the issuer calls it.

    TYPE is a finer asset class beside ASSET_CLASS; a reader merges the two. IDENTIFIER is a column
    that holds CUSIPs or ISINs. CURRENCY is that of the line's market. FUND, FUND_NAME, FUND_ID and
    DATE are equal on every row: the fund's ticker, full name, CUSIP or ISIN, and the as-of date.
    LISTING is for files without an exchange: the market's MIC or Bloomberg code, if something else
    on the row determines it, else blank. NOTIONAL is a derivative's exposure, in the unit of the
    market values. MATURITY is the day on which a bond is repaid; stocks have none. START and END
    are for lists of an index: the stock's first day in it, and the first day without it.
    """

    TICKER = "ticker"
    NAME = "name"
    ASSET_CLASS = "asset class"
    TYPE = "type"
    SECTOR = "sector"
    INDUSTRY = "industry"
    WEIGHT = "weight"
    MARKET_VALUE = "market value"
    NOTIONAL = "notional"
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
    FUND_NAME = "fund name"
    FUND_ID = "fund id"
    DATE = "date"
    MATURITY = "maturity"
    START = "start"
    END = "end"


NEVER_SEEN = "described only"
"""Stands for the date of the newest real file, if no real file has tested the format."""

NUMBERS = (Field.WEIGHT, Field.MARKET_VALUE, Field.NOTIONAL, Field.SHARES)
IDENTIFIERS = (Field.IDENTIFIER, Field.CUSIP, Field.ISIN, Field.SEDOL, Field.FIGI)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that does not fit its table's columns; `cut` if it has too few of them."""

    line: int
    reason: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The columns of a file's table, as text, parallel to `lines`, and the values beside it.

    The readers of containers (`read_table`, `read_list`, `read_positions`) make it; the format adds
    what is known of its issuer. If the columns FUND and DATE exist, they give fund and date.

    Attributes:
        lines: The line of each row in the file.
        columns: The cells of each column that is understood.
        fund_ticker: The fund's ticker in the content, outside the table.
        fund_name: The fund's name in the content.
        fund_id: The fund's CUSIP or ISIN in the content.
        as_of: The date outside the table; an issuer prints `-` if there is no data.
        month_first: The issuer writes the month first (`07/02/2026`), see `parse_date`.
        percent: The weights are marked as percent.
        typed: A person wrote the tickers: any spelling is read, foreign ones are canonical, and the
            weights are the person's own.
        stocks_have_sectors: The issuer gives every stock a sector, so a line without one is none.
        listed_by_fund: Nothing in the file says where its lines are listed. They are US listings if
            the catalogue knows the fund as one of US stocks; otherwise the file is refused.
        asset_classes: The meanings of asset classes that only this layout has; None for stocks.
        several_funds: The file may hold several funds; FUND separates them.
        omits_cash: The layout has no rows for cash: the weights of a whole file sum to less than 1.
        balance: The start of the name of the row that makes each fund's values add up to its net
            assets; blank if the layout has no such row.
        malformed: Rows that do not fit the columns.
        verdicts: By position, the kinds of rows that only the format can determine.
        unknown_columns: Labels of columns that are not understood.
        notes: Notes for the receipt.
        suspicions: Signs that the file is cut.
        numbers: The columns of numbers once they are read; WEIGHT holds fractions of the fund once
            they are weighed.
    """

    lines: Sequence[int]
    columns: Mapping[Field, Sequence[str]]
    fund_ticker: str | None = None
    fund_name: str | None = None
    fund_id: str | None = None
    as_of: str | None = None
    month_first: bool = False
    percent: bool = False
    typed: bool = False
    stocks_have_sectors: bool = False
    listed_by_fund: bool = False
    asset_classes: Mapping[str, Category | None] = field(default_factory=dict)
    several_funds: bool = False
    omits_cash: bool = False
    balance: str = ""
    malformed: tuple[Malformed, ...] = ()
    verdicts: Mapping[int, Verdict] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    numbers: Mapping[Field, Sequence[float | None]] = field(default_factory=dict)

    @property
    def isins(self) -> Sequence[str] | None:
        """The cells that may hold ISINs; None if the file has no such column."""
        return self.columns.get(Field.ISIN) or self.columns.get(Field.IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file of one issuer.

    `recognise` decides from the content alone, quickly, from the document's head; it returns the
    reader of the document, or None for a document of another format. A reader may raise
    UnsupportedFileError, EmptyFileError and TruncatedFileError. `version` goes up with every change
    to the result for the same file, so that files are read again. `is_fallback` formats are asked
    only about documents that no other format recognises.
    """

    name: str
    version: int
    issuer: str | None
    recognise: Callable[[Document], Callable[[], FileColumns] | None] = field(repr=False)
    is_fallback: bool = False
    labels: tuple[tuple[str, ...], ...] = ()
    """Labels of its headers, for a word on a table of unknown format that has most of them."""

    containers: str = "CSV, XLSX"
    fund_from: str = "file name"
    """A text on where the fund's name is; `date_from`, on where the as-of date is."""

    date_from: str = "file name"
    last_seen: str = NEVER_SEEN
    """The newest date of a real file that it was tried on."""

    origin: str = "built in"
    """The origin of the format: the program, a user's catalogue, or the package of a plugin."""

    several_funds: bool = False
    """Whether one file may hold several funds."""
