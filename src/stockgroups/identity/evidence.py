"""What identity is made of: prints with their days, aliases, and what else is known of symbols."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stockgroups.identifiers import (
    ISSUER_LENGTH,
    cusip_of_isin,
    valid_cusip,
    valid_figi,
    valid_isin,
    valid_sedol,
)

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence

    from stockgroups.model import Alias

US = "US"


class Print(NamedTuple):
    """A ref under its number, as far as it says what the stock is; `symbol` is canonical."""

    number: int
    symbol: str
    name: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known about some symbols.

    `days` gives for each print's number the as-of dates of the snapshots that stand and hold it.
    `spellings` maps a compact spelling to the symbol that it is one of, on a directory's word.
    `registrants` holds pairs (old symbol, new symbol) of which directories say that one registrant
    with a single line went from the one to the other.
    """

    prints: Sequence[Print]
    days: Mapping[int, Sequence[dt.date]]
    aliases: Sequence[Alias] = ()
    spellings: Mapping[str, str] = field(default_factory=dict)
    registrants: frozenset[tuple[str, str]] = frozenset()


class Identifiers(NamedTuple):
    """The valid identifiers of prints, by scheme. A US or Canadian ISIN counts as its CUSIP."""

    cusip: frozenset[str] = frozenset()
    isin: frozenset[str] = frozenset()
    sedol: frozenset[str] = frozenset()
    figi: frozenset[str] = frozenset()

    def __or__(self, other: Identifiers) -> Identifiers:
        return Identifiers(*(mine | theirs for mine, theirs in zip(self, other, strict=True)))

    def shared(self, other: Identifiers) -> tuple[str, ...]:
        """Return the schemes in which both have a value in common."""
        return tuple(
            scheme
            for scheme, mine, theirs in zip(self._fields, self, other, strict=True)
            if mine & theirs
        )

    def contradicted(self, other: Identifiers) -> tuple[str, ...]:
        """Return the schemes in which both have values and none in common.

        FIGIs are left out: they exist on three levels (venue, country, share class) and do not say
        which they are of.
        """
        return tuple(
            scheme
            for scheme, mine, theirs in zip(self._fields, self, other, strict=True)
            if scheme != "figi" and mine and theirs and not mine & theirs
        )

    @property
    def issuers(self) -> frozenset[str]:
        """The issuers' part of the CUSIPs."""
        return frozenset(value[:ISSUER_LENGTH] for value in self.cusip)

    def told(self) -> str:
        """Return them as words for a finding."""
        return ", ".join(
            f"{scheme.upper()} {value}"
            for scheme, values in zip(self._fields, self, strict=True)
            for value in sorted(values)
        )


def read_identifiers(printed: Print) -> Identifiers:
    """Return what of a print's identifiers is valid."""
    isin = valid_isin(printed.isin)
    inside = cusip_of_isin(isin) if isin else None
    cusips = {value for value in (valid_cusip(printed.cusip), inside) if value}
    sedol = valid_sedol(printed.sedol)
    figi = valid_figi(printed.figi)
    return Identifiers(
        frozenset(cusips),
        frozenset({isin} if isin and not inside else ()),
        frozenset({sedol} if sedol else ()),
        frozenset({figi} if figi else ()),
    )


def market_of(symbol: str) -> str:
    """Return the market of a canonical symbol: its MIC, or US."""
    root, dot, suffix = symbol.rpartition(".")
    return suffix if dot and root and len(suffix) == len("XLON") else US
