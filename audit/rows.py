"""Files read as plainly as can be, by code that the program does not use."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_THOUSANDS = str.maketrans("", "", ",’'$% ")


class Row(NamedTuple):
    """One row of a table: its line, and its cells by label."""

    line: int
    cells: dict[str, str]


def read_table(path: Path, *labels: str) -> Iterator[Row]:
    """Yield the rows of a CSV below the header that has these labels.

    The table ends with the first row that is much shorter than its header. Without labels the
    first line is the header.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        header: list[str] | None = None
        reader = csv.reader(file)
        for cells in reader:
            texts = [cell.strip() for cell in cells]
            if header is None:
                if set(labels) <= set(texts) and any(texts):
                    header = texts
                continue
            if sum(map(bool, texts)) <= len(header) // 3:
                return
            yield Row(reader.line_num, dict(zip(header, texts, strict=False)))


def read_json(path: Path) -> Any:
    """Return the content of a JSON file."""
    return json.loads(path.read_text("utf-8-sig"))


def number(text: str | float | None) -> float | None:
    """Return a printed number, None where there is none."""
    if text is None or isinstance(text, int | float):
        return text
    try:
        return float(text.translate(_THOUSANDS))
    except ValueError:
        return None


def decimals(text: str) -> int:
    """Return how many decimals a printed number has."""
    digits = text.strip().rstrip("%").strip()
    return len(digits.partition(".")[2]) if "e" not in digits.lower() else 12
