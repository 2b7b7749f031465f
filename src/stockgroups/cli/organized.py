"""How the outcome of organising is told: one line a group, one line in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.identity_changes import describe_identity
from stockgroups.cli.output import print_json, tell, warn
from stockgroups.record.effective import Header
from stockgroups.record.replaced import describe_others

if TYPE_CHECKING:
    from stockgroups.jobs.organize import OrganizeReport
    from stockgroups.model import GroupType
    from stockgroups.record.plan import GroupPlan


def tell_json(report: OrganizeReport) -> None:
    """Print the outcome as JSON."""
    print_json(
        {
            "dry_run": report.dry_run,
            "changed": report.plan.changes_anything or bool(report.deleted),
            "load": None if report.dry_run else report.plan.load_id,
            "groups": [
                {
                    "type": group.key.type.value,
                    "key": group.key.name,
                    "total_symbols": group.member_count,
                    "is_new": group.is_new,
                    "changed": group.changes_anything,
                    "added": sorted(group.added),
                    "removed": group.removed,
                    "error": str(group.error) if group.error else None,
                }
                for group in report.plan.groups
            ],
            "deleted": [key.name for key in report.deleted],
            "deletion": report.deletion_id,
            **describe_others(report.plan),
            "identity": describe_identity(report.plan),
        }
    )


def tell_groups(
    report: OrganizeReport, kind: GroupType, word: str, *, verbose: bool = False
) -> int:
    """Print what became of the groups of one type.

    Args:
        report: What organising did.
        kind: The type of the groups.
        word: What a group is called in the lines: `sector`, `theme`.
        verbose: Name the symbols that come and go.

    Returns:
        The exit status: 1 when the database refused a group.
    """
    groups = report.groups(kind)
    failed = 0
    for group in groups:
        if group.error:
            failed += 1
            warn(f"Database error inserting {group.key.name}: {group.error}")
        else:
            tell(_line(group, word, dry_run=report.dry_run))
            if verbose:
                _tell_changes(group)
    if report.dry_run:
        return 0
    unchanged = sum(not group.changes_anything for group in groups) - failed
    done = len(groups) - failed
    note = f" ({unchanged} of them were there already, unchanged)" if unchanged else ""
    tell(f"Created {done} {word} entries{note}")
    return 1 if failed else 0


def _line(group: GroupPlan, word: str, *, dry_run: bool) -> str:
    name = group.key.name
    # Scripts look for these words: `symbols`, also of one.
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
    """Tell which source counts before the proxy that was offered, if one does."""
    offered = group.desired.snapshots or ()
    effective = group.effective
    if (
        not isinstance(effective, Header)
        or effective.is_proxy
        or not any(s.is_proxy for s in offered)
    ):
        return ""
    return f"; its own source of {effective.as_of} ({effective.source}) counts"


def _tell_changes(group: GroupPlan) -> None:
    if group.added:
        tell(f"    + {', '.join(sorted(group.added))}")
    if group.removed:
        tell(f"    − {', '.join(group.removed)}")
