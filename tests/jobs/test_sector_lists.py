"""Lists of sectors that people keep, in the shapes in which they keep them."""

from __future__ import annotations

from pathlib import Path

import pytest

from stockgroups.catalog import Catalog
from stockgroups.errors import SourceError
from stockgroups.jobs import sector_lists
from stockgroups.jobs.sector_lists import read_sector_list


@pytest.mark.parametrize(
    "text",
    [
        "XOM,energy\nbrk/b,Financials\n",
        "\ufeffSymbol,Sector\nXOM,Energy\nBRK-B,Financial Services\n",
        'Symbol,Security,GICS Sector,GICS Sub-Industry\nXOM,"Exxon, Mobil",Energy,Oil\n'
        "BRK.B,Berkshire,Financials,Multi-Sector Holdings\n",
        "ticker,weight,sector\r\n\r\nBRKB,0.1,finanzen\r\nxom,0.2,Integrated Oil & Gas\r\n",
    ],
)
def test_any_layout_and_any_spelling(tmp_path: Path, catalog: Catalog, text: str) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    found = read_sector_list(path, catalog)
    assert found.sectors == {"XOM": "energy", "BRK.B": "financials"}
    assert (found.file_name, found.not_understood) == ("mine.csv", [])


def test_rows_that_say_nothing_are_told(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("XOM,Energy\nAAPL,Technology\nhello world,Energy\nV\n")
    found = read_sector_list(path, catalog)
    assert found.sectors == {"XOM": "energy"}
    assert found.not_understood == [
        "row 2: AAPL,Technology",
        "row 3: hello world,Energy",
        "row 4: V",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no row holds a symbol and a sector"),
        (b"<html><body>Not found</body></html>", "no row holds"),
        (b"XOM,Energy\nXOM,Utilities\n", "XOM is in two sectors"),
        (b"XOM,\xff\xfe\n", "not CSV in UTF-8"),
        (b'"' + b"x" * 200_000, "not CSV in UTF-8"),
    ],
)
def test_what_is_no_list_is_refused(
    tmp_path: Path, catalog: Catalog, content: bytes, words: str
) -> None:
    path = tmp_path / "mine.csv"
    path.write_bytes(content)
    with pytest.raises(SourceError, match=words):
        read_sector_list(path, catalog)


def test_it_is_bounded(tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("XOM,Energy\n" * 20)
    monkeypatch.setattr(sector_lists, "MAX_ROWS", 19)
    with pytest.raises(SourceError, match="more than 19 rows"):
        read_sector_list(path, catalog)
    monkeypatch.setattr(sector_lists, "MAX_FILE_BYTES", 100)
    with pytest.raises(SourceError, match="more than 100 bytes"):
        read_sector_list(path, catalog)
