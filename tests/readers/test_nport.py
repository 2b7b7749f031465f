"""N-PORT filings in XML: what each position is, weights, identifiers, and what is refused."""

from __future__ import annotations

import io
import tracemalloc
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from math import fsum
from pathlib import Path

import pytest

from readers.accounts import check_snapshot, faults_of
from readers.builders import CATALOG, read, receipt_of, weights_of
from readers.nport_files import APPLE, MICROSOFT, SAP, filing, position, spread, submission
from stockgroups.errors import (
    EmptyFileError,
    GuardError,
    OversizedFileError,
    SourceError,
    TruncatedFileError,
    UnrecognisedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.model import Category, Snapshot
from stockgroups.readers import read_holdings
from stockgroups.readers.sec import portfolio
from stockgroups.readers.sec.nport_xml import read_filing
from stockgroups.receipts import Notional
from stockgroups.suspicions import Guard

NAME = "SOME_2024-01-31.xml"
SWAP = """<swapDeriv derivCat="SWP"><descRefInstrmnt><otherRefInst><issuerName>Tesla</issuerName>
<identifiers><cusip value="88160R101"/><isin value="US88160R1014"/></identifiers><name>Tesla</name>
<cusip>88160R101</cusip><isin value="US88160R1014"/></otherRefInst></descRefInstrmnt></swapDeriv>"""
FUTURE = '<futrDeriv derivCat="FUT"><notionalAmt>366252.46</notionalAmt></futrDeriv>'

POSITIONS: list[tuple[dict[str, str], Category, str]] = [
    (APPLE | {"pctVal": "40.123456789012"}, Category.MEMBER, ""),
    (SAP | {"pctVal": "20", "issuerCat": "CORP", "cusip": "N/A"}, Category.MEMBER, ""),
    # A preferred share of Porsche, as one filing has it: units PA, no name.
    (
        {"pctVal": "1", "name": "N/A", "isin": "DE000PAH0038", "units": "PA", "assetCat": "EP"},
        Category.MEMBER,
        "",
    ),
    (MICROSOFT | {"pctVal": "5", "cusip": "000000000"}, Category.MEMBER, ""),
    (MICROSOFT | {"pctVal": "4.5"}, Category.MERGED, "US5949181045 again"),
    ({"pctVal": "3", "cusip": "88160R101"}, Category.UNRESOLVED, "known by CUSIP 88160R101"),
    (
        APPLE | {"pctVal": "0.2", "cusip": "594918104", "ticker": "AAPL"},  # may be the filer's own
        Category.UNRESOLVED,
        "its ISIN US0378331005 contains the CUSIP 037833100, and its CUSIP is 594918104",
    ),
    (
        {"pctVal": "0.3", "isin": "CA82509L1076", "cusip": "88579Y101", "ticker": "SHOP"},
        Category.UNRESOLVED,
        "contains the CUSIP 82509L107, and its CUSIP is 88579Y101",
    ),
    (SAP | {"pctVal": "0.1", "isin": "IE00B4BNMY34", "cusip": "G1151C101"}, Category.MEMBER, ""),
    ({"pctVal": "2", "cusip": "000000000"}, Category.UNLISTED, "no valid identifier"),
    ({"pctVal": "2", "cusip": "999999999"}, Category.UNLISTED, "no valid identifier"),
    ({"pctVal": "1", "cusip": "NNNNNNNNN"}, Category.UNLISTED, "no valid identifier"),
    ({"pctVal": "0.01", "isin": "US4385161066", "name": "Honeywell CVR"}, Category.UNLISTED, "CVR"),
    (APPLE | {"pctVal": "1", "units": "NC"}, Category.DERIVATIVE, "a derivative"),
    (APPLE | {"pctVal": "-0.5", "payoffProfile": "Short"}, Category.OTHER, "a short position"),
    (APPLE | {"pctVal": "1.5", "assetCat": "DE", "inside": SWAP}, Category.DERIVATIVE, "equities"),
    (
        {"pctVal": "0.67", "assetCat": "DE", "ticker": "FDXMH4", "units": "NC", "inside": FUTURE},
        Category.DERIVATIVE,
        "equities: assetCat DE",
    ),
    ({"pctVal": "-0.1", "assetCat": "DFE", "units": "OU"}, Category.DERIVATIVE, "currencies"),
    ({"pctVal": "0.1", "isin": "EZ1234567890"}, Category.DERIVATIVE, "over the counter"),
    (
        {"pctVal": "4", "isin": "US81369Y8030", "issuerCat": "RF"},
        Category.OTHER,
        "shares of another fund",
    ),
    (
        {"pctVal": "1", "isin": "US92206C6646", "issuerCat": "PF"},
        Category.OTHER,
        "shares of another fund: issuerCat PF",
    ),
    ({"pctVal": "2", "assetCat": "STIV", "issuerCat": "RF"}, Category.CASH, "short-term"),
    ({"pctVal": "3", "assetCat": "RA", "units": "PA"}, Category.CASH, "repurchase"),
    ({"pctVal": "3", "assetCat": "DBT", "units": "PA"}, Category.OTHER, "debt: assetCat DBT"),
    ({"pctVal": "1", "assetCat": "LON", "units": "PA"}, Category.OTHER, "a loan"),
    ({"pctVal": "1", "assetCat": "ABS-MBS", "units": "PA"}, Category.OTHER, "mortgage"),
    ({"pctVal": "1", "assetCat": "MAC"}, Category.OTHER, "an unknown asset category"),
    (
        {"pctVal": "0.02", "asset": "Affiliated LLC", "cusip": "134912740", "units": "OU"},
        Category.OTHER,
        "another asset: assetConditional Affiliated LLC",
    ),
    ({"pctVal": "1", "assetCat": "N/A"}, Category.REJECTED, "no asset category"),
    ({"pctVal": "one"}, Category.REJECTED, "'one' is not a number"),
    ({"pctVal": "1_0"}, Category.REJECTED, "'1_0' is not a number"),
    ({"pctVal": "0.5", "ticker": "ABCD"}, Category.MEMBER, ""),
    ({"pctVal": "0.1", "ticker": "WXYZ", "invCountry": "DE"}, Category.UNLISTED, "no valid"),
]


def read_positions(positions: list[dict[str, str]], **header: str) -> Snapshot:
    rows = [position(**told) for told in positions]
    return read(filing(rows, **header), NAME, accept=frozenset(Guard))


def test_what_each_position_is() -> None:
    snapshot = read_positions([told for told, _, _ in POSITIONS])
    receipt = receipt_of(snapshot)
    lines = {line.line: line for line in receipt.lines}
    for row, (told, category, reason) in enumerate(POSITIONS, 1):
        if category is Category.MEMBER:
            assert row not in lines, told
        else:
            assert lines[row].category is category, (told, lines[row])
            assert reason in lines[row].reason, lines[row]
    counted = Counter(category for _, category, _ in POSITIONS)
    assert receipt.rows == {category: counted[category] for category in Category}
    assert receipt.unknown_classes == ("MAC",)
    check_snapshot(snapshot)


@pytest.mark.parametrize(
    "before",
    [b"", b'<isin value="N/A"/>', b'<isin value="US0378331006"/>', b'<isin value="000000000000"/>'],
)
def test_of_several_isins_the_first_that_is_valid_is_used(before: bytes) -> None:
    isin = b'<isin value="US0378331005"/>'
    data = filing([position(**APPLE, pctVal="99")])
    assert data.count(isin) == 1
    data = data.replace(isin, before + isin + b'<isin value="US5949181045"/>')
    assert weights_of(read(data, NAME, accept=frozenset(Guard))) == {"US0378331005": 0.99}


def test_an_isin_under_other_identifiers_counts() -> None:
    isin, other = b'<isin value="US0378331005"/>', b'<other otherDesc="ISIN" value="US0378331005"/>'
    data = filing([position(**APPLE, pctVal="99")]).replace(isin, other)
    assert weights_of(read(data, NAME, accept=frozenset(Guard))) == {"US0378331005": 0.99}


def tell(kind: str, **terms: str) -> dict[str, str]:
    """A derivative with its terms, in the XML of a filing."""
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in terms.items())
    category = {"futrDeriv": "FUT", "fwdDeriv": "FWD", "swapDeriv": "SWP"}.get(kind, "OPT")
    return {
        "pctVal": "0.1",
        "assetCat": "DO",
        "inside": f"<{kind} derivCat='{category}'>{inside}</{kind}>",
    }


def option(contracts: str, shares: str, **told: str) -> dict[str, str]:
    """A call on a stock that was bought at a price of 20 dollars."""
    usual = {"putOrCall": "Call", "writtenOrPur": "Purchased"}
    terms = {**usual, "shareNo": shares, "exercisePrice": "20.0", "exercisePriceCurCd": "USD"}
    made = tell("optionSwaptionWarrantDeriv", **(terms | told))
    return made | {"balance": contracts, "units": "NC"}


FUTURE_IN_EUROS = {"payOffProf": "Long", "notionalAmt": "9206.00", "curCd": "EUR"}
NESTED = "<swapDeriv><notionalAmt>7</notionalAmt><curCd>USD</curCd></swapDeriv>"
DERIVATIVES_TOLD = [
    {"pctVal": "90", **APPLE},
    tell("futrDeriv", **FUTURE_IN_EUROS) | {"curCd": "EUR"},  # 0.9206 euros are a dollar
    tell("futrDeriv", **FUTURE_IN_EUROS),  # of a position in dollars: what an euro is, is not told
    tell("futrDeriv", payOffProf="Short", notionalAmt="2000", curCd="USD"),
    tell("fwdDeriv", amtCurSold="800", curSold="GBP", amtCurPur="1000", curPur="USD"),
    tell("fwdDeriv", amtCurSold="500", curSold="USD", amtCurPur="70000", curPur="JPY"),
    tell("fwdDeriv", amtCurSold="500", curSold="EUR", amtCurPur="70000", curPur="JPY"),
    tell("fwdDeriv", payOffProf="Long", notionalAmt="600", curCd="USD"),
    tell("swapDeriv", otherRecDesc="", floatingPmntDesc="", notionalAmt="3000", curCd="USD"),
    tell("swapDeriv", otherPmntDesc="", notionalAmt="4000", curCd="USD"),
    tell("swapDeriv", floatingRecDesc="", notionalAmt="5000", curCd="USD"),
    tell("optionSwaptionWarrantDeriv", shareNo="5", descRefInstrmnt=NESTED),
    tell("futrDeriv", payOffProf="Long", notionalAmt="much", curCd="USD"),
]
OPTIONS_TOLD = [
    {"pctVal": "90", **APPLE},
    option("2", "100"),
    option("-1", "100", writtenOrPur="Written"),  # 100 shares in a contract
    option("3", "300", putOrCall="Put"),  # or 300 in all
    option("-4", "400", putOrCall="Put", writtenOrPur="Written"),
    option("5", "5"),  # the number of contracts, where that of the shares should stand
    option("6", "1"),
    option("7", "100", exercisePrice="XXXX"),
    option("1", "100", exercisePriceCurCd="EUR") | {"curCd": "EUR"},
    option("1", "100", exercisePriceCurCd="EUR"),
    option("100", "100") | {"units": "NS"},
    option("1", "100", putOrCall=""),
]


def test_what_derivatives_stand_for_is_told_of_the_net_assets() -> None:
    notional = receipt_of(read_positions(DERIVATIVES_TOLD)).notional
    assert notional == Notional(0.141, -0.02 - 0.01 - 0.04, 0.05, untold=4)
    assert receipt_of(read_positions(DERIVATIVES_TOLD[:1])).notional is None


def test_options_stand_for_their_shares_at_the_exercise_price() -> None:
    notional = receipt_of(read_positions(OPTIONS_TOLD)).notional
    in_euros = 0.02 / 0.9206
    assert notional is not None
    assert notional.long == pytest.approx(0.04 + 0.08 + in_euros)
    assert (notional.short, notional.unsided, notional.untold) == (-0.02 - 0.06, 0.02, 5)


def test_members_and_what_is_told_of_them() -> None:
    snapshot = read_positions([told for told, _, _ in POSITIONS])
    assert weights_of(snapshot) == {
        "US0378331005": 0.40123456789,
        "DE0007164600": 0.2,
        "DE000PAH0038": 0.01,
        "US5949181045": 0.095,  # of two lines
        "ABCD": 0.005,
        "IE00B4BNMY34": 0.001,
    }
    refs = {ref.known_as: ref for ref in snapshot.refs}
    assert refs["US0378331005"][2:] == (
        *("Apple Inc", "037833100", "US0378331005", None, None, None, "US", "USD"),
    )
    assert refs["DE0007164600"].cusip is None
    assert refs["DE0007164600"].currency == "EUR"
    assert refs["DE000PAH0038"].name == "SOME ISSUE"  # the title, as the name is N/A
    assert refs["US5949181045"].cusip is None  # 000000000 is no CUSIP
    assert refs["CUSIP 88160R101"].symbol is None
    assert (snapshot.net_assets, snapshot.issuer, snapshot.source) == (1e5, "SOME TRUST", "nport")
    assert dict(zip([ref.known_as for ref in snapshot.refs], snapshot.shares or (), strict=True))[
        "US5949181045"
    ] == pytest.approx(200)


def test_a_blank_percentage_follows_from_the_value_and_the_net_assets() -> None:
    rows = [position(**APPLE, pctVal="N/A", valUSD="95000"), position(**MICROSOFT, pctVal="5")]
    snapshot = read(filing(rows), NAME)
    assert weights_of(snapshot) == {"US0378331005": 0.95, "US5949181045": 0.05}
    unvalued = [
        position(**APPLE, pctVal="N/A", valUSD="N/A"),
        position(**MICROSOFT, pctVal="99", valUSD="99000"),
    ]
    receipt = receipt_of(read(filing(unvalued), NAME))
    assert receipt.unweighted == 1


def test_the_filing_is_told() -> None:
    whole = spread([APPLE | {"pctVal": "99.5"}])
    for data, accession in [
        (filing(whole), None),
        (b"\n" + filing(whole), None),
        (submission(filing(whole)), "0001234567-24-000123"),
    ]:
        snapshot = read(data, NAME)
        told = receipt_of(snapshot).filing
        assert told is not None
        assert (told.form, told.accession, told.cik) == ("NPORT-P", accession, 1234)
        assert (told.series_id, told.fund_name) == ("S000000001", "Some Stock ETF")
        assert str(snapshot.as_of) == "2024-01-31"
        assert receipt_of(snapshot).to_dict()["filing"]["series_id"] == "S000000001"
    header = read_filing(io.BytesIO(submission(filing(whole))), NAME).header
    assert (str(header.filed_on), header.tickers) == ("2024-03-28", ("SOME",))
    assert read_holdings(submission(filing(whole)), "primary_doc.txt", CATALOG).fund == "SOME"
    with pytest.raises(WrongFundError, match="name says OTHR, its content"):
        read(submission(filing(whole)), "OTHR_2024-01-31.txt")
    trust = read_filing(io.BytesIO(filing(whole, series="", name="N/A")), NAME).header
    assert (trust.series_id, trust.name) == (None, "SOME TRUST")


WHOLE = spread([APPLE | {"pctVal": "60"}, MICROSOFT | {"pctVal": "39.9"}])
BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (filing(WHOLE[:1]), GuardError, "are 60.00% of the net assets: positions are missing"),
        (
            filing(WHOLE * 2),
            GuardError,
            "199.80% of the net assets, but the fund's total assets are",
        ),
        (filing(WHOLE, total="N/A", net="100.00"), GuardError, "the percentages sum to 99.9"),
        (filing([]), EmptyFileError, "it has no positions"),
        (filing([], last="Y"), EmptyFileError, "the fund's last report"),
        (
            filing([position(assetCat="DBT", pctVal="98"), position(assetCat="DIR", pctVal="-1")]),
            UnsupportedFileError,
            "no stock among its 2 positions: 1 derivative (-1.00%), 1 other asset (98.00%)",
        ),
        (filing(WHOLE)[:-40], TruncatedFileError, "the XML cannot be read"),
        (filing(WHOLE) + b"<more/>", TruncatedFileError, "junk after document element"),
        (
            filing(WHOLE).replace(b"UTF-8", b"UTF-3", 1),
            UnrecognisedFileError,
            "the encoding 'UTF-3', which no form has",
        ),
        (filing(WHOLE, day="31-JAN-2024"), UnrecognisedFileError, "'31-JAN-2024' is not a date"),
        (filing(WHOLE, form="NPORT-EX"), UnrecognisedFileError, "'NPORT-EX', not NPORT-P"),
        (filing(WHOLE, cik="token"), UnrecognisedFileError, "'token' is not a registrant's number"),
        (filing(WHOLE, net="much"), UnrecognisedFileError, "its netAssets 'much' is not a number"),
        (
            filing(WHOLE).replace(b"?><", b"?>" + BOMB + b"<", 1),
            UnrecognisedFileError,
            "a document type",
        ),
        (
            filing(WHOLE).replace(b"<formData>", b"<a>" * 50 + b"</a>" * 50 + b"<formData>"),
            OversizedFileError,
            "nested deeper",
        ),
        (
            filing([position(name="x" * 20_000), *WHOLE]),
            OversizedFileError,
            "a text of more than 10,000 characters in name",
        ),
        (
            filing(WHOLE).replace(b"<formData>", b'<a b="' + b"x" * 600_000 + b'"/><formData>'),
            OversizedFileError,
            "a tag or a text of more than",
        ),
        (submission(b"")[:300], OversizedFileError, "without an XML form"),
    ],
)
def test_what_is_refused(data: bytes, error: type[SourceError], words: str) -> None:
    with pytest.raises(error) as caught:
        read(data, NAME)
    assert words in str(caught.value)
    assert caught.value.remedy or error is OversizedFileError


def test_cash_beside_the_positions_and_loans_explain_the_sum() -> None:
    geared = spread([APPLE | {"pctVal": "35"}])
    assert read(filing(geared, cash="60000.00"), NAME).member_count == 1
    lent = spread([APPLE | {"pctVal": "99"}, {"pctVal": "30", "assetCat": "STIV"}])
    assert read(filing(lent, total="130500.00"), NAME).member_count == 1
    futures = spread([APPLE | {"pctVal": "99"}, {"pctVal": "90", "assetCat": "DE"}])
    assert read(filing(futures), NAME).member_count == 1


def test_a_receipt_tells_the_heaviest_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portfolio, "MOST_LINES", 10)
    bonds = [{"pctVal": f"{0.01 * n:.2f}", "assetCat": "DBT", "units": "PA"} for n in range(1, 90)]
    rows = spread([APPLE | {"pctVal": "59"}, *bonds, {"pctVal": "0.001", "cusip": "N/A"}])
    snapshot = read(filing(rows), NAME)
    receipt = receipt_of(snapshot)
    assert len(receipt.lines) == 10
    assert receipt.rows[Category.OTHER] == 89
    assert receipt.rows[Category.UNLISTED] == 1
    assert any(line.category is Category.UNLISTED for line in receipt.lines)  # however light
    assert [(one.reason, one.rows) for one in receipt.together] == [("debt: assetCat DBT", 80)]
    assert receipt.weights is not None
    assert fsum(receipt.weights.values()) == pytest.approx(0.59 + 0.4005 + 0.00001)
    assert faults_of(snapshot) == []


def test_a_long_filing_takes_little_memory() -> None:
    loan = position(assetCat="LON", pctVal="0.0001", name="Some Borrower With A Long Name")
    data = filing([*WHOLE, *[loan] * 20_000])
    stream = io.BytesIO(data)
    tracemalloc.start()
    try:
        read_filing(stream, NAME)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < len(data) / 3


TAG = "{http://www.sec.gov/edgar/nport}"
STOCKS = {"EC", "EP"}
DERIVATIVES = {"DCO", "DCR", "DE", "DFE", "DIR", "DO"}


def sort_by_codes(row: ET.Element) -> Category | None:
    """What the form's codes alone say of a position, None for a stock that the fund owns."""
    code = row.findtext(f"{TAG}assetCat")
    is_derivative = row.find(f"{TAG}derivativeInfo") is not None
    if is_derivative or code in DERIVATIVES or row.findtext(f"{TAG}units") == "NC":
        return Category.DERIVATIVE
    if code in ("STIV", "RA"):
        return Category.CASH
    is_owned = row.findtext(f"{TAG}payoffProfile") != "Short"
    is_stock = code in STOCKS and row.findtext(f"{TAG}issuerCat") != "RF" and is_owned
    return None if is_stock else Category.OTHER


def test_real_filings_agree_with_another_reader(holdings: Path) -> None:
    paths = sorted((holdings / "sec" / "nport").glob("*.xml"))
    if not paths:
        pytest.skip("no filings of the SEC in the folder")
    for path in paths:
        root = ET.fromstring(path.read_bytes().strip())
        rows = list(root.iter(f"{TAG}invstOrSec"))
        percents = [float(row.findtext(f"{TAG}pctVal") or "nan") for row in rows]
        try:
            with path.open("rb") as stream:
                snapshot = read_filing(stream, path.name).make_snapshot(path.name, "")
        except UnsupportedFileError:
            assert not any(
                row.findtext(f"{TAG}assetCat") in STOCKS and row.findtext(f"{TAG}issuerCat") != "RF"
                for row in rows
            ), path.name
            continue
        receipt = receipt_of(snapshot)
        assert receipt.rows_read == len(rows)
        sorts = Counter(map(sort_by_codes, rows))
        for category in (Category.DERIVATIVE, Category.CASH, Category.OTHER):
            assert receipt.rows[category] == sorts[category], (path.name, category)
        assert receipt.weights is not None
        assert fsum(receipt.weights.values()) == pytest.approx(fsum(percents) / 100, abs=1e-9)
        weights = [weight or 0.0 for weight in snapshot.weights or ()]
        ours = dict(zip([ref.known_as for ref in snapshot.refs], weights, strict=True))
        theirs: dict[str, float] = defaultdict(float)
        for row, percent in zip(rows, percents, strict=True):
            isin = row.find(f"{TAG}identifiers/{TAG}isin")
            known = f"CUSIP {row.findtext(f'{TAG}cusip')}" if isin is None else isin.get("value")
            if row.findtext(f"{TAG}assetCat") in STOCKS and known in ours:
                theirs[str(known)] += percent / 100
        assert ours == pytest.approx(dict(theirs), abs=1e-9), path.name
        if "sample" not in path.name:
            stocks = [
                percent
                for row, percent in zip(rows, percents, strict=True)
                if row.findtext(f"{TAG}assetCat") in STOCKS
                and row.findtext(f"{TAG}issuerCat") != "RF"
            ]
            assert fsum(ours.values()) == pytest.approx(fsum(stocks) / 100, abs=1e-9), path.name
        assert faults_of(snapshot) == []


def test_a_real_filing_that_was_cut_is_refused(holdings: Path) -> None:
    path = holdings / "sec/nport/NPORT-P_SPY_2026-03-31_trimmed.xml"
    if not path.exists():
        pytest.skip("no such file in the folder")
    with pytest.raises(GuardError, match=r"its 8 positions are 1\.66% of the net assets"):
        read_holdings(path, path.name, CATALOG)
