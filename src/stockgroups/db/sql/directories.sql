-- name: find_recorded
-- Which of these files are in the record, as read by these readers for these dates.
SELECT encode(d.sha256, 'hex'), d.as_of, d.reader
FROM unnest(%(hashes)s::text[], %(dates)s::date[], %(readers)s::text[]) AS w (sha256, as_of, reader)
JOIN stockgroups.directories d
  ON d.sha256 = decode(w.sha256, 'hex') AND d.as_of = w.as_of AND d.reader = w.reader

-- name: list_hashes
-- Which of these files are in the record, whoever read them.
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
