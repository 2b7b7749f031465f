"""What the SEC's registrants and the dated registers say of who had a ticker."""

from __future__ import annotations

from identity.stories import day, intervals, settle, told
from stockgroups.identity.evidence import Handover


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
