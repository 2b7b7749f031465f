"""Loads of growing size against a raw COPY of the same memberships."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.apply import copy_case
from benchmarks.data import make_many, members_of
from benchmarks.measure import Case, Row, alternate, at_most
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load
from stockgroups.db.connection import Connection
from stockgroups.store.desired import DesiredGroup

FUND_SIZE = 500
ROUNDS = {24: 9, 240: 3, 2_400: 1}  # by the number of funds


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield a row for each size, up to 1.2 million memberships."""
    for funds, rounds in ROUNDS.items():
        desired = make_many(funds, FUND_SIZE)
        cases = [_apply_case(scratch.ours, desired), copy_case(scratch.raw, members_of(desired))]
        times = alternate(cases, rounds, warm_up=rounds > 1)
        yield Row(
            f"apply {funds:,} funds ({funds * FUND_SIZE:,} memberships)",
            times.ratio("apply", "copy"),
            "× raw COPY",
            at_most(2.5),
            times.tell("apply", "copy"),
        )


def _apply_case(connection: Connection, desired: Sequence[DesiredGroup]) -> Case:
    return Case("apply", lambda: load(connection, desired), lambda: clear(connection))
