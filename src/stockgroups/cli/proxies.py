"""How the outcome of taking proxies off is told; `load --remove-proxies` calls it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.cli.output import tell
from stockgroups.cli.tabular import emit_report

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from stockgroups.api import Database
    from stockgroups.jobs.proxies import ProxyRemoval


def remove(db: Database, args: argparse.Namespace, etf: str | None, *, dry_run: bool) -> int:
    """Take off the proxies of one fund or of all, and print which."""
    tell(f"{'[DRY-RUN] ' if dry_run else ''}Target: {db.target}")
    done = db.remove_proxies(etf, dry_run=dry_run)
    emit_report(args, done, lambda: show(done))
    return 0


def show(done: ProxyRemoval) -> Iterator[str]:
    """Yield what was taken off."""
    for name in done.funds:
        if done.dry_run:
            yield f"[DRY-RUN] Would take off the proxy of {name}"
        else:
            left = ": no holdings are left" if name in done.emptied else ""
            yield f"✓ Took off the proxy of {name}{left}"
    if done.load_id is not None:
        yield f"They stay off; `stockgroups rollback {done.load_id}` brings them back"
        yield "Stock metadata may be stale now: run `stockgroups build-metadata`"
    if not done.funds:
        yield "There are no proxies to remove"
