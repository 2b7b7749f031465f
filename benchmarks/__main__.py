"""Measure the speed bars and print them; exit 1 when one is missed by more than noise explains."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import (
    apply,
    busy,
    checks,
    expressions,
    filings,
    folder,
    follow,
    growth,
    history,
    index,
    lookups,
    metadata,
    migrate,
    overlap,
    pages,
    panels,
    parse,
    record,
    serving,
    shell,
    storage,
    table,
    transfer,
)
from benchmarks.measure import Row
from benchmarks.scratch import Scratch, open_scratch
from stockgroups.catalog import Catalog, load_catalog

TOPICS: dict[str, Callable[[Scratch, Catalog], Iterator[Row]]] = {
    "apply": lambda scratch, _: apply.measure(scratch),
    "folder": folder.measure,
    "metadata": metadata.measure,
    "migrate": migrate.measure,
    "lookups": lookups.measure,
    "index": index.measure,
    "follow": follow.measure,
    "serving": serving.measure,
    "busy": busy.measure,
    "pages": pages.measure,
    "overlap": lambda *_: overlap.measure(),
    "expressions": expressions.measure,
    "checks": checks.measure,
    "shell": shell.measure,
    "storage": lambda scratch, _: storage.measure(scratch),
    "history": history.measure,
    "panels": lambda scratch, _: panels.measure(scratch),
    "parse": lambda _, catalog: parse.measure(catalog),
    "transfer": lambda scratch, _: transfer.measure(scratch),
    "filings": lambda scratch, _: filings.measure(scratch),
    "growth": growth.measure,
    "record": record.measure,
}
LARGE = ("filings", "growth", "record")


def main() -> int:
    """Measure the topics that were asked for and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(TOPICS)}")
    parser.add_argument("--url", help="a server to measure on, in place of an embedded one")
    parser.add_argument(
        "--large", action="store_true", help=f"{', '.join(LARGE)} too, without naming them"
    )
    parser.add_argument(
        "--members",
        type=int,
        default=record.MEMBERS,
        help="how large the record of the topic record is (default: %(default)s)",
    )
    args = parser.parse_args()
    unknown = set(args.topics) - set(TOPICS)
    if unknown:
        parser.error(f"no topic {', '.join(sorted(unknown))}")
    topics = args.topics or [topic for topic in TOPICS if args.large or topic not in LARGE]
    TOPICS["record"] = partial(record.measure, members=args.members)
    start = time.monotonic()
    catalog = load_catalog()
    rows: list[Row] = []
    print(table.header())
    for topic in topics:
        # A new server: what a topic leaves (rows to vacuum, a checkpoint) would slow the next one.
        with open_scratch(args.url) as scratch:
            for row in TOPICS[topic](scratch, catalog):
                rows.append(row)
                print(table.show(row), flush=True)
    failed = table.fails(rows)
    print(f"{len(rows)} rows in {time.monotonic() - start:.0f} s; {len(failed)} beyond noise")
    return 1 if failed else 0


sys.exit(main())
