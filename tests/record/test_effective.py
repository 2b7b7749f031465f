"""Which snapshot counts: the rule against a naive day-by-day reading of it."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.record.effective import Header, current_snapshots, effective_snapshot

DAY = dt.date(2026, 1, 1)


def header(number: int, day: int, *, proxy: bool = False, retracted: bool = False) -> Header:
    return Header(
        number,
        DAY + dt.timedelta(days=day),
        proxy,
        f"{number:064x}",
        "hand/1",
        f"digest {number}",
        number,
        dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        "hand",
        retracted,
    )


headers = st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.booleans()), max_size=12).map(
    lambda rows: [
        header(number, day, proxy=proxy, retracted=retracted)
        for number, (day, proxy, retracted) in enumerate(rows, 1)
    ]
)


def test_the_newest_date_counts_and_not_the_last_recorded() -> None:
    assert effective_snapshot([header(1, 5), header(2, 3)]) == header(1, 5)


def test_of_one_date_the_last_recorded_counts() -> None:
    assert effective_snapshot([header(1, 5), header(2, 5)]) == header(2, 5)


def test_a_file_of_any_age_beats_a_proxy() -> None:
    assert effective_snapshot([header(1, 0), header(2, 5, proxy=True)]) == header(1, 0)


def test_a_date_that_is_taken_back_does_not_count() -> None:
    assert effective_snapshot([header(1, 3), header(2, 5), header(3, 5, retracted=True)]) == header(
        1, 3
    )


def test_nothing_counts_before_the_first() -> None:
    assert effective_snapshot([header(1, 3)], on=DAY) is None


@given(headers, st.integers(-1, 6))
def test_against_a_naive_model(recorded: list[Header], day: int) -> None:
    on = DAY + dt.timedelta(days=day)
    for proxy in (False, True):
        for back in range(day + 1):
            date = on - dt.timedelta(days=back)
            same = [h for h in recorded if h.as_of == date and h.is_proxy is proxy]
            if same and not same[-1].retracted:
                assert effective_snapshot(recorded, on) == same[-1]
                return
    assert effective_snapshot(recorded, on) is None


@given(headers, st.randoms())
def test_the_order_of_reading_does_not_matter(recorded: list[Header], random: object) -> None:
    shuffled = list(recorded)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert current_snapshots(shuffled) == current_snapshots(recorded)
    assert effective_snapshot(shuffled) == effective_snapshot(recorded)
