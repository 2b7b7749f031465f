"""How much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.db.environments import advise_empty
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.queries.answers import Origin, Statistics, TypeCount
from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection

_SQL = load_statements("queries")


def read_statistics(connection: Connection, environment: str) -> Statistics:
    """Count groups, memberships, stocks and snapshots of an environment, all of one moment.

    Raises NotFoundError for an environment without any group, saying where there is data.
    """

    def rows(name: str) -> list[tuple[Any, ...]]:
        return connection.execute(_SQL[name], {"environment": environment}).fetchall()

    with reading(connection):
        types = {
            row[0]: TypeCount(row[1], int(row[2]), row[3], row[4], row[5])
            for row in rows("count_groups")
        }
        if not types:
            raise NotFoundError(
                f"nothing in environment {environment}",
                remedy=advise_empty(connection, environment),
            )
        etf_stocks, all_stocks = rows("count_stocks")[0]
        entries, with_sector = rows("count_metadata")[0]
        snapshots, members, recorded_at = rows("count_snapshots")[0]
        etfs = [
            {"etf_symbol": name, "name": description, "total_holdings": count}
            | Origin(as_of, source, is_proxy).as_dict()
            for name, description, count, as_of, source, is_proxy in rows("list_etfs")
        ]
    return Statistics(
        environment,
        types,
        etf_stocks,
        all_stocks,
        entries,
        with_sector,
        snapshots,
        int(members),
        recorded_at,
        etfs,
    )
