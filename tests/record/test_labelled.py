"""A stock that is shown under a label stays one where members are recorded by symbols."""

from __future__ import annotations

import datetime as dt

import pytest

from samples import make_fund, make_printed
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.overrides import decide_sector
from stockgroups.jobs.reconcile import reconcile
from stockgroups.model import Alias, GroupType, Ref
from stockgroups.queries.groups import find_group
from stockgroups.queries.timelines import MembershipInterval, find_timeline
from stockgroups.record.apply import apply
from stockgroups.record.labelled import make_refs
from stockgroups.store import Store
from stockgroups.times import today_utc

ALTERA = Ref("ALTR", name="ALTERA CORP", cusip="021441100")
ALTAIR = Ref("ALTR", name="ALTAIR ENGINEERING INC", cusip="021369103")
LABEL = "ALTR-201412"
THEN, LATER = dt.date(2014, 12, 1), dt.date(2023, 1, 3)
SYMBOLS = b"SELECT symbol FROM stockgroups.securities ORDER BY symbol"


@pytest.fixture
def reused(store: Store) -> Store:
    """Two funds, the older of which still holds the former stock of a ticker."""
    apply(store, [], aliases=[Alias("ALTR", dt.date(2017, 11, 1), None, "a test")])
    for fund, day, ref in (("OLD", THEN, ALTERA), ("NEW", LATER, ALTAIR)):
        apply(store, [make_fund(fund, make_printed(day, {ref: 1.0}))])
    return store


def read_symbols(store: Store) -> list[str]:
    return [symbol for (symbol,) in store.connection.execute(SYMBOLS)]


def test_what_another_program_changed_beside_it_is_all_that_changes(reused: Store) -> None:
    reused.connection.execute(
        b"INSERT INTO public.group_memberships (group_id, symbol, weight)"
        b" SELECT id, 'KO', 0.5 FROM public.definition_groups WHERE name = 'OLD'"
    )
    reconcile(reused)
    assert read_symbols(reused) == ["ALTR", LABEL, "KO"]
    assert find_group(reused, GroupType.ETF, "OLD").symbols == [LABEL, "KO"]
    assert find_timeline(reused, LABEL, None).intervals == [
        MembershipInterval("ETF", "OLD", THEN, dt.date.max)
    ]


def test_it_is_in_its_sector(reused: Store) -> None:
    for symbol in ("ALTR", LABEL):
        decide_sector(reused, symbol, "energy", reason="a test")
    build_metadata(reused)
    assert read_symbols(reused) == ["ALTR", LABEL]
    sector = find_group(reused, GroupType.SECTOR, "energy")
    assert sorted(sector.symbols) == ["ALTR", LABEL]
    assert find_timeline(reused, LABEL, None).intervals == [
        MembershipInterval("ETF", "OLD", THEN, dt.date.max),
        MembershipInterval("SECTOR", "energy", today_utc(), dt.date.max),
    ]
    assert build_metadata(reused).changed is False


def test_a_label_without_an_identifier_stays_as_it_is(reused: Store) -> None:
    refs = make_refs(reused, ["ALTR", LABEL, "QQ-202001"])
    assert [ref.symbol for ref in refs.values()] == ["ALTR", None, "QQ-202001"]
    assert refs[LABEL] == ALTERA._replace(symbol=None)
