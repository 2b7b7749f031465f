"""Load ETF holdings: read the issuers' files and update each fund's memberships and history.

While a fund that tracks a known index has no file, the members of that index take its place,
marked as a proxy; in PROD only with --proxies. A file that cannot be read leaves its fund
unchanged, and the other files are loaded; the exit status is 1. It is 1 too when a folder has no
holdings file.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.cli.flags import add_accept, add_volume_flags, parse_date
from stockgroups.cli.identity_changes import describe_identity, show_identity
from stockgroups.cli.output import Progress, hush, print_json, tell, warn
from stockgroups.cli.proxies import remove
from stockgroups.cli.reconcile import describe_others, warn_drift
from stockgroups.cli.session import open_database
from stockgroups.record.incoming import Outcome
from stockgroups.suspicions import parse_accept
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    import datetime as dt

    from stockgroups.api import Database
    from stockgroups.jobs.folder import Listing
    from stockgroups.jobs.holdings import FileFacts, HoldingsFile
    from stockgroups.jobs.load import LoadReport
    from stockgroups.record.plan import GroupPlan

DEFAULT_FOLDER = Path("holdings")
TOLD_WEIGHT = 0.001
MOST_TOLD = 20
"""Files of one kind by name; of more only those with which something is not as usual."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `load`."""
    parser.add_argument("--etf", metavar="TICKER", help="this fund only")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be done, write nothing"
    )
    parser.add_argument(
        "--mode",
        choices=("incremental", "full", "dry-run"),
        default="incremental",
        help="incremental (default): skip files that were read before; full: read all again",
    )
    parser.add_argument("--rebuild", action="store_true", help="the same as --mode full")
    parser.add_argument(
        "--holdings-dir",
        metavar="DIR",
        type=Path,
        help="the folder of the issuers' files; default: HOLDINGS_DIR, else ./holdings",
    )
    parser.add_argument(
        "--ignore",
        metavar="GLOB",
        action="append",
        default=[],
        help="skip files whose name or path matches, as the folder's .stockgroupsignore does; "
        "may be repeated",
    )
    parser.add_argument(
        "--proxies",
        action="store_true",
        default=None,
        help="use index members for funds without a file; the default except in PROD",
    )
    parser.add_argument(
        "--no-proxies",
        dest="proxies",
        action="store_false",
        default=None,
        help="add no proxies (or INDEX_PROXIES=off)",
    )
    parser.add_argument(
        "--remove-proxies",
        action="store_true",
        help="load nothing; remove the proxies of all funds, or of --etf",
    )
    parser.add_argument(
        "--as-of", metavar="DATE", help="the date (YYYY-MM-DD) of files that have none"
    )
    add_accept(parser)
    add_volume_flags(parser, verbose="name every file and fund, also when there are many")


def run(args: argparse.Namespace) -> int:
    """Load, and print what became of every file and fund."""
    args.accept = parse_accept(args.accept)
    as_of = parse_date(args.as_of)
    with open_database(args) as db, hush(hushed=args.quiet):
        return load(db, args, as_of)


def load(db: Database, args: argparse.Namespace, as_of: dt.date | None) -> int:
    """Load in an open session; shared with the demo."""
    from stockgroups.jobs.load import LoadOptions, load_etfs  # noqa: PLC0415 - heavy

    etf = args.etf.strip().upper() if args.etf else None
    dry_run = args.dry_run or args.mode == "dry-run"
    if args.remove_proxies:
        return remove(db, args, etf, dry_run=dry_run)
    folder = args.holdings_dir or db.settings.holdings_dir
    is_default_folder = folder is None and (DEFAULT_FOLDER.is_dir() or DEFAULT_FOLDER.is_symlink())
    if is_default_folder:
        folder = DEFAULT_FOLDER
    former = db.catalog.renamed_fund(etf) if etf else None
    if former:
        tell(f"{former}: that is loaded", quiet=args.json)
        etf = former.fund
    options = LoadOptions(
        holdings_dir=folder,
        is_default_folder=is_default_folder,
        ignore=tuple(args.ignore),
        proxies=db.settings.index_proxies if args.proxies is None else args.proxies,
        etf=etf,
        rebuild=args.rebuild or args.mode == "full",
        dry_run=dry_run,
        as_of=as_of,
        accept=args.accept,
    )
    verb = "[DRY-RUN] Would load into" if dry_run else "Loading into"
    tell(f"{verb} {db.target}", quiet=args.json)
    progress = Progress("reading")
    report = load_etfs(db, options, progress)
    progress.done()
    if args.json:
        print_json(describe(report))
    _print_report(report, quiet=args.json, verbose=args.verbose)
    return 1 if report.failures else 0


def describe(report: LoadReport) -> dict[str, Any]:
    """Return a load's outcome as JSON values."""
    return {
        "dry_run": report.dry_run,
        "changed": report.plan.changes_anything or bool(report.renamed),
        "load": None if report.dry_run else report.plan.load_id,
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
                "unresolved": file.facts.unresolved if file.facts else None,
                "unresolved_weight": file.facts.unresolved_weight if file.facts else None,
                "unweighted": file.facts.unweighted if file.facts else None,
                "unnamed": file.facts.unnamed if file.facts else None,
                "other_weight": file.facts.other_weight if file.facts else None,
                "unknown_columns": list(file.facts.unknown_columns) if file.facts else [],
                "unknown_classes": list(file.facts.unknown_classes) if file.facts else [],
                "suspicions": [s.to_dict() for s in report.suspicions(file)],
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
                "is_proxy": group.is_proxy,
                "error": _group_error(group),
            }
            for group in report.plan.groups
        ],
        "absent": report.absent,
        "renamed": dict(report.renamed),
        "passed_by": dict(report.listing.others),
        "passed_over": [passed.to_dict() for passed in report.listing.passed_over],
        "ignored": report.listing.ignored,
        **describe_others(report.plan),
        "identity": describe_identity(report.plan),
        "failures": [str(error) for error in report.failures],
    }


def _print_report(report: LoadReport, *, quiet: bool, verbose: bool) -> None:
    for old, new in report.renamed.items():
        verb = "[DRY-RUN] Would put" if report.dry_run else "✓ Put"
        tell(f"{verb} what files said of {old} under {new}, its ticker today", quiet=quiet)
    names_all = verbose or len(report.files) <= MOST_TOLD
    usual = 0
    for file in report.files:
        if file.facts and not names_all and _is_usual(file, report):
            usual += 1
        elif file.facts:
            line = f"  {file.name} · {report.outcome(file).value} · {_tell_facts(file.facts)}"
            refusal = report.reason(file)
            tell(f"{line} · {refusal.what}" if refusal else line, quiet=quiet)
            for suspicion in report.suspicions(file):
                told = f"accepted ({suspicion.guard}): {suspicion.message}"
                tell(f"! {file.name}: {told}", quiet=quiet)
            if file.facts.unknown_columns:
                columns = ", ".join(file.facts.unknown_columns)
                tell(f"! {file.name}: columns not understood: {columns}", quiet=quiet)
            if file.facts.unknown_classes:
                classes = ", ".join(file.facts.unknown_classes)
                tell(f"! {file.name}: asset classes not understood: {classes}", quiet=quiet)
    if usual:
        told = count_of(usual, "file")
        tell(f"  {told} read as usual, every row understood; --verbose names them", quiet=quiet)
    told_groups = [group for group in report.plan.groups if not group.is_vain]
    if len(told_groups) > MOST_TOLD and not verbose:
        changed = [group for group in told_groups if group.changes_anything or group.error]
        if len(changed) < len(told_groups):
            same = count_of(len(told_groups) - len(changed), "fund")
            tell(f"✓ Unchanged: {same}; --verbose names them", quiet=quiet)
        told_groups = changed
    for group in told_groups:
        tell(_line(group, report), quiet=quiet)
    if report.files:
        counts = Counter(report.outcome(file).value for file in report.files)
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        tell(f"{count_of(len(report.files), 'file')}: {told}", quiet=quiet)
    _tell_rest(report.listing, quiet=quiet)
    if report.absent and report.files:
        count = count_of(len(report.absent), "fund")
        tell(
            f"No file and no proxy ({count} of the catalogue; `--etf` tells where theirs are): "
            f"{' '.join(report.absent)}",
            quiet=quiet,
        )
    if report.proxies:
        tell(f"Proxies (index members standing in for a file): {len(report.proxies)}", quiet=quiet)
    if report.lack:
        warn(f"! No index stands in for funds without a file: {report.lack}")
    for error in report.listing.errors:
        warn(f"✗ {error}")
    for file in report.files:
        if file.error:
            warn(f"✗ {file.name}: refused: {file.error.advice}")
    if report.gap:
        warn(f"✗ {report.gap}")
    for group in report.plan.groups:
        _tell_rivals(group)
        if group.is_emptied:
            warn(
                f"! {group.key.name}: all that was recorded of it was taken back; "
                "`stockgroups loads` lists the rollback, which can be rolled back"
            )
        for incoming in group.snapshots:
            if incoming.error and incoming.twin is None:  # one speaks for its copies
                warn(f"✗ {group.key.name}: refused: {incoming.error}")
        if group.error:
            warn(f"Database error inserting {group.key.name}: {group.error}")
    warn_drift(report.plan)
    for line in show_identity(report.plan):
        tell(line, quiet=quiet)
    if not report.plan.changes_anything and not report.renamed:
        reason = "" if report.failures else ": everything was there already"
        tell(f"Nothing changed{reason}", quiet=quiet)
    elif not report.dry_run and any(
        _makes_stale(group) for group in report.plan.groups if not group.error
    ):
        tell("Stock metadata may be stale now: run `stockgroups build-metadata`", quiet=quiet)


def _is_usual(file: HoldingsFile, report: LoadReport) -> bool:
    """Tell whether nothing about a file needs a look: no row, column or class left over."""
    facts = file.facts
    return facts is not None and not (
        facts.rejected
        or facts.unweighted
        or facts.unknown_columns
        or facts.unknown_classes
        or report.reason(file)
        or report.suspicions(file)
    )


def _tell_rest(listing: Listing, *, quiet: bool) -> None:
    """Tell what lies in the folder and was not read: by name what looks like a file to be read."""
    for passed in listing.passed_over[:MOST_TOLD]:
        tell(f"  {passed.name} · passed over · {passed.reason}", quiet=quiet)
    rest = len(listing.passed_over) - MOST_TOLD
    if rest > 0:
        tell(f"  … and {rest} more passed over; --json names all", quiet=quiet)
    if listing.others:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(listing.others.items()))
        tell(f"Passed by, no kind of holdings file: {told}", quiet=quiet)
    if listing.ignored:
        tell(f"Ignored by pattern: {count_of(listing.ignored, 'file or folder')}", quiet=quiet)


def _line(group: GroupPlan, report: LoadReport) -> str:
    # Scripts look for these words: `holdings`, also of one.
    name, count = group.key.name, f"{group.member_count or 0} holdings"
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


def _group_error(group: GroupPlan) -> str | None:
    errors = [group.error, *(incoming.error for incoming in group.snapshots)]
    return "; ".join(str(error) for error in errors if error) or None


def _makes_stale(group: GroupPlan) -> bool:
    """Whether stocks' metadata may change: other members, or another file that prints sectors."""
    return bool(group.added or group.removed) or any(
        incoming.outcome is Outcome.CURRENT for incoming in group.snapshots
    )


def _tell_rivals(group: GroupPlan) -> None:
    """Warn of new files of one fund and date that differ: the one read last counts."""
    rivals: dict[object, list[str]] = {}
    for incoming in group.to_record:
        rivals.setdefault(incoming.as_of, []).append(incoming.snapshot.file_name or "?")
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
    if facts.unweighted:
        told += f", {facts.unweighted} without a weight"
    if facts.unnamed:
        told += f", {facts.unnamed} of them by ISIN without a ticker"
    if facts.unresolved:
        told += f", {facts.unresolved} unresolved ({facts.unresolved_weight:.2%} of the fund)"
    if facts.other_weight > TOLD_WEIGHT:
        told += f", {facts.other_weight:.2%} in other assets"
    return told
