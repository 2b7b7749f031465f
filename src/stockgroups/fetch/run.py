"""Fetch: ask the chosen sources, judge the answers, and put good files where `load` reads them."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.fetch.clock import SystemClock
from stockgroups.fetch.folder import Folder
from stockgroups.fetch.manifest import Manifest
from stockgroups.fetch.report import FetchOptions, FetchReport
from stockgroups.fetch.session import Session
from stockgroups.text import find_nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from stockgroups.catalog import Catalog
    from stockgroups.catalog.sources import Source
    from stockgroups.fetch.clock import Clock


def fetch(
    catalog: Catalog,
    root: Path,
    options: FetchOptions,
    progress: Callable[[int, int, str], None] = lambda _number, _total, _name: None,
    *,
    clock: Clock | None = None,
    run: str | None = None,
) -> FetchReport:
    """Ask the chosen sources for their files, and put the good ones into the holdings folder.

    Args:
        catalog: Sources, end points and funds.
        root: The holdings folder; it is created if it does not exist.
        options: What to ask for.
        progress: Called before each file with its number, the number of files, and its name.
        clock: The time; None: the machine's.
        run: The number of the run; None: a new one.

    Raises:
        UsageError: A source or fund is unknown, terms are not accepted, or a contact is missing.
        StockgroupsError: Another run is using the folder.
    """
    options = replace(
        options,
        sources=tuple(key.lower() for key in _split(options.sources)),
        funds=tuple(ticker.upper() for ticker in _split(options.funds)),
    )
    sources = _choose_sources(catalog, options)
    number = run or os.urandom(6).hex()
    report = FetchReport(number, str(root), options.dry_run)
    _check_funds(catalog, sources, options.funds)
    folder = Folder(root)
    clock = clock or SystemClock()
    if options.dry_run:
        manifest = Manifest(folder.manifest)
        for source in sources:
            Session(
                catalog, folder, manifest, options, report, source, clock, progress
            ).list_wishes()
        return report
    with folder.open():
        manifest = Manifest(folder.manifest)
        folder.resume(manifest.entries[-1] if manifest.entries else None)
        for source in sources:
            Session(catalog, folder, manifest, options, report, source, clock, progress).run()
    return report


def _split(words: Iterable[str]) -> Iterator[str]:
    """Yield the words; lists such as `sec,ssga` are split."""
    for word in words:
        yield from word.replace(",", " ").split()


def _choose_sources(catalog: Catalog, options: FetchOptions) -> list[Source]:
    """Return the sources after checking that each may be asked. Raises UsageError."""
    known = catalog.downloads.sources
    found = []
    for key in dict.fromkeys(options.sources):
        if key not in known:
            near = find_nearest(key, known)
            raise UsageError(
                f"unknown source {key!r}",
                where=options.chosen_by,
                remedy=f"use one of {', '.join(near or known)}",
            )
        source = known[key]
        if not source.unattended and not (options.accept_terms or options.dry_run):
            raise UsageError(
                f"you must accept the terms of {source.name}: most issuers restrict automated use "
                "and copying",
                where=f"{options.chosen_by} {key}",
                remedy=f"read them at {source.home}, then add --accept-terms",
            )
        if source.contact:
            check_contact(options.contact)
        found.append(source)
    return found


def _check_funds(catalog: Catalog, sources: Sequence[Source], funds: Sequence[str]) -> None:
    """Raise UsageError for a fund that is unknown or that none of the sources has."""
    for ticker in funds:
        entry = catalog.etfs.get(ticker)
        if entry is None:
            near = find_nearest(ticker, catalog.etfs)
            raise UsageError(
                f"the catalogue has no fund {ticker!r}",
                where="--fund",
                remedy="add it to your own etfs.toml"
                + (f"; nearest: {', '.join(near)}" if near else ""),
            )
        if not any(source.issuer in (None, entry.issuer) for source in sources):
            has = [
                one.key for one in catalog.downloads.sources.values() if one.issuer == entry.issuer
            ]
            raise UsageError(
                f"{ticker} is a fund of {entry.issuer}, which is not among the chosen sources",
                where="--fund",
                remedy=f"give --source {has[0]}" if has else f"download it from {entry.url}",
            )


def check_contact(contact: str | None) -> None:
    """Raise UsageError unless the contact has a name and a email address, as the SEC demands."""
    words = (contact or "").split()
    is_mail = any("@" in word.strip("@") and "." in word for word in words)
    if not contact or not is_mail or not contact.isascii() or not contact.isprintable():
        reason = (
            "is not set"
            if not contact
            else f"is {contact[:60]!r}, not a name with an email address"
        )
        raise UsageError(
            f"the SEC requires a contact, and SEC_CONTACT {reason}",
            where="SEC_CONTACT",
            remedy="set it to your name and email address: SEC_CONTACT='Jane Doe jane@example.com'",
        )
