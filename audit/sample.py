"""Samples that a seed decides, whatever the order in which claims are found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import zip_longest

from audit.claims import Claim


def rank(seed: int, text: str) -> bytes:
    """Return the place of a text in the order that a seed makes."""
    return hashlib.sha256(f"{seed}|{text}".encode()).digest()


def in_order(claims: Iterable[Claim], seed: int) -> list[Claim]:
    """Return all claims in the order in which they are drawn.

    One of each stratum in turn, so that a large file says no more than a small one; within a
    stratum by the hash of seed and claim. A claim that is found twice is drawn once.
    """
    strata: dict[str, dict[str, Claim]] = {}
    for claim in claims:
        strata.setdefault(claim.stratum, {})[claim.key] = claim
    queues = [
        sorted(found.values(), key=lambda claim: rank(seed, claim.key))
        for _, found in sorted(strata.items(), key=lambda item: rank(seed, item[0]))
    ]
    return [claim for row in zip_longest(*queues) for claim in row if claim is not None]
