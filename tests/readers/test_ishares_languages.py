"""iShares' European sites that print labels, dates and numbers in their own language."""

from __future__ import annotations

import datetime as dt

import pytest

from readers.builders import (
    others_of,
    read,
    receipt_of,
    weights_of,
)
from stockgroups.errors import GuardError
from stockgroups.model import Category

GERMAN = (
    "Emittententicker,Name,Sektor,Anlageklasse,Marktwert,Gewichtung (%),Nominalwert,Nominale,Kurs,"
    "Standort,Börse,Marktwährung"
)


@pytest.mark.parametrize(
    ("printed", "as_of"),
    [
        ("30.09.2026", dt.date(2026, 9, 30)),
        ("11.Sept.2026", dt.date(2026, 9, 11)),
        ("19.Juni2026", dt.date(2026, 6, 19)),
        ("02.März2026", dt.date(2026, 3, 2)),
        ("5.Dez.2025", dt.date(2025, 12, 5)),
    ],
)
def test_the_german_site(printed: str, as_of: dt.date) -> None:
    lines = [
        f'Fondsposition per,"{printed}"',
        "\xa0",
        GERMAN,
        '"MSFT","MICROSOFT CORP","IT","Aktien","70.123.456,00","70,12","70.123.456,00",'
        '"150.000,00","467,50","Vereinigte Staaten","NASDAQ","USD"',
        '"NOVO B","NOVO NORDISK B","Gesundheitsversorgung","Aktien","28.876.544,00","28,88",'
        '"28.876.544,00","1.000,00","3,50","Dänemark","Omx Nordic Exchange Copenhagen A/S","DKK"',
        '"EUR","EUR CASH","Cash und/oder Derivate","Cash","1.000.000,00","1,00","1.000.000,00",'
        '"1.000.000,00","100,00","Deutschland","-","EUR"',
        '"ESU6","S&P500 EMINI SEP 26","Cash und/oder Derivate","Futures","0,00","0,00",'
        '"775.475,00","9,00","7.754,75","-","Index And Options Market","USD"',
        '"BLKICS","ICS EUR LIQ","Cash und/oder Derivate","Geldmarkt","0,00","0,00","0,00",'
        '"0,00","1,00","Irland","-","EUR"',
    ]
    snapshot = read("\n".join(lines).encode(), "XYZA_holdings.csv")
    assert snapshot.as_of == as_of
    assert weights_of(snapshot) == {"MSFT": 0.70123456, "NOVO-B.XCSE": 0.28876544}
    assert snapshot.net_assets == 100_000_000
    assert snapshot.shares == (150_000, 1_000)
    assert snapshot.sectors == ("IT", "Gesundheitsversorgung")
    assert list(others_of(snapshot).values()) == [
        Category.CASH,
        Category.DERIVATIVE,
        Category.CASH,
    ]
    assert receipt_of(snapshot).unknown_columns == ()


ITALIAN = (
    "Ticker dell'emittente,Nome,Settore,Asset Class,Valore di mercato,Ponderazione (%),"
    "Valore nozionale,Nominale,ISIN,Prezzo,Area Geografica,Cambio,Valuta di mercato"
)


def test_the_italian_site() -> None:
    lines = [
        'Al,"05/09/2026"',
        "\xa0",
        ITALIAN,
        '"NVDA","NVIDIA CORP","IT","Azionario","60.000.000,00","60,00","60.000.000,00",'
        '"400.000,00","US67066G1040","150,00","Stati Uniti","NASDAQ","USD"',
        '"ENI","ENI","Energia","Azionario","39.000.000,50","39,00","39.000.000,50","3.000.000,00",'
        '"IT0003132476","13,00","Italia","Borsa Italiana","EUR"',
        '"EUR","EUR CASH","Liquidità e/o derivati","Contanti","1.000.000,00","1,00","1.000.000,00",'
        '"1.000.000,00","-","100,00","Unione Europea","-","EUR"',
        '"ESU6","S&P500 EMINI SEP 26","Liquidità e/o derivati","Futures","0,00","0,00",'
        '"775.475,00","9,00","-","7.754,75","-","Chicago Mercantile Exchange","USD"',
        "\xa0",
    ]
    snapshot = read("\n".join(lines).encode("utf-8-sig"), "XYZA_holdings.csv")
    assert (snapshot.source, snapshot.as_of) == ("ishares_ucits", dt.date(2026, 9, 5))
    assert snapshot.net_assets == 100_000_000.5
    assert snapshot.symbols == ("NVDA", "ENI.XMIL")
    assert snapshot.shares == (400_000, 3_000_000)
    assert list(others_of(snapshot).values()) == [Category.CASH, Category.DERIVATIVE]
    assert receipt_of(snapshot).unknown_columns == ()


FRENCH = (
    "Ticker,Nom,Secteur,Classe d'actifs,Valeur de marché,Pondération (%),Valeur notionnelle,"
    "Actions,Prix,Lieu,Bourse de valeurs,Devise de marché,Durée"
)


@pytest.mark.parametrize("first", ['Au,"30/09/2026"', "30 sept. 2026"])
def test_the_french_site(first: str) -> None:
    lines = [
        first,
        "",
        FRENCH,
        "AIR,AIRBUS,Industrie,Actions,60\u202f000\u202f000,60,x,400\u202f000,150,France,"
        "Nyse Euronext - Euronext Paris,EUR,-".replace("60,x", '"60,00",x'),
        'MSFT,MICROSOFT,-,Actions,39\u202f000\u202f000,"39,00",x,1\u202f000,9,Etats-Unis,NASDAQ,USD,-',
        'EUR,EUR CASH,-,Liquidités,1\u202f000\u202f000,"1,00",x,1\u202f000,1,-,-,EUR,-',
    ]
    snapshot = read("\n".join(lines).encode(), "XYZA_holdings.csv")
    assert (snapshot.source, snapshot.as_of) == ("ishares_ucits", dt.date(2026, 9, 30))
    assert weights_of(snapshot) == {"AIR.XPAR": 0.6, "MSFT": 0.39}
    assert snapshot.shares == (400_000, 1_000)
    assert others_of(snapshot) == {"EUR CASH": Category.CASH}
    assert receipt_of(snapshot).unknown_columns == ("Durée",)


def test_a_word_that_is_not_known_is_told() -> None:
    lines = ['Al,"30/09/2026"', "", ITALIAN.replace("Area Geografica", "Paese")]
    lines += ['A,A,IT,Azionario,"60,0","60,00",1,1,-,1,Stati Uniti,NASDAQ,USD']
    lines += ['B,B,IT,Titoli strani,"40,0","40,00",1,1,-,1,Stati Uniti,NASDAQ,USD']
    data = "\n".join(lines).encode()
    # Stocks may hide under it: so much of a fund is not left out without an error.
    with pytest.raises(
        GuardError, match=r"40\.0% of it is in unknown asset classes .*\(Titoli strani\)"
    ):
        read(data, "XYZA_holdings.csv")
    snapshot = read(data, "XYZA_holdings.csv", accept=frozenset({"rejected"}))
    assert weights_of(snapshot) == {"A": 0.6}
    assert others_of(snapshot) == {"B": Category.OTHER}
    assert receipt_of(snapshot).unknown_columns == ("Paese",)


def test_the_swiss_notation() -> None:
    lines = [
        'Fondsposition per,"30.09.2026"',
        "",
        GERMAN,
        "NESN,NESTLE,X,Aktien,60’000.50,60.00,1,1’000.00,1,Schweiz,SIX Swiss Exchange,CHF",
        "ROG,ROCHE,X,Aktien,40’000.00,40.00,1,500.00,1,Schweiz,SIX Swiss Exchange,CHF",
    ]
    snapshot = read("\n".join(lines).encode(), "XYZA_holdings.csv")
    assert snapshot.net_assets == 100_000.5
    assert snapshot.shares == (1_000, 500)
