"""Readers: from what issuers publish to snapshots. Pure: no database, no network."""

from stockgroups.readers.format import Field, FileColumns, Format, Malformed
from stockgroups.readers.formats import FORMATS, known_formats
from stockgroups.readers.funds import claimed_fund
from stockgroups.readers.read import (
    FundReading,
    ReadResult,
    read_funds,
    read_holdings,
    reader_ids,
    reads_the_same,
)

__all__ = [
    "FORMATS",
    "Field",
    "FileColumns",
    "Format",
    "FundReading",
    "Malformed",
    "ReadResult",
    "claimed_fund",
    "known_formats",
    "read_funds",
    "read_holdings",
    "reader_ids",
    "reads_the_same",
]
