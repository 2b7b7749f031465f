"""Write an identity plan, in the transaction that records its refs."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.dates import DayTexts
from stockgroups.db.lines import make_lines
from stockgroups.db.sql import load_statements, only_row
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from stockgroups.db.connection import Connection
    from stockgroups.record.identity_plan import IdentityPlan
    from stockgroups.record.refs import RefNumbers

_SQL = load_statements("identity")


def number_securities(connection: Connection, plan: IdentityPlan) -> None:
    """Give the new securities their numbers; call it before `write_identity`."""
    unnumbered = [place for place, number in enumerate(plan.numbers) if number is None]
    if unnumbered or plan.fresh:
        first = _reserve(connection, len(unnumbered) + len(plan.fresh))
        plan.first_fresh = first + len(unnumbered)
        for number, place in enumerate(unnumbered, first):
            plan.numbers[place] = number


def write_identity(
    connection: Connection, plan: IdentityPlan, refs: RefNumbers, *, complete: bool
) -> None:
    """Write the plan.

    Args:
        connection: A connection in the load's transaction.
        plan: What the securities become.
        refs: The current numbers of new refs.
        complete: All refs were recorded. Otherwise the identity is marked, and the next load
            recomputes it.
    """
    if plan.changes_anything:
        _write_aliases(connection, plan)
        _write_securities(connection, plan)
        _write_exceptions(connection, plan, refs)
    digest = plan.digest if complete else None
    if digest != plan.was:
        connection.behind.execute(
            _SQL["write_state"], {"environment": plan.environment, "identity": digest}
        )


def forget_identity(store: Store) -> None:
    """Mark the identity of the environment as unknown, so that the next plan recomputes it."""
    execute(store, _SQL["write_state"], identity=None)


def _write_aliases(connection: Connection, plan: IdentityPlan) -> None:
    if plan.aliases is None:
        return
    connection.behind.execute(_SQL["forget_aliases"], {"environment": plan.environment})
    connection.behind.execute(
        _SQL["write_aliases"],
        {
            "environment": plan.environment,
            **as_columns("old effective new source", plan.aliases),
        },
    )


def _write_securities(connection: Connection, plan: IdentityPlan) -> None:
    """Write the securities that are new or whose symbols changed."""
    behind = connection.behind
    numbered = {
        number: security
        for number, security in zip(plan.numbers, plan.securities, strict=True)
        if number is not None
    }
    changed = {n: security for n, security in numbered.items() if plan.stored.get(n) != security}
    removed = sorted(plan.stored.keys() - numbered.keys())
    renamed = {
        number: security.label
        for number, security in changed.items()
        if number in plan.stored and plan.stored[number].label != security.label
    }
    replaced = sorted({*removed, *(changed.keys() & plan.stored.keys())})
    if replaced:
        behind.execute(_SQL["delete_security_symbols"], {"ids": replaced})
    if removed:
        behind.execute(_SQL["delete_securities"], {"ids": removed})
    if renamed:
        behind.execute(
            _SQL["rename_securities"], {"ids": list(renamed), "symbols": list(renamed.values())}
        )
    days = DayTexts()
    new = (
        (str(number), plan.environment, security.label)
        for number, security in changed.items()
        if number not in plan.stored
    )
    fresh = (
        (str(number), plan.environment, symbol)
        for number, symbol in enumerate(plan.fresh, plan.first_fresh)
    )
    behind.copy(_SQL["copy_securities"], make_lines(chain(new, fresh)))
    dated = (
        (plan.environment, symbol, days[start], days[end], str(number))
        for number, security in changed.items()
        for symbol, start, end in security.intervals
    )
    plain = (
        (plan.environment, symbol, "-infinity", "infinity", str(number))
        for number, symbol in enumerate(plan.fresh, plan.first_fresh)
    )
    behind.copy(_SQL["copy_security_symbols"], make_lines(chain(dated, plain)))


def _write_exceptions(connection: Connection, plan: IdentityPlan, refs: RefNumbers) -> None:
    """Write the refs whose security is not the one that has their symbol."""
    stale = [number for number in plan.stale_refs if number > 0]
    if stale:
        connection.behind.execute(_SQL["delete_security_refs"], {"ref_ids": stale})
    if not plan.stale_refs:
        return
    days = DayTexts()
    rows = (
        (str(true), days[start], days[end], str(plan.numbers[security]))
        for number in plan.stale_refs
        if (true := refs.true_number(number)) > 0
        for security, start, end in plan.exceptions.get(number, ())
    )
    connection.behind.copy(_SQL["copy_security_refs"], make_lines(rows))


def _reserve(connection: Connection, count: int) -> int:
    """Return the first of `count` consecutive numbers that nobody else will get."""
    last: int = only_row(connection.execute(_SQL["reserve_security_ids"], {"count": count}))[0]
    return last - count + 1
