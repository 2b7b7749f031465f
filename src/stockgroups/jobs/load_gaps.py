"""Why a load found no file or nothing to load for a fund, by what the record has of the funds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.db.sql import load_statements
from stockgroups.errors import NotFoundError, StockgroupsError
from stockgroups.model import GroupType
from stockgroups.record.effective import OTHER_PROGRAMS
from stockgroups.record.incoming import NO_FILES
from stockgroups.store import Store, execute
from stockgroups.text import count_of, find_nearest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from stockgroups.jobs.load_options import LoadOptions

_SQL = load_statements("store")
_NAME_FOLDER = "set HOLDINGS_DIR or --holdings-dir to the folder with the issuers' files"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The funds that the record knows.

    Attributes:
        has_source: By ticker, whether the fund has a snapshot that is not a proxy.
        on_file: The funds that have had a holdings file.
        standing: The funds that are groups now.
        removed: The funds that this program deleted.
    """

    has_source: dict[str, bool]
    on_file: list[str]
    standing: list[str]
    removed: frozenset[str]

    @classmethod
    def read(cls, store: Store, tickers: Iterable[str] | None) -> Recorded:
        """Return what the record knows of the funds with some tickers; None: of all funds."""
        rows = execute(
            store,
            _SQL["list_recorded"],
            no_files=sorted(NO_FILES | OTHER_PROGRAMS),
            names=None if tickers is None else [*tickers],
        ).fetchall()
        return cls(
            {ticker: has_source for ticker, has_source, *_ in rows},
            [ticker for ticker, *_, has_file in rows if has_file],
            [ticker for ticker, _, exists, *_ in rows if exists],
            frozenset(ticker for ticker, _, _, was_deleted, _ in rows if was_deleted),
        )


def explain_gap(
    options: LoadOptions, recorded: Recorded, lack: StockgroupsError | None
) -> StockgroupsError | None:
    """Return why it is an error that no file was found; None if no file was expected."""
    on_file = recorded.on_file
    folder = options.holdings_dir
    if options.etf is not None:
        if not recorded.has_source.get(options.etf):
            return None  # a proxy stands in, or the fund is unknown
        what = f"no holdings file for {options.etf}"
    elif folder is not None and not options.is_default_folder:
        return NotFoundError(f"no holdings file in {folder}", remedy=_NAME_FOLDER)
    elif not on_file and options.proxies and not lack:
        return None  # index members stand in, as long as no fund has ever had a file
    else:
        what = "no holdings file"
    place = f"in {folder}" if folder else "(HOLDINGS_DIR is not set, and there is no ./holdings)"
    known = f"; {count_of(len(on_file), 'fund')} on record had one" if on_file else ""
    if options.etf is not None and options.etf not in on_file:
        known = "; its members come from another program and are unchanged"
    return NotFoundError(f"{what} {place}{known}", remedy=_NAME_FOLDER)


def explain_unknown(
    store: Store, ticker: str, folder: Path | None, recorded: Recorded
) -> NotFoundError:
    """Return why there is nothing to load for a fund, and what to do about it."""
    catalog = store.catalog
    if ticker in recorded.removed:
        return NotFoundError(
            f"{ticker} has no file here, and its proxy was removed",
            remedy="load a file for it, or revert the load that removed the proxy: "
            "`stockgroups loads`",
        )
    place = f"in {folder}" if folder else "(no holdings folder was named)"
    entry = catalog.etfs.get(ticker)
    if entry is not None:
        return NotFoundError(
            f"no holdings file for {ticker} {place}, and no index to make a proxy from",
            remedy=f"download it from {entry.url} and set HOLDINGS_DIR",
        )
    if (ticker,) in execute(store, _SQL["list_groups"], type=GroupType.ETF.value).fetchall():
        return NotFoundError(
            f"no holdings file for {ticker} {place}; its memberships come from another program",
            remedy=f"name its file {ticker}_YYYY-MM-DD.csv to load it, or leave it as it is",
        )
    names = {key: (known.name,) for key, known in catalog.etfs.items()}
    near = find_nearest(ticker, names, names)
    return NotFoundError(
        f"unknown ETF {ticker!r}: no file {place}, not in the catalogue, not in the database",
        remedy=f"name its file {ticker}_YYYY-MM-DD.csv"
        + (f"; nearest: {', '.join(near)}" if near else ""),
    )
