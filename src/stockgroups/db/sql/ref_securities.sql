-- Which security each of many refs is, and when, as in the view `ref_securities`. Nearly all symbols
-- always belonged to one security; these are read as two arrays.

-- name: read_owners
-- The owners of some symbols. The first two arrays have the symbols that always belonged to one
-- security and are its symbol today. The others have the remaining symbols, with dates and with the
-- owner's symbol of today.
WITH owners AS (
    SELECT y.symbol::text, y.valid_from, y.valid_to, y.security_id, s.symbol::text AS today,
           y.valid_from = '-infinity' AND y.valid_to = 'infinity' AND s.symbol = y.symbol AS is_plain
    FROM stockgroups.security_symbols y
    JOIN stockgroups.securities s ON s.id = y.security_id
    WHERE y.environment = %(environment)s AND y.symbol = ANY (%(symbols)s)
)
SELECT array_agg(symbol) FILTER (WHERE is_plain),
       array_agg(security_id) FILTER (WHERE is_plain),
       array_agg(symbol) FILTER (WHERE NOT is_plain),
       array_agg(valid_from) FILTER (WHERE NOT is_plain),
       array_agg(valid_to) FILTER (WHERE NOT is_plain),
       array_agg(security_id) FILTER (WHERE NOT is_plain),
       array_agg(today) FILTER (WHERE NOT is_plain)
FROM owners

-- name: read_exceptions
-- Of some refs, those that are not the security that owns their symbol, with their securities and
-- the symbols that these have today.
SELECT x.ref_id, x.valid_from, x.valid_to, x.security_id, s.symbol::text
FROM stockgroups.security_refs x
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE x.ref_id = ANY (%(ref_ids)b::int[])
ORDER BY x.ref_id, x.valid_from

-- name: read_symbols
-- The symbols of some refs. The caller finds the securities: until the tables have statistics, a
-- join here would scan them once for each ref.
SELECT array_agg(id), array_agg(symbol::text)
FROM stockgroups.refs WHERE id = ANY (%(ref_ids)b::int[])

-- name: read_all_only
-- The securities of all refs whose symbol always belonged to one security.
SELECT array_agg(r.id), array_agg(y.security_id)
FROM stockgroups.refs r
JOIN stockgroups.security_symbols y ON y.symbol = r.symbol AND y.environment = r.environment
WHERE r.environment = %(environment)s AND y.valid_from = '-infinity' AND y.valid_to = 'infinity'

-- name: read_all_dated
-- The securities of all refs whose symbol changed hands or was not always used.
SELECT r.id, y.valid_from, y.valid_to, y.security_id
FROM stockgroups.refs r
JOIN stockgroups.security_symbols y ON y.symbol = r.symbol AND y.environment = r.environment
WHERE r.environment = %(environment)s
  AND NOT (y.valid_from = '-infinity' AND y.valid_to = 'infinity')

-- name: read_all_exceptions
-- The refs that are not the security that owns their symbol, with their securities.
SELECT x.ref_id, x.valid_from, x.valid_to, x.security_id
FROM stockgroups.security_refs x
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE r.environment = %(environment)s
ORDER BY x.ref_id, x.valid_from

-- name: read_refs_of
-- The refs of some securities.
SELECT ref_id, valid_from, valid_to, security_id
FROM stockgroups.ref_securities
WHERE security_id = ANY (%(security_ids)b::int[])

-- name: read_all_symbols
-- Today's symbols of all securities.
SELECT array_agg(id), array_agg(symbol::text)
FROM stockgroups.securities
WHERE environment = %(environment)s
