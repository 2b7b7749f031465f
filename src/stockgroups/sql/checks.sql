-- name: etfs
SELECT g.name, count(m.symbol), count(m.weight), sum(m.weight)::float8,
       g.metadata ->> 'total_holdings', s.member_count, cardinality(s.ref_ids), s.is_proxy, s.as_of,
       s.source = 'adopted'
FROM public.definition_groups g
LEFT JOIN public.group_memberships m ON m.group_id = g.id
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
GROUP BY g.id, s.group_id, s.id
ORDER BY g.name COLLATE "C"

-- name: etf_files
-- What the files of the snapshots that stand for the ETFs print beside what was understood.
SELECT g.name, s.file_name,
       ARRAY(SELECT jsonb_array_elements_text(s.receipt -> 'unknown_columns')),
       ARRAY(SELECT jsonb_array_elements_text(s.receipt -> 'unknown_classes'))
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND s.file_name IS NOT NULL
ORDER BY g.name COLLATE "C"

-- name: stocks
-- The stocks of ETFs and those of entries: whether an ETF holds it, whether it has an entry, and one
-- with a sector.
WITH held AS (
    SELECT DISTINCT m.symbol::text AS symbol
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type = 'ETF'
),
told AS (
    SELECT e.key::text AS symbol, bool_or(e.value ? 'sector') AS has_sector
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
    GROUP BY e.key
)
SELECT symbol, held.symbol IS NOT NULL, told.symbol IS NOT NULL, coalesce(has_sector, false)
FROM held
FULL JOIN told USING (symbol)
ORDER BY symbol COLLATE "C"

-- name: unsettled_stocks
-- Stocks of ETFs that have an entry without a sector, or with one of low confidence.
SELECT e.key::text, min(e.value ->> 'confidence')
FROM public.cache_entries e
WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
  AND (NOT e.value ? 'sector' OR e.value ->> 'confidence' = 'low')
  AND EXISTS (
      SELECT FROM public.group_memberships m
      JOIN public.definition_groups g ON g.id = m.group_id
      WHERE g.environment = e.environment AND g.type = 'ETF' AND m.symbol = e.key
  )
GROUP BY e.key
ORDER BY e.key::text COLLATE "C"

-- name: sector_differences
-- Stocks that are in a SECTOR group and not in that sector by their entries, or the other way
-- round; of entries, those whose sector was written by the build.
WITH held AS (
    SELECT m.symbol::text AS symbol, g.name::text AS sector
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    JOIN stockgroups.group_registry r USING (environment, type, name)
    WHERE g.environment = %(environment)s AND g.type = 'SECTOR' AND r.snapshot_id IS NOT NULL
),
told AS (
    SELECT DISTINCT e.key::text AS symbol, e.value ->> 'sector' AS sector
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
      AND e.value ? 'confidence'
      AND jsonb_typeof(e.value -> 'member_of_etfs') = 'array'
      AND e.value -> 'member_of_etfs' <> '[]'
)
SELECT coalesce(held.sector, told.sector), coalesce(held.symbol, told.symbol),
       held.symbol IS NOT NULL
FROM held
FULL JOIN told ON told.symbol = held.symbol AND told.sector = held.sector
WHERE held.symbol IS NULL OR told.symbol IS NULL
ORDER BY coalesce(held.sector, told.sector) COLLATE "C",
         coalesce(held.symbol, told.symbol) COLLATE "C"

-- name: count_relationships
SELECT coalesce(sum(m.members) FILTER (WHERE g.type IN ('ETF', 'THEME')), 0)::bigint,
       coalesce(sum(m.members) FILTER (WHERE g.type = 'UNIVERSE'), 0)::bigint,
       coalesce(sum(m.members) FILTER (WHERE g.type = 'SECTOR'), 0)::bigint
FROM public.definition_groups g
JOIN (
    SELECT group_id, count(*) AS members FROM public.group_memberships GROUP BY group_id
) m ON m.group_id = g.id
WHERE g.environment = %(environment)s

-- name: printed
-- What memberships should be: the snapshot that counts for each group, member by member, with
-- symbols of today. A list of common table expressions that the two statements below stand on. The
-- rule which snapshot counts is applied here anew; the pointer in the registry is not trusted.
compared AS MATERIALIZED (
    SELECT g.id, c.ref_ids, c.weights, c.member_count, c.as_of
    FROM public.definition_groups g
    JOIN stockgroups.group_registry r USING (environment, type, name)
    CROSS JOIN LATERAL (
        SELECT s.ref_ids, s.weights, s.member_count, s.as_of
        FROM stockgroups.snapshots s
        WHERE s.group_id = r.id AND s.ref_ids IS NOT NULL
          AND NOT EXISTS (
              SELECT FROM stockgroups.snapshots n
              WHERE n.group_id = s.group_id AND n.is_proxy = s.is_proxy AND n.as_of = s.as_of
                AND n.id > s.id
          )
        ORDER BY s.is_proxy, s.as_of DESC, s.id DESC
        LIMIT 1
    ) c
    WHERE g.environment = %(environment)s
      AND (%(group_ids)s::int[] IS NULL OR g.id = ANY (%(group_ids)s))
),
meant AS MATERIALIZED (
    SELECT x.ref_id, x.valid_from, x.valid_to, s.symbol
    FROM stockgroups.ref_meanings x
    JOIN stockgroups.securities s ON s.id = x.security_id
    WHERE s.environment = %(environment)s
),
-- A print that means no security stands for itself.
printed AS (
    SELECT c.id AS group_id, coalesce(x.symbol, r.symbol)::text AS symbol, m.weight
    FROM compared c
    CROSS JOIN LATERAL unnest(
        c.ref_ids, coalesce(c.weights, array_fill(NULL::float8, ARRAY[c.member_count]))
    ) AS m (ref_id, weight)
    JOIN stockgroups.refs r ON r.id = m.ref_id
    LEFT JOIN meant x ON x.ref_id = m.ref_id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
)

-- name: suspect_groups
-- The groups whose memberships hash to something else than what is recorded. Weights are hashed as
-- the doubles that snapshots hold; another program may write more digits.
SELECT array_agg(group_id)
FROM (
    SELECT group_id, count(*) AS members,
           bit_xor(hashtextextended(symbol, coalesce(hashfloat8extended(weight, 0), 1))) AS hash
    FROM printed
    GROUP BY group_id
) said
FULL JOIN (
    SELECT group_id, count(*) AS members,
           bit_xor(hashtextextended(
               symbol, coalesce(hashfloat8extended(weight::float8, 0), 1))) AS hash
    FROM public.group_memberships
    WHERE group_id IN (SELECT id FROM compared)
    GROUP BY group_id
) stored USING (group_id)
WHERE (said.members, said.hash) IS DISTINCT FROM (stored.members, stored.hash)

-- name: record_differences
-- Memberships that are not what is recorded, in either direction or in weight: every stock once.
SELECT g.type, g.name, coalesce(said.symbol, stored.symbol)::text AS symbol,
       said.symbol IS NOT NULL, stored.symbol IS NOT NULL,
       said.weight, stored.weight
FROM (
    SELECT group_id, symbol,
           CASE count(*) WHEN 1 THEN max(weight) ELSE sum(weight::numeric)::float8 END AS weight
    FROM printed
    GROUP BY group_id, symbol
) said
FULL JOIN (
    SELECT group_id, symbol, weight::float8 AS weight
    FROM public.group_memberships
    WHERE group_id IN (SELECT id FROM compared)
) stored ON stored.group_id = said.group_id AND stored.symbol = said.symbol
JOIN public.definition_groups g ON g.id = coalesce(said.group_id, stored.group_id)
WHERE said.symbol IS NULL OR stored.symbol IS NULL
   OR said.weight IS DISTINCT FROM stored.weight
ORDER BY g.type, g.name COLLATE "C", coalesce(said.symbol, stored.symbol) COLLATE "C"

-- name: unrecorded_groups
-- Groups with members that no snapshot accounts for, and whether one did once: else they were made
-- by another program, or adopted.
SELECT g.type, g.name, count(*), coalesce(bool_or(reg.snapshot_id IS NOT NULL), false)
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
LEFT JOIN stockgroups.group_registry reg USING (environment, type, name)
WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'THEME', 'UNIVERSE')
  AND NOT EXISTS (
      SELECT FROM stockgroups.group_registry r
      JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.ref_ids IS NOT NULL
      WHERE r.environment = g.environment AND r.type = g.type AND r.name = g.name
  )
GROUP BY g.id
ORDER BY g.type, g.name COLLATE "C"

-- name: deleted_groups
-- Groups whose row is gone although nobody here deleted them: that would have taken the pointer.
SELECT r.type, r.name
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s AND r.snapshot_id IS NOT NULL AND g.id IS NULL
ORDER BY r.type, r.name COLLATE "C"

-- name: metadata_differences
-- What an entry claims of ETFs against the memberships, in both directions: first by a hash of each
-- stock, then, where those differ, fund by fund.
WITH etfs AS MATERIALIZED (
    SELECT id, name::text AS name, hashtextextended(name, 0) AS hash
    FROM public.definition_groups
    WHERE environment = %(environment)s AND type = 'ETF'
),
entries AS MATERIALIZED (
    SELECT key::text AS symbol,
           CASE jsonb_typeof(value -> 'member_of_etfs')
               WHEN 'array' THEN value -> 'member_of_etfs' ELSE '[]'
           END AS claims
    FROM public.cache_entries
    WHERE type = 'stock_metadata' AND environment = %(environment)s
),
held_hashes AS (
    SELECT m.symbol::text AS symbol, count(*) AS etfs, bit_xor(e.hash) AS hash
    FROM etfs e
    JOIN public.group_memberships m ON m.group_id = e.id
    GROUP BY m.symbol
),
claimed_hashes AS (
    SELECT e.symbol, count(*) AS etfs, bit_xor(hashtextextended(x.etf, 0)) AS hash
    FROM entries e
    CROSS JOIN LATERAL jsonb_array_elements_text(e.claims) AS x (etf)
    GROUP BY e.symbol
),
suspect AS MATERIALIZED (
    SELECT symbol
    FROM held_hashes
    FULL JOIN claimed_hashes c USING (symbol)
    WHERE (held_hashes.etfs, held_hashes.hash) IS DISTINCT FROM (c.etfs, c.hash)
),
held AS (
    SELECT s.symbol, e.name AS etf
    FROM suspect s
    JOIN public.group_memberships m ON m.symbol = s.symbol
    JOIN etfs e ON e.id = m.group_id
),
claimed AS (
    SELECT DISTINCT e.symbol, x.etf
    FROM suspect s
    JOIN entries e USING (symbol)
    CROSS JOIN LATERAL jsonb_array_elements_text(e.claims) AS x (etf)
)
SELECT coalesce(held.etf, claimed.etf) AS etf, coalesce(held.symbol, claimed.symbol) AS symbol,
       held.symbol IS NOT NULL
FROM held
FULL JOIN claimed ON claimed.symbol = held.symbol AND claimed.etf = held.etf
WHERE held.symbol IS NULL OR claimed.symbol IS NULL
ORDER BY coalesce(held.etf, claimed.etf) COLLATE "C",
         coalesce(held.symbol, claimed.symbol) COLLATE "C"

-- name: sectors
SELECT name, metadata FROM public.definition_groups
WHERE environment = %(environment)s AND type = 'SECTOR'
ORDER BY name COLLATE "C"

-- name: themes
SELECT g.name, g.metadata, array_remove(array_agg(m.symbol::text ORDER BY m.symbol COLLATE "C"), NULL)
FROM public.definition_groups g
LEFT JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'THEME'
GROUP BY g.id
ORDER BY g.name COLLATE "C"

-- name: listed_symbols
-- Which of the symbols are listed on a day, and who says so, by directories of no later day: the
-- newest complete word of Nasdaq Trader
-- (nasdaqtraded, or nasdaqlisted and otherlisted of one date together) and the newest directory of
-- each source that is not older. Of several readings of one file the last one counts; what the SEC
-- prints without an exchange is listed nowhere. The date is null where no word is complete.
WITH standing AS (
    SELECT DISTINCT ON (sha256, as_of) id, source, as_of
    FROM stockgroups.directories
    WHERE as_of <= %(day)s
    ORDER BY sha256, as_of, id DESC
),
complete AS (
    SELECT max(as_of) AS as_of
    FROM (
        SELECT as_of
        FROM standing
        WHERE source IN ('nasdaqtraded', 'nasdaqlisted', 'otherlisted')
        GROUP BY as_of
        HAVING bool_or(source = 'nasdaqtraded') OR count(DISTINCT source) = 2
    ) dates
),
counting AS (
    SELECT d.id, d.source, d.as_of
    FROM standing d
    CROSS JOIN complete c
    WHERE (d.as_of = c.as_of AND d.source IN ('nasdaqtraded', 'nasdaqlisted', 'otherlisted'))
       OR (d.as_of = (SELECT max(n.as_of) FROM standing n WHERE n.source = d.source)
           AND d.as_of >= coalesce(c.as_of, d.as_of))
)
SELECT (SELECT as_of FROM complete),
       ARRAY(
           SELECT DISTINCT source || ' of ' || as_of AS directory FROM counting ORDER BY directory
       ),
       ARRAY(
           SELECT DISTINCT l.symbol::text
           FROM counting d
           JOIN stockgroups.listings l ON l.directory_id = d.id
           WHERE l.symbol = ANY (%(symbols)s) AND NOT l.is_test
             AND (d.source <> 'sec_tickers' OR l.exchange IS NOT NULL)
       )

-- name: identified_prints
SELECT id, symbol, NULL, cusip, isin, sedol, figi
FROM stockgroups.refs
WHERE environment = %(environment)s AND coalesce(cusip, isin, sedol, figi) IS NOT NULL

-- name: print_meanings
-- Today's symbols of the stocks that the prints mean: of each all that it means on some day.
SELECT x.ref_id, array_agg(DISTINCT s.symbol::text)
FROM stockgroups.ref_meanings x
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE x.ref_id = ANY (%(ref_ids)s)
GROUP BY x.ref_id

-- name: print_sources
-- The snapshots that hold one of the prints: symbol, day, file or source.
SELECT r.id, r.symbol, s.as_of, coalesce(s.file_name, s.source)
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry g ON g.id = s.group_id
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE g.environment = %(environment)s AND m.ref_id = ANY (%(ref_ids)s)
ORDER BY s.as_of, s.id, r.symbol COLLATE "C"

-- name: learned_changes
-- Symbols that changed hands, or stocks that changed their symbol, on a day that no alias names:
-- symbol, day, and the symbol that its stock had before (null where it is another stock's).
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

-- name: strange_members
-- Members of funds on US markets that nothing vouches for, with their weight: printed without any
-- identifier, and in no directory; none where there is no directory.
WITH strangers AS MATERIALIZED (
    SELECT r.id, r.symbol
    FROM stockgroups.refs r
    WHERE r.environment = %(environment)s
      AND coalesce(r.cusip, r.isin, r.sedol, r.figi) IS NULL
      AND r.symbol !~ '\.[A-Z0-9]{4}$'
      AND NOT EXISTS (SELECT FROM stockgroups.listings l WHERE l.symbol = r.symbol)
      AND EXISTS (SELECT FROM stockgroups.directories)
)
SELECT g.name, count(*), coalesce(sum(m.weight), 0), array_agg(r.symbol::text)
FROM stockgroups.group_registry g
JOIN public.definition_groups d USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = g.id AND s.id = g.snapshot_id AND NOT s.is_proxy
CROSS JOIN LATERAL unnest(
    s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight)
JOIN strangers r ON r.id = m.ref_id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
GROUP BY g.name
ORDER BY g.name COLLATE "C"

-- name: count_identity
SELECT (SELECT count(*) FROM stockgroups.securities WHERE environment = %(environment)s),
       (SELECT count(*) FROM stockgroups.aliases WHERE environment = %(environment)s),
       EXISTS (SELECT FROM stockgroups.directories)
