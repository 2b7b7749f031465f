"""N-PORT filings made by hand: as `primary_doc.xml`, and as a submission's whole text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

APPLE = {"name": "Apple Inc", "cusip": "037833100", "isin": "US0378331005"}
MICROSOFT = {"name": "Microsoft Corp", "cusip": "594918104", "isin": "US5949181045"}
SAP = {"name": "SAP SE", "isin": "DE0007164600", "curCd": "EUR", "invCountry": "DE"}

_TEXTS = ("name", "lei", "title", "cusip")
_AFTER = ("balance", "units")
_USUAL = {
    "name": "Some Issuer",
    "lei": "N/A",
    "title": "SOME ISSUE",
    "cusip": "N/A",
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


def position(**fields: str) -> str:
    """A position; `isin`, `ticker` and `sedol` are identifiers, `inside` is XML of a derivative.

    `asset` in place of `assetCat` is the description of another asset.
    """
    told = _USUAL | fields
    parts = [f"<{tag}>{escape(told[tag])}</{tag}>" for tag in _TEXTS]
    known = [f"<{tag} value={quoteattr(told[tag])}/>" for tag in ("isin", "ticker") if tag in told]
    if "sedol" in told:
        known.append(f'<other otherDesc="SEDOL" value={quoteattr(told["sedol"])}/>')
    parts.append(f"<identifiers>{''.join(known)}</identifiers>")
    parts += [f"<{tag}>{told[tag]}</{tag}>" for tag in _AFTER]
    if told["curCd"] == "USD":
        parts.append("<curCd>USD</curCd>")
    else:
        parts.append(f'<currencyConditional curCd="{told["curCd"]}" exchangeRt="0.9206"/>')
    parts += [f"<{tag}>{told[tag]}</{tag}>" for tag in ("valUSD", "pctVal", "payoffProfile")]
    if "asset" in told:
        parts.append(f'<assetConditional desc={quoteattr(told["asset"])} assetCat="OTHER"/>')
    else:
        parts.append(f"<assetCat>{told['assetCat']}</assetCat>")
    parts.append(f"<issuerCat>{told['issuerCat']}</issuerCat>")
    parts.append(f"<invCountry>{told['invCountry']}</invCountry>")
    parts.append("<isRestrictedSec>Y</isRestrictedSec><fairValLevel>1</fairValLevel>")
    if "inside" in told:
        parts.append(f"<derivativeInfo>{told['inside']}</derivativeInfo>")
    return f"<invstOrSec>{''.join(parts)}</invstOrSec>"


_HEADER: Mapping[str, str] = {
    "form": "NPORT-P",
    "cik": "0000001234",
    "registrant": "SOME TRUST",
    "series": "S000000001",
    "name": "Some Stock ETF",
    "day": "2024-01-31",
    "net": "100000.00",
    "total": "101000.00",
    "cash": "0.00",
    "last": "N",
}


def filing(positions: Sequence[str], **header: str) -> bytes:
    """A filing's `primary_doc.xml`; a series of `` has no number, as a trust's."""
    told = {**_HEADER, **header}
    series = f"<seriesId>{told['series']}</seriesId>" if told["series"] else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<edgarSubmission xmlns="http://www.sec.gov/edgar/nport" xmlns:com="urn:c">\n'
        f"<headerData><submissionType>{told['form']}</submissionType><filerInfo><filer>"
        f"<issuerCredentials><cik>{told['cik']}</cik></issuerCredentials></filer></filerInfo>"
        "</headerData>\n<formData><genInfo>"
        f"<regName>{escape(told['registrant'])}</regName><regCik>{told['cik']}</regCik>"
        f"<seriesName>{escape(told['name'])}</seriesName>{series}"
        f"<repPdEnd>2024-10-31</repPdEnd><repPdDate>{told['day']}</repPdDate>"
        f"<isFinalFiling>{told['last']}</isFinalFiling></genInfo>\n"
        f"<fundInfo><totAssets>{told['total']}</totAssets><netAssets>{told['net']}</netAssets>"
        f"<cshNotRptdInCorD>{told['cash']}</cshNotRptdInCorD></fundInfo>\n"
        f"<invstOrSecs>{''.join(positions)}</invstOrSecs></formData></edgarSubmission>\n"
    ).encode()


def submission(xml: bytes, *, filed: str = "20240328", ticker: str = "SOME") -> bytes:
    """The whole text of a submission, with the series and a class in its header."""
    return (
        (
            f"<SEC-DOCUMENT>0001234567-24-000123.txt : {filed}\n<SEC-HEADER>\n"
            "ACCESSION NUMBER:\t\t0001234567-24-000123\nCONFORMED SUBMISSION TYPE:\tNPORT-P\n"
            f"FILED AS OF DATE:\t\t{filed}\n<SERIES>\n<SERIES-ID>S000000001\n"
            "<CLASS-CONTRACT>\n<CLASS-CONTRACT-ID>C000000001\n"
            f"<CLASS-CONTRACT-TICKER-SYMBOL>{ticker}\n</CLASS-CONTRACT>\n</SERIES>\n</SEC-HEADER>\n"
            "<DOCUMENT>\n<TYPE>NPORT-P\n<TEXT>\n<XML>\n"
        ).encode()
        + xml
        + b"</XML>\n</TEXT>\n</DOCUMENT>\n<DOCUMENT>\n<TEXT>\n<html>&nbsp;\n"
    )


def spread(positions: Sequence[Mapping[str, str]], net: float = 100_000.0) -> list[str]:
    """Positions whose values are told by their percentages of the net assets."""
    return [
        position(**{"valUSD": f"{float(told['pctVal']) * net / 100:.6f}", **told})
        for told in positions
    ]
