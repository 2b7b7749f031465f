"""The members that an entry of the old store lists, in every shape in which lists were written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from migration.printed_entries import members_of, read
from stockgroups.model import Category


@pytest.mark.parametrize(
    "listed",
    [
        ["AAPL", "BRK.B"],
        [" aapl", "brk-b "],
        '["AAPL", "BRK/B"]',
        "AAPL, BRK.B",
        [{"symbol": "AAPL"}, {"Ticker": "BRK.B"}],
        [{" Symbol ": "AAPL", "weight": None}, {"symbol": "BRKB", "weight": "n/a"}],
        {"AAPL": None, "BRK.B": None},
        ["AAPL", "BRK.B", "AAPL", None, ""],
        [["AAPL"], ["BRK.B"]],
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, json.dumps, lambda v: json.dumps(json.dumps(v))])
def test_members_are_read_in_every_shape(listed: Any, wrap: Any) -> None:
    group = read(wrap({"holdings": listed}))
    assert members_of(group) == {"AAPL": None, "BRK.B": None}
    assert not group.refused


@pytest.mark.parametrize(
    "listed",
    [
        [{"symbol": "AAPL", "weight": 0.6}, {"symbol": "GE", "weight": 0.4}],
        [{"symbol": "AAPL", "weight": 60}, {"symbol": "GE", "weight": 40.0}],
        [{"symbol": "AAPL", "weight": "0.6"}, {"symbol": "GE", "weight": " 0.4"}],
        [{"symbol": "AAPL", "weight": "60 %"}, {"symbol": "GE", "weight": "40%"}],
        [{"symbol": "AAPL", "Weight (%)": 60}, {"symbol": "GE", "Weight (%)": 40}],
        [{"symbol": "AAPL", "weight_pct": "60"}, {"symbol": "GE", "weight_pct": "40"}],
        [{"symbol": "AAPL", "percentage": 60}, {"symbol": "GE", "percentage": 40}],
        {"AAPL": 0.6, "GE": "0.4"},
        {"AAPL": {"weight": 60}, "GE": {"weight": 40}},
        [{"symbol": "AAPL", "weight": "60,0"}, {"symbol": "GE", "weight": "40,0 %"}],
        [{"symbol": "AAPL", "weight": "0,6"}, {"symbol": "GE", "weight": "0,4"}],
        [["AAPL", 60], ["GE", 40]],
    ],
)
def test_weights_become_fractions(listed: Any) -> None:
    assert members_of(read({"holdings": listed})) == {"AAPL": 0.6, "GE": 0.4}


def test_the_first_of_two_counts_as_where_rows_were_inserted_one_by_one() -> None:
    listed = [
        {"symbol": "AAPL", "weight": 0.6},
        {"symbol": "aapl", "weight": 0.1},
        {"symbol": "GE"},
        {"symbol": "GE", "weight": 0.4},
    ]
    group = read({"holdings": listed})
    assert members_of(group) == {"AAPL": 0.6, "GE": 0.4}
    assert group.snapshot is not None
    assert group.snapshot.receipt is not None
    assert group.snapshot.receipt.rows[Category.MERGED] == 2


@pytest.mark.parametrize(
    ("printed", "symbol"),
    [
        ("7203.T", "7203.XTKS"),
        ("NOVO-B.CO", "NOVO-B.XCSE"),
        ("0700.HK", "0700.XHKG"),
        ("700.HK", "0700.XHKG"),
        ("BF.B", "BF.B"),
        ("brk.a", "BRK.A"),
        ("SHEL.XLON", "SHEL.XLON"),
        ("7203 JP", "7203.XTKS"),
        ("vod ln equity", "VOD.XLON"),
        ("BRK B", "BRK.B"),
        ("EHTH US Equity", "EHTH"),
    ],
)
def test_foreign_symbols_never_pass_for_those_of_the_us(printed: str, symbol: str) -> None:
    assert list(members_of(read({"holdings": [printed]}))) == [symbol]


def test_an_exchange_beside_the_ticker_places_it() -> None:
    listed = [
        {"symbol": "7203", "exchange": "Tokyo Stock Exchange"},
        {"symbol": "BT.A", "exchange": "London Stock Exchange"},
        {"symbol": "SHEL.L", "exchange": "XLON"},
        {"symbol": "AAPL", "exchange": "NMS"},
        {"symbol": "GE", "exchange": "US"},
        {"symbol": "005930"},
        {"symbol": "IBM", "exchange": "Unknown"},
        {"symbol": "ROP", "exchange": "Bourse of Nowhere"},
        {"symbol": "CVR", "exchange": "NO MARKET (E.G. UNLISTED)"},
    ]
    group = read({"holdings": listed})
    members = ["7203.XTKS", "BT-A.XLON", "SHEL.XLON", "AAPL", "GE", "IBM"]
    assert list(members_of(group)) == members
    assert group.refused == [
        "'005930' is not a symbol in any spelling",
        "'ROP' is on the unknown exchange 'Bourse of Nowhere'",
        "'CVR' is on the unknown exchange 'NO MARKET (E.G. UNLISTED)'",
    ]


def test_what_is_no_symbol_is_refused_and_the_rest_is_read() -> None:
    said = ["no symbol!", 12345, {"name": "Cash"}, True, ["GE", 0.1, 7], {"weight": 0.1}]
    group = read({"holdings": ["AAPL", *said, {}, [], None, {"symbol": None}]})
    assert list(members_of(group)) == ["AAPL"]
    assert group.refused == [
        "'no symbol!' is not a symbol in any spelling",
        "'12345' is not a symbol in any spelling",
        "'Cash' has no ticker",
        "'true' has no ticker",
        """'["GE", 0.1, 7]' has no ticker""",
        """'{"weight": 0.1}' has no ticker""",
    ]
    assert group.snapshot is not None
    assert group.snapshot.receipt is not None
    assert group.snapshot.receipt.rows_read == 7
    assert "4 blank elements" in group.notes


def test_a_weight_that_is_no_number_is_named() -> None:
    listed = [{"symbol": "AAPL", "weight": "a lot"}, {"symbol": "GE", "weight": 0.4}]
    group = read({"holdings": listed})
    assert members_of(group) == {"AAPL": None, "GE": 0.4}
    assert group.refused == ["the weight of AAPL is not a number: 'a lot'"]
