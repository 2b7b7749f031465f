"""Files of companies that share a ticker, loaded by command: two companies are never one."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import Command
from identity.stories import make_cusip

CLASS_A = make_cusip("90431110")
CLASS_C = make_cusip("90431120")
APPLE = make_cusip("03783310")


def write_ark(folder: Path, fund: str, day: str, *rows: tuple[str, str, str, int]) -> None:
    """A file in ARK's layout: rows of name, ticker, CUSIP and weight in percent."""
    year, month, date = day.split("-")
    lines = ["date,fund,company,ticker,cusip,shares,market value ($),weight (%)"]
    lines += [
        f"{month}/{date}/{year},{fund},{name},{ticker},{cusip},10,${weight * 10}.00,{weight}.00%"
        for name, ticker, cusip, weight in rows
    ]
    (folder / f"{fund}_{day}.csv").write_text("\n".join(lines) + "\n")


def write_plain(folder: Path, fund: str, day: str, *rows: tuple[str, str, int]) -> None:
    """A list of symbol, name and weight in percent."""
    lines = ["symbol,name,weight", *(f"{symbol},{name},{weight}" for symbol, name, weight in rows)]
    (folder / f"{fund}_{day}.csv").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "files"
    made.mkdir()
    return made


def load(command: Command, folder: Path, *flags: str) -> None:
    answer = command("load", "--holdings-dir", str(folder), "--no-proxies", *flags)
    assert answer.status == 0, answer.lines


def weights(command: Command, fund: str, *flags: str) -> dict[str, float]:
    value = command("query", "--etf", fund, "--json", *flags).json
    found: dict[str, float] = value["weights"]
    return found


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_share_class_takes_the_ticker_over(
    command: Command, folder: Path, newest_first: bool
) -> None:
    older = [("UNDER ARMOUR CLASS A", "UA", CLASS_A, 40), ("APPLE INC", "AAPL", APPLE, 60)]
    newer = [
        ("UNDER ARMOUR CLASS A", "UAA", CLASS_A, 20),
        ("UNDER ARMOUR CLASS C", "UA", CLASS_C, 20),
        ("APPLE INC", "AAPL", APPLE, 60),
    ]
    files = [("2016-11-30", older), ("2016-12-30", newer)]
    for day, rows in reversed(files) if newest_first else files:
        write_ark(folder, "AAAA", day, *rows)
        load(command, folder, "--accept", "shrink")
    assert weights(command, "AAAA") == {"AAPL": 0.6, "UA": 0.2, "UAA": 0.2}
    found = command("resolve", CLASS_A, CLASS_C, "--json").json
    assert [one["current_symbol"] for one in found] == ["UAA", "UA"]
    then = command("resolve", CLASS_A, "--as-of", "2016-12-01", "--json").json
    assert [(one["symbol"], one["current_symbol"]) for one in then] == [("UA", "UAA")]


def test_two_stocks_with_one_symbol_today_stay_two_holdings(command: Command, folder: Path) -> None:
    (folder / "AAAA_2020-11-06.csv").write_text("symbol,weight\nABC,60\nCOR,40\n")
    load(command, folder)
    assert weights(command, "AAAA") == {"COR": 0.6, "COR-202011": 0.4}
    assert command("query", "--stock", "COR", "--json").json["member_of_etfs"] == ["AAAA"]
    gone = command("query", "--stock", "COR-202011", "--json").json
    assert (gone["stock_symbol"], gone["member_of_etfs"]) == ("COR-202011", ["AAAA"])
    assert "COR until" in "\n".join(command("timeline", "COR-202011").lines)


def test_a_ticker_of_unlike_names_years_apart_is_two_stocks(command: Command, folder: Path) -> None:
    write_plain(folder, "AAAA", "2015-06-30", ("PQX", "PRAXAIR INC", 60), ("AAPL", "APPLE INC", 40))
    write_plain(folder, "BBBB", "2025-05-30", ("PQX", "P10 INC CLASS A", 100))
    load(command, folder)
    assert weights(command, "AAAA") == {"AAPL": 0.4, "PQX-201506": 0.6}
    assert weights(command, "BBBB") == {"PQX": 1.0}
    assert command("query", "--stock", "PQX", "--json").json["member_of_etfs"] == ["BBBB"]
    # What the reports of one stock cannot tell is not answered by those of the other.
    found = command("resolve", "PQX", "--as-of", "2012-01-03", "--json").json
    assert found[0]["confidence"] == "low"


def test_a_ticker_that_comes_back_after_years_is_connected_by_a_word_alone(
    command: Command, folder: Path
) -> None:
    stays = ("AAPL", "APPLE INC", 50)
    write_plain(folder, "AAAA", "2013-06-28", ("ZQX", "ZEPHYR QUARTZ", 50), stays)
    write_plain(folder, "AAAA", "2014-06-30", ("AAPL", "APPLE INC", 100))
    write_plain(folder, "AAAA", "2017-03-31", ("ZQX", "ZEPHYR QUARTZ", 50), stays)
    load(command, folder, "--accept", "shrink", "--accept", "rows")
    stays_of = command("timeline", "ZQX", "--json").json
    assert "2013-06-28" not in str(stays_of)
    (remedy,) = {
        finding["remedy"]
        for section in command("validate", "--json").json["sections"]
        for finding in section["findings"]
        if finding["symbol"] == "ZQX" and section["check"] == "identity"
    }
    assert "alias add ZQX ZQX --effective 2017-03-31" in remedy
    added = command(
        "alias", "add", "ZQX", "ZQX", "--effective", "2017-03-31", "--source", "one CIK"
    )
    assert added.status == 0
    assert "2013-06-28" in str(command("timeline", "ZQX", "--json").json)


def test_a_ticker_is_surely_a_stocks_only_while_a_group_holds_it(
    command: Command, folder: Path
) -> None:
    stays = ("AAPL", "APPLE INC", 50)
    write_plain(folder, "AAAA", "2005-06-30", ("G", "GILLETTE CO", 50), stays)
    write_plain(folder, "AAAA", "2005-10-03", ("AAPL", "APPLE INC", 100))
    load(command, folder, "--accept", "shrink", "--accept", "rows")

    def sure(*texts: str) -> tuple[str, str | None]:
        (found,) = command("resolve", *texts, "--json").json
        return found["confidence"], found["why"]

    gone = "no group has held the stock since 2005-10-03: no source says which stock G"
    assert sure("G", "--as-of", "2005-10-02") == ("high", None)
    assert sure("G", "--as-of", "2018-06-01") == ("low", f"{gone} was then")
    assert sure("G") == ("low", f"{gone} is now")
    yet = "no group had held the stock yet: no source says which stock G was then"
    assert sure("G", "--as-of", "2005-06-29") == ("low", yet)
    # A stock that has it later leaves the first one its label, which is its own for all time.
    write_plain(folder, "AAAA", "2020-09-21", ("G", "GENPACT LTD", 50), stays)
    load(command, folder, "--accept", "shrink")
    assert sure("G") == ("high", None)
    assert sure("G", "--as-of", "2018-06-01")[0] == "low"
    assert sure("G-200506", "--as-of", "2018-06-01") == ("high", None)


def test_a_history_in_todays_tickers_is_the_stocks_past(command: Command, folder: Path) -> None:
    (folder / "history.csv").write_text(
        "ticker,start_date,end_date\nMDLZ,2007-04-02,\nAAPL,2007-04-02,\nMETA,2013-12-23,\n"
    )
    history = folder / "history.csv"
    assert command("load-history", str(history), "--universe", "sp500").status == 0
    then = command("query", "--universe", "sp500", "--as-of", "2014-01-02", "--json").json
    assert then["symbols"] == ["AAPL", "MDLZ", "META"]
    assert "2007-04-02" in str(command("timeline", "MDLZ", "--json").json)


def test_a_like_name_is_not_the_same_name(command: Command, folder: Path) -> None:
    star, echo = make_cusip("27876810"), make_cusip("27875T10")
    write_ark(
        folder,
        "AAAA",
        "2020-11-06",
        ("ECHOSTAR CORP CLASS A", "SATS", star, 60),
        ("ECHO GLOBAL LOGISTICS INC", "ECHO", echo, 40),
    )
    write_plain(folder, "BBBB", "2026-07-02", ("ECHO", "ECHOSTAR CORP CLASS A", 100))
    load(command, folder)
    first, second = command("resolve", star, echo, "--json").json
    assert first["security_id"] != second["security_id"]
    assert len(weights(command, "AAAA")) == 2


def test_a_stock_whose_ticker_another_had_before_has_its_own_name_and_identifiers(
    command: Command, folder: Path
) -> None:
    """The catalogue's alias says that GOOG became GOOGL, and class C took the ticker."""
    class_a, class_c = make_cusip("38259P50"), make_cusip("38259P70")
    write_ark(folder, "AAAA", "2014-03-31", ("GOOGLE INC CLASS A", "GOOG", class_a, 100))
    newer = [("GOOGLE INC CLASS A", "GOOGL", class_a, 50), ("GOOGLE C", "GOOG", class_c, 50)]
    write_ark(folder, "AAAA", "2014-04-30", *newer)
    write_plain(folder, "BBBB", "2013-03-29", ("GOOG", "GOOGLE", 100))
    write_plain(folder, "DDDD", "2015-04-30", ("GOOG", "GOOGLE", 100))
    (folder / "CCCC_2014-04-30.csv").write_text("symbol,weight\nZQZQ,50\nGOOG,50\n")
    load(command, folder, "--accept", "shrink")

    related = {s: command("related", s, "--json").json for s in ("GOOG", "GOOGL")}
    assert related["GOOG"]["names"] == ["GOOGLE", "GOOGLE C"]
    assert related["GOOGL"]["names"] == ["GOOGLE", "GOOGLE INC CLASS A"]
    (other,) = related["GOOG"]["related"]
    assert (other["symbol"], other["relation"]) == ("GOOGL", "share class")
    assert other["why"] == ["one issuer in the CUSIP: 38259P"]
    # Nothing has built the metadata: the newest source tells the name.
    assert command("query", "--stock", "GOOGL", "--json").json["name"] == "GOOGLE INC CLASS A"
    assert command("timeline", "GOOGL", "--json").json["name"] == "GOOGLE INC CLASS A"
    assert command("query", "--stock", "ZQZQ", "--json").json["name"] is None
    for question in (("query", "--stock"), ("timeline",), ("related",)):
        assert "ZQZQ · name unknown: no source gives it" in command(*question, "ZQZQ").lines


def test_a_stock_that_a_directory_alone_lists_is_said_to_be_that(
    command: Command, folder: Path
) -> None:
    write_plain(folder, "AAAA", "2025-06-30", ("AAPL", "APPLE INC", 100))
    load(command, folder)
    listed = folder / "company_tickers_exchange_2025-06-30.json"
    listed.write_text(
        '{"fields": ["cik", "name", "ticker", "exchange"],'
        ' "data": [[1, "Apples of Kent", "AAPK", "NYSE"], [2, "Fund of A", "AAAA", "NYSE"]]}'
    )
    assert command("load-directory", listed).status == 0
    for question in (("query", "--stock"), ("timeline",), ("related",)):
        answer = command(*question, "AAPK")
        assert answer.status == 1
        assert "no loaded group holds it; Apples of Kent is listed" in answer.err
        fund = command(*question, "AAAA")
        assert "Fund of A is listed under it" in fund.err
        assert "AAAA is an ETF: ask `stockgroups query --etf AAAA`" in fund.err
