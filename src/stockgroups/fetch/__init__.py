"""Downloads: from the SEC and from issuers into the holdings folder. No database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.catalog.sources import LISTS, Content
from stockgroups.errors import UsageError
from stockgroups.fetch.folder import Folder
from stockgroups.fetch.manifest import Entry, Manifest, Outcome
from stockgroups.fetch.report import FetchOptions, FetchReport

__all__ = [
    "Entry",
    "FetchOptions",
    "FetchReport",
    "Outcome",
    "import_fetch",
    "list_reference",
]

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def list_reference(root: Path) -> dict[str, Path]:
    """Return, by hash, the downloaded fails files and the newest downloaded lists of tickers.

    Args:
        root: The holdings folder.

    Raises:
        SourceError: Its manifest cannot be read.
    """
    folder = Folder(root)
    found: dict[str, Path] = {}
    tickers: dict[str, tuple[str, Path]] = {}
    for entry in Manifest(folder.manifest).entries:
        if entry.outcome is not Outcome.ACCEPTED or not entry.file or not entry.sha256:
            continue
        if not folder.holds(entry.file, entry.size):
            continue
        if entry.content == Content.FAILS:
            found[entry.sha256] = root / entry.file
        elif entry.content in LISTS:
            tickers[entry.endpoint] = entry.sha256, root / entry.file
    return found | dict(tickers.values())


def import_fetch() -> Callable[..., FetchReport]:
    """Return the function `fetch`. Raises UsageError if the extra is not installed."""
    try:
        from stockgroups.fetch.run import fetch  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "tenacity"):
            raise
        raise UsageError(
            f"{error.name} is not installed", remedy="run `pip install 'stockgroups[fetch]'`"
        ) from error
    return fetch
