"""Guards: what stops a file, what does not, and what lets it pass."""

import datetime as dt

import pytest

from stockgroups.errors import GuardError
from stockgroups.store.guards import Neighbour, check_file

TODAY = dt.date(2026, 7, 10)
HUNDRED = frozenset(f"S{n:03d}" for n in range(100))


def check(
    symbols: frozenset[str],
    *neighbours: Neighbour,
    coming: tuple[Neighbour, ...] = (),
    rejected: float = 0.0,
    as_of: dt.date = TODAY,
    accept: frozenset[str] = frozenset(),
) -> None:
    check_file("f.csv", as_of, symbols, neighbours, coming, rejected, TODAY, accept)


def before(days: int, symbols: frozenset[str] = HUNDRED) -> Neighbour:
    return Neighbour(TODAY - dt.timedelta(days=days), symbols)


def fewer(count: int) -> frozenset[str]:
    return frozenset(sorted(HUNDRED)[:count])


def test_a_first_file_passes() -> None:
    check(HUNDRED)


def test_a_quarter_gone_passes_and_more_does_not() -> None:
    check(fewer(75), before(45))
    with pytest.raises(GuardError, match=r"f\.csv: 26 of 100 members \(26%\) gone .*shrink"):
        check(fewer(74), before(45))


def test_what_may_go_grows_with_the_time_between() -> None:
    check(fewer(60), before(90))
    with pytest.raises(GuardError):
        check(fewer(60), before(60))


def test_half_the_usual_rows_is_refused_however_long_ago() -> None:
    with pytest.raises(GuardError, match="49 members, less than half of the 100"):
        check(fewer(49), before(4000))


def test_an_older_file_is_judged_by_what_came_after_it() -> None:
    later = Neighbour(TODAY, HUNDRED)
    swapped = frozenset(f"T{n:03d}" for n in range(100))
    with pytest.raises(GuardError, match="100 of 100 members"):
        check(swapped, later, as_of=TODAY - dt.timedelta(days=10))


def test_a_date_in_the_future_is_refused_but_not_tomorrow() -> None:
    check(HUNDRED, as_of=TODAY + dt.timedelta(days=1))
    with pytest.raises(GuardError, match="future"):
        check(HUNDRED, as_of=TODAY + dt.timedelta(days=2))


def test_the_flag_that_the_message_names_lets_it_pass() -> None:
    check(fewer(40), before(10), accept=frozenset({"shrink", "rows"}))
    with pytest.raises(GuardError, match="shrink"):
        check(fewer(40), before(10), accept=frozenset({"rows"}))


def test_a_fund_that_was_small_years_ago_may_have_been() -> None:
    check(fewer(20), Neighbour(TODAY, HUNDRED), as_of=TODAY - dt.timedelta(days=400))
    with pytest.raises(GuardError, match="less than half"):
        check(fewer(20), Neighbour(TODAY, HUNDRED), as_of=TODAY - dt.timedelta(days=300))


def test_a_file_that_is_yet_to_be_judged_shows_only_that_this_one_is_short() -> None:
    day = TODAY - dt.timedelta(days=1)
    check(HUNDRED, coming=(Neighbour(TODAY, fewer(10)),), as_of=day)
    with pytest.raises(GuardError, match="less than half"):
        check(fewer(10), coming=(Neighbour(TODAY, HUNDRED),), as_of=day)


def test_what_could_not_be_placed_is_at_most_a_twentieth() -> None:
    check(HUNDRED, rejected=0.05)
    with pytest.raises(GuardError, match=r"12\.0% of it could not be placed.*--accept rejected"):
        check(HUNDRED, rejected=0.12)
