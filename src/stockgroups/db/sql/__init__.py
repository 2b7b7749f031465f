"""SQL in named statements: one .sql file a topic, loaded once, values always as parameters.

A file is a sequence of statements, each headed by a line `-- name: the_name`. Comments between
the header and the statement say what it is for.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Cursor

_HEADER = re.compile(r"^-- name: (\w+)[ \t]*$", re.MULTILINE)


@cache
def load_statements(topic: str) -> dict[str, bytes]:
    """Return the statements of `topic`.sql by name, as bytes, which is what psycopg sends.

    Raises ValueError for a file that names a statement twice or holds text before the first name.
    """
    text = resources.files(__name__).joinpath(f"{topic}.sql").read_text(encoding="utf-8")
    preamble, *parts = _HEADER.split(text)
    if re.sub(r"--[^\n]*", "", preamble).strip():
        raise ValueError(f"{topic}.sql: a statement without a name")
    names = parts[0::2]
    if len(set(names)) != len(names):
        raise ValueError(f"{topic}.sql: a name is used twice")
    return {
        name: body.strip().rstrip(";").encode()
        for name, body in zip(names, parts[1::2], strict=True)
    }


def only_row(cursor: Cursor[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return the row of a statement that gives exactly one: an aggregate, a written row."""
    row = cursor.fetchone()
    assert row is not None  # noqa: S101 - it always gives one
    return row


def spread(statement: bytes, name: str, values: Sequence[Any]) -> tuple[bytes, dict[str, Any]]:
    """Put a parameter for each value in the place of `name` in `IN (%(name)s)`.

    For look-ups: the server does not know how long an array is and keeps no plan for it, and
    planning a look-up takes longer than carrying it out.

    Args:
        statement: The statement, in which `name` stands for the list.
        name: That name.
        values: The values of the list.

    Returns:
        The statement, and the values by the names of their parameters.
    """
    parameters = {f"{name}_{place}": value for place, value in enumerate(values)}
    placeholders = ", ".join(f"%({one})s" for one in parameters)
    return statement.replace(f"%({name})s".encode(), placeholders.encode()), parameters
