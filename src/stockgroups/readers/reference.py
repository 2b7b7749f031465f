"""What all files of reference data have in common: directories, registers, maps of symbols."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.json_values import Fields

if TYPE_CHECKING:
    import datetime as dt

    from stockgroups.receipts import RejectedEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Fields):
    """What one file lists, and the account of its rows; as JSON the account, which is recorded.

    `source` is the kind of file, `as_of_from` the origin of its date, `sha256` the hash of its
    bytes. `version` goes up with every change to the result for the same file. `rejected` are rows
    that it does not list, `unknown_columns` those that nothing reads.
    """

    KEYS = "*account() as_of_from rejections=rejected unknown_columns notes"

    source: str
    version: int = 1
    as_of: dt.date
    as_of_from: str
    file_name: str
    sha256: str
    rejected: tuple[RejectedEntry, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def reader(self) -> str:
        """The code that read the file, as it is recorded."""
        return f"{self.source}/{self.version}"

    @property
    @abstractmethod
    def entry_count(self) -> int:
        """The number of entries that it lists."""

    @abstractmethod
    def account(self) -> dict[str, int]:
        """Return the number of rows read, and of each outcome; it adds up."""
