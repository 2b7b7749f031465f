"""The answer: the stocks of an expression, and the groups that contain them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from stockgroups.json_values import write_tuple
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.origins import Asked, Origin
from stockgroups.text import count_of

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from stockgroups.queries.moments import Moment


class Member(NamedTuple):
    """One stock of the answer.

    Attributes:
        symbol: The stock's symbol of today.
        weight: Its weight if the expression has one, a fraction.
        security_id: The number of the security; None if only another program knows the stock.
        sector: Its sector today; None in answers about the past.
        terms: The terms of the expression that contain it, as they are spelt in `groups`.
        weights: Its weight in each of these that has weights.
    """

    symbol: str
    name: str | None = None
    weight: float | None = None
    security_id: int | None = None
    sector: str | None = None
    terms: tuple[str, ...] = ()
    weights: Mapping[str, float | None] = {}

    def to_dict(self) -> dict[str, Any]:
        """Return the stock as JSON values."""
        return write_tuple(self)


@dataclass(frozen=True, slots=True)
class UsedGroup(Asked):
    """A group that the expression names, with its source.

    Attributes:
        term: The group in canonical spelling: `etf:SPY`, with its date if it has one.
        members: The number of its stocks.
        origin: The origin of its members.
        moment: The requested moment; None: now.
    """

    KEYS = "term name=title total=members *source *question"

    term: str
    title: str
    members: int
    origin: Origin
    moment: Moment | None

    @property
    def age_days(self) -> int | None:
        """How many days older than the day asked for the source is."""
        return self.origin.age_on(self.on)

    @property
    def source(self) -> dict[str, Any]:
        """The origin of its members, with its age, as JSON values."""
        return self.origin.to_dict(self.on)


@dataclass(frozen=True, slots=True, repr=False)
class Members(Asked, Tabular):
    """The stocks of an expression.

    Attributes:
        expression: The expression as it was understood, in canonical spelling.
        members: The stocks: the heaviest first, those without a weight by symbol.
        groups: The groups that it names, each once for each date.
        warnings: What the answer leaves open, or could not find for the day asked for.
        moment: The requested moment beside the expression; None: now.
    """

    KEYS = (
        "expression total_symbols=len(members) symbols as_of age_days is_proxy is_drifted "
        "*question groups warnings members"
    )
    ROWS = "members"
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(Member)
    expression: str
    members: tuple[Member, ...]
    groups: tuple[UsedGroup, ...]
    warnings: tuple[str, ...] = ()
    moment: Moment | None = None

    def __repr__(self) -> str:
        return f"<Members {self.expression}: {count_of(len(self.members), 'stock')}>"

    def __len__(self) -> int:
        return len(self.members)

    @property
    def symbols(self) -> list[str]:
        """The stocks' symbols of today, sorted."""
        return sorted(member.symbol for member in self.members)

    @property
    def as_of(self) -> dt.date | None:
        """The date of the oldest source."""
        return min((g.origin.as_of for g in self.groups if g.origin.as_of), default=None)

    @property
    def age_days(self) -> int | None:
        """How many days older than the day asked for the oldest source is."""
        return max((g.age_days for g in self.groups if g.age_days is not None), default=None)

    @property
    def is_proxy(self) -> bool:
        """Whether any source is a proxy."""
        return any(group.origin.is_proxy for group in self.groups)

    @property
    def is_drifted(self) -> bool:
        """Whether another program has changed any of the groups."""
        return any(group.origin.is_drifted for group in self.groups)

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with their origins."""
        return [{"group": one.term, **one.source} for one in self.groups]

    def respell(self, spell: Callable[[str], str]) -> Self:
        """Return the answer with every stock symbol in another spelling."""
        spelt = (member._replace(symbol=spell(member.symbol)) for member in self.members)
        return replace(self, members=tuple(spelt))
