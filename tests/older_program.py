"""Another program that writes the shared tables at the same time as ours."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from decimal import Decimal

import psycopg


class OlderProgram(threading.Thread):
    """Writes memberships as older programs do: row by row, several in a transaction.

    Attributes:
        enough: set it to end the program.
        transactions: how many it has committed.
        error: by which it was ended.
        inserted: the group's number and the symbol of each row that it has committed.
    """

    def __init__(self, url: str, seed: int, symbols: Iterator[str] | None = None) -> None:
        """`symbols` are the symbols to insert; None: random ones of 26."""
        super().__init__()
        self._url = url
        self._dice = random.Random(seed)
        self._symbols = symbols
        self.inserted: list[tuple[int, str]] = []
        self.enough = threading.Event()
        self.transactions = 0
        self.error: psycopg.Error | None = None

    def run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as theirs:
            numbers = [row[0] for row in theirs.execute("SELECT id FROM definition_groups")]
            while not self.enough.is_set():
                try:
                    self._write(theirs, sorted(self._dice.sample(numbers, 3)))
                except psycopg.Error as error:
                    self.error = error
                    return
                self.transactions += 1

    def _write(self, theirs: psycopg.Connection[tuple[object, ...]], numbers: list[int]) -> None:
        inserted = []
        with theirs.transaction():
            for number in numbers:
                symbol = f"S{chr(65 + self._dice.randrange(26))}"
                is_removed = self._dice.random() < 0.4
                if self._symbols is not None and not is_removed:
                    symbol = next(self._symbols)
                    inserted.append((number, symbol))
                if is_removed:
                    theirs.execute(
                        "DELETE FROM group_memberships WHERE group_id = %s AND symbol = %s",
                        (number, symbol),
                    )
                else:
                    theirs.execute(
                        "INSERT INTO group_memberships (group_id, symbol, weight)"
                        " VALUES (%s, %s, %s) ON CONFLICT (group_id, symbol) DO NOTHING",
                        (number, symbol, Decimal("0.0100")),
                    )
        self.inserted += inserted
