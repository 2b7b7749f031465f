"""What belongs to one company, and by what that is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from directory_files import make_tickers
from identity.stories import make_cusip, make_isin
from samples import make_fund, make_printed
from stockgroups.errors import NotFoundError
from stockgroups.jobs.directory import load_directories
from stockgroups.model import Ref
from stockgroups.queries.related import Relation, find_related
from stockgroups.record.apply import apply
from stockgroups.store import Store

DAY = dt.date(2026, 3, 2)
SHELL = make_isin("GB00BP6MXD8")
PRINTS = [
    Ref("GOOG", name="ALPHABET INC CLASS C", cusip=make_cusip("02079K10")),
    Ref("GOOGL", name="ALPHABET INC CLASS A", cusip=make_cusip("02079K30")),
    Ref("BRK.B", name="BERKSHIRE HATHAWAY INC CLASS B"),
    Ref("BRK.A", name="BERKSHIRE HATHAWAY INC CLASS A"),
    Ref("SHEL.XLON", name="SHELL PLC", isin=SHELL),
    Ref("SHEL.XAMS", name="SHELL PLC", isin=SHELL),
    Ref("TSM", name="TAIWAN SEMICONDUCTOR-SP ADR"),
    Ref("2330.XTAI", name="TAIWAN SEMICONDUCTOR MANUFACTURING"),
    Ref("AFG", name="AMERICAN FINANCIAL GROUP INC"),
    Ref("AIG", name="AMERICAN INTERNATIONAL GROUP INC"),
    Ref("ROP", name="ROPER TECHNOLOGIES INC"),
    Ref("ROP.XSWX", name="ROCHE HOLDING AG"),
]


@pytest.fixture
def loaded(store: Store) -> Store:
    apply(store, [make_fund("FUND", make_printed(DAY, dict.fromkeys(PRINTS, 1 / 12)))])
    return store


def relations(store: Store, text: str) -> dict[str, tuple[Relation, bool]]:
    answer = find_related(store, text)
    assert all(one.why for one in answer.related)
    return {one.symbol: (one.relation, one.is_sure) for one in answer.related}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("GOOG", {"GOOGL": (Relation.SHARE_CLASS, True)}),
        ("googl", {"GOOG": (Relation.SHARE_CLASS, True)}),
        ("BRK/A", {"BRK.B": (Relation.SHARE_CLASS, True)}),
        ("SHEL.AS", {"SHEL.XLON": (Relation.LISTING, True)}),
        ("TSM", {"2330.XTAI": (Relation.HOME_SHARE, False)}),
        ("2330.TW", {"TSM": (Relation.ADR, False)}),
        # A word in common, or a ticker, makes no company.
        ("AFG", {}),
        ("ROP", {}),
    ],
)
def test_relations(loaded: Store, text: str, found: dict[str, tuple[Relation, bool]]) -> None:
    assert relations(loaded, text) == found


def test_the_registrant_tells_of_paper_that_nobody_holds(loaded: Store, tmp_path: Path) -> None:
    path = tmp_path / "company_tickers_exchange_2026-08-22.json"
    path.write_bytes(
        make_tickers(
            (1042046, "AMERICAN FINANCIAL GROUP INC", "AFG", "NYSE"),
            (1042046, "AMERICAN FINANCIAL GROUP INC", "AFGB", "NYSE"),
            (1042046, "AMERICAN FINANCIAL GROUP INC", "AFGZZ", None),
            (5272, "AMERICAN INTERNATIONAL GROUP", "AIG", "NYSE"),
            (1652044, "Alphabet Inc.", "GOOGL", "Nasdaq"),
            (1652044, "Alphabet Inc.", "GOOG", "Nasdaq"),
        )
    )
    assert not load_directories(loaded.connection, [path]).refused
    assert relations(loaded, "AFG") == {"AFGB": (Relation.SAME_ISSUER, True)}
    answer = find_related(loaded, "GOOG")
    assert answer.related[0].why == (
        "one issuer in the CUSIP: 02079K",
        "one registrant at the SEC: 1652044",
    )


def test_what_no_source_holds_is_refused(loaded: Store) -> None:
    with pytest.raises(NotFoundError, match="no loaded group holds it"):
        find_related(loaded, "NVDA")


def test_one_isin_under_wholly_unlike_names_is_told_as_doubtful(store: Store) -> None:
    isin = make_isin("JP389360000")
    prints = [
        Ref("8031.XTKS", name="MITSUI & CO LTD", isin=isin),
        Ref("ALV.XETR", name="ALLIANZ SE", isin=isin),
        Ref("MITSY.XLON", name="MITSUI & CO", isin=isin),
    ]
    apply(store, [make_fund("FUND", make_printed(DAY, dict.fromkeys(prints, 1 / 3)))])
    assert relations(store, "8031.XTKS") == {
        "ALV.XETR": (Relation.LISTING, False),
        "MITSY.XLON": (Relation.LISTING, True),
    }
