"""Amundi's files of funds that hold swaps, and its answers without a composition.

A fund that replicates its index with swaps lists its collateral, which is not its index. Such a
file is refused, by the replication method that it states.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stockgroups.errors import EmptyFileError, UnsupportedFileError
from stockgroups.readers.containers.json_text import flatten, follow, parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns

_METHOD = "Replication method"
_SWAPS = re.compile(r"swap|indirect|synthetic", re.IGNORECASE)


def read_workbook(document: Document, read: Callable[[], FileColumns]) -> FileColumns:
    """Read a workbook. Raise UnsupportedFileError if it lists the collateral of swaps."""
    for _, row in document.head:
        cells = [text for cell in row if (text := cell.strip())]
        if cells[:1] == [_METHOD]:
            _refuse_collateral(" ".join(cells[1:]), document)
    return read()


def read_response(document: Document, read: Callable[[], FileColumns]) -> FileColumns:
    """Read a response of the site.

    Raise UnsupportedFileError for several funds or the collateral of swaps, and EmptyFileError for
    a fund without its composition.
    """
    response = parse_json(document)
    products = response.get("products") if isinstance(response, dict) else None
    if isinstance(products, list) and len(products) > 1:
        if not any(follow(one, "composition.compositionData") for one in products):
            raise UnsupportedFileError(
                f"a list of {len(products)} funds without their compositions",
                where=document.file_name,
                remedy="request one fund with its compositionFields",
            )
        raise UnsupportedFileError(
            f"it holds {len(products)} funds",
            where=document.file_name,
            remedy="request one fund at a time",
        )
    if not follow(response, "products.0.composition.compositionData"):
        raise EmptyFileError(
            "the file has the fund without its composition",
            where=document.file_name,
            remedy="request it with compositionFields, or another day",
        )
    characteristics = flatten(follow(response, "products.0.characteristics"))
    if isinstance(characteristics, dict):
        _refuse_collateral(str(characteristics.get("FUND_REPLICATION_METHODOLOGY")), document)
    return read()


def _refuse_collateral(method: str, document: Document) -> None:
    """Raise UnsupportedFileError for a fund that holds swaps in place of its index."""
    if _SWAPS.search(method):
        raise UnsupportedFileError(
            f"the fund replicates its index by swaps ({method}): the file lists "
            "their collateral, not its holdings",
            where=document.file_name,
            remedy="load a file of a fund on that index that holds the stocks (Direct, Physical)",
        )
