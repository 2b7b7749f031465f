"""Filings among files: an amendment counts, in whatever order it and its original are loaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.db.arrays import as_columns
from stockgroups.db.sql import load_statements
from stockgroups.errors import SourceError
from stockgroups.store import Store, execute

if TYPE_CHECKING:
    from collections.abc import Iterable

    from stockgroups.jobs.holdings import HoldingsFile
    from stockgroups.model import Snapshot

_SQL = load_statements("store")


def is_amendment(snapshot: Snapshot) -> bool:
    """Return whether a snapshot is a filing that amends another one."""
    filing = snapshot.receipt.filing if snapshot.receipt else None
    return filing is not None and filing.form.endswith("/A")


def refuse_amended(store: Store, files: Iterable[HoldingsFile]) -> None:
    """Refuse the files that are new filings of which an amendment is recorded.

    The record orders filings of one date by their days of filing, and those without a day by the
    time of recording: such an original would supersede its amendment.
    """
    originals = {}
    for file in files:
        if file.result and (receipt := file.result.snapshot.receipt) and receipt.filing:
            snapshot = file.result.snapshot
            if not is_amendment(snapshot):
                originals[file.result.fund, snapshot.as_of, snapshot.published_on] = file
    if not originals:
        return
    hashes = [file.sha256 for file in originals.values()]
    recorded = {sha256 for sha256, *_ in execute(store, _SQL["known_files"], hashes=hashes)}
    rows = execute(store, _SQL["find_filings"], **as_columns("names dates filed", originals))
    for fund, as_of, asked, filed_on, form, _ in rows:
        file = originals[fund, as_of, asked]
        if form.endswith("/A") and asked == filed_on and file.sha256 not in recorded:
            file.result = None
            file.error = SourceError(
                f"the filing of {fund} for {as_of} was amended, and the amendment is recorded",
                where=file.name,
                remedy="remove the file, or name it in .stockgroupsignore",
            )
