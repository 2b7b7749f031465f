-- Each answer is one statement, so all its rows are from the same moment. Answers that need two
-- statements read them in one REPEATABLE READ transaction.

-- name: find_group
-- One group with its members, the snapshot behind them, and whether another program has changed
-- them since (member_hash, see point_groups).
SELECT g.name, g.description, g.metadata, g.liquidity_filter,
       s.id IS NOT NULL AND m.hash IS DISTINCT FROM r.member_hash,
       s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on,
       m.symbols, m.weights, g.id, s.group_id, s.id
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT array_agg(symbol::text) AS symbols, array_agg(weight::float8) AS weights,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    WHERE group_id = g.id
) m
WHERE g.environment = %(environment)s AND g.type = %(type)s AND g.name = %(name)s

-- name: read_details
-- The sectors of a group's members, and the contents of its snapshot. This is a separate statement:
-- as part of find_group, the server would plan both each time, which takes longer than to find a
-- group.
SELECT c.symbols, c.sectors, c.industries,
       p.securities, p.symbols, p.reported, p.weights, p.names, p.shares, p.countries, p.currencies,
       p.cusips, p.isins, p.sedols, p.figis
FROM (
    SELECT array_agg(x.symbol::text) AS symbols, array_agg(sector.name::text) AS sectors,
           array_agg(x.metadata ->> 'industry') AS industries
    FROM public.definition_groups sector
    JOIN public.group_memberships x ON x.group_id = sector.id
    WHERE sector.environment = %(environment)s AND sector.type = 'SECTOR'
      AND x.symbol IN (SELECT symbol FROM public.group_memberships WHERE group_id = %(group_id)s)
) c
CROSS JOIN (
    SELECT array_agg(o.security_id) AS securities, array_agg(o.symbol::text) AS symbols,
           array_agg(o.reported_symbol::text) AS reported, array_agg(o.weight) AS weights,
           array_agg(o.name) AS names,
           array_agg(o.shares) AS shares,
           array_agg(o.country) AS countries,
           array_agg(o.currency) AS currencies,
           array_agg(o.cusip) AS cusips,
           array_agg(o.isin) AS isins,
           array_agg(o.sedol) AS sedols,
           array_agg(o.figi) AS figis
    FROM stockgroups.positions_of(%(registry_id)s, %(snapshot_id)s, %(as_of)s) o
) p

-- name: find_stock
-- All groups that hold the stock under one of its spellings (preferably the canonical one); the
-- groups that hold it by the record, but from which another program removed it; its stock_metadata
-- entry (the last written, if several); and, if it has a symbol today, all its symbols with their
-- dates. Each group has a flag: whether another program wrote the stock's row (member_hashes, see
-- point_groups). Hashing all rows of all groups would take ten times as long as the rest.
WITH held AS MATERIALIZED (
    SELECT g.type, g.name, coalesce(g.metadata ->> 'name', g.description) AS title, m.weight,
           s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on,
           s.id IS NOT NULL AND (
               (stockgroups.hash_membership(m.symbol, m.weight) & 2147483647)::int
               = ANY (r.member_hashes)
           ) IS NOT TRUE AS is_drifted,
           r.id AS registry_id
    FROM (
        SELECT DISTINCT ON (group_id) group_id, symbol, weight
        FROM public.group_memberships
        WHERE symbol IN (%(spellings)s)
        ORDER BY group_id, symbol <> %(symbol)s, symbol COLLATE "C"
    ) m
    JOIN public.definition_groups g ON g.id = m.group_id
    LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
    LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
    WHERE g.environment = %(environment)s
)
SELECT
    (
        SELECT json_agg(json_build_array(
                   type, name, title, weight, as_of, source, is_proxy, file_name, recorded_at,
                   published_on, is_drifted)
               ORDER BY name COLLATE "C")
        FROM held
    ),
    (
        SELECT json_agg(json_build_array(o.type, o.name) ORDER BY o.type, o.name COLLATE "C")
        FROM (
            SELECT g.id, g.type, g.name, r.member_hash
            FROM stockgroups.group_registry r
            JOIN public.definition_groups g
              ON g.environment = r.environment AND g.type = r.type AND g.name = r.name
            -- The arrays keep the order of the look-ups, even without statistics on the tables.
            -- Joins were planned as scans of whole tables.
            WHERE r.snapshot_id IS NOT NULL AND r.id = ANY (ARRAY(
                SELECT h.group_id
                FROM stockgroups.membership_history h
                WHERE h.valid_to = 'infinity' AND h.security_id = ANY (ARRAY(
                    SELECT c.id
                    FROM stockgroups.securities c
                    WHERE c.environment = %(environment)s AND c.symbol = %(symbol)s
                ))
                  -- IS NOT TRUE: a group that was never recorded has no number.
                  AND (h.group_id IN (SELECT registry_id FROM held)) IS NOT TRUE
            ))
            OFFSET 0
        ) o
        -- If the hash matches, nobody removed the stock: it is a member in another program's spelling.
        WHERE o.member_hash IS DISTINCT FROM (
            SELECT bit_xor(stockgroups.hash_membership(symbol, weight))
            FROM public.group_memberships
            WHERE group_id = o.id)
    ),
    entry.name,
    entry.value,
    (
        SELECT json_agg(json_build_array(
                   y.symbol, nullif(y.valid_from, '-infinity'), nullif(y.valid_to, 'infinity'))
               ORDER BY y.valid_from)
        FROM stockgroups.security_symbols y
        WHERE y.security_id = ANY (ARRAY(
            SELECT s.id
            FROM stockgroups.securities s
            WHERE s.symbol = %(symbol)s AND s.environment = %(environment)s
              AND EXISTS (
                  SELECT FROM stockgroups.security_symbols t
                  WHERE t.security_id = s.id AND t.valid_to = 'infinity'
              )
        ))
    )
FROM (SELECT 1) one
LEFT JOIN LATERAL (
    SELECT name, value FROM public.cache_entries
    WHERE type = 'stock_metadata' AND key IN (%(spellings)s) AND environment = %(environment)s
    ORDER BY key <> %(symbol)s, updated_at DESC, id DESC
    LIMIT 1
) entry ON true

-- name: find_successor
-- Today's symbol of the stock that had the symbol last, if it differs.
SELECT s.symbol
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE y.symbol = %(symbol)s AND y.environment = %(environment)s AND y.valid_to < 'infinity'
ORDER BY y.valid_to DESC
LIMIT 1

-- name: list_spellings
-- Names of groups, present or recorded, that differ from a key only in case, blanks and hyphens.
SELECT name
FROM (
    SELECT name FROM public.definition_groups
    WHERE environment = %(environment)s AND type = %(type)s
    UNION
    SELECT name FROM stockgroups.group_registry
    WHERE environment = %(environment)s AND type = %(type)s
) names
WHERE btrim(regexp_replace(lower(name), '[[:space:]_-]+', '_', 'g'), '_') = %(folded)s
ORDER BY name = %(folded)s DESC, name COLLATE "C"

-- name: find_industry
-- An industry, in any case, that a sector lists or a source reports for a stock. A source's
-- industry stays beside the sector's, because the sector's may combine several of them.
WITH listed AS (
    SELECT i.industry, g.name AS sector
    FROM public.definition_groups g
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(g.metadata -> 'industries')
            WHEN 'array' THEN g.metadata -> 'industries' ELSE '[]'
        END
    ) AS i (industry)
    WHERE g.environment = %(environment)s AND g.type = 'SECTOR'
      AND lower(i.industry) = lower(%(industry)s)
    ORDER BY g.name COLLATE "C"
    LIMIT 1
),
held AS (
    SELECT DISTINCT key::text AS symbol, value ->> 'sector' AS sector,
           CASE WHEN lower(value ->> 'industry') = lower(%(industry)s) THEN value ->> 'industry'
                ELSE value ->> 'industry_label' END AS industry
    FROM public.cache_entries
    WHERE type = 'stock_metadata' AND environment = %(environment)s
      AND lower(%(industry)s) IN (lower(value ->> 'industry'), lower(value ->> 'industry_label'))
)
SELECT coalesce((SELECT industry FROM listed), min(held.industry)),
       coalesce((SELECT sector FROM listed), mode() WITHIN GROUP (ORDER BY held.sector)),
       array_agg(held.symbol ORDER BY held.symbol COLLATE "C")
           FILTER (WHERE held.symbol IS NOT NULL)
FROM held
HAVING count(*) > 0 OR EXISTS (SELECT FROM listed)

-- name: count_industries
-- The industries that a sector lists or a source reports, in any case, each with its sector and
-- number of stocks, as in `find_industry`.
WITH listed AS (
    SELECT DISTINCT ON (lower(i.industry)) i.industry, g.name::text AS sector
    FROM public.definition_groups g
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(g.metadata -> 'industries')
            WHEN 'array' THEN g.metadata -> 'industries' ELSE '[]'
        END
    ) AS i (industry)
    WHERE g.environment = %(environment)s AND g.type = 'SECTOR'
    ORDER BY lower(i.industry), g.name COLLATE "C"
),
held AS (
    SELECT DISTINCT e.key::text AS symbol, e.value ->> 'sector' AS sector, p.industry
    FROM public.cache_entries e
    CROSS JOIN LATERAL (VALUES (e.value ->> 'industry'), (e.value ->> 'industry_label'))
        AS p (industry)
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s AND p.industry IS NOT NULL
)
SELECT coalesce(min(l.industry), min(h.industry)) AS industry,
       coalesce(min(l.sector), mode() WITHIN GROUP (ORDER BY h.sector)), count(DISTINCT h.symbol)
FROM listed l
FULL JOIN held h ON lower(h.industry) = lower(l.industry)
GROUP BY coalesce(lower(l.industry), lower(h.industry))
ORDER BY lower(coalesce(min(l.industry), min(h.industry))) COLLATE "C"

-- name: list_names
-- The groups of a type (NULL: all types), with their other names.
SELECT name::text, metadata ->> 'name', CASE type WHEN 'ETF' THEN description END
FROM public.definition_groups
WHERE environment = %(environment)s AND (type = %(type)s OR %(type)s::text IS NULL)
ORDER BY name COLLATE "C"

-- name: list_symbols_like
-- Candidates for "did you mean": symbols with the same beginning.
SELECT DISTINCT m.symbol
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND m.symbol LIKE %(prefix)s
LIMIT 5000

-- name: find_listing
-- The name listed under a symbol in the newest directory or register that has it, with its date.
(SELECT l.name, d.source, d.as_of
 FROM stockgroups.listings l
 JOIN stockgroups.directories d ON d.id = l.directory_id
 WHERE l.symbol = %(symbol)s
 ORDER BY d.as_of DESC, d.id DESC
 LIMIT 1)
UNION ALL
(SELECT c.name, 'sec_fails', c.last_day
 FROM stockgroups.cusip_symbols c
 WHERE c.symbol = replace(%(symbol)s, '.', '')
 ORDER BY c.last_day DESC
 LIMIT 1)
ORDER BY 3 DESC
LIMIT 1

-- name: has_members
SELECT EXISTS (
    SELECT FROM public.group_memberships m
    JOIN public.definition_groups g ON g.id = m.group_id
    WHERE g.environment = %(environment)s
)

-- name: find_namesakes
-- Groups and stocks with one of the names, of any type in any environment.
SELECT environment::text COLLATE "C", type::text, name::text
FROM public.definition_groups
WHERE name = ANY (%(names)s)
UNION
SELECT g.environment::text, 'STOCK', m.symbol::text
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE m.symbol = ANY (%(names)s)
ORDER BY 1, 2, 3

-- name: count_members
-- Every group with its display name, number of memberships, the snapshot behind them, and, if
-- `compares`, whether another program has changed them (as in find_group). Hashing all memberships
-- takes three times as long as counting them.
SELECT g.type, g.name, coalesce(g.metadata ->> 'name', g.description), m.members,
       s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on,
       r.snapshot_id IS NOT NULL AND %(compares)s AND m.hash IS DISTINCT FROM r.member_hash
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT count(*) AS members,
           bit_xor(CASE WHEN %(compares)s
                        THEN stockgroups.hash_membership(symbol, weight) END) AS hash
    FROM public.group_memberships
    WHERE group_id = g.id
) m
WHERE g.environment = %(environment)s
ORDER BY g.type, g.name COLLATE "C"

-- name: list_groups
-- The groups of a type with their display names, as in count_members.
SELECT g.name::text, coalesce(g.metadata ->> 'name', g.description)::text,
       (SELECT count(*) FROM public.group_memberships m WHERE m.group_id = g.id),
       s.as_of, s.source, s.is_proxy
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = %(type)s
ORDER BY g.name COLLATE "C"

-- name: search_groups
SELECT g.type::text, g.name::text, coalesce(g.metadata ->> 'name', g.description)::text
FROM public.definition_groups g
WHERE g.environment = %(environment)s
  AND (g.name ILIKE %(pattern)s OR g.name ILIKE %(key)s OR g.description ILIKE %(pattern)s
       OR g.metadata ->> 'name' ILIKE %(pattern)s)
ORDER BY upper(g.name) = %(symbol)s DESC, upper(g.name) LIKE %(begins)s DESC,
         g.type, g.name COLLATE "C"
LIMIT %(most)s

-- name: search_stocks
-- First the stocks with the symbol, then those whose symbol or name begins with the text; among
-- these, US listings first.
SELECT 'STOCK', s.symbol::text,
       (array_agg(f.name ORDER BY f.id DESC) FILTER (WHERE f.name IS NOT NULL))[1]
FROM stockgroups.refs f
JOIN stockgroups.ref_securities x ON x.ref_id = f.id
JOIN stockgroups.securities s ON s.id = x.security_id
WHERE f.environment = %(environment)s
  AND (f.name ILIKE %(pattern)s OR f.symbol LIKE %(begins)s
       OR %(symbol)s IN (f.isin, f.cusip, f.sedol, f.figi))
  AND stockgroups.is_evidence(x.ref_id, x.valid_from, x.valid_to)
GROUP BY s.symbol
ORDER BY s.symbol = %(symbol)s DESC, bool_or(f.symbol = %(symbol)s) DESC,
         s.symbol LIKE %(begins)s DESC, bool_or(f.name ILIKE %(begins)s) DESC,
         s.symbol ~ '[.][A-Z]{4}$', s.symbol COLLATE "C"
LIMIT %(most)s

-- name: list_drifted
-- The groups whose members another program has changed, as in find_group.
SELECT g.type, g.name
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
WHERE g.environment = %(environment)s AND r.snapshot_id IS NOT NULL
  AND r.member_hash IS DISTINCT FROM (
      SELECT bit_xor(stockgroups.hash_membership(m.symbol, m.weight))
      FROM public.group_memberships m
      WHERE m.group_id = g.id
  )
ORDER BY g.type, g.name COLLATE "C"

-- name: count_stocks
SELECT count(*) FILTER (WHERE in_etf), count(*)
FROM (
    SELECT m.symbol, bool_or(g.type = 'ETF') AS in_etf
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s
    GROUP BY m.symbol
) stocks

-- name: count_securities
SELECT count(*) FROM stockgroups.securities

-- name: count_stocks_by_index
-- The same as count_stocks, for stocks with many memberships each: the index is followed from one
-- symbol to the next, without reading the memberships between them.
WITH RECURSIVE symbols AS (
    (SELECT symbol FROM public.group_memberships ORDER BY symbol LIMIT 1)
    UNION ALL
    SELECT (
        SELECT m.symbol FROM public.group_memberships m
        WHERE m.symbol > s.symbol ORDER BY m.symbol LIMIT 1
    )
    FROM symbols s
    WHERE s.symbol IS NOT NULL
),
groups AS MATERIALIZED (
    SELECT id, type FROM public.definition_groups WHERE environment = %(environment)s
)
SELECT count(*) FILTER (WHERE in_etf), count(*)
FROM (
    -- IS TRUE keeps this a hash look-up.
    SELECT CASE
        WHEN EXISTS (
            SELECT FROM public.group_memberships m
            WHERE m.symbol = s.symbol
              AND (m.group_id IN (SELECT id FROM groups WHERE type = 'ETF')) IS TRUE
        ) THEN true
        WHEN EXISTS (
            SELECT FROM public.group_memberships m
            WHERE m.symbol = s.symbol
              AND (m.group_id IN (SELECT id FROM groups WHERE type <> 'ETF')) IS TRUE
        ) THEN false
        END AS in_etf
    FROM symbols s
    WHERE s.symbol IS NOT NULL
    OFFSET 0
) stocks
WHERE in_etf IS NOT NULL

-- name: count_metadata
-- Stocks with an entry, and stocks whose entry names a sector other than "Unknown".
SELECT count(*), count(*) FILTER (WHERE has_sector)
FROM (
    SELECT bool_or(lower(btrim(value ->> 'sector')) <> ALL (%(unknowns)s || ARRAY['']))
               AS has_sector
    FROM public.cache_entries
    WHERE type = 'stock_metadata' AND environment = %(environment)s
    GROUP BY key
) stocks

-- name: count_snapshots
-- All snapshots and their members, and the members of the snapshots behind memberships.
SELECT count(*), coalesce(sum(s.member_count), 0), max(s.recorded_at),
       coalesce(sum(s.member_count) FILTER (WHERE s.id = r.snapshot_id), 0)
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s
