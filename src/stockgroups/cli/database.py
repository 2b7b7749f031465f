"""Manage the database: the embedded server, the schema, derived tables, changes by other programs.

`upgrade` brings the schema up to date; `rebuild` recomputes memberships and history from the
record; `partition` and `distribute` move the members of a large record; `reconcile` records, or
reverts, changes that other programs made in the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stockgroups.cli import layouts
from stockgroups.cli.flags import add_dry_run, choose_settings
from stockgroups.cli.output import print_answer, report_line, warn
from stockgroups.cli.plans import show_identity, show_settled
from stockgroups.cli.tabular import emit, emit_report
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from stockgroups.cli.parser import Parser
    from stockgroups.jobs.rebuild import RebuildReport
    from stockgroups.jobs.reconcile import GroupDrift
    from stockgroups.jobs.upgrade import UpgradeReport
    from stockgroups.settings import Settings


def add_arguments(parser: Parser) -> None:
    """Add the actions of `db`."""
    parser.add_action(
        "start",
        "start the embedded server, make it this user's default, and upgrade its schema",
        start,
    )
    parser.add_action(
        "stop", "stop the embedded server; its data stays, and it stays the default", stop
    )
    parser.add_action(
        "status",
        "show whether the chosen server runs, its schema version, and for the embedded one "
        "where its data is",
        status,
    )
    parser.add_action(
        "url", "print the connection string of the chosen database, without its password", url
    )
    parser.add_action(
        "upgrade",
        "upgrade the schema of the chosen database to this program's version, and adopt the "
        "memberships that are there",
        upgrade,
    ).add_argument("--sql", action="store_true", help="print the DDL, run nothing")
    parser.add_action(
        "rebuild", "rebuild memberships and history from the recorded snapshots", rebuild
    )
    layouts.add_arguments(parser)
    action = parser.add_action(
        "reconcile",
        "record what other programs changed, as snapshots of source external",
        reconcile,
    )
    action.add_argument(
        "--restore",
        action="store_true",
        help="undo the changes instead: put back what the record has",
    )
    add_dry_run(action, "show the changes, write nothing")


def start(args: argparse.Namespace) -> int:
    """Start the embedded server, make it the default, and upgrade its schema."""
    from stockgroups.db import embedded  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import EMBEDDED_HOST, Target  # noqa: PLC0415
    from stockgroups.jobs.upgrade import upgrade_database  # noqa: PLC0415

    found = embedded.start()
    target = Target(embedded.ensure_running(), EMBEDDED_HOST, "stockgroups", "DEFAULT")
    report = upgrade_database(target)
    before, after = report.before, report.after
    lines = [
        f"✓ The embedded server runs (pid {found.pid}); data in {found.data_dir}",
        f"✓ Schema {after}" + ("" if before == after else f" (was {before or 'missing'})"),
        *_show_upgraded(report),
        "It is now your default; commands use it unless DATABASE_URL is set",
    ]
    done = report.to_dict()
    value = found.to_dict() | {"schema": after}
    emit(args, value | {key: done[key] for key in ("adopted", "identity")}, lambda: lines)
    return 0


def stop(args: argparse.Namespace) -> int:
    """Stop the embedded server."""
    from stockgroups.db import embedded  # noqa: PLC0415 - not for --help

    stopped = embedded.stop()
    message = "✓ Stopped the embedded server" if stopped else "The embedded server was not running"
    emit(args, {"stopped": stopped}, lambda: [message])
    return 0


def status(args: argparse.Namespace) -> int:
    """Print the state of the chosen server, by default the embedded one; return 1 if it is down.

    If the server in DATABASE_URL does not answer, the database cannot be used, and the exit status
    is 3 as in every other command.
    """
    from stockgroups.db import embedded, schema  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import EMBEDDED, EMBEDDED_HOST, Target, connect  # noqa: PLC0415
    from stockgroups.settings import read_settings  # noqa: PLC0415

    settings = read_settings()
    if settings.database_url not in (None, EMBEDDED):
        return _show_status(_describe(settings), args)
    found = embedded.status()
    version = None
    if found.url is not None:
        target = Target(found.url, EMBEDDED_HOST, "stockgroups", "DEFAULT")
        with connect(target, check=False) as connection:
            version = schema.read_version(connection)
    described = found.to_dict() | {
        "schema": version,
        "schema_wanted": schema.VERSION,
    }
    return _show_status(described, args)


def _describe(settings: Settings) -> dict[str, Any]:
    """Return a description of the server in DATABASE_URL, as JSON values."""
    from stockgroups.db import schema  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import connect, find_target  # noqa: PLC0415

    target = find_target(settings)
    with connect(target, check=False) as connection:
        return {
            "running": True,
            "target": str(target),
            "version": connection.info.parameter_status("server_version"),
            "user": connection.info.user,
            "schema": schema.read_version(connection),
            "schema_wanted": schema.VERSION,
        }


def _show_status(described: dict[str, Any], args: argparse.Namespace) -> int:
    lines = [
        f"{name.replace('_', ' ')}: {'–' if value is None else value}"
        for name, value in described.items()
    ]
    emit(args, described, lambda: lines)
    return 0 if described["running"] else 1


def url(args: argparse.Namespace) -> int:
    """Print the chosen database's connection string; start the embedded server if it is chosen.

    A password is left out, because output is kept in logs and histories.
    """
    from stockgroups.db.connection import find_target, without_password  # noqa: PLC0415
    from stockgroups.settings import read_settings  # noqa: PLC0415

    target = find_target(read_settings())
    printed = without_password(target.url)
    if printed != target.url:
        warn("The password is left out: set PGPASSWORD, or write it into ~/.pgpass")
    emit(args, {"url": printed}, lambda: [printed])
    return 0


def upgrade(args: argparse.Namespace) -> int:
    """Upgrade the schema and adopt existing groups, or print the DDL."""
    from stockgroups.catalog import load_catalog  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import find_target  # noqa: PLC0415
    from stockgroups.jobs.upgrade import upgrade_database  # noqa: PLC0415

    settings = choose_settings(args)
    if args.sql:
        return _print_sql(settings)
    target = find_target(settings)
    report = upgrade_database(target, load_catalog(settings.catalog_dir))
    emit_report(args, report, lambda: _show_upgrade(report))
    return 0


def _show_upgrade(report: UpgradeReport) -> Iterator[str]:
    if report.before == report.after:
        done = "mended" if report.mended else "already"
        yield f"✓ {report.target}: schema {report.after} {done}"
    else:
        yield f"✓ {report.target}: schema {report.before or 'missing'} → {report.after}"
    yield from _show_upgraded(report)


def _show_upgraded(report: UpgradeReport) -> Iterator[str]:
    """Yield what an upgrade changed besides the schema."""
    if report.adopted:
        yield f"✓ Adopted the memberships of {len(report.adopted)} groups as first snapshots"
    for key in report.corrected:
        yield f"✓ {key} uses its own source again instead of index members"
    yield from show_settled(report.settled)
    for done in report.mended:
        yield f"✓ {done[:1].upper()}{done[1:]}"
    for environment, count in report.bereft.items():
        yield (
            f"! {count_of(count, 'group')} of environment {environment} with members in the record"
            f" have none in the tables: `ENVIRONMENT={environment} stockgroups db reconcile"
            " --restore` brings them back; without --restore it records that they are gone"
        )


def _print_sql(settings: Settings) -> int:
    """Print the DDL from the chosen database's schema; if none is chosen, from an empty one."""
    from stockgroups.db import schema  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import connect, find_target  # noqa: PLC0415
    from stockgroups.errors import DatabaseNotChosenError  # noqa: PLC0415

    before = None
    try:
        target = find_target(settings)
    except DatabaseNotChosenError:
        pass
    else:
        with connect(target, check=False) as connection:
            before = schema.read_version(connection)
    print_answer(schema.upgrade_sql(before).split("\n"))
    print_answer(
        ["-- Afterwards `stockgroups db upgrade` adopts the memberships as first snapshots."]
    )
    return 0


def reconcile(args: argparse.Namespace) -> int:
    """Record other programs' changes, or restore the state of the record."""
    from stockgroups.cli.session import advise_if_empty, open_database  # noqa: PLC0415

    with open_database(args) as db:
        report_line(f"Reconciling {db.target}")
        changes = db.reconcile(restore=args.restore, dry_run=args.dry_run)
        if not changes:
            advise_if_empty(db)
    value = {"changes": [change.to_dict() for change in changes]}
    emit(args, value, lambda: _show_reconciled(changes, args))
    return 0


def _show_reconciled(changes: Sequence[GroupDrift], args: argparse.Namespace) -> Iterator[str]:
    verb = "restored" if args.restore else "recorded"
    verb = f"would be {verb}" if args.dry_run else verb
    for change in changes:
        counts = f"+{len(change.added)} −{len(change.removed)} ~{len(change.reweighted)}"
        if change.words:
            counts += f", {', '.join(change.words)}"
        line = (
            counts
            if change.what in ("changed", "reworded")
            else f"{change.what}, {count_of(change.members, 'member')}"
        )
        left = args.restore and change.what == "made"
        done = "left as it is: nothing is recorded for it" if left else verb
        yield f"{'[DRY-RUN] ' if args.dry_run else '✓ '}{change.key}: {line} ({done})"
    if not changes:
        yield "✓ Record and tables agree: nothing to reconcile"


def rebuild(args: argparse.Namespace) -> int:
    """Rebuild the projections of one environment; return 0 even if something was corrected."""
    from stockgroups.cli.session import advise_if_empty, open_database  # noqa: PLC0415

    with open_database(args) as db:
        report_line(f"Rebuilding {db.target}")
        report = db.rebuild()
        if not report.groups:
            advise_if_empty(db)
    emit_report(args, report, lambda: _show_rebuilt(report))
    return 0


def _show_rebuilt(report: RebuildReport) -> Iterator[str]:
    for group in report.corrected:
        yield (
            f"✓ Corrected {group.key.full_name}: +{len(group.added)} "
            f"−{len(group.removed)}, {len(group.reweighted)} reweighted"
        )
    if report.intervals:
        yield f"✓ Corrected {len(report.intervals)} intervals of history"
    yield from show_identity(report.plan)
    yield (
        f"{report.groups} groups, {report.snapshots} snapshots with {report.members} members: "
        + ("corrected" if report.corrected or report.intervals else "everything matched the record")
    )
