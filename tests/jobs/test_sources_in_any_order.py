"""Filings, fails-to-deliver files and issuers' files of one fund: the order makes no difference."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from data_sets import Filed, fund_list, make_tables, write_tables
from directory_files import make_fails
from identity.stories import make_cusip, make_isin
from record.test_identity_laws import read_state
from stockgroups.db.connection import Connection
from stockgroups.jobs.directory import load_directories
from stockgroups.jobs.identity import settle_identity
from stockgroups.jobs.load import load_etfs
from stockgroups.jobs.load_options import LoadOptions
from stockgroups.jobs.nport import load_nport
from stockgroups.jobs.nport_report import NportOptions
from stockgroups.record.interval_differences import find_differences
from stockgroups.store import Store
from stockgroups.suspicions import Guard

ANYHOW = frozenset(Guard)
DAYS = {"2024-01-31": "31-JAN-2024", "2024-02-29": "29-FEB-2024"}
OLD, NEW, BEFORE, AFTER, FIRST, SECOND = (
    make_cusip(body) for body in ("74005P10", "69376K10", "15670010", "55024110", "36960430",
                                  "90431120")
)  # fmt: skip
STOCKS = {
    # It was OLDA until February, and has a new number from the middle of it.
    "one": ("Alpha Things Inc", (OLD, NEW), ("OLDA", "NEWA")),
    # Two companies, one ticker after the other.
    "two": ("Praxair Inc", (FIRST,), ("PQX",)),
    "three": ("P10 Holdings Inc", (SECOND,), ("PQX", "PTEN")),
    "four": ("Centurylink", (BEFORE, AFTER), ("BB.A", "BBA", "LUMN")),
}
HALVES = {
    "202401a": [("20240104", OLD, "OLDA", "ALPHA THINGS"), ("20240104", FIRST, "PQX", "PRAXAIR"),
                ("20240109", BEFORE, "BBA", "CENTURYLINK")],
    "202401b": [("20240119", OLD, "OLDA", "ALPHA THINGS"), ("20240118", FIRST, "PQX", "PRAXAIR"),
                ("20240131", BEFORE, "LUMN", "LUMEN"), ("20240131", AFTER, "LUMNZZZZ", "LUMEN")],
    "202402a": [("20240205", OLD, "NEWA", "ALPHA THINGS"), ("20240208", SECOND, "PQX", "P10"),
                ("20240201", AFTER, "LUMN", "LUMEN"), ("20240201", BEFORE, "LUMNXXXX", "LUMEN")],
    "202402b": [("20240220", NEW, "NEWA", "ALPHA THINGS"), ("20240221", SECOND, "PTEN", "P10"),
                ("20240221", AFTER, "LUMN", "LUMEN")],
}  # fmt: skip


class Line(NamedTuple):
    """A stock as a source reports it; the places choose one of its numbers and tickers."""

    stock: str
    number: int
    ticker: int
    identified: str


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from([*STOCKS]),
        st.integers(0, 1),
        st.integers(0, 2),
        st.sampled_from(["cusip", "isin", "both"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda line: line.stock,
)
FILED = st.tuples(
    st.just("nport"), st.sampled_from([*DAYS]), LINES, st.sampled_from(["NPORT-P", "NPORT-P/A"])
)
ISSUED = st.tuples(st.just("issuer"), st.sampled_from([*DAYS]), LINES, st.booleans())
FAILED = st.sampled_from([*HALVES]).flatmap(
    lambda half: st.tuples(
        st.just("fails"),
        st.just(half),
        st.lists(st.sampled_from(HALVES[half]), min_size=1, unique=True),
        st.none(),
    )
)
SOURCES = st.lists(
    st.one_of(FILED, ISSUED, FAILED),
    min_size=2,
    max_size=6,
    unique_by=lambda told: told[1] if told[0] == "fails" else (told[0], told[1]),
)


def write_source(folder: Path, at: int, told: tuple[str, str, Any, Any]) -> Path:
    """Write one file to a folder; return its path."""
    kind, day, rows, form = told
    if kind == "fails":
        path = folder / f"cnsfails{day}.txt"
        path.write_bytes(make_fails(*sorted(rows)))
        return path
    lines = [(STOCKS[line.stock], line) for line in rows]
    weight = 100 / len(lines)
    if kind == "issuer":
        path = folder / f"SOME_{day}.csv"
        cells = []
        for (name, numbers, tickers), line in lines:
            cusip = "" if line.identified == "isin" else numbers[line.number % len(numbers)]
            ticker = tickers[line.ticker % len(tickers)]
            cells.append(f"{ticker},{name.upper() if form else ''},{cusip},{weight:.6f}\n")
        path.write_text("symbol,name,cusip,weight\n" + "".join(cells))
        return path
    positions = []
    for (name, numbers, _), line in lines:
        cusip = numbers[line.number % len(numbers)]
        position = {"pctVal": f"{weight:.6f}", "name": name, "cusip": cusip}
        if line.identified != "cusip":
            position["isin"] = make_isin(f"US{cusip}")
        if line.identified == "isin":
            position["cusip"] = "N/A"
        positions.append(position)
    filed = Filed(f"0001234567-24-{at:06d}", positions, day=DAYS[day], form=form)
    return write_tables(folder / f"{at}_nport.zip", make_tables([filed]))


def load_source(connection: Connection, store: Store, path: Path) -> None:
    """Load a file as the commands do."""
    if path.suffix == ".txt":
        assert not load_directories(connection, [path]).refused
        settle_identity(connection, store.catalog)
    elif path.suffix == ".zip":
        report = load_nport(store, path, NportOptions("all", accept=ANYHOW))
        assert not report.failures
    else:
        options = LoadOptions(path.parent, proxies=False, accept=ANYHOW, alone=True)
        assert not load_etfs(store, options).failures


def test_the_order_of_sources_makes_no_difference(
    connection: Connection, store: Store, tmp_path: Path
) -> None:
    register = tmp_path / "company_tickers_mf_2024-04-01.json"
    register.write_bytes(fund_list((1234, "S000000001", "C000000002", "SOME")))
    assert not load_directories(connection, [register]).refused
    folders = count()

    def state(told: list[tuple[str, str, Any, Any]], order: list[int]) -> list[Any]:
        with connection.transaction(force_rollback=True):
            for at in order:
                folder = tmp_path / str(next(folders))
                folder.mkdir()
                load_source(connection, store, write_source(folder, at, told[at]))
            assert list(find_differences(store)) == []
            effective = connection.execute(
                "SELECT d.day, s.as_of, s.source, s.digest FROM"
                " (SELECT DISTINCT group_id, as_of AS day FROM stockgroups.snapshots) d"
                " CROSS JOIN LATERAL stockgroups.effective_snapshot("
                " d.group_id, d.day, 'infinity') e"
                " JOIN stockgroups.snapshots s USING (group_id) WHERE s.id = e.id ORDER BY 1"
            ).fetchall()
            return [*read_state(store), effective]

    @settings(max_examples=10)
    @given(SOURCES, st.data())
    def check(told: list[tuple[str, str, Any, Any]], data: st.DataObject) -> None:
        places = [*range(len(told))]
        assert state(told, data.draw(st.permutations(places))) == state(told, places)

    check()
