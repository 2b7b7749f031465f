"""Timing side by side: every case once a round, medians over the rounds.

What is compared runs in the same minute on the same server, so a busy or a slow machine moves both
sides alike and the ratio stays.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """Something to time: `run`, after `prepare`, which is not timed."""

    name: str
    run: Callable[[], object]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of each case, round by round."""

    seconds: dict[str, list[float]]

    def median(self, case: str) -> float:
        """Seconds that the case takes."""
        return statistics.median(self.seconds[case])

    def ratio(self, case: str, base: str) -> float:
        """How many times as long as `base` the case takes: the median of the rounds' ratios."""
        pairs = zip(self.seconds[case], self.seconds[base], strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    def tell(self, *cases: str) -> str:
        """Return what the cases take, in milliseconds."""
        figures = (1e3 * self.median(case) for case in cases)
        return " / ".join(f"{ms:,.0f}" if ms >= 100 else f"{ms:.3g}" for ms in figures) + " ms"


class Sense(Enum):
    """Which side of its bar a figure should be on."""

    AT_MOST = "≤"
    AT_LEAST = "≥"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a figure is held against."""

    sense: Sense
    value: float

    def missed_by(self, measured: float) -> float:
        """Return by what share of the bar it is missed; 0 where it is met."""
        excess = measured - self.value if self.sense is Sense.AT_MOST else self.value - measured
        return max(0.0, excess / self.value)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report. `unit` follows the figure; `detail` tells what it was made of."""

    work: str
    measured: float
    unit: str
    bar: Bar | None = None
    detail: str = ""


def at_most(value: float) -> Bar:
    """Return a bar that a figure must not exceed."""
    return Bar(Sense.AT_MOST, value)


def at_least(value: float) -> Bar:
    """Return a bar that a figure must reach."""
    return Bar(Sense.AT_LEAST, value)


def alternate(
    cases: Sequence[Case],
    rounds: int,
    *,
    warm_up: bool = True,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Run the cases in turn, A B A B; a first round that is not counted warms both sides up."""
    seconds: dict[str, list[float]] = {case.name: [] for case in cases}
    for number in range(rounds + warm_up):
        for case in cases:
            case.prepare()
            gc.collect()
            start = clock()
            case.run()
            took = clock() - start
            if number >= warm_up:
                seconds[case.name].append(took)
    return Times(seconds)


def time_once(run: Callable[[], object]) -> float:
    """Return the seconds of what takes too long to be run twice."""
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


class Memory:
    """How many megabytes a process had at most, beyond those that it began with."""

    grown_by = 0.0


@contextmanager
def peak_memory() -> Iterator[Memory]:
    """Watch this process's memory while something runs inside; Linux counts it."""
    memory = Memory()
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is what it is now
    before = read_peak("self")
    yield memory
    memory.grown_by = read_peak("self") - before


def read_peak(process: int | str) -> float:
    """Return the most megabytes that a process had, or this one since its peak was reset (proc(5)).

    What `wait4` tells of a child counts what its parent had when it was made.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    peaks = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    return int(next(peaks, 0)) / 1024


def repeat(run: Callable[[], object], times: int) -> Callable[[], None]:
    """Return a call that runs another many times, for work too short to be timed once."""

    def many() -> None:
        for _ in range(times):
            run()

    return many
