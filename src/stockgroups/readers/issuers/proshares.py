"""The contracts and the balance in ProShares' files, which have neither weights nor classes.

Weights are market values over their sum, which is the fund's net assets because of the row `NET
OTHER ASSETS (LIABILITIES)`. Swaps and futures have their exposure and no market value.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from collections.abc import Callable

    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.format import FileColumns


def read_funds(_: Document, read: Callable[[], FileColumns]) -> FileColumns:
    """Read a file, with rows that have an exposure and no market value as derivatives."""
    printed = read()
    columns = dict(printed.columns)
    values = columns[Field.MARKET_VALUE]
    pairs = zip(columns.get(Field.NOTIONAL) or [""] * len(values), values, strict=True)
    columns[Field.ASSET_CLASS] = [
        "Swap or future" if exposure not in NULLS and value in NULLS else ""
        for exposure, value in pairs
    ]
    return replace(printed, columns=columns, balance="NET OTHER ASSETS")
