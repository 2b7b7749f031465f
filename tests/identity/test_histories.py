"""Histories in later tickers, and lists of the day among their dates."""

from __future__ import annotations

import datetime as dt

import pytest

from identity.stories import day, make_cusip, settle, told
from stockgroups.identity.securities import Identity
from stockgroups.model import Alias

CHANGE = Alias("PCLN", day(40, 1), "BKNG", "the company")


def labels(identity: Identity) -> list[str]:
    return sorted(security.label for security in identity.securities if security.label != "ZZ")


def test_a_list_of_the_day_among_the_dates_of_a_history_is_the_same_stock() -> None:
    identity = settle(
        told("BKNG", *range(1, 10), *range(11, 60), group="INDEX"),
        told("PCLN", 10, name="Priceline.com Inc", group="INDEX"),
        aliases=[CHANGE],
    )
    (security,) = identity.securities
    assert [interval[:2] for interval in security.intervals] == [
        ("PCLN", dt.date.min),
        ("BKNG", CHANGE.effective),
    ]


def test_lists_of_the_day_with_names_interrupt_a_history_many_times() -> None:
    listed = (
        told("PCLN", 4, 5, name="Priceline.com Inc", group="INDEX"),
        told("PCLN", 22, name="The Priceline Group", group="INDEX"),
    )
    rest = told("ZZ", *range(1, 60), group="INDEX")
    whole = told("BKNG", *range(1, 4), *range(6, 22), *range(23, 51), group="INDEX")
    assert labels(settle(whole, *listed, rest, aliases=[CHANGE])) == ["BKNG"]
    # Nothing stands in the place of the stock for half a year: a break.
    broken = told("BKNG", *range(1, 4), *range(12, 22), *range(23, 51), group="INDEX")
    identity = settle(broken, *listed, rest, aliases=[CHANGE])
    assert labels(identity) == ["BKNG", "BKNG-202003", "PCLN-202005"]


def test_a_list_that_lacks_the_stock_is_no_break_of_a_history() -> None:
    identity = settle(
        told("BKNG", *range(1, 10), *range(11, 60), group="INDEX"),
        told("ZZ", 10, group="INDEX"),
        aliases=[CHANGE],
    )
    assert labels(identity) == ["BKNG"]


def test_a_list_may_write_a_symbol_of_before_two_changes() -> None:
    second = Alias("ANTM", day(50, 1), "ELV", "the company")
    first = Alias("WLP", day(30, 1), "ANTM", "the company")
    identity = settle(
        told("ELV", *range(1, 10), *range(11, 60), group="INDEX"),
        told("WLP", 10, name="WellPoint Inc.", group="INDEX"),
        aliases=[first, second],
    )
    assert labels(identity) == ["ELV"]


def test_a_history_that_ends_before_the_change_is_known_by_the_list_in_it() -> None:
    """Dr Pepper is KDP in a history until 2018, DPS in a list, and again KDP years later."""
    change = Alias("DPS", day(20, 1), "KDP", "the company")
    later = told("KDP", 59, 60, name="KEURIG DR PEPPER INC", cusip=make_cusip("03783310"))
    history = told("KDP", *range(1, 6), *range(7, 19), group="INDEX")
    listed = told("DPS", 6, name="Dr Pepper Snapple Group", group="INDEX")
    rest = told("ZZ", *range(1, 60), group="INDEX")
    assert labels(settle(history, listed, rest, later, aliases=[change])) == ["KDP"]
    # Without the list nothing tells that KDP was not another company's until then.
    assert labels(settle(history, rest, later, aliases=[change])) == ["KDP", "KDP-202106"]


def test_a_list_before_the_history_begins_is_the_stock_that_comes_in_its_place() -> None:
    listed = told("PCLN", 1, group="INDEX")
    assert labels(settle(listed, told("BKNG", *range(2, 60), group="INDEX"), aliases=[CHANGE])) == [
        "BKNG"
    ]
    # Another stock came in its place, or it came long after.
    identity = settle(
        listed,
        told("BKNG", *range(9, 60), group="INDEX"),
        told("ZZ", *range(2, 60), group="INDEX"),
        aliases=[CHANGE],
    )
    assert labels(identity) == ["BKNG", "PCLN-202001"]


@pytest.mark.parametrize("held", [range(30, 39), range(30, 40), range(38, 40)])
def test_who_comes_in_the_place_of_a_stock_and_takes_its_ticker_is_another(held: range) -> None:
    """An acquirer replaces what it bought in the index, and takes the ticker on the day."""
    change = Alias("ACE", day(40, 1), "CB", "the company")
    identity = settle(
        told("CB", *range(1, held.start), group="INDEX"),
        told("ACE", *held, group="INDEX"),
        told("CB", *range(held.stop, 60), group="INDEX"),
        told("ZZ", *range(1, 60), group="INDEX"),
        aliases=[change],
    )
    assert labels(identity) == ["CB", f"CB-{day(held.start - 1):%Y%m}"]


def test_an_old_ticker_that_stands_beside_until_the_change_is_another_stock() -> None:
    change = Alias("ACE", day(40, 1), "CB", "the company")
    identity = settle(
        told("CB", *range(1, 60), group="INDEX"),
        told("ACE", *range(1, 40), group="INDEX"),
        aliases=[change],
    )
    assert labels(identity) == ["CB", "CB-202303"]


@pytest.mark.parametrize("until", [40, 37])
def test_a_ticker_that_was_another_s_is_read_as_written(until: int) -> None:
    """One stay covers two members of an index: what was bought, and who took its ticker."""
    merged = Alias("CB", day(until, 1), None, "the companies")
    change = Alias("ACE", day(40, 1), "CB", "the company")
    whole = told("CB", *range(1, 60), group="INDEX")
    fund = told("ACE", 1, 39, name="ACE Ltd", cusip=make_cusip("H0023R10"))
    identity = settle(whole, fund, aliases=[merged, change])
    assert labels(identity) == ["CB", f"CB-{day(until - 1):%Y%m}"]


@pytest.mark.parametrize(("renamed", "count"), [(40, 1), (50, 2)])
def test_who_renames_itself_within_three_years_is_the_last_that_had_the_ticker(
    renamed: int, count: int
) -> None:
    """Alliance Data left an index two years before it became Bread Financial."""
    change = Alias("ADS", day(renamed, 1), "BFH", "the company")
    history = told("ADS", *range(1, 10), group="INDEX"), told("ZZ", *range(1, 60), group="INDEX")
    later = told("BFH", 59, name="Bread Financial Holdings Inc.")
    assert len(labels(settle(*history, later, aliases=[change]))) == count


def test_a_class_that_takes_the_ticker_of_another_is_told_by_the_other_beside_it() -> None:
    """Of a class that left its ticker, a history has the past under the later one."""
    left = Alias("UA", day(40, 1), "UAA", "the company")
    taken = Alias("UA.C", day(40, 1), "UA", "the company")
    later = told("UAA", *range(1, 60), group="INDEX")
    beside = told("UA", *range(30, 60), group="INDEX")
    assert labels(settle(later, beside, aliases=[left, taken])) == ["UA", "UAA"]
    written = told("UA", *range(1, 60), group="INDEX")
    (classes,) = [
        [interval.symbol for interval in security.intervals]
        for security in settle(written, aliases=[left, taken]).securities
        if security.label == "UAA"
    ]
    assert classes == ["UA", "UAA"]


def test_who_takes_the_ticker_years_later_may_take_the_name_with_it() -> None:
    """New Media took Gannett's name and ticker; the Gannett of before is Tegna."""
    change = Alias("NEWM", day(40, 1), "GCI", "the companies")
    identity = settle(
        told("GCI", 1, name="Gannett Co."),
        told("GCI", 50, name="Gannett Co Inc"),
        aliases=[change],
    )
    assert [[s.symbol for s in security.intervals] for security in identity.securities] == [
        ["GCI"],
        ["NEWM", "GCI"],
    ]


def test_rows_of_a_register_from_years_before_keep_a_ticker_from_who_takes_it() -> None:
    """Mechanics Bank of Richmond had MCHB over the counter; HomeStreet took its name and ticker."""
    change = Alias("HMST", day(60, 1), "MCHB", "the company")
    own, other = make_cusip("43785V10"), make_cusip("58361410")
    identity = settle(
        told("HMST", 45, 55, name="HomeStreet Inc."),
        told("MCHB", 60, 65, name="Mechanics Bancorp"),
        told("MCHB", 66, name="MECHANICS BANCORP CLASS A"),
        listed=[
            told("MCHB", 3, name="MECHANICS BK RICHMOND CA", cusip=other),
            told("MCHB", 36, name="MECHANICS BK WALNUT CREEK CALI", cusip=other),
            told("HMST", 1, 36, name="HOMESTREET INC COM", cusip=own),
        ],
        aliases=[change],
    )
    (lines,) = ([identity.lines[place] for place in places] for places in identity.parts)
    assert {cusip for line in lines for cusip in line.identifiers.cusip} == {own}
    (security,) = identity.securities
    assert [interval.symbol for interval in security.intervals] == ["HMST", "MCHB"]
