-- name: find_recorded
-- Which of these files are already recorded, with the same reader and date.
SELECT encode(d.sha256, 'hex'), d.as_of, d.reader
FROM unnest(%(hashes)s::text[], %(dates)s::date[], %(readers)s::text[]) AS w (sha256, as_of, reader)
JOIN stockgroups.directories d
  ON d.sha256 = decode(w.sha256, 'hex') AND d.as_of = w.as_of AND d.reader = w.reader

-- name: list_hashes
-- Which of these files are already recorded, with any reader.
SELECT DISTINCT encode(sha256, 'hex') FROM stockgroups.directories
WHERE sha256 IN (SELECT decode(h, 'hex') FROM unnest(%(hashes)s::text[]) AS h)

-- name: append_directory
INSERT INTO stockgroups.directories (
    source, as_of, file_name, sha256, reader, entry_count, receipt
) VALUES (
    %(source)s, %(as_of)s, %(file_name)s, decode(%(sha256)s, 'hex'), %(reader)s,
    %(entry_count)s, %(receipt)s
)
RETURNING id

-- name: copy_listings
COPY stockgroups.listings (
    directory_id, symbol, ticker, name, exchange, mic, is_etf, is_test, cik, sector, industry,
    country, ipo_year
) FROM STDIN

-- name: analyze_listings
ANALYZE stockgroups.listings

-- name: read_cusip_runs
SELECT cusip, symbol, first_day, last_day, name FROM stockgroups.cusip_symbols

-- name: list_fails_files
SELECT as_of FROM stockgroups.directories WHERE source = 'sec_fails'

-- name: delete_cusip_runs
DELETE FROM stockgroups.cusip_symbols c
USING unnest(%(cusips)s::text[], %(symbols)s::text[], %(days)s::date[]) AS u (cusip, symbol, first_day)
WHERE c.cusip = u.cusip AND c.symbol = u.symbol AND c.first_day = u.first_day

-- name: copy_cusip_runs
COPY stockgroups.cusip_symbols (cusip, symbol, first_day, last_day, name) FROM STDIN

-- name: write_cusip_changes
INSERT INTO stockgroups.cusip_changes (symbol, cusip, day, is_new)
SELECT u.symbol, u.cusip, u.day, u.is_new
FROM unnest(%(symbols)s::text[], %(cusips)s::text[], %(days)s::date[], %(is_new)s::boolean[])
    AS u (symbol, cusip, day, is_new)
ON CONFLICT DO NOTHING

-- name: analyze_registers
ANALYZE stockgroups.cusip_symbols

-- name: copy_fund_classes
COPY stockgroups.fund_classes (
    directory_id, cik, series_id, class_id, ticker, name, registrant, is_etf
) FROM STDIN

-- name: analyze_fund_classes
ANALYZE stockgroups.fund_classes

-- name: read_fund_classes
-- The newest list of classes and the newest report that have a fund, with the fund's data.
SELECT source, as_of, cik, series_id, class_id, ticker, name, registrant, is_etf
FROM (
    SELECT d.source, d.as_of, d.id, c.*,
           rank() OVER (
               PARTITION BY coalesce(c.series_id, c.cik::text), d.source = 'sec_fund_classes'
               ORDER BY d.as_of DESC, d.id DESC
           ) AS place
    FROM stockgroups.fund_classes c
    JOIN stockgroups.directories d ON d.id = c.directory_id
) ranked
WHERE place = 1
ORDER BY as_of DESC, id DESC, series_id, class_id

-- name: read_registrants
-- The symbols of registrants in the newest of each of the SEC's lists of companies.
SELECT DISTINCT l.cik, l.symbol::text COLLATE "C" AS symbol
FROM stockgroups.listings l
WHERE l.cik IS NOT NULL AND l.directory_id IN (
    SELECT DISTINCT ON (d.source) d.id
    FROM stockgroups.directories d
    WHERE d.source IN ('sec_tickers', 'sec_companies')
    ORDER BY d.source, d.as_of DESC, d.id DESC
)
ORDER BY 1, 2

-- name: read_etf_flags
-- Whether the exchanges' newest directories list a symbol as an ETF. They are read one by one
-- (OFFSET 0): with a join, the server would read all directories.
SELECT l.symbol::text, bool_or(l.is_etf)
FROM (
    SELECT DISTINCT ON (d.source) d.id
    FROM stockgroups.directories d
    WHERE starts_with(d.source, 'nasdaq')
    ORDER BY d.source, d.as_of DESC, d.id DESC
) newest
CROSS JOIN LATERAL (
    SELECT x.symbol, x.is_etf
    FROM stockgroups.listings x
    WHERE x.directory_id = newest.id AND x.is_etf IS NOT NULL AND NOT x.is_test
    OFFSET 0
) l
GROUP BY l.symbol
