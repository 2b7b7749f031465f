"""Where there is data: what to say to somebody who looks into an empty environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("environment")


def advise_empty(connection: Connection, environment: str) -> str:
    """Return what to do about an environment without groups: set another, or load."""
    rows = connection.execute(_SQL["list_others"], {"environment": environment})
    others = [row[0] for row in rows]
    if others:
        return f"the data is in environment {' and '.join(others)}: set ENVIRONMENT"
    return "nothing is loaded yet: run `stockgroups load`"
