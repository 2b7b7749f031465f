"""A user's word on a sector: given, taken back, followed through, exported."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from samples import DAY, make_fund, make_printed
from sound import load_funds
from stockgroups.catalog import load_catalog
from stockgroups.db.connection import Connection
from stockgroups.errors import NotFoundError, StockgroupsError, UsageError
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.overrides import decide_sector, export_overrides, withdraw_sector
from stockgroups.model import Ref
from stockgroups.record.apply import apply
from stockgroups.sectors import read_overrides
from stockgroups.store import Store
from tables import dump, read_members, read_one

VALUE = "SELECT value FROM cache_entries WHERE key = %s AND environment = 'TEST'"


def test_a_word_wins_until_it_is_taken_back(connection: Connection, store: Store) -> None:
    load_funds(store)
    build_metadata(store)
    done = decide_sector(
        store, "brk/b", "Industrials", "  it owns\na railway ",
        industry="Rail Transportation"
    )  # fmt: skip
    assert (done.symbol, done.sector, done.reason) == ("BRK.B", "industrials", "it owns a railway")
    assert done.industry == "Transportation"
    build_metadata(store)
    value = read_one(connection, VALUE, "BRK.B")
    assert (value["sector"], value["industry"]) == ("industrials", "Transportation")
    assert (value["confidence"], value["sources"]) == ("override", ["override"])
    assert list(read_members(connection, "industrials", "SECTOR")) == ["BRK.B"]
    withdraw_sector(store, "BRK.B", "no more")
    build_metadata(store)
    assert read_one(connection, VALUE, "BRK.B")["sector"] == "financials"
    kinds = connection.execute("SELECT kind FROM stockgroups.loads ORDER BY id").fetchall()
    assert [kind for (kind,) in kinds].count("classify-override") == 2


def test_a_word_on_a_stock_of_which_no_source_says_anything(
    connection: Connection, store: Store
) -> None:
    load_funds(store)
    connection.execute("UPDATE stockgroups.snapshots SET sector_labels = NULL, sector_codes = NULL")
    decide_sector(store, "AAPL", "energy", "why not")
    report = build_metadata(store)
    assert read_one(connection, VALUE, "AAPL")["sector"] == "energy"
    # What no ETF holds has no place in a sector.
    connection.execute("DELETE FROM definition_groups WHERE name = 'SPY'")
    report = build_metadata(store)
    assert report.stocks == 2
    assert "AAPL" not in read_members(connection, "energy", "SECTOR")


def test_words_of_several_days_and_of_a_catalogue(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    load_funds(store)
    first, second = dt.date(2026, 7, 1), dt.date(2026, 7, 9)
    decide_sector(store, "XOM", "utilities", "a", decided_on=second)
    decide_sector(store, "XOM", "materials", "b", decided_on=first)
    said = read_overrides(store)["XOM"]
    assert [o.sector for o in said] == ["materials", "utilities"]
    assert [o.sector for o in read_overrides(store, first)["XOM"]] == ["materials"]
    (tmp_path / "overrides.toml").write_text(export_overrides([said[-1]]), encoding="utf-8")
    mine = load_catalog(tmp_path)
    assert mine.sector_overrides["XOM"] == said[-1]
    # Elsewhere the catalogue's word stands, and one of the same day goes above it.
    assert read_overrides(Store(connection, "UAT", catalog=mine))["XOM"] == [said[-1]]
    store = Store(connection, "TEST", catalog=mine)
    decide_sector(store, "XOM", "energy", "c", decided_on=second)
    assert read_overrides(store)["XOM"][-1].sector == "energy"
    withdraw_sector(store, "XOM", "done")
    assert read_overrides(store)["XOM"][-1].sector is None


def test_a_stock_is_named_by_an_identifier_too(store: Store, tmp_path: Path) -> None:
    """Also by the ISIN under which it is shown, if no source has its ticker."""
    shown = Ref("DE0007030009", name="RHEINMETALL AG", isin="DE0007030009")
    known = Ref("AAPL", name="APPLE INC", cusip="037833100")
    apply(store, [make_fund("DAX", make_printed(DAY, {shown: 0.5, known: 0.5}))])
    for text, symbol in ((shown.isin, shown.symbol), ("US0378331005", "AAPL")):
        done = decide_sector(store, text or "", "industrials", "a test")
        assert done.symbol == symbol
        (tmp_path / "overrides.toml").write_text(export_overrides([done]), encoding="utf-8")
        assert load_catalog(tmp_path).sector_overrides[done.symbol] == done
        assert withdraw_sector(store, text or "", "done").symbol == symbol


def test_an_export_survives_any_reason(store: Store, tmp_path: Path) -> None:
    load_funds(store)
    reason = 'he said "no" \\ [x] = 1 # ünd – 日本'
    done = decide_sector(store, "BRK.B", "industrials", reason)
    (tmp_path / "overrides.toml").write_text(export_overrides([done]), encoding="utf-8")
    assert load_catalog(tmp_path).sector_overrides["BRK.B"] == done


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"symbol": "NOPE"}, NotFoundError, "no stock 'NOPE'"),
        ({"symbol": "US0378331006"}, NotFoundError, "it should be 5"),
        ({"sector": "Technology"}, UsageError, "'Technology' is not a sector"),
        ({"reason": "  "}, UsageError, "the reason is blank"),
        ({"reason": "x" * 501}, UsageError, "too long"),
        ({"reason": "a\x1b[2J"}, UsageError, "not plain text"),
        ({"industry": "Gold"}, UsageError, "'Gold' is not an industry of energy"),
        ({"decided_on": dt.date(2999, 1, 1)}, UsageError, "is in the future"),
    ],
)
def test_what_cannot_be_is_refused(
    connection: Connection,
    store: Store,
    changed: dict[str, object],
    error: type[StockgroupsError],
    words: str,
) -> None:
    load_funds(store)
    before = dump(connection)
    said: dict[str, object] = {"symbol": "AAPL", "sector": "energy", "reason": "x"}
    with pytest.raises(error, match=words):
        decide_sector(store, **(said | changed))  # type: ignore[arg-type]
    assert dump(connection) == before


def test_there_must_be_something_to_take_back(store: Store) -> None:
    load_funds(store)
    with pytest.raises(NotFoundError, match="there is no override for AAPL"):
        withdraw_sector(store, "AAPL", "x")
    decide_sector(store, "AAPL", "energy", "x")
    withdraw_sector(store, "AAPL", "x")
    with pytest.raises(NotFoundError, match="there is no override for AAPL"):
        withdraw_sector(store, "AAPL", "x")
