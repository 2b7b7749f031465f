"""Which snapshot counts: the rule against a naive day-by-day reading of it."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from stockgroups.record.effective import Header, current_snapshots, effective_snapshot

DAY = dt.date(2026, 1, 1)


SOURCES = ("hand", "nport", "legacy")


def header(
    number: int,
    day: int,
    *,
    proxy: bool = False,
    retracted: bool = False,
    source: str = "hand",
    published: int | None = None,
) -> Header:
    return Header(
        number,
        DAY + dt.timedelta(days=day),
        proxy,
        f"{number:064x}",
        "hand/1",
        f"digest {number}",
        number,
        dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        source,
        retracted,
        None if published is None else DAY + dt.timedelta(days=published),
    )


headers = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.booleans(),
        st.booleans(),
        st.sampled_from(SOURCES),
        st.none() | st.integers(0, 3),
    ),
    max_size=12,
).map(
    lambda rows: [
        header(
            number,
            day,
            proxy=proxy,
            retracted=retracted,
            source="hand" if proxy else source,
            published=published,
        )
        for number, (day, proxy, retracted, source, published) in enumerate(rows, 1)
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


def test_of_one_date_the_issuers_file_counts_whatever_was_recorded_last() -> None:
    filing = header(2, 5, source="nport", published=60)
    assert effective_snapshot([header(1, 5), filing]) == header(1, 5)
    old = header(3, 5, source="legacy")
    assert effective_snapshot([filing, old]) == filing
    assert effective_snapshot([header(1, 4), filing]) == filing, "the newest date comes first"
    assert effective_snapshot([filing, header(4, 9, proxy=True)]) == filing


def test_of_filings_the_one_filed_last_counts_in_any_order() -> None:
    first, amended = (header(n, 5, source="nport", published=n * 9) for n in (1, 2))
    late = header(3, 5, source="nport", published=9)
    assert effective_snapshot([first, amended, late]) == amended
    taken_back = header(4, 5, source="nport", retracted=True)
    assert effective_snapshot([first, amended, taken_back]) is None
    again = header(5, 5, source="nport", published=9)
    assert effective_snapshot([first, amended, taken_back, again]) == again


def test_nothing_counts_before_the_first() -> None:
    assert effective_snapshot([header(1, 3)], on=DAY) is None


def stand(place: list[Header]) -> Header | None:
    """What stands of one place: recorded last, or of filings filed last, since it was retracted."""
    standing: list[Header] = []
    for one in place:
        standing = [] if one.retracted else [*standing, one]
    if standing and standing[0].source == "nport":
        standing.sort(key=lambda h: h.published_on or dt.date.min)
    return standing[-1] if standing else None


@given(headers, st.integers(-1, 6))
def test_against_a_naive_model(recorded: list[Header], day: int) -> None:
    on = DAY + dt.timedelta(days=day)
    for proxy in (False, True):
        for back in range(day + 1):
            date = on - dt.timedelta(days=back)
            same = [h for h in recorded if h.as_of == date and h.is_proxy is proxy]
            filings = [h for h in same if h.source == "nport"]
            others = [h for h in same if h.source != "nport"]
            found = {h.source: h for h in (stand(filings), stand(others)) if h is not None}
            for source in SOURCES:
                if source in found:
                    assert effective_snapshot(recorded, on) == found[source]
                    return
    assert effective_snapshot(recorded, on) is None


@given(headers, st.randoms())
def test_the_order_of_reading_does_not_matter(recorded: list[Header], random: object) -> None:
    shuffled = list(recorded)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert current_snapshots(shuffled) == current_snapshots(recorded)
    assert effective_snapshot(shuffled) == effective_snapshot(recorded)
