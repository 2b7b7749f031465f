"""What an attack is: many steps, each made by dice that its number and the seed make again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """The kinds of harm."""

    LOST = "lost"
    """Something that was said to be stored is gone, or another program was ended."""
    TORN = "torn"
    """A state, or an answer, that is half of one and half of another."""
    UNTYPED = "untyped"
    """An error that nobody meant to raise, a server's error, or no answer at all."""
    SILENT = "silent"
    """A wrong answer without a word."""


class Violation(NamedTuple):
    """One harm that was seen."""

    fault: Fault
    description: str


@dataclass(slots=True)
class Tally:
    """What came of the steps so far.

    Attributes:
        tries: how often the attack was made, in its own unit.
        outcomes: how often what came of it.
        violations: the harm that was seen.
    """

    tries: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    def add(self, outcome: str, tries: int = 1) -> None:
        """Count what came of so many tries."""
        self.tries += tries
        self.outcomes[outcome] += tries

    def violate(self, fault: Fault, description: str) -> None:
        """Note harm."""
        self.violations.append(Violation(fault, description))


Step = Callable[[random.Random, Tally], None]


@dataclass(frozen=True, slots=True)
class Attack:
    """One kind of attack.

    Attributes:
        name: what it is called on the command line.
        unit: what is counted.
        wanted: how many of them an hour of all attacks on two cores must reach.
        patience: seconds after which a step hangs.
        prepare: makes the scene, and yields the function that does one step in it.
    """

    name: str
    unit: str
    wanted: int
    patience: int
    prepare: Callable[[], AbstractContextManager[Step]]
