"""The known files of a source: what arrived before, and whether it is still here."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from stockgroups.catalog.sources import Content
from stockgroups.errors import StockgroupsError
from stockgroups.fetch.holdings_judge import read_list, weigh
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.fetch.verdicts import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from stockgroups.catalog import Catalog
    from stockgroups.fetch.folder import Folder
    from stockgroups.fetch.manifest import Manifest
    from stockgroups.fetch.wishes import Wish
    from stockgroups.record.guards import Report


class KnownFiles:
    """The entries of a manifest by address and by subject, and their files in the folder."""

    def __init__(self, catalog: Catalog, folder: Folder, manifest: Manifest) -> None:
        self._catalog = catalog
        self._folder = folder
        self._by_url: dict[str, list[Entry]] = {}
        self._accepted: dict[str, dict[str | None, list[Entry]]] = {}
        for entry in manifest.entries:
            self.add(entry)
        self._known: dict[tuple[str, str | None], list[Known]] = {}

    def add(self, entry: Entry) -> None:
        """Remember an entry of the manifest by its address, and a good one also by its subject."""
        self._by_url.setdefault(entry.url, []).append(entry)
        if entry.outcome is Outcome.ACCEPTED:
            subjects = self._accepted.setdefault(entry.endpoint, {})
            subjects.setdefault(entry.subject, []).append(entry)

    def list_entries(self, url: str) -> list[Entry]:
        """Return the entries of an address, the oldest first."""
        return self._by_url.get(url, [])

    def find_conditions(self, wish: Wish) -> dict[str, str]:
        """Return the headers that make a publisher answer 304 if the file is here already."""
        good = [one for one in self.list_entries(wish.url) if one.outcome is Outcome.ACCEPTED]
        if not good or not self.is_here(good[-1]):
            return {}
        names = {"etag": "If-None-Match", "last-modified": "If-Modified-Since"}
        headers = good[-1].headers
        return {name: headers[header] for header, name in names.items() if header in headers}

    def read_good(self, endpoint: str, subject: str | None) -> Iterator[tuple[Entry, bytes]]:
        """Yield the good files of an end point and subject that are still here, newest first."""
        for entry in reversed(self._accepted.get(endpoint, {}).get(subject, [])):
            if entry.file and entry.sha256:
                data = self._folder.find(entry.file, entry.sha256)
                if data is not None:
                    yield entry, data

    def list_own(self, wish: Wish) -> list[Known]:
        """Return the good files of the same end point and subject that are still here."""
        key = wish.endpoint.key, wish.subject
        if key not in self._known:
            self._known[key] = [
                self._know(entry, wish)
                for entry in self._accepted.get(wish.endpoint.key, {}).get(wish.subject, [])
                if self.is_here(entry)
            ]
        return self._known[key]

    def list_others(self, wish: Wish) -> list[Known]:
        """Return the newest good file of each other fund of the end point."""
        newest = (
            next(filter(self.is_here, reversed(entries)), None)
            for subject, entries in self._accepted.get(wish.endpoint.key, {}).items()
            if subject != wish.subject
        )
        return [self._know(entry, wish) for entry in newest if entry is not None]

    def is_here(self, entry: Entry) -> bool:
        """Return whether an entry is good and its file is still in the folder."""
        is_good = entry.outcome is Outcome.ACCEPTED and entry.file is not None
        return is_good and self._folder.holds(entry.file or "", entry.size)

    def _know(self, entry: Entry, wish: Wish) -> Known:
        is_list = wish.endpoint.content in (Content.HOLDINGS, Content.NPORT)
        return Known(
            entry.subject,
            entry.sha256 or "",
            entry.rows or 0,
            entry.as_of,
            (lambda: self._read_again(entry)) if is_list else (lambda: None),
        )

    def _read_again(self, entry: Entry) -> Report | None:
        """Return the content of a good file; None if it has changed or can no longer be read."""
        data = self._folder.find(entry.file or "", entry.sha256 or "")
        if data is None:
            return None
        name = PurePath(entry.file or "").name
        filer = entry.subject if entry.content == Content.NPORT else None
        try:
            return weigh(read_list(data, name, self._catalog, filer))
        except StockgroupsError:  # it was good for an earlier version: nothing to compare with
            return None
