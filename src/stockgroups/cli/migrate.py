"""Make groups of the old store's entries (cache_entries), and prove that nothing was lost.

Entries are never changed. Without a flag: migrate, in one transaction, then compare both stores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import Progress, make_table, print_json, tell, warn
from stockgroups.cli.session import open_session

if TYPE_CHECKING:
    import argparse

    from stockgroups.cli.session import Session
    from stockgroups.jobs.migrate import EntryOutcome, MigrationReport
    from stockgroups.jobs.parity_report import ParityReport
    from stockgroups.jobs.withdrawal import RollbackReport

ACCEPTABLE = ("refused",)
SHOWN = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of `migrate`."""
    parser.add_argument(
        "--dry-run", action="store_true", help="tell what would be done, write nothing"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--validate-only",
        action="store_true",
        help="only compare every entry with the new tables, in both directions",
    )
    what.add_argument(
        "--rollback",
        metavar="LOAD",
        nargs="?",
        const=0,
        type=int,
        help="take a migration back: the one of that load, or the last",
    )
    what.add_argument(
        "--rehearse",
        action="store_true",
        help="do all of it on a scratch copy in the same server, and say go or no-go",
    )
    add_accept(parser)
    parser.add_argument("--verbose", action="store_true", help="name every entry and difference")


def add_accept(parser: argparse.ArgumentParser) -> None:
    """Add the flag that the commands about the old store share."""
    parser.add_argument(
        "--accept",
        metavar="WHAT",
        choices=ACCEPTABLE,
        action="append",
        default=[],
        help="refused: entries and members that cannot be read are no difference, only told",
    )


def run(args: argparse.Namespace) -> int:
    """Migrate, compare, take back or rehearse, and print what became of it."""
    with open_session(args, check=not args.rehearse) as session:
        if args.rehearse:
            return rehearse(session, args)
        if args.validate_only:
            return validate(session, args)
        if args.rollback is not None:
            return roll_back(session, args)
        return migrate(session, args)


def migrate(session: Session, args: argparse.Namespace) -> int:
    """Migrate; exit 1 when anything was refused or the stores differ."""
    from stockgroups.jobs.migrate import migrate as do_migrate  # noqa: PLC0415 - not for --help

    prefix = "[DRY-RUN] Would migrate in" if args.dry_run else "Migrating in"
    tell(f"{prefix} {session.target}", quiet=args.json)
    progress = Progress("entries")
    report = do_migrate(
        session.connection,
        session.environment,
        session.load_catalog(),
        dry_run=args.dry_run,
        progress=progress,
    )
    progress.done()
    accepts = bool(args.accept)
    if report.parity is not None:
        report.parity.accepts_refused = accepts
    if args.json:
        print_json(report.as_dict())
    else:
        tell_migration(report, verbose=args.verbose)
        if report.parity is not None:
            tell_parity(report.parity, verbose=args.verbose)
    differs = report.parity is not None and not report.parity.passed
    return 1 if differs or (report.refused and not accepts) else 0


def validate(session: Session, args: argparse.Namespace) -> int:
    """Compare both stores; exit 1 on any difference."""
    from stockgroups.jobs.parity import check_parity  # noqa: PLC0415 - not for --help

    tell(f"Comparing both stores in {session.target}", quiet=args.json)
    progress = Progress("entries")
    parity = check_parity(
        session.connection,
        session.environment,
        session.load_catalog(),
        accepts_refused=bool(args.accept),
        progress=progress,
    )
    progress.done()
    if args.json:
        print_json(parity.as_dict())
    else:
        tell_parity(parity, verbose=args.verbose)
    return 0 if parity.passed else 1


def roll_back(session: Session, args: argparse.Namespace) -> int:
    """Take a migration back."""
    from stockgroups.jobs.migration_rollback import roll_back as do_roll_back  # noqa: PLC0415 - not for --help

    tell(f"Taking a migration back in {session.target}", quiet=args.json)
    report = do_roll_back(
        session.connection, session.environment, args.rollback or None, dry_run=args.dry_run
    )
    if args.json:
        print_json(report.as_dict())
    else:
        tell_rollback(report)
    return 0


def rehearse(session: Session, args: argparse.Namespace) -> int:
    """Rehearse the changeover; exit 1 for no-go."""
    from stockgroups.jobs.rehearse import rehearse as do_rehearse  # noqa: PLC0415 - not for --help

    tell(f"Rehearsing on a scratch copy of {session.target}", quiet=args.json)
    rehearsal = do_rehearse(
        session.target,
        session.connection,
        session.load_catalog(),
        accepts_refused=bool(args.accept),
        progress=lambda step: tell(f"  {step}", quiet=True),
    )
    if args.json:
        print_json(rehearsal.as_dict())
        return 0 if rehearsal.is_go else 1
    rows = [
        [step.name, f"{step.seconds:.2f} s", "ok" if step.passed else "FAILED", step.told]
        for step in rehearsal.steps
    ]
    for line in make_table(["step", "time", "", "what"], rows):
        tell(line)
    for reason in rehearsal.reasons:
        tell(f"✗ {reason}")
    tell("✓ Go: nothing stands in the way" if rehearsal.is_go else "✗ No-go")
    return 0 if rehearsal.is_go else 1


def tell_migration(report: MigrationReport, *, verbose: bool) -> None:
    """Print what became of the entries."""
    verb = "[DRY-RUN] Would migrate" if report.dry_run else "✓ Migrated"
    for change in report.outside:
        tell(f"! {change.key} was {change.what} by another program: recorded before")
    shown = report.outcomes if verbose else report.refused[:SHOWN]
    for outcome in shown:
        _tell_entry(outcome)
    rest = len(report.refused) - SHOWN
    if not verbose and rest > 0:
        tell(f"  … and {rest} more with something refused; --verbose names all")
    figures = report.figures
    tell(
        f"{verb} {figures['migrated']}, merged {figures['merged']}, "
        f"refused {figures['refused']} of {figures['entries']} entries"
    )
    for kind, count in sorted(report.left.items()):
        tell(f"Left where they are: {count} of type {kind}")
    if report.elsewhere:
        tell(f"Entries of other environments: {report.elsewhere}")
    left = sum(report.left.values())
    tell(
        f"Rows of cache_entries: {report.rows} = {figures['entries']} accounted for above"
        f" + {left} left + {report.elsewhere} of other environments"
    )
    if not report.dry_run:
        tell(
            f"Load {report.load_id}: {report.changed_groups} groups; "
            f"`stockgroups migrate --rollback {report.load_id}` takes it back"
            if report.load_id is not None
            else "Nothing changed: everything was there already"
        )


def _tell_entry(outcome: EntryOutcome) -> None:
    header = outcome.header
    where = f"{header.type} {header.key!r} (entry {header.id})"
    if outcome.outcome == "refused":
        warn(f"✗ Refused {where}: {outcome.reason}")
        return
    count = "" if outcome.members is None else f", {outcome.members} members"
    reason = f": {outcome.reason}" if outcome.reason else ""
    tell(f"✓ {outcome.outcome.capitalize()} {where} to {outcome.group}{count}{reason}")
    for part in outcome.refused_parts:
        warn(f"    ✗ refused: {part}")
    for note in outcome.notes:
        tell(f"    ! {note}")


def tell_parity(parity: ParityReport, *, verbose: bool) -> None:
    """Print the figures by type, and the differences by name."""
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
    tell("")
    for line in make_table(headers, rows):
        tell(line)
    for name, figures in parity.types.items():
        for told in figures.superseded if verbose else figures.superseded[:SHOWN]:
            tell(f"  ! {name} {told}; what the entry says is in the record")
    found = parity.counted
    for difference in found if verbose else found[:SHOWN]:
        symbol = f" {difference.symbol}" if difference.symbol else ""
        tell(f"  ✗ {difference.type} {difference.group}{symbol}: {difference.message}")
    if len(found) > SHOWN and not verbose:
        tell(f"  … and {len(found) - SHOWN} more; --verbose prints all")
    verdict = "(✓ PASS)" if parity.passed else "(✗ FAIL)"
    tell(f"Parity: {parity.percent:.2f}% {verdict}")


def tell_rollback(report: RollbackReport) -> None:
    """Print what a rollback took away."""
    verb = "[DRY-RUN] Would take" if report.dry_run else "✓ Took"
    tell(
        f"{verb} migration {report.undone} back: {report.snapshots} snapshots, "
        f"{report.memberships} memberships, {len(report.deleted)} groups deleted, "
        f"{len(report.restored)} restored"
    )
    for key in report.kept:
        tell(f"! {key} stays: something that did not come from the migration is in it")
    if report.archived:
        tell(
            f"! {report.archived} entries are archived: `stockgroups archive-legacy --restore` "
            "brings them back, where the next migration finds them"
        )
    if report.standing:
        tell(f"Migrations that still stand: {', '.join(map(str, report.standing))}")
