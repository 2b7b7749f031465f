"""Move the members of a large record: `db partition` and `db distribute`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.flags import add_dry_run
from stockgroups.cli.output import report_line
from stockgroups.cli.tabular import emit
from stockgroups.text import count_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Sequence

    from stockgroups.cli.parser import Parser
    from stockgroups.db.distribution import Cluster
    from stockgroups.db.layout import Layout


def add_arguments(parser: Parser) -> None:
    """Add the actions of `db` that move members."""
    for name, purpose, run in (
        (
            "partition",
            "partition the members of snapshots by year, or add partitions for years without one",
            partition,
        ),
        (
            "distribute",
            "distribute the members of snapshots over the servers of a Citus cluster, by group",
            distribute,
        ),
    ):
        action = parser.add_action(name, purpose, run)
        action.add_argument(
            "--undo", action="store_true", help="move everything back into one table"
        )
        add_dry_run(action, "show what would be moved, change nothing")


def partition(args: argparse.Namespace) -> int:
    """Partition the record by year, or undo the partitions."""
    from stockgroups.cli.session import open_database  # noqa: PLC0415
    from stockgroups.db import partitions  # noqa: PLC0415 - not for --help
    from stockgroups.db.layout import read_layout  # noqa: PLC0415

    with open_database(args) as db:
        if not args.undo:
            partitions.check_partitionable(db.connection)
        before = after = read_layout(db.connection)
        years, missing = partitions.read_years(db.connection)
        left = years
        if not args.dry_run:
            report_line(f"{'Gathering' if args.undo else 'Partitioning'} the record of {db.target}")
            after = (partitions.gather if args.undo else partitions.partition)(db.connection)
            left, _ = partitions.read_years(db.connection)
    changed = sorted(set(years) ^ set(left))
    if args.dry_run:
        changed = years if args.undo else missing
    value = {
        "is_parted": after.is_partitioned,
        "years": left,
        "changed": changed,
        "snapshots": {str(year): count for year, count in after.snapshots.items()},
    }
    emit(args, value, lambda: _show_partitions(args, before, years, changed))
    return 0


def _show_partitions(
    args: argparse.Namespace, before: Layout, years: Sequence[int], changed: Sequence[int]
) -> Iterator[str]:
    lead = _lead(args)
    span = f"{changed[0]} to {changed[-1]}" if changed[1:] else f"{changed[0]}" if changed else ""
    moved = count_of(sum(before.snapshots.get(year, 0) for year in changed), "snapshot")
    what = f"{count_of(len(changed), 'year')} ({span}), {moved}"
    if args.undo:
        yield (
            f"{lead}One table again: {what}"
            if before.is_partitioned
            else "✓ Nothing is partitioned"
        )
    elif before.is_partitioned and not changed:
        yield f"✓ Already partitioned: {years[0]} to {years[-1]}"
    else:
        yield f"{lead}{'Added' if before.is_partitioned else 'Partitioned by year'}: {what}"


def distribute(args: argparse.Namespace) -> int:
    """Distribute the members over the servers of a cluster, or move them back."""
    from stockgroups.cli.session import open_database  # noqa: PLC0415
    from stockgroups.db import distribution  # noqa: PLC0415 - not for --help
    from stockgroups.db.layout import read_layout  # noqa: PLC0415

    with open_database(args) as db:
        before = after = read_layout(db.connection)
        cluster = None if args.undo else distribution.check_distributable(db.connection)
        if not args.dry_run:
            report_line(f"{'Gathering' if args.undo else 'Distributing'} the record of {db.target}")
            after = (distribution.gather if args.undo else distribution.distribute)(db.connection)
    value = {
        "is_distributed": after.is_distributed,
        "was_distributed": before.is_distributed,
        "servers": list(cluster.servers) if cluster else [],
        "snapshots": sum(after.snapshots.values()),
    }
    emit(args, value, lambda: _show_distribution(args, before, cluster))
    return 0


def _show_distribution(
    args: argparse.Namespace, before: Layout, cluster: Cluster | None
) -> Iterator[str]:
    moved = f"the members of {count_of(sum(before.snapshots.values()), 'snapshot')}"
    if cluster is None:
        what = f"{_lead(args)}One table again: {moved}"
        yield what if before.is_distributed else "✓ Nothing is distributed"
        return
    over = f"{', '.join(cluster.servers) or 'this server alone'} (Citus {cluster.version})"
    if before.is_distributed:
        yield f"✓ Already distributed over {over}"
    else:
        yield f"{_lead(args)}Distributed {moved} over {over}"


def _lead(args: argparse.Namespace) -> str:
    return "[DRY-RUN] " if args.dry_run else "✓ "
