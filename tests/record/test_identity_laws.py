"""Laws of identity on a database: whatever the order of loading, and no two stocks in one row."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from collections import Counter, defaultdict
from decimal import Decimal
from typing import Any

import pytest

from identity.stories import make_cusip, make_isin, make_sedol
from samples import make_fund, make_printed
from stockgroups.db.connection import Connection
from stockgroups.identity.changes import Kind
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, GroupKey, GroupType, Ref, Snapshot
from stockgroups.record.apply import apply
from stockgroups.record.identity_changes import list_changes
from stockgroups.record.interval_differences import find_differences
from stockgroups.record.plan import Plan
from stockgroups.record.securities import forget_identity
from stockgroups.store import Store

CUSIPS = [make_cusip(body) for body in ("90431120", "90431110", "06405810", "36960430")]
ISINS = [make_isin(f"US{cusip}") for cusip in CUSIPS[:3]]
SEDOLS = [make_sedol(body) for body in ("204625", "258817")]
NAMELESS = [(CUSIPS[0], None), (CUSIPS[2], None), (CUSIPS[3], SEDOLS[0]), (None, SEDOLS[1])]
NAMES = ("Under Armour Inc", "UNDER ARMOUR", "Praxair Inc", "P10 Inc", "Echo Global")
ALIASES = [
    Alias("AA", dt.date(2021, 6, 1), "BB", "the company"),
    Alias("CC", dt.date(2022, 1, 3), None),
]
DAYS = [dt.date(2018 + year, month, 28) for year in range(8) for month in (2, 6, 10)]


def make_story(chance: random.Random) -> list[tuple[str, Snapshot]]:
    """Snapshots of three funds: few tickers, with names and identifiers as chance has it."""
    story = []
    for fund in ("ONE", "TWO", "SIX"):
        for day in chance.sample(DAYS, chance.randint(2, 6)):
            members: dict[Ref, float | None] = {}
            for symbol in chance.sample(("AA", "BB", "CC", "DD", "EE"), chance.randint(1, 4)):
                ref = Ref(
                    symbol,
                    ticker=symbol,
                    name=chance.choice((None, *NAMES)),
                    cusip=chance.choice((None, None, *CUSIPS)),
                    sedol=chance.choice((None, None, *SEDOLS)),
                )
                members[ref] = chance.randint(1, 400) / 1000
            for isin in chance.sample(ISINS, chance.randint(0, 2)):
                ref = Ref(
                    isin,
                    name=chance.choice((None, *NAMES)),
                    isin=isin,
                    sedol=chance.choice((None, None, *SEDOLS)),
                )
                members[ref] = chance.randint(1, 400) / 1000
            for cusip, sedol in chance.sample(NAMELESS, chance.randint(0, 2)):
                ref = Ref(None, name=chance.choice((None, *NAMES)), cusip=cusip, sedol=sedol)
                members[ref] = chance.randint(1, 400) / 1000
            story.append((fund, make_printed(day, members)))
    return story


@pytest.fixture
def other(connection: Connection) -> Store:
    """Another environment of the database of `store`."""
    return Store(connection, "UAT")


def load(store: Store, batches: list[list[tuple[str, Snapshot]]]) -> list[Plan]:
    plans = []
    for batch in batches:
        by_fund: dict[str, list[Snapshot]] = defaultdict(list)
        for fund, snapshot in batch:
            by_fund[fund].append(snapshot)
        wanted = [
            dataclasses.replace(
                make_fund(name, *snapshots),
                key=GroupKey(
                    store.environment, GroupType.ETF if name.isupper() else GroupType.SECTOR, name
                ),
            )
            for name, snapshots in sorted(by_fund.items())
        ]
        plans.append(apply(store, wanted, aliases=ALIASES))
    return plans


def read_holders(store: Store) -> dict[tuple[int, dt.date], int]:
    """Which security each ref is on each day on which a snapshot that stands holds it."""
    text = """
        WITH latest AS (
            SELECT DISTINCT ON (s.group_id, s.is_proxy, s.as_of) s.as_of, s.ref_ids
            FROM stockgroups.snapshots s JOIN stockgroups.group_registry g ON g.id = s.group_id
            WHERE g.environment = %s ORDER BY s.group_id, s.is_proxy, s.as_of, s.id DESC)
        SELECT m.ref_id, s.as_of, x.security_id
        FROM latest s CROSS JOIN unnest(s.ref_ids) AS m (ref_id)
        JOIN stockgroups.ref_securities x
          ON x.ref_id = m.ref_id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to"""
    rows = store.connection.execute(text.encode(), (store.environment,))
    return {(ref_id, day): security for ref_id, day, security in rows}


def find_identity_changes(
    before: dict[tuple[int, dt.date], int], after: dict[tuple[int, dt.date], int]
) -> list[bool]:
    """Whether each part of a stock that is another one now is split from it: all is to be told."""
    edges = {(number, after[key]) for key, number in before.items() if key in after}
    old, new = Counter(a for a, _ in edges), Counter(b for _, b in edges)
    return sorted(old[a] > 1 for a, b in edges if a != b and (old[a] > 1 or new[b] > 1))


def read_state(store: Store) -> list[Any]:
    """All that follows from the record, without numbers."""
    statements = (
        """SELECT s.symbol, y.symbol, y.valid_from, y.valid_to FROM stockgroups.securities s
           LEFT JOIN stockgroups.security_symbols y ON y.security_id = s.id
           WHERE s.environment = %s ORDER BY 1, 3""",
        """SELECT r.symbol, r.name, r.cusip, r.sedol, x.valid_from, x.valid_to, s.symbol
           FROM stockgroups.security_refs x JOIN stockgroups.refs r ON r.id = x.ref_id
           JOIN stockgroups.securities s ON s.id = x.security_id
           WHERE s.environment = %s ORDER BY 1, 2, 3, 4, 5""",
        """SELECT name, metadata -> 'unresolved' FROM definition_groups
           WHERE environment = %s ORDER BY 1""",
        """SELECT g.name, m.symbol, m.weight FROM group_memberships m
           JOIN definition_groups g ON g.id = m.group_id WHERE g.environment = %s ORDER BY 1, 2""",
        """SELECT r.name, s.symbol, h.valid_from, h.valid_to FROM stockgroups.membership_history h
           JOIN stockgroups.group_registry r ON r.id = h.group_id
           JOIN stockgroups.securities s ON s.id = h.security_id
           WHERE r.environment = %s ORDER BY 1, 2, 3""",
    )
    where = (store.environment,)
    return [store.connection.execute(text.encode(), where).fetchall() for text in statements]


@pytest.mark.parametrize(
    ("seed", "most"), [*((n, 5_000) for n in range(8)), *((n, 1) for n in (*range(30, 36), 235))]
)
def test_the_order_the_batches_and_the_parts_make_no_difference(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch, seed: int, most: int
) -> None:
    chance = random.Random(seed)
    story = make_story(chance)
    load(store, [story])
    monkeypatch.setattr("stockgroups.record.identity.MOST_AT_ONCE", most)
    shuffled = chance.sample(story, len(story))
    for one in shuffled:
        before = read_holders(other)
        plans = load(other, [[one]])
        after = read_holders(other)
        changes = [change for plan in plans for change in list_changes(plan.identity)]
        told = [c.kind is Kind.SPLIT for c in changes if c.kind in (Kind.SPLIT, Kind.JOINED)]
        assert sorted(told) == find_identity_changes(before, after)
    assert read_state(other) == read_state(store)
    assert not list(find_differences(other))
    labels = [row[0] for row in read_state(store)[0]]
    assert len(labels) - len(set(labels)) == sum(
        len(spans) - 1 for spans in _by_label(read_state(store)[0]).values()
    )


@pytest.mark.parametrize("seed", [80, 83, 138, 261, 281, 465])
def test_corrections_leave_what_the_remaining_evidence_gives(store: Store, seed: int) -> None:
    """As if all were computed again: a report that adds no dates is evidence, too."""
    chance = random.Random(seed)
    tickers = {"DD": 0, "EE": 0, "FF": 1, "GG": 1, "HH": 2, "II": 2}  # two of each stock
    for fund in ("ONE", "TWO"):
        for day in sorted(chance.sample(DAYS, 3)) * 2:
            refs = [
                Ref(symbol, ticker=symbol, cusip=CUSIPS[tickers[symbol]])
                for symbol in chance.sample([*tickers], chance.randint(1, 2))
            ]
            load(store, [[(fund, make_printed(day, dict.fromkeys(refs, 0.5)))]])
    before = read_state(store)
    forget_identity(store)
    apply(store, [])
    assert read_state(store) == before


BATCHES = {
    "it returns": [["ONE 0 XY", "ONE 9 XY"], ["ONE 5 Y"]],
    "it comes back in another fund": [["ONE 0 XY", "ONE 2 Y"], ["TWO 15 X"]],
    "it comes back, and only a sector had it": [
        ["ONE 0 XY", "ONE 2 Y", "energy 0 XY"],
        ["TWO 15 X"],
    ],
    "it returns after two without it": [["ONE 0 XY", "ONE 9 XY"], ["ONE 4 Y", "ONE 5 Y"]],
    "another fund bridges a break": [["ONE 0 X", "ONE 2 Y", "TWO 9 X"], ["SIX 1 X"]],
    "it goes, and comes elsewhere": [["ONE 0 XY"], ["ONE 3 Y", "TWO 9 XY"]],
    "a correction fills a break": [["ONE 0 XY", "ONE 5 Y", "ONE 9 XY"], ["ONE 5 XY"]],
    "a correction makes a break": [["ONE 0 XY", "ONE 5 XY", "ONE 9 XY"], ["ONE 5 Y"]],
    "a list of the day in a history": [
        ["ONE 0 BY", "ONE 2 BY", "ONE 4 BY", "ONE 11 BY"],
        ["ONE 3 AY"],
    ],
    "a history around a list of the day": [
        ["ONE 3 AY"],
        ["ONE 0 BY", "ONE 2 BY", "ONE 4 BY", "ONE 11 BY"],
    ],
    "a history that ends before the change": [
        ["ONE 0 BY", "ONE 2 BY", "ONE 4 BY", "ONE 6 Y"],
        ["ONE 3 AY"],
        ["TWO 20 B"],
    ],
}


@pytest.mark.parametrize("batches", BATCHES.values(), ids=BATCHES)
def test_a_break_that_a_late_file_makes_or_fills_is_seen(
    store: Store, other: Store, batches: list[list[str]]
) -> None:
    def read(words: str) -> tuple[str, Snapshot]:
        fund, day, tickers = words.split()
        members = {Ref(2 * of, ticker=2 * of): 1 / len(tickers) for of in tickers}
        return fund, make_printed(DAYS[int(day)], members)

    parts = [[read(words) for words in batch] for batch in batches]
    load(other, parts)
    once = {(fund, story.as_of): (fund, story) for part in parts for fund, story in part}
    load(store, [list(once.values())])
    assert read_state(other) == read_state(store)


@pytest.mark.parametrize("seed", range(20, 28))
def test_the_weights_of_a_fund_are_those_of_its_snapshot(store: Store, seed: int) -> None:
    """Nothing is lost where two lines are one stock, and nothing is one where they are two."""
    story = make_story(random.Random(seed))
    load(store, [story])
    for fund in ("ONE", "TWO", "SIX"):
        _, newest = max(
            (snapshot.as_of, snapshot)
            for name, snapshot in story
            if name == fund and snapshot.as_of is not None
        )
        reported = sum(Decimal(repr(weight)) for weight in newest.weights or () if weight)
        row = store.connection.execute(
            b"SELECT (SELECT sum(m.weight) FROM group_memberships m WHERE m.group_id = g.id)"
            b" + coalesce((g.metadata #>> '{unresolved,weight}')::numeric, 0)"
            b" FROM definition_groups g WHERE g.name = %s",
            (fund,),
        ).fetchone()
        assert row is not None
        assert row[0] == reported


@pytest.mark.parametrize("seed", range(40, 45))
def test_evidence_that_is_taken_back_leaves_nothing(store: Store, seed: int) -> None:
    """What it made members of other funds, or of other stocks, is again what it was."""
    load(store, [make_story(random.Random(seed))])
    before = read_state(store)
    told = dict(zip(("AA", "FF", "GG", "HH"), CUSIPS, strict=True))
    refs: dict[Ref, float | None] = {
        Ref(symbol, ticker=symbol, cusip=cusip): 0.2 for symbol, cusip in told.items()
    }
    refs[Ref("II", ticker="II", sedol=SEDOLS[1])] = 0.2
    (plan,) = load(store, [[("EVID", make_printed(DAYS[9], refs))]])
    assert read_state(store) != before
    assert plan.load_id is not None
    roll_back(store, plan.load_id)
    assert read_state(store)[2:] == before[2:]
    assert not list(find_differences(store))


@pytest.mark.parametrize("seed", range(60, 64))
def test_a_register_before_the_files_or_after_them(store: Store, other: Store, seed: int) -> None:
    story = make_story(random.Random(seed))
    load(other, [[one] for one in story])
    for cusip, symbol in zip(CUSIPS, ("AA", "FF", "GG", "GG"), strict=True):
        text = "INSERT INTO stockgroups.cusip_symbols VALUES (%s, %s, %s, %s)"
        store.connection.execute(text.encode(), (cusip, symbol, DAYS[3], DAYS[12]))
    load(store, [story])
    forget_identity(other)
    apply(other, [])
    assert read_state(other) == read_state(store)
    assert not list(find_differences(other))


def _by_label(rows: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        found[row[0]].append(row)
    return found
