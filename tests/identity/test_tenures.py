"""Tenures: from when to when a ticker was one stock's."""

from __future__ import annotations

from identity.stories import Told, day, make_cusip, settle, told
from stockgroups.catalog import load_catalog
from stockgroups.identity.evidence import Handover
from stockgroups.model import Alias, Tenure

SHIPPED = load_catalog()
TENURE = Tenure("AAA", day(1), day(80), "Aaa Holdings")
ONE, TWO = make_cusip("12345610"), make_cusip("98765410")
REST = told("ZZ", *range(1, 80), group="INDEX")
"""So that the index reports each month, and does not hold what is not told."""


def held(*months: int, **values: str) -> Told:
    return told("AAA", *months, group="INDEX", **values)


def labels(
    *refs: Told,
    tenure: Tenure = TENURE,
    aliases: tuple[Alias, ...] = (),
    handovers: dict[str, list[Handover]] | None = None,
) -> list[str]:
    found = settle(*refs, REST, tenures=[tenure], aliases=aliases, handovers=handovers)
    return sorted(one.label for one in found.securities if one.label != "ZZ")


def test_a_break_within_a_tenure_parts_nothing() -> None:
    without_names = held(1, 2), held(60, name="AAA HOLDINGS")
    assert len(settle(*without_names, REST).securities) == 3
    assert labels(*without_names) == ["AAA"]
    renamed = held(1, 2, name="OLD THINGS INC"), held(60, name="NEW TRADING CORP")
    assert len(settle(*renamed, REST).securities) == 3
    assert labels(*renamed) == ["AAA"]


def test_the_reason_names_the_tenure() -> None:
    found = settle(held(1), held(60), REST, tenures=[TENURE])
    (why,) = (link.why for link in found.links)
    assert f"AAA is one stock from {day(1)} to {day(80)} (Aaa Holdings)" in why


def test_a_tenure_tells_nothing_of_reports_outside_of_its_days() -> None:
    refs = held(1), held(60)
    assert labels(*refs, tenure=TENURE._replace(since=day(2))) == ["AAA", "AAA-202001"]
    assert labels(*refs, tenure=TENURE._replace(until=day(60))) == ["AAA", "AAA-202001"]
    # It may have begun within the earlier reports: those at the break count.
    assert labels(held(1, 2, 3), refs[1], tenure=TENURE._replace(since=day(3))) == ["AAA"]


def test_identifiers_and_registers_that_say_otherwise_win() -> None:
    first = held(1, cusip=ONE)
    assert len(labels(first, held(60, cusip=TWO))) == 2
    named = held(1, name="OLD THINGS INC", cusip=ONE)
    assert len(labels(named, held(60, name="NEW TRADING CORP", cusip=TWO))) == 2
    # Its own shares under a new number: like names.
    assert labels(named, held(60, name="OLD THINGS PLC", cusip=TWO)) == ["AAA"]
    handed = {"AAA": [Handover(day(20), day(30))]}
    assert len(labels(held(1), held(60), handovers=handed)) == 2


def test_an_alias_that_parts_wins() -> None:
    reused = Alias("AAA", day(30), None, "the exchange")
    assert len(labels(held(1), held(60), aliases=(reused,))) == 2


def test_what_a_history_writes_under_the_ticker_before_the_stock_took_it_is_the_stock() -> None:
    change = Alias("OLD", day(40), "AAA", "the company")
    stays = held(1, 2, 3), REST
    later = held(60, 61, name="AAA HOLDINGS")
    early = settle(*stays, later, aliases=[change])
    assert sorted(one.label for one in early.securities) == ["AAA", "AAA-202003", "ZZ"]
    found = settle(*stays, later, aliases=[change], tenures=[TENURE])
    (stock,) = (one for one in found.securities if one.label == "AAA")
    assert [interval.symbol for interval in stock.intervals] == ["OLD", "AAA"]
    assert len(found.securities) == 2
    # A tenure that begins with the change says nothing of the days before.
    short = TENURE._replace(since=change.effective)
    found = settle(*stays, later, aliases=[change], tenures=[short])
    assert len(found.securities) == 3


def test_no_shipped_tenure_holds_a_day_on_which_the_ticker_came_free() -> None:
    parted = [
        (alias, tenure)
        for alias in SHIPPED.aliases
        for tenure in SHIPPED.tenures.get(alias.old, ())
        if alias.new != alias.old and tenure.since <= alias.effective < tenure.until
    ]
    assert not parted


def test_a_shipped_tenure_begins_before_its_ticker_is_taken_where_histories_write_it_earlier() -> (
    None
):
    taken = {alias.new: alias.effective for alias in SHIPPED.aliases if alias.new != alias.old}
    early = [
        symbol
        for symbol, (tenure, *_) in SHIPPED.tenures.items()
        if symbol in taken and tenure.since < taken[symbol] < tenure.until
    ]
    assert early == [
        "AABA",
        "ATGE",
        "CAR",
        "DXC",
        "EHC",
        "FL",
        "KDP",
        "LDOS",
        "TMUS",
        "VIAV",
        "WYND",
    ]
