"""The errors that this program raises on purpose, as one family.

Each states what is wrong, where (file, row, group, host), and what to do about it. `str(error)` is
the single line that a command prints. `exit_status` follows the convention of all commands: 1 for a
problem that was found or refused, 2 for wrong usage, 3 for a database that cannot be used. Any
other exception is a fault of the program. An error also inherits the fitting built-in one:
LookupError if something is not found, ValueError if something cannot be understood.
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
        """Store the three parts separately, so that a program can use each one alone."""
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy
        self.text: str | None = None
        self.column: int | None = None

    def at(self, text: str, column: int) -> Self:
        """Add the position in a text of several parts, such as an expression; return the error.

        Columns count from 1. If the error already has a position, it stays.
        """
        if self.column is None:
            self.text, self.column = text, column
            self.where = f"column {column}" + (f", {self.where}" if self.where else "")
        return self

    def without_frames(self) -> Self:
        """Drop the frames that it passed, and return the error.

        For an error that is kept in a report: its frames would keep the file that they read.
        """
        link: BaseException | None = self
        while link is not None:
            link.__traceback__ = None
            link = link.__cause__ or link.__context__
        return self

    def __str__(self) -> str:
        return f"{_one_line(self.where)}: {self.advice}" if self.where else self.advice

    @property
    def advice(self) -> str:
        """What is wrong and what to do, for a line that states the place itself."""
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
    """The command or the settings have no meaning: an unknown environment, a bad flag."""

    exit_status = 2


class SourceError(StockgroupsError, ValueError):
    """A file cannot be read in the expected format. Nothing of it is stored."""


class UnrecognisedFileError(SourceError):
    """No format matches the content: an HTML page, another kind of table."""


class AmbiguousFileError(SourceError):
    """More than one format matches, or the content does not identify the fund."""


class EmptyFileError(SourceError):
    """The file, or its table of holdings, has no rows."""


class TruncatedFileError(SourceError):
    """The file ends in the middle, or its weights show that most rows are missing."""


class WrongFundError(SourceError):
    """The content names another fund than the file's name does: `printed`, as the content says."""

    def __init__(self, what: str, *, where: str, remedy: str, printed: str) -> None:
        """Store the name that the content has."""
        super().__init__(what, where=where, remedy=remedy)
        self.printed = printed


class NoDateError(SourceError):
    """The content, the command line and the file's name give no as-of date."""


class UnsupportedFileError(SourceError):
    """The format of the file is known, but it contains nothing that can be loaded."""


class OversizedFileError(SourceError):
    """The file is larger than any holdings file, before or after it is unpacked."""


class ConstituentsError(UnsupportedFileError):
    """The file lists an index's constituents, not a fund's holdings."""


class ReaderBugError(SourceError):
    """The reader failed on a file in an unexpected way; the cause is chained to this error."""


class DownloadError(StockgroupsError):
    """A download gave nothing usable. `stops`: this run sends no more requests to its source."""

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
        """Store the publisher's answer, for the manifest."""
        super().__init__(what, where=where, remedy=remedy)
        self.status = status
        self.headers = dict(headers or {})
        self.stops = stops
        self.requests = 0


class LegacyEntryError(SourceError):
    """An entry of the old store cannot become a group. Nothing of it is stored."""


class SymbolError(StockgroupsError, ValueError):
    """A text is not a symbol in any spelling."""


class CatalogError(StockgroupsError, ValueError):
    """A catalogue (TOML) has a mistake; the error names the file and the key."""

    exit_status = 2


class GuardError(StockgroupsError):
    """A change is so large or unusual that a person must accept it before it is made."""


class StalePlanError(GuardError):
    """A reviewed plan differs from what a load would do now. `changed` has the loads since then."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        changed: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Store the loads, as JSON values."""
        super().__init__(what, where=where, remedy=remedy)
        self.changed = tuple(changed)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON values, with the loads."""
        return {**super().to_dict(), "changed": [dict(load) for load in self.changed]}


class StaleError(StockgroupsError, LookupError):
    """The data for the answer is older than the question allows."""


class NotFoundError(StockgroupsError, LookupError):
    """Nothing has that name. `nearest` holds similar names, the likeliest first."""

    def __init__(
        self,
        what: str,
        *,
        where: str | None = None,
        remedy: str | None = None,
        nearest: Sequence[str] = (),
    ) -> None:
        """Store the nearest names; they are the remedy if no other is given."""
        if remedy is None and nearest:
            remedy = f"nearest: {', '.join(nearest)}"
        super().__init__(what, where=where, remedy=remedy)
        self.nearest = tuple(nearest)

    def to_dict(self) -> dict[str, Any]:
        """Return the parts as JSON values, including the nearest names."""
        return super().to_dict() | {"nearest": list(self.nearest)}


class DatabaseError(StockgroupsError):
    """The database cannot be used, or refused something."""

    exit_status = 3


class DatabaseNotChosenError(DatabaseError):
    """No database is chosen: DATABASE_URL is not set, and no embedded server is started."""


class DatabaseUnreachableError(DatabaseError, ConnectionError):
    """The server does not answer, or refuses this user or database."""


class SchemaError(DatabaseError):
    """The tables are missing, or have another version than the program."""


class EmbeddedServerError(DatabaseError):
    """The embedded server could not be made, started or stopped."""


class RefusedByDatabaseError(DatabaseError):
    """A constraint, a trigger or a missing right refused a statement; names the group if known."""

    exit_status = 1
