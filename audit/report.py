"""The table for the terminal, and the page docs/accuracy.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from audit.claims import Judged
from audit.explanations import Explanation, Fault, explain
from audit.run import Result
from audit.tally import Tally, tally

GOAL, LEAST = 0.995, 0.985
"""What the rate, and the lower end of its interval, are to reach."""
TEMPLATE = Path(__file__).parent / "page.md"
_HEADER = ("answers", "right", "rate", "95 % (Wilson)", "goal", "without the witnesses' errors")
_SAMPLE_HEADER = ("answers", "drawn", "two witnesses", "one witness", "silent")


def table(results: Iterable[Result], explanations: Sequence[Explanation]) -> list[str]:
    """Return the lines of the table of rates, in Markdown.

    The last column leaves out the misses in which a witness is shown to err; the others do not.
    """
    return _write_table(_HEADER, (_row(one, explanations) for one in results))


def sample_table(results: Iterable[Result]) -> list[str]:
    """Return the lines of the table of the drawn answers and their witnesses, in Markdown."""
    return _write_table(_SAMPLE_HEADER, (_sample_row(one) for one in results))


def _write_table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [header, ("---",) * len(header), *rows]
    return [f"| {' | '.join(line)} |" for line in lines]


def _row(result: Result, explanations: Sequence[Explanation]) -> tuple[str, ...]:
    counts = tally(result.judged)
    beside = [one for one in result.judged if not _errs(one, explanations)]
    return (
        result.title,
        f"{counts.right:,} of {counts.witnessed:,}",
        *_tell_rate(counts),
        "reached" if reaches(counts) else "missed",
        " · ".join(_tell_rate(tally(beside))),
    )


def _sample_row(result: Result) -> tuple[str, ...]:
    counts = tally(result.judged)
    figures = (counts.drawn, counts.two, counts.one, counts.silent)
    return (result.title, *(f"{figure:,}" for figure in figures))


def _tell_rate(counts: Tally) -> tuple[str, str]:
    if counts.rate is None:
        return "–", "–"
    low, high = counts.interval
    return f"{counts.rate:.2%}", f"{low:.2%} to {high:.2%}"


def _errs(one: Judged, explanations: Sequence[Explanation]) -> bool:
    """Tell whether an answer is a miss by the error of a witness."""
    found = explain(one.claim, explanations) if one.is_missed else None
    return found is not None and found.fault is Fault.WITNESS


def reaches(counts: Tally) -> bool:
    """Tell whether a rate reaches the goal, and its interval what it has to."""
    return (counts.rate or 0.0) >= GOAL and counts.interval[0] >= LEAST


def misses(results: Iterable[Result]) -> list[Judged]:
    """Return every claim of which a witness says otherwise."""
    return [one for result in results for one in result.judged if one.is_missed]


def unexplained(results: Iterable[Result], explanations: Sequence[Explanation]) -> list[Judged]:
    """Return the misses that no explanation fits."""
    return [one for one in misses(results) if explain(one.claim, explanations) is None]


def tell(one: Judged, explanations: Sequence[Explanation]) -> str:
    """Return a miss in words: the answer, what each witness says, and who errs."""
    said = "; ".join(
        f"{'agrees' if verdict.agrees else 'differs'}: {verdict.text}" for verdict in one.verdicts
    )
    found = explain(one.claim, explanations)
    why = f"{_WHO[found.fault]} {found.why}" if found else "**Unexplained.**"
    return f"{one.claim.tell()}. {said[0].upper()}{said[1:]}. {why}"


_WHO = {
    Fault.WITNESS: "*The witness errs.*",
    Fault.SOURCE: "*The source of the answer errs.*",
    Fault.PROGRAM: "*The program errs.*",
    Fault.OPEN: "*Who errs is open.*",
}


def write_page(
    results: Sequence[Result], explanations: Sequence[Explanation], seed: int, version: str
) -> str:
    """Return the page: how it is measured, the result of a seed, and every miss."""
    faults: Counter[Fault] = Counter()
    for one in misses(results):
        if found := explain(one.claim, explanations):
            faults[found.fault] += 1
    return TEMPLATE.read_text("utf-8").format(
        seed=seed,
        version=version,
        table="\n".join(table(results, explanations)),
        sample="\n".join(sample_table(results)),
        populations=", ".join(f"{result.population:,} ({result.title})" for result in results),
        witness=faults[Fault.WITNESS],
        source=faults[Fault.SOURCE],
        program=faults[Fault.PROGRAM],
        open=faults[Fault.OPEN],
        unexplained=len(unexplained(results, explanations)),
        misses="\n".join(_list_misses(results, explanations)) or "None.",
        short="\n".join(_fall_short(results)),
    )


def _list_misses(results: Sequence[Result], explanations: Sequence[Explanation]) -> Iterator[str]:
    for one in misses(results):
        yield f"- {tell(one, explanations)}"


def _fall_short(results: Sequence[Result]) -> Iterator[str]:
    short = [result for result in results if not reaches(tally(result.judged))]
    if not short:
        yield "All rates reach the goal."
        return
    yield "Below the goal:"
    yield ""
    for result in short:
        counts = tally(result.judged)
        yield (
            f"- {result.title}: {counts.right:,} of {counts.witnessed:,} are right, "
            f"{counts.interval[0]:.2%} at least."
        )
