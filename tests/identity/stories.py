"""Evidence for tests, told briefly: who printed what when. The identifiers are made up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from stdnum import cusip, isin
from stdnum.gb import sedol

from stockgroups.identity.evidence import Evidence, Print
from stockgroups.identity.securities import Identity, identify
from stockgroups.model import Alias


def day(month: int, date: int = 15) -> dt.date:
    """A day, by the number of months since the end of 2019."""
    return dt.date(2020 + (month - 1) // 12, (month - 1) % 12 + 1, date)


def make_cusip(body: str) -> str:
    """Eight characters with their check digit."""
    return body + cusip.calc_check_digit(body)


def make_isin(body: str) -> str:
    """Eleven characters with their check digit."""
    return body + isin.calc_check_digit(body)


def make_sedol(body: str) -> str:
    """Six characters with their check digit."""
    return body + sedol.calc_check_digit(body)


class Told(NamedTuple):
    """A print without its number, and the days on which it stands."""

    symbol: str
    days: tuple[dt.date, ...]
    name: str | None = None
    cusip: str | None = None
    isin: str | None = None
    sedol: str | None = None
    figi: str | None = None


def told(symbol: str, *months: int, **printed: str) -> Told:
    """A print that stands on the fifteenth of those months."""
    return Told(symbol, tuple(day(month) for month in months), **printed)


def gather(
    prints: Iterable[Told],
    aliases: Sequence[Alias] = (),
    *,
    spellings: dict[str, str] | None = None,
    registrants: Iterable[tuple[str, str]] = (),
) -> Evidence:
    """Number the prints in their order."""
    numbered = list(enumerate(prints, 1))
    return Evidence(
        [
            Print(number, t.symbol, t.name, t.cusip, t.isin, t.sedol, t.figi)
            for number, t in numbered
        ],
        {number: t.days for number, t in numbered},
        aliases,
        spellings or {},
        frozenset(registrants),
    )


def spans(identity: Identity) -> list[list[tuple[str, dt.date | None, dt.date | None]]]:
    """The securities' symbols with their days, None where they are open."""
    return [
        [
            (
                span.symbol,
                None if span.start == dt.date.min else span.start,
                None if span.end == dt.date.max else span.end,
            )
            for span in security
        ]
        for security in identity.securities
    ]


def settle(
    *prints: Told,
    aliases: Sequence[Alias] = (),
    spellings: dict[str, str] | None = None,
    registrants: Iterable[tuple[str, str]] = (),
) -> Identity:
    """Identify what was told."""
    return identify(gather(prints, aliases, spellings=spellings, registrants=registrants))
