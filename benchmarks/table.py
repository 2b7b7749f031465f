"""The report: a line for each row as it is measured, and the verdict at the end."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.measure import Row

NOISE = 0.25
"""By how much a bar may be missed before the run fails: machines are shared."""

_WIDTHS = (58, 38, 10)


def header() -> str:
    """Return the line above the rows."""
    return _line("work", "measured", "bar", "", "made of")


def show(row: Row) -> str:
    """Return a row as a line."""
    figure = f"{row.measured:,.0f}" if row.measured >= 1_000 else f"{row.measured:.2f}"
    bar = "" if row.bar is None else f"{row.bar.sense.value} {row.bar.value:,.10g}"
    return _line(row.work, f"{figure} {row.unit}", bar, _verdict(row), row.detail)


def fails(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that miss their bar by more than noise explains."""
    return [row for row in rows if row.bar and row.bar.missed_by(row.measured) > NOISE]


def _verdict(row: Row) -> str:
    if row.bar is None:
        return "-"
    missed = row.bar.missed_by(row.measured)
    return f"over by {missed:.0%}" if missed else "ok"


def _line(work: str, measured: str, bar: str, verdict: str, detail: str) -> str:
    cells = (work.ljust(_WIDTHS[0]), measured.ljust(_WIDTHS[1]), bar.rjust(_WIDTHS[2]))
    return "  ".join((*cells, verdict.ljust(12), detail)).rstrip()
