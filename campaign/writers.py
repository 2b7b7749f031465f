"""Several writers of this program and of others at once: nobody fails, nothing is lost.

Of this program two load the same funds, and a third builds and reconciles. Two others write rows
as older programs do. Afterwards every snapshot that was loaded is recorded, every row that another
program has committed is a member or stands in the record, each version has its load, and no
difference is left that nobody knows of.
"""

from __future__ import annotations

import itertools
import logging
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from campaign.attack import Attack, Fault, Step, Tally
from campaign.server import ENVIRONMENT, Server, open_server
from older_program import OlderProgram
from samples import later, make_fund, make_snapshot
from stockgroups.catalog import load_catalog
from stockgroups.checks import validate
from stockgroups.db.connection import Connection, Target, connect
from stockgroups.findings import Severity
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.reconcile import find_changes, reconcile
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.store import Store
from tables import read_one

FUNDS = tuple(f"ZZ{chr(65 + n)}" for n in range(6))
SYMBOLS = tuple(f"S{chr(65 + n)}" for n in range(26))
ROUNDS = 5
"""Loads of each writer in one step."""

LOST_ROWS = """
    SELECT count(*) FROM unnest(%s::bigint[], %s::text[]) AS w (group_id, symbol)
    WHERE NOT EXISTS (SELECT FROM public.group_memberships m
                      WHERE m.group_id = w.group_id AND m.symbol = w.symbol)
      AND NOT EXISTS (SELECT FROM stockgroups.snapshots s
                      JOIN stockgroups.refs r ON r.id = ANY (s.ref_ids)
                      WHERE s.group_id = w.group_id AND s.source = 'external'
                        AND r.symbol = w.symbol)
"""
LOST_SNAPSHOTS = """
    SELECT count(*) FROM unnest(%s::text[]) AS w (sha256)
    WHERE NOT EXISTS (SELECT FROM stockgroups.snapshots s WHERE s.sha256 = decode(w.sha256, 'hex'))
"""
MISSING_LOADS = """
    SELECT e.version - (SELECT count(*) FROM stockgroups.loads l
                        WHERE l.environment = e.environment)
    FROM stockgroups.env_state e WHERE e.environment = %s
"""


class Writer(threading.Thread):
    """A writer of this program, with a connection of its own."""

    def __init__(self, target: Target, act: Callable[[Store, int], list[DesiredGroup]]) -> None:
        """Prepare it: `act` does the work of one round, and returns what it has loaded."""
        super().__init__()
        self._target = target
        self._act = act
        self.loaded: list[str] = []
        self.transactions = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with connect(self._target) as connection:
                store = Store(connection, ENVIRONMENT, catalog=load_catalog())
                for number in range(ROUNDS):
                    for group in self._act(store, number):
                        self.loaded += [one.sha256 for one in group.snapshots or ()]
                    self.transactions += 1
        except BaseException as error:
            self.error = error


def wish(dice: random.Random, number: int) -> list[DesiredGroup]:
    """Return what one load wants of all funds."""
    return [
        make_fund(
            fund,
            make_snapshot(
                {symbol: round(dice.random(), 9) for symbol in dice.sample(SYMBOLS, 15)},
                later(number % 28),
                file_name=f"{fund} {dice.random()}",
            ),
        )
        for fund in FUNDS
    ]


def load(dice: random.Random) -> Callable[[Store, int], list[DesiredGroup]]:
    """Return what loads all funds."""

    def act(store: Store, number: int) -> list[DesiredGroup]:
        groups = wish(dice, number)
        plan = apply(store, groups)
        refused = [str(group.error) for group in plan.groups if group.error]
        if refused:
            raise RuntimeError(f"refused: {refused[0]}")
        return groups

    return act


def tend(dice: random.Random) -> Callable[[Store, int], list[DesiredGroup]]:
    """Return what builds the metadata, or records what others have written."""

    def act(store: Store, _: int) -> list[DesiredGroup]:
        dice.choice((build_metadata, reconcile))(store)
        return []

    return act


def _name_rows() -> Iterator[str]:
    """Yield symbols, none of them twice."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return ("X" + "".join(word) for word in itertools.product(letters, repeat=4))


class Scene:
    """A server with a database in which the funds are loaded."""

    def __init__(self, server: Server) -> None:
        self._server = server
        target = server.upgraded()
        with connect(target) as connection:
            apply(Store(connection, ENVIRONMENT), wish(random.Random(0), 0))
            self._missing = read_one(connection, MISSING_LOADS, ENVIRONMENT)
        self._template = target.database

    def step(self, dice: random.Random, tally: Tally) -> None:
        """Let all of them write at once."""
        rows = _name_rows()
        with self._server.cloned(self._template) as target:
            theirs = [OlderProgram(target.url, dice.randrange(2**32), rows) for _ in range(2)]
            ours = [
                Writer(target, make(random.Random(dice.random()))) for make in (load, load, tend)
            ]
            for thread in (*theirs, *ours):
                thread.start()
            for writer in ours:
                writer.join()
            for other in theirs:
                other.enough.set()
            for other in theirs:
                other.join()
                tally.add("of other programs", other.transactions)
                if other.error is not None:
                    tally.violate(Fault.LOST, f"another program was ended: {other.error!r}")
            for writer in ours:
                tally.add("of this program", writer.transactions)
                if writer.error is not None:
                    tally.violate(Fault.UNTYPED, f"a writer failed: {writer.error!r}")
            with connect(target) as connection:
                rows_of_others = [row for other in theirs for row in other.inserted]
                loaded = [one for writer in ours for one in writer.loaded]
                check(connection, rows_of_others, loaded, self._missing, tally)


def check(
    connection: Connection,
    inserted: list[tuple[int, str]],
    loaded: list[str],
    missing: int,
    tally: Tally,
) -> None:
    """Look for what is lost.

    Args:
        connection: to the database in which all have written.
        inserted: the groups and symbols of the rows that other programs have committed.
        loaded: the hashes of the snapshots that were loaded.
        missing: how many versions had no load before.
        tally: is told.
    """
    for what, statement, values in (
        ("rows of other programs", LOST_ROWS, tuple(map(list, zip(*inserted, strict=True)))),
        ("loaded snapshots", LOST_SNAPSHOTS, (loaded,)),
    ):
        if lost := read_one(connection, statement, *values):
            tally.violate(Fault.LOST, f"{lost} {what} are nowhere")
    if read_one(connection, MISSING_LOADS, ENVIRONMENT) != missing:
        tally.violate(Fault.LOST, "versions without a load, or loads without a version")
    store = Store(connection, ENVIRONMENT, catalog=load_catalog())
    reconcile(store)
    build_metadata(store)
    if changes := find_changes(store):
        tally.violate(Fault.TORN, f"differences after a reconciliation: {changes[0]}")
    errors = [
        finding.message
        for section in validate(store).sections
        if section.name == "relationships"
        for finding in section.findings
        if finding.severity is Severity.ERROR
    ]
    if errors:
        tally.violate(Fault.TORN, f"validation: {errors[0]}")


@contextmanager
def prepare() -> Iterator[Step]:
    """Yield what lets all write at once, on a server of its own."""
    logging.disable(logging.WARNING)  # that a writer waits for another is what is wanted here
    with open_server() as server:
        yield Scene(server).step


ATTACK = Attack("writers", "transactions", 5_000, 600, prepare)
