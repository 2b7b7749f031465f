"""N-PORT, a fund's monthly report of its portfolio to the SEC, in XML: known, and not read yet.

It names the fund (the series) in words only, and most stocks by CUSIP and ISIN alone.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.format import Format

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document

_NAMESPACE = "http://www.sec.gov/edgar/nport"


def is_nport(start: str) -> bool:
    """Tell whether XML that starts so is an N-PORT filing."""
    return "edgarSubmission" in start and _NAMESPACE in start


def _recognise(document: Document) -> Callable[[], NoReturn] | None:
    is_filing = document.markup == "XML" and is_nport(document.start)
    return partial(_refuse, document) if is_filing else None


def _refuse(document: Document) -> NoReturn:
    raise UnsupportedFileError(
        "N-PORT is recognised and not read yet",
        where=document.file_name,
        remedy="load the holdings file that the fund's issuer offers",
    )


FORMAT = Format("nport", 1, None, _recognise)
