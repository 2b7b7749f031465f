"""The overlap of all pairs of many funds, beside dictionaries in plain Python."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.data import SEED
from benchmarks.measure import Case, Row, alternate, at_most, peak_memory
from stockgroups.analytics.members import GroupMembers
from stockgroups.analytics.portfolios import overlap_matrix
from stockgroups.queries.origins import Origin

FUNDS = 2_400
STOCKS = 8_000
SIZE = 500
FEW = 48  # that plain Python compares; it takes so much longer


def measure() -> Iterator[Row]:
    """Yield the rows about a matrix of funds that are read already."""
    funds = list(_make_funds())
    with peak_memory() as memory:
        times = alternate([Case("all", lambda: overlap_matrix.make_matrix(funds))], 3)
    plain = alternate([Case("few", lambda: overlap_matrix.make_matrix(funds[:FEW]))], 3)
    seconds, few = times.median("all"), plain.median("few")
    ratio = few / (FEW * (FEW + 1)) / (seconds / (FUNDS * (FUNDS + 1)))
    yield Row(
        f"overlap of all pairs of {FUNDS:,} funds, {STOCKS:,} stocks",
        seconds,
        "s",
        at_most(5.0),
        f"dictionaries take {ratio:.0f} × as long for each pair",
    )
    yield Row("memory of it", memory.grown_by, "MB", at_most(1_000.0), "beyond the funds")


def _make_funds() -> Iterator[GroupMembers]:
    random_ = random.Random(SEED)
    symbols = [f"S{number}" for number in range(STOCKS)]
    for number in range(FUNDS):
        weights = [random_.random() / SIZE for _ in range(SIZE)]
        yield GroupMembers(f"F{number}", Origin(), random_.sample(symbols, SIZE), weights)
