"""Witnesses of members: what other publishers say of the index that a fund holds."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from audit.claims import YES, Claim, Verdict, squash
from audit.evidence import Evidence
from audit.registers import Said
from audit.rows import read_table

_SECTOR_LISTS = (
    ("pit/sp500_wikipedia_gics_2025-11.csv", dt.date(2025, 11, 16)),
    ("index_lists/sp500_datasets_2026-08-08_8-columns.csv", dt.date(2026, 8, 8)),
)

PUBLISHERS = {"IVV": "iShares", "VOO": "Vanguard", "VTI": "Vanguard", "QQQ": "Invesco"}
"""Whose own lists do not speak of a fund."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a fund holds of an index: all stocks, those of a sector, or all and others."""

    index: str
    sector: str | None = None
    is_whole: bool = True


@lru_cache
def read_rules() -> dict[str, Rule]:
    """Return what is known of funds and their indexes."""
    rules = tomllib.loads((Path(__file__).parent / "funds.toml").read_text("utf-8"))
    return {
        **{fund: Rule(index) for fund, index in rules["holds"].items()},
        **{fund: Rule("sp500", sector) for fund, sector in rules["holds_sector"].items()},
        **{fund: Rule(index, is_whole=False) for fund, index in rules["holds_all"].items()},
    }


class Labelled(NamedTuple):
    """A list of stocks with the sector of each, and its line."""

    file: str
    day: dt.date
    sectors: dict[str, tuple[str, int]]


def read_sector_lists(folder: Path) -> list[Labelled]:
    """Return the lists of the S&P 500 with sectors, the oldest first."""
    return [
        Labelled(
            path.name,
            day,
            {
                squash(row.cells["Symbol"]): (key(row.cells["GICS Sector"]), row.line)
                for row in read_table(path, "Symbol", "GICS Sector")
            },
        )
        for name, day in _SECTOR_LISTS
        if (path := folder / name).is_file()
    ]


def key(name: str) -> str:
    """Return a sector's key: its name in small letters."""
    return name.strip().lower().replace(" ", "_")


Spellings = Callable[[Claim], frozenset[str]]


class IndexWitnesses:
    """What publishers of an index's members say of a fund's, or of the universe's."""

    def __init__(self, evidence: Evidence, spellings: Spellings | None = None) -> None:
        """Ask the witnesses of a folder, by the symbols of a claim or by `spellings`."""
        self._evidence = evidence
        self._spell = spellings or (lambda claim: claim.spellings)
        self._labelled = read_sector_lists(evidence.folder)

    def of_fund(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether a stock is in a fund, by the index that the fund holds."""
        rule = read_rules().get(claim.group)
        if rule is None:
            return
        publisher = PUBLISHERS.get(claim.group)
        for source, in_index in self._said(rule.index, claim, publisher, own=True):
            said = in_index
            if rule.sector and in_index.is_member:
                found = self._sector(claim)
                if found is None:
                    continue
                said = Said(found[0] == rule.sector, f"{in_index.place}; {found[1]}")
            if said.is_member or rule.is_whole:
                yield _verdict(claim, source, said)

    def of_universe(self, claim: Claim) -> Iterator[Verdict]:
        """Say whether a stock is in an index, by others than the universe is made of."""
        for source, said in self._said(claim.group, claim, None, own=False):
            yield _verdict(claim, source, said)

    def _said(
        self, index: str, claim: Claim, without: str | None, *, own: bool
    ) -> Iterator[tuple[str, Said]]:
        spellings = self._spell(claim)
        every = self._evidence.histories[index] if own else self._evidence.others(index)
        for history in every:
            if said := history.says(claim.day, spellings):
                yield history.source, said
        lists = self._evidence.lists.get(index)
        if lists and (found := lists.says(claim.day, spellings, without)):
            yield found

    def _sector(self, claim: Claim) -> tuple[str, str] | None:
        """Return the sector that the lists give a stock, those around the day where they agree."""
        before = [listed for listed in self._labelled if listed.day <= claim.day]
        after = [listed for listed in self._labelled if listed.day > claim.day]
        found = [
            (listed.sectors[spelling], listed.file)
            for listed in (*before[-1:], *after[:1])
            for spelling in sorted(self._spell(claim) & listed.sectors.keys())
        ]
        if len({sector for (sector, _), _ in found}) != 1:
            return None
        (sector, line), file = found[0]
        return sector, f"{file} line {line}"

    def expected(self, fund: str, day: dt.date) -> set[str]:
        """Return the stocks that a witness would look for in a fund on a day."""
        rule = read_rules().get(fund)
        return self.candidates(rule.index, day, rule.sector) if rule else set()

    def candidates(self, index: str, day: dt.date, sector: str | None = None) -> set[str]:
        """Return who is in an index on a day by any witness, and who was near it."""
        found: set[str] = set()
        for history in self._evidence.histories[index]:
            found |= history.members(day) | history.movers(day, dt.timedelta(days=200))
        if sector:
            found &= {
                symbol
                for labelled in self._labelled
                for symbol, (label, _) in labelled.sectors.items()
                if label == sector
            }
        return found


def _verdict(claim: Claim, source: str, said: Said) -> Verdict:
    word = "a member" if said.is_member else "no member"
    agrees = (claim.answer == YES) == said.is_member
    return Verdict(source, agrees, f"{word} by {source} ({said.place})")
