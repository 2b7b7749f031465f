"""Lists of an index's members: where their stocks are listed."""

from __future__ import annotations

import pytest

from readers.builders import CATALOG
from stockgroups.errors import UnsupportedFileError
from stockgroups.readers.lists.constituents import read_constituents

PARIS = b"Symbol,Name\nAIR.PA,Airbus\nMC FP,LVMH\nOR,Loreal\n"


@pytest.mark.parametrize(
    ("name", "universe", "mic"),
    [
        ("cac40_2026-07-02.csv", "", "XPAR"),
        ("FTSE-100 2026-07-02.csv", "", "XLON"),
        ("members_2026-07-02.csv", "mdax", "XETR"),
    ],
)
def test_the_name_of_an_index_tells_that_its_stocks_are_abroad(
    name: str, universe: str, mic: str
) -> None:
    local = b"Symbol,Name\nAIR,Airbus\nMC,LVMH\n"
    with pytest.raises(UnsupportedFileError, match=f"--exchange {mic}"):
        read_constituents(local, name, CATALOG, universe=universe)
    symbols = read_constituents(local, name, CATALOG, exchange=CATALOG.exchanges[mic]).symbols
    assert symbols == (f"AIR.{mic}", f"MC.{mic}")


def test_other_names_tell_nothing() -> None:
    for name in ("cache_2026-07-02.csv", "ftse_rafi_1000_2026-07-02.csv"):
        assert read_constituents(b"Symbol,Name\nMC,Moelis\n", name, CATALOG).symbols == ("MC",)


def test_the_given_exchange_takes_vendors_codes_of_it_off() -> None:
    given = CATALOG.exchanges["XPAR"]
    snapshot = read_constituents(PARIS, "members_2026-07-02.csv", CATALOG, exchange=given)
    assert snapshot.symbols == ("AIR.XPAR", "MC.XPAR", "OR.XPAR")


def test_a_truth_in_json_is_a_ticker_and_no_number_is_none() -> None:
    text = b'[{"symbol": true}, {"symbol": "AAPL"}, {"symbol": NaN}]'
    assert read_constituents(text, "members_2026-07-02.json", CATALOG).symbols == ("TRUE", "AAPL")
