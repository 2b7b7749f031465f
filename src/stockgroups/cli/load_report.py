"""Text output of a load: the outcome of every file and fund."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from stockgroups.cli.output import warn
from stockgroups.cli.plans import show_identity, warn_drift
from stockgroups.model import Category, GroupType
from stockgroups.record.incoming import Outcome
from stockgroups.text import count_of, list_some

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.jobs.folder import Listing
    from stockgroups.jobs.holdings import FileFacts, HoldingsFile
    from stockgroups.jobs.load_report import LoadReport
    from stockgroups.record.plan import GroupPlan

SHOWN_WEIGHT = 0.001
"""The part of a fund in other assets from which it is reported."""
MOST_SHOWN = 20
"""The most files of one kind that are listed by name; of more files, only the unusual ones are."""


def show(report: LoadReport, *, verbose: bool) -> Iterator[str]:
    """Yield the outcome of every file and fund, and warn of refused ones."""
    if report.repeats is not None:
        yield f"Load {report.repeats} has already applied this plan: nothing to do"
        return
    for old, new in report.renamed.items():
        verb = "[DRY-RUN] Would move" if report.dry_run else "✓ Moved"
        yield f"{verb} the record of {old} to {new}, its ticker today"
    yield from _show_files(report, verbose=verbose)
    yield from _show_funds(report, verbose=verbose)
    if report.files:
        counts = Counter(report.outcome(file).value for file in report.files)
        text = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        yield f"{count_of(len(report.files), 'file')}: {text}"
    yield from _show_rest(report.listing)
    if report.absent and report.files:
        count = count_of(len(report.absent), "fund")
        names_all = verbose or len(report.absent) <= MOST_SHOWN
        names = list_some(report.absent, len(report.absent) if names_all else MOST_SHOWN)
        yield (
            f"Neither file nor proxy: {count} of the catalogue (`load --etf TICKER` shows where to "
            f"download its file): {names}{'' if names_all else '; --verbose lists them'}"
        )
    if report.proxies:
        yield f"Proxies (index members in place of a file): {len(report.proxies)}"
    _warn_of_refusals(report)
    warn_drift(report.plan)
    yield from show_identity(report.plan)
    if not report.changed:
        reason = "" if report.failures else ": already up to date"
        yield f"Nothing changed{reason}"
    elif not report.dry_run and any(
        _makes_stale(group) for group in report.plan.groups if not group.error
    ):
        yield "Stock metadata may be stale now: run `stockgroups build-metadata`"
    if report.dry_run and report.changed:
        yield f"[DRY-RUN] --plan {report.plan_hash} does exactly this, or nothing"


def _show_files(report: LoadReport, *, verbose: bool) -> Iterator[str]:
    names_all = verbose or len(report.files) <= MOST_SHOWN
    usual = 0
    for file in report.files:
        if file.facts and not names_all and _is_usual(file, report):
            usual += 1
        elif file.facts:
            line = f"  {file.name} · {report.outcome(file).value} · {_format_facts(file.facts)}"
            refusal = report.reason(file)
            yield f"{line} · {refusal.what}" if refusal else line
            for suspicion in report.suspicions(file):
                message = f"accepted ({suspicion.guard}): {suspicion.message}"
                yield f"! {file.name}: {message}"
            if file.facts.receipt.unknown_columns:
                columns = ", ".join(file.facts.receipt.unknown_columns)
                yield f"! {file.name}: columns not understood: {columns}"
            if file.facts.receipt.unknown_classes:
                classes = ", ".join(file.facts.receipt.unknown_classes)
                yield f"! {file.name}: asset classes not understood: {classes}"
    if usual:
        read = count_of(usual, "file")
        yield f"  {read} read as usual, every row understood; --verbose lists them"


def _show_funds(report: LoadReport, *, verbose: bool) -> Iterator[str]:
    shown_groups = [group for group in report.plan.groups if not group.is_vain]
    if len(shown_groups) > MOST_SHOWN and not verbose:
        changed = [group for group in shown_groups if group.changes_anything or group.error]
        if len(changed) < len(shown_groups):
            same = count_of(len(shown_groups) - len(changed), "fund")
            yield f"✓ Unchanged: {same}; --verbose lists them"
        shown_groups = changed
    for group in shown_groups:
        yield _line(group, report)


def _warn_of_refusals(report: LoadReport) -> None:
    if report.lack:
        warn(f"! Funds without a file get no proxy: {report.lack}")
    for error in report.listing.errors:
        warn(f"✗ {error}")
    for file in report.files:
        if file.error:
            warn(f"✗ {file.name}: refused: {file.error.advice}")
    if report.gap:
        warn(f"✗ {report.gap}")
    for doubt in report.doubts:
        warn(f"! {doubt}")
    for group in report.plan.groups:
        _warn_rivals(group)
        if group.is_emptied:
            warn(
                f"! {group.key.name}: everything recorded for it was reverted; "
                "`stockgroups loads` lists the rollback, which can be reverted too"
            )
        for incoming in group.snapshots:
            if incoming.error and incoming.twin is None:  # one line for all its copies
                warn(f"✗ {group.key.name}: refused: {incoming.error}")
        if group.error:
            warn(f"Database error inserting {group.key.name}: {group.error}")


def _is_usual(file: HoldingsFile, report: LoadReport) -> bool:
    """Return whether a file needs no attention: every row, column and class was understood."""
    receipt = file.facts.receipt if file.facts else None
    return receipt is not None and not (
        receipt.count(Category.REJECTED)
        or receipt.unweighted
        or receipt.unknown_columns
        or receipt.unknown_classes
        or report.reason(file)
        or report.suspicions(file)
    )


def _show_rest(listing: Listing) -> Iterator[str]:
    """Yield the files in the folder that were not read; those like holdings files, by name."""
    for passed in listing.passed_over[:MOST_SHOWN]:
        yield f"  {passed.name} · skipped · {passed.reason}"
    rest = len(listing.passed_over) - MOST_SHOWN
    if rest > 0:
        yield f"  … and {rest} more skipped; --json lists all"
    if listing.others:
        text = ", ".join(f"{count} {kind}" for kind, count in sorted(listing.others.items()))
        yield f"Skipped, not holdings files: {text}"
    if listing.ignored:
        yield f"Ignored by pattern: {listing.ignored} (files or folders)"


def _line(group: GroupPlan, report: LoadReport) -> str:
    # Scripts look for the word `holdings`, also for a single one.
    noun = "symbols" if group.key.type is GroupType.UNIVERSE else "holdings"
    name, count = group.key.name, f"{group.member_count or 0} {noun}"
    mark = " (proxy)" if group.is_proxy else ""
    if group.error or (group.is_refused and not group.changes_anything):
        return f"✗ Left {name} as it was"
    if not group.changes_anything:
        return f"✓ Unchanged {name}: {count}{mark}"
    changes = f"+{len(group.added)} −{len(group.removed)}, {len(group.reweighted)} reweighted"
    if report.dry_run:
        verb = "insert" if group.is_new else "update"
        return f"[DRY-RUN] Would {verb} {name}: {count} ({changes}){mark}"
    if group.is_new:
        return f"✓ Inserted {name}: {count}{mark}"
    if group.to_record and not _makes_stale(group):
        older = count_of(len(group.to_record), "older file")
        return f"✓ Recorded {name}: {older}; {count}, unchanged{mark}"
    return f"✓ Updated {name}: {count} ({changes}){mark}"


def _makes_stale(group: GroupPlan) -> bool:
    """Return whether stocks' metadata may change: other members, or another file with sectors."""
    return bool(group.added or group.removed) or any(
        incoming.outcome is Outcome.CURRENT for incoming in group.snapshots
    )


def _warn_rivals(group: GroupPlan) -> None:
    """Warn of differing new files of one fund and date; the one read last becomes current."""
    rivals: dict[object, list[str]] = {}
    for incoming in group.to_record:
        rivals.setdefault(incoming.as_of, []).append(incoming.snapshot.file_name or "?")
    for as_of, names in rivals.items():
        if len(names) > 1:
            warn(
                f"! {group.key.name}: {len(names)} files of {as_of} differ "
                f"({', '.join(names)}); {names[-1]} is effective"
            )


def _format_facts(facts: FileFacts) -> str:
    receipt = facts.receipt
    rejected, unresolved = receipt.count(Category.REJECTED), receipt.count(Category.UNRESOLVED)
    text = (
        f"{facts.format} {facts.fund} as of {facts.as_of} · "
        f"{count_of(receipt.rows_read, 'row')}, {count_of(facts.members, 'member')}"
    )
    if rejected:
        text += f", {rejected} rejected ({receipt.weight(Category.REJECTED):.2%} of the fund)"
    if receipt.unweighted:
        text += f", {receipt.unweighted} without a weight"
    if receipt.unnamed:
        text += f", {receipt.unnamed} of them by ISIN without a ticker"
    if unresolved:
        weight = receipt.weight(Category.UNRESOLVED)
        text += f", {unresolved} unresolved ({weight:.2%} of the fund)"
    if (weight := receipt.weight(Category.OTHER)) > SHOWN_WEIGHT:
        text += f", {weight:.2%} in other assets"
    return text
