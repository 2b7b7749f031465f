"""What texts mean: symbols in any spelling, former ones, identifiers; and how sure that is."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contents import make_once
from data_sets import fund_list
from directory_files import make_traded
from identity.stories import make_cusip, make_isin, make_sedol
from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.rollback import roll_back
from stockgroups.model import Alias, Ref
from stockgroups.queries.readings import Method
from stockgroups.queries.resolutions import Confidence, Resolution
from stockgroups.queries.resolve import resolve
from stockgroups.queries.stocks import find_stock
from stockgroups.queries.timelines import find_timeline
from stockgroups.record.apply import apply
from stockgroups.store import Store

OLD, NEW = dt.date(2022, 3, 1), dt.date(2025, 3, 3)
META = make_cusip("30303M10")
FIGI = "BBG000B9XRY4"
SHELL = make_isin("GB00BP6MXD8")
OLD_SPWR, NEW_SPWR = make_cusip("86765240"), make_cusip("86765241")


@pytest.fixture
def identified(store: Store, catalog: Catalog) -> Store:
    """Two dates of one fund, with a rename, a reuse, a class and two listings."""
    make_once(store.connection, "identified", lambda: _load(store, catalog))
    return store


def _load(store: Store, catalog: Catalog) -> None:
    old = {
        Ref("FB", name="FACEBOOK INC", cusip=META): 0.4,
        Ref("BRK.B", ticker="BRKB", name="BERKSHIRE HATHAWAY CLASS B"): 0.3,
        Ref("SPWR", name="SUNPOWER CORP", cusip=OLD_SPWR): 0.3,
    }
    new = {
        Ref("META", name="META PLATFORMS INC", cusip=META): 0.3,
        Ref("AAPL", name="APPLE INC", sedol=make_sedol("204625"), figi=FIGI): 0.2,
        Ref("BRK.B", ticker="BRKB", name="BERKSHIRE HATHAWAY CLASS B"): 0.2,
        Ref("SHEL.XLON", name="SHELL PLC", isin=SHELL): 0.1,
        Ref("SHEL.XAMS", name="SHELL PLC", isin=SHELL): 0.1,
        Ref("7203.XTKS", name="TOYOTA MOTOR CORP"): 0.1,
    }
    fund = make_fund("FUND", make_printed(OLD, old), make_printed(NEW, new))
    apply(store, [fund], aliases=catalog.aliases)


def one(store: Store, text: str, as_of: dt.date | None = None) -> Resolution:
    (found,) = resolve(store, [text], as_of)
    assert found.text == text
    return found


@pytest.mark.parametrize(
    ("text", "symbol", "method", "confidence"),
    [
        ("AAPL", "AAPL", Method.EXACT, Confidence.HIGH),
        (" aapl", "AAPL", Method.SPELLING, Confidence.HIGH),
        ("brk/b", "BRK.B", Method.SPELLING, Confidence.HIGH),
        ("BRK-B", "BRK.B", Method.SPELLING, Confidence.HIGH),
        ("BRKB", "BRK.B", Method.CLASS_TABLE, Confidence.MEDIUM),
        ("7203.T", "7203.XTKS", Method.SPELLING, Confidence.HIGH),
        ("SHEL.L", "SHEL.XLON", Method.SPELLING, Confidence.HIGH),
        (META, "META", Method.CUSIP, Confidence.HIGH),
        (make_isin(f"US{META}"), "META", Method.ISIN, Confidence.HIGH),
        (make_sedol("204625"), "AAPL", Method.SEDOL, Confidence.HIGH),
        (FIGI.lower(), "AAPL", Method.FIGI, Confidence.HIGH),
        ("FB", "META", Method.FORMER, Confidence.MEDIUM),
        # Nobody holds or lists them: that they are spelt as symbols is no answer.
        ("ABB", None, Method.NONE, Confidence.NONE),
        ("GOOGL", None, Method.NONE, Confidence.NONE),
        (f"{META[:3]} {META[3:]}", "META", Method.CUSIP, Confidence.HIGH),
        (f"CUSIP: {META.lower()}", "META", Method.CUSIP, Confidence.HIGH),
        (META[:8], "META", Method.CUSIP, Confidence.MEDIUM),
        (
            f"US {META[:6]} {META[6:]}{make_isin(f'US{META}')[-1]}",
            "META",
            Method.ISIN,
            Confidence.HIGH,
        ),
        # A true check digit, and nobody prints it.
        (make_cusip("00000010"), None, Method.CUSIP, Confidence.NONE),
        ("no such thing!", None, Method.NONE, Confidence.NONE),
    ],
)
def test_a_text_is_found_by_what_it_is(
    identified: Store,
    text: str,
    symbol: str | None,
    method: Method,
    confidence: Confidence,
) -> None:
    found = one(identified, text)
    assert (found.current_symbol, found.method, found.confidence) == (symbol, method, confidence)
    assert found.symbol == symbol
    assert found.candidates == ()
    assert (found.why is None) == (symbol is not None)


def test_zeros_that_a_spreadsheet_dropped_are_found_again(store: Store) -> None:
    cusip, sedol = make_cusip("03783310"), make_sedol("054052")
    printed = {
        Ref("AAPL", name="APPLE INC", cusip=cusip): 0.5,
        Ref("HSBA.XLON", name="HSBC HOLDINGS PLC", sedol=sedol): 0.5,
    }
    apply(store, [make_fund("FUND", make_printed(NEW, printed))])
    for text, symbol in ((cusip, "AAPL"), (sedol, "HSBA.XLON")):
        for spelt in (text, text.lstrip("0"), text[:-1] if symbol == "AAPL" else text):
            assert one(store, spelt).current_symbol == symbol, spelt


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("US0378331004", "the check digit of the ISIN US0378331004 is wrong: it should be 5"),
        ("037833101", "the check digit of the CUSIP 037833101 is wrong: it should be 0"),
        ("2046252", "the check digit of the SEDOL 2046252 is wrong: it should be 1"),
        ("BBG000B9XRY5", "the check digit of the FIGI BBG000B9XRY5 is wrong: it should be 4"),
        ("US037833100", "a CUSIP has 9 characters, a SEDOL 7, an ISIN or FIGI 12"),
        ("US0378331005", "no source in environment TEST holds it"),
        ("ZZZZ", "no source in environment TEST holds it, and no symbol directory lists it"),
        ("no such thing!", "not a symbol in any spelling"),
    ],
)
def test_a_text_without_an_answer_has_the_reason(identified: Store, text: str, why: str) -> None:
    found = one(identified, text)
    assert (found.symbol, found.confidence) == (None, Confidence.NONE)
    assert why in str(found.why)


def test_in_an_empty_environment_the_reason_is_where_the_data_is(
    identified: Store, catalog: Catalog
) -> None:
    (found,) = resolve(Store(identified.connection, "UAT", catalog=catalog), ["META"])
    assert "the data is in environment TEST: set ENVIRONMENT" in str(found.why)


def test_as_of_a_day_the_symbol_is_that_of_the_day(identified: Store) -> None:
    today = one(identified, "META")
    for text, method in (("FB", Method.EXACT), (META, Method.CUSIP)):
        found = one(identified, text, OLD)
        assert (found.symbol, found.current_symbol, found.method) == ("FB", "META", method)
        assert found.security_id == today.security_id
    # META was nobody's whom a source holds: the stock that took it later is told as that.
    found = one(identified, "META", OLD)
    assert (found.symbol, found.method, found.confidence) == ("FB", Method.LATER, Confidence.LOW)


def test_a_reused_ticker_is_told_with_both_stocks(identified: Store, catalog: Catalog) -> None:
    new = {Ref("SPWR", name="COMPLETE SOLARIA INC", cusip=NEW_SPWR): 1.0}
    other = make_fund("OTHER", make_printed(dt.date(2025, 9, 1), new))
    apply(identified, [other], aliases=catalog.aliases)
    old = one(identified, OLD_SPWR)
    now = one(identified, "SPWR")
    assert now.security_id not in (None, old.security_id)
    assert now.confidence is Confidence.HIGH
    assert [(c.security_id, c.method) for c in now.candidates] == [
        (now.security_id, Method.EXACT),
        (old.security_id, Method.FORMER),
    ]
    assert one(identified, "SPWR", OLD).security_id == old.security_id


def test_of_two_former_owners_the_one_shown_under_the_symbol_is_meant(store: Store) -> None:
    """Nobody has TWX any more; its last owner is shown under it, the one before under a label."""
    aliases = [Alias("TWX", dt.date(year, 1, 2), None, "a test") for year in (2005, 2018)]
    apply(store, [], aliases=aliases)
    for fund, year, cusip in (("OLD", 2000, "887315109"), ("LATER", 2010, "887317303")):
        ref = Ref("TWX", name=f"{fund} WARNER", cusip=cusip)
        apply(store, [make_fund(fund, make_printed(dt.date(year, 6, 1), {ref: 1.0}))])
    former, last = "TWX-200006", "TWX"
    for on in (None, dt.date(2020, 1, 1)):
        found = resolve(store, ["twx", former], on)
        assert [one.current_symbol for one in found] == [last, former]
        assert {one.current_symbol for one in found[0].candidates} == {former, last}
        assert (found[0].method, found[0].confidence) == (Method.FORMER, Confidence.MEDIUM)


def test_a_report_that_was_corrected_or_taken_back_names_no_other_stock(
    identified: Store, catalog: Catalog
) -> None:
    typed = {Ref("APPL", name="APPLE INC", cusip=OLD_SPWR, sedol=make_sedol("204625")): 1.0}
    right = {Ref("AAPL", name="APPLE INC", cusip=OLD_SPWR, sedol=make_sedol("204625")): 1.0}
    day = dt.date(2025, 9, 1)
    apply(identified, [make_fund("OTHER", make_printed(day, typed))], aliases=catalog.aliases)
    assert one(identified, "APPL").confidence is Confidence.HIGH
    done = apply(
        identified, [make_fund("OTHER", make_printed(day, right))], aliases=catalog.aliases
    )
    found = one(identified, make_sedol("204625"))
    assert (found.symbol, found.confidence, found.why) == ("AAPL", Confidence.HIGH, None)
    found = one(identified, "APPL")
    assert (found.confidence, found.why) == (
        Confidence.LOW,
        "only reports that were corrected or reverted have the stock",
    )
    assert done.load_id is not None
    roll_back(identified, done.load_id)
    assert one(identified, "APPL").confidence is Confidence.HIGH


def test_an_identifier_of_a_load_that_was_taken_back_is_nobodys(
    identified: Store, catalog: Catalog
) -> None:
    new = {Ref("SPWR", name="COMPLETE SOLARIA INC", cusip=NEW_SPWR): 1.0}
    fund = make_fund("OTHER", make_printed(dt.date(2025, 9, 1), new))
    done = apply(identified, [fund], aliases=catalog.aliases)
    assert one(identified, NEW_SPWR).confidence is Confidence.HIGH
    assert done.load_id is not None
    roll_back(identified, done.load_id)
    assert one(identified, NEW_SPWR).confidence is Confidence.NONE


def test_an_isin_of_two_listings_is_at_home_in_its_country(identified: Store) -> None:
    found = one(identified, SHELL)
    assert (found.symbol, found.confidence) == ("SHEL.XLON", Confidence.MEDIUM)
    assert [c.symbol for c in found.candidates] == ["SHEL.XAMS", "SHEL.XLON"]


def test_directories_stand_before_the_table_of_classes(identified: Store, tmp_path: Path) -> None:
    path = tmp_path / "nasdaqtraded.txt"
    path.write_bytes(make_traded(["BRK.B", "MOG.A", "ABB", "GOOGL", "FB", "PRE.A", "PREA"]))
    load_directories(identified.connection, [path])
    found = one(identified, "BRKB")
    assert (found.symbol, found.method) == ("BRK.B", Method.DIRECTORY)
    assert found.confidence is Confidence.HIGH
    found = one(identified, "MOGA")
    assert (found.symbol, found.security_id, found.method) == ("MOG.A", None, Method.DIRECTORY)
    # What is listed as it stands is never split.
    for text in ("ABB", "GOOGL", "PREA"):
        found = one(identified, text)
        assert (found.symbol, found.confidence) == (text, Confidence.HIGH)
    # Today's FB is another instrument: the stock of old is no more than a possibility.
    found = one(identified, "FB")
    assert (found.symbol, found.confidence) == ("META", Confidence.LOW)
    assert [c.current_symbol for c in found.candidates] == ["META", "FB"]


def test_many_texts_take_a_handful_of_statements(
    identified: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements = []
    execute = psycopg.Connection.execute

    def count(self: Connection, *args: Any, **kwargs: Any) -> Any:
        statements.append(args)
        return execute(self, *args, **kwargs)

    monkeypatch.setattr(psycopg.Connection, "execute", count)
    texts = [f"{a}{b}{c}" for a in "ABCDE" for b in "ABCDE" for c in "ABCDE"] * 20
    texts += ["AAPL", "FB", META, SHELL, "brk.b", "BRKB"]
    found = resolve(identified, texts, OLD)
    assert [one.text for one in found] == texts
    assert len(statements) < 13


def test_numbers_and_names_of_the_secs_lists(identified: Store, tmp_path: Path) -> None:
    companies = {
        "0": {"cik_str": 320193, "ticker": "AAPL", "title": "Apple Inc."},
        "1": {"cik_str": 1326801, "ticker": "META", "title": "Meta Platforms, Inc."},
        "2": {"cik_str": 1652044, "ticker": "GOOGL", "title": "Alphabet Inc."},
        "3": {"cik_str": 1652044, "ticker": "GOOG", "title": "Alphabet Inc."},
    }
    (tmp_path / "company_tickers_2026-07-02.json").write_text(json.dumps(companies))
    (tmp_path / "company_tickers_mf_2026-07-02.json").write_bytes(
        fund_list(
            (1234, "S000002848", "C000007808", "VTI"),
            (1234, "S000002849", "C000007809", "BND"),
            (1234, "S000002849", "C000007810", "VBTLX"),
            (1234, "S000002850", "C000007811", "VFIAX"),
            (1234, "S000002850", "C000007812", "VFINX"),
        )
    )
    assert not load_directories(identified.connection, sorted(tmp_path.iterdir())).refused
    for text, method in [
        ("CIK 320193", Method.CIK),
        ("0000320193", Method.CIK),
        ("Apple Inc", Method.NAME),
        ("apple", Method.NAME),
    ]:
        found = one(identified, text)
        assert (found.symbol, found.method) == ("AAPL", method), text
        assert found.confidence is Confidence.MEDIUM
        assert "Apple Inc. in the SEC's lists" in (found.why or "")
    for text in ("CIK0000320193", "cik: 320193", "0000320193"):
        assert find_stock(identified, text).symbol == "AAPL"
        assert find_timeline(identified, text, None).symbol == "AAPL"
    assert one(identified, "meta platforms", OLD).symbol == "FB"  # the symbol of the day
    several = one(identified, "Alphabet")
    assert several.symbol is None
    assert {candidate.symbol for candidate in several.candidates} == {"GOOG", "GOOGL"}
    assert one(identified, "S000002848").symbol == "VTI"
    classes = one(identified, "S000002849")
    assert (classes.symbol, classes.confidence) == ("BND", Confidence.MEDIUM)
    assert {candidate.symbol for candidate in classes.candidates} == {"BND", "VBTLX"}
    assert classes.why == (
        "S000002849 is BND, VBTLX in the SEC's lists; BND is the class that is an ETF"
    )
    funds = one(identified, "S000002850")
    assert funds.symbol is None
    assert (funds.why or "").startswith(
        "S000002850 is VFIAX, VFINX in the SEC's lists; it may be VFIAX or VFINX"
    )
    assert one(identified, "C000007808").symbol == "VTI"
    for text, why in (
        ("CIK 5", "load its company_tickers.json with"),
        ("S000000009", "load its company_tickers_mf.json with"),
        ("Nobody Corp", "nor a name in the SEC's lists"),
    ):
        found = one(identified, text)
        assert found.confidence is Confidence.NONE
        assert why in (found.why or "")
