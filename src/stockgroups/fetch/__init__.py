"""Downloads: from the SEC and from issuers into the holdings folder. No database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import UsageError
from stockgroups.fetch.manifest import Entry, Outcome
from stockgroups.fetch.report import FetchOptions, FetchReport

__all__ = ["Entry", "FetchOptions", "FetchReport", "Outcome", "import_fetch"]

if TYPE_CHECKING:
    from collections.abc import Callable


def import_fetch() -> Callable[..., FetchReport]:
    """Return the function `fetch`. Raises UsageError where the extra is not installed."""
    try:
        from stockgroups.fetch.run import fetch  # noqa: PLC0415 - needs the extra
    except ModuleNotFoundError as error:
        if error.name not in ("httpx", "tenacity"):
            raise
        raise UsageError(
            f"{error.name} is not installed", remedy="run `pip install 'stockgroups[fetch]'`"
        ) from error
    return fetch
