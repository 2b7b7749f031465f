"""The overlap of all pairs of groups. More than a few dozen need numpy: the extra `analytics`."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING, Any, ClassVar

from stockgroups.analytics.funds import read_fund
from stockgroups.analytics.members import GroupMembers, read_members, warn_all_left_out
from stockgroups.analytics.portfolios.overlap import read_name, sum_shared, warn_of_left_out
from stockgroups.db.transactions import reading
from stockgroups.model import GroupType
from stockgroups.queries.frames import Kind, Tabular, import_package
from stockgroups.queries.origins import Asked

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from stockgroups.queries.moments import Moment
    from stockgroups.queries.origins import Origin
    from stockgroups.store import Store

MOST_PLAIN = 50
"""Groups that are compared without numpy."""


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class OverlapMatrix(Asked, Tabular):
    """The overlap of every two of some groups.

    Attributes:
        labels: The groups.
        origins: Where each one's members come from.
        overlap: A row and a column for each group: Σ min(weight), on the diagonal what the group
            holds of stocks. Not a number where a group has no weights.
        shared: The number of shared names in the same form.
        moment: The requested day, None: now.
        warnings: What makes the figures less than they seem.
    """

    KEYS = "*question groups=sources() pairs=rows() warnings"
    KINDS: ClassVar[Mapping[str, Kind]] = {
        "a": Kind.TEXT,
        "b": Kind.TEXT,
        "overlap": Kind.NUMBER,
        "shared": Kind.INTEGER,
    }

    labels: tuple[str, ...]
    origins: tuple[Origin, ...]
    overlap: Sequence[Sequence[float]]
    shared: Sequence[Sequence[int]]
    moment: Moment | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<OverlapMatrix of {len(self.labels)} groups>"

    def pairs(self) -> Iterator[tuple[str, str, float | None, int]]:
        """Yield each pair once: its groups, the overlap, the number of shared names.

        The overlap is None where one of them has no weights.
        """
        for i, a in enumerate(self.labels):
            for j in range(i + 1, len(self.labels)):
                value = float(self.overlap[i][j])
                yield a, self.labels[j], None if isnan(value) else value, int(self.shared[i][j])

    def rows(self) -> list[dict[str, Any]]:
        """Return the pairs."""
        return [dict(zip(self.KINDS, pair, strict=True)) for pair in self.pairs()]

    def to_pandas(self, *, wide: bool = False) -> pd.DataFrame:
        """Return the pairs, or with `wide` the overlap with a row and a column for each group.

        Raises UsageError where pandas is missing.
        """
        if not wide:
            return Tabular.to_pandas(self)
        frame: pd.DataFrame = import_package("pandas").DataFrame(
            self.overlap, index=self.labels, columns=self.labels
        )
        return frame

    def sources(self) -> list[dict[str, Any]]:
        """Return the groups with their origins."""
        return [
            {"group": label, **origin.to_dict(self.on)}
            for label, origin in zip(self.labels, self.origins, strict=True)
        ]


def find_overlap_matrix(
    store: Store,
    names: Sequence[str] | None = None,
    moment: Moment | None = None,
) -> OverlapMatrix:
    """Return the overlap of every two groups at a moment (None: now).

    Args:
        names: The groups, as `find_overlap` takes them; None: all ETFs that are not older than the
            moment allows.
        moment: The day that is asked about.

    Raises:
        NotFoundError: One of the groups does not exist.
        StaleError: The source of one that is named is older than the moment allows.
        UsageError: There are more than fifty groups, and numpy is not installed.
    """
    with reading(store.connection):
        if names is None:
            groups = read_members(store, GroupType.ETF, moment)
            left_out = warn_all_left_out(store, GroupType.ETF, moment)
        else:
            funds = [read_fund(store, *read_name(name), moment) for name in names]
            named = {fund.label: fund for fund in funds}.values()
            groups = [GroupMembers.of(fund) for fund in named]
            left_out = [warning for fund in named for warning in warn_of_left_out(fund)]
    most = moment.max_age if moment else None
    too_old = [
        group.label
        for group in groups
        if moment and most is not None and (group.origin.age_on(moment.on) or 0) > most
    ]
    fresh = [group for group in groups if group.label not in too_old]
    return make_matrix(fresh, moment, (*_warn(fresh, too_old), *left_out))


def _warn(groups: Sequence[GroupMembers], too_old: Sequence[str]) -> Iterator[str]:
    found = {
        "left out, as the source is too old": too_old,
        "changed by another program": [one.label for one in groups if one.origin.is_drifted],
        "an index's constituents in place of the issuer's file": [
            one.label for one in groups if one.origin.is_proxy
        ],
        "without weights: only names are compared": [
            one.label for one in groups if not one.has_weights
        ],
    }
    yield from (f"{what}: {', '.join(labels)}" for what, labels in found.items() if labels)


def make_matrix(
    groups: Sequence[GroupMembers], moment: Moment | None = None, warnings: tuple[str, ...] = ()
) -> OverlapMatrix:
    """Return the overlap of every two groups that are read already.

    Raises UsageError for more than fifty where numpy is missing.
    """
    compute = _compute_plain if len(groups) <= MOST_PLAIN else _compute
    overlap, shared = compute(groups)
    for at, group in enumerate(groups):
        if not group.has_weights:
            for row in overlap:
                row[at] = float("nan")
            overlap[at][:] = [float("nan")] * len(groups)
    return OverlapMatrix(
        tuple(group.label for group in groups),
        tuple(group.origin for group in groups),
        overlap,
        shared,
        moment,
        warnings,
    )


def _compute_plain(groups: Sequence[GroupMembers]) -> tuple[list[list[float]], list[list[int]]]:
    """Return overlap and shared names by Python's own means."""
    held = [group.by_symbol for group in groups]
    overlap = [[0.0] * len(held) for _ in held]
    shared = [[0] * len(held) for _ in held]
    for i, mine in enumerate(held):
        for j, theirs in enumerate(held[i:], i):
            overlap[i][j] = overlap[j][i] = sum_shared(mine, theirs)
            shared[i][j] = shared[j][i] = len(mine.keys() & theirs.keys())
    return overlap, shared


def _compute(groups: Sequence[GroupMembers]) -> tuple[Any, Any]:
    """Return overlap and shared names as numpy arrays.

    The holdings are sorted by stock, then by fund. So a fund's own holding of a stock comes just
    before those of later funds, and each pair of holdings is compared once.
    """
    np = import_package("numpy", "pip install 'stockgroups[analytics]'")
    size = len(groups)
    numbers: dict[str, int] = {}
    named = [
        numbers.setdefault(symbol, len(numbers)) * size + fund
        for fund, group in enumerate(groups)
        for symbol in group.symbols
    ]
    given = [weight or 0.0 for group in groups for weight in group.weights]
    holdings, places = np.unique(np.array(named, np.int64), return_inverse=True)
    weights = np.bincount(places, given)
    stocks, funds = np.divmod(holdings, size)
    ends = np.searchsorted(stocks, stocks, "right")
    cuts = np.bincount(funds, minlength=size).cumsum()[:-1]
    overlap = np.zeros((size, size))
    shared = np.zeros((size, size), np.int64)
    for fund, own in enumerate(np.split(np.argsort(funds, kind="stable"), cuts)):
        counts = ends[own] - own
        at = np.repeat(own - counts.cumsum() + counts, counts)
        at += np.arange(len(at))
        mine, theirs = np.repeat(weights[own], counts), weights[at]
        both = np.maximum(np.minimum(mine, theirs), -np.maximum(mine, theirs))
        holders = funds[at]
        overlap[fund] = np.bincount(holders, np.maximum(both, 0.0), size)
        shared[fund] = np.bincount(holders, minlength=size)
    return tuple(table + np.triu(table, 1).T for table in (overlap, shared))
