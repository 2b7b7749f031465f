"""Writes any answer as compact JSON of bounded length, with as many rows as fit.

Columns are named once, and rows are arrays. Empty values are left out. A text from a file is data:
it is escaped, cut, and on one line. Nothing is sent twice, because an assistant that gets both text
and structured content from its client would pay for both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any

from stockgroups.text import escape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

DEFAULT_TOKENS = 2_000
FEWEST_TOKENS = 1_000
MOST_TOKENS = 25_000
HALVES = 2
"""Sizes are counted in half tokens: two for a digit, one for each byte of anything else.

Tokenizers differ, and some give each digit a token of its own. Three, measured on answers from real
files, need 57 to 77 % of what is counted; with a token for each digit up to 96 %.
"""
LONGEST_TEXTS = (300, 100, 40, 8)
"""Characters of one text; the shorter ones where the answer would not fit otherwise."""
LONGEST_NAME = 80
"""Characters of a cell, which mostly is a name."""
_PROSE = frozenset({"message", "remedy", "why"})
"""Columns whose cells are as long as other texts."""
MOST_ITEMS = 20
"""Items of a list, or keys of a mapping, in one cell."""
FOR_ROWS = 0.5
"""The part of the room that is reserved for the rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows, in order."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]

    @classmethod
    def choose(cls, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> Table:
        """Return these columns of the rows, without columns that are empty in every row."""
        items = list(rows)
        kept = [name for name in columns if any(_marks(row.get(name)) for row in items)]
        return cls(kept, [[row.get(name) for name in kept] for row in items])


EMPTY = Table((), ())


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question, before it is cut.

    Attributes:
        head: Single values, which come first.
        table: The requested rows.
        sources: The source of each group, or a text that states where they are.
        coverage: The part of the question that the answer covers.
        warnings: Reasons to trust the figures less.
        more: Small tables beside the rows.
    """

    head: Mapping[str, Any]
    table: Table
    sources: Table | str
    coverage: Mapping[str, Any]
    warnings: Sequence[str] = ()
    more: Mapping[str, Table] = field(default_factory=dict)


def write_answer(
    answer: Answer, *, limit: int | None = None, offset: int = 0, max_tokens: int = DEFAULT_TOKENS
) -> str:
    """Return an answer as JSON of at most `max_tokens` tokens.

    Args:
        limit: The most rows; None: as many as fit.
        offset: The number of rows to skip at the start.
        max_tokens: The most tokens.

    Returns:
        The values of `head`; `columns` and `rows`; the numbers of `total` and `shown` rows;
        `truncated`, and the start of the `next` rows; `coverage`, `sources` and `warnings`.

    """
    room = max_tokens * HALVES
    for longest in LONGEST_TEXTS:
        body = _frame(answer, offset, longest)
        if _size(body) <= room / 2:
            break
    room -= _size(body)
    is_cut = False
    asides = {
        name: table.rows
        for name, table in {**answer.more, "sources": answer.sources}.items()
        if isinstance(table, Table)
    }
    share = room * (1 - FOR_ROWS) / (len(asides) + 1)
    for name, rows in asides.items():
        kept, used = _fit(rows, share, _bound(body[name]["columns"], longest))
        room -= used
        body[name] = {"columns": body[name]["columns"], "rows": kept}
        if len(kept) < len(rows):
            body[name]["total"] = len(rows)
            is_cut = True
    warnings, used = _fit(answer.warnings, share, longest)
    room -= used
    if len(warnings) < len(answer.warnings):
        warnings.append(f"and {len(answer.warnings) - len(warnings)} more")
        is_cut = True
    body["warnings"] = warnings
    rest = answer.table.rows[offset:]
    bounds = _bound(answer.table.columns, longest)
    shown, _ = _fit(rest if limit is None else rest[:limit], room, bounds)
    body |= {"rows": shown, "shown": len(shown)}
    if len(shown) < len(rest):
        body["next"] = {"offset": offset + len(shown)} if shown else {"max_tokens": MOST_TOKENS}
        is_cut = True
    else:
        body.pop("next")
    body["truncated"] = is_cut
    return _dump({name: value for name, value in body.items() if value is not None})


def write_error(parts: Mapping[str, Any]) -> str:
    """Return the parts of an error as JSON, bounded like an answer."""
    error = {name: _clean(value, LONGEST_TEXTS[0]) for name, value in parts.items()}
    return _dump({"error": {name: value for name, value in error.items() if _holds(value)}})


def _frame(answer: Answer, offset: int, longest: int) -> dict[str, Any]:
    """Return the answer without its rows, with placeholders for values that are set later."""
    body: dict[str, Any] = {
        name: _clean(value, longest) for name, value in answer.head.items() if _holds(value)
    }
    body |= {"columns": _name(answer.table), "rows": []}
    body |= {"total": len(answer.table.rows), "offset": offset or None, "shown": 99_999_999}
    body |= {"truncated": False, "next": {"max_tokens": MOST_TOKENS}}
    body["coverage"] = {
        name: _clean(value, longest) for name, value in answer.coverage.items() if _holds(value)
    }
    for name, table in {**answer.more, "sources": answer.sources}.items():
        body[name] = (
            {"columns": _name(table), "rows": [], "total": 99_999_999}
            if isinstance(table, Table)
            else table
        )
    body["warnings"] = ["and 99999999 more"]
    return body


def _name(table: Table) -> list[str]:
    """Return the cleaned names of the columns. A column may have a group's name, so any text."""
    return [_clean(name, LONGEST_NAME) for name in table.columns]


def _bound(columns: Sequence[str], longest: int) -> list[int]:
    """Return the most characters of a cell, for each column."""
    return [longest if name in _PROSE else min(longest, LONGEST_NAME) for name in columns]


def _fit(items: Iterable[Any], room: float, longest: int | Sequence[int]) -> tuple[list[Any], int]:
    """Return the first items that fit, cleaned, and their size in half tokens.

    `longest` limits the texts: one number for items that are texts, one for each cell of rows.
    """
    kept, used = [], 0
    for item in items:
        if isinstance(longest, int):
            cleaned = _clean(item, longest)
        else:
            cleaned = [_clean(cell, most) for cell, most in zip(item, longest, strict=True)]
        size = _size(cleaned) + 1
        if used + size > room:
            break
        kept.append(cleaned)
        used += size
    return kept, used


def _clean(value: Any, longest: int) -> Any:
    r"""Return a value for JSON, in which texts from files are bounded and on one line.

    Weights have twelve significant digits in the record; values computed from them get as many.
    """
    if isinstance(value, str):
        text = escape(" ".join(value[: 2 * longest].split()))
        return text if len(text) <= longest else f"{text[: longest - 1]}…"
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return value
    if isinstance(value, float):
        return float(f"{value:.12g}") if isfinite(value) else None
    if isinstance(value, dict):
        items = list(value.items())
        cleaned = {
            _clean(str(key), longest): _clean(one, longest) for key, one in items[:MOST_ITEMS]
        }
        return (
            cleaned
            if len(items) <= MOST_ITEMS
            else cleaned | {"…": f"{len(items) - MOST_ITEMS} more"}
        )
    if isinstance(value, list | tuple):
        listed = [_clean(one, longest) for one in value[:MOST_ITEMS]]
        more = len(value) - MOST_ITEMS
        return [*listed, f"… {more} more"] if more > 0 else listed
    return _clean(str(value), longest)


def _holds(value: Any) -> bool:
    """Return whether a value has content: 0 and False have, an empty list has not."""
    return value is not None and value not in ("", [], {}, ())


def _marks(value: Any) -> bool:
    """Return whether a cell has content, like `_holds`; but False has none."""
    return value is not False and _holds(value)


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _size(value: Any) -> int:
    text = _dump(value)
    return len(text.encode()) + sum(map(text.count, "0123456789"))
