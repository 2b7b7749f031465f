"""Guards: what stops a file, what does not, and what lets it pass."""

import datetime as dt
from collections.abc import Iterable

import pytest

from identity.stories import make_cusip, make_isin
from stockgroups.errors import GuardError
from stockgroups.record.guards import Report, check_file, doubt_end

TODAY = dt.date(2026, 7, 10)
HUNDRED = frozenset(f"S{n:03d}" for n in range(100))


def report(as_of: dt.date, symbols: Iterable[str]) -> Report:
    """The larger the number in a symbol, the larger its weight."""
    return Report(as_of, {symbol: float(symbol[1:]) for symbol in symbols})


def check(
    symbols: frozenset[str],
    *neighbours: Report,
    coming: tuple[Report, ...] = (),
    rejected: float = 0.0,
    as_of: dt.date = TODAY,
    accept: frozenset[str] = frozenset(),
) -> None:
    check_file("f.csv", report(as_of, symbols), neighbours, coming, rejected, TODAY, accept)


def before(days: int, symbols: frozenset[str] = HUNDRED) -> Report:
    return report(TODAY - dt.timedelta(days=days), symbols)


def fewer(count: int) -> frozenset[str]:
    return frozenset(sorted(HUNDRED)[-count:])


def changed(gone: int, came: int) -> frozenset[str]:
    """A hundred members without some of the middle ones, and with some others."""
    middle = sorted(HUNDRED)[50 : 50 + gone]
    return HUNDRED.difference(middle).union(f"N{n:03d}" for n in range(50, 50 + came))


def test_a_first_file_passes() -> None:
    check(HUNDRED)


def test_a_quarter_gone_passes_and_more_does_not() -> None:
    check(changed(25, 25), before(45))
    with pytest.raises(GuardError, match=r"f\.csv: 26 of 100 members \(26%\) removed .*shrink"):
        check(changed(26, 26), before(45))


def test_what_may_go_grows_with_the_time_between() -> None:
    check(changed(40, 40), before(90))
    with pytest.raises(GuardError):
        check(changed(40, 40), before(60))


def test_who_goes_is_replaced_but_for_a_few() -> None:
    check(changed(5, 0), before(1))
    check(changed(20, 15), before(1))
    with pytest.raises(GuardError, match=r"6 of 100 members .* and 0 added.*shrink"):
        check(changed(6, 0), before(1))
    check(changed(14, 0), before(200))
    with pytest.raises(GuardError, match="shrink"):
        check(changed(16, 0), before(200))


def test_a_file_without_the_smallest_members_is_cut() -> None:
    check(fewer(97), before(1))
    with pytest.raises(GuardError, match=r"4 of 100 members .* nearly all of them the smallest"):
        check(fewer(96), before(1))
    check(fewer(96) | {"N001", "N002"}, before(1))


@pytest.mark.parametrize(
    ("symbols", "near", "is_told"),
    [
        (fewer(98), before(1), True),
        (fewer(97), before(7), True),
        (fewer(98), before(8), False),  # a week later they may have been sold
        (fewer(98), before(-1), False),  # the next file does not know of them: they were new
        (fewer(98) | {"N001"}, before(1), False),
        (HUNDRED - {"S000", "S050"}, before(1), False),  # a takeover
        (fewer(96), before(1), False),  # that is refused
        (HUNDRED, before(1), False),
        (fewer(98), Report(TODAY - dt.timedelta(days=1), dict.fromkeys(HUNDRED)), False),
    ],
)
def test_a_file_without_its_last_rows_is_told(
    symbols: frozenset[str], near: Report, is_told: bool
) -> None:
    told = doubt_end(report(TODAY, symbols), [near])
    assert (told is not None) == is_told
    if len(symbols) == 98 and is_told:
        assert told == (
            "it lacks the 2 smallest members of 2026-07-09 (S000, S001), "
            "and none was added: its end may be cut off"
        )


@pytest.mark.parametrize("judged", [True, False])
def test_a_file_that_lacks_members_of_another_of_its_date(judged: bool) -> None:
    other = (before(0),)
    neighbours, coming = (other, ()) if judged else ((), other)
    with pytest.raises(GuardError, match=r"1 of the 100 members .* missing \(S050\)"):
        check(changed(1, 0), *neighbours, coming=coming)
    check(changed(1, 1), *neighbours, coming=coming)


def test_files_with_and_without_tickers_compare_by_their_numbers() -> None:
    isins = [make_isin(f"US{make_cusip(f'{number:08d}')}") for number in range(100)]

    def judge(count: int) -> None:
        now = Report(TODAY, dict.fromkeys(isins[:count], 0.01))
        check_file("f.csv", now, (before(1),), (), 0.0, TODAY, frozenset())

    judge(100)
    with pytest.raises(GuardError, match=r"10 of 100 members .* and 0 added"):
        judge(90)


def test_a_list_of_another_program_may_hold_more() -> None:
    listed = Report(TODAY, before(0).weights, is_file=False)
    check(changed(20, 0), listed)


@pytest.mark.parametrize("factor", [10.0, 100.0, 0.1, 0.01])
def test_a_weight_that_is_many_times_another_of_those_days(factor: float) -> None:
    weights = {"A": 0.2, "B": 0.3, "C": 0.5}
    wrong = weights | {"A": 0.2 * factor}

    def judge(days: int) -> None:
        near = Report(TODAY - dt.timedelta(days=days), weights)
        check_file("f.csv", Report(TODAY, wrong), (near,), (), 0.0, TODAY, frozenset())

    judge(8)
    for days in (0, 7):
        with pytest.raises(GuardError, match=r"A .* which was 20\.00%.*changed"):
            judge(days)


@pytest.mark.parametrize(("before", "now"), [(0.0, 0.2), (0.2, 0.0)])
def test_a_weight_that_was_printed_as_zero_or_is(before: float, now: float) -> None:
    def judge(days: int, weight: float) -> None:
        near = Report(TODAY - dt.timedelta(days=days), {"A": before, "B": 0.5})
        told = Report(TODAY, {"A": weight, "B": 0.5})
        check_file("f.csv", told, (near,), (), 0.0, TODAY, frozenset())

    judge(0, before + 0.0001)
    for days in (0, 7):
        with pytest.raises(GuardError, match=r"A .*0\.00%.*changed"):
            judge(days, now)


def test_half_the_usual_rows_is_refused_however_long_ago() -> None:
    with pytest.raises(GuardError, match="49 members, less than half of the 100"):
        check(fewer(49), before(4000))


def test_an_older_file_is_judged_by_what_came_after_it() -> None:
    later = report(TODAY, HUNDRED)
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
    check(fewer(20), report(TODAY, HUNDRED), as_of=TODAY - dt.timedelta(days=400))
    with pytest.raises(GuardError, match="less than half"):
        check(fewer(20), report(TODAY, HUNDRED), as_of=TODAY - dt.timedelta(days=300))


def test_a_file_that_is_yet_to_be_judged_shows_only_that_this_one_is_short() -> None:
    day = TODAY - dt.timedelta(days=1)
    check(HUNDRED, coming=(report(TODAY, fewer(10)),), as_of=day)
    with pytest.raises(GuardError, match="less than half"):
        check(fewer(10), coming=(report(TODAY, HUNDRED),), as_of=day)


def test_what_could_not_be_placed_is_at_most_a_twentieth() -> None:
    check(HUNDRED, rejected=0.05)
    with pytest.raises(
        GuardError,
        match=r"12\.0% of it could not be classified.*--accept "
        r"rejected",
    ):
        check(HUNDRED, rejected=0.12)
