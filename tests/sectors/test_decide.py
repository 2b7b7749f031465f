"""The rule by which labels become a sector: what counts, who wins, and what makes no difference."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockgroups.catalog import SectorOverride, load_catalog
from stockgroups.sectors import Confidence, Kind, Standing, Vote, classify

TAXONOMY = load_catalog().taxonomy
DAY = dt.date(2026, 7, 1)
CHANGE = dt.date(2023, 3, 17)
LABELS = ("Energy", "Industrials", "Health Care", "Gold", "Other", "Nonsense")


def vote(
    source: str,
    label: str,
    as_of: dt.date = DAY,
    kind: Kind = Kind.ISSUER,
    industry: str | None = None,
) -> Vote:
    return Vote(source, kind, as_of, label, industry, "FUND")


def screener(sector: str, industry: str | None = None) -> Vote:
    return vote("Nasdaq screener", sector, kind=Kind.SCREENER, industry=industry)


VOTES = st.builds(
    vote,
    st.sampled_from(["A", "B", "C", "D"]),
    st.sampled_from(LABELS),
    st.dates(dt.date(2022, 1, 1), dt.date(2026, 12, 31)),
    st.sampled_from(list(Kind)),
)


@given(st.lists(VOTES), st.randoms())
def test_the_order_of_the_votes_and_their_repetition_make_no_difference(
    votes: list[Vote], random: object
) -> None:
    answer = classify(votes, TAXONOMY)
    shuffled = [*votes, *votes[:2]]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert classify(shuffled, TAXONOMY) == answer


@given(st.lists(VOTES), st.dates(dt.date(2022, 6, 1), dt.date(2026, 6, 1)))
def test_an_answer_for_a_day_knows_nothing_of_later_labels(votes: list[Vote], day: dt.date) -> None:
    known = [v for v in votes if v.as_of <= day]
    assert classify(votes, TAXONOMY, on=day) == classify(known, TAXONOMY, on=day)


@given(st.lists(VOTES))
def test_only_the_newest_label_of_a_source_counts_and_all_are_kept(votes: list[Vote]) -> None:
    answer = classify(votes, TAXONOMY)
    assert {heard.vote for heard in answer.votes} == set(votes)
    counted = [h.vote for h in answer.votes if h.standing is Standing.COUNTED]
    opinions = [(v.source, v.kind) for v in counted]
    assert len(set(opinions)) == len(opinions)
    for v in counted:
        assert v.as_of == max(o.as_of for o in votes if (o.source, o.kind) == (v.source, v.kind))
        assert v.as_of >= CHANGE


@given(st.lists(VOTES))
def test_one_source_more_for_the_answer_changes_nothing_but_what_leads_it(
    votes: list[Vote],
) -> None:
    answer = classify(votes, TAXONOMY)
    if answer.sector is None or answer.confidence is Confidence.LOW:
        return
    more = classify([*votes, vote("Z", answer.sector)], TAXONOMY)
    assert (more.sector, more.margin) == (answer.sector, answer.margin + 1)


def test_most_votes_win_and_the_others_are_the_dissent() -> None:
    votes = [vote("A", "Energy"), vote("B", "Energy"), vote("C", "Utilities")]
    answer = classify(votes, TAXONOMY)
    assert (answer.sector, answer.confidence, answer.margin) == ("energy", Confidence.HIGH, 1)
    assert [heard.vote for heard in answer.dissent] == [votes[2]]
    assert answer.sources == ["A", "B"]
    assert answer.is_disputed


def test_a_wrong_label_in_one_source_is_outvoted() -> None:
    right = [vote(name, "Information Technology") for name in "ABC"]
    for at in range(3):
        planted = list(right)
        planted[at] = replace_label(right[at], "Energy")
        answer = classify(planted, TAXONOMY)
        assert answer.sector == "information_technology"
        assert [heard.vote.source for heard in answer.dissent] == ["ABC"[at]]


def replace_label(old: Vote, label: str) -> Vote:
    return old._replace(label=label)


@pytest.mark.parametrize(
    ("votes", "sector", "confidence"),
    [
        ([], None, Confidence.NONE),
        ([vote("A", "Energy")], "energy", Confidence.MEDIUM),
        ([screener("Finance", "Major Banks")], "financials", Confidence.LOW),
        # a tie goes to the screener where it is among the tied, else to the newer label
        (
            [vote("A", "Energy"), vote("B", "Utilities"), screener("Utilities")],
            "utilities",
            Confidence.LOW,
        ),
        (
            [vote("A", "Energy"), vote("B", "Utilities"), screener("Finance")],
            "energy",
            Confidence.LOW,
        ),
        (
            [vote("A", "Energy", dt.date(2025, 1, 1)), vote("B", "Utilities")],
            "utilities",
            Confidence.LOW,
        ),
        # the screener outvotes nobody
        ([vote("A", "Energy"), screener("Finance")], "energy", Confidence.MEDIUM),
        # a second-hand list has half a vote
        (
            [vote("A", "Energy"), vote("L", "Utilities", kind=Kind.LIST)],
            "energy",
            Confidence.MEDIUM,
        ),
        (
            [vote("A", "Energy"), vote("L", "Energy", kind=Kind.LIST)],
            "energy",
            Confidence.HIGH,
        ),
        # what is too old, or no sector, is no vote
        ([vote("A", "Energy", CHANGE - dt.timedelta(1))], None, Confidence.NONE),
        ([vote("A", "Energy", CHANGE)], "energy", Confidence.MEDIUM),
        ([vote("A", "Other"), vote("B", "Nonsense")], None, Confidence.NONE),
        ([vote("A", "Energy", dt.date(2025, 1, 1)), vote("A", "Other")], None, Confidence.NONE),
    ],
)
def test_who_wins(votes: list[Vote], sector: str | None, confidence: Confidence) -> None:
    answer = classify(votes, TAXONOMY)
    assert (answer.sector, answer.confidence) == (sector, confidence)


def test_a_label_is_read_as_it_was_meant_on_the_day() -> None:
    label = "Data Processing & Outsourced Services"
    before = [vote("A", label, dt.date(2022, 11, 30))]
    assert classify(before, TAXONOMY, on=dt.date(2022, 12, 1)).sector == "information_technology"
    assert classify(before, TAXONOMY, on=DAY).sector is None
    assert classify([vote("A", label)], TAXONOMY, on=DAY).sector == "industrials"
    # what was printed before the change of 2018 says nothing about 2022
    old = [vote("A", "Media", dt.date(2018, 1, 2))]
    assert classify(old, TAXONOMY, on=dt.date(2018, 2, 1)).sector == "consumer_discretionary"
    assert classify(old, TAXONOMY, on=dt.date(2022, 12, 1)).sector is None


def test_the_industry_is_the_newest_one_that_those_who_agree_print() -> None:
    votes = [
        vote("A", "Energy"),
        vote("B", "Oil & Gas Drilling", dt.date(2025, 1, 1), industry="Oil & Gas Drilling"),
        vote("C", "Gold", industry="Gold"),
    ]
    answer = classify(votes, TAXONOMY)
    assert (answer.sector, answer.sector_label) == ("energy", "Energy")
    assert answer.industry_label == "Oil & Gas Drilling"
    assert answer.industry == "Energy Equipment & Services"


def test_a_printed_industry_that_falls_into_none_stays_as_it_is_printed() -> None:
    answer = classify([vote("A", "Software", industry="Software & Services")], TAXONOMY)
    assert (answer.industry_label, answer.industry) == ("Software & Services", None)


def test_the_screeners_industries_stay_out() -> None:
    answer = classify([screener("Finance", "Major Banks")], TAXONOMY)
    assert (answer.sector_label, answer.industry_label) == ("Finance", None)


def test_a_users_word_stands_above_all_from_its_day_until_it_is_taken_back() -> None:
    votes = [vote("A", "Energy"), vote("B", "Energy")]
    said = SectorOverride("X", dt.date(2026, 7, 10), "utilities", None, "as I see it")
    back = replace(said, decided_on=dt.date(2026, 7, 20), sector=None)

    def on(day: int) -> tuple[str | None, Confidence]:
        date = dt.date(2026, 7, day)
        answer = classify(votes, TAXONOMY, on=date, overrides=[back, said])
        return answer.sector, answer.confidence

    assert on(9) == ("energy", Confidence.HIGH)
    assert on(10) == ("utilities", Confidence.OVERRIDE)
    assert on(19) == ("utilities", Confidence.OVERRIDE)
    assert on(20) == ("energy", Confidence.HIGH)
    again = replace(said, sector="materials")
    answer = classify(votes, TAXONOMY, overrides=[said, again])
    assert (answer.sector, answer.margin) == ("materials", -2)
    assert len(answer.dissent) == 2


@pytest.mark.parametrize(
    ("votes", "words"),
    [
        ([], "no source prints a sector for it; load"),
        ([vote("A", "Energy", dt.date(2021, 8, 30))], "(A, 2021-08-30) is too old to count"),
        ([vote("A", "Other")], "A prints 'Other', which is not a sector"),
        ([screener("Miscellaneous", "Multi-Sector Companies")], "too vague (Miscellaneous)"),
        ([screener("Finance")], "one issuer's label would decide it"),
        ([vote("A", "Energy"), vote("B", "Gold")], "one more source would decide it"),
        ([vote("A", "Energy")], "2 more sources that agree on another sector"),
        (
            [vote("A", "Energy"), vote("L", "Gold", kind=Kind.LIST)],
            "one more source that agree",
        ),
    ],
)
def test_it_says_what_would_change_the_answer(votes: list[Vote], words: str) -> None:
    assert words in classify(votes, TAXONOMY).advise()


def test_the_advice_is_true() -> None:
    votes = [vote("A", "Energy"), vote("B", "Energy"), vote("C", "Gold")]
    assert classify(votes, TAXONOMY).advise().startswith("2 more sources")
    against = [vote(name, "Gold") for name in "XY"]
    assert classify([*votes, against[0]], TAXONOMY).confidence is Confidence.LOW
    assert classify([*votes, *against], TAXONOMY).sector == "materials"
