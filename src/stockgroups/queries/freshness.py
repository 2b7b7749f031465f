"""How old the sources of the groups are, and whether that is too old."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.db.sql import load_statements
from stockgroups.errors import CatalogError
from stockgroups.json_values import Fields
from stockgroups.model import NPORT, GroupType
from stockgroups.queries.frames import Answers, Kind, kinds_of
from stockgroups.store import Store, execute
from stockgroups.text import find_nearest

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping

    from stockgroups.catalog.ages import AgeLimits, AgeRules

_SQL = load_statements("freshness")


class State(StrEnum):
    """The judgement of a source's age. A group without a recorded source is `unknown`."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    WARN = "warn"
    ERROR = "error"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Freshness(Fields):
    """The age in days of the source of a group's members, and its judgement."""

    type: str
    name: str
    as_of: dt.date | None
    age_days: int | None
    source: str | None
    is_proxy: bool | None
    warn_after: int | None
    error_after: int | None
    state: State

    def describe(self) -> str:
        """Return the age and its limits, in words."""
        if self.age_days is None:
            return f"{self.name}: no source on record"
        limit = self.error_after if self.state is State.ERROR else self.warn_after
        proxy = ", a proxy" if self.is_proxy else ""
        return (
            f"{self.name}: its source ({self.source}{proxy}) is dated "
            f"{self.as_of}, {self.age_days} days old: more than {limit}"
        )


class FreshnessReport(Answers[Freshness]):
    """The ages of the sources of several groups."""

    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Freshness)


def read_freshness(store: Store, today: dt.date, given: AgeLimits | None = None) -> FreshnessReport:
    """Return each fund, and each group of another type that has limits, by type and name.

    Args:
        store: The environment, with the catalogue's limits.
        today: The day from which ages are counted.
        given: Limits for all of them, in place of the catalogue's.
    """
    rules = store.ages
    kinds = [
        kind.value for kind in GroupType if kind is GroupType.ETF or kind.value in rules.groups
    ]
    rows = execute(store, _SQL["read_freshness"], types=kinds).fetchall()
    found = []
    for kind, name, as_of, source, is_proxy in rows:
        rule = given or rules.limits_of(kind, name, source)
        age = None if as_of is None else (today - as_of).days
        state = _judge(age, rule)
        found.append(
            Freshness(
                kind, name, as_of, age, source, is_proxy, rule.warn_after, rule.error_after, state
            )
        )
    return FreshnessReport(found)


def find_slips(store: Store, found: Iterable[Freshness]) -> list[CatalogError]:
    """Return an error for each limit of the user's catalogue that matches no group or format.

    Args:
        store: The environment, with the catalogue.
        found: All groups that have limits: a recorded fund need not be in a catalogue.
    """
    rules = store.ages
    if not rules.own_groups and not rules.own_formats:
        return []
    # They take 40 ms to import, and few have limits of their own.
    from stockgroups.readers.formats import known_formats  # noqa: PLC0415
    from stockgroups.readers.lists.index_package import PACKAGE  # noqa: PLC0415

    recorded = list(found)
    groups = {*GroupType.__members__, *store.catalog.etfs, *(of.name for of in recorded)}
    formats = {NPORT, PACKAGE, *(known.name for known in known_formats(store.catalog))}
    formats |= {(of.source or "").partition(" ")[0] for of in recorded}
    slips = []
    for own, known, given in (
        (rules.own_groups, groups, "type of group, fund of the catalogue or recorded group"),
        (rules.own_formats, formats, "format"),
    ):
        for key in sorted(own.keys() - known):
            near = find_nearest(key, known - {""})
            remedy = "correct its name" + (f"; nearest: {', '.join(near)}" if near else "")
            slips.append(CatalogError(f"{key} is not a {given}", where=own[key], remedy=remedy))
    return slips


def judge_sources(rules: AgeRules, sources: Iterable[Mapping[str, Any]]) -> State | None:
    """Return the worst state of the reports in an answer's `sources`.

    Args:
        rules: The limits of age.
        sources: Each with `group` (`SPY`, `etf:SPY`, `sector:energy`), `source` and `age_days`.

    Returns:
        None for an answer that uses no report.
    """
    found = set()
    for source in sources:
        kind, colon, key = str(source["group"]).partition(":")
        kind, key = (kind.upper(), key) if colon else (GroupType.ETF.value, kind)
        limits = rules.limits_of(kind, key, source["source"])
        found.add(_judge(source["age_days"], limits))
    worst_first = (State.ERROR, State.UNKNOWN, State.WARN, State.PASS)
    return next((state for state in worst_first if state in found), None)


def _judge(age: int | None, limits: AgeLimits) -> State:
    if age is None:
        return State.UNKNOWN
    if limits.error_after is not None and age > limits.error_after:
        return State.ERROR
    if limits.warn_after is not None and age > limits.warn_after:
        return State.WARN
    return State.PASS
