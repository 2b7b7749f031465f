"""Why a miss is one: written by hand, by claim, so that every run keeps it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from enum import StrEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from audit.claims import Claim

PATH = Path(__file__).parent / "explanations.toml"


class Fault(StrEnum):
    """Who errs."""

    WITNESS = "witness"
    SOURCE = "source"
    PROGRAM = "program"
    OPEN = "open"


class Explanation(NamedTuple):
    """Who errs on claims of a kind, and why. Kind and group are patterns of `fnmatch`."""

    kind: str
    group: str
    stocks: frozenset[str]
    fault: Fault
    why: str

    def fits(self, claim: Claim) -> bool:
        """Tell whether it explains a claim."""
        return (
            fnmatchcase(claim.kind, self.kind)
            and fnmatchcase(claim.group, self.group)
            and claim.subject in self.stocks
        )


def read_explanations(path: Path = PATH) -> list[Explanation]:
    """Return what is explained."""
    content = tomllib.loads(path.read_text("utf-8"))
    return [
        Explanation(
            one["kind"],
            one.get("group", "*"),
            frozenset(one["stocks"]),
            Fault(one["fault"]),
            one["why"],
        )
        for one in content.get("miss", ())
    ]


def explain(claim: Claim, explanations: Iterable[Explanation]) -> Explanation | None:
    """Return the first explanation that fits a claim."""
    return next((one for one in explanations if one.fits(claim)), None)
