"""What a load did to every file and fund, or would do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stockgroups.jobs.folder import Listing
from stockgroups.jobs.plan_report import PlanReport
from stockgroups.json_values import pick
from stockgroups.model import Category, GroupType
from stockgroups.record.incoming import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from stockgroups.errors import StockgroupsError
    from stockgroups.jobs.holdings import HoldingsFile
    from stockgroups.record.incoming import IncomingSnapshot
    from stockgroups.record.plan import GroupPlan, Plan
    from stockgroups.suspicions import Suspicion


@dataclass(slots=True)
class LoadReport(PlanReport):
    """The outcome of a load for every file and every fund.

    Attributes:
        proxies: The funds that have a proxy.
        absent: The funds of the catalogue with neither a file nor a proxy.
        listing: What else is in the folder.
        gap: Why no file was found although one was expected.
        renamed: Recorded tickers, with the tickers that their funds have today.
        lack: Why funds with a known index have no proxy.
        plan_hash: In a dry run, the hash that applies exactly this plan.
        repeats: The load that had already applied the plan; nothing was done.
    """

    files: list[HoldingsFile]
    plan: Plan
    dry_run: bool
    proxies: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    listing: Listing = field(default_factory=Listing)
    gap: StockgroupsError | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)
    lack: StockgroupsError | None = None
    plan_hash: str | None = None
    repeats: int | None = None
    _plans: dict[int, tuple[GroupPlan, IncomingSnapshot]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._plans = {
            id(incoming.snapshot): (group, incoming)
            for group in self.plan.groups
            for incoming in group.snapshots
        }

    @property
    def changed(self) -> bool:
        """Whether anything was changed, or would be."""
        return self.repeats is None and (self.plan.changes_anything or bool(self.renamed))

    @property
    def failures(self) -> list[StockgroupsError]:
        """Everything that went wrong: unreadable folders, files, guards, groups."""
        found = [*self.listing.errors, *(file.error for file in self.files if file.error)]
        found += [self.gap] if self.gap else []
        for group in self.plan.groups:
            found += [s.error for s in group.snapshots if s.error]
            if group.error:
                found.append(group.error)
        return found

    def outcome(self, file: HoldingsFile) -> Outcome:
        """Return the outcome of one file."""
        if self.reason(file):
            return Outcome.REFUSED
        found = self._find(file)
        return found[1].outcome if found else Outcome.UNCHANGED

    def reason(self, file: HoldingsFile) -> StockgroupsError | None:
        """Return why one file was refused: by its reader, a guard, or the database."""
        found = self._find(file)
        return file.error or (found and (found[0].error or found[1].error)) or None

    def suspicions(self, file: HoldingsFile) -> tuple[Suspicion, ...]:
        """Return what was suspicious about a file and accepted, now or when it was first read."""
        if file.facts is None or self.reason(file):
            return ()
        found = self._find(file)
        return file.facts.receipt.suspicions + (found[1].accepted if found else ())

    @property
    def doubts(self) -> list[str]:
        """What a person should check in the files that were loaded."""
        return [
            f"{group.key.name}: {incoming.snapshot.file_name}: {incoming.doubt}"
            for group in self.plan.groups
            for incoming in group.to_record
            if incoming.doubt
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON values.

        A dry run has the receipt of each file that was read.
        """
        groups = [] if self.repeats else self.plan.groups
        return {
            "dry_run": self.dry_run,
            "changed": self.changed,
            "load": self.repeats or self.load_id,
            "plan": self.plan_hash,
            "repeated": self.repeats is not None,
            "files": [self._describe_file(file) for file in self.files],
            "funds": [_describe_group(g, "etf_symbol") for g in groups if not _is_list(g)],
            "universes": [_describe_group(g, "universe") for g in groups if _is_list(g)],
            "absent": self.absent,
            "renamed": dict(self.renamed),
            **pick(
                self,
                "passed_by=listing.others passed_over=listing.passed_over ignored=listing.ignored "
                "*others identity doubts failures",
            ),
        }

    def _describe_file(self, file: HoldingsFile) -> dict[str, Any]:
        facts, reason = file.facts, self.reason(file)
        account = facts.receipt if facts else None
        receipt = file.result.snapshot.receipt if file.result else None
        return {
            "file": file.name,
            "outcome": self.outcome(file).value,
            **pick(
                file,
                "fund universe format=facts?.format as_of=facts?.as_of "
                "rows=facts?.receipt.rows_read members=facts?.members",
            ),
            "rejected": account.count(Category.REJECTED) if account else None,
            "rejected_weight": account.weight(Category.REJECTED) if account else None,
            "unresolved": account.count(Category.UNRESOLVED) if account else None,
            "unresolved_weight": account.weight(Category.UNRESOLVED) if account else None,
            "unweighted": account.unweighted if account else None,
            "unnamed": account.unnamed if account else None,
            "other_weight": account.weight(Category.OTHER) if account else None,
            "unknown_columns": list(account.unknown_columns) if account else [],
            "unknown_classes": list(account.unknown_classes) if account else [],
            "suspicions": [suspicion.to_dict() for suspicion in self.suspicions(file)],
            "error": str(reason) if reason else None,
            **({"receipt": receipt.to_dict() if receipt else None} if self.dry_run else {}),
        }

    def _find(self, file: HoldingsFile) -> tuple[GroupPlan, IncomingSnapshot] | None:
        return self._plans.get(id(file.result.snapshot)) if file.result else None


def _is_list(group: GroupPlan) -> bool:
    return group.key.type is GroupType.UNIVERSE


def _describe_group(group: GroupPlan, kind: str) -> dict[str, Any]:
    errors = [group.error, *(incoming.error for incoming in group.snapshots)]
    return {
        **pick(
            group,
            f"{kind}=key.name total_holdings=member_count is_new changed=changes_anything "
            "added=added_symbols removed",
        ),
        "reweighted": len(group.reweighted),
        "recorded": len(group.to_record),
        "is_proxy": group.is_proxy,
        "error": "; ".join(str(error) for error in errors if error) or None,
    }
