"""What Vanguard's files have in common: no exchange, and the country of each company."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import UnsupportedFileError

if TYPE_CHECKING:
    from collections.abc import Sequence

FEWEST_AT_HOME = 0.9
"""The share of companies incorporated in the United States in the narrowest US fund is 0.92: many
insurers and makers of medical devices are at home in Bermuda and in Ireland. Funds of the whole
world have 0.25."""

HOME = "US"
"""The country of risk that Vanguard prints for every stock of US indexes, wherever its company is
at home: Accenture (Ireland), Chubb (Switzerland), Carnival (Panama). Also Bloomberg's code."""


def list_by_incorporation(countries: Sequence[str]) -> list[str]:
    """Return the code of every stock's market, where the country of incorporation is known.

    A fund nearly all of whose companies are incorporated in the United States holds US listings:
    Accenture is Irish and trades in New York. In any other fund only the US companies are known to
    trade there. A blank country is unknown and counts for neither.
    """
    known = [country for country in countries if country]
    if sum(country == HOME for country in known) >= FEWEST_AT_HOME * len(known) > 0:
        return [HOME] * len(countries)
    return [HOME if country == HOME else "" for country in countries]


def check_home(listings: Sequence[str], where: str) -> None:
    """Raise UnsupportedFileError when most of the stocks cannot be told to be US listings.

    A foreign stock is printed under its local ticker, which may be a US stock's, and without an
    exchange. Among US stocks such a line is rejected; a fund that consists of them would be left
    with a few depositary receipts for members.
    """
    foreign = sum(1 for listing in listings if listing != HOME)
    if 2 * foreign > len(listings):
        raise UnsupportedFileError(
            f"{foreign:,} of its {len(listings):,} stocks are not of the United States, and the "
            "file does not say on which exchanges they are listed",
            where=where,
            remedy="load a fund like it of an issuer that prints exchanges",
        )
