"""Guards: changes that look like a mistake, and the words that accept them. Pure.

A guard compares a file with its neighbours in time. So an older file is compared with the snapshots
around its own date, and its age alone is never a reason to refuse it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stockgroups.model import Category
from stockgroups.suspicions import REJECTED_SHARE, Guard, Suspicion, refuse_suspicions
from stockgroups.symbols import is_isin
from stockgroups.text import count_of, list_some

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from stockgroups.receipts import Receipt

SHRINK_SHARE = 0.25
SHRINK_WINDOW_DAYS = 45
"""Gone in so many days: indexes that are made anew once a year lose up to a fifth in one day."""

NET_SHARE = 0.05
NET_SHARE_A_DAY = 0.0005
LEAST_NET = 3
"""Gone, and nobody came: an index replaces whom it removes, and loses few in between.

Whole files lose 0.8 % in 79 days (Russell 2000) and 2.3 % in 407 (Russell 3000); the semi-annual
reviews of MSCI's indexes take up to 4 % on one day.
"""

TAIL_LEAST = 4
TAIL_SHARE = 0.75
"""A file that is cut lacks the smallest members, as issuers sort by weight; an index that loses
some without additions loses them to takeovers, of any size."""

USUAL_SHARE = 0.5
GROWTH_DAYS = 366

JUMP_DAYS = 7
JUMP = 5.0
JUMP_WEIGHT = 0.01
"""A weight of so much of the fund does not change so many times in so few days."""

SAME_DAY_WEIGHT = 0.0001
"""Two reports of one date agree except for rounding and small corrections."""

_MOST_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Report:
    """One snapshot for a guard: members with their weights, None for no weight.

    `is_file` says that it is a holdings file, and neither a list of another program nor a history.
    """

    as_of: dt.date
    weights: Mapping[str, float | None]
    is_file: bool = True

    @property
    def symbols(self) -> AbstractSet[str]:
        """The members."""
        return self.weights.keys()

    @property
    def is_unnamed(self) -> bool:
        """Whether most members are reported without a ticker: by ISIN, or as `CUSIP 037833100`."""
        unnamed = sum(is_isin(symbol) or " " in symbol for symbol in self.symbols)
        return 2 * unnamed > len(self.symbols)


def check_file(
    where: str,
    report: Report,
    neighbours: tuple[Report, ...],
    coming: tuple[Report, ...],
    rejected: float,
    today: dt.date,
    accept: frozenset[str],
) -> tuple[Suspicion, ...]:
    """Return what is suspicious about a file beside its neighbours; all of it is accepted.

    Args:
        where: The file, for the error.
        report: Its content.
        neighbours: The trusted reports on its date and next to it on both sides: recorded ones, or
            files of this load that have passed.
        coming: Files that are not judged yet. If two files differ in members, nobody can say which
            one is wrong, so these show only whether this file is too short.
        rejected: The share of the fund that could not be placed; without weights, of the rows.
        today: The date of the load.
        accept: The values of `--accept`.

    Raises:
        GuardError: Something suspicious is not accepted.
    """
    alarms = _alarms(report, neighbours, coming, rejected, today)
    return refuse_suspicions(alarms, accept, where)


def doubt_end(report: Report, neighbours: Sequence[Report]) -> str | None:
    """Return the doubt that a file may lack its last rows, if only its size suggests that.

    An issuer that prints no total sorts by weight. The doubt arises if one to three members, the
    smallest of all, are gone within days and none came, and their weight is less than rounding and
    cash explain. A fund may really lose such members, so a person is told and nothing is refused.
    """
    before = [near for near in neighbours if near.is_file and near.as_of < report.as_of]
    near = max(before, key=lambda one: one.as_of, default=None)
    if near is None or (report.as_of - near.as_of).days > JUMP_DAYS:
        return None
    missing = near.symbols - report.symbols
    is_few = 0 < len(missing) <= LEAST_NET and near.symbols > report.symbols
    if not is_few or not _is_end(missing, near.weights):
        return None
    return (
        f"it lacks the {count_of(len(missing), 'smallest member')} of {near.as_of} "
        f"({list_some(sorted(missing), _MOST_SHOWN)}), and none was added: its end may be cut off"
    )


def _is_end(missing: AbstractSet[str], weights: Mapping[str, float | None]) -> bool:
    """Return whether every member that stays is larger than those that are gone."""
    if not any(weights.values()):
        return False
    largest = max(weights[symbol] or 0.0 for symbol in missing)
    return all((weights[symbol] or 0.0) >= largest for symbol in weights.keys() - missing)


def doubt_rejected(share: float) -> tuple[Suspicion, ...]:
    """Return the suspicion about the share of a file that could not be placed, if any."""
    if share <= REJECTED_SHARE:
        return ()
    message = f"{share:.1%} of it could not be classified (`receipt` shows the rows)"
    return (Suspicion(Guard.REJECTED, message),)


def share_rejected(receipt: Receipt | None) -> float:
    """Return the share of a file that could not be placed: of its weight, else of its rows."""
    if receipt is None:
        return 0.0
    rows = max(1, receipt.rows_read)
    if receipt.weights is None:
        return receipt.count(Category.REJECTED) / rows
    # The weight of a row without a number is unknown, so such rows are counted.
    rejected = (line.weight for line in receipt.lines if line.category is Category.REJECTED)
    unknown = sum(1 for weight in rejected if weight is None)
    return abs(receipt.weight(Category.REJECTED)) + unknown / rows


def _alarms(
    report: Report,
    neighbours: tuple[Report, ...],
    coming: tuple[Report, ...],
    rejected: float,
    today: dt.date,
) -> Iterator[Suspicion]:
    # Because of the date line, a file can have tomorrow's date if the loader is in the west.
    if report.as_of > today + dt.timedelta(days=1):
        message = f"as-of date {report.as_of} is in the future (today is {today})"
        yield Suspicion(Guard.FUTURE, message)
    yield from doubt_rejected(rejected)
    for near in (*neighbours, *coming):
        # Funds grow, so fewer members years ago are no suspicion.
        is_growth = (near.as_of - report.as_of).days > GROWTH_DAYS
        count = len(report.symbols)
        if count < USUAL_SHARE * len(near.symbols) and not is_growth:
            usual = f"the {len(near.symbols)} on {near.as_of}"
            message = f"{count_of(count, 'member')}, less than half of {usual}"
            yield Suspicion(Guard.ROWS, message)
        elif near.as_of == report.as_of and near.is_file and report.symbols < near.symbols:
            missing = sorted(near.symbols - report.symbols)
            yield Suspicion(
                Guard.SHRINK,
                f"{len(missing)} of the {len(near.symbols)} members in another file of that date "
                f"are missing ({list_some(missing, _MOST_SHOWN)}), and no others were added",
            )
    for near in neighbours:
        earlier, later = (near, report) if near.as_of <= report.as_of else (report, near)
        doubts = ((Guard.SHRINK, _shrinkage(earlier, later)), (Guard.CHANGED, _jump(near, report)))
        yield from (Suspicion(guard, text) for guard, text in doubts if text)


def _shrinkage(earlier: Report, later: Report) -> str | None:
    """Return what is odd about the members that are gone between two dates.

    If only one of the files has tickers, just the numbers of members are compared.
    """
    count, days = len(earlier.symbols), (later.as_of - earlier.as_of).days
    removed, added = earlier.symbols - later.symbols, len(later.symbols - earlier.symbols)
    if earlier.is_unnamed != later.is_unnamed:
        removed, added = set(sorted(removed)[: max(0, count - len(later.symbols))]), 0
    if not removed:
        return None
    message = (
        f"{len(removed)} of {count_of(count, 'member')} ({len(removed) / count:.0%}) "
        f"removed between {earlier.as_of} and {later.as_of}"
    )
    allowed = SHRINK_SHARE * max(1.0, days / SHRINK_WINDOW_DAYS)
    if len(removed) > allowed * count:
        return f"{message}, more than {allowed:.0%}"
    if not (earlier.is_file and later.is_file):
        return None
    net = len(removed) - added
    if net > max(LEAST_NET, (NET_SHARE + NET_SHARE_A_DAY * days) * count):
        return f"{message}, and {added} added"
    if net >= TAIL_LEAST and 4 * added <= len(removed) and _is_tail(removed, earlier.weights):
        return f"{message}: nearly all of them the smallest, and {added} added"
    return None


def _is_tail(missing: AbstractSet[str], weights: Mapping[str, float | None]) -> bool:
    """Return whether the members that are gone are the smallest of all."""
    sizes = sorted(weights, key=lambda symbol: weights[symbol] or 0.0)
    if not any(weights.values()):
        return False
    return len(missing & set(sizes[: len(missing)])) >= TAIL_SHARE * len(missing)


def _jump(near: Report, report: Report) -> str | None:
    """Return the weights that are many times those of that date, or of just before or after."""
    days = abs((report.as_of - near.as_of).days)
    if days > JUMP_DAYS or not near.is_file:
        return None
    least = JUMP_WEIGHT if days else SAME_DAY_WEIGHT
    found = []
    for symbol, weight in report.weights.items():
        before = near.weights.get(symbol)
        if weight is not None and before is not None and abs(weight - before) >= least:
            # A printed zero is a weight below `least`, which is used in its place.
            ratio = abs((weight or least) / (before or least))
            if not 1 / JUMP <= ratio <= JUMP:
                found.append(f"{symbol} {weight:.2%}, which was {before:.2%}")
    return (
        (f"weights differ from those of {near.as_of}: {list_some(found, _MOST_SHOWN)}")
        if found
        else None
    )
