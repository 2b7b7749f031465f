"""The delimiter of a text file: a comma, or what a program wrote in place of it.

In countries with a decimal comma, spreadsheets save CSV with semicolons, and "Unicode text" with
tabs.
"""

from __future__ import annotations

import csv
import io
from collections import Counter

# Of two that fit equally well the first is taken: `AAPL;6,53` has as many commas as semicolons, and
# nothing but a decimal sign stands so often beside another delimiter.
_DELIMITERS = ("\t", ";", "|", ",")


def find_delimiter(start: str) -> str:
    """Return the delimiter of a whole text, from the start of the text.

    It is the one that makes the widest table: the most rows of one width, times the cells of each
    beyond the first. Of several such, it is one in the first line. If none makes a table, it is the
    comma.
    """
    if not any(delimiter in start for delimiter in _DELIMITERS[:-1]):
        return ","
    first = start.lstrip().partition("\n")[0]
    cells = {d: (_count_cells(start, d), d in first) for d in _DELIMITERS}
    widest = max(_DELIMITERS, key=cells.__getitem__)
    return widest if cells[widest][0] else ","


def _count_cells(start: str, delimiter: str) -> int:
    rows = csv.reader(io.StringIO(start, newline=""), delimiter=delimiter, skipinitialspace=True)
    widths = Counter(map(len, rows))
    return max((count * (width - 1) for width, count in widths.items()), default=0)
