"""Which sector a stock is in, by a database that one issuer's labels are left out of."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterator
from pathlib import Path

from audit.claims import Claim, Kind, Verdict, Witness, squash
from audit.indexes import read_sector_lists
from audit.rows import read_table
from stockgroups import Database
from stockgroups.sectors import read_evidence
from stockgroups.store import Store

SIZES = (
    ("large companies", ("SPY", "IVV")),
    ("middle companies", ("MDY", "IWB")),
    ("small companies", ("IWM", "IWV")),
)
"""Which funds hold companies of which size; the first that has a stock tells."""
HELD_OUT = "vanguard"
"""The folder of the issuer whose files are not loaded where sectors are asked."""
_LABELS = "vanguard/VTI_2025-09-30_Holdings_details.csv"
LABEL_DAY = dt.date(2025, 9, 30)
NEAR = dt.timedelta(days=90)
"""How far from a day a witness may be that speaks of it: the classification changes by the year."""


def collect(db: Database) -> Iterator[Claim]:
    """Yield the sector of every stock of funds of the US market that has one: today, and earlier.

    The earlier day is that of the labels of the issuer left out, so that a change of sector since
    then is no difference.
    """
    sectors = {
        symbol: group.key
        for group in db.groups("SECTOR")
        for symbol in db.sector(group.key).symbols
    }
    sizes = _read_sizes(db)
    today = max(group.as_of for group in db.groups("ETF") if group.as_of)
    store = Store(db.connection, db.environment, catalog=db.catalog)
    evidence = read_evidence(store, symbols=sorted(sizes), on=LABEL_DAY)
    earlier = {
        symbol: answer.sector
        for symbols, answer in evidence.classify(db.catalog.taxonomy)
        for symbol in symbols
    }
    for day, found in ((today, sectors), (LABEL_DAY, earlier)):
        for symbol, size in sizes.items():
            if sector := found.get(symbol):
                spellings = frozenset({squash(symbol)})
                yield Claim(Kind.SECTOR, "", symbol, day, sector, size, spellings)


def _read_sizes(db: Database) -> dict[str, str]:
    known = {group.key for group in db.groups("ETF")}
    sizes: dict[str, str] = {}
    for size, funds in SIZES:
        for fund in (fund for fund in funds if fund in known):
            for symbol in db.etf(fund, details=False).symbols:
                sizes.setdefault(symbol, size)
    return sizes


class SectorWitnesses:
    """Lists of the S&P 500 with sectors, and the sub-industries of the issuer that is left out."""

    def __init__(self, folder: Path) -> None:
        """Read the lists and labels of a folder; those that are missing are silent."""
        self._lists = read_sector_lists(folder)
        content = tomllib.loads((Path(__file__).parent / "gics.toml").read_text("utf-8"))
        sectors = {label: key for key, every in content.items() for label in every}
        path = folder / _LABELS
        self._labels = {
            squash(row.cells["TICKER"]): (sectors[label], f"{label}: {path.name} line {row.line}")
            for row in (read_table(path, "TICKER", "SUB-INDUSTRY") if path.is_file() else ())
            if (label := row.cells["SUB-INDUSTRY"]) in sectors
        }

    def by_list(self, claim: Claim) -> Iterator[Verdict]:
        """Say which sector the newest list of about the day has that knows the stock."""
        for listed in (one for one in reversed(self._lists) if abs(one.day - claim.day) <= NEAR):
            for spelling in claim.spellings & listed.sectors.keys():
                sector, line = listed.sectors[spelling]
                text = f"{sector} ({listed.file} line {line})"
                yield Verdict("Wikipedia", sector == claim.answer, text)
                return

    def by_label(self, claim: Claim) -> Iterator[Verdict]:
        """Say which sector the sub-industry lies in that the issuer left out prints on its day."""
        if claim.day != LABEL_DAY:
            return
        for spelling in claim.spellings & self._labels.keys():
            sector, place = self._labels[spelling]
            yield Verdict("Vanguard", sector == claim.answer, f"{sector} ({place})")


def witnesses(folder: Path) -> list[Witness]:
    """Return who speaks of sectors."""
    found = SectorWitnesses(folder)
    return [found.by_list, found.by_label]
