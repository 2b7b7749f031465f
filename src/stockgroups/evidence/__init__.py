"""What the record holds about the sectors of stocks: sources' labels as votes, users' words."""

from stockgroups.evidence.labels import UnknownLabel, find_unknown_labels
from stockgroups.evidence.overrides import read_overrides, write_override
from stockgroups.evidence.stocks import find_current_symbols, list_held
from stockgroups.evidence.votes import Evidence, read_evidence

__all__ = [
    "Evidence",
    "UnknownLabel",
    "find_current_symbols",
    "find_unknown_labels",
    "list_held",
    "read_evidence",
    "read_overrides",
    "write_override",
]
