"""Somebody's own list of what is true: each line is asked of the program."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from audit.claims import NO, YES, Claim, Judged, Kind, Verdict, yes_no
from audit.rows import decimals, number
from stockgroups import Database, NotFoundError, UsageError

COLUMNS = ("kind", "group", "stock", "day", "expected")


def judge_list(db: Database, path: Path) -> Iterator[Judged]:
    """Yield each line with the program's answer.

    Raises:
        UsageError: The file has other columns, or a line is not understood.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        if not set(COLUMNS) <= set(reader.fieldnames or ()):
            raise UsageError(
                f"the columns are {', '.join(reader.fieldnames or ())}",
                where=path.name,
                remedy=f"name them {', '.join(COLUMNS)}, and `other` for events of identity",
            )
        for row in reader:
            try:
                yield _judge(db, row, f"{path.name} line {reader.line_num}")
            except (ValueError, KeyError) as error:
                raise UsageError(
                    f"line {reader.line_num} is not understood: {error}", where=path.name
                ) from error


def _judge(db: Database, row: dict[str, str], place: str) -> Judged:
    kind = Kind(row["kind"].strip())
    group, stock, expected = (row[name].strip() for name in ("group", "stock", "expected"))
    day = (
        dt.date.fromisoformat(row["day"]) if row["day"].strip() else dt.datetime.now(dt.UTC).date()
    )
    subject = stock
    match kind:
        case Kind.MEMBERSHIP | Kind.AS_OF:
            answer = yes_no(_weight(db, group, stock, day) is not None)
            agrees = answer == _yes_no(expected)
        case Kind.WEIGHT:
            found = _weight(db, group, stock, day)
            answer = repr(found or 0.0)
            agrees = found is not None and _is_near(found, expected)
        case Kind.SECTOR:
            answer = db.stock(stock).sector or "none"
            agrees = answer == expected
        case Kind.IDENTITY:
            other = row["other"].strip()
            subject = f"{stock} → {other}"
            before = db.resolve(stock, day - dt.timedelta(days=1))[0].security_id
            after = db.resolve(other, day)[0].security_id
            answer = yes_no(before is not None and before == after)
            agrees = answer == _yes_no(expected)
    claim = Claim(kind, group, subject, day, answer, "own list")
    return Judged(claim, (Verdict("own list", agrees, f"{expected} ({place})"),))


def _weight(db: Database, group: str, stock: str, day: dt.date) -> float | None:
    """Return the weight of a stock in a fund or universe on a day, 0 for none, None: no member."""
    try:
        places = db.stock(stock, day).places
    except NotFoundError:
        return None
    return next((place.weight or 0.0 for place in places if place.group == group), None)


def _yes_no(text: str) -> str:
    if text.lower() not in (YES, NO):
        raise ValueError(f"{text!r} is neither yes nor no")
    return text.lower()


def _is_near(weight: float, expected: str) -> bool:
    """Tell whether a weight is one that is printed so: 0.0783, or 7.83%."""
    scale = 100 if expected.endswith("%") else 1
    value = number(expected)
    if value is None:
        raise ValueError(f"{expected!r} is no weight")
    half = 0.5 * 10.0 ** -decimals(expected)
    return abs(weight * scale - value) <= half + 1e-9
