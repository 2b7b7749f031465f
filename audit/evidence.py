"""The files of a folder: which of them make the answers, and which are kept as witnesses."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.registers import (
    DatedLists,
    History,
    Listed,
    read_list,
    read_stays,
    read_vanguard_json,
    read_yearly,
    write_history,
)

ISSUERS = (
    *("ark", "invesco", "ishares", "ishares_ucits", "schwab", "sectorspdrs", "ssga"),
    *("ssga_ucits", "vanguard"),
)
"""The folders of issuers' files, which make the answers about funds."""
RENAMED = {
    "XLF-misnamed_SPDR-UCITS_2026-07-16.xlsx": "ZPDF_2026-07-16.xlsx",
    "XLK-misnamed_SPDR-UCITS_2026-07-09.xlsx": "ZPDT_2026-07-09.xlsx",
    "XLK-misnamed_SPDR-UCITS_2026-07-16.xlsx": "ZPDT_2026-07-16.xlsx",
}
"""Files that a collector named after another fund, which a load refuses."""
DIRECTORIES = (
    ("nasdaqtrader/nasdaqlisted_2025-07-21.txt", None),
    ("nasdaqtrader/otherlisted_2025-07-21.txt", None),
    ("nasdaqtrader/nasdaqtraded_2026-05-12.txt", None),
    ("sec/company_tickers_exchange_2024-12-19.json", "2024-12-19"),
    ("sec/company_tickers_exchange_2026-08-22_ctec-variant.json", "2026-08-22"),
    ("sec/tickers/company_tickers_2024-08-12.json", "2024-08-12"),
    ("sec/tickers/company_tickers_mf_2024-08-12.json", "2024-08-12"),
)
"""Directories that make answers, each with its day where it tells none."""
FILINGS = (
    "sec/nport/NPORT-P_AdamsDiversifiedEquity_2023-06-30_closed-end.xml",
    "sec/nport/NPORT-P_DAX_GlobalX-DAX-Germany_2024-01-31_international-future.xml",
)
_HISTORY = "pit/sp500_ticker_start_end.csv"
_CONSTITUTION = "index_lists/index-constitution"
_LISTS = (
    ("pit/index-constituents/{}_2023-07.csv", dt.date(2023, 7, 30)),
    ("pit/index-constituents/{}_2024-07.csv", dt.date(2024, 7, 1)),
    ("pit/index-constituents/{}_2026-01.csv", dt.date(2026, 1, 1)),
    ("pit/index-constituents/{}_2026-07.csv", dt.date(2026, 7, 1)),
)
_YFIUA = "yfiua/index-constituents"
_WIKIPEDIA = "Wikipedia"
_MORE_LISTS = {
    "sp500": (
        (
            "index_lists/sp500_datasets_2012-12-27_symbol-name-sector.csv",
            "Symbol",
            _WIKIPEDIA,
            dt.date(2012, 12, 27),
        ),
        ("pit/sp500_wikipedia_gics_2025-11.csv", "Symbol", _WIKIPEDIA, dt.date(2025, 11, 16)),
        (
            "index_lists/sp500_datasets_2026-08-08_8-columns.csv",
            "Symbol",
            _WIKIPEDIA,
            dt.date(2026, 8, 8),
        ),
        ("ishares/IVV_2022-12-30.csv", "Ticker", "iShares", dt.date(2022, 12, 30)),
        ("ishares/IVV_2025-10-16.csv", "Ticker", "iShares", dt.date(2025, 10, 16)),
        (
            "vanguard/VOO_2025-09-30_Holdings_details.csv",
            "TICKER",
            "Vanguard",
            dt.date(2025, 9, 30),
        ),
    ),
    "nasdaq100": (
        ("invesco/QQQ_2023-01-13.csv", "Holding Ticker", "Invesco", dt.date(2023, 1, 13)),
        ("invesco/QQQ_2025-09-24.csv", "Holding Ticker", "Invesco", dt.date(2025, 9, 24)),
    ),
}
"""Further lists of an index, some of them files of funds that hold it: path, column, who, when."""


@dataclass(frozen=True)
class Evidence:
    """A folder of real files, laid out as its PROVENANCE.md describes it.

    `histories` and `lists` are the witnesses of an index; `own` are the histories of which the
    program's universes are made.
    """

    folder: Path
    histories: dict[str, tuple[History, ...]]
    lists: dict[str, DatedLists]
    own: dict[str, History]

    def others(self, index: str) -> tuple[History, ...]:
        """Return the histories of an index of which the program's universe is not made."""
        own = self.own.get(index)
        return tuple(one for one in self.histories[index] if one is not own)

    def knows_all(self, universe: str, day: dt.date) -> bool:
        """Tell whether witnesses can tell of any stock whether it is in a universe on a day."""
        lists = self.lists[universe]
        return any(one.is_whole(day) for one in self.others(universe)) or lists.cover(day)


def read_evidence(folder: Path) -> Evidence:
    """Read the witnesses of a folder; those that are missing say nothing."""
    fja = read_stays(
        [folder / _HISTORY, folder / "pit/sp500_changes_since_2019.csv"],
        ("ticker", "start_date", "end_date"),
        source="fja05680/sp500",
        last=dt.date(2025, 7, 11),
        size=500,
    )
    stays = ("symbol", "opt-in", "opt-out")
    last = dt.date(2026, 8, 9)
    source = "unliftedq/index-constitution"
    sp500 = read_stays(
        [folder / _CONSTITUTION / "history_sp500.csv"], stays, source=source, last=last, size=500
    )
    dow30 = read_stays(
        [folder / _CONSTITUTION / "history_dow30.csv"], stays, source=source, last=last, size=30
    )
    latest = read_stays(
        [folder / _CONSTITUTION / "latest_nasdaq100.csv"], stays, source=source, last=last
    )
    yearly = read_yearly(
        folder / "pit/n100", source="jmccarrell/n100tickers", last=dt.date(2026, 6, 24), size=100
    )
    known = {"sp500": (fja, sp500), "nasdaq100": (yearly, latest), "dow30": (dow30,)}
    own = {"sp500": fja, "nasdaq100": yearly}
    return Evidence(
        folder,
        {index: tuple(one for one in every if one) for index, every in known.items()},
        {
            index: DatedLists(tuple(sorted(_read_lists(folder, index), key=lambda one: one.day)))
            for index in ("sp500", "nasdaq100", "dow30")
        },
        {index: one for index, one in own.items() if one},
    )


def _read_lists(folder: Path, index: str) -> Iterator[Listed]:
    name = {"dow30": "dowjones"}.get(index, index)
    found = [
        read_list(folder / pattern.format(name), "Symbol", source=_YFIUA, day=day)
        for pattern, day in _LISTS
    ]
    found += [
        read_list(folder / path, label, source=source, day=day)
        for path, label, source, day in _MORE_LISTS.get(index, ())
    ]
    if index == "sp500":
        path = folder / "vanguard/VOO_2022-11-30_api.json"
        found.append(read_vanguard_json(path, day=dt.date(2022, 11, 30)))
    yield from (one for one in found if one)


def missing(folder: Path) -> list[str]:
    """Return what a folder lacks without which there is no answer, or nobody to hold it against."""
    needed = [*(name for name in ISSUERS), *(path for path, _ in DIRECTORIES), _HISTORY]
    return [name for name in needed if not (folder / name).exists()]


def stage(folder: Path, into: Path) -> Path:
    """Copy the issuers' files, which make the answers, and return their folder."""
    staged = into / "holdings"
    for name in ISSUERS:
        if (folder / name).is_dir():
            shutil.copytree(folder / name, staged / name)
    for name, right in RENAMED.items():
        path = staged / "ssga_ucits" / name
        if path.is_file():
            path.rename(path.with_name(right))
    return staged


def stage_histories(evidence: Evidence, into: Path) -> dict[str, Path]:
    """Write the histories that make the answers about universes as the program reads them."""
    return {
        index: write_history(history, into / f"{index}.csv")
        for index, history in evidence.own.items()
    }
