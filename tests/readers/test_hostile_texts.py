"""Texts that a terminal obeys, that a database refuses, or that look like code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from commands import make_command
from directory_files import make_listed, make_screener, make_tickers
from readers.accounts import check_directory, check_snapshot, check_texts
from readers.builders import (
    CATALOG,
    ishares_csv,
    ishares_row,
    ishares_rows,
    others_of,
    read,
    receipt_of,
    ssga_row,
    ssga_xlsx,
)
from stockgroups.errors import (
    NoDateError,
    SourceError,
    WrongFundError,
)
from stockgroups.model import Category
from stockgroups.readers import read_holdings
from stockgroups.readers.directories import read_directory

ODD_TEXTS = {
    "escape of 8 bits": "A\x9b31mB",
    "next line": "A\x85B",
    "line separator": "A\u2028B",
    "newline": "A\n✓ Inserted SPY: 503 holdings",
    "tab": "A\tB",
    "right to left": "A\u202eB",
    "isolate": "A\u2066B",
    "mark": "A\ufeffB",
    "no width": "A\u200bB",
    "long": "A" * 60_000,
}
CONTROLS = {"escape": "A\x1b[2JB", "NUL": "A\x00B", "half a pair": "A\ud800B", "bell": "A\x07B"}

by_text = pytest.mark.parametrize("text", ODD_TEXTS.values(), ids=ODD_TEXTS)
by_any_text = pytest.mark.parametrize(
    "text", (ODD_TEXTS | CONTROLS).values(), ids=ODD_TEXTS | CONTROLS
)


@by_text
def test_texts_in_a_csv(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        *ishares_rows({"AAPL": 60e6, "MSFT": 40e6}),
        ishares_row("ABC", text, 10.0),
        ishares_row(text, "AB CORP", 10.0),
        ishares_row("DEF", "DE CORP", 10.0, exchange=text),
        ishares_row("GHI", "GH CORP", 10.0, asset_class=text),
        ishares_row("JKL", "JK CORP", 10.0, sector=text),
    ]
    data = ishares_csv(rows, labels=(*rows[0], f'"{text[:100]}"'))
    snapshot = read(data)
    check_snapshot(snapshot)
    assert snapshot.symbols == ("AAPL", "MSFT")
    assert receipt_of(snapshot).rows[Category.REJECTED] == 5
    path = tmp_path / "IWV.csv"
    path.write_bytes(data)
    answer = make_command(capsys)("receipt", path, "--verbose")
    assert answer.status == 0
    check_texts(answer.out.split("\n"))
    assert "✓ Inserted" not in [line[:10] for line in answer.lines]


@by_text
def test_texts_above_the_table(text: str) -> None:
    unknown = ishares_csv(ishares_rows({"AAPL": 1.0}), name=f'"Fund {text}"')
    result = read_holdings(unknown, "NEW_2026-07-02.csv", CATALOG)
    assert result.fund_name
    assert len(result.fund_name) <= 1300  # 200 signs, each written out
    check_texts([result.fund_name])
    for data in (unknown, ishares_csv(ishares_rows({"AAPL": 1.0}), as_of=text)):
        with pytest.raises((WrongFundError, NoDateError)) as refused:
            read(data, "IWM.csv")
        check_texts([str(refused.value)])
        assert len(str(refused.value)) < 2000


@by_any_text
def test_texts_in_a_workbook(text: str) -> None:
    coded = "".join(f"_x{ord(c):04X}_" if c < " " or c == "\ud800" else c for c in text)
    rows = [ssga_row("AAPL", "APPLE INC", 100.0)]
    rows += [ssga_row("ABC", coded[:30_000], 0.0), ssga_row(coded[:30_000], "ABC", 0.0)]
    snapshot = read(ssga_xlsx(rows))
    check_snapshot(snapshot)
    assert "AAPL" in snapshot.symbols


@by_any_text
def test_texts_in_json(text: str) -> None:
    rows: list[dict[str, object]] = [
        {"bticker": "AAPL", "reportingName": "APPLE"},
        {"bticker": "MSFT", "reportingName": text},
        {"bticker": text, "reportingName": "SOME"},
        {"bticker": "IBM", "reportingName": "IBM", "sector": text, text[:50]: text},
    ]
    same = {"issueTypeName": "Common Stock", "countryOfRiskCode": "US", "sedol": "2046251"}
    numbers = {"effectiveDate": "2022-11-30", "marketVal": 1.0, "mktValPercent": 20.0}
    items = [*({**same, **numbers, **row} for row in rows), text]
    data = json.dumps([{"portId": "0968", "holdingDetailItem": items}]).encode()
    snapshot = read(data, "VOO.json", accept={"weights"})
    check_snapshot(snapshot)
    assert snapshot.symbols == ("AAPL",)
    assert receipt_of(snapshot).rows[Category.REJECTED] == 4
    json.dumps(receipt_of(snapshot).to_dict(), ensure_ascii=False).encode()
    numbers["effectiveDate"] = text
    with pytest.raises(NoDateError) as refused:
        read(json.dumps([{"portId": 9, "holdingDetailItem": [{**same, **numbers}]}]).encode(), "V")
    check_texts([str(refused.value)])


@by_any_text
def test_texts_in_directories(text: str) -> None:
    data = make_tickers((1, "A", "AAPL", "Nasdaq"), (2, text, "MSFT", text), (3, "C", text, "NYSE"))
    directory = read_directory(data, "x_2026-05-12.json")
    check_directory(directory)
    assert directory.listings[0].symbol == "AAPL"
    assert directory.account()["read"] == 3
    check_directory(
        read_directory(
            make_screener({"symbol": "A"}, {"symbol": "B", "sector": text, text: 1}), "x_2026-05-12"
        )
    )


@by_any_text
def test_names_of_files(text: str) -> None:
    name = f"IWV {text}.csv"
    snapshot = read(ishares_csv(ishares_rows({"AAPL": 1.0})), name)
    assert snapshot.file_name
    check_texts([snapshot.file_name])
    check_texts([read_directory(make_listed(["A"]), name).file_name])
    for refuse in (read, read_directory):
        with pytest.raises(SourceError) as refused:
            refuse(b"nothing\n", name)
        check_texts([str(refused.value)])


def test_what_looks_like_code_is_text() -> None:
    formula, statement = "=cmd|' /C calc'!A0", "'; DROP TABLE group_memberships; --"
    rows = [
        *ishares_rows({"AAPL": 60e6, "MSFT": 40e6}),
        ishares_row("ABC", formula, 1.0),
        ishares_row(statement, "X CORP", 1.0),
        ishares_row(formula, "Y CORP", 1.0),
    ]
    snapshot = read(ishares_csv(rows))
    assert [ref.name for ref in snapshot.refs][2] == formula
    assert others_of(snapshot) == {"X CORP": Category.REJECTED, "Y CORP": Category.REJECTED}
