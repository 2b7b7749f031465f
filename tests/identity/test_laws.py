"""Laws of identity: the order of evidence makes no difference, and what comes out fits together."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from identity.stories import Told, day, gather, make_cusip, make_isin, make_sedol, settle, told
from stockgroups.identity.components import (
    find_connected,
    group_refs,
    identifier_keys,
    is_continuous,
    is_identified,
)
from stockgroups.identity.evidence import (
    NAMELESS,
    Evidence,
    Handover,
    NumberedRef,
    read_identifiers,
)
from stockgroups.identity.identify import identify
from stockgroups.identity.parts import key_of, split_evidence
from stockgroups.identity.securities import Identity, Security, plain_security
from stockgroups.identity.strays import LATE, LONG
from stockgroups.model import Alias

CUSIPS = tuple(make_cusip(body) for body in ("03783310", "03783320", "59491810", "17275R10"))
SEDOLS = tuple(make_sedol(body) for body in ("204625", "258817", "B1VQR3"))
ISINS = (make_isin("US" + CUSIPS[0]), make_isin("IE" + CUSIPS[1]), make_isin("GB00B10RZP7"))
SYMBOLS = ("AA", "BB", "CC", "DD", "BRK.B", "BRKB", "EE.XLON", *ISINS, NAMELESS)
NAMES = ("Alpha Inc", "ALPHA HOLDINGS", "Omega Corp", "Sigma")

maybe = st.sampled_from
refs = st.builds(
    Told,
    st.sampled_from(SYMBOLS),
    st.lists(st.integers(1, 60).map(day), max_size=4).map(lambda days: tuple(sorted(set(days)))),
    maybe((None, *NAMES)),
    maybe((None, None, *CUSIPS)),
    maybe((None, None, None, *ISINS)),
    maybe((None, None, *SEDOLS)),
    group=maybe((None, "FUND", "LIST", "OTHER")),
).map(
    lambda ref: (
        ref._replace(cusip=None, isin=ref.symbol)
        if ref.symbol in ISINS
        else ref._replace(isin=ref.isin if ref.symbol else None)
    )
)
aliases = st.builds(
    Alias,
    maybe(("AA", "BB", "CC")),
    st.integers(2, 59).map(lambda month: day(month, 1)),
    maybe((None, "BB", "DD", "AA")),
).filter(lambda alias: alias.old != alias.new)
registers = st.sets(maybe((("AA", "CC"), ("BB", "DD"))), max_size=2)
stories = st.tuples(
    st.lists(refs, max_size=14, unique=True),
    st.lists(aliases, max_size=3, unique_by=lambda alias: (alias.old, alias.effective)),
    maybe(({}, {"BRKB": "BRK.B"})),
    registers,
    st.dictionaries(
        maybe(("AA", "BB")),
        st.lists(maybe((Handover(day(20, 1), day(20, 1)), Handover(day(35), day(45)))), max_size=2),
        max_size=1,
    ),
)
Story = tuple[
    list[Told], list[Alias], dict[str, str], set[tuple[str, str]], dict[str, list[Handover]]
]


def evidence_of(story: Story) -> Evidence:
    told, named, spellings, registrants, handovers = story
    evidence = gather(
        told, named, spellings=spellings, registrants=registrants, handovers=handovers
    )
    # Some of the aliases are a register's word.
    steps = frozenset(alias for alias in named if alias.effective.month % 2)
    return dataclasses.replace(evidence, steps=steps)


def outcome(evidence: Evidence, identity: Identity) -> object:
    """What was found, without the numbers of the refs."""
    by_number = {ref.number: ref[1:] for ref in evidence.refs}
    # A ref that is told twice is two numbers with the same words.
    exceptions = sorted(
        (repr(by_number[number]), evidence.runs.get(number, []), interval)
        for number, interval in identity.exceptions.items()
    )
    return identity.securities, exceptions, identity.conflicts


@settings(max_examples=500)
@given(stories, st.randoms(use_true_random=False))
def test_the_order_of_the_evidence_makes_no_difference(story: Story, chance: random.Random) -> None:
    evidence = evidence_of(story)
    found = outcome(evidence, identify(evidence))
    told, named, spellings, registrants, handovers = story
    shuffled = (list(told), list(named), spellings, registrants, handovers)
    chance.shuffle(shuffled[0])
    chance.shuffle(shuffled[1])
    again = evidence_of(shuffled)
    assert outcome(again, identify(again)) == found


@settings(max_examples=300)
@given(stories)
def test_on_a_day_a_symbol_is_one_security_and_a_security_one_symbol(story: Story) -> None:
    identity = identify(evidence_of(story))
    owners = defaultdict(list)
    labels = [security.label for security in identity.securities]
    assert len(set(labels)) == len(labels)
    for number, (intervals, _) in enumerate(identity.securities):
        for before, after in pairwise(intervals):
            assert before.valid_to <= after.valid_from
        for interval in intervals:
            assert interval.valid_from < interval.valid_to
            owners[interval.symbol].append((interval.valid_from, interval.valid_to, number))
    for held in owners.values():
        held.sort()
        for one, two in pairwise(held):
            assert one[1] <= two[0]


@settings(max_examples=300)
@given(stories)
def test_every_reason_holds_and_what_is_joined_has_one(story: Story) -> None:
    identity = identify(evidence_of(story))
    sets = [*identity.parts, *identity.others]
    holder = {place: number for number, places in enumerate(sets) for place in places}
    assert holder.keys() == set(range(len(identity.lines)))
    for link in identity.links:
        assert link.is_join is (holder[link.one] == holder[link.other]), link
        assert link.why
    assert sum(link.is_join for link in identity.links) == len(identity.lines) - len(sets)


def find_securities(evidence: Evidence, identity: Identity) -> dict[tuple[int, dt.date], list[int]]:
    """Return the securities, by their places, that each ref is on each day of its reports."""
    found = {}
    for ref in evidence.refs:
        runs = evidence.runs.get(ref.number, ())
        for reported in chain.from_iterable(run.days for run in runs):
            if ref.number in identity.exceptions:
                found[ref.number, reported] = [
                    interval.security
                    for interval in identity.exceptions[ref.number]
                    if interval.valid_from <= reported < interval.valid_to
                ]
                continue
            found[ref.number, reported] = [
                place
                for place, (intervals, _) in enumerate(identity.securities)
                if any(
                    interval.symbol == ref.symbol
                    and interval.valid_from <= reported < interval.valid_to
                    for interval in intervals
                )
            ]
    return found


@settings(max_examples=150)
@given(stories)
def test_after_its_last_report_a_ref_is_whose_the_symbol_is_for_good(story: Story) -> None:
    evidence = evidence_of(story)
    identity = identify(evidence)
    owners = {
        interval.symbol: place
        for place, (intervals, _) in enumerate(identity.securities)
        for interval in intervals
        if interval.valid_to == dt.date.max
    }
    for ref in evidence.refs:
        meant = identity.exceptions.get(ref.number)
        if meant and ref.symbol in owners:
            assert meant[-1].security == owners[ref.symbol]
            assert [one.valid_to for one in meant[:-1]] == [one.valid_from for one in meant[1:]]


@settings(max_examples=300)
@given(stories)
def test_every_ref_is_one_security_on_every_day_of_its_reports(story: Story) -> None:
    """One without a symbol may be none."""
    evidence = evidence_of(story)
    nameless = {ref.number for ref in evidence.refs if ref.symbol == NAMELESS}
    for (number, _), places in find_securities(evidence, identify(evidence)).items():
        assert len(places) == 1 or (number in nameless and not places)


@settings(max_examples=300)
@given(stories)
def test_refs_without_a_symbol_change_nothing_about_the_others(story: Story) -> None:
    """They make no stock, split none and join no two."""
    evidence = evidence_of(story)
    named = [ref for ref in evidence.refs if ref.symbol != NAMELESS]
    alone, among = identify(dataclasses.replace(evidence, refs=named)), identify(evidence)
    numbers = {ref.number for ref in named}
    assert alone.securities == among.securities
    assert alone.conflicts == among.conflicts
    assert alone.exceptions == {
        number: meant for number, meant in among.exceptions.items() if number in numbers
    }


@settings(max_examples=500)
@given(stories)
def test_two_lines_of_a_snapshot_with_different_identifiers_are_never_one(story: Story) -> None:
    evidence = evidence_of(story)
    found = find_securities(evidence, identify(evidence))
    refs = {ref.number: read_identifiers(ref) for ref in evidence.refs}
    snapshots = defaultdict(set)
    for number, runs in evidence.runs.items():
        for run in runs:
            for reported in run.days:
                snapshots[run.group, reported].add(number)
    for (_, reported), held in snapshots.items():
        for one, other in combinations(sorted(held), 2):
            if refs[one].contradict(refs[other]) and symbols_differ(evidence, one, other):
                assert found[one, reported] != found[other, reported] or not found[one, reported]


def symbols_differ(evidence: Evidence, one: int, other: int) -> bool:
    """Whether two refs have different symbols: a snapshot holds each symbol once."""
    by_number = {ref.number: ref.symbol for ref in evidence.refs}
    return by_number[one] != by_number[other] or by_number[one] == NAMELESS


@settings(max_examples=300)
@given(st.integers(1, 20), st.integers(1, 60), st.booleans())
def test_a_ticker_alone_connects_no_two_reports_across_a_break(
    last: int, gap: int, has_names: bool
) -> None:
    name = {"name": "Alpha Inc"} if has_names else {}
    first = last + 1 + gap
    identity = settle(
        told("AA", last, **name, group="FUND"),
        told("AA", first, **name, group="FUND"),
        told("ZZ", *range(last, first + 1), group="FUND"),
    )
    securities = [s for s in identity.securities if s.label != "ZZ"]
    ended, again = day(last + 1), day(first)
    limit = LONG if has_names else LATE
    assert len(securities) == (1 if again - ended <= limit else 2)


@settings(max_examples=300)
@given(stories)
def test_what_nothing_connects_can_be_settled_apart(story: Story) -> None:
    _, named, spellings, registrants, _ = story
    evidence = evidence_of(story)
    apart: list[Security] = []
    for symbols in group_symbols(evidence.refs, named, spellings, registrants):
        part = dataclasses.replace(
            evidence,
            refs=[ref for ref in evidence.refs if tell_apart(ref) in symbols],
            aliases=[alias for alias in named if alias.old in symbols],
            spellings={
                compact: dotted for compact, dotted in spellings.items() if compact in symbols
            },
            successions=frozenset(s for s in evidence.successions if s.old in symbols),
        )
        apart += identify(part).securities
    assert sorted(apart) == sorted(identify(evidence).securities)


@settings(max_examples=300)
@given(stories, st.integers(1, 4))
def test_parts_of_the_evidence_give_what_all_of_it_gives(story: Story, most: int) -> None:
    evidence = evidence_of(story)
    whole = identify(evidence)
    parts = [*split_evidence(evidence, (), (), most)]
    found = [identify(part.take_from(evidence)) for part in parts]
    assert sorted(one for part in found for one in part.securities) == sorted(whole.securities)
    assert {one for part in found for one in part.conflicts} == {*whole.conflicts}
    assert sorted(ref for part in parts for ref in part.refs) == sorted(evidence.refs)
    left: dict[str, list[NumberedRef]] = defaultdict(list)
    for ref in evidence.refs:
        left[key_of(ref)].append(ref)
    assert [sorted(part.pop_from(left)) for part in parts] == [sorted(part.refs) for part in parts]
    assert not left
    assert len(parts) == 1 or not any(one.keys & other.keys for one, other in pairwise(parts))


def test_a_ticker_of_several_markets_goes_with_the_symbols_that_it_may_be() -> None:
    seoul = NumberedRef(1, "000660.XKRX", "SK Hynix")
    printed = NumberedRef(2, NAMELESS, "SK Hynix", ticker="000660 KS")
    others = [NumberedRef(number, f"S{number}") for number in range(3, 9)]
    parts = [*split_evidence(Evidence([seoul, *others, printed], {}), (), (), 1)]
    assert [seoul, printed] in [part.refs for part in parts]
    assert all(len(part.refs) <= 2 for part in parts)


@settings(max_examples=300)
@given(stories)
def test_plain_symbols_are_one_security_for_all_time(story: Story) -> None:
    evidence = evidence_of(story)
    securities = identify(evidence).securities
    connected = find_connected(evidence)
    plain = {
        symbol
        for symbol, refs in group_refs(evidence.refs)
        if symbol not in connected and (is_identified(refs) or is_continuous(refs, evidence))
    }
    assert set(map(plain_security, plain)) <= set(securities)


def tell_apart(ref: NumberedRef) -> str:
    """Return the symbol, or what stands for a ref that has none."""
    return ref.symbol or f"#{ref.number}"


def group_symbols(
    refs: Iterable[NumberedRef],
    aliases: Sequence[Alias],
    spellings: Mapping[str, str],
    registrants: Iterable[tuple[str, str]],
) -> list[set[str]]:
    """Return the sets of symbols that evidence connects; each can be settled without the others."""
    parent: dict[str, str] = {}

    def find(symbol: str) -> str:
        parent.setdefault(symbol, symbol)
        while parent[symbol] != symbol:
            parent[symbol] = parent[parent[symbol]]
            symbol = parent[symbol]
        return symbol

    def join(one: str, other: str) -> None:
        parent[find(one)] = find(other)

    holders: dict[str, str] = {}
    for ref in refs:
        symbol = tell_apart(ref)
        find(symbol)
        for value in identifier_keys(ref):
            if value:
                join(symbol, holders.setdefault(value, symbol))
    for alias in aliases:
        join(alias.old, alias.new or alias.old)
    for one, other in (*spellings.items(), *registrants):
        join(one, other)
    groups: dict[str, set[str]] = defaultdict(set)
    for symbol in parent:
        groups[find(symbol)].add(symbol)
    return sorted(groups.values(), key=min)
