"""Look after the database: the embedded server (start, stop, status, url), schema, projections.

`upgrade` brings the schema up; `rebuild` makes anew what the record says; `reconcile` brings
record and tables together again after other programs wrote into the tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import print_json, tell
from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from stockgroups.settings import Settings

ACTIONS = {
    "start": "start the embedded server and make it this user's default; bring its schema up",
    "stop": "stop the embedded server; its data and the default stay",
    "status": "tell whether it runs, where its data lies, which schema it has",
    "url": "print the connection string of the chosen database",
    "upgrade": "bring the schema of the chosen database to this program's version, and adopt the "
    "memberships that it has",
    "rebuild": "make memberships and their history anew from the recorded snapshots",
    "reconcile": "record what other programs changed as snapshots of source external",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the actions of `db`."""
    lines = "; ".join(f"{name}: {line}" for name, line in ACTIONS.items())
    parser.add_argument("action", choices=list(ACTIONS), metavar="ACTION", help=lines)
    parser.add_argument("--sql", action="store_true", help="with upgrade: print the DDL, run none")
    parser.add_argument(
        "--restore",
        action="store_true",
        help="with reconcile: put back what the record says instead",
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="with reconcile: name the changes, write nothing"
    )


def run(args: argparse.Namespace) -> int:
    """Do one action."""
    actions = {
        "start": start,
        "stop": stop,
        "status": status,
        "url": url,
        "upgrade": upgrade,
        "rebuild": rebuild,
        "reconcile": reconcile,
    }
    for flag, action in (("sql", "upgrade"), ("restore", "reconcile"), ("dry_run", "reconcile")):
        if getattr(args, flag) and args.action != action:
            raise UsageError(
                f"--{flag.replace('_', '-')} goes with {action}",
                remedy="see `stockgroups db --help`",
            )
    return actions[args.action](args)


def start(args: argparse.Namespace) -> int:
    """Start the embedded server, make it the default, and bring its schema up."""
    from stockgroups.db import embedded, schema  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import EMBEDDED_HOST, Target  # noqa: PLC0415

    found = embedded.start()
    target = Target(embedded.ensure_running(), EMBEDDED_HOST, "stockgroups", "DEFAULT")
    before, after = schema.upgrade(target)
    if args.json:
        print_json(found.as_dict() | {"schema": after})
    else:
        tell(f"✓ The embedded server runs (pid {found.pid}); data in {found.data_dir}")
        tell(f"✓ Schema {after}" + ("" if before == after else f" (was {before or 'missing'})"))
        tell("It is now your default; commands use it where DATABASE_URL is not set")
    return 0


def stop(args: argparse.Namespace) -> int:
    """Stop the embedded server."""
    from stockgroups.db import embedded  # noqa: PLC0415 - not for --help

    stopped = embedded.stop()
    if args.json:
        print_json({"stopped": stopped})
    else:
        tell("✓ Stopped the embedded server" if stopped else "The embedded server was not running")
    return 0


def status(args: argparse.Namespace) -> int:
    """Tell how the embedded server is; exit 1 when it does not run."""
    from stockgroups.db import embedded, schema  # noqa: PLC0415 - not for --help
    from stockgroups.db.connection import EMBEDDED_HOST, Target, connect  # noqa: PLC0415

    found = embedded.status()
    version = None
    if found.url is not None:
        target = Target(found.url, EMBEDDED_HOST, "stockgroups", "DEFAULT")
        with connect(target, check=False) as connection:
            version = schema.read_version(connection)
    described = found.as_dict() | {
        "schema": version,
        "schema_wanted": schema.VERSION,
    }
    if args.json:
        print_json(described)
    else:
        for name, value in described.items():
            tell(f"{name.replace('_', ' ')}: {'–' if value is None else value}")
    return 0 if found.running else 1


def url(args: argparse.Namespace) -> int:
    """Print the chosen database's connection string, starting the embedded server if it is that."""
    from stockgroups.db.connection import find_target  # noqa: PLC0415 - not for --help
    from stockgroups.settings import read_settings  # noqa: PLC0415

    target = find_target(read_settings())
    if args.json:
        print_json({"url": target.url})
    else:
        print(target.url)
    return 0


def upgrade(args: argparse.Namespace) -> int:
    """Bring the schema up and adopt what is there, or print the DDL."""
    from stockgroups.db.connection import find_target  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.upgrade import upgrade_database  # noqa: PLC0415 - not for --help
    from stockgroups.settings import read_settings  # noqa: PLC0415

    settings = read_settings()
    if args.sql:
        return _print_sql(settings)
    target = find_target(settings)
    report = upgrade_database(target)
    if args.json:
        print_json(
            {
                "target": str(target),
                "before": report.before,
                "after": report.after,
                "adopted": [str(key) for key in report.adopted],
            }
        )
        return 0
    if report.before == report.after:
        tell(f"✓ {target}: schema {report.after} already")
    else:
        tell(f"✓ {target}: schema {report.before or 'missing'} → {report.after}")
    if report.adopted:
        tell(f"✓ Adopted the memberships of {len(report.adopted)} groups as first snapshots")
    return 0


def _print_sql(settings: Settings) -> int:
    """Print the DDL from what the chosen database has; where none is chosen, from nothing."""
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
    print(schema.upgrade_sql(before))
    print("-- Afterwards `stockgroups db upgrade` adopts the memberships as first snapshots.")
    return 0


def reconcile(args: argparse.Namespace) -> int:
    """Record what other programs changed, or put back what the record says."""
    from stockgroups.cli.session import open_session  # noqa: PLC0415 - not for --help
    from stockgroups.jobs.outside import reconcile as do_reconcile  # noqa: PLC0415

    with open_session(args) as session:
        tell(f"Reconciling {session.target}", quiet=args.json)
        changes = do_reconcile(
            session.connection, session.environment, restore=args.restore, dry_run=args.dry_run
        )
    if args.json:
        print_json({"changes": [change.as_dict() for change in changes]})
        return 0
    verb = "restored" if args.restore else "recorded"
    verb = f"would be {verb}" if args.dry_run else verb
    for change in changes:
        counts = f"+{len(change.added)} −{len(change.removed)} ~{len(change.reweighted)}"
        told = counts if change.what == "changed" else f"{change.what}, {change.members} members"
        left = args.restore and change.what == "made"
        done = "left: nothing is recorded of it" if left else verb
        tell(f"{'[DRY-RUN] ' if args.dry_run else '✓ '}{change.key}: {told} ({done})")
    if not changes:
        tell("✓ Record and tables agree: nothing to reconcile")
    return 0


def rebuild(args: argparse.Namespace) -> int:
    """Make the projections of one environment anew; exit 0 also when something was put right."""
    from stockgroups.cli.session import open_session  # noqa: PLC0415 - not for --help
    from stockgroups.jobs import rebuild as job  # noqa: PLC0415

    with open_session(args) as session:
        tell(f"Rebuilding {session.target}", quiet=args.json)
        report = job.rebuild(session.connection, session.environment)
    groups = [group for group in report.plan.groups if group.changes_anything]
    if args.json:
        print_json(
            {
                "groups": report.groups,
                "snapshots": report.snapshots,
                "members": report.members,
                "corrected_groups": [group.key.name for group in groups],
                "corrected_intervals": len(report.intervals),
                "load": report.plan.load_id,
            }
        )
        return 0
    for group in groups:
        tell(
            f"✓ Corrected {group.key.type} {group.key.name}: +{len(group.added)} "
            f"−{len(group.removed)}, {len(group.reweighted)} reweighted"
        )
    if report.intervals:
        tell(f"✓ Corrected {len(report.intervals)} intervals of history")
    tell(
        f"{report.groups} groups, {report.snapshots} snapshots with {report.members} members: "
        + ("put right" if groups or report.intervals else "all was as the record says")
    )
    return 0
