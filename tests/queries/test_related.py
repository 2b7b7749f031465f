"""What belongs to one company, and by what that is known."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from directory_files import make_tickers
from identity.stories import make_cusip, make_isin
from samples import make_fund, make_printed
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError
from stockgroups.jobs.directory import load_directories
from stockgroups.model import Ref
from stockgroups.queries.related import Relation, find_related
from stockgroups.store.apply import apply

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
def loaded(connection: Connection) -> Connection:
    apply(connection, "TEST", [make_fund("FUND", make_printed(DAY, dict.fromkeys(PRINTS, 1 / 12)))])
    return connection


def relations(
    connection: Connection, catalog: Catalog, text: str
) -> dict[str, tuple[Relation, bool]]:
    answer = find_related(connection, "TEST", text, catalog)
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
def test_relations(
    loaded: Connection, catalog: Catalog, text: str, found: dict[str, tuple[Relation, bool]]
) -> None:
    assert relations(loaded, catalog, text) == found


def test_the_registrant_tells_of_paper_that_nobody_holds(
    loaded: Connection, catalog: Catalog, tmp_path: Path
) -> None:
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
    assert not load_directories(loaded, [path]).refused
    assert relations(loaded, catalog, "AFG") == {"AFGB": (Relation.SAME_ISSUER, True)}
    answer = find_related(loaded, "TEST", "GOOG", catalog)
    assert answer.related[0].why == (
        "one issuer in the CUSIP: 02079K",
        "one registrant at the SEC: 1652044",
    )


def test_what_no_source_holds_is_refused(loaded: Connection, catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match="no stock that a source holds"):
        find_related(loaded, "TEST", "NVDA", catalog)
