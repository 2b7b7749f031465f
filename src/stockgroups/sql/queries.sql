-- Each answer is one statement, and so of one moment; those that need two read them in one
-- REPEATABLE READ transaction.

-- name: find_group
-- One group with its members, and the snapshot that they are the projection of.
SELECT g.name, g.description, g.metadata, g.liquidity_filter,
       s.as_of, s.source, s.is_proxy, s.issuer, s.file_name, s.recorded_at,
       m.symbols, m.weights
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT array_agg(symbol::text) AS symbols, array_agg(weight::float8) AS weights
    FROM (
        SELECT symbol, weight FROM public.group_memberships
        WHERE group_id = g.id ORDER BY symbol COLLATE "C"
    ) sorted
) m
WHERE g.environment = %(environment)s AND g.type = %(type)s AND g.name = %(name)s

-- name: find_stock
-- All groups that hold the stock, its stock_metadata entry (of several, the one written last), and
-- the symbols that it had before, each with the day from which on it no longer had it.
SELECT
    (
        SELECT json_agg(json_build_array(
                   g.type, g.name, g.description, m.weight, s.as_of, s.source, s.is_proxy)
               ORDER BY g.name COLLATE "C")
        FROM public.group_memberships m
        JOIN public.definition_groups g ON g.id = m.group_id
        LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
        LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
        WHERE m.symbol = %(symbol)s AND g.environment = %(environment)s
    ),
    entry.name,
    entry.value,
    (
        SELECT json_agg(json_build_array(y.symbol, y.valid_to) ORDER BY y.valid_to)
        FROM stockgroups.securities s
        JOIN stockgroups.security_symbols y ON y.security_id = s.id
        WHERE s.symbol = %(symbol)s AND s.environment = %(environment)s AND y.valid_to < 'infinity'
          AND EXISTS (
              SELECT FROM stockgroups.security_symbols t
              WHERE t.security_id = s.id AND t.valid_to = 'infinity'
          )
    )
FROM (SELECT 1) one
LEFT JOIN LATERAL (
    SELECT name, value FROM public.cache_entries
    WHERE type = 'stock_metadata' AND key = %(symbol)s AND environment = %(environment)s
    ORDER BY updated_at DESC, id DESC
    LIMIT 1
) entry ON true

-- name: find_successor
-- Today's symbol of the stock that had the symbol last, where that is another one.
SELECT s.symbol
FROM stockgroups.security_symbols y
JOIN stockgroups.securities s ON s.id = y.security_id
WHERE y.symbol = %(symbol)s AND y.environment = %(environment)s AND y.valid_to < 'infinity'
ORDER BY y.valid_to DESC
LIMIT 1

-- name: find_sector
SELECT g.name, g.description, g.metadata,
       (
           SELECT array_agg(m.symbol::text ORDER BY m.symbol COLLATE "C")
           FROM public.group_memberships m
           WHERE m.group_id = g.id
       )
FROM public.definition_groups g
WHERE g.environment = %(environment)s AND g.type = 'SECTOR' AND g.name = %(name)s

-- name: find_industry
-- An industry that a sector lists, or that a source prints for a stock, without regard to case.
-- The printed one stands beside that of the sector, which takes in several of them.
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

-- name: list_industries
SELECT i.industry
FROM public.definition_groups g
CROSS JOIN LATERAL jsonb_array_elements_text(
    CASE jsonb_typeof(g.metadata -> 'industries')
        WHEN 'array' THEN g.metadata -> 'industries' ELSE '[]'
    END
) AS i (industry)
WHERE g.environment = %(environment)s AND g.type = 'SECTOR'
UNION
SELECT p.industry
FROM public.cache_entries e
CROSS JOIN LATERAL (VALUES (e.value ->> 'industry'), (e.value ->> 'industry_label')) AS p (industry)
WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s AND p.industry IS NOT NULL

-- name: list_names
SELECT name FROM public.definition_groups
WHERE environment = %(environment)s AND type = %(type)s
ORDER BY name COLLATE "C"

-- name: list_symbols_like
-- Candidates for "did you mean": the symbols that begin alike.
SELECT DISTINCT m.symbol
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND m.symbol LIKE %(prefix)s
LIMIT 5000

-- name: list_environments
-- Where else there is data: by environment, groups of the type, and whether one has the name.
SELECT environment, count(*), bool_or(name = %(name)s)
FROM public.definition_groups
WHERE type = %(type)s
GROUP BY environment
ORDER BY environment

-- name: count_groups
SELECT g.type, count(*),
       coalesce(sum((SELECT count(*) FROM public.group_memberships m WHERE m.group_id = g.id)), 0),
       count(*) FILTER (WHERE s.is_proxy), min(s.as_of), max(s.as_of)
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s
GROUP BY g.type
ORDER BY g.type

-- name: count_stocks
SELECT count(*) FILTER (WHERE in_etf), count(*)
FROM (
    SELECT m.symbol, bool_or(g.type = 'ETF') AS in_etf
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s
    GROUP BY m.symbol
) stocks

-- name: count_metadata
SELECT count(DISTINCT key), count(DISTINCT key) FILTER (WHERE value ? 'sector')
FROM public.cache_entries
WHERE type = 'stock_metadata' AND environment = %(environment)s

-- name: count_snapshots
SELECT count(*), coalesce(sum(s.member_count), 0), max(s.recorded_at)
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s

-- name: list_etfs
SELECT g.name, g.description, s.member_count, s.as_of, s.source, s.is_proxy
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
ORDER BY g.name COLLATE "C"
