"""Confirm and withdraw aliases. Each is one audited load that affects all groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import writing
from stockgroups.errors import GuardError, NotFoundError
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.json_values import pick
from stockgroups.model import Alias
from stockgroups.record.apply import apply
from stockgroups.record.evidence import Inputs
from stockgroups.record.loads import LoadNote, write_load
from stockgroups.store import Store, execute
from stockgroups.times import today_utc

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.catalog import Catalog
    from stockgroups.db.connection import Connection
    from stockgroups.record.plan import GroupPlan, Plan

_SQL = load_statements("identity")
_STORE = load_statements("store")
_KEYS = "old new effective source"
"""What the JSON form of an alias has."""


@dataclass(frozen=True, slots=True)
class KnownAlias:
    """A valid alias. `is_own`: a person confirmed it; otherwise the catalogue has it."""

    alias: Alias
    is_own: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the alias as JSON values."""
        origin = "user" if self.is_own else "catalog"
        return pick(self.alias, _KEYS) | {"origin": origin}


@dataclass(frozen=True, slots=True)
class AliasChange(PlanReport):
    """What was done to an alias (`added` or `removed`), and what that changed.

    If the plan has no load, the alias was in that state already.
    """

    verb: str
    alias: Alias
    plan: Plan

    @property
    def outcome(self) -> str:
        """`added`, `removed` or `unchanged`."""
        return "unchanged" if self.plan.load_id is None else self.verb

    @property
    def groups(self) -> list[GroupPlan]:
        """The groups whose members it changed."""
        return [group for group in self.plan.groups if group.changes_members]

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        keys = "type=key.type name=key.name added=added_symbols removed"
        return {
            "outcome": self.outcome,
            **pick(self.alias, _KEYS),
            **pick(self, "load=load_id identity"),
            "groups": [pick(group, keys) for group in self.groups],
        }


def list_aliases(store: Store) -> list[KnownAlias]:
    """Return the valid aliases, confirmed ones and the catalogue's, the oldest first."""
    known = {alias[:2]: KnownAlias(alias, is_own=True) for alias in _read_own(store)}
    for alias in store.catalog.aliases:
        known.setdefault(alias[:2], KnownAlias(alias, is_own=False))
    return sorted(known.values(), key=lambda one: (one.alias.effective, one.alias.old))


def add_alias(store: Store, alias: Alias) -> AliasChange:
    """Confirm a rename, a reuse or a continuation, and return what it changed.

    Raises GuardError for a day in the future, and for a second stock that would become the same
    symbol on the same day.
    """
    if alias.effective > today_utc():
        raise GuardError(
            f"{alias.effective} is in the future",
            where="alias add",
            remedy="add it on that date, or correct the date",
        )
    with writing(store.connection, store.environment):
        for known in list_aliases(store):
            other = known.alias
            if alias.new is not None and other[1:3] == alias[1:3] and other.old != alias.old:
                raise GuardError(
                    f"{other.old} became {other.new} on that day ({other.source})",
                    where="alias add",
                    remedy="only one stock can take a symbol on a day: correct one of the two",
                )
        if alias in _read_own(store):
            plan = apply(store, [], aliases=store.catalog.aliases)
            return AliasChange("added", alias, plan)
        execute(store, _SQL["write_own_alias"], **alias._asdict())
        return AliasChange("added", alias, _recompute(store, "add", alias))


def remove_alias(store: Store, old: str, effective: dt.date) -> AliasChange:
    """Withdraw an alias that a person confirmed, and return what that changed.

    The catalogue's alias on the same symbol and day becomes valid again. Raises NotFoundError if
    nobody confirmed such an alias.
    """
    with writing(store.connection, store.environment):
        own = {alias[:2]: alias for alias in _read_own(store)}
        alias = own.get((old, effective))
        if alias is None:
            raise _explain_absent(old, effective, list(own.values()), store.catalog)
        execute(store, _SQL["delete_own_alias"], old=old, effective=effective)
        return AliasChange("removed", alias, _recompute(store, "remove", alias))


def settle_identity(connection: Connection, catalog: Catalog) -> dict[str, Plan]:
    """Recompute the securities of every environment that has a record.

    Called after a change of the catalogue's aliases, of directories, registers, or the program
    itself, so that their order makes no difference. For a role that may not write this does
    nothing; the next writer does it.

    Returns:
        What changed, by environment.
    """
    done: dict[str, Plan] = {}
    rows = connection.execute(_SQL["list_reported_environments"]).fetchall()
    for environment, may_write in rows:
        store = Store(connection, environment, catalog=catalog)
        if not may_write or Inputs(store, catalog.aliases).are_settled:
            continue
        note = LoadNote("identity", {})
        done[environment] = apply(store, [], note=note, aliases=catalog.aliases)
    return done


def _read_own(store: Store) -> list[Alias]:
    rows = execute(store, _SQL["list_aliases"])
    return [Alias(old, day, new, source) for old, day, new, source, by in rows if by == "user"]


def _recompute(store: Store, action: str, alias: Alias) -> Plan:
    """Recompute all securities, and write an audit entry even if no stock changes."""
    note = LoadNote("alias", {"action": action, **pick(alias, _KEYS)})
    plan = apply(store, [], note=note, aliases=store.catalog.aliases)
    if plan.load_id is None:
        plan.load_id = write_load(store, note)
    return plan


def _explain_absent(
    old: str, effective: dt.date, own: list[Alias], catalog: Catalog
) -> NotFoundError:
    what = f"there is no added alias for {old} on {effective}"
    if any(alias[:2] == (old, effective) for alias in catalog.aliases):
        return NotFoundError(
            f"{what}: it is part of the catalogue",
            remedy="a shipped alias cannot be removed; add your own on the same symbol and day, "
            "which overrides it",
        )
    days = [str(alias.effective) for alias in own if alias.old == old]
    return NotFoundError(
        what,
        remedy=f"there is one on {', '.join(days)}"
        if days
        else "`stockgroups alias list` lists all",
    )
