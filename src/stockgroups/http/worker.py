"""The process that does a write: `python -m stockgroups.http.worker`, with a JSON job as input.

To read an uploaded file may take any amount of time and memory. So a process with bounds does the
whole write, over its own connection.
"""

from __future__ import annotations

import json
import resource
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stockgroups.api import Database
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import connect, find_target
from stockgroups.errors import OversizedFileError, SourceError, StockgroupsError
from stockgroups.http.problems import make_problem
from stockgroups.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_WRITTEN = 64 << 20
"""Bytes of the file with the outcome."""
_MOST_OPEN = 64


def main() -> None:
    """Do the job, and print its outcome or the problem."""
    job = json.load(sys.stdin)
    try:
        result = {"status": 200, "value": do(job)}
    except (StockgroupsError, MemoryError) as error:
        reply = make_problem(_explain(error, job["memory"]), job["request_id"])
        result = {"status": reply.status, "value": json.loads(reply.content)}
    json.dump(result, sys.stdout)


def do(job: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job, and return its outcome. Raises StockgroupsError."""
    values: dict[str, Any] = dict(job["settings"])
    for name in ("holdings_dir", "catalog_dir"):
        values[name] = values[name] and Path(values[name])
    settings = Settings(**values)
    catalog = load_catalog(settings.catalog_dir)
    target = find_target(settings)
    # The embedded server must not be started from here, because it would inherit these bounds.
    with connect(target, restart=False) as connection:
        _bound(job["cpu_seconds"], job["memory"])
        return ACTS[job["act"]](
            Database.on(connection, settings, target, catalog), **job["options"]
        )


def load(db: Database, **options: Any) -> dict[str, Any]:
    """Load a folder with one file, and return the outcome. Raises what was wrong with the file."""
    report = db.load(**options, proxies=False, alone=True)
    for passed in report.listing.passed_over:
        raise SourceError(passed.reason, where=passed.name, remedy="send a holdings file")
    for failure in report.failures:
        raise failure
    return report.to_dict()


def rollback(db: Database, *, load: int, dry_run: bool) -> dict[str, Any]:
    """Roll a load back, and return the outcome."""
    return db.rollback(load, dry_run=dry_run).to_dict()


ACTS: dict[str, Callable[..., dict[str, Any]]] = {
    "plan": partial(load, dry_run=True),
    "load": load,
    "rollback": rollback,
}


def _bound(cpu_seconds: int, memory: int) -> None:
    """Limit the processor time and memory of this process: beyond them it fails or is killed.

    Memory is limited only on Linux, which reports how much is already used.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + 1 + cpu_seconds)
    _limit(resource.RLIMIT_FSIZE, _MOST_WRITTEN)
    _limit(resource.RLIMIT_NOFILE, _MOST_OPEN)
    _limit(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory)


def _limit(kind: int, most: int) -> None:
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(kind, (most, most))


def _explain(error: StockgroupsError | MemoryError, memory: int) -> StockgroupsError:
    if isinstance(error, StockgroupsError) and not isinstance(error.__cause__, MemoryError):
        return error
    return OversizedFileError(
        f"reading it needs more than {memory >> 20} MB of memory",
        where=getattr(error, "where", None),
        remedy="no holdings file needs that much: download it again",
    )


if __name__ == "__main__":
    main()
