"""The SEC's quarterly data sets made by hand: tables of N-PORT and N-CEN in a zip or a folder."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_DAY = "31-JAN-2024"
_HOLDING = (
    *("ACCESSION_NUMBER", "HOLDING_ID", "ISSUER_NAME", "ISSUER_LEI", "ISSUER_TITLE"),
    *("ISSUER_CUSIP", "BALANCE", "UNIT", "OTHER_UNIT_DESC", "CURRENCY_CODE", "CURRENCY_VALUE"),
    *("EXCHANGE_RATE", "PERCENTAGE", "PAYOFF_PROFILE", "ASSET_CAT", "OTHER_ASSET"),
    *("ISSUER_TYPE", "OTHER_ISSUER", "INVESTMENT_COUNTRY", "IS_RESTRICTED_SECURITY"),
    *("FAIR_VALUE_LEVEL", "DERIVATIVE_CAT"),
)
_OF_FIELDS = {
    "name": "ISSUER_NAME",
    "title": "ISSUER_TITLE",
    "cusip": "ISSUER_CUSIP",
    "balance": "BALANCE",
    "units": "UNIT",
    "curCd": "CURRENCY_CODE",
    "valUSD": "CURRENCY_VALUE",
    "pctVal": "PERCENTAGE",
    "payoffProfile": "PAYOFF_PROFILE",
    "assetCat": "ASSET_CAT",
    "issuerCat": "ISSUER_TYPE",
    "invCountry": "INVESTMENT_COUNTRY",
}
_USUAL = {
    "name": "Some Issuer",
    "title": "SOME ISSUE",
    "balance": "100.00000000",
    "units": "NS",
    "curCd": "USD",
    "valUSD": "1000.00",
    "pctVal": "1",
    "payoffProfile": "Long",
    "assetCat": "EC",
    "issuerCat": "CORP",
    "invCountry": "US",
}


_TERMS: Mapping[str, Mapping[str, str]] = {
    "FUT_FWD_NONFOREIGNCUR_CONTRACT": {
        "payOffProf": "PAYOFF_PROFILE",
        "notionalAmt": "NOTIONAL_AMOUNT",
        "curCd": "CURRENCY_CODE",
    },
    "FWD_FOREIGNCUR_CONTRACT_SWAP": {
        "amtCurSold": "CURRENCY_SOLD_AMOUNT",
        "curSold": "DESC_CURRENCY_SOLD",
        "amtCurPur": "CURRENCY_PURCHASED_AMOUNT",
        "curPur": "DESC_CURRENCY_PURCHASED",
    },
    "NONFOREIGN_EXCHANGE_SWAP": {
        "notionalAmt": "NOTIONAL_AMOUNT",
        "curCd": "CURRENCY_CODE",
        "RecDesc": "FIXED_OR_FLOATING_RECEIPT",
        "PmntDesc": "FIXED_OR_FLOATING_PAYMENT",
    },
    "SWAPTION_OPTION_WARNT_DERIV": {
        "putOrCall": "PUT_OR_CALL",
        "writtenOrPur": "WRITTEN_OR_PURCHASED",
        "shareNo": "SHARES_CNT",
        "exercisePrice": "EXERCISE_PRICE",
        "exercisePriceCurCd": "CURRENCY_CODE",
    },
}
"""The columns of the tables of derivatives, by the elements of a filing."""


class Filed(NamedTuple):
    """One filing of a data set; its positions have the fields of `nport_files.position`."""

    accession: str
    positions: Sequence[Mapping[str, str]]
    series: str = "S000000001"
    name: str = "Some Stock ETF"
    day: str = _DAY
    filed: str = "28-MAR-2024"
    form: str = "NPORT-P"
    cik: str = "0000001234"
    net: str = "100000.00"
    total: str = "101000.00"


Tables = dict[str, list[Sequence[str]]]


def make_tables(filings: Sequence[Filed]) -> Tables:
    """The tables of a data set. Rows of the filings alternate, as in a real one some do."""
    holdings: list[tuple[int, str, list[str]]] = []
    identifiers: list[list[str]] = []
    terms: Tables = {
        table: [["HOLDING_ID", *columns.values(), "UNREALIZED_APPRECIATION"]]
        for table, columns in _TERMS.items()
    }
    number = 168_253_000
    for filing in filings:
        for at, given in enumerate(filing.positions):
            number += 7
            told = {**_USUAL, **given}
            if "valUSD" not in given and given.get("pctVal", "").replace(".", "", 1).isdecimal():
                told["valUSD"] = f"{float(given['pctVal']) * float(filing.net) / 100:.6f}"
            row = dict.fromkeys(_HOLDING, "")
            row |= {label: told.get(name, "") for name, label in _OF_FIELDS.items()}
            row |= {"ACCESSION_NUMBER": filing.accession, "HOLDING_ID": str(number)}
            row = {label: "" if cell == "N/A" else cell for label, cell in row.items()}
            if "asset" in told:
                row |= {"ASSET_CAT": "OTHER", "OTHER_ASSET": told["asset"]}
            if "inside" in told:
                row |= {"DERIVATIVE_CAT": _add_terms(terms, str(number), told["inside"])}
            if told["curCd"] != "USD":
                row["EXCHANGE_RATE"] = "0.9206"  # as `nport_files.position` writes it
            holdings.append((at, filing.accession, [row[label] for label in _HOLDING]))
            isin, ticker = told.get("isin", ""), told.get("ticker", "")
            if isin or ticker:
                identifiers.append([str(number), str(number + 1), isin, ticker, "", ""])
            if "sedol" in told:
                identifiers.append([str(number), str(number + 2), "", "", told["sedol"], "SEDOL"])
    holdings.sort(key=lambda row: row[:2])
    return {
        "SUBMISSION": [
            (
                *("ACCESSION_NUMBER", "FILING_DATE", "FILE_NUM", "SUB_TYPE"),
                *("REPORT_ENDING_PERIOD", "REPORT_DATE", "IS_LAST_FILING"),
            ),
            *((f.accession, f.filed, "", f.form, "31-OCT-2024", f.day, "N") for f in filings),
        ],
        "REGISTRANT": [
            ("ACCESSION_NUMBER", "CIK", "REGISTRANT_NAME", "FILE_NUM"),
            *((f.accession, f.cik, "SOME TRUST", "811-1") for f in filings),
        ],
        "FUND_REPORTED_INFO": [
            (
                *("ACCESSION_NUMBER", "SERIES_NAME", "SERIES_ID", "TOTAL_ASSETS", "NET_ASSETS"),
                "CASH_NOT_RPTD_IN_C_OR_D",
            ),
            *((f.accession, f.name, f.series, f.total, f.net, "0.00") for f in filings),
        ],
        "FUND_REPORTED_HOLDING": [_HOLDING, *(cells for _, _, cells in holdings)],
        "IDENTIFIERS": [
            (
                *("HOLDING_ID", "IDENTIFIERS_ID", "IDENTIFIER_ISIN", "IDENTIFIER_TICKER"),
                *("OTHER_IDENTIFIER", "OTHER_IDENTIFIER_DESC"),
            ),
            *identifiers,
        ],
        **terms,
        "EXPLANATORY_NOTE": [("ACCESSION_NUMBER", "NOTE"), ("x", "y")],
    }


def _add_terms(terms: Tables, number: str, inside: str) -> str:
    """Put the terms of a derivative, and of what it is on, into their tables; return its kind."""
    kinds = re.findall(r"derivCat=['\"](\w+)", inside)
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for kind, name, text in re.findall(
        r"(?:<(\w+)Deriv[ >])|<(\w+)>([^<]*)</\2>", inside.replace("<descRefInstrmnt>", "")
    ):
        if kind:
            element = kind
            continue
        leg = re.sub("^(other|fixed|floating)", "", name)
        table = {
            "swap": "NONFOREIGN_EXCHANGE_SWAP",
            "optionSwaptionWarrant": "SWAPTION_OPTION_WARNT_DERIV",
        }.get(element, "FUT_FWD_NONFOREIGNCUR_CONTRACT")
        if name in _TERMS["FWD_FOREIGNCUR_CONTRACT_SWAP"]:
            table = "FWD_FOREIGNCUR_CONTRACT_SWAP"
        if column := _TERMS[table].get(leg):
            found[table][column] = name.removesuffix(leg).title() or text
    for table, told in found.items():
        row = [told.get(column, "") for column in _TERMS[table].values()]
        terms[table].append([number, *row, "0.0"])
    return kinds[0] if kinds else "FUT"


def write_tables(path: Path, tables: Tables, ends: str = "\n") -> Path:
    """Write tables: to a zip, or to a folder where the path has no suffix."""
    texts = {
        f"{table}.tsv": "".join("\t".join(row) + ends for row in rows).encode()
        for table, rows in tables.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix != ".zip":
        path.mkdir()
        for name, text in texts.items():
            (path / name).write_bytes(text)
        return path
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nport_readme.htm", "<html>")
        for name, text in texts.items():
            archive.writestr(name, text)
    return path


def fund_list(*rows: tuple[int, str, str, str]) -> bytes:
    """The SEC's list of classes, `company_tickers_mf.json`."""
    import json

    fields = ["cik", "seriesId", "classId", "symbol"]
    return json.dumps({"fields": fields, "data": rows}).encode()
