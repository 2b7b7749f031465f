"""Exactly one reader answers for every header that an issuer printed, and for every real file."""

from __future__ import annotations

import csv
import fnmatch
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from readers.builders import CATALOG, to_csv, workbook
from stockgroups.errors import (
    AmbiguousFileError,
    EmptyFileError,
    GuardError,
    NoDateError,
    StockgroupsError,
    UnrecognisedFileError,
    UnsupportedFileError,
    WrongFundError,
)
from stockgroups.readers import FORMATS, read_holdings
from stockgroups.readers.containers.document import open_document

NAME = "iShares Core S&P Mid-Cap ETF"
US_LINES = f'{NAME}\nFund Holdings as of,"Jul 02, 2026"\nInception Date,"May 22, 2000"\n'
LINES_OF_2017 = f'{NAME}\nInception Date,"May 22, 2000"\nFund Holdings as of,"Feb 28, 2017"\n'
AS_OF = 'Fund Holdings as of,"09/Jul/2026"\n'
SSGA = "Fund Name:,SPDR\nTicker Symbol:,SPY\nHoldings:,As of 10-Jan-2023\n"
SSGA_UCITS = "Fund Name:,SPDR\nISIN:,IE00\nTicker Symbol:,SPYY GY\nHoldings As Of:,09-Jul-2026\n"
VANGUARD = "Holdings details\n\nValue ETF (VTV)\n\nEquity,as of 02/29/2024\n"

# The lines above a table and its header, as they stand in files of these years, by the reader.
HEADERS = {
    "ishares_us": [
        (
            US_LINES,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,Price,"
            "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date",
        ),
        (
            US_LINES,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,"
            "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date",
        ),
        (
            US_LINES,
            "Ticker,Name,Type,Sector,Asset Class,Market Value,Notional Value,Quantity,Price,"
            "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date,Market Weight,"
            "Notional Weight",
        ),
        (
            US_LINES,
            "Ticker,Name,Type,Sector,Asset Class,Market Value,Notional Value,Quantity,Price,"
            "Location,Exchange,Currency,FX Rate,Market Currency,Accrual Date,Notional Weight,"
            "Market Weight",
        ),
        (
            US_LINES,
            "Ticker,Name,Type,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,"
            "CUSIP,ISIN,SEDOL,Price,Location,Exchange,Currency,FX Rate,Market Currency,"
            "Accrual Date",
        ),
        (
            US_LINES,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,CUSIP,"
            "ISIN,SEDOL,Price,Location,Exchange,Currency,FX Rate,Maturity,Market Currency",
        ),
        (
            LINES_OF_2017,
            "Ticker,Name,Asset Class,Weight (%),Price,Shares,Market Value,Notional Value,Sector,"
            "SEDOL,ISIN,Exchange",
        ),
        (
            "11-May-2022\niShares Core S&P 500 ETF\n" + US_LINES.partition("\n")[2],
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,"
            "Location,Exchange,Currency,FX Rate,Accrual Date",
        ),
        (
            US_LINES,
            "Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Par Value,CUSIP,ISIN,"
            "SEDOL,Location,Exchange,Currency,Duration,YTM (%),FX Rate,Maturity,Coupon (%),"
            "Mod. Duration,Market Currency,Accrual Date,Effective Date",
        ),
        (
            US_LINES,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Quantity,"
            "Market Currency,Accrual Date,Currency",
        ),
        (
            AS_OF,  # Canada
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,"
            "Location,Exchange,Currency,FX Rate,Market Currency",
        ),
    ],
    "ishares_ucits": [
        (
            AS_OF,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,Price,"
            "Location,Exchange,Market Currency",
        ),
        (
            AS_OF,
            "Ticker,Name,Type,Sector,Asset Class,Market Value,Weight (%),Notional Value,Shares,"
            "Price,Location,Exchange,Market Currency",
        ),
        (
            "iShares MSCI World Islamic UCITS ETF\n" + AS_OF,
            "Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Nominal,Price,"
            "Location,Exchange,Market Currency",
        ),
        (
            AS_OF,
            "Issuer Ticker,Name,Asset Class,Weight (%),Price,Nominal,Market Value,Notional Value,"
            "Sector,ISIN,Exchange,Location,Market Currency",
        ),
        (
            AS_OF,
            "Issuer Ticker,Name,Sector,Asset Class,Market Value,Weight (%),Notional Value,Nominal,"
            "Price,Location,Exchange,Market Currency",
        ),
        (
            'Fondsposition per,"30.09.2026"\n',
            "Emittententicker,Name,Sektor,Anlageklasse,Marktwert,Gewichtung (%),Nominalwert,"
            "Nominale,Kurs,Standort,Börse,Marktwährung",
        ),
        (
            'Al,"30/09/2026"\n',
            "Ticker dell'emittente,Nome,Settore,Asset Class,Valore di mercato,Ponderazione (%),"
            "Valore nozionale,Nominale,ISIN,Prezzo,Area Geografica,Cambio,Valuta di mercato",
        ),
        (
            'Au,"30/09/2026"\n',
            "Ticker,Nom,Secteur,Classe d'actifs,Valeur de marché,Pondération (%),"
            "Valeur notionnelle,Actions,Prix,Lieu,Bourse de valeurs,Devise de marché",
        ),
    ],
    "ssga_us": [
        (SSGA, "Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held,Local Currency"),
        (SSGA, "Name,Ticker,Identifier,SEDOL,Weight,Sector,Shares Held"),
        (SSGA, "Name,Ticker,Identifier,Weight,Shares Held"),
    ],
    "ssga_ucits": [
        (
            SSGA_UCITS,
            "ISIN,SEDOL,Security Name,Currency,Number of Shares,Percent of Fund,"
            "Trade Country Name,Local Price,Sector Classification,Industry Classification,"
            "Base Market Value",
        ),
    ],
    "ubs": [
        (
            "UBS Some ETF\nISIN: : CH0000000001\n\n\n",
            "Securities,ISIN,Sedol Code,Currency,Price,Weight %",
        ),
    ],
    "select_sector": [
        (
            "Index Holdings and weightings as of 6:03 PM ET 02/03/2025\n",
            "Symbol,Company Name,Index Weight,Last,Change,%Change,Volume,52 Week Range",
        ),
        ("", "Symbol,Company Name,Index Weight,Last,Change,% Change"),
    ],
    "invesco": [
        (
            "",
            "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,Weight,"
            "Name,Class of Shares,Sector,Date",
        ),
        (
            "",
            "Fund Ticker,Security Identifier,Holding Ticker,Shares/Par Value,MarketValue,"
            "PercentageOfFund,Name,Class of Shares,Sector,PositionDate",
        ),
        (
            "",
            "FundTicker,SecurityNum,HoldingsTicker,Shares,MarketValue,Weight,Name,Sector,Date",
        ),
        ("", "Ticker,Company,Share/ Par,% TNA,Class of shares,CUSIP,Market value"),
        ("", "Ticker,Company,Share/ Par,% TNA,Class of shares,Market value"),
    ],
    "schwab": [
        (
            "",
            "As-Of-Date,Symbol,Quantity,Percent of Assets,Name,BBG FIGI,Country,Currency,Exchange,"
            "Exchange (fx) Rate,Market Currency,Sector",
        ),
        (
            "",
            "As-Of-Date,Symbol,Quantity,Percent of Assets,Name,BBG FIGI,Country,Currency,Exchange,"
            "Exchange Rate,Market Currency,Sector,Coupon Rate,Maturity Date",
        ),
    ],
    "ark": [
        ("", 'date,fund,company,ticker,cusip,shares,"market value ($)","weight (%)"'),
        ("", "date,fund,company,ticker,cusip,shares,market value($),weight(%)"),
    ],
    "vanguard_csv": [
        (
            VANGUARD,
            ",SEDOL,HOLDINGS,TICKER,% OF FUNDS*,SUB-INDUSTRY,COUNTRY,"
            "SECURITYDEPOSITORYRECEIPTTYPE,MARKET VALUE*,SHARES",
        ),
        ("", ",SEDOL,HOLDINGS,TICKER,% OF FUNDS,SECTOR,COUNTRY,MARKET VALUE,SHARES"),
    ],
    "vanguard_advisors": [
        (
            "",
            "SEDOL,Ticker,Holdings name,Shares,Market value*,% of fund*,Sector,Market,"
            "Security depository receipt type",
        ),
    ],
    "vanguard_uk": [
        ("", "Ticker,Holding name,% of market value,Sector,Region,Market value,Shares"),
    ],
    "amundi": [
        (
            "Name of the fund,Some ETF\nReplication method,Physical\n",
            ",ISIN code,Name,Asset class,Currency,Weight,Sector,Country",
        ),
    ],
    "direxion": [
        (
            "Some Shares\nSOXL\nShares Outstanding:1000\n\n",
            "TradeDate,AccountTicker,StockTicker,SecurityDescription,Shares,Price,MarketValue,"
            "Cusip,HoldingsPercent",
        ),
    ],
    "globalx": [
        (
            "Some ETF\nFund Holdings Data as of 07/08/2026\n",
            "% of Net Assets,Ticker,Name,SEDOL,Market Price ($),Shares Held,Market Value ($)",
        ),
    ],
    "proshares": [
        (
            "PORTFOLIO HOLDINGS INFORMATION,,,,\nAS OF 9/18/2026,,,,\n,,,,\n",
            "Fund Ticker, Fund Name, Security Ticker, Security Sedol, Security Description, Coupon,"
            " Maturity Date, Shares/Contracts, Exposure Value (Notional + G/L), Market Value",
        ),
    ],
    "globalx_daily": [
        (
            "",
            "Date,Account,StockTicker,SEDOL,SecurityName,Shares,Price,MarketValue,Weightings,"
            "NetAssets,SharesOutstanding,CreationUnits,MoneyMarketFlag",
        ),
        (
            "",
            "Date,Account,StockTicker,SEDOL,SecurityName,Shares,Price,MarketValue,Weightings,"
            "NetAssets,SharesOutstanding,CreationUnits",
        ),
    ],
    "tidal": [
        (
            "",
            "Date,Account,StockTicker,CUSIP,SecurityName,Shares,Price,MarketValue,Weightings,"
            "NetAssets,SharesOutstanding,CreationUnits,MoneyMarketFlag",
        ),
        (
            "",
            "Date,Account,StockTicker,CUSIP,SecurityName,Shares,Price,MarketValue,Weightings,"
            "NetAssets,SharesOutstanding,CreationUnits",
        ),
    ],
    "jpmorgan_workbook": [
        (
            "As of Date: 07/08/2026\n\n",
            "Ticker,Security Description,Security Type,Shares/Par,Market Value (USD),"
            "% of Net Assets",
        ),
    ],
    "vaneck": [
        (
            "Daily Holdings (%)  05/15/2026\n\n",
            "Number,Ticker,Holding Name,Identifier (FIGI),Shares,Asset Class,Market Value (US$),"
            "Notional Value,% of Net Assets",
        ),
    ],
    "xtrackers_csv": [
        (
            "",
            "ShareClass ISIN,Constituent ISIN,Constituent Name,Constituent Country,"
            "Constituent Weighting,Constituent Main Exchange Name,"
            "Constituent Industry Classification Name",
        ),
    ],
    "xtrackers_table": [
        (
            "",
            "#,Name,ISIN,Country,Currency,Exchange,Type of Security,Rating,Primary Listing,"
            "Industry Classification,Weighting",
        ),
    ],
    "firsttrust": [
        (
            "Holdings of the Fund as of 7/8/2026\n",
            "Security Name,Identifier,CUSIP,Classification,Shares / Quantity,Market Value,"
            "Weighting",
        ),
    ],
    "plain": [
        ("", "symbol,weight"),
        ("", "Ticker,Weight (%)"),
    ],
}
JSON = {
    "vanguard_json": '[{"portId": "0968", "holdingDetailItem": []}]',
    "invesco_api": '{"cusip": "1", "totalNumberOfHoldings": 1, "holdings": []}',
    "ishares_json": '{"componentsByNameMap": {"holdings": {}}}',
    "jpmorgan": '{"fundData": null, "error": null}',
    "amundi_json": '{"products": [{"composition": {}}]}',
    "vaneck_json": '{"AsOfDate": "2026-07-08", "Holdings": []}',
    "vaneck_table": '{"totalRows": 0, "headers": [], "rows": [{"Asset Category": "Stock"}]}',
    "xtrackers": '{"tables": [{"columns": [{"key": "header"}]}]}',
    "vanguard_portfolio": '{"size": 0, "asOfDate": "2026-05-31", "fund": {"entity": []}}',
}


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def _padded(text: str) -> bytes:
    return to_csv(_rows(text))


def _workbook(text: str) -> bytes:
    return workbook([_rows(text)])


def _answering(data: bytes) -> list[str]:
    """The issuers' readers that answer, else those of people's lists."""
    document = open_document(data, "data")
    answering = [known for known in FORMATS if known.recognise(document)]
    issuers = [known.name for known in answering if not known.is_fallback]
    return issuers or [known.name for known in answering]


@pytest.mark.parametrize(
    "write", [str.encode, _padded, _workbook], ids=["as printed", "saved again", "workbook"]
)
@pytest.mark.parametrize(
    ("name", "above", "header"),
    [(name, *printed) for name, layouts in HEADERS.items() for printed in layouts],
)
def test_exactly_one_reader_answers(
    name: str, above: str, header: str, write: Callable[[str], bytes]
) -> None:
    columns = header.count(",") + 1
    row = ",".join(["AAPL", "1.00"][:columns] + ["x"] * (columns - 2))
    for lines in dict.fromkeys((above, "")):  # with the lines above the table, and without them
        assert _answering(write(f"{lines}{header}\n{row}\n{row}\n")) == [name]


@pytest.mark.parametrize("name", JSON)
def test_exactly_one_reader_answers_for_what_is_no_table(name: str) -> None:
    assert _answering(JSON[name].encode()) == [name]


def test_every_reader_has_a_header_here() -> None:
    assert HEADERS.keys() | JSON.keys() == {known.name for known in FORMATS}


# By patterns of paths; of several the first counts.
REAL: dict[str, str | tuple[type[StockgroupsError], str]] = {
    "ishares/*LQD*": (UnsupportedFileError, "no Ticker column"),
    "ishares/*": "ishares_us",
    "ishares_ucits/*": "ishares_ucits",
    "ssga/*": "ssga_us",
    "ssga_ucits/*": (WrongFundError, "name says XL[FK], its content .* UCITS ETF"),
    "sectorspdrs/*": "select_sector",
    "invesco/*": "invesco",
    "schwab/*": "schwab",
    "ark/*": "ark",
    "vanguard/*_api.json": "vanguard_json",
    "vanguard/*_3-fields.json": "vanguard_portfolio",
    "vanguard/*_ProductDetailsHoldings_*": "vanguard_advisors",
    "vanguard/*_Holdings_details.csv": "vanguard_csv",
    "amundi/*": (AmbiguousFileError, "its fund is 'Amundi Core .* add the fund with its name"),
    "ubs/*": (AmbiguousFileError, "not in the catalogue, and the file's name holds no ticker"),
    "xtrackers/*": (NoDateError, "no as-of date"),
    "_transcribed/invesco_PSI_*": "invesco",
    "_transcribed/ishares_AGG_*": (UnsupportedFileError, "no Ticker column"),
    "_transcribed/ishares_EFA_*": (GuardError, "sum to 8.68"),
    "_transcribed/vanguard_VOO_*": (GuardError, "sum to 14.95"),
    "_transcribed/sec_NPORT-P_*": (WrongFundError, "says VTI, its content VANGUARD TOTAL"),
    "_transcribed/jpmorgan_JEPI_*": (GuardError, "it holds 2 of 131 positions"),
    "_transcribed/vaneck_BBH_*": (NoDateError, "no as-of date"),
    "_transcribed/*": (GuardError, "the weights of its [234] rows sum to"),
    "negative/*.zip": (UnsupportedFileError, "the SEC's refusal of a program"),
    "negative/ARK_*": (EmptyFileError, "a closed fund"),
    "negative/AOA_*": (UnsupportedFileError, "a history of prices"),
    "negative/AGGH_*": (UnsupportedFileError, "a table of dates by stocks"),
    "negative/TQQQ_*": (UnsupportedFileError, "a table of dates by stocks"),
    "negative/13F*": (UnsupportedFileError, "a manager's report of its positions"),
    "negative/IGLN_*": (UnsupportedFileError, "without a worksheet of holdings"),
    "negative/*git-lfs-pointer.tsv": (UnsupportedFileError, "a Git LFS pointer"),
    "negative/QQQ_invesco_fundDetails*": (UnsupportedFileError, "facts of a fund"),
    "negative/VOO_vanguard-error*": (UnsupportedFileError, "a site's error"),
    "negative/primary_doc_Form-D*": (UnsupportedFileError, "form D"),
    "negative/series_filings*": (UnsupportedFileError, "list of filings"),
    "negative/xtrackers_datatable*": (UnsupportedFileError, "a list of an issuer's funds"),
    "negative/zero-byte*": (EmptyFileError, "empty"),
    "negative/ishares_empty-answer*": (EmptyFileError, "no holdings for that day"),
    "negative/*.html": (UnrecognisedFileError, "HTML"),
    "negative/*html*": (UnrecognisedFileError, "HTML"),
    "negative/*_hand-made-stub*": (UnsupportedFileError, "a symbol directory"),
    "negative/README*": (UnrecognisedFileError, "no table of holdings, only text"),
    "negative/*": (StockgroupsError, "."),
}


def _candidates(holdings: Path) -> list[str]:
    folders = {pattern.partition("/")[0] for pattern in REAL}
    paths = (path for folder in sorted(folders) for path in (holdings / folder).rglob("*"))
    found = [path.relative_to(holdings).as_posix() for path in paths if path.is_file()]
    if not found:
        pytest.skip("the holdings have no issuers' files")
    return sorted(found)


def test_every_real_file_has_one_reader_or_a_true_reason(holdings: Path) -> None:
    for name in _candidates(holdings):
        pattern = next(pattern for pattern in REAL if fnmatch.fnmatchcase(name, pattern))
        expected = REAL[pattern]
        path = holdings / name
        if isinstance(expected, str):
            assert read_holdings(path, path.name, CATALOG).format == expected, name
        else:
            error, words = expected
            with pytest.raises(error, match=words):
                read_holdings(path, path.name, CATALOG)
