"""Keep expressions as CUSTOM groups and recompute them, through plan and apply."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from stockgroups.analytics.expressions.grammar import parse
from stockgroups.analytics.expressions.saved import (
    KEY,
    Computed,
    compute,
    find_cycle,
    list_needs,
    read_needs,
    read_saved,
    recompute,
    refuse_cycle,
)
from stockgroups.analytics.expressions.tree import quote
from stockgroups.db.environments import name_type
from stockgroups.db.locks import GROUPS
from stockgroups.db.sql import load_statements
from stockgroups.db.transactions import reading_or_writing
from stockgroups.errors import GuardError, UsageError
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.json_values import Fields
from stockgroups.model import GroupType, Snapshot
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.groups import list_spellings
from stockgroups.record.apply import apply
from stockgroups.record.desired import DesiredGroup
from stockgroups.record.effective import EXPRESSION
from stockgroups.record.loads import LoadNote
from stockgroups.record.state import read_groups
from stockgroups.text import fold_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from stockgroups.analytics.expressions.saved import Saved
    from stockgroups.errors import StockgroupsError
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.store import Store

_SQL = load_statements("queries")
READER = "expression/1"
LONGEST_KEY = 100
"""Characters of a group's name in the shared table."""


@dataclass(frozen=True, slots=True)
class SavedGroup(Fields):
    """What happened to one saved expression; in a dry run, what would happen.

    Attributes:
        expression: The expression in canonical spelling.
        former: The expression that the group had before; None if it had none or has not changed.
        members: The number of stocks in the group afterwards.
        is_new: The group was made.
        reweighted: The number of members whose weight changed.
        warnings: What the expression could not answer.
        error: Why it was not computed. Then the group stays unchanged.
    """

    KEYS = (
        "key expression former_expression=former total_symbols=members is_new changed added "
        "removed reweighted warnings error"
    )

    key: str
    expression: str
    former: str | None = None
    members: int | None = None
    is_new: bool = False
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reweighted: int = 0
    warnings: tuple[str, ...] = ()
    error: StockgroupsError | None = None

    @property
    def changed(self) -> bool:
        """Whether anything of the group changed."""
        return bool(self.is_new or self.former or self.added or self.removed or self.reweighted)


@dataclass(frozen=True, slots=True)
class RefreshReport(PlanReport, Tabular):
    """What happened to saved expressions: a row for each, after the groups that it names.

    Attributes:
        plan: What was done, or would be done; None if there was nothing to compute.
        dry_run: Nothing was written.
    """

    KEYS = "dry_run load=load_id groups *others identity"
    ROWS = "groups"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(SavedGroup)
    groups: tuple[SavedGroup, ...]
    plan: Plan | None = field(repr=False)
    dry_run: bool

    @property
    def failures(self) -> list[SavedGroup]:
        """The groups that could not be computed."""
        return [group for group in self.groups if group.error is not None]


def save_expression(
    store: Store, name: str, text: str, *, replace: bool = False, dry_run: bool = False
) -> RefreshReport:
    """Keep the members of an expression as a CUSTOM group that stores its expression.

    Args:
        name: The group's key, in any spelling.
        text: The expression. Its names are stored with their types, so that its meaning does not
            change later.
        replace: Replace a CUSTOM group that keeps no expression.

    Raises:
        UsageError: The text is no expression, depends on its own result, or the name cannot be a
            key.
        NotFoundError: A name in the expression is unknown.
        GuardError: The group keeps no expression, and `replace` is not given.
    """
    with reading_or_writing(store.connection, store.environment, GROUPS, dry_run=dry_run):
        saved = read_saved(store)
        key, is_there = _find_key(store, name, saved, replace=replace)
        needs, _ = read_needs(saved)
        needs[key] = list_needs(parse(text), {*saved, key} if is_there else saved)
        path = find_cycle(needs, key)
        if path:
            raise refuse_cycle(path)
        result = compute(store, key, text)
        parse(result.text)  # with its types it is longer, and has to be read again
        note = LoadNote("save-expression", {"name": key, "expression": result.text})
        return _carry_out(store, saved, {key: result}, note, dry_run=dry_run)


def refresh(store: Store, names: Sequence[str] = (), *, dry_run: bool = False) -> RefreshReport:
    """Recompute saved expressions in one transaction, each after the groups that it names.

    An expression that fails is reported. Its group keeps its members, and the other expressions are
    computed with these members.

    Args:
        names: The keys of groups, in any spelling. The saved groups that their expressions name are
            computed too. Empty: all saved groups.

    Raises:
        NotFoundError: A name is not the name of a saved expression.
    """
    with reading_or_writing(store.connection, store.environment, GROUPS, dry_run=dry_run):
        saved = read_saved(store)
        results = recompute(store, saved, names)
        note = LoadNote("refresh", {"names": list(names)} if names else {})
        return _carry_out(store, saved, results, note, dry_run=dry_run)


def _carry_out(
    store: Store,
    saved: Mapping[str, Saved],
    results: Mapping[str, Computed | StockgroupsError],
    note: LoadNote,
    *,
    dry_run: bool,
) -> RefreshReport:
    computed = {key: one for key, one in results.items() if isinstance(one, Computed)}
    plan, plans = None, {}
    if computed:
        desired = [_make_group(store, one) for one in computed.values()]
        plan = apply(store, desired, dry_run=dry_run, note=note)
        plans = {group.key: group for group in plan.groups}
    saved_groups = []
    for key, result in results.items():
        if isinstance(result, Computed):
            group = plans[store.key(GroupType.CUSTOM, key)]
            saved_groups.append(_describe_result(result, group, saved.get(key)))
        else:
            saved_groups.append(SavedGroup(key, saved[key].text, error=result))
    return RefreshReport(tuple(saved_groups), plan, dry_run)


def _describe_result(result: Computed, group: GroupPlan, before: Saved | None) -> SavedGroup:
    if group.error is not None:
        return SavedGroup(result.key, result.text, error=group.error)
    return SavedGroup(
        result.key,
        result.text,
        before.text if before is not None and before.text != result.text else None,
        group.member_count,
        group.is_new,
        tuple(sorted(group.added)),
        tuple(group.removed),
        len(group.reweighted),
        result.warnings,
    )


def _make_group(store: Store, result: Computed) -> DesiredGroup:
    """Return the group with its members as a snapshot, dated by the day on which they changed."""
    weights = tuple(result.members.values())
    content = json.dumps([result.key, [*result.members], weights])
    snapshot = Snapshot(
        as_of=None,
        source=EXPRESSION,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        reader=READER,
        refs=result.refs,
        weights=None if all(weight is None for weight in weights) else weights,
    )
    return DesiredGroup(
        store.key(GroupType.CUSTOM, result.key),
        metadata={KEY: result.text},
        snapshots=(snapshot,),
    )


def _find_key(
    store: Store, name: str, saved: Mapping[str, Saved], *, replace: bool
) -> tuple[str, bool]:
    """Return the key for a saved expression, and whether its group exists.

    Raises UsageError and GuardError.
    """
    folded = fold_key(name)
    if not folded or len(folded) > LONGEST_KEY:
        raise UsageError(
            f"a key has 1 to {LONGEST_KEY} characters; this one has {len(folded)}",
            where="--save",
            remedy="give one, such as my_list",
        )
    spelt = [folded, *list_spellings(store, GroupType.CUSTOM, folded)]
    keys = [store.key(GroupType.CUSTOM, key) for key in dict.fromkeys(spelt)]
    stored = read_groups(store, keys)
    key = next((key.name for key in keys if stored[key].group_id is not None), None)
    if key is None:
        _refuse_namesake(store, folded)
        return folded, False
    if key not in saved and not replace:
        raise GuardError(
            f"custom:{quote(key)} exists and has no expression: another program made it",
            where="--save",
            remedy="give another name, or replace it with --replace",
        )
    return key, True


def _refuse_namesake(store: Store, key: str) -> None:
    """Raise UsageError where the key would change what a bare name means: a group comes first."""
    rows = store.connection.execute(_SQL["find_namesakes"], {"names": [key, key.upper()]})
    for environment, kind, named in rows:
        if environment == store.environment:
            raise UsageError(
                f"{named} is the name of something else ({name_type(kind)}), which a group of this "
                "name would hide",
                where="--save",
                remedy=f"give another name, such as my_{key}",
            )
