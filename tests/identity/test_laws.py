"""Laws of identity: the order of evidence makes no difference, and what comes out fits together."""

from __future__ import annotations

import random
from collections import defaultdict
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from identity.stories import Told, day, gather, make_cusip, make_isin, make_sedol
from stockgroups.identity.components import find_plain, group_symbols
from stockgroups.identity.evidence import Evidence
from stockgroups.identity.securities import Identity, Span, identify
from stockgroups.model import Alias

SYMBOLS = ("AA", "BB", "CC", "DD", "BRK.B", "BRKB", "EE.XLON")
CUSIPS = tuple(make_cusip(body) for body in ("03783310", "03783320", "59491810", "17275R10"))
SEDOLS = tuple(make_sedol(body) for body in ("204625", "258817", "B1VQR3"))
ISINS = (make_isin("US" + CUSIPS[0]), make_isin("IE" + CUSIPS[1]), make_isin("GB00B10RZP7"))
NAMES = ("Alpha Inc", "ALPHA HOLDINGS", "Omega Corp", "Sigma")

maybe = st.sampled_from
prints = st.builds(
    Told,
    st.sampled_from(SYMBOLS),
    st.lists(st.integers(1, 60).map(day), max_size=4).map(lambda days: tuple(sorted(set(days)))),
    maybe((None, *NAMES)),
    maybe((None, None, *CUSIPS)),
    maybe((None, None, None, *ISINS)),
    maybe((None, None, *SEDOLS)),
)
aliases = st.builds(
    Alias,
    maybe(("AA", "BB", "CC")),
    st.integers(2, 59).map(lambda month: day(month, 1)),
    maybe((None, "BB", "DD", "AA")),
).filter(lambda alias: alias.old != alias.new)
registers = st.sets(maybe((("AA", "CC"), ("BB", "DD"))), max_size=2)
stories = st.tuples(
    st.lists(prints, max_size=14, unique=True),
    st.lists(aliases, max_size=3, unique_by=lambda alias: (alias.old, alias.effective)),
    maybe(({}, {"BRKB": "BRK.B"})),
    registers,
)
Story = tuple[list[Told], list[Alias], dict[str, str], set[tuple[str, str]]]


def evidence_of(story: Story) -> Evidence:
    told, named, spellings, registrants = story
    return gather(told, named, spellings=spellings, registrants=registrants)


def outcome(evidence: Evidence, identity: Identity) -> object:
    """What was found, without the numbers of the prints."""
    by_number = {printed.number: printed[1:] for printed in evidence.prints}
    # A print that is told twice is two numbers with the same words.
    exceptions = sorted(
        (repr(by_number[number]), evidence.days[number], meaning)
        for number, meaning in identity.exceptions.items()
    )
    return identity.securities, exceptions, identity.conflicts


@settings(max_examples=500, deadline=None)
@given(stories, st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_makes_no_difference(story: Story, chance: random.Random) -> None:
    evidence = evidence_of(story)
    found = outcome(evidence, identify(evidence))
    told, named, spellings, registrants = story
    shuffled = (list(told), list(named), spellings, registrants)
    chance.shuffle(shuffled[0])
    chance.shuffle(shuffled[1])
    again = evidence_of(shuffled)
    assert outcome(again, identify(again)) == found


@settings(max_examples=300, deadline=None)
@given(stories)
def test_on_a_day_a_symbol_is_one_security_and_a_security_one_symbol(story: Story) -> None:
    identity = identify(evidence_of(story))
    owners = defaultdict(list)
    for number, spans in enumerate(identity.securities):
        assert spans
        for before, after in pairwise(spans):
            assert before.end <= after.start
        for span in spans:
            assert span.start < span.end
            owners[span.symbol].append((span.start, span.end, number))
    for held in owners.values():
        held.sort()
        for one, two in pairwise(held):
            assert one[1] <= two[0]


@settings(max_examples=300, deadline=None)
@given(stories)
def test_every_print_means_a_security_on_every_day_on_which_it_stands(story: Story) -> None:
    evidence = evidence_of(story)
    identity = identify(evidence)
    for printed in evidence.prints:
        for stands in evidence.days[printed.number]:
            if printed.number in identity.exceptions:
                meanings = identity.exceptions[printed.number]
                assert sum(m.start <= stands < m.end for m in meanings) == 1
            else:
                assert (
                    sum(
                        span.symbol == printed.symbol and span.start <= stands < span.end
                        for spans in identity.securities
                        for span in spans
                    )
                    == 1
                )


@settings(max_examples=300, deadline=None)
@given(stories)
def test_what_nothing_connects_can_be_settled_apart(story: Story) -> None:
    _, named, spellings, registrants = story
    evidence = evidence_of(story)
    apart: list[tuple[Span, ...]] = []
    for symbols in group_symbols(evidence.prints, named, spellings, registrants):
        part = Evidence(
            [printed for printed in evidence.prints if printed.symbol in symbols],
            evidence.days,
            [alias for alias in named if alias.old in symbols],
            {compact: dotted for compact, dotted in spellings.items() if compact in symbols},
            frozenset(pair for pair in registrants if pair[0] in symbols),
        )
        apart += identify(part).securities
    assert sorted(apart) == sorted(identify(evidence).securities)


@settings(max_examples=300, deadline=None)
@given(stories)
def test_plain_symbols_are_one_security_for_all_time(story: Story) -> None:
    evidence = evidence_of(story)
    _, named, spellings, registrants = story
    plain = find_plain(evidence.prints, named, spellings, registrants)
    found = {spans[0].symbol: spans for spans in identify(evidence).securities}
    for symbol in plain:
        assert len(found[symbol]) == 1
        assert (found[symbol][0].start.year, found[symbol][0].end.year) == (1, 9999)
