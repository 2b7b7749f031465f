"""Writing what an identity plan says, in the transaction that records the prints it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.sql import load_statements

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.db.connection import Connection
    from stockgroups.store.identity import IdentityPlan

_SQL = load_statements("identity")


def write_identity(
    connection: Connection, plan: IdentityPlan, recorded: Mapping[int, int], *, complete: bool
) -> None:
    """Write the plan. `recorded` maps the negative numbers of new prints to their true ones.

    Where not all of the prints came to be recorded (`complete` False), what was computed with them
    is marked, so that the next load computes it anew.
    """
    if plan.changes_anything:
        _write_aliases(connection, plan)
        _write_securities(connection, plan)
        _write_exceptions(connection, plan, recorded)
    digest = plan.digest if complete else None
    if digest != plan.was:
        connection.execute(
            _SQL["write_state"], {"environment": plan.environment, "identity": digest}
        )


def forget_identity(connection: Connection, environment: str) -> None:
    """Mark what prints are as not known, so that it is computed anew from all of them."""
    connection.execute(_SQL["write_state"], {"environment": environment, "identity": None})


def _write_aliases(connection: Connection, plan: IdentityPlan) -> None:
    if plan.aliases is None:
        return
    connection.execute(_SQL["forget_aliases"], {"environment": plan.environment})
    connection.execute(
        _SQL["write_aliases"],
        {
            "environment": plan.environment,
            "old": [alias.old for alias in plan.aliases],
            "effective": [alias.effective for alias in plan.aliases],
            "new": [alias.new for alias in plan.aliases],
            "source": [alias.source for alias in plan.aliases],
        },
    )


def _write_securities(connection: Connection, plan: IdentityPlan) -> None:
    """Write the securities that are new or have other symbols than before; number the new ones."""
    unnumbered = [place for place, number in enumerate(plan.numbers) if number is None]
    if unnumbered:
        for number, place in enumerate(unnumbered, _reserve(connection, len(unnumbered))):
            plan.numbers[place] = number
    numbered = {
        number: spans
        for number, spans in zip(plan.numbers, plan.securities, strict=True)
        if number is not None
    }
    changed = {n: spans for n, spans in numbered.items() if plan.stored.get(n) != spans}
    gone = sorted(plan.stored.keys() - numbered.keys())
    renamed = {
        number: spans[-1].symbol
        for number, spans in changed.items()
        if number in plan.stored and plan.stored[number][-1].symbol != spans[-1].symbol
    }
    replaced = sorted({*gone, *(changed.keys() & plan.stored.keys())})
    if replaced:
        connection.execute(_SQL["delete_security_symbols"], {"ids": replaced})
    if gone:
        connection.execute(_SQL["delete_securities"], {"ids": gone})
    if renamed:
        connection.execute(
            _SQL["rename_securities"], {"ids": list(renamed), "symbols": list(renamed.values())}
        )
    with connection.cursor() as cursor:
        with cursor.copy(_SQL["copy_securities"]) as copy:
            for number, spans in changed.items():
                if number not in plan.stored:
                    copy.write_row((number, plan.environment, spans[-1].symbol))
        with cursor.copy(_SQL["copy_security_symbols"]) as copy:
            for number, spans in changed.items():
                for span in spans:
                    copy.write_row((plan.environment, span.symbol, span.start, span.end, number))


def _write_exceptions(
    connection: Connection, plan: IdentityPlan, recorded: Mapping[int, int]
) -> None:
    """Write what prints mean that mean another stock than their symbol; drop what was else."""
    stale = [number for number in plan.stale_refs if number > 0]
    if stale:
        connection.execute(_SQL["delete_security_refs"], {"ref_ids": stale})
    if not plan.stale_refs:
        return
    with connection.cursor() as cursor, cursor.copy(_SQL["copy_security_refs"]) as copy:
        for number in plan.stale_refs:
            true = recorded.get(number, number)
            for meaning in plan.exceptions.get(number, ()):
                if true > 0:
                    copy.write_row(
                        (true, meaning.start, meaning.end, plan.numbers[meaning.security])
                    )


def _reserve(connection: Connection, count: int) -> int:
    """Return the first of `count` consecutive numbers that nobody else will get."""
    row = connection.execute(_SQL["reserve_security_ids"], {"count": count}).fetchone()
    assert row is not None  # noqa: S101 - a SELECT of one row
    last: int = row[0]
    return last - count + 1
