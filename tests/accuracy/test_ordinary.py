"""The audit of ordinary stocks: one ticker on two days, compared with registers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

from audit import identity, ordinary
from audit.claims import NO, YES, Claim, Judged, Kind, judge
from audit.evidence import read_evidence
from audit.ordinary import OrdinaryWitnesses
from audit.stocks import Seen, read_vanguard

from holdings_files import write_ishares
from stockgroups import Database
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target
from stockgroups.model import Alias, Tenure
from stockgroups.settings import read_settings
from stockgroups.store import Store

EARLIER, LATER = dt.date(2020, 1, 15), dt.date(2023, 1, 15)


def ask(answer: str, *entries: Seen) -> Judged:
    claim = Claim(
        Kind.ORDINARY, "sp500 and IVV", "AAA", LATER, answer, "", frozenset({"AAA"}), EARLIER
    )
    return judge(claim, [OrdinaryWitnesses({"a register": {"AAA": list(entries)}}).ask])


def test_one_identifier_near_both_days_makes_one_stock() -> None:
    before = Seen(dt.date(2020, 3, 1), "111111111", "AAA INC", "first")
    after = replace_day(before, dt.date(2022, 12, 20))
    assert ask(YES, before, after).is_right
    assert ask(NO, before, after).is_missed
    assert not ask(YES, before, replace_day(after, dt.date(2022, 3, 1))).is_witnessed
    assert not ask(YES, before).is_witnessed


def test_other_identifiers_make_two_stocks_under_unlike_names_alone() -> None:
    before = Seen(dt.date(2020, 3, 1), "111111111", "AAA INC", "first")
    moved = Seen(dt.date(2022, 12, 20), "222222222", "AAA PLC", "second")
    assert not ask(YES, before, moved).is_witnessed
    taken = moved._replace(name="OTHER THINGS CORP")
    assert ask(NO, before, taken).is_right
    assert ask(YES, before, taken).is_missed
    assert not ask(NO, before, taken._replace(code="111111222")).is_witnessed


def replace_day(seen: Seen, day: dt.date) -> Seen:
    return seen._replace(day=day, place="second")


def test_a_claim_is_made_of_a_universe_and_a_fund_a_year_apart(
    connection: Connection, target: Target, catalog: Catalog, store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "pit/sp500_ticker_start_end.csv"
    path.parent.mkdir()
    rows = "AAPL,1996-01-02,\nMSFT,1996-01-02,\nGE,1996-01-02,2017-01-03\n"
    path.write_text(f"ticker,start_date,end_date\n{rows}", encoding="utf-8")
    settings = replace(read_settings(), environment=store.environment, index_proxies=False)
    db = Database.on(connection, settings, target, catalog)
    db.load_history(path, "sp500")
    (tmp_path / "files").mkdir()
    values = {"AAPL": 60.0, "GE": 40.0}
    write_ishares(tmp_path / "files/IVV.csv", "iShares Core S&P 500 ETF", LATER, values)
    db.load(tmp_path / "files", proxies=False)
    found = list(ordinary.collect(db, read_evidence(tmp_path), 1))
    (claim,) = found  # MSFT is in no fund, and GE was in no universe since
    assert (claim.subject, claim.answer) == ("AAPL", YES)
    assert claim.earlier is not None
    assert claim.day - claim.earlier >= ordinary.APART
    assert claim.earlier >= ordinary.SINCE
    assert claim.tell().startswith(f"AAPL of {claim.earlier} and of {claim.day}: one stock")
    assert list(ordinary.collect(db, read_evidence(tmp_path), 1)) == found


def test_vanguard_s_files_are_a_register_of_sedols(tmp_path: Path) -> None:
    path = tmp_path / "vanguard/VOO_2025-09-30_Holdings_details.csv"
    path.parent.mkdir()
    path.write_text(
        ",SEDOL,HOLDINGS,TICKER\n,2046251,Apple Inc,AAPL\n,---,Cash,CASH\n", encoding="utf-8"
    )
    book = read_vanguard(tmp_path)
    assert book["AAPL"] == [
        Seen(dt.date(2025, 9, 30), "2046251", "Apple Inc", f"{path.name} line 2")
    ]
    assert not book["CASH"]


def test_a_ticker_that_was_taken_between_two_reports_is_known_by_hand(tmp_path: Path) -> None:
    event = identity.Event("HLT", "HLT", dt.date(2013, 12, 12), False, "reuse", "a prospectus")
    evidence = read_evidence(tmp_path)
    claim = Claim(
        Kind.IDENTITY,
        "ticker of two stocks",
        "HLT → HLT",
        dt.date(2017, 6, 19),
        NO,
        "",
        frozenset({"HLT"}),
        dt.date(2007, 10, 24),
    )

    def judged(
        claim: Claim,
        event: identity.Event = event,
        alias: Alias | None = None,
        tenure: Tenure | None = None,
    ) -> Judged:
        tenures = {"HLT": [tenure]} if tenure else {}
        return judge(
            claim, identity.witnesses(evidence, [event], [alias] if alias else [], tenures)
        )

    assert judged(claim).is_right
    assert judged(replace(claim, answer=YES)).is_missed
    assert not judged(replace(claim, earlier=dt.date(2014, 1, 2))).is_witnessed
    # What a register has between the two reports may be of the second one already.
    folder = tmp_path / "sec/ftd"
    folder.mkdir(parents=True)
    for day in ("20190104", "20221220"):
        row = f"{day}|43300A203|HLT|5|HILTON|1\n"
        (folder / f"cnsfails{day}.txt").write_text(row, encoding="latin-1")
    late = replace(claim, day=dt.date(2020, 6, 19))
    evidence = read_evidence(tmp_path)
    assert judged(late).is_right
    assert judged(replace(late, earlier=dt.date(2019, 6, 19))).is_missed
    # That a stock went on over one day says nothing of the others, but of a history's later ticker.
    split = event._replace(joins=True, kind="reverse split")
    assert not judged(claim, split).is_witnessed
    assert judged(claim, split._replace(kind=identity.LATER)).is_missed
    # What the catalogue says too is the same fact.
    freed = Alias("HLT", dt.date(2013, 12, 12), None, "the exchange")
    assert not judged(claim, alias=freed).is_witnessed
    held = Tenure("HLT", dt.date(2000, 1, 1), dt.date(2020, 1, 1), "Hilton")
    assert not judged(claim, tenure=held).is_witnessed
