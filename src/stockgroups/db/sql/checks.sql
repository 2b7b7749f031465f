-- name: nameless
-- The positions of refs without a symbol in the effective snapshots of ETFs and universes: common table
-- expressions for the statements below. Only snapshots with unresolved rows have any.
doubtful AS (
    SELECT array_agg(s.group_id) AS groups, array_agg(s.id) AS numbers, array_agg(s.as_of) AS dates,
           CASE WHEN count(*) > 0 THEN ARRAY(
               SELECT f.id FROM stockgroups.refs f
               WHERE f.environment = %(environment)s AND f.symbol IS NULL
           ) END AS refs
    FROM (
        -- OFFSET 0: only these receipts are read.
        SELECT s.group_id, s.id, s.as_of, s.receipt
        FROM stockgroups.group_registry r
        JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
        WHERE r.environment = %(environment)s AND r.type IN ('ETF', 'UNIVERSE')
        OFFSET 0
    ) s
    WHERE (s.receipt #>> '{rows,unresolved}')::int > 0
),
nameless AS (
    SELECT s.group_id, m.place, m.weight, f.id, f.name, f.cusip, f.sedol, f.figi,
           x.ref_id IS NOT NULL AS is_resolved
    FROM doubtful d
    CROSS JOIN LATERAL stockgroups.positions_in(d.groups, d.numbers, d.dates, d.refs) s
    CROSS JOIN LATERAL unnest(s.ref_ids, s.weights)
               WITH ORDINALITY AS m (ref_id, weight, place)
    JOIN stockgroups.refs f ON f.id = m.ref_id AND f.symbol IS NULL
    LEFT JOIN stockgroups.security_refs x
           ON x.ref_id = m.ref_id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to
)

-- name: etfs
SELECT g.name, g.metadata ->> 'total_holdings', s.member_count, held.members, coalesce(n.members, 0),
       s.is_proxy, s.as_of,
       s.source IN ('adopted', 'external'), s.source = 'legacy', s.load_id,
       s.receipt -> 'weights',
       coalesce(s.receipt -> 'suspicions' @> '[{"guard": "weights"}]'
                OR s.receipt -> 'suspicions' @> '[{"guard": "rejected"}]', false)
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
LEFT JOIN (
    SELECT m.group_id, m.members
    FROM (
        SELECT array_agg(s.group_id) AS groups, array_agg(s.id) AS numbers, array_agg(s.as_of) AS dates
        FROM stockgroups.group_registry r
        JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
        WHERE r.environment = %(environment)s AND r.type = 'ETF'
    ) w
    CROSS JOIN LATERAL stockgroups.hashes_in(w.groups, w.numbers, w.dates) m
) held ON held.group_id = r.id
LEFT JOIN (SELECT group_id, count(*) AS members FROM nameless GROUP BY group_id) n ON n.group_id = r.id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
ORDER BY g.name COLLATE "C"

-- name: etf_files
-- Columns and classes that were not understood in the files of the ETFs' effective snapshots.
SELECT g.name, s.file_name,
       ARRAY(SELECT jsonb_array_elements_text(s.receipt -> 'unknown_columns')),
       ARRAY(SELECT jsonb_array_elements_text(s.receipt -> 'unknown_classes'))
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND s.file_name IS NOT NULL
ORDER BY g.name COLLATE "C"

-- name: unresolved_rows
-- Unresolved stocks in the effective snapshots of ETFs and universes: rows without ticker and ISIN
-- that no other evidence resolves. For each group their number, their weight, and the first five.
-- For files read before such rows were recorded, the receipt is the only source.
SELECT g.name, coalesce(s.file_name, s.source), u.rows,
       CASE WHEN s.receipt #> '{weights,unresolved}' IS NOT NULL THEN u.weight END, u.shown
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
LEFT JOIN (
    SELECT m.group_id, count(*) FILTER (WHERE NOT m.is_resolved) AS rows,
           coalesce(sum(m.weight) FILTER (WHERE NOT m.is_resolved), 0) AS weight,
           (array_agg(concat_ws(', ', m.name, coalesce(
                'CUSIP ' || m.cusip, 'SEDOL ' || m.sedol, 'FIGI ' || m.figi)) ORDER BY m.place)
                FILTER (WHERE NOT m.is_resolved))[:5] AS shown
    FROM nameless m
    GROUP BY m.group_id
) n ON n.group_id = r.id
CROSS JOIN LATERAL (
    SELECT n.rows, n.weight, n.shown WHERE n.group_id IS NOT NULL
    UNION ALL
    SELECT (s.receipt #>> '{rows,unresolved}')::int,
           (s.receipt #>> '{weights,unresolved}')::float8,
           ARRAY(SELECT concat(line ->> 'name', ' (', line ->> 'reason', ')')
                 FROM jsonb_array_elements(s.receipt -> 'lines') line
                 WHERE line ->> 'category' = 'unresolved'
                 LIMIT 5)
    WHERE n.group_id IS NULL
) u
WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'UNIVERSE')
  AND (s.receipt #>> '{rows,unresolved}')::int > 0 AND u.rows > 0
ORDER BY g.name COLLATE "C"

-- name: suspicions
-- Suspicious values that were accepted in the files of effective snapshots, with the load that
-- recorded them.
SELECT g.type, g.name, s.file_name, suspicion ->> 'guard', suspicion ->> 'message', s.load_id
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN jsonb_array_elements(s.receipt -> 'suspicions') suspicion
WHERE g.environment = %(environment)s
ORDER BY g.type, g.name COLLATE "C"

-- name: stocks
-- The stocks of ETFs and of metadata entries: whether an ETF holds it, whether it has an entry, and the
-- sector, industry and confidence in the entry (only builds write a confidence). The last column is
-- whether the entry may not match the ETFs and themes that hold the stock, by the sum of the hashes of
-- their names: a scan of the memberships. A theme's stock that no ETF holds needs no entry.
-- GROUP BY, so that the hash of a name is computed once and not for each member, and parallel workers
-- may still share the scan.
WITH groups AS NOT MATERIALIZED (
    SELECT id, type, hashtextextended(name, 0) AS hash
    FROM public.definition_groups
    WHERE environment = %(environment)s AND type IN ('ETF', 'THEME')
    GROUP BY id
),
held AS (
    SELECT m.symbol, sum(g.hash) AS etfs
    FROM groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.type = 'ETF'
    GROUP BY m.symbol
),
themed AS (
    SELECT m.symbol, sum(g.hash) AS themes
    FROM groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.type = 'THEME'
    GROUP BY m.symbol
),
entries AS (
    SELECT e.key, e.value ->> 'sector' AS sector, e.value ->> 'industry' AS industry,
           e.value ->> 'confidence' AS confidence,
           e.value -> 'member_of_etfs' AS etfs, e.value -> 'themes' AS themes
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
    OFFSET 0  -- else a long value is unpacked for each use of a field
),
claimed AS (
    SELECT e.key AS symbol, min(e.sector) AS sector, min(e.industry) AS industry,
           min(e.confidence) AS confidence,
           sum((
               SELECT sum(hashtextextended(x.name, 0))
               FROM (
                   SELECT jsonb_array_elements_text(
                       CASE jsonb_typeof(e.etfs) WHEN 'array' THEN e.etfs ELSE '[]' END
                   ) AS name
               ) x
           )) AS etfs,
           sum(CASE WHEN e.themes = '[]' THEN 0 ELSE coalesce((
               SELECT sum(hashtextextended(x.name, 0))
               FROM (
                   SELECT jsonb_array_elements_text(
                       CASE jsonb_typeof(e.themes) WHEN 'array' THEN e.themes ELSE '[]' END
                   ) AS name
               ) x
           ), 0) END) FILTER (WHERE e.themes IS NOT NULL AND e.etfs <> '[]') AS themes
    FROM entries e
    GROUP BY e.key
)
SELECT symbol::text, h.symbol IS NOT NULL, c.symbol IS NOT NULL, c.sector, c.industry, c.confidence,
       coalesce(h.etfs, 0) <> coalesce(c.etfs, 0)
           OR coalesce(c.themes <> coalesce(t.themes, 0), false)
FROM held h
FULL JOIN claimed c USING (symbol)
LEFT JOIN themed t USING (symbol)
ORDER BY symbol COLLATE "C"

-- name: holders
-- The ETFs that hold each of the stocks.
SELECT m.symbol::text, array_agg(g.name::text ORDER BY g.name COLLATE "C")
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s)
GROUP BY m.symbol

-- name: sector_differences
-- Differences between SECTOR groups and metadata entries, in both directions. Of the entries, only
-- those whose sector our build wrote; of the groups, only those that the catalogue defines, because
-- the build writes no others.
WITH held AS (
    SELECT m.symbol::text AS symbol, g.name::text AS sector
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    JOIN stockgroups.group_registry r USING (environment, type, name)
    WHERE g.environment = %(environment)s AND g.type = 'SECTOR' AND r.snapshot_id IS NOT NULL
      AND g.name = ANY (%(sectors)s)
),
claimed AS (
    SELECT DISTINCT e.key::text AS symbol, e.value ->> 'sector' AS sector
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
      AND e.value ? 'confidence' AND e.value ->> 'sector' IS NOT NULL
      AND jsonb_typeof(e.value -> 'member_of_etfs') = 'array'
      AND e.value -> 'member_of_etfs' <> '[]'
)
SELECT coalesce(held.sector, claimed.sector), coalesce(held.symbol, claimed.symbol),
       held.symbol IS NOT NULL
FROM held
FULL JOIN claimed ON claimed.symbol = held.symbol AND claimed.sector = held.sector
WHERE held.symbol IS NULL
   OR (claimed.symbol IS NULL AND EXISTS (
       SELECT FROM public.cache_entries e
       JOIN public.group_memberships m ON m.symbol = e.key
       JOIN public.definition_groups g ON g.id = m.group_id
       WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
         AND e.key = held.symbol AND e.value ? 'sector'
         AND e.value ->> 'sector' IS DISTINCT FROM held.sector
         AND g.environment = e.environment AND g.type = 'ETF'
   ))
ORDER BY coalesce(held.sector, claimed.sector) COLLATE "C",
         coalesce(held.symbol, claimed.symbol) COLLATE "C"

-- name: hash_positions
-- The contents of each group's effective snapshot: the number of positions, and one hash of those whose
-- refs have a key (the hash of the stock's symbol); then the refs of the others, whose key is 0, and the
-- hashes of their weights. The rule of the effective snapshot is applied again, so that the check does
-- not depend on the pointer in the registry. A cast of a float to numeric would keep 15 digits of up
-- to 17.
WITH compared AS MATERIALIZED (
    SELECT g.id, r.id AS registry_id, e.id AS snapshot_id, e.as_of
    FROM public.definition_groups g
    JOIN stockgroups.group_registry r USING (environment, type, name)
    CROSS JOIN LATERAL stockgroups.effective_snapshot(r.id, 'infinity', 'infinity') e
    WHERE g.environment = %(environment)s
)
SELECT c.id, s.as_of, cardinality(s.ref_ids), p.*
FROM (
    SELECT array_agg(registry_id) AS groups, array_agg(snapshot_id) AS numbers,
           array_agg(as_of) AS dates
    FROM compared
) w
CROSS JOIN LATERAL stockgroups.members_in(w.groups, w.numbers, w.dates, '{ref_ids, weights}') s
JOIN compared c ON c.registry_id = s.group_id
CROSS JOIN LATERAL (
    SELECT bit_xor(hashint8extended(p.key, p.weight)) FILTER (WHERE p.key <> 0),
           array_agg(p.ref_id) FILTER (WHERE p.key = 0),
           array_agg(p.weight) FILTER (WHERE p.key = 0)
    FROM (
        SELECT u.ref_id, (%(keys)b::int8[])[u.ref_id] AS key,
               coalesce(hash_numeric_extended(u.weight::text::numeric, 0), 1) AS weight
        -- Not unnested in FROM, where the server would store all elements first.
        FROM (SELECT unnest(s.ref_ids) AS ref_id, unnest(s.weights) AS weight) u
        OFFSET 0
    ) p
) p

-- name: hash_symbols
-- The hashes of today's symbols of all securities.
SELECT array_agg(id), array_agg(hashtextextended(symbol, 0))
FROM stockgroups.securities
WHERE environment = %(environment)s

-- name: hash_others
-- For each group, the hash of some positions, given by symbols and by the hashes of their weights.
SELECT p.group_id, bit_xor(hashint8extended(hashtextextended(p.symbol, 0), p.weight))
FROM unnest(%(group_ids)b::int[], %(symbols)s::text[], %(weights)b::int8[])
    AS p (group_id, symbol, weight)
GROUP BY p.group_id

-- name: hash_memberships
-- The memberships of each group: their number, the sum of their weights, and their hash as positions
-- of `hash_positions`.
SELECT g.id, g.type, g.name, m.*
FROM public.definition_groups g
CROSS JOIN LATERAL (
    SELECT count(*), sum(weight)::float8,
           bit_xor(hashint8extended(
               hashtextextended(symbol, 0), coalesce(hash_numeric_extended(weight, 0), 1)
           ))
    FROM public.group_memberships
    WHERE group_id = g.id
) m
WHERE g.environment = %(environment)s

-- name: list_reported_symbols
-- Those of some refs that have a symbol.
SELECT id FROM stockgroups.refs WHERE id = ANY (%(ref_ids)s::int[]) AND symbol IS NOT NULL

-- name: record_differences
-- Differences between the memberships of some groups and their effective snapshots: missing and
-- additional members, and other weights. Every stock appears once, with today's symbol. Weights are
-- summed by text, because a cast of a float to numeric keeps 15 digits of up to 17.
WITH compared AS MATERIALIZED (
    SELECT g.id, r.id AS registry_id, e.id AS snapshot_id, e.as_of
    FROM public.definition_groups g
    JOIN stockgroups.group_registry r USING (environment, type, name)
    CROSS JOIN LATERAL stockgroups.effective_snapshot(r.id, 'infinity', 'infinity') e
    WHERE g.environment = %(environment)s AND g.id = ANY (%(group_ids)s::int[])
),
recorded AS (
    SELECT c.id AS group_id, p.symbol::text AS symbol, p.weight
    FROM compared c
    CROSS JOIN LATERAL stockgroups.positions_of(c.registry_id, c.snapshot_id, c.as_of) p
)
SELECT g.type, g.name, coalesce(expected.symbol, stored.symbol)::text AS symbol,
       expected.symbol IS NOT NULL, stored.symbol IS NOT NULL,
       expected.weight, stored.weight
FROM (
    SELECT group_id, symbol,
           CASE count(*) WHEN 1 THEN max(weight) ELSE sum(weight::text::numeric)::float8 END AS weight
    FROM recorded
    GROUP BY group_id, symbol
) expected
FULL JOIN (
    SELECT group_id, symbol, weight::float8 AS weight
    FROM public.group_memberships
    WHERE group_id IN (SELECT id FROM compared)
) stored ON stored.group_id = expected.group_id AND stored.symbol = expected.symbol
JOIN public.definition_groups g ON g.id = coalesce(expected.group_id, stored.group_id)
WHERE expected.symbol IS NULL OR stored.symbol IS NULL
   OR expected.weight IS DISTINCT FROM stored.weight
ORDER BY g.type, g.name COLLATE "C", coalesce(expected.symbol, stored.symbol) COLLATE "C"

-- name: unrecorded_groups
-- Groups whose members have no snapshot, and whether they once had one. A group that never had one
-- was created by another program, or adopted.
SELECT g.type, g.name, count(*), coalesce(bool_or(reg.snapshot_id IS NOT NULL), false)
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
LEFT JOIN stockgroups.group_registry reg USING (environment, type, name)
WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'THEME', 'UNIVERSE')
  AND NOT EXISTS (
      SELECT FROM stockgroups.group_registry r
      JOIN stockgroups.snapshots s ON s.group_id = r.id AND NOT s.is_retraction
      WHERE r.environment = g.environment AND r.type = g.type AND r.name = g.name
  )
GROUP BY g.id, g.type, g.name
ORDER BY g.type, g.name COLLATE "C"

-- name: deleted_groups
-- Recorded groups that another program deleted, with their recorded member counts. (This program's
-- own deletions clear the pointer to the snapshot.)
SELECT r.type, r.name, s.member_count
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s AND r.snapshot_id IS NOT NULL AND g.id IS NULL
ORDER BY r.type, r.name COLLATE "C"

-- name: metadata_differences
-- Differences between the ETFs and themes that some stocks' entries claim and the memberships, in
-- both directions, one row a group and stock. The last columns: whether the stock has an entry, and
-- the JSON type of what its entry has in place of the array.
WITH entries AS MATERIALIZED (
    SELECT e.key::text AS symbol, k.type,
           CASE jsonb_typeof(e.value -> k.name) WHEN 'array' THEN e.value -> k.name ELSE '[]' END
               AS claims,
           nullif(jsonb_typeof(e.value -> k.name), 'array') AS malformed
    FROM public.cache_entries e
    CROSS JOIN (VALUES ('ETF', 'member_of_etfs'), ('THEME', 'themes')) AS k (type, name)
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
      AND e.key = ANY (%(symbols)s)
      AND (k.type = 'ETF' OR (e.value ? 'themes' AND e.value -> 'member_of_etfs' <> '[]'))
),
held AS (
    SELECT g.type::text AS type, g.name::text AS name, m.symbol::text AS symbol, true AS is_held
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'THEME')
      AND m.symbol = ANY (%(symbols)s)
),
claimed AS (
    SELECT DISTINCT e.type, x.name, e.symbol, true AS is_claimed
    FROM entries e
    CROSS JOIN LATERAL jsonb_array_elements_text(e.claims) AS x (name)
)
SELECT type, name, symbol, coalesce(is_held, false), entry.symbol IS NOT NULL, entry.malformed
FROM held
FULL JOIN claimed USING (type, name, symbol)
LEFT JOIN (
    SELECT e.type, e.symbol, min(e.malformed) AS malformed FROM entries e GROUP BY e.type, e.symbol
) entry USING (type, symbol)
WHERE (is_held IS NULL OR is_claimed IS NULL) AND (type = 'ETF' OR entry.symbol IS NOT NULL)
ORDER BY type, name COLLATE "C", symbol COLLATE "C"

-- name: sectors
SELECT name, metadata FROM public.definition_groups
WHERE environment = %(environment)s AND type = 'SECTOR'
ORDER BY name COLLATE "C"

-- name: themes
SELECT g.name, g.metadata, array_remove(array_agg(m.symbol::text ORDER BY m.symbol COLLATE "C"), NULL)
FROM public.definition_groups g
LEFT JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'THEME'
GROUP BY g.id, g.name, g.metadata
ORDER BY g.name COLLATE "C"

-- name: listed_symbols
-- Which of the symbols are listed on a day, and by which directories. The directories are Nasdaq
-- Trader's newest complete list not after the day (nasdaqtraded, or nasdaqlisted and otherlisted of
-- the same date), and the newest directory of each other source, unless it is older than that list.
-- Of several readings of one file, the last one is used. Entries of the SEC without an exchange do
-- not count as listed. The date is NULL if no list is complete.
WITH latest AS (
    SELECT DISTINCT ON (sha256, as_of) id, source, as_of
    FROM stockgroups.directories
    WHERE as_of <= %(day)s
    ORDER BY sha256, as_of, id DESC
),
complete AS (
    SELECT max(as_of) AS as_of
    FROM (
        SELECT as_of
        FROM latest
        WHERE source IN ('nasdaqtraded', 'nasdaqlisted', 'otherlisted')
        GROUP BY as_of
        HAVING bool_or(source = 'nasdaqtraded') OR count(DISTINCT source) = 2
    ) dates
),
effective AS (
    SELECT d.id, d.source, d.as_of
    FROM latest d
    CROSS JOIN complete c
    WHERE (d.as_of = c.as_of AND d.source IN ('nasdaqtraded', 'nasdaqlisted', 'otherlisted'))
       OR (d.as_of = (SELECT max(n.as_of) FROM latest n WHERE n.source = d.source)
           AND d.as_of >= coalesce(c.as_of, d.as_of))
)
SELECT (SELECT as_of FROM complete),
       ARRAY(
           SELECT DISTINCT source || ' of ' || as_of AS directory FROM effective ORDER BY directory
       ),
       ARRAY(
           SELECT DISTINCT l.symbol::text
           FROM effective d
           JOIN stockgroups.listings l ON l.directory_id = d.id
           WHERE l.symbol = ANY (%(symbols)s) AND NOT l.is_test
             AND (d.source NOT IN ('sec_tickers', 'sec_companies') OR l.exchange IS NOT NULL)
       )

-- name: identified_refs
SELECT id, coalesce(symbol, ''), NULL, cusip, isin, sedol, figi
FROM stockgroups.refs
WHERE environment = %(environment)s AND coalesce(cusip, isin, sedol, figi) IS NOT NULL

-- name: ref_symbols
-- Today's symbols of all securities that each ref is, or was.
SELECT x.ref_id, array_agg(DISTINCT s.symbol::text)
FROM stockgroups.ref_securities x
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE x.ref_id = ANY (%(ref_ids)s)
GROUP BY x.ref_id

-- name: ref_sources
-- The snapshots that hold one of the refs: symbol, day, and file or source.
SELECT r.id, r.symbol, s.as_of, coalesce(s.file_name, s.source)
FROM stockgroups.full_snapshots s
JOIN stockgroups.group_registry g ON g.id = s.group_id
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
JOIN stockgroups.refs r ON r.id = m.ref_id
-- IS TRUE keeps this a hash look-up; an array would be searched for each position of the record.
WHERE g.environment = %(environment)s
  AND (m.ref_id IN (SELECT unnest(%(ref_ids)s::int[]))) IS TRUE
ORDER BY s.as_of, s.id, r.symbol COLLATE "C"

-- name: learned_changes
-- Changes that no alias names: a symbol passed to another stock, or a stock changed its symbol.
-- Columns: symbol, day, and the stock's earlier symbol (NULL if the symbol passed to another
-- stock).
SELECT y.symbol, y.valid_from, before.symbol
FROM stockgroups.security_symbols y
LEFT JOIN stockgroups.security_symbols before
       ON before.security_id = y.security_id AND before.valid_to = y.valid_from
WHERE y.environment = %(environment)s AND y.valid_from > '-infinity'
  AND NOT EXISTS (
      SELECT FROM stockgroups.aliases a
      WHERE a.environment = y.environment AND a.effective = y.valid_from
        AND y.symbol IN (a.old_symbol, a.new_symbol)
  )
ORDER BY y.valid_from, y.symbol COLLATE "C"

-- name: list_identity_changes
-- The stocks that the newest loads split or joined, from their audit entries.
SELECT l.id, l.changes -> 'identity'
FROM (
    SELECT n.id, n.changes FROM stockgroups.loads n
    WHERE n.environment = %(environment)s
    ORDER BY n.id DESC
    LIMIT %(limit)s
) l
WHERE l.changes ? 'identity'
ORDER BY l.id DESC

-- name: unnamed_members
-- The stocks of funds that are known by their ISIN alone.
SELECT s.symbol::text
FROM stockgroups.securities s
WHERE s.environment = %(environment)s AND s.symbol ~ '^[A-Z]{2}[A-Z0-9]{9}[0-9]$'
  AND EXISTS (
      SELECT FROM public.group_memberships m
      JOIN public.definition_groups g
        ON g.id = m.group_id AND g.environment = s.environment AND g.type = 'ETF'
      WHERE m.symbol = s.symbol
      OFFSET 0)
ORDER BY s.symbol COLLATE "C"

-- name: count_in_funds
-- The funds that hold some stocks: how many, with which weight together, and the first ones.
-- (Thousands of funds hold a million and a half of such members, too many for the program.)
SELECT g.name, count(*), coalesce(sum(m.weight), 0)::float8,
       (array_agg(m.symbol::text ORDER BY m.symbol COLLATE "C"))[:%(shown)s::int]
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
  AND (m.symbol IN (SELECT unnest(%(symbols)s::text[]))) IS TRUE
GROUP BY g.id, g.name
ORDER BY g.name COLLATE "C"

-- name: nameless_refs
-- Unresolved refs (neither ticker nor ISIN, and no other evidence) in the effective snapshots of
-- ETFs and universes, with an identifier or name.
SELECT DISTINCT m.id,
       coalesce('CUSIP ' || m.cusip, 'SEDOL ' || m.sedol, 'FIGI ' || m.figi, m.name, '?')
FROM nameless m
WHERE NOT m.is_resolved

-- name: strange_members
-- Members of funds on US markets that nothing confirms: they are reported without any identifier
-- and in no directory. No rows if no directory was loaded.
WITH strangers AS MATERIALIZED (
    SELECT r.id, r.symbol
    FROM stockgroups.refs r
    WHERE r.environment = %(environment)s
      AND coalesce(r.cusip, r.isin, r.sedol, r.figi) IS NULL
      AND r.symbol !~ '\.[A-Z0-9]{4}$'
      AND NOT EXISTS (SELECT FROM stockgroups.listings l WHERE l.symbol = r.symbol)
      AND EXISTS (SELECT FROM stockgroups.listings)
),
held AS (
    SELECT array_agg(s.group_id) AS groups, array_agg(s.id) AS numbers, array_agg(s.as_of) AS dates,
           ARRAY(SELECT id FROM strangers) AS refs
    FROM stockgroups.group_registry g
    JOIN public.definition_groups d USING (environment, type, name)
    JOIN stockgroups.snapshots s ON s.group_id = g.id AND s.id = g.snapshot_id
    WHERE g.environment = %(environment)s AND g.type = 'ETF' AND NOT s.is_proxy
)
SELECT g.name, count(*), coalesce(sum(m.weight), 0), array_agg(r.symbol::text)
FROM held h
CROSS JOIN LATERAL stockgroups.positions_in(h.groups, h.numbers, h.dates, h.refs) s
CROSS JOIN LATERAL unnest(s.ref_ids, s.weights) AS m (ref_id, weight)
JOIN strangers r ON r.id = m.ref_id
JOIN stockgroups.group_registry g ON g.id = s.group_id
GROUP BY g.name
ORDER BY g.name COLLATE "C"

-- name: count_identity
SELECT (SELECT count(*) FROM stockgroups.securities WHERE environment = %(environment)s),
       (SELECT count(*) FROM stockgroups.aliases WHERE environment = %(environment)s),
       EXISTS (SELECT FROM stockgroups.listings)
