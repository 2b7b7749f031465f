"""All catalogues together, and the look-ups that need more than a key."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping

    from stockgroups.catalog.ages import AgeRules
    from stockgroups.catalog.entries import (
        EtfEntry,
        Exchange,
        FormatEntry,
        FormerTicker,
        SectorEntry,
        SectorOverride,
        ThemeEntry,
        UniverseEntry,
    )
    from stockgroups.catalog.sources import Downloads
    from stockgroups.catalog.taxonomy import Taxonomy
    from stockgroups.model import Alias, Tenure

_MARKS = re.compile(r"[®™©℠]|\((?:R|TM|C|SM)\)", re.IGNORECASE)
_ISIN_LENGTH = 12


@lru_cache(maxsize=1_000)  # funds report the same few labels for thousands of stocks
def fold_label(text: str) -> str:
    """Return the text as labels are compared: without case and surplus blanks."""
    return " ".join(text.split()).casefold()


def fold_fund_name(name: str) -> str:
    """Return the name as fund names are compared: as labels, without ® and similar, "&" as "and".

    Issuers print these marks in one year and leave them out in another. SEC filings have them as
    `(R)`.
    """
    plain = unicodedata.normalize("NFKC", _MARKS.sub("", name))
    return fold_label(plain.replace("&", " and "))


@dataclass(frozen=True, slots=True)
class Catalog:
    """Everything that the program knows without a source.

    The mappings are read-only. `share_classes` maps compact spellings to canonical ones ("BRKB" to
    "BRK.B"), `sector_labels` casefolded words to sector keys, `index_releases` the versions of
    pytickersymbols to their dates. `taxonomy` holds the meanings of labels, `sector_overrides` a
    user's decisions on single stocks, by symbol. `aliases` are the dated renames and reuses of
    symbols, by old symbol and day; `tenures` the times in which a symbol was one stock's, by
    symbol. `sector_precedence` names every sector once: if a source gives a stock several, the
    first in this order is used. `ages` limits the age of sources. `downloads` has the addresses of
    files to download. `former_tickers` are earlier tickers of funds, by ticker. `formats` are a
    user's layouts of files, by name. `reading_digest` is 8 hex digits over everything that the
    reading of a holdings file depends on: exchanges, share classes, formats, and the funds' names,
    identifiers, kinds and former tickers.
    """

    etfs: Mapping[str, EtfEntry]
    sectors: Mapping[str, SectorEntry]
    themes: Mapping[str, ThemeEntry]
    universes: Mapping[str, UniverseEntry]
    exchanges: Mapping[str, Exchange]
    share_classes: Mapping[str, str]
    sector_labels: Mapping[str, str]
    taxonomy: Taxonomy
    sector_overrides: Mapping[str, SectorOverride]
    index_releases: Mapping[str, dt.date]
    aliases: tuple[Alias, ...]
    tenures: Mapping[str, tuple[Tenure, ...]]
    sector_precedence: tuple[str, ...]
    ages: AgeRules
    downloads: Downloads
    former_tickers: Mapping[str, FormerTicker]
    formats: Mapping[str, FormatEntry]
    reading_digest: str = field(init=False)
    _exchanges_by_print: Mapping[str, Exchange] = field(init=False, repr=False, compare=False)
    _etfs_by_name: Mapping[str, EtfEntry] = field(init=False, repr=False, compare=False)
    _etfs_by_identifier: Mapping[str, EtfEntry] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_print = {
            fold_label(spelling): exchange
            for mic, exchange in self.exchanges.items()
            for spelling in (mic, exchange.name, *exchange.printed)
        }
        by_name = {
            fold_fund_name(name): etf
            for etf in self.etfs.values()
            for name in (etf.name, *etf.other_names)
        }
        object.__setattr__(self, "_exchanges_by_print", by_print)
        by_identifier = {
            identifier.upper(): etf for etf in self.etfs.values() for identifier in etf.identifiers
        }
        object.__setattr__(self, "_etfs_by_name", by_name)
        object.__setattr__(self, "_etfs_by_identifier", by_identifier)
        object.__setattr__(self, "reading_digest", self._digest())

    def exchange_printed(self, text: str) -> Exchange | None:
        """Return the exchange that a source prints as `text`, or None.

        Besides the spellings of the catalogue, its MIC and its name mean an exchange.
        """
        return self._exchanges_by_print.get(fold_label(text))

    def fund_named(self, name: str) -> EtfEntry | None:
        """Return the fund of that full name, present or past, or None.

        Case, blanks, ® and its like, and "&" against "and" make no difference.
        """
        return self._etfs_by_name.get(fold_fund_name(name))

    def fund_identified(self, identifier: str) -> EtfEntry | None:
        """Return the fund with that CUSIP or ISIN, or None.

        The CUSIP of an American fund is a part of its ISIN, and each means the fund.
        """
        text = identifier.strip().upper()
        cusip = text[2:11] if len(text) == _ISIN_LENGTH and text[:2] in {"US", "CA"} else text
        return self._etfs_by_identifier.get(text) or self._etfs_by_identifier.get(cusip)

    def universe_named(self, text: str) -> UniverseEntry | None:
        """Return the universe of that key, name or other name, or None."""
        wanted = fold_fund_name(text)
        for key, entry in self.universes.items():
            if wanted in map(fold_fund_name, (key, entry.name, *entry.other_names)):
                return entry
        return None

    def renamed_fund(self, ticker: str, day: dt.date | None = None) -> FormerTicker | None:
        """Return today's ticker of the fund that had a ticker on a day, if it differs, or None.

        Without a day, a ticker that a fund of the catalogue has today is that fund's.
        """
        former = self.former_tickers.get(ticker)
        if former is None or (day is None and ticker in self.etfs):
            return None
        return former if day is None or day < former.effective else None

    def sector_of_label(self, label: str) -> str | None:
        """Return the key of the sector that a source calls `label`, or None."""
        return self.sector_labels.get(fold_label(label))

    def _digest(self) -> str:
        parts = (
            sorted(map(repr, self.exchanges.values())),
            sorted(self.share_classes.items()),
            sorted(
                (ticker, etf.kind, etf.name, *etf.other_names, *etf.identifiers)
                for ticker, etf in self.etfs.items()
            ),
            sorted(map(repr, self.former_tickers.values())),
            sorted(map(repr, self.formats.values())),
        )
        return hashlib.blake2b(repr(parts).encode(), digest_size=4).hexdigest()
