"""The XLSX that State Street offers for a UCITS fund on its European sites: known, and refused.

It identifies stocks by ISIN and SEDOL alone, from which no symbol follows without a directory. Its
funds are namesakes of US ones, and are found saved under their tickers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from stockgroups.errors import UnsupportedFileError
from stockgroups.sources.format import Format
from stockgroups.sources.tables import by_header, read_preamble
from stockgroups.sources.texts import escape_text

if TYPE_CHECKING:
    from stockgroups.sources.document import Document
    from stockgroups.sources.tables import Header

_REQUIRED = ("ISIN", "Security Name", "Percent of Fund")


def _refuse(document: Document, header: Header) -> NoReturn:
    preamble = read_preamble(document, header)
    name, ticker = preamble.get("Fund Name:"), preamble.get("Ticker Symbol:")
    fund = f"{name or 'a State Street UCITS fund'}{f' ({ticker})' if ticker else ''}"
    raise UnsupportedFileError(
        f"holdings of {escape_text(fund, 200)}: ISINs and SEDOLs only, no tickers",
        where=document.file_name,
        remedy="download the US fund's daily holdings from State Street's US site",
    )


FORMAT = Format("ssga_ucits", 1, "State Street", by_header(_REQUIRED, _refuse))
