-- What prints turn out to be: securities, and the symbols that they have had.

-- name: read_state
-- What the identity of the environment was computed with, the numbers of the directories with which
-- it would be computed now, and whether there is any print.
SELECT e.identity,
       (SELECT coalesce(array_agg(d.id ORDER BY d.id), '{}') FROM stockgroups.directories d),
       EXISTS (SELECT FROM stockgroups.refs r WHERE r.environment = e.environment)
FROM stockgroups.env_state e
WHERE e.environment = %(environment)s

-- name: write_state
UPDATE stockgroups.env_state SET identity = %(identity)s WHERE environment = %(environment)s

-- name: read_aliases
SELECT old_symbol, effective, new_symbol, source, origin
FROM stockgroups.aliases
WHERE environment = %(environment)s
ORDER BY old_symbol, effective

-- name: forget_aliases
DELETE FROM stockgroups.aliases WHERE environment = %(environment)s AND origin = 'catalog'

-- name: write_aliases
-- A person's word on the same symbol and day stands before the catalogue's.
INSERT INTO stockgroups.aliases (environment, old_symbol, effective, new_symbol, source, origin)
SELECT %(environment)s, a.old_symbol, a.effective, a.new_symbol, a.source, 'catalog'
FROM unnest(%(old)s::text[], %(effective)s::date[], %(new)s::text[], %(source)s::text[])
    AS a (old_symbol, effective, new_symbol, source)
ON CONFLICT (environment, old_symbol, effective) DO NOTHING

-- name: list_aliases
SELECT old_symbol, effective, new_symbol, source, origin
FROM stockgroups.aliases
WHERE environment = %(environment)s
ORDER BY effective, old_symbol COLLATE "C"

-- name: write_own_alias
-- What a person confirms takes the place of the catalogue's word on the same symbol and day.
INSERT INTO stockgroups.aliases (environment, old_symbol, effective, new_symbol, source, origin)
VALUES (%(environment)s, %(old)s, %(effective)s, %(new)s, %(source)s, 'user')
ON CONFLICT (environment, old_symbol, effective) DO UPDATE SET
    new_symbol = excluded.new_symbol, source = excluded.source, origin = excluded.origin,
    added_at = now()

-- name: delete_own_alias
DELETE FROM stockgroups.aliases
WHERE environment = %(environment)s AND old_symbol = %(old)s AND effective = %(effective)s
  AND origin = 'user'

-- name: read_moved
-- The symbols that do not stand for one security for all time under its symbol of today.
SELECT y.symbol, y.valid_from, y.valid_to, y.security_id, s.symbol
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE y.environment = %(environment)s
  AND (y.valid_from > '-infinity' OR y.valid_to < 'infinity' OR s.symbol <> y.symbol)
ORDER BY y.symbol, y.valid_from

-- name: read_exceptions
SELECT x.ref_id, x.valid_from, x.valid_to, x.security_id, s.symbol
FROM stockgroups.security_refs x
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE s.environment = %(environment)s
ORDER BY x.ref_id, x.valid_from

-- name: find_prints
-- The prints that have a symbol or an identifier in common with others; a US or Canadian ISIN
-- holds its CUSIP.
SELECT id, symbol, name, cusip, isin, sedol, figi
FROM stockgroups.refs
WHERE environment = %(environment)s
  AND (
      symbol = ANY (%(symbols)s)
      OR cusip = ANY (%(cusips)s)
      OR isin = ANY (%(isins)s)
      OR (isin ~ '^(US|CA)' AND substr(isin, 3, 9) = ANY (%(cusips)s))
      OR sedol = ANY (%(sedols)s)
      OR figi = ANY (%(figis)s)
  )

-- name: read_prints
SELECT id, symbol, name, cusip, isin, sedol, figi
FROM stockgroups.refs
WHERE environment = %(environment)s

-- name: read_sightings
-- On which days the prints stand, and in which groups: of several snapshots of one date and kind
-- the last one stands, unless it takes the date back. A sector's members are no source's word.
WITH standing AS (
    SELECT DISTINCT ON (s.group_id, s.is_proxy, s.as_of) s.group_id, s.is_proxy, s.as_of, s.ref_ids
    FROM stockgroups.snapshots s
    JOIN stockgroups.group_registry r ON r.id = s.group_id
    WHERE r.environment = %(environment)s AND r.type <> 'SECTOR'
    ORDER BY s.group_id, s.is_proxy, s.as_of, s.id DESC
)
SELECT s.group_id, s.is_proxy, s.as_of, array_agg(m.ref_id)
FROM standing s
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
WHERE m.ref_id = ANY (%(ref_ids)s::int[])
GROUP BY s.group_id, s.is_proxy, s.as_of

-- name: read_securities
-- The securities that have, or had, one of the symbols, with all their symbols.
SELECT y.security_id, y.symbol, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
WHERE y.environment = %(environment)s AND y.security_id IN (
    SELECT z.security_id FROM stockgroups.security_symbols z
    WHERE z.environment = %(environment)s AND z.symbol = ANY (%(symbols)s)
)
ORDER BY y.security_id, y.valid_from

-- name: read_all_securities
SELECT y.security_id, y.symbol, y.valid_from, y.valid_to
FROM stockgroups.security_symbols y
WHERE y.environment = %(environment)s
ORDER BY y.security_id, y.valid_from

-- name: find_spellings
-- Symbols that no directory lists as they stand, and that are listed when a dot is put in:
-- BRKB is BRK.B. One that fits several is none's spelling.
SELECT w.symbol, min(l.symbol)
FROM unnest(%(symbols)s::text[]) AS w (symbol)
JOIN stockgroups.listings l
  ON strpos(l.symbol, '.') > 0 AND replace(l.symbol, '.', '') = w.symbol
WHERE strpos(w.symbol, '.') = 0
  AND NOT EXISTS (SELECT FROM stockgroups.listings x WHERE x.symbol = w.symbol)
GROUP BY w.symbol
HAVING count(DISTINCT l.symbol) = 1

-- name: find_registrants
-- What left and what came among the lines of a registrant from one list of the SEC to the next.
-- Lines with a suffix (preferreds, warrants) and those without an exchange are no company's stock.
WITH dated AS (
    SELECT DISTINCT d.as_of, l.cik, l.symbol::text AS symbol
    FROM stockgroups.directories d
    JOIN stockgroups.listings l ON l.directory_id = d.id
    WHERE d.source = 'sec_tickers' AND l.exchange IS NOT NULL AND strpos(l.symbol, '.') = 0
),
lines AS (
    SELECT as_of, cik, array_agg(symbol ORDER BY symbol) AS symbols,
           dense_rank() OVER (ORDER BY as_of) AS edition
    FROM dated
    GROUP BY as_of, cik
),
-- By windows: a join of the list with itself is a nested loop where its size is misjudged.
changes AS (
    SELECT symbols AS before, edition, lead(symbols) OVER later AS after,
           lead(edition) OVER later AS next
    FROM lines
    WINDOW later AS (PARTITION BY cik ORDER BY edition)
),
moved AS (
    SELECT ARRAY(SELECT unnest(before) EXCEPT SELECT unnest(after)) AS gone,
           ARRAY(SELECT unnest(after) EXCEPT SELECT unnest(before)) AS come
    FROM changes
    WHERE next = edition + 1 AND after <> before
)
SELECT gone, come FROM moved WHERE cardinality(gone) > 0 AND cardinality(come) > 0

-- name: reserve_security_ids
-- The last of as many consecutive numbers; see reserve_ref_ids.
WITH alone AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtext('stockgroups.securities')),
           CAST(pg_get_serial_sequence('stockgroups.securities', 'id') AS regclass) AS ids
)
SELECT setval(ids, nextval(ids) + %(count)s - 1)::int FROM alone

-- name: copy_securities
COPY stockgroups.securities (id, environment, symbol) FROM STDIN

-- name: copy_security_symbols
COPY stockgroups.security_symbols (
    environment, symbol, valid_from, valid_to, security_id
) FROM STDIN

-- name: copy_security_refs
COPY stockgroups.security_refs (ref_id, valid_from, valid_to, security_id) FROM STDIN

-- name: rename_securities
UPDATE stockgroups.securities s SET symbol = u.symbol
FROM unnest(%(ids)s::int[], %(symbols)s::text[]) AS u (id, symbol)
WHERE s.id = u.id

-- name: delete_securities
DELETE FROM stockgroups.securities WHERE id = ANY (%(ids)s::int[])

-- name: delete_security_symbols
DELETE FROM stockgroups.security_symbols WHERE security_id = ANY (%(ids)s::int[])

-- name: delete_security_refs
DELETE FROM stockgroups.security_refs WHERE ref_id = ANY (%(ref_ids)s::int[])

-- name: find_holders
-- The groups that have one of the symbols among their members.
SELECT DISTINCT g.type, g.name
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE m.symbol = ANY (%(symbols)s) AND g.environment = %(environment)s
