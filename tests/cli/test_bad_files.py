"""Files that are no holdings files: each refused in one line, with nothing written."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from commands import Command
from holdings_files import HTML_PAGE, write_ishares, write_list, write_ssga, write_text
from samples import DAY
from stockgroups.db.connection import Connection
from tables import dump

IVV = "iShares Core S&P 500 ETF"


def cut(path: Path) -> None:
    """Lose the last third of a file, as a broken download does."""
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])


def make_bad_file(folder: Path, kind: str) -> Path:
    """A file with which something is wrong."""
    match kind:
        case "unrecognised":
            return write_text(folder / "SPY.csv", "Date,Open,Close\n2026-07-01,10,11\n")
        case "an HTML page":
            return write_text(folder / "SPY.csv", HTML_PAGE)
        case "a JSON error":
            return write_text(folder / "SPY.json", '{"error": "not found"}')
        case "empty":
            return write_text(folder / "SPY_2026-07-01.csv", "")
        case "blank":
            return write_text(folder / "SPY_2026-07-01.csv", "\n \n\n")
        case "no holdings":
            path = write_ishares(folder / "IVV.csv", IVV, DAY, {"AAPL": 1.0})
            return write_text(path, "".join(path.read_text().splitlines(keepends=True)[:9]))
        case "cut CSV":
            path = write_ishares(
                folder / "IVV.csv", IVV, DAY, {f"A{chr(65 + n)}": 1.0 for n in range(20)}
            )
            cut(path)
            return path
        case "cut workbook":
            path = write_ssga(folder / "MDY.xlsx", "MDY", "M", DAY, {"EQT": 1.0})
            cut(path)
            return path
        case "another archive":
            path = folder / "SPY.xlsx"
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("holdings.csv", "AAPL\n")
            return path
        case "another fund":
            return write_ssga(folder / "SPY.xlsx", "MDY", "M", DAY, {"EQT": 1.0})
        case "another fund by name":
            return write_ishares(folder / "IWM.csv", IVV, DAY, {"AAPL": 1.0})
        case "no fund":
            return write_list(folder / "holdings_2026-07-01.csv", {"IBM": None})
        case "no date":
            return write_list(folder / "SPY.csv", {"IBM": None})
        case "binary":
            path = folder / "SPY.csv"
            path.write_bytes(bytes(range(256)))
            return path
        case "no stock":
            return write_list(folder / "SPY_2026-07-01.csv", {"-": 1.0})
    raise AssertionError(kind)


BAD_FILES = {
    "unrecognised": "unknown format",
    "an HTML page": "an HTML page",
    "a JSON error": "JSON",
    "empty": "the file is empty",
    "blank": "the file is empty",
    "no holdings": "without a table of holdings",
    "cut CSV": "IVV.csv",
    "cut workbook": "cut off or damaged",
    "another archive": "not an Excel workbook",
    "another fund": "the file's name says SPY, its content",
    "another fund by name": "the file's name says IWM, its content",
    "no fund": "holds no ticker",
    "no date": "no as-of date",
    "binary": "binary data",
    "no stock": "it has 1 row, none of them a stock",
}


@pytest.mark.parametrize(("kind", "told"), BAD_FILES.items(), ids=BAD_FILES)
def test_a_file_that_is_no_holdings_file(
    command: Command, connection: Connection, tmp_path: Path, kind: str, told: str
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    file = make_bad_file(folder, kind)
    # All funds with a proxy are there already: the file alone could change anything.
    command("load")
    before = dump(connection)
    answer = command("load", "--holdings-dir", folder)
    assert answer.status == 1
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith(f"✗ {file.name}: refused: ")
    assert told in answer.err
    assert dump(connection) == before
