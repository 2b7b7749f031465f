"""Receipts: the account of every row of a file, from the record or from the file itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import fsum, isclose
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from stockgroups.db.sql import load_statements, only_row
from stockgroups.db.transactions import reading
from stockgroups.errors import NotFoundError
from stockgroups.model import Category, GroupType
from stockgroups.queries.frames import Kind, Tabular, kinds_of
from stockgroups.queries.groups import list_spellings
from stockgroups.queries.missing import explain_missing
from stockgroups.queries.origins import Origin
from stockgroups.readers import read_holdings
from stockgroups.receipts import Receipt, ReceiptLine
from stockgroups.record.effective import effective_snapshot
from stockgroups.record.guards import doubt_rejected, share_rejected
from stockgroups.record.state import read_groups
from stockgroups.suspicions import Guard
from stockgroups.text import fold_key

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.store import Store

_SQL = load_statements("receipts")
WEIGHT_TOLERANCE = 1e-9
"""The possible rounding error of a sum of some thousand weights of 12 digits."""


class Resolved(NamedTuple):
    """A row that its file left unresolved, and the stock that other sources give for it."""

    identifier: str
    name: str | None
    symbol: str
    weight: float | None


@dataclass(frozen=True, slots=True)
class ReceiptAnswer(Tabular):
    """The receipt of one snapshot of a fund, and the origin of the snapshot.

    `rows_read` is the number of rows that the reader counted, `member_count` the number of the
    snapshot's members; `net_assets` are in the fund's currency. `origin.recorded_at` is None for a
    file that was read just now. `receipt` is None if none was recorded. `resolved` are the
    unresolved rows that have become members since.
    """

    KEYS = (
        "etf_symbol name total_holdings=member_count *origin sha256 reader issuer net_assets "
        "faults receipt resolved"
    )
    KINDS: ClassVar[Mapping[str, Kind]] = kinds_of(ReceiptLine, category=Category)

    etf_symbol: str
    name: str | None
    origin: Origin
    sha256: str
    reader: str
    issuer: str | None
    net_assets: float | None
    member_count: int
    rows_read: int
    receipt: Receipt | None
    resolved: Sequence[Resolved] = ()

    @property
    def faults(self) -> list[str]:
        """The sums that do not add up, in words; empty if all do."""
        if self.receipt is None:
            return []
        return _audit(self.receipt, self.rows_read, self.member_count)

    def is_refused(self, accept: frozenset[str]) -> bool:
        """Return whether a load with this `--accept` would refuse the file as suspicious."""
        suspicions = self.receipt.suspicions if self.receipt else ()
        return any(suspicion.guard not in accept for suspicion in suspicions)

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the file that are not members of their own."""
        lines: list[dict[str, Any]] = self.receipt.to_dict()["lines"] if self.receipt else []
        return lines

    def sources(self) -> list[dict[str, Any]]:
        """Return the fund with its origin."""
        return [{"group": self.etf_symbol, **self.origin.to_dict()}]


def find_receipt(store: Store, ticker: str, on: dt.date | None = None) -> ReceiptAnswer:
    """Return the receipt of the snapshot that is effective on a day; None: today.

    `ticker` is a fund, as `find_group` reads it, or else the key of a universe. Raises
    NotFoundError if there is neither, or no snapshot by that day.
    """
    keys = [store.key(GroupType.ETF, name) for name in list_spellings(store, GroupType.ETF, ticker)]
    keys.append(store.key(GroupType.UNIVERSE, fold_key(ticker)))
    with reading(store.connection):
        groups = read_groups(store, keys)
        stored = next((groups[key] for key in keys if groups[key].headers), groups[keys[0]])
        ticker = stored.key.name
        if stored.group_id is None and not stored.headers:
            raise explain_missing(store, GroupType.ETF, ticker)
        header = effective_snapshot(stored.headers, on)
        if header is None:
            raise _explain_none(ticker, on, [header.as_of for header in stored.headers])
        parameters = {
            "registry_id": stored.registry_id,
            "snapshot_id": header.id,
            "as_of": header.as_of,
        }
        row = only_row(store.connection.execute(_SQL["find_receipt"], parameters))
        resolved = [
            Resolved(*one) for one in store.connection.execute(_SQL["find_resolved"], parameters)
        ]
    as_of, source, is_proxy, file_name, recorded_at, published_on, *rest, count, receipt = row
    sha256, reader, issuer, net_assets = rest
    return ReceiptAnswer(
        etf_symbol=ticker,
        name=stored.description,
        origin=Origin(as_of, source, is_proxy, file_name, recorded_at, published_on),
        sha256=sha256,
        reader=reader,
        issuer=issuer,
        net_assets=net_assets,
        member_count=count,
        rows_read=receipt["rows_read"] if receipt else 0,
        receipt=Receipt.from_dict(receipt) if receipt else None,
        resolved=resolved,
    )


def read_receipt(
    path: Path,
    catalog: Catalog,
    *,
    as_of: dt.date | None = None,
) -> ReceiptAnswer:
    """Read a holdings file and return its receipt; nothing is recorded.

    `as_of` is the file's date if it states none. A file that a load would refuse as suspicious is
    read too: see `ReceiptAnswer.is_refused`. Raises the SourceError that fits.
    """
    result = read_holdings(path, path.name, catalog, as_of=as_of, accept=frozenset(Guard))
    snapshot = result.snapshot
    receipt = snapshot.receipt
    if receipt and (doubts := doubt_rejected(share_rejected(receipt))):
        receipt = replace(receipt, suspicions=receipt.suspicions + doubts)
    entry = catalog.etfs.get(result.fund)
    return ReceiptAnswer(
        etf_symbol=result.fund,
        name=entry.name if entry else result.fund_name,
        origin=Origin(
            snapshot.as_of,
            snapshot.source,
            snapshot.is_proxy,
            snapshot.file_name,
            published_on=snapshot.published_on,
        ),
        sha256=snapshot.sha256,
        reader=snapshot.reader,
        issuer=snapshot.issuer,
        net_assets=snapshot.net_assets,
        member_count=snapshot.member_count,
        rows_read=receipt.rows_read if receipt else 0,
        receipt=receipt,
    )


def _explain_none(ticker: str, on: dt.date | None, dates: list[dt.date]) -> NotFoundError:
    if on is None or not dates:
        return NotFoundError(
            f"no source of {ticker} is effective", remedy=f"run `stockgroups load --etf {ticker}`"
        )
    return NotFoundError(
        f"no source of {ticker} is effective on {on}", remedy=f"its record begins on {min(dates)}"
    )


def _audit(receipt: Receipt, rows_read: int, member_count: int) -> list[str]:
    """Return what does not add up: rows and categories, categories and lines, members."""
    faults = []
    if rows_read != receipt.rows_read:
        faults.append(f"{rows_read} rows were read, but the categories hold {receipt.rows_read}")
    if receipt.count(Category.MEMBER) != member_count:
        members = receipt.count(Category.MEMBER)
        faults.append(f"{members} rows are members, but the snapshot holds {member_count}")
    for category in Category:
        if category is Category.MEMBER:
            continue
        lines = [line for line in receipt.lines if line.category is category]
        together = [rows for rows in receipt.together if rows.category is category]
        count, listed = receipt.count(category), len(lines) + sum(r.rows for r in together)
        if listed != count:
            faults.append(f"{count} rows are {category}, but {listed} of them are shown")
        if receipt.weights is not None:
            shown = fsum([*(line.weight or 0.0 for line in lines), *(r.weight for r in together)])
            weight = receipt.weight(category)
            if not isclose(shown, weight, rel_tol=0, abs_tol=WEIGHT_TOLERANCE):
                faults.append(f"{category} weighs {weight:.6f}, but its rows {shown:.6f}")
    return faults
