"""Findings of identity have both sources and the command that settles them; none fails."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from directory_files import make_traded
from identity.stories import make_cusip, make_isin, make_sedol
from samples import make_fund, make_printed
from stockgroups.checks import Section, validate
from stockgroups.checks.unnamed import read_unnamed
from stockgroups.db.connection import Connection
from stockgroups.findings import Finding, Severity
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.identity import add_alias
from stockgroups.model import Alias, Ref
from stockgroups.record.apply import apply
from stockgroups.store import Store

ONE, TWO = dt.date(2026, 1, 5), dt.date(2026, 3, 2)
CUSIP = make_cusip("06405810")


def identity(store: Store) -> Section:
    (section,) = (one for one in validate(store).sections if one.name == "identity")
    assert not section.numbered
    assert section.passed
    return section


def say(store: Store, fund: str, day: dt.date, *refs: Ref) -> None:
    weights: dict[Ref, float | None] = dict.fromkeys(refs, 1 / len(refs))
    apply(store, [make_fund(fund, make_printed(day, weights))])


def only(section: Section) -> Finding:
    (finding,) = section.findings
    return finding


def test_one_cusip_under_two_symbols(store: Store) -> None:
    say(store, "AAA", ONE, Ref("OLDT", name="OLD THINGS", cusip=CUSIP))
    say(store, "BBB", TWO, Ref("NEWT", name="SOMETHING NEW", cusip=CUSIP))
    finding = only(identity(store))
    assert finding.symbol == "OLDT"
    assert finding.message == (
        f"and NEWT are reported with the same CUSIP {CUSIP}:"
        " OLDT in 2026-01-05.csv of 2026-01-05, NEWT in 2026-03-02.csv of 2026-03-02"
    )
    assert finding.remedy is not None
    assert "alias add OLDT NEWT --effective 2026-03-02" in finding.remedy
    add_alias(store, Alias("OLDT", TWO, "NEWT", "me"))
    assert only(identity(store)).severity is Severity.NOTE  # that they are one now


def test_listings_of_two_markets_are_none(store: Store) -> None:
    isin = "GB00BP6MXD84"
    say(store, "AAA", ONE, Ref("SHEL.XLON", isin=isin), Ref("SHEL.XAMS", isin=isin))
    assert not identity(store).findings


def test_stocks_without_a_ticker(store: Store) -> None:
    """Each with what would settle it: a source with both, or what tells listings apart."""
    lost, linde, shell = "US0378331005", "IE000S9YS762", "GB00BP6MXD84"
    mine, other = make_sedol("204625"), make_sedol("BP6MXT")
    say(
        store,
        "AAA",
        ONE,
        Ref(lost, name="LOST INC", isin=lost),
        Ref(linde, name="LINDE PLC", isin=linde),
        Ref(shell, name="SHELL PLC", isin=shell, sedol=mine),
    )
    say(store, "CCC", ONE, Ref(shell, name="SHELL PLC", isin=shell, sedol=other))
    say(store, "BBB", ONE, Ref("LIN", isin=linde), Ref("LIN.XETR", isin=linde))
    section = identity(store)
    assert section.figures["stocks_without_a_ticker"] == 3
    found = {finding.symbol or finding.group: finding for finding in section.findings}
    assert found.keys() == {linde, "AAA", "CCC"}
    assert found[linde].message == (
        "has no ticker: it shares an identifier with LIN and LIN.XETR,"
        " and no source shows which of them it is"
    )
    assert found["AAA"].message == (
        "holds 2 stocks (66.67%) for which no source gives a ticker: GB00BP6MXD84, US0378331005"
    )
    assert "load-directory" in (found["AAA"].remedy or "")
    say(store, "DDD", ONE, Ref("SHELL.XAMS", isin=shell, sedol=make_sedol("B03MLX")))
    (finding,) = (f for f in identity(store).findings if f.symbol == shell)
    assert finding.message.endswith(
        "SHELL.XAMS, and another identifier or the name contradicts this"
    )
    say(store, "DDD", TWO, Ref("AAPL", isin=lost), Ref("LIN", isin=linde, cusip=CUSIP))
    assert "AAA" not in {finding.group for finding in identity(store).findings}


def test_stocks_without_a_ticker_are_read_once_however_many_funds_hold_them(store: Store) -> None:
    isins = sorted(make_isin(f"GB000000{n:03}") for n in range(12))
    funds = ("AAA", "BBB", "CCC")
    for fund in funds:
        say(store, fund, ONE, *(Ref(isin, isin=isin) for isin in isins))
    assert read_unnamed(store) == isins
    message = "holds 12 stocks (100.00%) for which no source gives a ticker: "
    message += f"{', '.join(isins[:10])}, …"
    found = [(finding.group, finding.message) for finding in identity(store).findings]
    assert found == [(fund, message) for fund in funds]


def test_two_cusips_on_one_day(store: Store) -> None:
    other = make_cusip("36960430")
    say(store, "AAA", ONE, Ref("BK", name="BANK", cusip=CUSIP))
    say(store, "BBB", ONE, Ref("BK", name="BANK", cusip=other))
    finding = only(identity(store))
    assert finding.symbol == "BK"
    assert f"has two CUSIPs on {ONE}" in finding.message
    assert CUSIP in finding.message
    assert other in finding.message


def test_a_ticker_that_another_company_took_up(store: Store) -> None:
    say(store, "AAA", ONE, Ref("ZZT", name="ZEBRA THINGS", cusip=CUSIP))
    say(store, "BBB", TWO, Ref("ZZT", name="QUARTZ WORKS", cusip=make_cusip("36960430")))
    finding = only(identity(store))
    assert "treated as another stock from 2026-03-02 on" in finding.message
    assert finding.remedy is not None
    assert "alias add ZZT --reused --effective 2026-03-02" in finding.remedy
    add_alias(store, Alias("ZZT", TWO, None, "me"))
    assert not identity(store).findings


@pytest.mark.parametrize(("weight", "found"), [(0.001, False), (0.004, True)])
def test_members_that_nothing_vouches_for(
    connection: Connection, store: Store, tmp_path: Path, weight: float, found: bool
) -> None:
    refs = {
        Ref("AAPL", name="APPLE"): 1 - weight,
        Ref("QQZX", name="WHO KNOWS"): weight,
        Ref("7203.XTKS", name="TOYOTA"): 0.0,
        Ref("BK", cusip=CUSIP): 0.0,
    }
    apply(store, [make_fund("AAA", make_printed(ONE, refs))])
    labels = [fact.label for fact in identity(store).facts]
    assert "Members that nothing confirms" not in labels  # no directory: nobody can tell
    path = tmp_path / "nasdaqtraded.txt"
    path.write_bytes(make_traded(["AAPL"]))
    load_directories(connection, [path])
    section = identity(store)
    told = {fact.label: fact.value for fact in section.facts}
    assert str(told["Members that nothing confirms"]).startswith("1 (at most 0.")
    assert [finding.group for finding in section.findings] == (["AAA"] if found else [])
