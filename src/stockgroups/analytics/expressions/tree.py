"""An expression as a tree. `str(node)` is its canonical spelling, which parses to the same tree."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stockgroups.model import GroupType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from decimal import Decimal

STOCK, INDUSTRY = "stock", "industry"
TYPES = (*(kind.lower() for kind in GroupType), INDUSTRY, STOCK)
"""The words that may stand before a name and a colon."""
OPERATORS = "|^&-"
"""The set operators, the loosest binding first, with Python's precedence."""
KNOWN_AT, PUBLISHED_BY = "known_at", "published_by"
"""The words that limit the sources of an answer: by time of recording, by day of publication."""
WORD = re.compile(r"[^\s|&^()\[\]{},@:\"'=<>!%-]+(?:-+[^\s|&^()\[\]{},@:\"'=<>!%-]+)*")
"""A name without quotes: `-` belongs to it between two of its characters."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name: a group, an industry or a stock. `kind` is one of TYPES; None if none is written."""

    name: str
    kind: str | None = None
    column: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return (f"{self.kind}:" if self.kind else "") + quote(self.name)


@dataclass(frozen=True, slots=True)
class Combined:
    """Two or more parts, from left to right, with one operator between them."""

    operator: str
    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(map(self._show, self.parts))

    def _show(self, part: Node) -> str:
        is_looser = isinstance(part, Combined) and (
            OPERATORS.index(part.operator) <= OPERATORS.index(self.operator)
        )
        return f"({part})" if is_looser or isinstance(part, Dated) else str(part)


@dataclass(frozen=True, slots=True)
class Condition:
    """What a stock must meet. A weight is a fraction, a count a whole number, else it is a text."""

    attribute: str
    operator: str
    value: str | Decimal
    column: int = field(default=1, compare=False)

    def __str__(self) -> str:
        value = self.value if isinstance(self.value, str) else self._show_number(self.value)
        shown = quote(value) if isinstance(self.value, str) else value
        return f"{self.attribute} {self.operator} {shown}"

    def _show_number(self, value: Decimal) -> str:
        if self.attribute == "weight":
            return f"{(value * 100).normalize():f}%"
        return f"{value:f}"


@dataclass(frozen=True, slots=True)
class Filtered:
    """The stocks of a part that meet all conditions."""

    part: Node
    conditions: tuple[Condition, ...]

    def __str__(self) -> str:
        inner = f"{self.part}" if isinstance(self.part, Term | Top) else f"({self.part})"
        return f"{inner}[{', '.join(map(str, self.conditions))}]"


@dataclass(frozen=True, slots=True)
class Top:
    """The heaviest stocks of a part, or the lightest."""

    part: Node
    count: int
    lightest: bool = False
    column: int = field(default=1, compare=False)

    def __str__(self) -> str:
        return f"{'bottom' if self.lightest else 'top'}({self.part}, {self.count})"


class When(NamedTuple):
    """The moment of a part in an expression; None: not stated.

    Attributes:
        date: The day (`2025-06-01`, or an age such as `30d`).
        known_at: Use only what was recorded by then (`2026-07-02T18:00`).
        published_by: Use only what was public by this day.
    """

    date: str | None = None
    known_at: str | None = None
    published_by: str | None = None

    def __str__(self) -> str:
        words = zip(("@", KNOWN_AT, PUBLISHED_BY), self, strict=True)
        return " ".join(f"{word} {value}" for word, value in words if value is not None)

    def complete(self, other: When | None) -> When:
        """Return it with its missing parts taken from another one."""
        return When(*(mine or theirs for mine, theirs in zip(self, other or When(), strict=True)))


@dataclass(frozen=True, slots=True)
class Dated:
    """A part at a moment, as far as its names have none of their own."""

    part: Node
    when: When

    def __str__(self) -> str:
        inner = f"({self.part})" if isinstance(self.part, Dated) else str(self.part)
        return f"{inner} {self.when}"


Node: TypeAlias = Term | Combined | Filtered | Top | Dated


def quote(name: str) -> str:
    """Return a name as it is written: in quotes where it is not one word."""
    if WORD.fullmatch(name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def list_terms(node: Node, when: When | None = None) -> Iterator[tuple[Term, When | None]]:
    """Yield the terms from left to right, each with its moment; None if it has none.

    `when` is the moment of the whole expression.
    """
    if isinstance(node, Term):
        yield node, when
    elif isinstance(node, Combined):
        for part in node.parts:
            yield from list_terms(part, when)
    else:
        inner = node.when.complete(when) if isinstance(node, Dated) else when
        yield from list_terms(node.part, inner)


def list_conditions(node: Node) -> Iterator[Condition]:
    """Yield the conditions of all filters, from left to right."""
    if isinstance(node, Combined):
        for part in node.parts:
            yield from list_conditions(part)
    elif not isinstance(node, Term):
        yield from list_conditions(node.part)
        if isinstance(node, Filtered):
            yield from node.conditions


def map_terms(node: Node, change: Callable[[Term], Term]) -> Node:
    """Return the tree with each term changed."""
    if isinstance(node, Term):
        return change(node)
    if isinstance(node, Combined):
        return replace(node, parts=tuple(map_terms(part, change) for part in node.parts))
    return replace(node, part=map_terms(node.part, change))
