"""Measure on a database how well identity joins and parts stocks, against events known by hand.

For each event of tests/identity/events.csv the last report of the old ticker before the day and
the first one of the new ticker from the day on are asked whose they are: one stock, or two. With
--no-aliases the shipped aliases are left out, so that the evidence of reports and registers alone
is measured. Nothing is written. Events of which the database lacks a side are not counted.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import math
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from stockgroups.db.connection import connect, find_target
from stockgroups.record.apply import preview
from stockgroups.settings import read_settings
from stockgroups.store import Store

EVENTS = Path(__file__).parents[1] / "tests" / "identity" / "events.csv"
PARTS = frozenset(
    {
        "reuse",
        "class takes ticker",
        "spin-off takes ticker",
        "acquirer or renamed company takes ticker",
    }
)
NEAR = dt.timedelta(days=800)
"""How far from the day of an event a report may lie to be of it."""
_Z = 1.959964  # the 97.5th percentile of the normal distribution
_REPORTS = b"""
SELECT r.symbol, s.as_of, r.id
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry g ON g.id = s.group_id
CROSS JOIN LATERAL unnest(s.ref_ids) AS u (ref_id)
JOIN stockgroups.refs r ON r.id = u.ref_id
WHERE g.environment = %s AND r.symbol = ANY (%s)
ORDER BY s.as_of, r.id
"""


class Event(NamedTuple):
    """One change of hands: `old` before `day`, `new` from it on."""

    kind: str
    old: str
    new: str
    day: dt.date
    source: str

    @property
    def joins(self) -> bool:
        """Whether both are one stock."""
        return self.kind not in PARTS


class Verdict(NamedTuple):
    """What identity makes of an event: the labels of both sides."""

    event: Event
    before: str
    after: str

    @property
    def joined(self) -> bool:
        """Whether both sides are one stock to the program."""
        return self.before == self.after


def read_events(path: Path = EVENTS) -> list[Event]:
    """Return the events of the file."""
    with path.open(newline="", encoding="utf-8") as file:
        return [
            Event(r["kind"], r["old"], r["new"], dt.date.fromisoformat(r["day"]), r["source"])
            for r in csv.DictReader(file)
        ]


def judge(store: Store, events: list[Event], *, with_aliases: bool) -> list[Verdict]:
    """Return what identity makes of the events of which both sides are reported."""
    aliases = store.catalog.aliases if with_aliases else ()
    identity = preview(store, [], aliases=aliases).identity
    symbols = sorted({symbol for event in events for symbol in (event.old, event.new)})
    reports: dict[str, list[tuple[dt.date, int]]] = {symbol: [] for symbol in symbols}
    for symbol, day, number in store.connection.execute(_REPORTS, (store.environment, symbols)):
        reports[symbol].append((day, number))
    found = []
    for event in events:
        before = [r for r in reports[event.old] if event.day - NEAR <= r[0] < event.day]
        after = [r for r in reports[event.new] if event.day <= r[0] < event.day + NEAR]
        if event.kind == "reuse":  # the holder before may be long gone
            before = [r for r in reports[event.old] if r[0] < event.day]
        if before and after:
            labels = [
                identity.symbol_of(number, symbol, day)
                for symbol, (day, number) in ((event.old, before[-1]), (event.new, after[0]))
            ]
            found.append(Verdict(event, *labels))
    return found


def wilson(hits: int, total: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share, by Wilson."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = share + _Z * _Z / (2 * total)
    spread = _Z * math.sqrt(share * (1 - share) / total + _Z * _Z / (4 * total * total))
    scale = 1 + _Z * _Z / total
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def tell(name: str, hits: int, total: int) -> str:
    """Return a line of the table."""
    low, high = wilson(hits, total)
    share = f"{hits / total:.1%}" if total else "-"
    return f"| {name} | {hits} of {total} | {share} | {low:.1%} to {high:.1%} |"


def main() -> None:
    """NumberedRef the table, and every event on which the program is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-aliases", action="store_true", help="leave the shipped aliases out")
    args = parser.parse_args()
    settings = read_settings()
    events = read_events()
    with connect(find_target(settings)) as connection:
        verdicts = judge(
            Store(connection, settings.environment), events, with_aliases=not args.no_aliases
        )
    print(f"{len(events)} events, {len(verdicts)} with both sides on record")
    print("| | | share | 95 % |\n|---|---|---|---|")
    joined = [v for v in verdicts if v.joined]
    one = [v for v in verdicts if v.event.joins]
    print(tell("joins that are right (precision)", sum(v.event.joins for v in joined), len(joined)))
    print(tell("renames that are joined (recall)", sum(v.joined for v in one), len(one)))
    two = [v for v in verdicts if not v.event.joins]
    print(tell("reuses that are parted", sum(not v.joined for v in two), len(two)))
    kinds = Counter(v.event.kind for v in verdicts)
    for kind, count in sorted(kinds.items()):
        right = sum(v.joined == v.event.joins for v in verdicts if v.event.kind == kind)
        print(tell(kind, right, count))
    for v in verdicts:
        if v.joined != v.event.joins:
            print(f"{'missed' if v.event.joins else 'WRONG JOIN'}: {v.event} {v.before} {v.after}")


if __name__ == "__main__":
    main()
