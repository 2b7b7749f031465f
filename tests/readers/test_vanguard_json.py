"""Vanguard's JSON: the fund by its number, numbers as text, and every bound."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from readers.builders import CATALOG, others_of, read, receipt_of, weights_of
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    OversizedFileError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings
from stockgroups.readers.containers import json_text
from stockgroups.readers.containers.document import open_document


def _position(name: str, value: float, **printed: Any) -> dict[str, Any]:
    """A position as the site feeds it, of a fund of a million dollars; None leaves a key out."""
    position = {
        "effectiveDate": "2022-11-30",
        "name": name,
        "quantity": 1000.0,
        "mktValPercent": value / 10_000,
        "salesPosition": "LONG",
        "sedol": "2046251",
        "issueTypeCode": "106",
        "parentIssueTypeCode": "1",
        "issueTypeName": "Common Stock",
        "parentIssueTypeName": "Equity",
        "sector": "Systems Software",
        "market": "US",
        "marketVal": value,
        "CUSIP": "037833100",
        "reportingName": name,
        "countryOfRiskCode": "US",
        "icbLevel4SectorName": "Software",
    } | printed
    return {key: text for key, text in position.items() if text is not None}


_BARE = {"sedol": None, "sector": None, "countryOfRiskCode": None, "icbLevel4SectorName": None}
POSITIONS: list[Any] = [
    _position("Berkshire", 500_000.0, bticker="BRK.B", reportingName="Berkshire Class B"),
    _position("Accenture", 300_000.0, bticker="ACN", market="IE", CUSIP="G1151C101"),
    _position("Prologis", 100_000.0, bticker="PLD", issueTypeName="Other Equity"),
    _position("Shell", 20_000.0, bticker="SHEL", market="GB", countryOfRiskCode="GB"),
    _position(
        "S&P500 EMINI FUT  Dec22",
        50_000.0,
        bticker="ESZ2",
        issueTypeName="Index Future",
        parentIssueTypeName="Futures",
        market="",
        CUSIP=None,
        **_BARE,
    ),
    _position("MKTLIQ", 29_000.0, issueTypeName="Mutual Fund", CUSIP="CMT001142", **_BARE),
    _position("Something new", 1_000.0, bticker="NEW", issueTypeName="Depositary Certificate"),
]


def _json(positions: list[Any] = POSITIONS, number: str = "0968") -> bytes:
    fund = {"portId": number, "holdingTypeCode": "ORIG", "holdingDetailItem": positions}
    return json.dumps([fund]).encode()


def test_every_position_is_in_the_account() -> None:
    result = read_holdings(_json(), "holdings.json", CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, result.format) == ("VOO", "vanguard_json")
    assert snapshot.as_of == dt.date(2022, 11, 30)
    assert weights_of(snapshot) == {"BRK.B": 0.5, "ACN": 0.3, "PLD": 0.1}
    assert others_of(snapshot) == {
        "Shell": Category.UNRESOLVED,
        "S&P500 EMINI FUT  Dec22": Category.DERIVATIVE,
        "MKTLIQ": Category.CASH,
        "Something new": Category.OTHER,
    }
    assert [line.line for line in receipt.lines] == [4, 5, 6, 7]
    assert (receipt.printed_weight, receipt.basis) == (1, "market value")
    assert receipt.unknown_columns == ()
    ref = snapshot.refs[1]
    assert (ref.name, ref.cusip, ref.sedol, ref.country) == (
        "Accenture",
        "G1151C101",
        "2046251",
        "US",
    )
    assert snapshot.refs[0].name == "Berkshire Class B"
    assert snapshot.industries == snapshot.sectors == ("Systems Software",) * 4
    assert snapshot.shares == (1000,) * 4


def test_the_fund_is_that_of_the_number_where_it_is_known() -> None:
    with pytest.raises(WrongFundError):
        read(_json(), "VTV_2022-11-30.json")
    assert read_holdings(_json(number="7777"), "VTV.json", CATALOG).fund == "VTV"
    with pytest.raises(AmbiguousFileError, match="fund"):
        read(_json(number="7777"), "holdings.json")


def test_a_position_that_is_none_is_rejected_and_a_new_key_reported() -> None:
    odd = [7, ["x"], {"bticker": ["A"]}, {"bticker": True}]
    positions = [*POSITIONS, *odd, _position("No number", 0, bticker="A", quantity=float("inf"))]
    positions[0] = {**POSITIONS[0], "esgScore": 1}
    receipt = receipt_of(read(_json(positions), "VOO.json"))
    assert receipt.rows[Category.REJECTED] == 5
    assert receipt.rows[Category.UNRESOLVED] == 1
    assert receipt.rows_read == 12
    assert receipt.unknown_columns == ("esgScore",)


def test_foreign_stocks_are_known_by_their_sedols() -> None:
    foreign = [
        _position("Roche", 600_000, bticker="ROP", countryOfRiskCode="CH"),
        _position("Toyota", 400_000, bticker="7203", countryOfRiskCode="JP"),
    ]
    snapshot = read(_json(foreign, "0936"), "VEA.json")
    assert [(ref.symbol, ref.ticker) for ref in snapshot.refs] == [(None, "ROP"), (None, "7203")]


def test_what_is_no_stock_has_no_country() -> None:
    cash = [_position(name, 1.0, issueTypeName="Mutual Fund", **_BARE) for name in "ABC"]
    stock = _position("Accenture", 999_997.0, bticker="ACN", market="IE")
    assert read(_json([stock, *cash]), "VOO.json").symbols == ("ACN",)


def test_it_has_no_rows() -> None:
    assert list(open_document(_json(), "VOO.json").rows()) == []


def test_positions_of_several_days_or_funds_are_refused() -> None:
    later = [*POSITIONS, _position("Late", 1, bticker="L", effectiveDate="2022-12-30")]
    with pytest.raises(AmbiguousFileError, match="date"):
        read(_json(later), "VOO.json")
    funds = json.loads(_json()) * 2
    with pytest.raises(AmbiguousFileError, match="2 funds"):
        read(json.dumps(funds).encode(), "VOO.json")


@pytest.mark.parametrize("text", ['[{"holdingDetailItem": []}]', '[{"holdingDetailItem": [1]}]'])
def test_files_without_holdings(text: str) -> None:
    with pytest.raises(EmptyFileError):
        read(text.encode(), "VOO.json")


@pytest.mark.parametrize(
    "text",
    [
        '{"holdingDetailItem": []}',
        '[[], {"holdingDetailItem": []}]',
        '[{"holdingDetailItem": 7}]',
        '["holdingDetailItem"]',
        '[{"holdingDetailItem": [' + "[" * 100_000 + "]" * 100_000 + "]}]",
        '[{"symbol": "A"}]',
    ],
)
def test_other_json_is_not_recognised(text: str) -> None:
    with pytest.raises(UnrecognisedFileError, match="JSON"):
        read(text.encode(), "VOO.json")


def test_json_that_is_cut() -> None:
    whole = _json()
    for end in range(len(whole) // 2, len(whole), 97):
        with pytest.raises(TruncatedFileError):
            read(whole[:end], "VOO.json")


def test_the_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    many = {f"key{number}": "" for number in range(200)}
    with pytest.raises(OversizedFileError, match="keys"):
        read(_json([{**POSITIONS[0], **many}]), "VOO.json")
    monkeypatch.setattr(json_text, "MAX_CHARACTERS", len(_json()) - 1)
    with pytest.raises(OversizedFileError, match="characters"):
        read(_json(), "VOO.json")


def test_the_real_file(holdings: Path) -> None:
    path = holdings / "vanguard" / "VOO_2022-11-30_api.json"
    positions = json.loads(path.read_text())[0]["holdingDetailItem"]
    total = sum(position["marketVal"] for position in positions)
    stocks = {
        position["bticker"]: position["marketVal"] / total
        for position in positions
        if position["issueTypeName"] in {"Common Stock", "Other Equity"}
    }
    result = read_holdings(path, path.name, CATALOG)
    snapshot, receipt = result.snapshot, receipt_of(result.snapshot)
    assert (result.fund, snapshot.as_of) == ("VOO", dt.date(2022, 11, 30))
    assert len(stocks) == 503
    assert weights_of(snapshot) == pytest.approx(stocks, abs=1e-6)
    assert receipt.rows_read == len(positions)
    assert receipt.rows[Category.REJECTED] == 0
    assert receipt.unknown_columns == ()


def test_the_real_error_page(holdings: Path) -> None:
    path = holdings / "negative" / "VOO_vanguard-error.json"
    with pytest.raises(UnsupportedFileError, match="JSON around an HTML page"):
        read_holdings(path, path.name, CATALOG)


def test_every_label_in_real_files_belongs_to_a_sector(holdings: Path) -> None:
    paths = sorted((holdings / "vanguard").glob("V*_*"))
    assert paths
    for path in paths:
        labels = read_holdings(path, path.name, CATALOG).snapshot.sectors or ()
        assert {label for label in labels if label and not CATALOG.sector_of_label(label)} == set()
