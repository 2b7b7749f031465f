"""What refs turn out to be: renames, reuses, successions, spellings, listings elsewhere."""

from __future__ import annotations

import datetime as dt

import pytest

from identity.stories import day, intervals, make_cusip, make_isin, make_sedol, settle, told
from stockgroups.identity.aliases import describe_alias
from stockgroups.model import Alias

ONE = make_cusip("03783310")
TWO = make_cusip("03783320")  # another issue of the same issuer
OTHER = make_cusip("59491810")
FIRST = make_sedol("204625")
SECOND = make_sedol("258817")
FB = Alias("FB", dt.date(2022, 6, 9), "META", "the company")


def test_one_symbol_is_one_stock_for_all_time() -> None:
    identity = settle(told("AAPL", 1, 5), told("AAPL", 3, cusip=ONE), told("GE", 1))
    assert intervals(identity) == [[("AAPL", None, None)], [("GE", None, None)]]
    assert not identity.exceptions
    assert not identity.conflicts


def test_two_identifiers_that_agree_are_a_rename() -> None:
    identity = settle(
        told("MMC", 1, 5, cusip=ONE, sedol=FIRST), told("MRSH", 9, cusip=ONE, sedol=FIRST)
    )
    assert intervals(identity) == [[("MMC", None, day(9)), ("MRSH", day(9), None)]]
    assert not identity.conflicts


def test_identifiers_of_several_files_add_up() -> None:
    identity = settle(
        told("MMC", 1, cusip=ONE),
        told("MMC", 5, sedol=FIRST),
        told("MRSH", 9, sedol=FIRST),
        told("MRSH", 10, isin=make_isin("US" + ONE)),
    )
    assert intervals(identity) == [[("MMC", None, day(9)), ("MRSH", day(9), None)]]


def test_one_identifier_is_a_question() -> None:
    identity = settle(told("SQ", 1, cusip=ONE), told("XYZ", 9, cusip=ONE))
    assert intervals(identity) == [[("SQ", None, None)], [("XYZ", None, None)]]
    (conflict,) = identity.conflicts
    assert (conflict.kind, conflict.symbols) == ("rename", ("SQ", "XYZ"))
    assert "CUSIP agrees" in conflict.message


def test_one_identifier_is_enough_in_the_files_of_one_group() -> None:
    held = told("OFC", 1, name="Corporate Office Properties Trust", sedol=FIRST, group="VTI")
    renamed = told("CDP", 26, name="COPT Defense Properties", sedol=FIRST, group="VTI")
    identity = settle(held, renamed)
    assert intervals(identity) == [[("OFC", None, day(26)), ("CDP", day(26), None)]]
    assert not identity.conflicts
    # Another number that differs, or a list of tickers that holds both, leaves the question open.
    for first, second in (
        (held._replace(cusip=ONE), renamed._replace(cusip=TWO)),
        (held._replace(group="SPY"), renamed),
    ):
        listed = (told("OFC", 1, group="list"), told("CDP", 26, group="list"))
        identity = settle(first, second, *listed)
        assert len(identity.securities) == 2
        assert [conflict.kind for conflict in identity.conflicts] == ["rename"]


def test_an_identifier_with_a_wrong_check_digit_says_nothing() -> None:
    broken = ONE[:-1] + str((int(ONE[-1]) + 1) % 10)
    identity = settle(
        told("A", 1, cusip=broken, sedol="0000000"), told("B", 9, cusip=broken, sedol="0000000")
    )
    assert len(identity.securities) == 2
    assert not identity.conflicts


def test_two_symbols_at_one_time_are_two_stocks_and_a_conflict() -> None:
    months = (1, 4, 7, 10)
    identity = settle(
        told("AAA", *months, cusip=ONE, sedol=FIRST), told("BBB", *months, cusip=ONE, sedol=FIRST)
    )
    assert len(identity.securities) == 2
    assert [conflict.kind for conflict in identity.conflicts] == ["two symbols"]


def test_late_prints_of_the_old_ticker_are_the_same_stock() -> None:
    identity = settle(
        told("BK", 1, 5, cusip=ONE, sedol=FIRST),
        told("BNY", 7, 8, cusip=ONE, sedol=FIRST),
        told("BK", 7, name="a monthly list", sedol=FIRST),
    )
    assert intervals(identity) == [[("BK", None, day(7)), ("BNY", day(7), None)]]
    # On the day of the change the symbol BK means nobody: what is reported then has its own symbol.
    assert list(identity.exceptions) == [3]
    assert not identity.conflicts


def test_a_stock_may_take_its_old_ticker_back() -> None:
    same = {"cusip": ONE, "sedol": FIRST}
    identity = settle(
        told("FISV", 1, 5, **same), told("FI", 20, 30, **same), told("FISV", 40, 45, **same)
    )
    assert intervals(identity) == [
        [("FISV", None, day(20)), ("FI", day(20), day(40)), ("FISV", day(40), None)]
    ]
    assert not identity.exceptions


def test_an_alias_dates_the_change_and_frees_the_symbol() -> None:
    etf = told("FB", 60, name="ProShares S&P 500 Dynamic Buffer ETF")
    identity = settle(
        told("FB", 1, name="FACEBOOK INC CLASS A"),
        told("META", 40, name="META PLATFORMS INC CLASS A"),
        etf,
        aliases=[FB],
    )
    assert intervals(identity) == [
        [("FB", None, FB.effective), ("META", FB.effective, None)],
        [("FB", FB.effective, None)],
    ]
    assert not identity.exceptions


def test_a_list_of_tickers_means_the_stock_of_its_day() -> None:
    """One ref, twice: FB in 2020 is Meta, FB in 2025 the other instrument."""
    identity = settle(told("FB", 1, 61), told("META", 40), aliases=[FB])
    assert intervals(identity) == [
        [("FB", None, FB.effective), ("META", FB.effective, None)],
        [("FB", FB.effective, None)],
    ]
    assert not identity.exceptions


def test_an_old_ticker_just_after_its_change_is_late_and_long_after_another_stock() -> None:
    late = settle(told("FB", 30), told("META", 40), aliases=[FB])
    assert intervals(late) == [[("FB", None, FB.effective), ("META", FB.effective, None)]]
    assert list(late.exceptions) == [1]
    early = settle(
        told("META", 29, name="META PLATFORMS"),
        told("META", 40, name="META PLATFORMS"),
        aliases=[FB],
    )
    assert intervals(early) == [[("FB", None, FB.effective), ("META", FB.effective, None)]]


def test_a_symbol_that_only_an_alias_knows_is_part_of_its_stock() -> None:
    identity = settle(told("META", 40), aliases=[FB])
    assert intervals(identity) == [[("FB", None, FB.effective), ("META", FB.effective, None)]]
    assert settle(told("GE", 1), aliases=[FB]).securities == settle(told("GE", 1)).securities


def test_a_symbol_that_came_free_is_another_stock_from_then_on() -> None:
    freed = Alias("SPWR", dt.date(2021, 1, 1), None)
    identity = settle(
        told("SPWR", 1, name="SUNPOWER"), told("SPWR", 20, name="SUNPOWER INC"), aliases=[freed]
    )
    # The same name says that the ref is late. Years later, whoever has the ticker has the name too.
    assert intervals(identity) == [[("SPWR", None, freed.effective)]]
    identity = settle(
        told("SPWR", 1, name="SUNPOWER"), told("SPWR", 40, name="SUNPOWER INC"), aliases=[freed]
    )
    assert len(identity.securities) == 2
    identity = settle(
        told("SPWR", 1, name="SUNPOWER"), told("SPWR", 20, name="COMPLETE SOLARIA"), aliases=[freed]
    )
    assert len(identity.securities) == 2


def test_a_new_cusip_of_the_issuer_is_a_succession() -> None:
    identity = settle(told("ANET", 1, cusip=ONE), told("ANET", 9, cusip=TWO))
    assert intervals(identity) == [[("ANET", None, None)]]
    assert not identity.conflicts


def test_a_new_issuer_of_the_same_name_is_a_succession_too() -> None:
    identity = settle(
        told("TEL", 1, cusip=ONE, name="TE CONNECTIVITY LTD"),
        told("TEL", 9, cusip=OTHER, name="TE CONNECTIVITY PLC"),
    )
    assert len(identity.securities) == 1
    assert not identity.conflicts


def test_another_company_under_the_ticker_is_another_stock_and_is_told() -> None:
    identity = settle(
        told("SPWR", 1, cusip=ONE, name="SUNPOWER CORP"),
        told("SPWR", 20, cusip=OTHER, name="COMPLETE SOLARIA INC"),
        told("SPWR", 25, name="SUNPOWER INC"),
    )
    assert intervals(identity) == [[("SPWR", None, day(20))], [("SPWR", day(20), None)]]
    assert [conflict.kind for conflict in identity.conflicts] == ["reuse"]
    # The name says the first, the day the second: the name is a word, and it is believed.
    assert list(identity.exceptions) == [3]


def test_what_is_printed_on_one_day_is_one_stock_and_one_of_the_identifiers_wrong() -> None:
    identity = settle(
        told("GE", 1, 9, cusip=ONE, name="GE AEROSPACE"), told("GE", 9, cusip=OTHER, name="GE")
    )
    assert len(identity.securities) == 1
    (conflict,) = identity.conflicts
    assert conflict.kind == "contradiction"
    assert ONE in conflict.message
    assert OTHER in conflict.message


def test_a_listing_elsewhere_is_another_security() -> None:
    same = {"isin": make_isin("GB00B10RZP7"), "sedol": FIRST}
    identity = settle(told("ULVR.XLON", 1, **same), told("UNA.XAMS", 5, **same))
    assert len(identity.securities) == 2
    assert not identity.conflicts


def test_the_isin_of_a_company_at_home_elsewhere_is_no_cusip() -> None:
    inside = make_isin("IE" + ONE)
    identity = settle(told("LIN", 1, isin=inside), told("XXX", 9, cusip=ONE))
    assert len(identity.securities) == 2
    assert not identity.conflicts


def test_a_compact_spelling_is_the_symbol_with_the_dot() -> None:
    for identity in (
        settle(told("BRKB", 1, 5), told("BRK.B", 3), spellings={"BRKB": "BRK.B"}),
        settle(told("BRKB", 1, 5), spellings={"BRKB": "BRK.B"}),
        settle(told("BRKB", 1, 5, cusip=ONE), told("BRK.B", 1, 5, cusip=ONE)),
    ):
        assert intervals(identity) == [[("BRK.B", None, None)]]
        assert list(identity.exceptions) == [1]


def test_a_print_that_stands_no_more_is_no_evidence() -> None:
    identity = settle(
        told("MMC", 1, cusip=ONE, sedol=FIRST),
        told("MRSH", cusip=ONE, sedol=FIRST),
    )
    assert intervals(identity) == [[("MMC", None, None)], [("MRSH", None, None)]]


def test_nobody_has_a_symbol_twice_on_a_day() -> None:
    identity = settle(
        told("A", 1, cusip=ONE, sedol=FIRST, name="Alpha"),
        told("A", 20, cusip=OTHER, sedol=SECOND, name="Omega"),
        told("B", 9, cusip=ONE, sedol=FIRST, name="Alpha"),
    )
    assert intervals(identity) == [
        [("A", None, day(9)), ("B", day(9), None)],
        [("A", day(20), None)],
    ]


def test_an_early_report_under_the_new_ticker_is_known_by_the_old_name() -> None:
    """A fund reports the new ticker two days before the alias, and still the company's old name."""
    change = Alias("EXPI", day(30, 17), "AGNT", "the company")
    identity = settle(
        told("EXPI", 28, name="EXP WORLD HOLDINGS"),
        told("AGNT", 30, name="EXP WORLD HOLDINGS INC"),
        told("AGNT", 31, name="AGNT INC"),
        aliases=[change],
    )
    assert intervals(identity) == [
        [("EXPI", None, change.effective), ("AGNT", change.effective, None)]
    ]


def test_a_history_in_todays_tickers_may_have_held_the_old_one_for_another_stock() -> None:
    """Q was Qwest's in the index until years before Quintiles, which is written as IQV there."""
    change = Alias("Q", day(40, 1), "IQV", "the company")
    identity = settle(
        told("Q", *range(1, 10), group="INDEX"),
        told("ZZ", *range(1, 60), group="INDEX"),
        told("IQV", *range(36, 60), group="INDEX"),
        aliases=[change],
    )
    assert [security.label for security in identity.securities if "IQV" in security.label] == [
        "IQV"
    ]


def test_a_history_in_todays_tickers_may_have_held_another_old_one_until_years_before() -> None:
    """WellPoint of old had WLP until 2004, while the later Anthem is written as ANTM already."""
    change = Alias("WLP", day(40, 1), "ANTM", "the company")
    identity = settle(
        told("WLP", *range(1, 10), group="INDEX"),
        told("ANTM", *range(5, 60), group="INDEX"),
        aliases=[change],
    )
    assert [security.label for security in identity.securities if "ANTM" in security.label] == [
        "ANTM"
    ]


def test_a_telling_word_in_common_connects_reports_that_lie_years_apart() -> None:
    one = settle(told("PETR", 1, name="PETROBRAS"), told("PETR", 60, name="HD PETROBRAS SA PREF"))
    assert len(one.securities) == 1
    for name in ("ECHOSTAR CORP", "AMERICAN EAGLE"):
        earlier = {"ECHOSTAR CORP": "ECHO GLOBAL LOGISTICS", "AMERICAN EAGLE": "AMERICAN AIRLINES"}
        two = settle(told("EEE", 1, name=earlier[name]), told("EEE", 60, name=name))
        assert len(two.securities) == 2, name


def test_a_ticker_that_is_held_on_is_the_next_holders_from_the_day_of_the_change() -> None:
    """The old Fox gave its ticker to the new one: the index holds FOXA without a break."""
    change = Alias("FOXA", day(30, 1), "TFCFA", "the company")
    identity = settle(told("FOXA", *range(1, 60), group="INDEX"), aliases=[change])
    assert intervals(identity) == [
        [("FOXA", None, change.effective), ("TFCFA", change.effective, None)],
        [("FOXA", change.effective, None)],
    ]
    assert not identity.exceptions


def test_a_history_in_todays_tickers_may_hold_the_ticker_of_the_next_holder() -> None:
    """Under Armour's classes: UA is class C in the history, beside UAA, from before the change."""
    left = Alias("UA", day(30, 7), "UAA", "the company")
    taken = Alias("UA.C", left.effective, "UA", "the company")
    identity = settle(
        told("UAA", *range(1, 60), group="INDEX"),
        told("UA", *range(20, 60), group="INDEX"),
        aliases=[left, taken],
    )
    assert sorted(security.label for security in identity.securities) == ["UA", "UAA"]


def test_a_name_that_both_holders_of_a_ticker_have_tells_nothing_of_who_reports_it() -> None:
    change = Alias("FOXA", day(30, 1), "TFCFA", "the company")
    identity = settle(
        told("FOXA", 28, cusip=ONE, name="TWENTY-FIRST CENTY FOX INC"),
        told("FOXA", 40, cusip=OTHER, name="FOX CORP CL A"),
        told("FOXA", 50, name="FOX CORP CLASS A", group="ANOTHER"),
        aliases=[change],
    )
    assert intervals(identity) == [
        [("FOXA", None, change.effective), ("TFCFA", change.effective, None)],
        [("FOXA", change.effective, None)],
    ]


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("BB", "became BB on 2020-03-02"),
        ("AA", "is the same stock as before 2020-03-02"),
        (None, "is another stock from 2020-03-02 on"),
    ],
)
def test_an_alias_in_words(new: str | None, words: str) -> None:
    alias = Alias("AA", dt.date(2020, 3, 2), new, "a test")
    assert describe_alias(alias) == f"AA {words} (a test)"
