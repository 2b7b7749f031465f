"""Identifiers: valid, and in one spelling."""

from __future__ import annotations

import pytest

from stockgroups.symbols.identifiers import valid_cusip, valid_figi, valid_isin, valid_sedol


@pytest.mark.parametrize("printed", ["US0378331005", "us0378331005", "US 037833100 5"])
def test_an_isin_has_one_spelling(printed: str) -> None:
    assert valid_isin(printed) == "US0378331005"


def test_the_others_have_one_spelling_too() -> None:
    assert valid_cusip("037833 10 0") == "037833100"
    assert valid_sedol("204 6251") == "2046251"
    assert valid_figi("BBG000B9 XRY4") == "BBG000B9XRY4"


@pytest.mark.parametrize("printed", [None, "", "000000000000", "US0378331006", "US037833-1005"])
def test_what_is_no_isin(printed: str | None) -> None:
    assert valid_isin(printed) is None
