"""The questions that evidence leaves open, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from stockgroups.identity.lines import Line
    from stockgroups.model import Alias


@dataclass(frozen=True, slots=True, order=True)
class Conflict:
    """A question that the evidence leaves open, or two reports that cannot both be right.

    `kind` is the kind of the question, `symbols` are its symbols, `message` is what the sources
    say.
    """

    kind: str
    symbols: tuple[str, ...]
    message: str


def refuse_alias(first: Alias, second: Alias) -> Conflict:
    """Return the conflict of two aliases that give one symbol to two stocks on one day."""
    message = (
        f"cannot both have become {second.new} on {second.effective}"
        f" ({first.source}; {second.source}): the second is left out"
    )
    return Conflict("aliases", (first.old, second.old), message)


def ask_symbols(first: Line, second: Line, agreed: Sequence[str]) -> Conflict:
    """Return the question why two symbols are reported at the same time with one identifier."""
    message = (
        f"are reported at the same time with the same {' and '.join(agreed)} on one market"
        f" ({first.first} to {first.last}, {second.first} to {second.last})"
    )
    return Conflict("two symbols", (first.symbol, second.symbol), message)


def ask_rename(first: Line, second: Line, agreed: Sequence[str]) -> Conflict:
    """Return the question whether the stock of one symbol has been renamed to the other."""
    message = (
        f"may be one stock: {' and '.join(agreed)} agrees, {first.symbol} is last reported on"
        f" {first.last}, {second.symbol} first on {second.first}"
    )
    return Conflict("rename", (first.symbol, second.symbol), message)


def describe_reuse(earlier: Line, later: Line) -> Conflict:
    """Return the notice that a symbol is taken to be another stock's since some day."""
    message = (
        f"was {_describe_line(earlier)} until {earlier.last} and is {_describe_line(later)} from "
        f"{later.first} on: two stocks, as nothing shows that they are one"
    )
    return Conflict("reuse", (later.symbol,), message)


def find_contradictions(line: Line, later: Line) -> list[Conflict]:
    """Return the first day on which one stock is reported with contradicting identifiers."""
    if not line.identifiers.contradict(later.identifiers):
        return []
    both = sorted(set(line.days) & set(later.days))
    if not both:
        return []
    message = (
        f"is reported with {line.identifiers.describe()} and with {later.identifiers.describe()}"
        f" on {both[0]}: one of them is wrong"
    )
    return [Conflict("contradiction", (line.symbol,), message)]


def _describe_line(line: Line) -> str:
    """Return the name and the identifiers of a line, in words."""
    name = min(line.names, default="a stock without a name")
    text = line.identifiers.describe()
    return f"{name} ({text})" if text else name
