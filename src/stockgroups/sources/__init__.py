"""Sources: from what issuers publish to snapshots. Pure: no database, no network."""

from stockgroups.sources.format import Field, Format, Malformed, Printed
from stockgroups.sources.formats import FORMATS
from stockgroups.sources.funds import claimed_fund
from stockgroups.sources.holdings import ReadResult, read_holdings, reader_ids, reads_the_same

__all__ = [
    "FORMATS",
    "Field",
    "Format",
    "Malformed",
    "Printed",
    "ReadResult",
    "claimed_fund",
    "read_holdings",
    "reader_ids",
    "reads_the_same",
]
