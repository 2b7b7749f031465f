"""What the SEC's registrants and the dated registers say of who had a ticker."""

from __future__ import annotations

import dataclasses

import pytest

from identity.stories import Told, day, gather, intervals, make_cusip, settle, told
from stockgroups.identity.evidence import Handover, Succession
from stockgroups.identity.identify import identify

ONE, OTHER = make_cusip("09061G10"), make_cusip("69376K10")


def test_a_registrant_that_changed_its_one_line_is_a_rename() -> None:
    identity = settle(told("BK", 1), told("BNY", 9), registrants=[("BK", "BNY")])
    assert intervals(identity) == [[("BK", None, day(9)), ("BNY", day(9), None)]]
    # The other way round the register says nothing, nor of two that stand side by side.
    identity = settle(told("BNY", 1), told("BK", 9), registrants=[("BK", "BNY")])
    assert len(identity.securities) == 2
    assert not identity.conflicts
    months = (1, 4, 7, 10)
    identity = settle(told("BK", *months), told("BNY", *months[1:]), registrants=[("BK", "BNY")])
    assert [conflict.kind for conflict in identity.conflicts] == ["two symbols"]


def test_another_registrant_under_a_ticker_parts_names_that_are_unlike() -> None:
    """Avidity left RNA to its spin-off Atrium, and a fund's next file has it at the same place."""
    reported = told("RNA", 20, name="Avidity Biosciences"), told("RNA", 30, name="Atrium")
    fund = [report._replace(group="FUND") for report in reported]
    handovers = {"RNA": [Handover(day(10), day(40))]}
    assert len(settle(*fund).securities) == 1
    assert len(settle(*fund, handovers=handovers).securities) == 2
    renamed = fund[0], fund[1]._replace(name="Avidity Holdings")
    assert len(settle(*renamed, handovers=handovers).securities) == 1


def test_a_register_is_no_word_on_who_had_the_ticker_years_before() -> None:
    """ALTS was a fund until 2020; the company that had it in 2024 became AIFC."""
    identity = settle(
        told("ALTS", 1, name="PROSHARES", group="FUND"),
        told("ZZ", 1, 2, group="FUND"),
        told("AIFC", 60, name="AI FINANCIAL"),
        registrants=[("ALTS", "AIFC")],
        registered=(day(40), day(59)),
    )
    assert intervals(identity)[:2] == [[("AIFC", None, None)], [("ALTS", None, None)]]


def test_a_register_is_no_word_on_who_had_the_new_ticker_before() -> None:
    """Barrick left GOLD for B, which Barnes had had until shortly before."""
    reported = (
        told("GOLD", 20, name="Barrick Gold"),
        told("B", 28, name="Barnes Group", group="FUND"),
        told("ZZ", 28, 34, group="FUND"),
    )
    for handovers, count in (({}, 2), ({"B": [Handover(day(26), day(40))]}, 3)):
        identity = settle(
            *reported,
            registrants=[("GOLD", "B")],
            registered=(day(25), day(40)),
            handovers=handovers,
        )
        assert len(identity.securities) == count


def test_the_name_on_a_list_tells_whose_the_ticker_was_between_two_files_of_a_fund() -> None:
    """RPT was RPT Realty in one file; a year before the next one Great Ajax took it, renamed."""
    before = day(20), day(32)
    for fund in ("FUND", None):  # also where the earlier owner stands in no snapshot with AJX
        reported = (
            told("RPT", 20, name="RPT Realty")._replace(group=fund and "FUND"),
            told("AJX", 20, name="Great Ajax")._replace(group="FUND"),
            told("RPT", 45, name="Rithm Property Trust")._replace(group="FUND"),
        )
        renamed = Succession("AJX", "RPT", *before, "Great Ajax Corp", "Rithm Property Trust")
        evidence = dataclasses.replace(gather(reported), successions=frozenset({renamed}))
        assert intervals(identify(evidence)) == [
            [("AJX", None, day(45)), ("RPT", day(45), None)],
            [("RPT", None, day(45))],
        ]


@pytest.mark.parametrize(
    ("listed", "count"),
    [
        pytest.param([], 2, id="no register"),
        pytest.param([(ONE, 9, 48)], 1, id="all the time"),
        pytest.param([(ONE, 9, 10), (ONE, 47, 48)], 1, id="before the break and at its end"),
        pytest.param([(ONE, 14, 14), (ONE, 47, 48)], 1, id="in the break alone"),
        pytest.param([(ONE, 9, 10), (ONE, 30, 31)], 2, id="too long before the later report"),
        pytest.param([(ONE, 16, 17), (ONE, 47, 48)], 2, id="too long after a list without names"),
        pytest.param([(ONE, 9, 10), (OTHER, 47, 48)], 2, id="another CUSIP"),
    ],
)
def test_a_dated_register_bridges_a_break_of_reports(
    listed: list[tuple[str, int, int]], count: int
) -> None:
    """BioMarin left an index whose history has tickers alone; years later a fund reports it."""
    names = {ONE: "BIOMARIN PHARMACEUTICAL INC", OTHER: "P10 INC"}
    entries = [told("BMRN", first, last, cusip=c, name=names[c]) for c, first, last in listed]
    reported = told("BMRN", 1, 12, group="INDEX"), told("BMRN", 50, name="BioMarin Pharmaceutical")
    for stories in (entries, entries[::-1]):
        assert count_beside_another(*reported, listed=stories) == count


def count_beside_another(*refs: Told, listed: list[Told]) -> int:
    """The number of stocks of the refs; the index goes on without them."""
    going_on = told("ZZ", 1, 12, 13, 60, group="INDEX")
    return len(settle(*refs, going_on, listed=listed).securities) - 1


@pytest.mark.parametrize(
    ("last", "name", "count"),
    [
        (36, "New York Mortgage Trust", 1),
        (36, "ProShares Alternatives", 1),
        (62, "ProShares Alternatives", 2),  # another fund has the ticker on the day of the list
    ],
)
def test_a_register_of_old_takes_no_rename_from_a_report(last: int, name: str, count: int) -> None:
    """NYMT is in a fund shortly after the list that has it; the register's last row is older."""
    listed = [told("NYMT", 1, last, name=name, cusip=ONE)]
    reported = (
        told("NYMT", 65, name="NEW YORK MORTGAGE TRUST REIT"),
        told("ADAM", 73, name="Adamas"),
    )
    evidence = gather(reported, listed=listed)
    for old_name, expected in (("New York Mortgage Trust Inc", count), ("Somebody Else", 2)):
        renamed = Succession("NYMT", "ADAM", day(60), day(80), old_name, "Adamas Trust")
        identity = identify(dataclasses.replace(evidence, successions=frozenset({renamed})))
        assert len(identity.securities) == expected
