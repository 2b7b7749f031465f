"""Aliases as people confirm them: each is one load, audited, and counts at once for all groups."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.transactions import bump_version, writing
from stockgroups.errors import GuardError, NotFoundError, UsageError
from stockgroups.model import Alias
from stockgroups.sql import load_statements
from stockgroups.store.apply import apply
from stockgroups.store.loads import LoadNote, reserve_load, write_load

if TYPE_CHECKING:
    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.store.plan import Plan

_SQL = load_statements("identity")
_STORE = load_statements("store")


@dataclass(frozen=True, slots=True)
class KnownAlias:
    """An alias that counts; `is_own` where a person confirmed it, else it is the catalogue's."""

    alias: Alias
    is_own: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the alias as JSON values."""
        return {
            "old": self.alias.old,
            "new": self.alias.new,
            "effective": self.alias.effective.isoformat(),
            "source": self.alias.source,
            "origin": "user" if self.is_own else "catalog",
        }


def list_aliases(connection: Connection, environment: str, catalog: Catalog) -> list[KnownAlias]:
    """Return the aliases that count, oldest first: what people confirmed, and the catalogue's."""
    known = {
        alias[:2]: KnownAlias(alias, is_own=True) for alias in _read_own(connection, environment)
    }
    for alias in catalog.aliases:
        known.setdefault(alias[:2], KnownAlias(alias, is_own=False))
    return sorted(known.values(), key=lambda one: (one.alias.effective, one.alias.old))


def add_alias(connection: Connection, environment: str, alias: Alias, catalog: Catalog) -> Plan:
    """Confirm a rename or a reuse, and return what it changed.

    Raises UsageError for a stock that becomes itself, GuardError for a day to come and for a second
    stock that would become the same symbol on the same day.
    """
    if alias.new == alias.old:
        raise UsageError(
            f"{alias.old} cannot become itself", where="alias add", remedy="name two symbols"
        )
    if alias.effective > dt.datetime.now(dt.UTC).date():
        raise GuardError(
            f"{alias.effective} lies in the future",
            where="alias add",
            remedy="add it when it has come to pass, or correct the day",
        )
    with writing(connection, environment):
        for known in list_aliases(connection, environment, catalog):
            other = known.alias
            if alias.new is not None and other[1:3] == alias[1:3] and other.old != alias.old:
                raise GuardError(
                    f"{other.old} became {other.new} on that day ({other.source})",
                    where="alias add",
                    remedy="one stock alone takes a symbol: correct the one or the other",
                )
        if alias in _read_own(connection, environment):
            return apply(connection, environment, [], aliases=catalog.aliases)
        connection.execute(
            _SQL["write_own_alias"],
            {
                "environment": environment,
                "old": alias.old,
                "effective": alias.effective,
                "new": alias.new,
                "source": alias.source,
            },
        )
        return _recompute(connection, environment, "add", alias, catalog)


def remove_alias(
    connection: Connection, environment: str, old: str, effective: dt.date, catalog: Catalog
) -> tuple[Alias, Plan]:
    """Take back what a person confirmed; return it, and what that changed.

    The catalogue's word on the same symbol and day counts again. Raises NotFoundError where nobody
    confirmed such an alias.
    """
    with writing(connection, environment):
        own = {alias[:2]: alias for alias in _read_own(connection, environment)}
        alias = own.get((old, effective))
        if alias is None:
            raise _explain_absent(old, effective, list(own.values()), catalog)
        connection.execute(
            _SQL["delete_own_alias"],
            {"environment": environment, "old": old, "effective": effective},
        )
        return alias, _recompute(connection, environment, "remove", alias, catalog)


def _read_own(connection: Connection, environment: str) -> list[Alias]:
    rows = connection.execute(_SQL["list_aliases"], {"environment": environment})
    return [Alias(old, day, new, source) for old, day, new, source, by in rows if by == "user"]


def _recompute(
    connection: Connection, environment: str, action: str, alias: Alias, catalog: Catalog
) -> Plan:
    """Compute anew what everything means; write the audit's row where no stock changes by it."""
    arguments = {
        "action": action,
        "old": alias.old,
        "new": alias.new,
        "effective": alias.effective.isoformat(),
        "source": alias.source,
    }
    note = LoadNote("alias", arguments)
    plan = apply(connection, environment, [], note=note, aliases=catalog.aliases)
    if plan.load_id is None:
        row = connection.execute(_STORE["read_clock"]).fetchone()
        assert row is not None  # noqa: S101 - a SELECT of one row
        plan.load_id = reserve_load(connection)
        write_load(connection, environment, plan.load_id, note, row[0], frozenset(), {})
        bump_version(connection, environment)
    return plan


def _explain_absent(
    old: str, effective: dt.date, own: list[Alias], catalog: Catalog
) -> NotFoundError:
    what = f"nobody has added an alias of {old} on {effective}"
    if any(alias[:2] == (old, effective) for alias in catalog.aliases):
        return NotFoundError(
            f"{what}: it is the catalogue's",
            remedy="what ships cannot be taken away; add another word on the same symbol and day",
        )
    days = [str(alias.effective) for alias in own if alias.old == old]
    return NotFoundError(
        what,
        remedy=f"there is one of {', '.join(days)}" if days else "`stockgroups alias list` has all",
    )
