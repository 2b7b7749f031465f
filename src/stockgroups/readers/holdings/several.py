"""Split files of several funds: some issuers publish all their funds in one table."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.readers.format import Field, FileColumns
from stockgroups.readers.values.numbers import NULLS

if TYPE_CHECKING:
    from stockgroups.readers.format import Malformed


def split_funds(printed: FileColumns) -> dict[str, FileColumns]:
    """Return the columns of each fund, by its ticker in the order of the file.

    A row that names no fund, or does not fit the table, belongs to the fund above it, so that no
    row is missing from the account.
    """
    funds: dict[str, list[int]] = {}
    owners: list[str] = []
    fund = next((cell for cell in printed.columns[Field.FUND] if cell not in NULLS), "")
    for position, cell in enumerate(printed.columns[Field.FUND]):
        fund = fund if cell in NULLS else cell
        funds.setdefault(fund, []).append(position)
        owners.append(fund)
    malformed: dict[str, list[Malformed]] = {}
    for row in printed.malformed:
        above = max(bisect_right(printed.lines, row.line) - 1, 0)
        malformed.setdefault(owners[above], []).append(row)
    return {
        fund: replace(
            printed,
            lines=[printed.lines[at] for at in positions],
            columns={
                field: [cells[at] for at in positions] for field, cells in printed.columns.items()
            },
            malformed=tuple(malformed.get(fund, ())),
            verdicts={
                at: printed.verdicts[position]
                for at, position in enumerate(positions)
                if position in printed.verdicts
            },
        )
        for fund, positions in funds.items()
    }
