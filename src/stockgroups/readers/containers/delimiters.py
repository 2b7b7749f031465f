"""What separates the cells of a text file: a comma, or what a program put in its place.

Spreadsheets in countries that write a decimal comma save CSV with semicolons, and "Unicode text"
with tabs.
"""

from __future__ import annotations

import csv
import io
from collections import Counter

# Of two that fit equally well the first is taken: `AAPL;6,53` has as many commas as semicolons, and
# nothing but a decimal sign stands so often beside another delimiter.
_DELIMITERS = ("\t", ";", "|", ",")


def find_delimiter(start: str) -> str:
    """Return the delimiter of a text that starts so, for the whole of it.

    It is the one that makes the widest table: the most rows of one width, times the cells that each
    has beyond the first; of several such, one that stands in the first line. Where none makes any,
    it is the comma.
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
