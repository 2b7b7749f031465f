-- Evidence on whether texts are one stock or two, besides the evidence that identity uses.

-- name: find_listings
-- What the directories list under some symbols, each with the first and last date of the listing.
SELECT l.symbol::text, d.source, l.name, l.cik, l.ipo_year, min(d.as_of), max(d.as_of)
FROM stockgroups.listings l
JOIN stockgroups.directories d ON d.id = l.directory_id
WHERE l.symbol = ANY (%(symbols)s)
GROUP BY l.symbol, d.source, l.name, l.cik, l.ipo_year
ORDER BY min(d.as_of), l.symbol COLLATE "C", d.source

-- name: name_groups
SELECT id, type, name FROM stockgroups.group_registry WHERE id = ANY (%(ids)s::int[])

-- name: list_symbols_of
-- The symbols that securities have had, and the symbols of their refs.
SELECT y.symbol FROM stockgroups.security_symbols y WHERE y.security_id = ANY (%(ids)s::int[])
UNION
SELECT r.symbol
FROM stockgroups.security_refs x
JOIN stockgroups.refs r ON r.id = x.ref_id AND r.symbol IS NOT NULL
WHERE x.security_id = ANY (%(ids)s::int[])
