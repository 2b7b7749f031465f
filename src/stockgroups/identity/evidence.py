"""The evidence for identity: refs with their reports, aliases, and entries of registers."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.symbols import is_isin
from stockgroups.symbols.identifiers import (
    ISSUER_LENGTH,
    cusip_of_isin,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_sedol,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from stockgroups.model import Alias, Tenure

US = "US"
NAMELESS = ""
"""The symbol of refs without ticker and ISIN, which only other identifiers can identify."""


class NumberedRef(NamedTuple):
    """A ref with its number and the fields that identify its stock.

    `symbol` is canonical: the ISIN if no ticker was reported; NAMELESS if neither was, or if the
    ticker's market is unknown. In that case `ticker` holds it as it was reported.
    """

    number: int
    symbol: str
    name: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None
    ticker: str | None = None


class Run(NamedTuple):
    """Consecutive snapshots of one group that all hold a ref.

    Attributes:
        group: The place of the group.
        start: The first day; a part of a run starts where it was cut.
        end: The as-of date of the next snapshot, which does not hold the ref; date.max for none.
        days: The as-of dates in order.
    """

    group: int
    start: dt.date
    end: dt.date
    days: tuple[dt.date, ...]


class Succession(NamedTuple):
    """A registrant (CIK) had one stock: `old` on the list of `before`, `new` on that of `after`.

    The names are the registrant's on these lists.
    """

    old: str
    new: str
    before: dt.date
    after: dt.date
    old_name: str | None = None
    new_name: str | None = None


class Handover(NamedTuple):
    """A register says that a symbol passed to another company, from `since` to `until` on."""

    since: dt.date
    until: dt.date


class Announcement(NamedTuple):
    """A register says that a CUSIP is the new one, or was the old one, of a symbol's stock."""

    symbol: str
    cusip: str
    day: dt.date
    is_new: bool


Seen = dict[NumberedRef, list[Run]]
"""Refs with the runs in which they are reported."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about some symbols.

    Attributes:
        refs: The refs.
        runs: The runs of each ref by its number. A ref without a run is no longer reported.
        aliases: The aliases, including register steps.
        spellings: Compact spellings, with the symbol that a directory lists.
        successions: Renames that the lists of registrants show.
        handovers: When registers say that another company got a symbol.
        registered: The numbers of refs from dated registers. They are evidence, and no group holds
            them.
        announced: Changes of CUSIPs that these registers announce.
        steps: The aliases that come from a register; they are weaker.
        names: By symbol, the names that directories have under it.
        tenures: By symbol, when the catalogue knows it to be one stock's.
    """

    refs: Sequence[NumberedRef]
    runs: Mapping[int, Sequence[Run]]
    aliases: Sequence[Alias] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    successions: frozenset[Succession] = frozenset()
    handovers: Mapping[str, Sequence[Handover]] = field(default_factory=dict)
    registered: frozenset[int] = frozenset()
    announced: frozenset[Announcement] = frozenset()
    steps: frozenset[Alias] = frozenset()
    names: Mapping[str, Collection[str]] = field(default_factory=dict)
    tenures: Mapping[str, Sequence[Tenure]] = field(default_factory=dict)


_NONE: frozenset[str] = frozenset()
"""Each empty set would be one of its own, of 216 bytes."""


class Identifiers(NamedTuple):
    """The valid identifiers of refs, by scheme. A US or Canadian ISIN counts as its CUSIP."""

    cusip: frozenset[str] = _NONE
    isin: frozenset[str] = _NONE
    sedol: frozenset[str] = _NONE
    figi: frozenset[str] = _NONE

    def __or__(self, other: Identifiers) -> Identifiers:
        if self == other or not any(other):
            return self
        pairs = zip(self, other, strict=True)
        return Identifiers(*(mine | theirs if theirs else mine for mine, theirs in pairs))

    def shared(self, other: Identifiers) -> tuple[str, ...]:
        """Return the schemes in which both have a value in common."""
        common = zip(self._fields, self.common(other), strict=True)
        return tuple(scheme for scheme, values in common if values)

    def common(self, other: Identifiers) -> Identifiers:
        """Return the values that both have."""
        return Identifiers(*(mine & theirs for mine, theirs in zip(self, other, strict=True)))

    def contradict(self, other: Identifiers) -> bool:
        """Whether both have values of some scheme, and none in common.

        FIGIs are left out: they exist on three levels (venue, country, share class), and a FIGI
        does not say its level.
        """
        return any(
            mine and theirs and not mine & theirs
            for mine, theirs in zip(self[:3], other[:3], strict=True)
        )

    def may_differ(self, other: Identifiers) -> bool:
        """Whether a value differs in some scheme, even if another value agrees."""
        return any(
            mine and theirs and len(mine | theirs) > 1
            for mine, theirs in zip(self[:3], other[:3], strict=True)
        )

    @property
    def issuers(self) -> frozenset[str]:
        """The issuers' part of the CUSIPs."""
        return frozenset(value[:ISSUER_LENGTH] for value in self.cusip)

    def describe(self) -> str:
        """Return them in words for a finding."""
        return ", ".join(f"{scheme.upper()} {value}" for scheme, value in self.pairs())

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Yield the scheme and the value of each identifier."""
        for scheme, values in zip(self._fields, self, strict=True):
            for value in sorted(values):
                yield scheme, value


def read_identifiers(ref: NumberedRef) -> Identifiers:
    """Return a ref's valid identifiers."""
    return _read_valid(ref.cusip, ref.isin, ref.sedol, ref.figi)


@lru_cache(1 << 13)  # each ref is asked for many times, while its part is settled
def _read_valid(
    cusip: str | None, isin: str | None, sedol: str | None, figi: str | None
) -> Identifiers:
    isin = valid_isin(isin)
    inside = cusip_of_isin(isin) if isin else None
    cusips = {value for value in (valid_cusip(cusip), inside) if value}
    sedol = valid_sedol(sedol)
    figi = valid_figi(figi)
    return Identifiers(
        frozenset(cusips) if cusips else _NONE,
        frozenset({isin}) if isin and not inside else _NONE,
        frozenset({sedol}) if sedol else _NONE,
        frozenset({figi}) if figi else _NONE,
    )


@lru_cache(1 << 13)
def market_of(symbol: str) -> str:
    """Return the market of a canonical symbol: its MIC, or US; an ISIN is its own market."""
    if is_isin(symbol):
        return symbol
    root, dot, suffix = symbol.rpartition(".")
    return suffix if dot and root and len(suffix) == len("XLON") else US
