"""How the outcome of taking proxies off is told; `load --remove-proxies` calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import print_json, tell

if TYPE_CHECKING:
    import argparse

    from stockgroups.api import Database


def remove(db: Database, args: argparse.Namespace, etf: str | None, *, dry_run: bool) -> int:
    """Take off the proxies of one fund or of all, and print which."""
    from stockgroups.jobs.proxies import remove_proxies  # noqa: PLC0415 - not for --help

    tell(f"{'[DRY-RUN] ' if dry_run else ''}Target: {db.target}")
    report = remove_proxies(db, etf, dry_run=dry_run)
    if args.json:
        print_json(
            {
                "dry_run": dry_run,
                "funds": list(report.funds),
                "emptied": sorted(report.emptied),
                "load": report.load_id,
            }
        )
    for name in report.funds:
        if dry_run:
            tell(f"[DRY-RUN] Would take off the proxy of {name}")
        else:
            left = ": no holdings are left" if name in report.emptied else ""
            tell(f"✓ Took off the proxy of {name}{left}")
    if report.load_id is not None:
        tell(f"They stay off; `stockgroups rollback {report.load_id}` brings them back")
        tell("Stock metadata may be stale now: run `stockgroups build-metadata`")
    if not report.funds:
        tell("No proxies stand here")
    return 0
