"""The stored intervals of memberships, compared with the snapshots that they are computed from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements
from stockgroups.record.effective import FOREVER
from stockgroups.record.interval_differences import Difference, StaleRuns, find_differences

if TYPE_CHECKING:
    from stockgroups.checks.section import Section
    from stockgroups.record.ref_securities import RefSecurities
    from stockgroups.store import Store

_SQL = load_statements("history")
REBUILD = "run `stockgroups db rebuild`"


def check_history(store: Store, securities: RefSecurities, section: Section) -> None:
    """Add a finding to the section for each interval that is missing or wrongly stored."""
    compared = list(find_differences(store, securities=securities))
    found = [one for one in compared if isinstance(one, Difference)]
    places = as_columns("group_ids security_ids", ((o.registry_id, o.security_id) for o in found))
    names = store.connection.execute(_SQL["name_places"], places).fetchall()
    for one, (_, group, symbol) in zip(found, names, strict=True):
        end = "onward" if one.valid_to == FOREVER else f"to {one.valid_to}"
        says = (
            "is in the history but not in the record" if one.is_stored else "is not in the history"
        )
        section.find(
            f"its interval from {one.valid_from} {end} {says}",
            group=group,
            symbol=symbol,
            remedy=REBUILD,
        )
    stale = [one for one in compared if isinstance(one, StaleRuns)]
    numbers = [one.registry_id for one in stale]
    names = store.connection.execute(
        _SQL["name_places"], {"group_ids": numbers, "security_ids": [None for _ in numbers]}
    ).fetchall()
    for _, group, _ in names:
        section.find("the runs of its refs do not match the record", group=group, remedy=REBUILD)
    section.add_fact("Intervals of history that differ", len(compared), passed=not compared)
