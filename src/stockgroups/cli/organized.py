"""Text output of organising: one line for each group, and one for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import warn
from stockgroups.record.effective import Header

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.jobs.organize import OrganizeReport
    from stockgroups.model import GroupType
    from stockgroups.record.plan import GroupPlan


def show_groups(
    report: OrganizeReport, kind: GroupType, word: str, *, verbose: bool = False
) -> Iterator[str]:
    """Yield the outcome of the groups of one type, and warn of refused ones.

    Args:
        word: The word for a group in the lines: `sector`, `theme`.
        verbose: Name the added and removed symbols.
    """
    groups = report.groups(kind)
    failed = 0
    for group in groups:
        if group.error:
            failed += 1
            warn(f"Database error inserting {group.key.name}: {group.error}")
        else:
            yield _line(group, word, dry_run=report.dry_run)
            if verbose:
                yield from _show_changes(group)
    if report.dry_run:
        return
    unchanged = sum(not group.changes_anything for group in groups) - failed
    done = len(groups) - failed
    note = f" ({unchanged} of them unchanged)" if unchanged else ""
    yield f"Created {done} {word} entries{note}"


def _line(group: GroupPlan, word: str, *, dry_run: bool) -> str:
    name = group.key.name
    # Scripts look for the word `symbols`, also for a single one.
    count = "" if group.member_count is None else f" ({group.member_count} symbols)"
    if dry_run:
        verb = (
            "create"
            if group.is_first_definition
            else "update"
            if group.changes_anything
            else "leave"
        )
        return f"[DRY-RUN] Would {verb} {word}: {name}{count}"
    own = _own_source(group)
    if not group.changes_anything:
        return f"✓ Unchanged {word}: {name}{count}{own}"
    return f"✓ {'Created' if group.is_first_definition else 'Updated'} {word}: {name}{count}{own}"


def _own_source(group: GroupPlan) -> str:
    """Return a text on the source that takes precedence over the offered proxy, if there is one."""
    offered = group.desired.snapshots or ()
    effective = group.effective
    if (
        not isinstance(effective, Header)
        or effective.is_proxy
        or not any(s.is_proxy for s in offered)
    ):
        return ""
    return f"; its own source of {effective.as_of} ({effective.source}) is effective"


def _show_changes(group: GroupPlan) -> Iterator[str]:
    if group.added:
        yield f"    + {', '.join(sorted(group.added))}"
    if group.removed:
        yield f"    − {', '.join(group.removed)}"
