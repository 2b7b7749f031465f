"""What a load or a build asks the dated lists takes no more with each list that is loaded."""

from __future__ import annotations

import pytest

from blocks import count_blocks
from stockgroups.db.connection import Connection
from stockgroups.db.sql import load_statements

SYMBOLS = 400
LISTS = (3, 60)  # of each source
SOURCES = ("sec_tickers", "sec_companies", "nasdaq_screener", "nasdaqlisted")

_ADD = """
WITH added AS (
    INSERT INTO stockgroups.directories (
        source, as_of, file_name, sha256, reader, entry_count, receipt
    )
    SELECT s.source, date '2024-01-01' + n, s.source || n,
           sha256(s.source::bytea || n::text::bytea), 'test/1', 0, '{}'
    FROM unnest(%(sources)s::text[]) AS s (source)
    CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS n
    ORDER BY n, s.source
    RETURNING id, source
)
INSERT INTO stockgroups.listings (
    directory_id, symbol, ticker, name, exchange, is_etf, is_test, cik, sector, ipo_year
)
SELECT a.id, 'S' || n, 'S' || n, 'NAME', CASE a.source WHEN 'sec_tickers' THEN 'NYSE' END,
       CASE a.source WHEN 'nasdaqlisted' THEN n %% 4 = 0 END, false,
       CASE WHEN a.source LIKE 'sec%%' THEN n END,
       CASE a.source WHEN 'nasdaq_screener' THEN 'Energy' END,
       CASE a.source WHEN 'nasdaq_screener' THEN 1999 END
FROM added a
CROSS JOIN generate_series(1, %(symbols)s::int) AS n
ORDER BY a.id, 'S' || n -- in the order of their index, in which each page is read once
"""


@pytest.mark.parametrize(
    ("topic", "statement"),
    [
        ("identity", "find_registrants"),
        ("identity", "find_handovers"),
        ("directories", "read_etf_flags"),
        ("evidence", "read_screener"),
    ],
)
def test_more_lists_are_no_more_work(connection: Connection, topic: str, statement: str) -> None:
    asked = {
        "environment": "TEST", "on": "2026-01-01",
        "symbols": [f"S{n}" for n in range(1, 40)],
    }  # fmt: skip
    found = []
    for first, last in ((1, LISTS[0]), (LISTS[0] + 1, LISTS[1])):
        parameters = {"sources": list(SOURCES), "first": first, "last": last, "symbols": SYMBOLS}
        connection.execute(_ADD, parameters)
        connection.execute("VACUUM ANALYZE stockgroups.directories, stockgroups.listings")
        found.append(count_blocks(connection, load_statements(topic)[statement], asked))
    few, many = found
    assert many <= 2 * few + 20
