"""From what sources print to a sector: labels are votes, and the answer keeps all of them.

Pure: no database, no clock. The same labels give the same answer in whatever order they come.
"""

from stockgroups.classify.answer import Classification, Confidence
from stockgroups.classify.decide import classify
from stockgroups.classify.measure import Measure, compare, leave_one_out
from stockgroups.classify.votes import Kind, Standing, Vote

__all__ = [
    "Classification",
    "Confidence",
    "Kind",
    "Measure",
    "Standing",
    "Vote",
    "classify",
    "compare",
    "leave_one_out",
]
