"""The audit: its samples, its counts, and that it counts a false answer as a miss."""

from __future__ import annotations

import datetime as dt
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from audit import as_of, explanations, identity, memberships, own_list, sectors, weights
from audit.claims import NO, YES, Claim, Judged, Kind, Verdict, Witness, judge, squash
from audit.columns import read_file
from audit.evidence import read_evidence
from audit.explanations import Explanation, Fault, read_explanations
from audit.registers import DatedLists, Listed, read_stays, read_yearly
from audit.report import misses, sample_table, table, unexplained, write_page
from audit.run import Result, draw
from audit.sample import in_order
from audit.stocks import read_fails, same_name
from audit.tally import tally, wilson

from holdings_files import write_ishares
from stockgroups import Database, UsageError
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection, Target
from stockgroups.model import Alias
from stockgroups.settings import read_settings
from stockgroups.store import Store

DAY = dt.date(2025, 7, 1)
FILES = (
    "pit/sp500_ticker_start_end.csv",
    "index_lists/index-constitution/history_sp500.csv",
)


@pytest.fixture
def opened(connection: Connection, target: Target, catalog: Catalog, store: Store) -> Database:
    settings = replace(read_settings(), environment=store.environment, index_proxies=False)
    return Database.on(connection, settings, target, catalog)


def make_claim(stock: str, answer: str = YES, stratum: str = "one", group: str = "IVV") -> Claim:
    return Claim(Kind.MEMBERSHIP, group, stock, DAY, answer, stratum, frozenset({squash(stock)}))


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_order_is_the_seed_s_alone() -> None:
    claims = [make_claim(f"S{at}", stratum=f"file {at % 7}") for at in range(200)]
    drawn = in_order(claims, 3)
    shuffled = random.Random(0).sample(claims, len(claims))
    assert in_order(shuffled, 3) == drawn
    assert in_order(claims, 4) != drawn
    assert len({claim.stratum for claim in drawn[:7]}) == 7
    assert len(in_order([*claims, *claims], 3)) == len(claims)


def test_the_interval_is_that_of_wilson() -> None:
    assert [round(edge, 4) for edge in wilson(9, 10)] == [0.5958, 0.9821]
    assert [round(edge, 4) for edge in wilson(500, 500)] == [0.9924, 1.0]
    assert wilson(0, 0) == (0.0, 1.0)


def test_one_witness_that_says_otherwise_makes_a_miss() -> None:
    says = {"one": True, "two": True}

    def ask(source: str) -> Witness:
        return lambda _: [Verdict(source, says[source], "as it says")]

    witnesses = [ask("one"), ask("two"), ask("one"), lambda _: []]
    right = judge(make_claim("AAPL"), witnesses)
    assert (right.is_right, right.is_missed, right.witnesses) == (True, False, 2)
    says["two"] = False
    assert judge(make_claim("AAPL"), witnesses).is_missed
    silent = judge(make_claim("AAPL"), [])
    assert not silent.is_right
    assert not silent.is_missed
    counts = tally([right, silent])
    assert (counts.drawn, counts.two, counts.one, counts.silent, counts.right) == (2, 1, 0, 1, 1)


def test_silent_claims_are_drawn_beside_those_that_are_wanted() -> None:
    claims = [make_claim(f"S{at}") for at in range(50)]

    def knows_even(claim: Claim) -> list[Verdict]:
        return [Verdict("one", agrees=True, text="")] if int(claim.subject[1:]) % 2 == 0 else []

    drawn = draw(claims, [knows_even], 1, 10)
    assert sum(one.is_witnessed for one in drawn) == 10
    assert len(drawn) > 10
    assert len(draw(claims, [knows_even], 1, 1000)) == 50


@pytest.mark.parametrize(
    "texts", [("BRK.B", "BRK/B", "BRK-B", "BRKB"), ("ALTR", "ALTR-201512"), ("fb", " FB ")]
)
def test_spellings_of_one_symbol(texts: tuple[str, ...]) -> None:
    assert len({squash(text) for text in texts}) == 1


def test_histories_and_lists_say_what_they_can(tmp_path: Path) -> None:
    path = write(
        tmp_path / "h.csv",
        "ticker,start_date,end_date\nAAA,2000-01-01,2010-01-01\nBBB,2000-01-01,\n",
    )
    more = write(tmp_path / "c.csv", 'date,add,remove\n2020-02-03,"CCC,DDD","BBB"\n')
    columns = ("ticker", "start_date", "end_date")
    history = read_stays([path, more], columns, source="x", last=dt.date(2020, 1, 1), size=2)
    assert history is not None

    def says(day: str, symbol: str) -> bool | None:
        said = history.says(dt.date.fromisoformat(day), frozenset({symbol}))
        return said and said.is_member

    assert says("2009-12-31", "AAA")
    assert says("2010-01-01", "AAA") is None  # one of two members: no absence can be told
    assert says("2020-02-03", "BBB") is False
    assert says("2020-02-03", "CCC")
    assert says("2020-02-04", "CCC") is None  # after the last change nothing is known

    lists = DatedLists(
        tuple(
            Listed(dt.date(year, 1, 1), source, f"{year}", frozenset(symbols))
            for year, source, symbols in ((2020, "a", "XY"), (2021, "b", "XZ"), (2023, "a", "X"))
        )
    )
    day = dt.date(2020, 6, 1)
    assert lists.says(day, frozenset("X")) == ("a and b", (True, "2020 and 2021"))
    assert lists.says(day, frozenset("Y")) is None
    assert lists.says(day, frozenset("X"), without="b") is None
    assert lists.says(dt.date(2022, 1, 1), frozenset("X")) is None
    assert read_stays([tmp_path / "none.csv"], columns, source="x", last=day) is None


def test_yearly_files_are_members_and_changes(tmp_path: Path) -> None:
    write(
        tmp_path / "2020.yaml",
        "---\nyear: 2020\ntickers_on_Jan_1:\n  - AAA\n  - BBB # a note\n\n"
        "changes:\n  '2020-03-02':\n    difference:\n      - BBB\n    union:\n      - CCC\n",
    )
    history = read_yearly(tmp_path, source="x", last=dt.date(2020, 12, 31), size=2)
    assert history is not None
    assert history.members(dt.date(2020, 3, 1)) == {"AAA", "BBB"}
    assert history.members(dt.date(2020, 3, 2)) == {"AAA", "CCC"}


def write_folder(folder: Path) -> None:
    """One fund of the S&P 500, and two histories that do not take part in it."""
    values = {"AAPL": 500.0, "MSFT": 300.0, "BRKB": 200.0}
    write_ishares(folder / "ishares/IVV_2025-07-01.csv", "iShares Core S&P 500 ETF", DAY, values)
    for path, head in zip(
        FILES, ("ticker,start_date,end_date", "symbol,opt-in,opt-out"), strict=True
    ):
        rows = "\n".join(f"{symbol},1990-01-01," for symbol in ("AAPL", "MSFT", "BRK.B"))
        write(folder / path, f"{head}\n{rows}\n")


def test_a_false_answer_is_a_miss_and_a_missing_one_too(tmp_path: Path, opened: Database) -> None:
    write_folder(tmp_path)
    opened.load(tmp_path / "ishares", proxies=False)
    evidence = read_evidence(tmp_path)
    witnesses = memberships.witnesses(evidence)

    def judged() -> dict[str, Judged]:
        claims = memberships.collect(opened, read_evidence(tmp_path))
        return {claim.subject: judge(claim, witnesses) for claim in claims}

    assert {stock: one.witnesses for stock, one in judged().items()} == {
        "AAPL": 2,
        "MSFT": 2,
        "BRK.B": 2,
    }
    false = make_claim("AAPL", NO)
    assert judge(false, witnesses).is_missed
    for path in FILES:
        with (tmp_path / path).open("a") as file:
            file.write("NVDA,1999-01-01,\n")
    witnesses = memberships.witnesses(read_evidence(tmp_path))
    missing = judged()["NVDA"]
    assert missing.claim.answer == NO
    assert missing.is_missed
    assert missing.witnesses == 2


def test_weights_are_held_against_other_columns(tmp_path: Path, opened: Database) -> None:
    values = {f"S{chr(65 + at)}": 100.0 + at for at in range(26)}
    path = write_ishares(tmp_path / "IVV.csv", "iShares Core S&P 500 ETF", DAY, values)
    opened.load(tmp_path, proxies=False)
    claims = list(weights.collect(opened))
    (ask,) = weights.witnesses(opened, tmp_path)
    judged = [judge(claim, [ask]) for claim in claims]
    assert [one.witnesses for one in judged] == [2] * 26
    assert all(one.is_right for one in judged)
    first = claims[0]
    wrong = replace(first, answer="0.05")
    assert all(not verdict.agrees for verdict in judge(wrong, [ask]).verdicts)
    file = read_file(path)
    assert file is not None
    assert len(file.lines) == 26


def test_a_change_of_sector_is_no_difference(tmp_path: Path, opened: Database) -> None:
    values = {"AAPL": 500.0, "MSFT": 300.0, "BRKB": 200.0}
    (tmp_path / "ishares").mkdir()
    for year in (2025, 2026):
        day = DAY.replace(year=year)
        file = tmp_path / f"ishares/IVV_{day}.csv"
        path = write_ishares(file, "iShares Core S&P 500 ETF", day, values)
    path.write_text(path.read_text().replace("Financials", "Energy", 1))
    opened.load(tmp_path / "ishares", proxies=False)
    opened.organize_sectors()
    opened.build_metadata()
    write(
        tmp_path / "vanguard/VTI_2025-09-30_Holdings_details.csv",
        "TICKER,SUB-INDUSTRY\nAAPL,Diversified Banks\nMSFT,Application Software\n",
    )
    witnesses = sectors.witnesses(tmp_path)
    judged = {
        (claim.subject, claim.day.year): judge(claim, witnesses)
        for claim in sectors.collect(opened)
    }
    answers = {of: judged["AAPL", of].claim.answer for of in (2025, 2026)}
    assert answers == {2025: "financials", 2026: "energy"}
    assert judged["AAPL", 2025].is_right
    assert judged["MSFT", 2025].is_missed
    assert not judged["AAPL", 2026].is_witnessed
    told = judged["MSFT", 2025].claim.tell()
    assert told == "MSFT is in the sector financials on 2025-09-30"


def test_a_filing_s_positions_are_read(tmp_path: Path) -> None:
    path = write(
        tmp_path / "f.xml",
        '\n<?xml version="1.0"?><edgarSubmission xmlns="http://www.sec.gov/edgar/nport">'
        "<invstOrSec><cusip>037833100</cusip>"
        "<identifiers><isin value='US0378331005'/></identifiers>"
        "<balance>3</balance><valUSD>6</valUSD><pctVal>1.25</pctVal></invstOrSec></edgarSubmission>",
    )
    file = read_file(path)
    assert file is not None
    (line,) = file.lines
    assert line.ids == {"037833100", "US0378331005"}
    assert (line.printed, line.half, line.value) == (1.25, 0.005, 6)


def test_events_are_judged_by_cusips_and_by_hand(tmp_path: Path) -> None:
    header = "SETTLEMENT DATE|CUSIP|SYMBOL|QUANTITY (FAILS)|DESCRIPTION|PRICE\n"
    rows = {
        "a": "20190104|30303M102|FB|5|FACEBOOK|1\n20190104|111111111|OLD|5|OLD|1\n",
        "b": "20221220|30303M102|META|5|META|1\n20221220|111111111|KEPT|5|OLD|1\n"
        "20221220|222222222|OLD|5|OTHER|1\n20221220|30303M102|METAZZZZ|5|META|1\n",
    }
    for half, text in rows.items():
        write(tmp_path / f"sec/ftd/cnsfails2019{half}.txt", header + text)
    assert set(read_fails(tmp_path)) == {"FB", "META", "OLD", "KEPT"}
    day = dt.date(2022, 6, 9)
    event = identity.Event("FB", "META", day, True, "rename", "a press release")
    evidence = read_evidence(tmp_path)
    witnesses = identity.witnesses(evidence, [event], [], {})

    def ask(subject: str, answer: str) -> Judged:
        old, new = subject.split(" → ")
        spellings = frozenset({old, new})
        return judge(Claim(Kind.IDENTITY, "rename", subject, day, answer, "", spellings), witnesses)

    assert ask("FB → META", YES).is_right
    assert ask("FB → META", YES).witnesses == 2
    assert ask("FB → META", NO).is_missed
    assert ask("OLD → OLD", NO).is_right  # its first CUSIP goes on under another symbol
    assert ask("OLD → OLD", YES).is_missed
    assert not ask("OLD → META", YES).is_right
    # Who loads an alias of the same event has no second word in the list by hand.
    aliases = [Alias("FB", day, "META", "the company")]
    witnesses = identity.witnesses(evidence, [event], aliases, {})
    assert ask("FB → META", YES).witnesses == 1


def test_registrants_speak_where_an_alias_from_elsewhere_joins(tmp_path: Path) -> None:
    lists = {
        "tickers/company_tickers_2024-08-12.json": '{"0":{"cik_str":1,"ticker":"SQ",'
        '"title":"Block"},"1":{"cik_str":2,"ticker":"PARA","title":"Paramount Global"}}',
        "company_tickers_exchange_2024-12-19.json": '{"data":[[3,"Barrick","GOLD","N"]]}',
        "company_tickers_exchange_2026-08-22_ctec-variant.json": '{"data":'
        '[["1","Block","XYZ","N"],["4","Paramount Skydance","PSKY","N"],["5","Barnes","B","N"]]}',
    }
    for name, text in lists.items():
        write(tmp_path / "sec" / name, text)
    day = dt.date(2025, 5, 1)
    pairs = ("SQ", "XYZ"), ("PARA", "PSKY"), ("GOLD", "B")

    def ask(source: str) -> list[list[bool]]:
        aliases = [Alias(old, day, new, source) for old, new in pairs]
        witnesses = identity.witnesses(read_evidence(tmp_path), [], aliases, {})
        claims = [
            Claim(Kind.IDENTITY, "rename", f"{old} → {new}", day, YES, "", frozenset({old, new}))
            for old, new in pairs
        ]
        return [
            [verdict.agrees for verdict in judge(claim, witnesses).verdicts] for claim in claims
        ]

    assert ask("the company") == [[True], [], [False]]  # another number alone says nothing
    assert ask("one registrant in the SEC's lists") == [[], [], []]


def test_a_new_number_is_asked_of_the_files_around_it(tmp_path: Path, opened: Database) -> None:
    """Two companies with like names under one ticker: between the files it is the first one's."""
    for day, name, cusip in (
        ("08/31/2023", "XVIA RENEWABLES INC", "92556D304"),
        ("09/30/2025", "XVIA TRANSPORTATION INC", "92556T108"),
    ):
        month, date, year = day.split("/")
        write(
            tmp_path / f"ark/ARKK_{year}-{month}-{date}.csv",
            "date,fund,company,ticker,cusip,shares,market value ($),weight (%)\n"
            f'{day},ARKK,{name},XVIA,{cusip},"10","$600.00",60.00%\n'
            f'{day},ARKK,APPLE INC,AAPL,037833100,"4","$400.00",40.00%\n',
        )
    opened.load(tmp_path / "ark", proxies=False)
    taken = identity.Event("XVIA", "XVIA", dt.date(2024, 9, 12), False, "reuse", "a prospectus")
    evidence = read_evidence(tmp_path)
    (claim,) = identity.answer(opened, identity.find_events(opened, evidence, [taken]))
    assert (claim.group, claim.earlier, claim.day) == (
        identity.NUMBER,
        dt.date(2023, 9, 1),
        dt.date(2025, 9, 30),
    )
    assert claim.answer == YES
    assert judge(claim, identity.witnesses(evidence, [taken], [], {})).is_missed


def test_a_ticker_that_was_taken_is_asked_of_the_files_around_it(
    tmp_path: Path, opened: Database
) -> None:
    for day, name, cusip in (
        ("08/31/2023", "XALAMP CORP", "92556D304"),
        ("09/30/2025", "MERIDIAN BIOLOGY INC", "92556T108"),
    ):
        month, date, year = day.split("/")
        write(
            tmp_path / f"ark/ARKK_{year}-{month}-{date}.csv",
            "date,fund,company,ticker,cusip,shares,market value ($),weight (%)\n"
            f'{day},ARKK,{name},XAMP,{cusip},"10","$600.00",60.00%\n'
            f'{day},ARKK,APPLE INC,AAPL,037833100,"4","$400.00",40.00%\n',
        )
    opened.load(tmp_path / "ark", proxies=False)
    events = identity.find_events(opened, read_evidence(tmp_path), [])
    (claim,) = (one for one in identity.answer(opened, events) if one.group != identity.NUMBER)
    assert (claim.earlier, claim.day) == (dt.date(2023, 9, 1), dt.date(2025, 9, 30))
    assert (claim.subject, claim.answer) == ("XAMP → XAMP", NO)


def test_a_stock_that_nothing_holds_today_keeps_its_symbols(
    tmp_path: Path, opened: Database
) -> None:
    for day, symbol, cusip in (
        ("08/31/2023", "XYB", "92556D304"),
        ("09/30/2023", "XYD", "92556T108"),
    ):
        month, date, year = day.split("/")
        write(
            tmp_path / f"ark/ARKK_{year}-{month}-{date}.csv",
            "date,fund,company,ticker,cusip,shares,market value ($),weight (%)\n"
            f'{day},ARKK,SOME NAME INC,{symbol},{cusip},"10","$600.00",60.00%\n'
            f'{day},ARKK,APPLE INC,AAPL,037833100,"4","$400.00",40.00%\n',
        )
    opened.load(tmp_path / "ark", proxies=False, accept=["all"])
    assert as_of.Names(opened).of("XYB") == {"XYB"}
    assert as_of.Names(opened).of("XYC") == frozenset()


def test_sedols_speak_where_their_files_took_no_part(tmp_path: Path) -> None:
    name = "VTI_2023-08-31_ProductDetailsHoldings_advisors-layout_resaved.csv"
    write(
        tmp_path / "vanguard" / name, "SEDOL,Ticker,Holdings name\n2756152,OFC,Corporate Office\n"
    )
    name = "VTI_2025-09-30_Holdings_details.csv"
    rows = "SEDOL,HOLDINGS,TICKER\n2756152,COPT Defense,CDP\n2046251,Another,OFC\n"
    write(tmp_path / "vanguard" / name, rows)
    day = dt.date(2023, 9, 15)

    def ask(subject: str, answer: str, without: str | None) -> Judged:
        claim = Claim(Kind.IDENTITY, "rename", subject, day, answer, "")
        others = [replace(claim, answer=without)] if without else []
        evidence = read_evidence(tmp_path)
        return judge(claim, identity.witnesses(evidence, [], [], {}, others))

    event = identity.Event("OFC", "CDP", day, True, "rename", "a press release")
    events = [(event, ""), (event._replace(day=dt.date(2023, 8, 31)), "")]
    assert identity.find_numbered(read_evidence(tmp_path), events) == events[:1]
    assert ask("OFC → CDP", YES, YES).is_right
    assert ask("OFC → CDP", NO, NO).is_missed
    assert ask("OFC → OFC", YES, YES).is_missed  # its number goes on under another ticker
    for without in (NO, None):  # there the files make a difference
        assert not ask("OFC → CDP", YES, without).is_witnessed


def test_a_history_knows_two_members_of_one_ticker(tmp_path: Path) -> None:
    write(
        tmp_path / "index_lists/index-constitution/history_sp500.csv",
        "symbol,name,opt-in,opt-out\n"
        "AGN,Allergan,1976-07-01,2015-03-23\nAGN,Allergan,1999-04-12,2020-05-12\n"
        "Q,Qwest Communications,1976-07-01,2011-03-31\nQ,Qnity Electronics,2011-05-03,\n"
        "DELL,Dell,1976-07-01,2013-10-29\nDELL,Dell Technologies,2013-11-01,\n"
        "GAS,AGL Resources,1976-07-01,2016-07-01\nGAS,AGL Resources,2011-12-12,2011-12-12\n",
    )
    witnesses = identity.witnesses(read_evidence(tmp_path), [], [], {})

    def ask(symbol: str, day: str, answer: str = NO) -> Judged:
        subject, when = f"{symbol} → {symbol}", dt.date.fromisoformat(day)
        return judge(Claim(Kind.IDENTITY, "reuse", subject, when, answer, ""), witnesses)

    assert ask("AGN", "2015-05-01").is_right  # two stays at one time
    assert ask("AGN", "2015-05-01", YES).is_missed
    assert not ask("AGN", "2017-05-01").is_witnessed
    assert ask("Q", "2011-05-03").is_right  # unlike names
    assert not ask("DELL", "2013-11-01").is_witnessed
    assert not ask("GAS", "2011-12-13").is_witnessed


def test_names_are_one_company_s_or_not() -> None:
    assert same_name("Fiserv, Inc.", "Fiserv")
    assert same_name("AT&T Inc.", "AT T INC")
    assert same_name("Facebook", "Meta Platforms") is False
    assert same_name("Liberty Media Formula One", "Liberty Broadband") is None


def test_the_events_by_hand_have_a_document_each() -> None:
    events = identity.read_events()
    assert len(events) >= 520
    assert len({(event.subject, event.day) for event in events}) == len(events)
    assert all(len(event.source) > 20 for event in events)
    assert all(event.joins for event in events if event.kind == "rename")
    assert all(event.old == event.new for event in events if not event.joins)
    (month,) = [event for event in events if event.new == "WHWK"]
    assert (month.day, month.done) == (dt.date(2025, 3, 1), dt.date(2025, 4, 1))


def test_explanations_are_for_claims_of_their_kind() -> None:
    every = read_explanations()
    assert all(one.why.endswith(".") for one in every)
    claim = make_claim("WRK")
    assert explanations.explain(claim, every) is not None
    assert explanations.explain(make_claim("AAPL"), every) is None


def test_the_page_tells_every_miss(tmp_path: Path) -> None:
    right = judge(make_claim("AAPL"), [lambda _: [Verdict("one", agrees=True, text="")]])
    known, new = (
        Judged(make_claim(stock), (Verdict("one", agrees=False, text="no member (x line 3)"),))
        for stock in ("WRK", "ODD")
    )
    results = [Result("membership", 9, (right, known, new))]
    told = [Explanation("membership", "*", frozenset({"WRK"}), Fault.WITNESS, "It is old.")]
    assert misses(results) == [known, new]
    assert unexplained(results, told) == [new]
    page = write_page(results, told, 5, "1.0")
    assert "WRK is in IVV on 2025-07-01. Differs: no member (x line 3). *The witness errs.*" in page
    assert "ODD is in IVV on 2025-07-01" in page
    assert "**Unexplained.**" in page
    assert table(results, told)[-1] == (
        "| membership | 1 of 3 | 33.33% | 6.15% to 79.23% | missed | 50.00% · 9.45% to 90.55% |"
    )
    assert sample_table(results)[-1] == "| membership | 3 | 0 | 3 | 0 |"
    assert all(line in page for line in (*table(results, told), *sample_table(results)))


def test_an_own_list_is_asked(tmp_path: Path, opened: Database) -> None:
    write_folder(tmp_path)
    opened.load(tmp_path / "ishares", proxies=False)
    path = write(
        tmp_path / "mine.csv",
        "kind,group,stock,day,expected,other\n"
        "membership,IVV,BRK/B,2025-07-01,yes,\n"
        "membership,IVV,NVDA,2025-07-01,yes,\n"
        "weight,IVV,AAPL,2025-07-01,50.00%,\n"
        "weight,IVV,AAPL,2025-07-01,0.4,\n"
        "identity,,AAPL,2025-07-02,yes,AAPL\n"
        "sector,,AAPL,,financials,\n",
    )
    opened.organize_sectors()
    opened.build_metadata()
    judged = list(own_list.judge_list(opened, path))
    assert [one.is_right for one in judged] == [True, False, True, False, True, True]
    assert judged[1].verdicts[0].text == "yes (mine.csv line 3)"
    write(path, "kind,group,stock,day,expected\nmembership,IVV,AAPL,2025-07-01,perhaps\n")
    with pytest.raises(UsageError, match="neither yes nor no"):
        list(own_list.judge_list(opened, path))
    write(path, "stock\nAAPL\n")
    with pytest.raises(UsageError, match="the columns are stock"):
        list(own_list.judge_list(opened, path))


def test_without_the_files_it_says_what_is_missing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "audit", "--seed", "1", "--holdings", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "lacks ark, invesco, ishares" in done.stderr
    assert "docs/accuracy.md" in done.stderr
