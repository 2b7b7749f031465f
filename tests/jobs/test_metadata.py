"""Building stock_metadata beside rows that other programs keep in the same table."""

from samples import DAY, make_fund, make_snapshot
from sound import load_funds
from stockgroups.catalog import Catalog
from stockgroups.db.connection import Connection
from stockgroups.jobs.metadata import build_metadata
from stockgroups.store.apply import apply
from tables import dump, read_one

VALUE = (
    "SELECT value FROM cache_entries"
    " WHERE type = 'stock_metadata' AND environment = 'TEST' AND key = %s"
)


def test_every_stock_gets_its_entry(connection: Connection, catalog: Catalog) -> None:
    load_funds(connection)
    report = build_metadata(connection, "TEST", catalog)
    assert (report.stocks, report.relationships, report.inserted) == (4, 5, 4)
    assert read_one(connection, VALUE, "XOM") == {
        "symbol": "XOM",
        "name": "XOM CORP",
        "sector": "energy",
        "sector_label": "Energy",
        "member_of_etfs": ["SPY", "XLE"],
        "themes": [],
    }
    assert "sector" not in read_one(connection, VALUE, "CVX")


def test_the_second_build_changes_nothing(connection: Connection, catalog: Catalog) -> None:
    load_funds(connection)
    build_metadata(connection, "TEST", catalog)
    before = dump(connection)
    assert not build_metadata(connection, "TEST", catalog).changed
    assert dump(connection) == before


def test_a_dry_run_counts_the_same_and_writes_nothing(
    connection: Connection, catalog: Catalog
) -> None:
    load_funds(connection)
    before = dump(connection)
    planned = build_metadata(connection, "TEST", catalog, dry_run=True)
    assert dump(connection) == before
    done = build_metadata(connection, "TEST", catalog)
    assert planned.as_dict() | {"dry_run": False} == done.as_dict()


def write_entry(connection: Connection, key: str, value: str, name: str = "theirs") -> None:
    connection.execute(
        "INSERT INTO cache_entries (type, name, key, value, environment)"
        " VALUES ('stock_metadata', %s, %s, %s, 'TEST')",
        (name, key, value),
    )


def test_keys_of_others_stay_and_a_value_that_is_no_object_is_replaced(
    connection: Connection, catalog: Catalog
) -> None:
    load_funds(connection)
    write_entry(connection, "AAPL", '{"pe": 31, "sector": "theirs", "member_of_etfs": "[]"}')
    write_entry(connection, "CVX", '"a text"')
    report = build_metadata(connection, "TEST", catalog)
    assert (report.inserted, report.updated) == (2, 2)
    apple = read_one(connection, VALUE, "AAPL")
    assert (apple["pe"], apple["sector"]) == (31, "information_technology")
    assert apple["member_of_etfs"] == ["SPY"]
    assert read_one(connection, VALUE, "CVX")["member_of_etfs"] == ["XLE"]


def test_a_sector_that_no_source_prints_stays_until_a_rebuild(
    connection: Connection, catalog: Catalog
) -> None:
    load_funds(connection)
    write_entry(connection, "CVX", '{"sector": "theirs", "pe": 14}')
    build_metadata(connection, "TEST", catalog)
    assert read_one(connection, VALUE, "CVX")["sector"] == "theirs"
    build_metadata(connection, "TEST", catalog, rebuild=True)
    value = read_one(connection, VALUE, "CVX")
    assert "sector" not in value
    assert value["pe"] == 14


def test_a_stock_that_left_every_etf_belongs_to_none_and_goes_at_a_rebuild(
    connection: Connection, catalog: Catalog
) -> None:
    load_funds(connection)
    build_metadata(connection, "TEST", catalog)
    only = make_snapshot({"XOM": 1.0}, DAY.replace(day=2))
    apply(connection, "TEST", [make_fund("XLE", only)])
    report = build_metadata(connection, "TEST", catalog)
    assert (report.leftovers, report.leftovers_emptied, report.leftovers_deleted) == (1, 1, 0)
    assert read_one(connection, VALUE, "CVX")["member_of_etfs"] == []
    report = build_metadata(connection, "TEST", catalog, rebuild=True)
    assert report.leftovers_deleted == 1
    assert read_one(connection, VALUE, "CVX") is None


def test_twins_of_one_key_are_all_written_and_told(
    connection: Connection, catalog: Catalog
) -> None:
    connection.execute(
        "ALTER TABLE cache_entries DROP CONSTRAINT cache_entries_type_key_environment_key"
    )
    load_funds(connection)
    write_entry(connection, "AAPL", "{}", "one")
    write_entry(connection, "AAPL", "{}", "two")
    report = build_metadata(connection, "TEST", catalog)
    assert (report.duplicates, report.updated, report.inserted) == (1, 2, 3)


def test_the_newest_file_of_an_issuer_decides_and_a_proxy_only_where_none_does(
    connection: Connection, catalog: Catalog
) -> None:
    def print_sector(label: str, day: int, *, proxy: bool = False) -> None:
        snapshot = make_snapshot(
            {"V": 1.0, "MA": None} if proxy else {"V": 1.0},
            DAY.replace(day=day),
            is_proxy=proxy,
            sectors=(label, label) if proxy else (label,),
        )
        apply(connection, "TEST", [make_fund(f"E{day}", snapshot)])

    print_sector("Financials", 2)
    print_sector("Information Technology", 1)
    print_sector("Energy", 3, proxy=True)
    build_metadata(connection, "TEST", catalog)
    assert read_one(connection, VALUE, "V")["sector"] == "financials"
    assert read_one(connection, VALUE, "MA")["sector"] == "energy"
