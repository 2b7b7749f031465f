"""What a format is, and what it reads out of a file: columns of text, not yet judged."""

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
    """What a column says of a position, whatever the issuer calls it.

    TYPE is a finer asset class beside ASSET_CLASS; a reader merges the two. IDENTIFIER is a column
    that holds CUSIPs or ISINs. CURRENCY is that of the line's market. FUND, FUND_NAME, FUND_ID and
    DATE say the same on every row: the fund's ticker, full name, CUSIP or ISIN, and the as-of date.
    LISTING is for files without an exchange: the market's MIC or Bloomberg's code of it, where
    something else on the row tells it, blank where nothing does. NOTIONAL is what a derivative
    stands for, in the unit of the market values. START and END are for lists of an index: the first
    day of the stock in it, and the first day without it.
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
    START = "start"
    END = "end"


NUMBERS = (Field.WEIGHT, Field.MARKET_VALUE, Field.NOTIONAL, Field.SHARES)
IDENTIFIERS = (Field.IDENTIFIER, Field.CUSIP, Field.ISIN, Field.SEDOL, Field.FIGI)


@dataclass(frozen=True, slots=True)
class Malformed:
    """A row that does not fit its table's columns; `cut` when it has too few of them."""

    line: int
    reason: str
    text: str
    cut: bool = False


@dataclass(frozen=True, slots=True)
class FileColumns:
    """The columns of a file's table, as text, in parallel with `lines`, and what is told beside it.

    What reads a container (`read_table`, `read_list`, `read_positions`) makes it; the format adds
    what its issuer is known for. Where the columns FUND and DATE stand, they say fund and date.

    Attributes:
        lines: The line of each row in the file.
        columns: The cells of each column that is understood.
        fund_ticker: The fund's ticker in the content, outside of the table.
        fund_name: The fund's name in the content.
        fund_id: The fund's CUSIP or ISIN in the content.
        as_of: The date outside of the table; with `-` an issuer says that there is no data.
        month_first: The issuer writes the month first (`07/02/2026`), see `parse_date`.
        percent: The weights are marked as percent.
        typed: A person wrote the tickers: any spelling is read, foreign ones are canonical, and
            the weights are the person's own.
        stocks_have_sectors: The issuer gives a sector for every stock: a line without one is none.
        listed_by_fund: Nothing in the file tells where its lines are listed. They are US listings
            if the catalogue knows the fund as one of US stocks; else the file is refused.
        asset_classes: What asset classes mean that are this layout's own, None for stocks.
        several_funds: The file may hold several funds: FUND tells them apart.
        omits_cash: The layout has no rows for cash: the weights of a whole file sum to less than 1.
        balance: The start of the name of the row that makes each fund's values add up to its net
            assets; blank where the layout has no such row.
        malformed: Rows that do not fit the columns.
        told: By position, what a row is by what the format alone knows of it.
        unknown_columns: Labels of columns that are not understood.
        notes: What the receipt tells of the reading.
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
    told: Mapping[int, Verdict] = field(default_factory=dict)
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    numbers: Mapping[Field, Sequence[float | None]] = field(default_factory=dict)

    @property
    def isins(self) -> Sequence[str] | None:
        """The cells that may hold ISINs, None where the file has no such column."""
        return self.columns.get(Field.ISIN) or self.columns.get(Field.IDENTIFIER)


@dataclass(frozen=True, slots=True)
class Format:
    """One kind of file of one issuer.

    `recognise` decides from the content alone, and cheaply, from the document's head; it returns
    what reads the document, or None for one of another format. A reader may raise
    UnsupportedFileError, EmptyFileError and TruncatedFileError. `version` goes up with every change
    to what is made of the same file, so that files are read again. `is_fallback` formats are asked
    only about documents that no other format recognises.
    """

    name: str
    version: int
    issuer: str | None
    recognise: Callable[[Document], Callable[[], FileColumns] | None] = field(repr=False)
    is_fallback: bool = False
    labels: tuple[tuple[str, ...], ...] = ()
    """Labels of its headers, for a word on a table of no known format that has most of them."""

    containers: str = "CSV, XLSX"
    fund_from: str = "file name"
    """What names the fund, in words; `date_from` what tells the as-of date."""

    date_from: str = "file name"
    last_seen: str = "described only"
    """The newest date of a real file that it was tried on."""

    origin: str = "built in"
    """Who has written it: the program, a user's catalogue, or the package of a plugin."""

    several_funds: bool = False
    """Whether one file may hold several funds."""
