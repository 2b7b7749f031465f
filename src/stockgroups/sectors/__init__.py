"""Sectors of stocks: labels of sources are votes, and an answer keeps all of them.

`answer`, `decide`, `measure` and `votes` are pure: the same labels give the same answer in any
order. The other modules read votes, users' overrides and the memberships of other programs from the
record.
"""

from stockgroups.sectors.answer import Classification, Confidence
from stockgroups.sectors.decide import classify
from stockgroups.sectors.evidence import Evidence, read_evidence
from stockgroups.sectors.labels import find_unknown_labels
from stockgroups.sectors.measure import Measure, compare, leave_one_out
from stockgroups.sectors.overrides import read_kept, read_overrides, write_override
from stockgroups.sectors.stocks import find_current_symbols, list_held
from stockgroups.sectors.votes import Kind, Standing, Vote

__all__ = [
    "Classification",
    "Confidence",
    "Evidence",
    "Kind",
    "Measure",
    "Standing",
    "Vote",
    "classify",
    "compare",
    "find_current_symbols",
    "find_unknown_labels",
    "leave_one_out",
    "list_held",
    "read_evidence",
    "read_kept",
    "read_overrides",
    "write_override",
]
