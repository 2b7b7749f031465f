"""Loading: against the cheapest way there is to write the same rows, and against the plainest."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from benchmarks.data import age_by, make_desired, members_of, without_files
from benchmarks.measure import Case, Row, alternate, at_least, at_most
from benchmarks.scratch import Scratch, clear
from benchmarks.state import load, load_unchanged
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements
from stockgroups.record.desired import DesiredGroup

ROUNDS = 9
ROUNDS_BY_ROW = 5

Desired = Sequence[DesiredGroup]
Members = Sequence[Sequence[tuple[str, float | None]]]

_COPY = b"COPY public.group_memberships (group_id, symbol, weight) FROM STDIN"
_INSERT = b"""
INSERT INTO public.group_memberships (group_id, symbol, weight) VALUES (%s, %s, %s)
ON CONFLICT DO NOTHING
"""
_MAKE_GROUPS = b"""
INSERT INTO public.definition_groups (id, name, type, environment)
SELECT n, 'FUND' || n, 'ETF', 'TEST' FROM generate_series(1, %s) n
"""
_UPSERT_GROUP = b"""
INSERT INTO public.definition_groups (name, type, environment, metadata)
VALUES (%s, 'ETF', 'TEST', '{}')
ON CONFLICT (name, type, environment) DO UPDATE SET updated_at = now()
RETURNING id
"""


def measure(scratch: Scratch) -> Iterator[Row]:
    """Yield the rows about loading: the first time, again, and a day later."""
    desired = make_desired()
    first = Case("first", lambda: load(scratch.ours, desired), lambda: clear(scratch.ours))
    copied = copy_case(scratch.raw, members_of(desired))
    yield from _measure_first(scratch, first, copied, members_of(desired))
    yield from _measure_again(scratch, first, desired)
    yield from _measure_later(scratch, copied, desired)


def _measure_first(scratch: Scratch, first: Case, copied: Case, members: Members) -> Iterator[Row]:
    times = alternate([first, copied], ROUNDS)
    yield Row(
        f"apply 24 ETFs ({sum(map(len, members)):,} memberships) into an empty database",
        times.ratio("first", "copy"),
        "× raw COPY",
        at_most(3.0),
        times.tell("first", "copy"),
    )
    by_row = Case("row", lambda: insert_by_row(scratch.raw, members), lambda: clear(scratch.raw))
    times = alternate([first, by_row], ROUNDS_BY_ROW, warm_up=False)
    yield Row(
        "apply 24 ETFs into an empty database",
        times.ratio("row", "first"),
        "× faster than row by row",
        at_least(8.0),
        times.tell("row", "first"),
    )


def _measure_again(scratch: Scratch, first: Case, desired: Desired) -> Iterator[Row]:
    again = Case("again", lambda: load_unchanged(scratch.ours, desired))
    skipped = Case("skipped", lambda: load_unchanged(scratch.ours, without_files(desired)))
    times = alternate([first, again, skipped], ROUNDS)
    for case, how, bar in (("again", "all compared", 10.0), ("skipped", "known by hash", 5.0)):
        yield Row(
            f"apply again, nothing changed: {how}",
            100 * times.ratio(case, "first"),
            "% of the first",
            at_most(bar),
            times.tell(case, "first"),
        )


def _measure_later(scratch: Scratch, copied: Case, desired: Desired) -> Iterator[Row]:
    clear(scratch.ours)
    load(scratch.ours, desired)
    days = (age_by(desired, day) for day in itertools.count(1))
    later = _next_day_case(scratch.ours, days)
    # Each reweights what the COPY just before it has written.
    reweighted = _reweight_case(scratch.raw, members_of(age_by(desired, 1)))
    times = alternate([later, copied, reweighted], ROUNDS)
    yield Row(
        "a day later: change every weight",
        times.ratio("reweight", "copy"),
        "× raw COPY",
        at_most(0.95),
        times.tell("reweight", "copy"),
    )
    yield Row(
        "a day later: the whole load, planned, guarded and recorded",
        times.ratio("later", "copy"),
        "× raw COPY",
        None,
        times.tell("later", "copy"),
    )


def copy_case(connection: Connection, members: Members) -> Case:
    """Return the raw COPY of the memberships into the same table, of groups that exist."""

    def prepare() -> None:
        clear(connection)
        connection.execute(_MAKE_GROUPS, (len(members),))

    return Case("copy", lambda: copy_members(connection, members), prepare)


def copy_members(connection: Connection, members: Members, first: int = 1) -> None:
    """Write all memberships by COPY in one transaction, row by row as the driver offers it."""
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for number, group in enumerate(members, first):
            for symbol, weight in group:
                copy.write_row((number, symbol, weight))


def insert_by_row(connection: Connection, members: Members) -> None:
    """Write as a plain program does: a transaction for each group, a statement for each row."""
    for number, group in enumerate(members, start=1):
        with connection.transaction():
            row = connection.execute(_UPSERT_GROUP, (f"FUND{number}",)).fetchone()
            assert row is not None
            for symbol, weight in group:
                connection.execute(_INSERT, (row[0], symbol, weight))


def _next_day_case(connection: Connection, days: Iterator[Desired]) -> Case:
    """Return the load of the files of another, later day each time that it runs."""
    waiting: list[Desired] = []
    return Case(
        "later",
        lambda: load(connection, waiting.pop()),
        lambda: waiting.append(next(days)),
    )


def _reweight_case(connection: Connection, members: Members) -> Case:
    """Return the program's own statement that gives every membership its new weight."""
    numbered = [(n, *row) for n, group in enumerate(members, start=1) for row in group]
    numbers, symbols, weights = (list(column) for column in zip(*numbered, strict=True))
    parameters = {
        "group_ids": numbers,
        "symbols": symbols,
        "weights": weights,
        "whole": sorted(set(numbers)),
    }
    statement = load_statements("store")["reweight_members"]
    return Case("reweight", lambda: connection.execute(statement, parameters))
