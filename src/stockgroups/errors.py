"""Everything that this program refuses, as one family of errors.

Each says what is wrong, where (file, row, group, host) and what to do about it; `str(error)` is
the one line that a command prints. `exit_status` follows the convention of all commands:
1 something found or refused, 2 wrong usage, 3 the database cannot be used. An exception that is
none of these is a fault of the program. Those that fit one of Python's own inherit it too: what is
not found is a LookupError, what cannot be understood a ValueError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from stockgroups.text import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


LONGEST_LINE = 1_000
"""Characters of one part of an error; a file can hold anything that a message quotes."""


class StockgroupsError(Exception):
    """The root of all errors that this program raises on purpose."""

    exit_status = 1

    def __init__(self, what: str, *, where: str | None = None, remedy: str | None = None) -> None:
        """Keep the three parts apart, so that a program can use them singly."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.text: str | None = None
        self.column: int | None = None

    def at(self, text: str, column: int) -> Self:
        """Return the error with the place in a text of several parts, such as an expression.

        Columns count from 1. A place that the error has already stays.
        """
        if self.column is None:
            self.text, self.column = text, column
            self.where = f"column {column}" + (f", {self.where}" if self.where else "")
        return self

    def __str__(self) -> str:
        return f"{_one_line(self.where)}: {self.advice}" if self.where else self.advice

    @property
    def advice(self) -> str:
        """What is wrong and what to do, for a line that says itself where."""
        return _one_line(f"{self.what}; {self.remedy}" if self.remedy else self.what)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON values, with the error's kind and the exit status."""
        parts = {
            "type": type(self).__name__,
            "what": self.what,
            "where": self.where,
            "remedy": self.remedy,
            "exit_status": self.exit_status,
        }
        return parts if self.column is None else parts | {"text": self.text, "column": self.column}


def _one_line(text: str) -> str:
    """Return the text on one line of bounded length, escaped for a terminal."""
    joined = " ".join(text.split())
    if len(joined) > LONGEST_LINE:
        joined = f"{joined[:LONGEST_LINE]}…"
    return escape(joined)


class UsageError(StockgroupsError, ValueError):
    """The command or the settings cannot mean anything: an unknown environment, a bad flag."""

    exit_status = 2


class SourceError(StockgroupsError, ValueError):
    """A file that cannot be read as what it should be. Nothing of it is kept."""


class UnrecognisedFileError(SourceError):
    """No format matches the content: an HTML page, another kind of table."""


class AmbiguousFileError(SourceError):
    """More than one format matches, or the content leaves open which fund it is."""


class EmptyFileError(SourceError):
    """The file, or its table of holdings, has no rows."""


class TruncatedFileError(SourceError):
    """The file ends in the middle, or its weights show that most rows are missing."""


class WrongFundError(SourceError):
    """The content says another fund than the file's name does."""


class NoDateError(SourceError):
    """No as-of date in the content, on the command line or in the file's name."""


class UnsupportedFileError(SourceError):
    """The file is known for what it is, but holds nothing that can be loaded."""


class OversizedFileError(SourceError):
    """The file is larger, or unpacks to more, than any holdings file is."""


class ConstituentsError(UnsupportedFileError):
    """A list of an index's constituents in place of a fund's holdings."""


class ReaderBugError(SourceError):
    """The reader failed on a file in a way that nobody foresaw; the cause is chained to it."""


class DownloadError(StockgroupsError):
    """Nothing came that may count. `stops`: its source is not asked any more in this run."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        stops: bool = False,
    ) -> None:
        """Keep what the publisher answered, for the manifest."""
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.headers = dict(headers or {})
        self.stops = stops
        self.requests = 0


class LegacyEntryError(SourceError):
    """An entry of the old store of which no group can be made. Nothing of it is kept."""


class SymbolError(StockgroupsError, ValueError):
    """A text that is not a symbol in any spelling."""


class CatalogError(StockgroupsError, ValueError):
    """A catalogue (TOML) with a mistake in it; says file and key."""

    exit_status = 2


class GuardError(StockgroupsError):
    """A change so large or so odd that it wants a person's word before it is made."""


class StalePlanError(GuardError):
    """A reviewed plan is not what would be done now. `changed` has the loads that came between."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        changed: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Keep the loads, as JSON values."""
        super().__init__(what, where=where, remedy=remedy)
        self.changed = tuple(changed)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON values, with the loads."""
        return {**super().to_dict(), "changed": [dict(load) for load in self.changed]}


class StaleError(StockgroupsError, LookupError):
    """What there is to answer from is older than the question allows."""


class NotFoundError(StockgroupsError, LookupError):
    """Nothing of that name. `nearest` holds the names that it may have meant, likeliest first."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        nearest: Sequence[str] = (),
    ) -> None:
        """Name the nearest where there is no other remedy."""
        if remedy is None and nearest:
            remedy = f"nearest: {', '.join(nearest)}"
        super().__init__(what, where=where, remedy=remedy)
        self.nearest = tuple(nearest)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON values, the nearest names among them."""
        return super().to_dict() | {"nearest": list(self.nearest)}


class DatabaseError(StockgroupsError):
    """The database cannot be used, or refused something."""

    exit_status = 3


class DatabaseNotChosenError(DatabaseError):
    """Neither DATABASE_URL nor a started embedded server says where the data lives."""


class DatabaseUnreachableError(DatabaseError, ConnectionError):
    """The server does not answer, or refuses this user or database."""


class SchemaError(DatabaseError):
    """The tables are missing, or of another version than the program's."""


class EmbeddedServerError(DatabaseError):
    """The embedded server could not be made, started or stopped."""


class RefusedByDatabaseError(DatabaseError):
    """A constraint, a trigger or a right refused a statement; names the group where known."""

    exit_status = 1
