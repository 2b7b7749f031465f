"""Index constituents from the package pytickersymbols: proxies of universes and of funds.

A proxy replaces a fund's holdings file, or a universe's own list, while there is none: the members
of the index, without weights. It is always marked as a proxy. Nothing is downloaded: the
constituents are those of the installed version, and its release date is their as-of date. The
package is the extra `universes`.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from stockgroups.errors import NoDateError, NotFoundError, SymbolError
from stockgroups.model import Category, Ref, Snapshot
from stockgroups.receipts import Receipt, ReceiptLine
from stockgroups.symbols import us_symbol

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping

    from pytickersymbols import PyTickerSymbols

    from stockgroups.catalog import Catalog, EtfEntry, UniverseEntry

PACKAGE = "pytickersymbols"
_READER = "index_package/1"
# Its companies carry their GICS sector in all but a few cases; those of other indices other words.
_SECTOR_INDEX = "S&P 500"

_Company = dict[str, Any]


def find_lack() -> NotFoundError | None:
    """Return the error that the package is not installed; None if it is installed."""
    if find_spec(PACKAGE) is not None:
        return None
    return NotFoundError(
        f"{PACKAGE}, which lists the members of indices, is not installed",
        remedy="run `pip install 'stockgroups[universes]'`, or load lists of your own with "
        "`stockgroups load-universe FILE --universe KEY`",
    )


def read_universe(entry: UniverseEntry, catalog: Catalog) -> Snapshot:
    """Return the constituents of the universe's index, with sectors and without weights.

    Raise NotFoundError if the package is missing or has no such index, NoDateError if the catalogue
    has no release date of the installed version or an earlier one.
    """
    return _snapshot(entry, catalog, sector=None)


def read_proxy(entry: EtfEntry, catalog: Catalog) -> Snapshot:
    """Return the constituents as a fund's proxy: of its index, or of one sector of it.

    Raise NotFoundError for a fund without such an index; else as `read_universe`.
    """
    universe = catalog.universes.get(entry.proxy_universe or "")
    if universe is None or universe.index is None:
        raise NotFoundError(
            f"there is no index for a proxy of {entry.ticker}",
            remedy="load the fund's holdings file",
        )
    return _snapshot(universe, catalog, sector=entry.proxy_sector)


def _snapshot(entry: UniverseEntry, catalog: Catalog, *, sector: str | None) -> Snapshot:
    if lack := find_lack():
        raise lack
    installed = version(PACKAGE)
    release, as_of = _release(installed, catalog)
    sectors_of = {
        company["symbol"]: label
        for company in _companies(_SECTOR_INDEX)
        if (label := _sector_label(company, catalog))
    }
    members: dict[str, tuple[Ref, str | None]] = {}
    rejected: list[ReceiptLine] = []
    for line, company in enumerate(_companies(entry.index or entry.name), start=1):
        label = sectors_of.get(company.get("symbol")) or _sector_label(company, catalog)
        if sector and (label is None or catalog.sector_of_label(label) != sector):
            continue
        try:
            ref = _ref(company, catalog)
        except SymbolError as error:
            rejected.append(_rejected(line, company, error.what))
        else:
            if ref.known_as in members:
                rejected.append(_rejected(line, company, f"{ref.known_as} again"))
            members.setdefault(ref.known_as, (ref, label))
    refs = tuple(ref for ref, _ in members.values())
    labels = tuple(label for _, label in members.values())
    return Snapshot(
        as_of=as_of,
        source=f"{PACKAGE} {installed}",
        sha256=_digest(refs, labels),
        reader=f"{_READER}+{catalog.reading_digest}",
        refs=refs,
        receipt=Receipt(
            rows=dict.fromkeys(Category, 0)
            | {Category.MEMBER: len(refs), Category.REJECTED: len(rejected)},
            weights=None,
            printed_weight=None,
            unit=None,
            basis="none",
            as_of_from=f"the release of {PACKAGE} {release}",
            lines=tuple(rejected),
            notes=(f"the members of {entry.name}" + (f" in {sector}" if sector else ""),),
        ),
        is_proxy=True,
        sectors=labels,
    )


def _companies(index: str) -> Iterator[_Company]:
    package = _open_package()
    if index not in package.get_all_indices():
        raise NotFoundError(
            f"{PACKAGE} has no index {index!r}",
            where="universes.toml",
            remedy=f"use one of {', '.join(sorted(package.get_all_indices()))}",
        )
    yield from package.get_stocks_by_index(index)


@cache  # It sorts all its companies whenever it is opened, and closes when nobody holds it.
def _open_package() -> PyTickerSymbols:
    # 20 ms and 10 MB that only universes and proxies need to pay.
    from pytickersymbols import PyTickerSymbols  # noqa: PLC0415

    return PyTickerSymbols()


def _ref(company: _Company, catalog: Catalog) -> Ref:
    ticker = str(company.get("symbol") or "")
    # Its ISINs are left out: 3 in 100 are another class's, a former one's or another company's.
    return Ref(
        symbol=us_symbol(ticker, catalog.share_classes),
        ticker=ticker,
        name=company.get("name") or None,
    )


def _sector_label(company: _Company, catalog: Catalog) -> str | None:
    """Return the industry, as printed, that decides the company's sector.

    The package mixes taxonomies: of several sectors the first of the catalogue's order counts.
    """
    industries = [str(label) for label in company.get("industries") or []]
    labels = {
        key: label for label in industries if (key := catalog.sector_of_label(label)) is not None
    }
    for key in catalog.sector_precedence:
        if key in labels:
            name = catalog.sectors[key].name
            return name if name in industries else labels[key]
    return None


def _release(installed: str, catalog: Catalog) -> tuple[str, dt.date]:
    """Return the newest known release that is not after the installed one, and its date."""
    known: Mapping[str, dt.date] = {
        release: date
        for release, date in catalog.index_releases.items()
        if _numbers(release) <= _numbers(installed)
    }
    if not known:
        raise NoDateError(
            f"the release date of {PACKAGE} {installed} is not known",
            where="index_releases.toml",
            remedy="add it there",
        )
    newest = max(known, key=_numbers)
    return newest, known[newest]


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", release))


def _rejected(line: int, company: _Company, reason: str) -> ReceiptLine:
    return ReceiptLine(
        line, Category.REJECTED, reason, company.get("symbol"), company.get("name"), None
    )


def _digest(refs: tuple[Ref, ...], labels: tuple[str | None, ...]) -> str:
    content = hashlib.sha256()
    for ref, label in zip(refs, labels, strict=True):
        content.update(ref.fingerprint)
        content.update((label or "").encode() + b"\n")
    return content.hexdigest()
