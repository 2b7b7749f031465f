"""Stocks that sources report without a ticker: known by their ISIN, or by nothing, until then."""

from __future__ import annotations

from typing import Any

import pytest

from identity.stories import Told, day, make_cusip, make_isin, make_sedol, settle, told
from stockgroups.identity.securities import SecurityInterval
from stockgroups.model import Alias

APPLE = make_isin("US037833100")
LINDE = make_isin("IE000S9YS76")
SHELL = make_isin("GB00BP6MXD8")
NOTHING = "nothing"
HERE, ABROAD = make_sedol("204625"), make_sedol("BP6MXT")


def labels(*refs: Told, **more: Any) -> list[str]:
    """The labels of the securities that the refs turn out to be, in the order of the refs."""
    identity = settle(*refs, **more)
    found = []
    for number, ref in enumerate(refs, 1):
        intervals: tuple[SecurityInterval, ...] = identity.exceptions.get(number, ())
        found += (
            [identity.securities[one.security].label for one in intervals[:1]]
            or [
                security.label
                for security in identity.securities
                if any(interval.symbol == ref.symbol for interval in security.intervals)
            ]
            or [NOTHING]
        )
    return found


def isin(symbol: str, *months: int, **values: str) -> Told:
    return told(symbol, *months, isin=symbol, **values)


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        pytest.param([isin(APPLE, 1)], [APPLE], id="nothing tells the ticker"),
        pytest.param(
            [isin(APPLE, 1, name="Apple Inc."), told("AAPL", 50, cusip=APPLE[2:11])],
            ["AAPL", "AAPL"],
            id="the CUSIP inside, years later",
        ),
        pytest.param(
            [isin(LINDE, 1), told("LIN", 1, isin=LINDE), told("LIN.XETR", 1, isin=LINDE)],
            [LINDE, "LIN", "LIN.XETR"],
            id="two listings, none at home",
        ),
        pytest.param(
            [
                isin(LINDE, 1, sedol=HERE),
                told("LIN", 1, isin=LINDE, sedol=HERE),
                told("LIN.XETR", 1, isin=LINDE),
            ],
            ["LIN", "LIN", "LIN.XETR"],
            id="the listing with its SEDOL",
        ),
        pytest.param(
            [isin(SHELL, 1), told("SHELL.XAMS", 1, isin=SHELL), told("SHEL.XLON", 1, isin=SHELL)],
            ["SHEL.XLON", "SHELL.XAMS", "SHEL.XLON"],
            id="the listing at home",
        ),
        pytest.param(
            [isin(SHELL, 1), told("SHELL.XAMS", 1, isin=SHELL)],
            ["SHELL.XAMS", "SHELL.XAMS"],
            id="the only listing",
        ),
        pytest.param(
            [isin(SHELL, 1, sedol=HERE), told("SHELL.XAMS", 1, isin=SHELL, sedol=ABROAD)],
            [SHELL, "SHELL.XAMS"],
            id="a SEDOL that contradicts",
        ),
        pytest.param(
            [
                isin(APPLE, 40, name="META PLATFORMS"),
                told("FB", 1, cusip=APPLE[2:11], name="FACEBOOK"),
            ],
            [APPLE, "FB"],
            id="one identifier under an unlike name",
        ),
        pytest.param(
            [
                isin(APPLE, 40, name="META PLATFORMS", sedol=HERE),
                told("FB", 1, cusip=APPLE[2:11], name="FACEBOOK", sedol=HERE),
            ],
            ["FB", "FB"],
            id="two identifiers under an unlike name",
        ),
        pytest.param(
            [isin(APPLE, 9), told("OLD", 1, cusip=APPLE[2:11]), told("NEW", 5, cusip=APPLE[2:11])],
            [APPLE, "OLD", "NEW"],
            id="two tickers that nothing connects",
        ),
        pytest.param(
            [
                isin(APPLE, 9),
                told("OLD", 1, cusip=APPLE[2:11], name="Same"),
                told("NEW", 5, cusip=APPLE[2:11], name="Same"),
            ],
            ["NEW", "NEW", "NEW"],
            id="a stock that was renamed",
        ),
        pytest.param(
            [
                isin(APPLE, 1, sedol=HERE, group="FUND"),
                told("AAPL", 1, cusip=APPLE[2:11], group="OTHER"),
                told("AAPL", 1, cusip=APPLE[2:11], sedol=ABROAD, group="FUND"),
            ],
            [APPLE, "AAPL", "AAPL"],
            id="a fund that holds both, with different SEDOLs",
        ),
    ],
)
def test_what_has_no_ticker_is_the_listing_that_evidence_tells(
    refs: list[Told], expected: list[str]
) -> None:
    assert labels(*refs) == expected
    assert labels(*reversed(refs)) == expected[::-1]


def nameless(*months: int, **values: str) -> Told:
    return told("", *months, **values)


CUSIP = APPLE[2:11]


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        pytest.param([nameless(1, cusip=CUSIP)], [NOTHING], id="no other source"),
        pytest.param(
            [nameless(1, cusip=CUSIP), told("AAPL", 50, cusip=CUSIP)],
            ["AAPL", "AAPL"],
            id="a ticker with the CUSIP, years later",
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP), told("AAPL", cusip=CUSIP)],
            [NOTHING, "AAPL"],
            id="a ticker that is reported no more",
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP), isin(APPLE, 1)], [APPLE, APPLE], id="the ISIN around it"
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP), isin(APPLE, 1), told("AAPL", 1, isin=APPLE)],
            ["AAPL", "AAPL", "AAPL"],
            id="the ISIN around it, and the ticker",
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP), told("A", 1, cusip=CUSIP), told("B", 1, cusip=CUSIP)],
            [NOTHING, "A", "B"],
            id="two tickers of one CUSIP",
        ),
        pytest.param(
            [
                nameless(1, cusip=CUSIP, name="Same"),
                told("OLD", 1, cusip=CUSIP, name="Same"),
                told("NEW", 5, cusip=CUSIP, name="Same"),
            ],
            ["NEW", "NEW", "NEW"],
            id="a stock that was renamed",
        ),
        pytest.param(
            [
                nameless(1, sedol=HERE),
                told("LIN", 1, isin=LINDE, sedol=HERE),
                told("LIN.XETR", 1, isin=LINDE, sedol=ABROAD),
            ],
            ["LIN", "LIN", "LIN.XETR"],
            id="the listing with its SEDOL",
        ),
        pytest.param(
            [
                nameless(1, cusip=CUSIP),
                told("AAPL", 1, cusip=CUSIP),
                told("AAPL.XTSE", 1, isin=APPLE),
            ],
            [NOTHING, "AAPL", "AAPL.XTSE"],
            id="two listings of its CUSIP",
        ),
        pytest.param(
            [nameless(1, cusip="037833101"), told("AAPL", 1, cusip="037833101")],
            [NOTHING, "AAPL"],
            id="a wrong check digit",
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP, sedol=HERE), told("AAPL", 1, cusip=CUSIP, sedol=ABROAD)],
            [NOTHING, "AAPL"],
            id="a SEDOL that contradicts",
        ),
        pytest.param(
            [nameless(1, cusip=CUSIP, name="META"), told("FB", 1, cusip=CUSIP, name="FACEBOOK")],
            [NOTHING, "FB"],
            id="one identifier under an unlike name",
        ),
        pytest.param(
            [
                nameless(1, cusip=CUSIP, sedol=HERE, name="META"),
                told("FB", 1, cusip=CUSIP, sedol=HERE, name="FACEBOOK"),
            ],
            ["FB", "FB"],
            id="two identifiers under an unlike name",
        ),
        pytest.param(
            [
                nameless(1, sedol=HERE, group="FUND"),
                told("AAPL", 1, cusip=CUSIP, sedol=HERE, group="OTHER"),
                told("AAPL", 1, cusip=CUSIP, sedol=ABROAD, group="FUND"),
            ],
            [NOTHING, "AAPL", "AAPL"],
            id="a fund that holds both, with different SEDOLs",
        ),
        pytest.param(
            [
                nameless(1, cusip=CUSIP),
                nameless(1, sedol=HERE),
                told("A", 1, cusip=CUSIP, sedol=HERE),
            ],
            ["A", "A", "A"],
            id="two lines of one stock",
        ),
        pytest.param(
            [
                nameless(1, cusip=CUSIP),
                nameless(1, cusip=CUSIP, sedol=HERE),
                told("A", 1, sedol=HERE),
            ],
            [NOTHING, "A", "A"],
            id="no line without a name tells of another",
        ),
    ],
)
def test_what_has_neither_ticker_nor_isin_is_the_only_stock_with_its_identifier(
    refs: list[Told], expected: list[str]
) -> None:
    assert labels(*refs) == expected
    assert labels(*reversed(refs)) == expected[::-1]


HYNIX = nameless(1, sedol=HERE, ticker="000660 KS", name="SK hynix Inc")
SEOUL = told("000660.XKRX", 50, name="SK HYNIX INC")


@pytest.mark.parametrize(
    ("refs", "expected"),
    [
        pytest.param([HYNIX, SEOUL], [SEOUL.symbol] * 2, id="the only one, by a like name"),
        pytest.param([HYNIX, SEOUL._replace(sedol=HERE)], [SEOUL.symbol] * 2, id="by its SEDOL"),
        pytest.param([HYNIX, SEOUL._replace(sedol=ABROAD)], [NOTHING, SEOUL.symbol], id="another"),
        pytest.param([HYNIX, SEOUL._replace(name="HANA")], [NOTHING, SEOUL.symbol], id="a name"),
        pytest.param([HYNIX, SEOUL._replace(name=None)], [NOTHING, SEOUL.symbol], id="no name"),
        pytest.param(
            [HYNIX, SEOUL, SEOUL._replace(symbol="000660.XKOS")],
            [NOTHING, SEOUL.symbol, "000660.XKOS"],
            id="both boards have it",
        ),
        pytest.param(
            [HYNIX._replace(ticker="000660"), SEOUL], [NOTHING, SEOUL.symbol], id="without a code"
        ),
    ],
)
def test_a_code_of_several_markets_means_the_one_that_is_reported(
    refs: list[Told], expected: list[str]
) -> None:
    assert labels(*refs) == expected
    assert labels(*reversed(refs)) == expected[::-1]


SQUARE = told("SQ", 1, 20, cusip=CUSIP, name="SQUARE")
BELOIT = told("RBC", 1, 20, cusip=CUSIP, name="REGAL BELOIT")
REXNORD = told("RRX", 21, 40, cusip=CUSIP, name="REGAL REXNORD")


@pytest.mark.parametrize(
    ("listed", "name", "month", "expected"),
    [
        pytest.param([SQUARE], "SQUARE", 50, "SQ", id="the name that is listed, years later"),
        pytest.param([SQUARE], "BLOCK", 10, "SQ", id="an unlike name while it is listed"),
        pytest.param([SQUARE], "BLOCK", 30, None, id="an unlike name later"),
        pytest.param(
            [SQUARE, told("SQ", 21, 24, cusip=CUSIP, name="BLOCK")],
            "BLOCK",
            30,
            "SQ",
            id="a name that is listed later",
        ),
        pytest.param([BELOIT, REXNORD], "OTHER", 10, "RRX", id="one CUSIP under two tickers"),
        pytest.param(
            [BELOIT, told("RRX", 21, 40, cusip=make_cusip("75875010"))],
            "REGAL",
            30,
            "RBC",
            id="another CUSIP under the other ticker",
        ),
        pytest.param(
            [SQUARE, told("XYZ", 5, 40, cusip=CUSIP)], "BLOCK", 10, None, id="both at one time"
        ),
    ],
)
@pytest.mark.parametrize("symbol", ["", APPLE])
def test_a_dated_register_tells_whose_a_cusip_is(
    symbol: str, listed: list[Told], name: str, month: int, expected: str | None
) -> None:
    values = {"isin": APPLE} if symbol else {"cusip": CUSIP}
    ref = told(symbol, month, name=name, **values)
    assert labels(ref, listed=listed) == [expected or symbol or NOTHING]
    assert labels(ref, listed=listed[::-1]) == [expected or symbol or NOTHING]


def test_a_ref_with_the_cusips_of_two_stocks_is_the_one_with_its_name() -> None:
    ref = nameless(10, isin=APPLE, cusip=make_cusip("59491810"), name="SQUARE")
    other = SQUARE._replace(symbol="MSFT", cusip=ref.cusip, name="MICROSOFT")
    assert labels(ref, listed=[SQUARE, other]) == ["SQ"]
    assert labels(ref, listed=[other]) == [NOTHING]
    assert labels(ref._replace(name="MICROSOFT"), listed=[SQUARE, other]) == ["MSFT"]


def test_a_directory_tells_the_name_that_the_stock_has_now() -> None:
    cencora = nameless(50, cusip=CUSIP, name="CENCORA INC")
    listed = [told("ABC", 1, 40, cusip=CUSIP, name="AMERISOURCEBERGEN")]
    names = {"COR": {"Cencora, Inc."}, "ABC": {"Ameris Bancorp"}}
    renamed = [Alias("ABC", day(44), "COR", "the company")]
    assert labels(cencora, listed=listed, names=names) == [NOTHING]
    assert labels(cencora, listed=listed, names=names, aliases=renamed) == ["COR"]
    assert labels(cencora, listed=listed, aliases=renamed) == [NOTHING]


def test_an_isin_is_no_symbol_that_a_stock_ever_had() -> None:
    identity = settle(
        isin(APPLE, 1, 2, 3, name="Apple"), isin(APPLE), told("AAPL", 2, cusip=APPLE[2:11])
    )
    (security,) = identity.securities
    assert [interval.symbol for interval in security.intervals] == ["AAPL"]
    assert security.is_plain
    # Also refs that no snapshot holds any more, as those of a sector's members.
    assert sorted(identity.exceptions) == [1, 2]
