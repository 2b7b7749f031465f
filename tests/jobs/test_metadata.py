"""Building stock_metadata beside rows that other programs keep in the same table."""

from dataclasses import replace

from samples import DAY, make_fund, make_snapshot
from sound import load_funds
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.jobs.overrides import decide_sector
from stockgroups.model import Snapshot
from stockgroups.record.apply import apply
from stockgroups.store import Store
from tables import dump, read_members, read_one

VALUE = (
    "SELECT value FROM cache_entries"
    " WHERE type = 'stock_metadata' AND environment = 'TEST' AND key = %s"
)


def test_every_stock_gets_its_entry(connection: Connection, store: Store) -> None:
    load_funds(store)
    report = build_metadata(store)
    assert (report.stocks, report.relationships, report.inserted) == (4, 5, 4)
    assert read_one(connection, VALUE, "XOM") == {
        "symbol": "XOM",
        "name": "XOM CORP",
        "sector": "energy",
        "sector_label": "Energy",
        "confidence": "high",
        "sources": ["Select Sector", "hand"],
        "member_of_etfs": ["SPY", "XLE"],
        "themes": [],
    }


def test_the_second_build_changes_nothing(connection: Connection, store: Store) -> None:
    load_funds(store)
    build_metadata(store)
    before = dump(connection)
    assert not build_metadata(store).changed
    assert dump(connection) == before


def test_a_dry_run_counts_the_same_and_writes_nothing(connection: Connection, store: Store) -> None:
    load_funds(store)
    before = dump(connection)
    planned = build_metadata(store, dry_run=True)
    assert dump(connection) == before
    done = build_metadata(store)
    assert planned.to_dict() | {"dry_run": False} == done.to_dict()


def write_entry(connection: Connection, key: str, value: str, name: str = "theirs") -> None:
    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', %s, %s, %s, 'TEST')",
        (name, key, value),
    )


def test_keys_of_others_stay_and_a_value_that_is_no_object_is_replaced(
    connection: Connection, store: Store
) -> None:
    load_funds(store)
    write_entry(connection, "AAPL", '{"pe": 31, "sector": "theirs", "member_of_etfs": "[]"}')
    write_entry(connection, "CVX", '"a text"')
    report = build_metadata(store)
    assert (report.inserted, report.updated) == (2, 2)
    apple = read_one(connection, VALUE, "AAPL")
    assert (apple["pe"], apple["sector"]) == (31, "information_technology")
    assert apple["member_of_etfs"] == ["SPY"]
    assert read_one(connection, VALUE, "CVX")["member_of_etfs"] == ["XLE"]


def test_anothers_sector_that_no_source_prints_stays_until_a_rebuild(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("MINE", make_snapshot({"PBR": 1.0}))])
    write_entry(connection, "PBR", '{"sector": "theirs", "pe": 14}')
    build_metadata(store)
    assert read_one(connection, VALUE, "PBR")["sector"] == "theirs"
    build_metadata(store, rebuild=True)
    value = read_one(connection, VALUE, "PBR")
    assert "sector" not in value
    assert value["pe"] == 14


def test_a_sector_of_ours_goes_when_no_source_supports_it_any_more(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("MINE", print_of("PBR", "Energy"))])
    decide_sector(store, "PBR", "materials", "as I see it")
    build_metadata(store)
    assert read_one(connection, VALUE, "PBR")["sector"] == "materials"
    connection.execute("DELETE FROM stockgroups.sector_overrides")
    connection.execute("UPDATE stockgroups.snapshots SET sector_labels = NULL, sector_codes = NULL")
    build_metadata(store)
    assert {"sector", "confidence", "sources"}.isdisjoint(read_one(connection, VALUE, "PBR"))
    assert read_members(connection, "materials", "SECTOR") == {}


def test_a_stock_that_left_every_etf_belongs_to_none_and_goes_at_a_rebuild(
    connection: Connection, store: Store
) -> None:
    load_funds(store)
    build_metadata(store)
    only = make_snapshot({"XOM": 1.0}, DAY.replace(day=2))
    apply(store, [make_fund("XLE", only)])
    report = build_metadata(store)
    assert (report.leftovers, report.leftovers_emptied, report.leftovers_deleted) == (1, 1, 0)
    assert read_one(connection, VALUE, "CVX")["member_of_etfs"] == []
    report = build_metadata(store, rebuild=True)
    assert report.leftovers_deleted == 1
    assert read_one(connection, VALUE, "CVX") is None


def test_twins_of_one_key_are_all_written_and_told(connection: Connection, store: Store) -> None:
    load_funds(store)
    write_entry(connection, "AAPL", "{}", "one")
    write_entry(connection, "AAPL", "{}", "two")
    report = build_metadata(store)
    assert (report.duplicates, report.updated, report.inserted) == (1, 2, 3)


def test_the_industry_is_the_catalogues_and_the_printed_one_stands_beside_it(
    connection: Connection, store: Store
) -> None:
    apply(
        store,
        [
            make_fund("ONE", print_of("MSFT", "Systems Software", industry="Systems Software")),
            make_fund("TWO", print_of("X", "Software & Services", industry="Software & Services")),
        ],
    )
    build_metadata(store)
    value = read_one(connection, VALUE, "MSFT")
    assert (value["industry"], value["industry_label"]) == ("Software", "Systems Software")
    value = read_one(connection, VALUE, "X")
    assert (value["industry"], value["industry_label"]) == ("Software & Services",) * 2
    told = "SELECT metadata FROM group_memberships WHERE symbol = %s AND metadata IS NOT NULL"
    assert read_one(connection, told, "MSFT") == {"industry": "Software"}


def test_sector_groups_follow_and_keep_what_others_wrote_of_a_member(
    connection: Connection, store: Store
) -> None:
    apply(store, [make_fund("ONE", print_of("MSFT", "Software", industry="Software"))])
    build_metadata(store)
    connection.execute(
        "UPDATE group_memberships SET metadata = metadata || '{\"theirs\": 1}'"
        " WHERE metadata IS NOT NULL"
    )
    later = print_of("MSFT", "IT Services", day=2, industry="IT Services")
    apply(store, [make_fund("ONE", later)])
    report = build_metadata(store)
    assert (report.updated, report.sectors_changed) == (1, 1)
    told = "SELECT metadata FROM group_memberships WHERE metadata IS NOT NULL"
    assert read_one(connection, told) == {"industry": "IT Services", "theirs": 1}
    moved = print_of("MSFT", "Energy", day=3)
    apply(store, [make_fund("ONE", moved)])
    build_metadata(store)
    assert read_members(connection, "information_technology", "SECTOR") == {}
    assert read_members(connection, "energy", "SECTOR") == {"MSFT": None}


def test_a_build_is_one_row_of_the_audit(connection: Connection, store: Store) -> None:
    load_funds(store)
    rows = "SELECT count(*) FROM stockgroups.loads WHERE kind = 'build-metadata'"
    build_metadata(store)
    build_metadata(store)
    assert read_one(connection, rows) == 1
    changes = read_one(connection, "SELECT changes FROM stockgroups.loads ORDER BY id DESC LIMIT 1")
    assert changes["stock_metadata"] == {"inserted": 4}
    assert changes["SECTOR energy"]["added"] == 2
    connection.execute("DELETE FROM cache_entries WHERE key = 'XOM'")
    build_metadata(store)
    assert read_one(connection, rows) == 2


def print_of(symbol: str, label: str, *, day: int = 1, industry: str | None = None) -> Snapshot:
    """A file of one stock that prints this of it."""
    snapshot = make_snapshot({symbol: 1.0}, DAY.replace(day=day), sectors=(label,))
    return replace(snapshot, industries=(industry,) if industry else None)


def test_what_a_build_concludes_is_no_evidence_of_what_prints_mean(
    connection: Connection, store: Store
) -> None:
    def load(symbol: str, day: int) -> None:
        snapshot = print_of(symbol, "Financials", day=day)
        refs = tuple(
            ref._replace(cusip="064058100", sedol="B1Z77F6", name="BANK") for ref in snapshot.refs
        )
        apply(store, [make_fund("SPY", replace(snapshot, refs=refs))])

    load("BK", 1)
    build_metadata(store)
    # The sector says today that there is BK; since the second the bank is BNY all the same.
    load("BNY", 2)
    spans = "SELECT s.symbol, count(*) FROM stockgroups.security_symbols x"
    spans += " JOIN stockgroups.securities s ON s.id = x.security_id GROUP BY 1"
    assert connection.execute(spans.encode()).fetchall() == [("BNY", 2)]
    build_metadata(store)
    assert list(read_members(connection, "financials", "SECTOR")) == ["BNY"]
    assert read_one(connection, VALUE, "BNY")["name"] == "BANK"
