"""Load ETF holdings: what issuers' files say becomes each fund's memberships, with its history.

Without a holdings folder, funds that track a known index get that index's members as a proxy,
marked as such. A file that cannot be read leaves its fund as it was; the others load; exit 1.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import parse_date
from stockgroups.cli.output import Progress, print_json, tell, warn
from stockgroups.cli.session import open_session
from stockgroups.errors import UsageError
from stockgroups.store.statements import Outcome
from stockgroups.wording import count_of

if TYPE_CHECKING:
    import argparse
    import datetime as dt

    from stockgroups.cli.session import Session
    from stockgroups.jobs.holdings import FileFacts
    from stockgroups.jobs.load import LoadReport
    from stockgroups.store.plan import GroupPlan

DEFAULT_FOLDER = Path("holdings")
TOLD_WEIGHT = 0.001


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load`."""
    parser.add_argument("--etf", metavar="TICKER", help="this fund only")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, write nothing")
    parser.add_argument(
        "--mode",
        choices=("incremental", "full", "dry-run"),
        default="incremental",
        help="incremental (default) skips files that were read before; full parses all again",
    )
    parser.add_argument("--rebuild", action="store_true", help="the same as --mode full")
    parser.add_argument(
        "--holdings-dir",
        metavar="DIR",
        type=Path,
        help="the issuers' files (or HOLDINGS_DIR; else ./holdings where there is one)",
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="the date (YYYY-MM-DD) of files that say none themselves"
    )
    parser.add_argument(
        "--accept",
        metavar="GUARD",
        action="append",
        default=[],
        help="let a guard pass: shrink, rows, future, weights, rejected; may be repeated",
    )


def run(args: argparse.Namespace) -> int:
    """Load, and print what became of every file and fund."""
    from stockgroups.store.guards import GUARDS  # noqa: PLC0415 - not for --help

    unknown = sorted(set(args.accept) - set(GUARDS))
    if unknown:
        known = ", ".join(GUARDS)
        raise UsageError(f"no guard {unknown[0]!r}", where="--accept", remedy=f"use one of {known}")
    as_of = parse_date(args.as_of)
    with open_session(args) as session:
        return load(session, args, as_of)


def load(session: Session, args: argparse.Namespace, as_of: dt.date | None) -> int:
    """Load in an open session; shared with the demo."""
    from stockgroups.jobs.load import LoadOptions, load_etfs  # noqa: PLC0415 - heavy

    folder = args.holdings_dir or session.settings.holdings_dir
    if folder is None and DEFAULT_FOLDER.is_dir():
        folder = DEFAULT_FOLDER
    dry_run = args.dry_run or args.mode == "dry-run"
    options = LoadOptions(
        holdings_dir=folder,
        etf=args.etf.strip().upper() if args.etf else None,
        rebuild=args.rebuild or args.mode == "full",
        dry_run=dry_run,
        as_of=as_of,
        accept=frozenset(args.accept),
    )
    verb = "[DRY-RUN] Would load into" if dry_run else "Loading into"
    tell(f"{verb} {session.target}", quiet=args.json)
    progress = Progress("reading")
    report = load_etfs(
        session.connection, session.environment, session.load_catalog(), options, progress
    )
    progress.done()
    if args.json:
        print_json(describe(report))
    _print_report(report, folder, quiet=args.json)
    return 1 if report.failures else 0


def describe(report: LoadReport) -> dict[str, Any]:
    """Return a load's outcome as JSON values."""
    return {
        "dry_run": report.dry_run,
        "changed": report.plan.changes_anything,
        "files": [
            {
                "file": file.name,
                "outcome": report.outcome(file).value,
                "fund": file.fund,
                "format": file.facts.format if file.facts else None,
                "as_of": file.facts.as_of.isoformat() if file.facts and file.facts.as_of else None,
                "rows": file.facts.rows if file.facts else None,
                "members": file.facts.members if file.facts else None,
                "rejected": file.facts.rejected if file.facts else None,
                "rejected_weight": file.facts.rejected_weight if file.facts else None,
                "other_weight": file.facts.other_weight if file.facts else None,
                "unknown_columns": list(file.facts.unknown_columns) if file.facts else [],
                "unknown_classes": list(file.facts.unknown_classes) if file.facts else [],
                "error": str(reason) if (reason := report.reason(file)) else None,
            }
            for file in report.files
        ],
        "funds": [
            {
                "etf_symbol": group.key.name,
                "total_holdings": group.member_count,
                "is_new": group.is_new,
                "changed": group.changes_anything,
                "added": sorted(group.added),
                "removed": group.removed,
                "reweighted": len(group.reweighted),
                "recorded": len(group.to_record),
                "is_proxy": group.key.name in report.proxies,
                "error": _group_error(group),
            }
            for group in report.plan.groups
        ],
        "absent": report.absent,
        "passed_by": dict(report.others),
        "failures": [str(error) for error in report.failures],
    }


def _print_report(report: LoadReport, folder: Path | None, *, quiet: bool) -> None:
    for file in report.files:
        if file.facts:
            line = f"  {file.name} · {report.outcome(file).value} · {_tell_facts(file.facts)}"
            refusal = report.reason(file)
            tell(f"{line} · {refusal.what}" if refusal else line, quiet=quiet)
            if file.facts.unknown_columns:
                columns = ", ".join(file.facts.unknown_columns)
                tell(f"! {file.name}: columns not understood: {columns}", quiet=quiet)
            if file.facts.unknown_classes:
                classes = ", ".join(file.facts.unknown_classes)
                tell(f"! {file.name}: asset classes not understood: {classes}", quiet=quiet)
    if folder is not None and not report.files:
        tell(f"No holdings files in {folder}", quiet=quiet)
    for group in report.plan.groups:
        if not group.is_vain:
            tell(_line(group, report), quiet=quiet)
    if report.files:
        counts = Counter(report.outcome(file).value for file in report.files)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        tell(f"{count_of(len(report.files), 'file')}: {told}", quiet=quiet)
    if report.others:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(report.others.items()))
        tell(f"Passed by, no kind of holdings file: {told}", quiet=quiet)
    if report.absent and report.files:
        count = count_of(len(report.absent), "fund")
        tell(
            f"No file and no proxy ({count} of the catalogue; `--etf` tells where theirs are): "
            f"{' '.join(report.absent)}",
            quiet=quiet,
        )
    if report.proxies:
        tell(f"Proxies (index members standing in for a file): {len(report.proxies)}", quiet=quiet)
    for file in report.files:
        if file.error:
            warn(f"✗ {file.name}: refused: {file.error.advice}")
    for group in report.plan.groups:
        _tell_rivals(group)
        if group.is_emptied:
            warn(
                f"! {group.key.name}: all that was recorded of it was taken back; "
                "`stockgroups loads` lists the rollback, which can be rolled back"
            )
        for statement in group.statements:
            if statement.error and statement.twin is None:  # one speaks for its copies
                warn(f"✗ {group.key.name}: refused: {statement.error}")
        if group.error:
            warn(f"Database error inserting {group.key.name}: {group.error}")
    if not report.plan.changes_anything:
        reason = "" if report.failures else ": everything was there already"
        tell(f"Nothing changed{reason}", quiet=quiet)
    elif not report.dry_run and any(_makes_stale(group) for group in report.plan.groups):
        tell("Stock metadata may be stale now: run `stockgroups build-metadata`", quiet=quiet)


def _line(group: GroupPlan, report: LoadReport) -> str:
    # Scripts look for these words: `holdings`, also of one.
    name, count = group.key.name, f"{group.member_count or 0} holdings"
    mark = " (proxy)" if group.key.name in report.proxies else ""
    if group.error:
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


def _group_error(group: GroupPlan) -> str | None:
    errors = [group.error, *(statement.error for statement in group.statements)]
    return "; ".join(str(error) for error in errors if error) or None


def _makes_stale(group: GroupPlan) -> bool:
    """Whether stocks' metadata may change: other members, or another file that prints sectors."""
    return bool(group.added or group.removed) or any(
        statement.outcome is Outcome.CURRENT for statement in group.statements
    )


def _tell_rivals(group: GroupPlan) -> None:
    """Warn of new files of one fund and date that differ: the one read last counts."""
    rivals: dict[object, list[str]] = {}
    for statement in group.to_record:
        rivals.setdefault(statement.as_of, []).append(statement.snapshot.file_name or "?")
    for as_of, names in rivals.items():
        if len(names) > 1:
            warn(
                f"! {group.key.name}: {len(names)} files of {as_of} differ "
                f"({', '.join(names)}); {names[-1]} counts"
            )


def _tell_facts(facts: FileFacts) -> str:
    told = (
        f"{facts.format} {facts.fund} as of {facts.as_of} · "
        f"{count_of(facts.rows, 'row')}, {count_of(facts.members, 'member')}"
    )
    if facts.rejected:
        told += f", {facts.rejected} rejected ({facts.rejected_weight:.2%} of the fund)"
    if facts.other_weight > TOLD_WEIGHT:
        told += f", {facts.other_weight:.2%} in other assets"
    return told
