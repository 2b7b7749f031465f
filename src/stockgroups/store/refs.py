"""The numbers of refs: those that the record holds, and those that it is about to get."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from stockgroups.db.connection import Connection
    from stockgroups.model import Ref
    from stockgroups.store.statements import Statement

_SQL = load_statements("store")


class RefNumbers:
    """The numbers of the refs of some statements.

    A ref that the environment's record lacks has a negative number until it is recorded. Funds of
    one issuer print a stock alike: each distinct ref has one place, and a statement is a list of
    places.
    """

    def __init__(
        self, connection: Connection, environment: str, statements: Iterable[Statement]
    ) -> None:
        """Look the refs of all new statements up, in one query."""
        self._connection = connection
        self._environment = environment
        places: dict[Ref, int] = {}
        self._places = {
            id(statement): [places.setdefault(ref, len(places)) for ref in statement.snapshot.refs]
            for statement in statements
            if statement.is_new
        }
        self._refs = list(places)
        self._prints = [ref.fingerprint for ref in self._refs]
        self._numbers = self._find()
        self.missing = {
            number: self._refs[place] for place, number in enumerate(self._numbers) if number < 0
        }

    def of(self, statement: Statement) -> list[int]:
        """Return the numbers of a new statement's refs, in their order."""
        return list(map(self._numbers.__getitem__, self._places[id(statement)]))

    def record(self, statements: Sequence[Statement]) -> dict[int, int]:
        """Record those refs of the statements that are missing; return (negative) to true number.

        In the transaction that records the statements.
        """
        said = dict.fromkeys(chain.from_iterable(self._places[id(s)] for s in statements))
        missing = [place for place in said if self._numbers[place] < 0]
        if not missing:
            return {}
        numbered = dict(enumerate(missing, self._reserve(len(missing))))
        with self._connection.cursor() as cursor, cursor.copy(_SQL["copy_refs"]) as copy:
            for number, place in numbered.items():
                copy.write_row(
                    (number, self._environment, self._prints[place].hex(), *self._refs[place])
                )
        recorded = {self._numbers[place]: number for number, place in numbered.items()}
        for number, place in numbered.items():
            self._numbers[place] = number
        return recorded

    def forget(self, recorded: dict[int, int]) -> None:
        """Take numbers back whose rows were rolled back; `recorded` is what `record` returned."""
        back = {number: negative for negative, number in recorded.items()}
        self._numbers = [back.get(number, number) for number in self._numbers]

    def _find(self) -> list[int]:
        """Return the number of each distinct ref: that of the record, or a negative one."""
        numbers = list(range(-1, -len(self._refs) - 1, -1))
        if numbers:
            literal = "{" + ",".join(print_.hex() for print_ in self._prints) + "}"
            for place, number in self._connection.execute(
                _SQL["find_refs"],
                {"environment": self._environment, "fingerprints": literal},
                binary=True,
            ):
                numbers[place - 1] = number
        return numbers

    def _reserve(self, count: int) -> int:
        """Return the first of `count` consecutive numbers that nobody else will get."""
        row = self._connection.execute(_SQL["reserve_ref_ids"], {"count": count}).fetchone()
        assert row is not None  # noqa: S101 - a SELECT of one row
        last: int = row[0]
        return last - count + 1
