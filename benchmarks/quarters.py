"""The quarters of N-PORT that follow a made one, as the same funds would report them."""

from __future__ import annotations

import itertools
import random
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

SEED = 8
LEFT_OUT = 0.03
CHANGE = 0.1
RENAMED = 0.01
MOST_STOCKS = 100_000

DATES = (
    ("31-MAR-2026", "28-MAY-2026"),
    ("30-JUN-2026", "28-AUG-2026"),
    ("30-SEP-2026", "27-NOV-2026"),
    ("31-OCT-2026", "30-NOV-2026"),
)
"""The day of each quarter that can follow, and when it was filed. The last one is a month later,
because no filing may be of a day to come."""

_FIRST = ("31-DEC-2025", "27-FEB-2026")
_STOCK = re.compile(r"Holdings (\d+)", re.IGNORECASE)


def write_next(first: Path, number: int) -> Path:
    """Write the quarter that follows the first one by so many; return its path.

    Other rows are left out, every weight changes by up to a tenth, and one more hundredth of the
    stocks have a new name.
    """
    path = first.with_name(f"2026q{number + 1}_nport.zip")
    days = [*zip(_FIRST, DATES[number - 1], strict=True)]
    with (
        zipfile.ZipFile(first) as source,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target,
    ):
        for name in source.namelist():
            with source.open(name) as old, target.open(name, "w", force_zip64=True) as new:
                lines: Iterator[str] = (_renumber(line.decode(), number) for line in old)
                if name == "FUND_REPORTED_HOLDING.tsv":
                    lines = _change(number, lines)
                elif name == "SUBMISSION.tsv":
                    lines = (_redate(line, days) for line in lines)
                while block := "".join(itertools.islice(lines, 10_000)):
                    new.write(block.encode())
    return path


def _renumber(line: str, number: int) -> str:
    """Return a line with the number that the filing has in this quarter."""
    return line.replace("-26-0", f"-26-{number}", 1)


def _redate(line: str, days: Sequence[tuple[str, str]]) -> str:
    """Return a line of a filing with the days of this quarter in place of the first one's."""
    for old, new in days:
        line = line.replace(old, new)
    return line


def _change(number: int, lines: Iterator[str]) -> Iterator[str]:
    """Yield the header and the rows of this quarter."""
    random_ = random.Random(SEED + number)
    # Each keeps its new name in the quarters that follow.
    renamed = {n for n in range(MOST_STOCKS) if random.Random(n).random() < RENAMED * number}
    yield next(lines)
    for line in lines:
        if random_.random() < LEFT_OUT:
            continue
        cells = line.split("\t")
        factor = random_.uniform(1 - CHANGE, 1 + CHANGE)
        cells[10] = f"{float(cells[10]) * factor:.2f}"
        cells[12] = f"{float(cells[12]) * factor:.12f}"
        stock = _STOCK.search(cells[2])
        if stock and int(stock[1]) in renamed:
            cells[2] = f"New {cells[2]}"
            cells[4] = f"NEW {cells[4]}"
        yield "\t".join(cells)
