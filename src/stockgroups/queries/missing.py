"""What to say when nothing has the name: the nearest names, or the environment that has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.environments import advise_empty
from stockgroups.errors import NotFoundError
from stockgroups.model import GroupType
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.db.connection import Connection

_SQL = load_statements("queries")
NEAREST = 3


def explain_missing(
    connection: Connection,
    environment: str,
    kind: GroupType,
    name: str,
    word: str | None = None,
    names: Sequence[str] | None = None,
) -> NotFoundError:
    """Return the error to raise for a group that is not there. `word` is what it is called."""
    word = word or (kind.value if kind is GroupType.ETF else kind.value.lower())
    if names is None:
        rows = connection.execute(
            _SQL["list_names"], {"environment": environment, "type": kind.value}
        )
        names = [row[0] for row in rows]
    elsewhere = connection.execute(
        _SQL["list_environments"], {"type": kind.value, "name": name}
    ).fetchall()
    return _not_found(connection, word, environment, name, names, elsewhere)


def explain_missing_stock(connection: Connection, environment: str, symbol: str) -> NotFoundError:
    """Return the error to raise for a stock that no group holds."""
    # The symbol follows the grammar, so that it holds no wildcard of LIKE.
    rows = connection.execute(
        _SQL["list_symbols_like"], {"environment": environment, "prefix": f"{symbol[:1]}%"}
    )
    names = [row[0] for row in rows]
    elsewhere = connection.execute(
        _SQL["list_environments"], {"type": GroupType.ETF.value, "name": ""}
    ).fetchall()
    return _not_found(connection, "stock", environment, symbol, names, elsewhere)


def _not_found(
    connection: Connection,
    word: str,
    environment: str,
    name: str,
    names: Sequence[str],
    elsewhere: Sequence[tuple[str, int, bool]],
) -> NotFoundError:
    what = f"no {word} {name!r} in environment {environment}"
    holders = [row[0] for row in elsewhere if row[0] != environment and row[2]]
    if holders:
        has = "has" if len(holders) == 1 else "have"
        return NotFoundError(
            what, remedy=f"environment {' and '.join(holders)} {has} it: set ENVIRONMENT"
        )
    if not names:
        return NotFoundError(what, remedy=advise_empty(connection, environment))
    import difflib  # noqa: PLC0415 - 1 ms that an answer need not pay

    return NotFoundError(
        what,
        nearest=difflib.get_close_matches(name, names, n=NEAREST, cutoff=0.5)
        or difflib.get_close_matches(name, names, n=NEAREST, cutoff=0.0),
    )
