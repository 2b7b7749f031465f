"""Values of flags that several commands have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stockgroups.errors import UsageError

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.model import GroupType


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


def parse_time(text: str | None, flag: str) -> dt.datetime | None:
    """Return the time that a flag gives, of UTC where it names no zone. Raise UsageError."""
    import datetime as dt  # noqa: PLC0415 - as above

    if text is None:
        return None
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text!r} is no time", where=flag, remedy="write it as 2026-07-02T18:00"
        ) from error
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)


def parse_kind(text: str | None) -> GroupType | None:
    """Return the type of group that --type gives, None where it is not given."""
    from stockgroups.model import GroupType  # noqa: PLC0415 - as above

    return None if text is None else GroupType(text)
