"""The quarterly data set of N-PORT: the same snapshots as of the filings' XML."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import pytest

from data_sets import Filed, Tables, make_tables, write_tables
from readers.nport_files import APPLE, MICROSOFT, SAP, filing, position
from readers.test_nport import DERIVATIVES_TOLD, OPTIONS_TOLD, POSITIONS
from stockgroups.errors import SourceError
from stockgroups.model import Snapshot
from stockgroups.readers.sec.nport_tables import TABLES, read_accounts, read_headers
from stockgroups.readers.sec.nport_xml import read_filing
from stockgroups.readers.sec.tables import TableSet
from stockgroups.receipts import Notional
from stockgroups.record.digests import content_digest

ALL = ONE, TWO, THREE, FOUR, FIVE = tuple(f"0001234567-24-00000{n}" for n in range(1, 6))
EVERY = [told for told, _, _ in POSITIONS]
FILINGS = [
    Filed(ONE, EVERY),
    Filed(TWO, [APPLE | {"pctVal": "60"}, SAP | {"pctVal": "39"}], series="S000000002"),
    Filed(FOUR, DERIVATIVES_TOLD, series="S000000004"),
    Filed(FIVE, OPTIONS_TOLD, series="S000000005"),
    Filed(THREE, [MICROSOFT | {"pctVal": "99"}], series="", name="", cik="0000884394"),
]


SHORT_SET = frozenset(
    {"SUBMISSION", "REGISTRANT", "FUND_REPORTED_INFO", "FUND_REPORTED_HOLDING", "IDENTIFIERS"}
)


def read_set(path: Path, wanted: tuple[str, ...] = ALL) -> dict[str, Snapshot]:
    found = {}
    with TableSet(path, TABLES) as tables:
        headers = {h.accession or "": h for h in read_headers(tables)}
        parts = {number: at % 2 for at, number in enumerate(wanted)}
        net = {number: headers[number].net_assets for number in wanted}
        for accounts in read_accounts(tables, parts, net):
            for number, account in accounts.items():
                found[number] = account.finish(
                    headers[number], file_name=number, sha256="", fund_from=""
                )
    return found


def read_xml(filed: Filed) -> Snapshot:
    # A filing in XML writes N/A where the table has a blank.
    rows = [position(**told) for told in filed.positions]
    data = filing(rows, series=filed.series, name=filed.name or "N/A", cik=filed.cik)
    return read_filing(io.BytesIO(data), "x").make_snapshot(filed.accession, "")


def test_what_derivatives_stand_for_is_what_the_filings_give(tmp_path: Path) -> None:
    found = read_set(write_tables(tmp_path / "q.zip", make_tables(FILINGS)))
    for filed in FILINGS:
        ours, theirs = found[filed.accession].receipt, read_xml(filed).receipt
        assert ours is not None
        assert theirs is not None
        assert ours.notional == theirs.notional
    told = found[FOUR].receipt
    assert told is not None
    assert told.notional == Notional(0.141, -0.07, 0.05, untold=4)


def test_without_the_tables_of_terms_derivatives_are_counted(tmp_path: Path) -> None:
    tables = {name: rows for name, rows in make_tables(FILINGS).items() if name in SHORT_SET}
    receipt = read_set(write_tables(tmp_path / "q.zip", tables))[FOUR].receipt
    assert receipt is not None
    assert receipt.notional == Notional(untold=12)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["2024q1_nport.zip", "folder"])
def test_it_gives_what_the_filings_give(tmp_path: Path, name: str, ends: str) -> None:
    found = read_set(write_tables(tmp_path / name, make_tables(FILINGS), ends))
    assert sorted(found) == [*ALL]
    for filed in FILINGS:
        ours, theirs = found[filed.accession], read_xml(filed)
        assert content_digest(ours) == content_digest(theirs)
        assert ours.receipt is not None
        assert theirs.receipt is not None
        assert ours.receipt.lines == theirs.receipt.lines
        assert ours.receipt.weights == theirs.receipt.weights


def test_what_it_says_of_filings(tmp_path: Path) -> None:
    with TableSet(write_tables(tmp_path / "q.zip", make_tables(FILINGS)), TABLES) as tables:
        headers = read_headers(tables)
    one, trust = headers[0], headers[-1]
    assert (str(one.as_of), str(one.filed_on), one.cik) == ("2024-01-31", "2024-03-28", 1234)
    assert (one.series_id, one.name, one.total_assets) == ("S000000001", "Some Stock ETF", 101000)
    assert (trust.series_id, trust.name, trust.cik) == (None, "SOME TRUST", 884394)


def test_filings_that_are_not_wanted_are_not_kept(tmp_path: Path) -> None:
    path = write_tables(tmp_path / "q.zip", make_tables(FILINGS))
    assert list(read_set(path, (TWO,))) == [TWO]
    assert not list(Path(tempfile.gettempdir()).glob(f"*{TWO}*"))


def _without(tables: Tables, table: str, column: str) -> Tables:
    at = tables[table][0].index(column)
    return tables | {table: [[*row[:at], *row[at + 1 :]] for row in tables[table]]}


def _shuffled(tables: Tables) -> Tables:
    head, *rows = tables["FUND_REPORTED_HOLDING"]
    return tables | {"FUND_REPORTED_HOLDING": [head, *reversed(rows)]}


def test_neither_the_order_of_rows_nor_that_of_columns_matters(tmp_path: Path) -> None:
    tables = make_tables(FILINGS[1:])
    usual = read_set(write_tables(tmp_path / "a.zip", tables), (TWO, THREE))
    turned: Tables = {
        name: [[*row[::-1]] for row in rows] for name, rows in _shuffled(tables).items()
    }
    other = read_set(write_tables(tmp_path / "b.zip", turned), (TWO, THREE))
    ours, theirs = (
        set(zip(s.refs, s.weights or (), strict=True)) for s in (usual[TWO], other[TWO])
    )
    assert ours == theirs
    fewer = _without(tables, "FUND_REPORTED_HOLDING", "FAIR_VALUE_LEVEL")
    assert read_set(write_tables(tmp_path / "c.zip", fewer), (TWO, THREE)) == usual


def _set_name(tables: Tables, name: str) -> Tables:
    """The tables with another name of each position."""
    head, *rows = tables["FUND_REPORTED_HOLDING"]
    at = head.index("ISSUER_NAME")
    return tables | {
        "FUND_REPORTED_HOLDING": [head, *([*row[:at], name, *row[at + 1 :]] for row in rows)]
    }


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ('"Some ""Stock"" Inc"', 'Some "Stock" Inc'),
        ('"Some\tStock Inc"', "Some Stock Inc"),
        ('"Some\nStock Inc"', "Some Stock Inc"),
        ("Some\nStock\nInc", "Some Stock Inc"),
        # The SEC's own files quote nothing: a quote is a part of the name.
        ('"K" Line', '"K" Line'),
        ('"Some', '"Some'),
        ('7" Disks', '7" Disks'),
    ],
)
def test_names_with_quotes_tabs_and_line_ends(tmp_path: Path, printed: str, name: str) -> None:
    tables = _set_name(make_tables(FILINGS[1:2]), printed)
    found = read_set(write_tables(tmp_path / "q.zip", tables), (TWO,))[TWO]
    assert found.weights == (0.6, 0.39)
    assert [ref.name for ref in found.refs] == [name] * 2


def test_a_copy_with_every_cell_in_quotes(tmp_path: Path) -> None:
    tables = make_tables(FILINGS)
    quoted: Tables = {
        name: [[f'"{cell}"' for cell in row] for row in rows] for name, rows in tables.items()
    }
    usual = read_set(write_tables(tmp_path / "a.zip", tables))
    assert read_set(write_tables(tmp_path / "b.zip", quoted)) == usual


REFUSED: list[tuple[str, Tables, str]] = [
    ("no table", {"IDENTIFIERS": []}, "it lacks the table IDENTIFIERS"),
    (
        "no column",
        _without(make_tables(FILINGS), "FUND_REPORTED_HOLDING", "ASSET_CAT"),
        "it lacks the column ASSET_CAT",
    ),
    ("another quarter beside it", {"FUND_REPORTED_HOLDING": [
        *make_tables(FILINGS)["FUND_REPORTED_HOLDING"], [THREE, "168253007", *["x"] * 20]]},
     "168253007 is in two filings"),
    ("a torn row", {"FUND_REPORTED_HOLDING": [
        *make_tables(FILINGS)["FUND_REPORTED_HOLDING"], [TWO, "1", "x"]]}, "3 cells where"),
    ("no number", {"FUND_REPORTED_HOLDING": [
        *make_tables(FILINGS)["FUND_REPORTED_HOLDING"], [TWO, "x", *["x"] * 20]]},
     "not the number of"),
    ("no registrant", {"REGISTRANT": make_tables(FILINGS)["REGISTRANT"][:2]}, "REGISTRANT lacks"),
    ("no date", {"SUBMISSION": [
        make_tables(FILINGS)["SUBMISSION"][0], (ONE, "soon", "", "", "", "soon", "")]},
     "not a date"),
    ("a pointer", {"FUND_REPORTED_HOLDING": [["version https://git-lfs.github.com/spec/v1"]]},
     "a Git LFS pointer"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "tables", "words"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_is_refused(tmp_path: Path, name: str, tables: Tables, words: str) -> None:
    made = {k: v for k, v in (make_tables(FILINGS) | tables).items() if v}
    with pytest.raises(SourceError, match=words) as caught:
        read_set(write_tables(tmp_path / "q.zip", made))
    assert caught.value.remedy


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    whole = write_tables(tmp_path / "q.zip", make_tables(FILINGS)).read_bytes()
    page = b"<!DOCTYPE html><html><title>Your Request Originates from an Undeclared Automated Tool"
    for data, words in [
        (page, "an HTML page"),
        (b"", "the file is empty"),
        (b"some text", "no zip"),
        (whole[: len(whole) // 2], "the zip is damaged"),
        (whole[:200] + b"\0" * 300 + whole[500:], "damaged|no table"),
    ]:
        (tmp_path / "q.zip").write_bytes(data)
        with pytest.raises(SourceError, match=words):
            read_set(tmp_path / "q.zip")
