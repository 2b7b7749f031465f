"""The numbers of refs: those that the record holds, and those that it is about to get."""

from __future__ import annotations

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

    A ref that the environment's record lacks has a negative number until it is recorded.
    """

    def __init__(
        self, connection: Connection, environment: str, statements: Iterable[Statement]
    ) -> None:
        """Look the refs of all new statements up, in one query."""
        self._connection = connection
        self._environment = environment
        self._prints = {
            id(statement): [ref.fingerprint for ref in statement.snapshot.refs]
            for statement in statements
            if statement.is_new
        }
        self._refs: dict[bytes, Ref] = {}
        for statement in statements:
            if statement.is_new:
                self._refs.update(
                    zip(self._prints[id(statement)], statement.snapshot.refs, strict=True)
                )
        self._numbers = self._find()
        self.missing = {
            number: self._refs[print_] for print_, number in self._numbers.items() if number < 0
        }

    def of(self, statement: Statement) -> list[int]:
        """Return the numbers of a new statement's refs, in their order."""
        numbers = self._numbers
        return [numbers[print_] for print_ in self._prints[id(statement)]]

    def record(self, statements: Sequence[Statement]) -> dict[int, int]:
        """Record those refs of the statements that are missing; return (negative) to true number.

        In the transaction that records the statements.
        """
        missing = {
            print_: self._numbers[print_]
            for statement in statements
            for print_ in self._prints[id(statement)]
            if self._numbers[print_] < 0
        }
        if not missing:
            return {}
        numbered = dict(enumerate(missing, self._reserve(len(missing))))
        with self._connection.cursor() as cursor, cursor.copy(_SQL["copy_refs"]) as copy:
            for number, print_ in numbered.items():
                copy.write_row((number, self._environment, print_.hex(), *self._refs[print_]))
        for number, print_ in numbered.items():
            self._numbers[print_] = number
        return {missing[print_]: number for number, print_ in numbered.items()}

    def forget(self, recorded: dict[int, int]) -> None:
        """Take numbers back whose rows were rolled back; `recorded` is what `record` returned."""
        back = {number: negative for negative, number in recorded.items()}
        for print_, number in self._numbers.items():
            if number in back:
                self._numbers[print_] = back[number]

    def _find(self) -> dict[bytes, int]:
        prints = list(self._refs)
        if not prints:
            return {}
        literal = "{" + ",".join(print_.hex() for print_ in prints) + "}"
        rows = self._connection.execute(
            _SQL["find_refs"],
            {"environment": self._environment, "fingerprints": literal},
            binary=True,
        )
        numbers = {print_: -place for place, print_ in enumerate(prints, 1)}
        numbers.update((prints[place - 1], number) for place, number in rows)
        return numbers

    def _reserve(self, count: int) -> int:
        """Return the first of `count` consecutive numbers that nobody else will get."""
        row = self._connection.execute(_SQL["reserve_ref_ids"], {"count": count}).fetchone()
        assert row is not None  # noqa: S101 - a SELECT of one row
        last: int = row[0]
        return last - count + 1
