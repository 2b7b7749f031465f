-- name: lock_directories
-- Directories are shared by all environments: who adds one holds this until the commit.
SELECT pg_advisory_xact_lock(hashtext('stockgroups.directories'))

-- name: find_recorded
-- Which of these files are in the record, as read by these readers for these dates.
SELECT encode(d.sha256, 'hex'), d.as_of, d.reader
FROM unnest(%(hashes)s::text[], %(dates)s::date[], %(readers)s::text[]) AS w (sha256, as_of, reader)
JOIN stockgroups.directories d
  ON d.sha256 = decode(w.sha256, 'hex') AND d.as_of = w.as_of AND d.reader = w.reader

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
