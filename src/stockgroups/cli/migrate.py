"""Migrate the old store (cache_entries) to groups, and verify that nothing was lost.

Entries are never changed. Without a flag: migrate in one transaction, then compare both stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run, number
from stockgroups.cli.output import Progress, make_table, name_rest, report_line, warn
from stockgroups.cli.plans import show_changes, warn_replaced
from stockgroups.cli.session import open_database
from stockgroups.cli.tabular import emit, emit_report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.api import Database
    from stockgroups.migration.migrate import EntryOutcome, MigrationReport
    from stockgroups.migration.parity_report import ParityReport
    from stockgroups.migration.withdrawal import RollbackReport

ACCEPTABLE = ("refused",)
SHOWN = 20
_INFINITIVES = {"migrated": "migrate", "merged": "merge"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `migrate`."""
    add_dry_run(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--validate-only",
        action="store_true",
        help="compare every entry with the new tables, in both directions; write nothing",
    )
    what.add_argument(
        "--rollback",
        metavar="LOAD",
        nargs="?",
        const=0,
        type=number,
        help="revert the migration of that load; default: the last one",
    )
    what.add_argument(
        "--rehearse",
        action="store_true",
        help="do everything on a scratch copy on the same server, and report go or no-go",
    )
    add_accept(parser)
    parser.add_argument("--verbose", action="store_true", help="list every entry and difference")


def add_accept(parser: argparse.ArgumentParser) -> None:
    """Add the flag that all commands on the old store share."""
    parser.add_argument(
        "--accept",
        metavar="WHAT",
        choices=ACCEPTABLE,
        action="append",
        default=[],
        help="refused: report entries and members that cannot be read, but do not count them as "
        "differences",
    )


def run(args: argparse.Namespace) -> int:
    """Migrate, compare, roll back or rehearse, and print the outcome."""
    with open_database(args, check=not args.rehearse) as db:
        if args.rehearse:
            return rehearse(db, args)
        if args.validate_only:
            return validate(db, args)
        if args.rollback is not None:
            return roll_back(db, args)
        return migrate(db, args)


def migrate(db: Database, args: argparse.Namespace) -> int:
    """Migrate; return 1 if anything was refused or the stores differ."""
    from stockgroups.migration.migrate import migrate as do_migrate  # noqa: PLC0415 - not for --help

    prefix = "[DRY-RUN] Would migrate in" if args.dry_run else "Migrating in"
    report_line(f"{prefix} {db.target}")
    done = do_migrate(db, dry_run=args.dry_run, progress=Progress("entries"))
    accepts = bool(args.accept)
    if done.parity is not None:
        done.parity.accepts_refused = accepts
    emit_report(args, done, lambda: show_migration(done, verbose=args.verbose))
    differs = done.parity is not None and not done.parity.passed
    return 1 if differs or done.misplaced or (done.refused and not accepts) else 0


def validate(db: Database, args: argparse.Namespace) -> int:
    """Compare both stores; return 1 for any difference."""
    from stockgroups.migration.parity import check_parity  # noqa: PLC0415 - not for --help

    report_line(f"Comparing both stores in {db.target}")
    parity = check_parity(db, accepts_refused=bool(args.accept), progress=Progress("entries"))
    emit(args, parity.to_dict(), lambda: show_parity(parity, verbose=args.verbose))
    return 0 if parity.passed else 1


def roll_back(db: Database, args: argparse.Namespace) -> int:
    """Roll a migration back."""
    from stockgroups.migration.rollback import roll_back as do_roll_back  # noqa: PLC0415 - not for --help

    report_line(f"Reverting a migration in {db.target}")
    done = do_roll_back(db, args.rollback or None, dry_run=args.dry_run)
    emit_report(args, done, lambda: show_rollback(done))
    return 0


def rehearse(db: Database, args: argparse.Namespace) -> int:
    """Rehearse the changeover; return 1 for no-go."""
    from stockgroups.migration.rehearse import rehearse as do_rehearse  # noqa: PLC0415 - not for --help

    report_line(f"Rehearsing on a scratch copy of {db.target}")
    rehearsal = do_rehearse(
        db.target,
        db.connection,
        db.catalog,
        accepts_refused=bool(args.accept),
        progress=lambda step: report_line(f"  {step}", aside=True),
    )
    rows = [
        [step.name, f"{step.seconds:.2f} s", "ok" if step.passed else "FAILED", step.summary]
        for step in rehearsal.steps
    ]
    verdict = "✓ Go: nothing is in the way" if rehearsal.is_go else "✗ No-go"
    reasons = [f"✗ {reason}" for reason in rehearsal.reasons]
    table = make_table(["step", "time", "", "what"], rows)
    emit(args, rehearsal.to_dict(), lambda: [*table, *reasons, verdict])
    return 0 if rehearsal.is_go else 1


def show_migration(report: MigrationReport, *, verbose: bool) -> Iterator[str]:
    """Yield the outcome of the entries, then the comparison of both stores."""
    from stockgroups.identity.changes import read_change  # noqa: PLC0415 - not for --help

    verb = "[DRY-RUN] Would migrate" if report.dry_run else "✓ Migrated"
    for change in report.drift:
        recorded = "would be recorded first" if report.dry_run else "recorded before"
        yield f"! {change.key} was {change.what} by another program: {recorded}"
    shown = report.outcomes if verbose else report.refused[:SHOWN]
    for outcome in shown:
        yield from _show_entry(outcome, dry_run=report.dry_run)
    rest = len(report.refused) - SHOWN
    if not verbose and rest > 0:
        yield f"  … and {rest} more with something refused; --verbose lists all"
    figures = report.figures
    yield (
        f"{verb} {figures['migrated']}, merged {figures['merged']}, "
        f"refused {figures['refused']} of {figures['entries']} entries"
    )
    changes = [read_change(row) for row in report.identity.get("securities", ())]
    yield from show_changes(changes, f"`stockgroups loads {report.load_id}` lists them")
    warn_replaced(report.replaced, f"migrate --rollback {report.load_id}", done=not report.dry_run)
    for kind, count in sorted(report.left.items()):
        yield f"Left where they are: {count} of type {kind}"
    elsewhere = sum(report.elsewhere.values())
    if elsewhere:
        text = ", ".join(f"{name} {count}" for name, count in sorted(report.elsewhere.items()))
        yield f"Entries of other environments: {elsewhere} ({text})"
    left = sum(report.left.values())
    yield (
        f"Rows of cache_entries: {report.rows} = {figures['entries']} accounted for above"
        f" + {left} left + {elsewhere} of other environments"
    )
    if report.misplaced:
        warn(f"✗ {report.misplaced}")
    done = figures["migrated"] + figures["merged"]
    if not report.dry_run and report.outcomes:
        yield (
            f"Load {report.load_id}: {report.changed_groups} groups; "
            f"`stockgroups migrate --rollback {report.load_id}` reverts it"
            if report.load_id is not None
            else f"Nothing changed{': already up to date' if done else ''}"
        )
    if report.parity is not None:
        yield from show_parity(report.parity, verbose=verbose)


def _show_entry(outcome: EntryOutcome, *, dry_run: bool) -> Iterator[str]:
    header = outcome.header
    where = f"{header.type} {header.key!r} (entry {header.id})"
    if outcome.outcome == "refused":
        warn(f"✗ Refused {where}: {outcome.reason}")
        return
    count = "" if outcome.members is None else f", {outcome.members} members"
    reason = f": {outcome.reason}" if outcome.reason else ""
    done = outcome.outcome
    verb = f"[DRY-RUN] Would {_INFINITIVES[done]}" if dry_run else f"✓ {done.capitalize()}"
    yield f"{verb} {where} to {outcome.group}{count}{reason}"
    for part in outcome.refused_parts:
        warn(f"    ✗ refused: {part}")
    for note in outcome.notes:
        yield f"    ! {note}"


def show_parity(parity: ParityReport, *, verbose: bool) -> Iterator[str]:
    """Yield the figures by type, and the differences by name."""
    rows = [
        [
            name,
            figures.entries,
            figures.refused,
            figures.groups,
            f"{len(figures.old_symbols)} / {len(figures.new_symbols)}",
            f"{figures.old_relationships} / {figures.new_relationships}",
            len(figures.superseded),
        ]
        for name, figures in parity.types.items()
    ]
    headers = ["type", "entries", "refused", "groups", "symbols", "relationships", "superseded"]
    yield ""
    yield from make_table(headers, rows)
    for name, figures in parity.types.items():
        for line in figures.superseded if verbose else figures.superseded[:SHOWN]:
            yield f"  ! {name} {line}; the text of the entry is in the record"
    shown = parity.counted if verbose else parity.counted[:SHOWN]
    for difference in shown:
        symbol = f" {difference.symbol}" if difference.symbol else ""
        yield f"  ✗ {difference.type} {difference.group}{symbol}: {difference.message}"
    yield from name_rest(parity.counted, shown, "--verbose prints all", indent=2)
    yield f"Parity: {parity.verdict}"


def show_rollback(report: RollbackReport) -> Iterator[str]:
    """Yield what a rollback deleted and restored."""
    verb = "[DRY-RUN] Would revert" if report.dry_run else "✓ Reverted"
    yield (
        f"{verb} migration {report.undone}: {report.snapshots} snapshots, "
        f"{report.memberships} memberships, {len(report.deleted)} groups deleted, "
        f"{len(report.restored)} restored"
    )
    for key in report.kept:
        yield f"! {key} is kept: it contains something that did not come from the migration"
    if report.archived:
        yield (
            f"! {report.archived} entries are archived: `stockgroups archive-legacy --restore` "
            "restores them for the next migration"
        )
    if report.standing:
        yield f"Migrations in force: {', '.join(map(str, report.standing))}"
