"""Findings of identity: each with both sources and the command that settles it; none fails."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from directory_files import make_traded
from identity.stories import make_cusip
from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.checks import Section, validate
from stockgroups.db.connection import Connection
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.identity import add_alias
from stockgroups.model import Alias, Finding, Ref
from stockgroups.store.apply import apply

ONE, TWO = dt.date(2026, 1, 5), dt.date(2026, 3, 2)
CUSIP = make_cusip("06405810")


def identity(connection: Connection, catalog: Catalog) -> Section:
    sections = validate(connection, "TEST", catalog).sections
    assert [section.numbered for section in sections] == [True] * 5 + [False]
    assert sections[-1].passed
    return sections[-1]


def say(connection: Connection, fund: str, day: dt.date, *prints: Ref) -> None:
    weights: dict[Ref, float | None] = dict.fromkeys(prints, 1 / len(prints))
    apply(connection, "TEST", [make_fund(fund, make_printed(day, weights))])


def only(section: Section) -> Finding:
    (finding,) = section.findings
    return finding


def test_one_cusip_under_two_symbols(connection: Connection, catalog: Catalog) -> None:
    say(connection, "AAA", ONE, Ref("OLDT", name="OLD THINGS", cusip=CUSIP))
    say(connection, "BBB", TWO, Ref("NEWT", name="SOMETHING NEW", cusip=CUSIP))
    finding = only(identity(connection, catalog))
    assert finding.symbol == "OLDT"
    assert finding.message == (
        f"and NEWT are printed with one CUSIP {CUSIP}:"
        " OLDT in 2026-01-05.csv of 2026-01-05, NEWT in 2026-03-02.csv of 2026-03-02"
    )
    assert finding.remedy is not None
    assert "alias add OLDT NEWT --effective 2026-03-02" in finding.remedy
    add_alias(connection, "TEST", Alias("OLDT", TWO, "NEWT", "me"), catalog)
    assert not identity(connection, catalog).findings


def test_listings_of_two_markets_are_none(connection: Connection, catalog: Catalog) -> None:
    isin = "GB00BP6MXD84"
    say(connection, "AAA", ONE, Ref("SHEL.XLON", isin=isin), Ref("SHEL.XAMS", isin=isin))
    assert not identity(connection, catalog).findings


def test_two_cusips_on_one_day(connection: Connection, catalog: Catalog) -> None:
    other = make_cusip("36960430")
    say(connection, "AAA", ONE, Ref("BK", name="BANK", cusip=CUSIP))
    say(connection, "BBB", ONE, Ref("BK", name="BANK", cusip=other))
    finding = only(identity(connection, catalog))
    assert finding.symbol == "BK"
    assert f"has two CUSIPs on {ONE}" in finding.message
    assert CUSIP in finding.message
    assert other in finding.message


def test_a_ticker_that_another_company_took_up(connection: Connection, catalog: Catalog) -> None:
    say(connection, "AAA", ONE, Ref("ZZT", name="ZEBRA THINGS", cusip=CUSIP))
    say(connection, "BBB", TWO, Ref("ZZT", name="QUARTZ WORKS", cusip=make_cusip("36960430")))
    finding = only(identity(connection, catalog))
    assert "another company's ticker since 2026-03-02" in finding.message
    assert finding.remedy is not None
    assert "alias add ZZT --reused --effective 2026-03-02" in finding.remedy
    add_alias(connection, "TEST", Alias("ZZT", TWO, None, "me"), catalog)
    assert not identity(connection, catalog).findings


@pytest.mark.parametrize(("weight", "found"), [(0.001, False), (0.004, True)])
def test_members_that_nothing_vouches_for(
    connection: Connection, catalog: Catalog, tmp_path: Path, weight: float, found: bool
) -> None:
    prints = {
        Ref("AAPL", name="APPLE"): 1 - weight,
        Ref("QQZX", name="WHO KNOWS"): weight,
        Ref("7203.XTKS", name="TOYOTA"): 0.0,
        Ref("BK", cusip=CUSIP): 0.0,
    }
    apply(connection, "TEST", [make_fund("AAA", make_printed(ONE, prints))])
    labels = [fact.label for fact in identity(connection, catalog).facts]
    assert "Members that nothing vouches for" not in labels  # no directory: nobody can tell
    path = tmp_path / "nasdaqtraded.txt"
    path.write_bytes(make_traded(["AAPL"]))
    load_directories(connection, [path])
    section = identity(connection, catalog)
    told = {fact.label: fact.value for fact in section.facts}
    assert str(told["Members that nothing vouches for"]).startswith("1 (at most 0.")
    assert [finding.group for finding in section.findings] == (["AAA"] if found else [])
