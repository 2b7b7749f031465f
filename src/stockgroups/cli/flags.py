"""Values of flags that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt


def parse_date(text: str | None, flag: str = "--as-of") -> dt.date | None:
    """Return the date that a flag gives, None where it is not given. Raise UsageError."""
    import datetime as dt  # noqa: PLC0415 - the one place that needs it at run time

    if text is None:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no date", where=flag, remedy="write it as 2026-07-02"
        ) from error
