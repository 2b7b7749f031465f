"""One run: what is drawn of each kind, and what the witnesses say."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from audit import as_of, identity, memberships, ordinary, sectors, weights
from audit.claims import Claim, Judged, Kind, Witness, judge
from audit.evidence import Evidence
from audit.own_list import judge_list
from audit.sample import in_order
from audit.scratch import Opened

WANTED = 1_000
"""So many claims of each kind are drawn that a witness can tell of; all, where there are fewer."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of the claims of one kind, and how many claims there are."""

    title: str
    population: int
    judged: tuple[Judged, ...]


def audit(opened: Opened, evidence: Evidence, seed: int) -> list[Result]:
    """Draw and judge claims of every kind."""
    events = identity.read_events()
    db, without = opened
    events_asked = identity.find_events(db, evidence, events)
    kinds: dict[Kind, Callable[[], tuple[Iterable[Claim], Sequence[Witness]]]] = {
        Kind.MEMBERSHIP: lambda: (
            memberships.collect(db, evidence),
            memberships.witnesses(evidence),
        ),
        Kind.WEIGHT: lambda: (weights.collect(db), weights.witnesses(db, evidence.folder)),
        Kind.SECTOR: lambda: (sectors.collect(without), sectors.witnesses(evidence.folder)),
        Kind.IDENTITY: lambda: (
            identity.answer(db, events_asked),
            identity.witnesses(
                evidence,
                events,
                [known.alias for known in db.aliases()],
                db.catalog.tenures,
                identity.answer(without, identity.find_numbered(evidence, events_asked)),
            ),
        ),
        Kind.ORDINARY: lambda: (
            ordinary.collect(without, evidence, seed),
            ordinary.witnesses(evidence),
        ),
        Kind.AS_OF: lambda: (
            as_of.collect(db, evidence, seed),
            as_of.witnesses(db, evidence, seed),
        ),
    }
    results = []
    for kind, prepare in kinds.items():
        sys.stderr.write(f"asking: {kind}\n")
        claims, witnesses = prepare()
        found = list(claims)
        results.append(Result(kind, len(found), tuple(draw(found, witnesses, seed, WANTED))))
    return results


def draw(
    claims: Iterable[Claim], witnesses: Sequence[Witness], seed: int, wanted: int
) -> list[Judged]:
    """Return claims in the order of the seed, the silent ones too, until so many are judged."""
    drawn: list[Judged] = []
    for claim in in_order(claims, seed):
        if wanted <= 0:
            break
        drawn.append(judge(claim, witnesses))
        wanted -= drawn[-1].is_witnessed
    return drawn


def check_list(opened: Opened, path: Path) -> list[Result]:
    """Judge somebody's own list, by kind."""
    judged = list(judge_list(opened.whole, path))
    return [
        Result(f"own list: {kind}", len(found), found)
        for kind in Kind
        if (found := tuple(one for one in judged if one.claim.kind is kind))
    ]
