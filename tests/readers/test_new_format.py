"""A new format is a small module: here is one, in the test, read through the same pipeline."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from readers.builders import CATALOG, receipt_of, weights_of
from stockgroups.errors import AmbiguousFileError, UnrecognisedFileError
from stockgroups.model import Category
from stockgroups.readers import FORMATS, Field, Format, read_holdings, reader_ids
from stockgroups.readers.tables import by_header, read_preamble, read_table

if TYPE_CHECKING:
    from stockgroups.readers import FileColumns
    from stockgroups.readers.containers.document import Document
    from stockgroups.readers.tables import Header

_FIELDS = {
    "Symbol": Field.TICKER,
    "Holding": Field.NAME,
    "Share of fund": Field.WEIGHT,
    "Kind": Field.ASSET_CLASS,
}


def _read(document: Document, header: Header) -> FileColumns:
    preamble = read_preamble(document, header)
    table = read_table(document, header, _FIELDS, ignored=("Rank",))
    return replace(table, fund_ticker=preamble["Fund"], as_of=preamble["Date"])


TOY = Format("toy", 3, "Toymaker", by_header(_read, _FIELDS))
FILE = b"""Fund,TOYS
Date,2026-07-02

Rank,Symbol,Holding,Share of fund,Kind,Colour
1,BRK/B,Berkshire Hathaway,70.5%,Equity,red
2,AAPL,Apple,28.5%,Equity,red
3,USD,Dollars,1.0%,Cash,-
4,what?

Toys are no investment.
"""


def test_a_toy_format_gets_everything_that_the_pipeline_gives() -> None:
    formats = (*FORMATS, TOY)
    result = read_holdings(FILE.replace(b"4,what?\n", b""), "x.csv", CATALOG, formats=formats)
    snapshot = result.snapshot
    assert (result.fund, result.format, snapshot.issuer) == ("TOYS", "toy", "Toymaker")
    assert snapshot.as_of == dt.date(2026, 7, 2)
    assert weights_of(snapshot) == {"BRK.B": 0.705, "AAPL": 0.285}
    receipt = receipt_of(snapshot)
    assert receipt.rows[Category.CASH] == 1
    assert receipt.unknown_columns == ("Colour",)
    assert snapshot.reader in reader_ids(CATALOG, formats)
    assert snapshot.reader.startswith("toy/3.")
    assert snapshot.reader not in reader_ids(CATALOG)


def test_without_its_line_in_the_registry_the_format_is_not_known() -> None:
    with pytest.raises(UnrecognisedFileError):
        read_holdings(FILE, "x.csv", CATALOG)


def test_two_formats_that_recognise_one_file_are_a_mistake() -> None:
    twin = Format("twin", 1, None, by_header(_read, _FIELDS))
    with pytest.raises(AmbiguousFileError, match="several formats: toy, twin"):
        read_holdings(FILE, "x.csv", CATALOG, formats=(TOY, twin))


def test_names_and_order_of_the_registry() -> None:
    names = [known.name for known in FORMATS]
    assert len(set(names)) == len(names)
    assert {"ishares_us", "plain", "ssga_us"} <= set(names)
