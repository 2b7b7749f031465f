-- name: list_newest
-- The newest snapshots of ETFs and universes. Those of issuers come first, by their dates, and proxies
-- last. This is a statement of its own: where nested loops are forbidden, all snapshots of each group
-- are read to find its newest one.
SELECT r.id, e.id, e.as_of
FROM stockgroups.group_registry r
CROSS JOIN LATERAL stockgroups.effective_snapshot(r.id, 'infinity', 'infinity') e
WHERE r.environment = %(environment)s AND r.type IN ('ETF', 'UNIVERSE')
ORDER BY e.is_proxy, e.as_of DESC, e.id DESC

-- name: wanted
-- The wanted metadata entries of all stocks of ETFs: common table expressions for the statements
-- below. A name comes from the newest file of an issuer, or from a proxy if there is none. Sectors
-- come in the parameters.
stocks AS (
    SELECT m.symbol::text AS symbol,
           array_agg(g.name ORDER BY g.name COLLATE "C") AS etfs
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type = 'ETF'
    GROUP BY m.symbol
),
themes AS (
    SELECT m.symbol::text AS symbol,
           array_agg(g.name ORDER BY g.name COLLATE "C") AS themes
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type = 'THEME'
    GROUP BY m.symbol
),
-- Members that several snapshots of one date report alike are looked up once.
held AS MATERIALIZED (
    SELECT m.ref_id, s.as_of, min(e.rank) AS rank
    FROM unnest(%(registry_ids)s::int[]) WITH ORDINALITY AS e (group_id, rank)
    JOIN stockgroups.members_in(
        %(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], '{ref_ids}'
    ) s USING (group_id)
    CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
    GROUP BY m.ref_id, s.as_of
),
-- The ref of each stock in the newest file: one pass, with rank and ref packed in one number. A ref without
-- a security goes by its own symbol.
named AS (
    SELECT coalesce(c.symbol, f.symbol) AS symbol,
           (min((h.rank << 32) + h.ref_id) & 4294967295)::int AS ref_id
    FROM held h
    JOIN stockgroups.refs f ON f.id = h.ref_id AND f.name IS NOT NULL
    LEFT JOIN stockgroups.ref_securities r
           ON r.ref_id = h.ref_id AND r.valid_from <= h.as_of AND h.as_of < r.valid_to
    LEFT JOIN stockgroups.securities c ON c.id = r.security_id
    WHERE coalesce(c.symbol, f.symbol) IS NOT NULL
    GROUP BY 1
),
classified AS (
    SELECT s.symbol, a.value
    FROM unnest(%(symbols)s::text[], %(answers)b::int[]) AS s (symbol, answer)
    JOIN unnest(%(values)s::text[]::jsonb[]) WITH ORDINALITY AS a (value, answer) USING (answer)
),
wanted AS MATERIALIZED (
    SELECT symbol, name,
           jsonb_build_object(
               'symbol', symbol, 'name', name, 'member_of_etfs', etfs, 'themes', themes
           ) || reported AS value
    FROM (
        SELECT s.symbol, s.etfs, coalesce(t.themes, '{}') AS themes,
               coalesce(c.value, '{}') AS reported,
               coalesce(r.name, s.symbol) AS name
        FROM stocks s
        LEFT JOIN themes t USING (symbol)
        LEFT JOIN classified c USING (symbol)
        LEFT JOIN named n USING (symbol)
        LEFT JOIN stockgroups.refs r ON r.id = n.ref_id
        OFFSET 0
    ) stock
),
entries AS MATERIALIZED (
    SELECT e.id, e.key::text AS symbol, e.value AS old,
           CASE WHEN jsonb_typeof(e.value) IS DISTINCT FROM 'object' THEN '{}'
                WHEN %(rebuild)s THEN e.value - %(own_keys)s::text[]
                ELSE e.value END AS kept
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
),
-- The entry of a stock that has left every ETF keeps what others wrote and names no ETF. A sector
-- with a confidence was written by this program; it goes when no source has one any more.
merged AS (
    SELECT e.id, e.symbol, e.old, w.symbol IS NULL AS is_leftover,
           CASE WHEN w.symbol IS NULL THEN e.kept || '{"member_of_etfs": []}'
                WHEN e.kept ? 'confidence' THEN e.kept - %(sector_keys)s::text[] || w.value
                ELSE e.kept || w.value END AS value
    FROM entries e
    LEFT JOIN wanted w USING (symbol)
),
changes AS MATERIALIZED (
    SELECT id, symbol, is_leftover, value, old IS DISTINCT FROM value AS differs FROM merged
),
missing AS MATERIALIZED (
    SELECT w.* FROM wanted w WHERE NOT EXISTS (
        SELECT FROM entries e WHERE e.symbol = w.symbol
    )
)

-- name: counts
-- Relationships count ETFs only. Several rows with the same key count as duplicates.
SELECT (SELECT count(*) FROM wanted),
       (SELECT coalesce(sum(jsonb_array_length(value -> 'member_of_etfs')), 0) FROM wanted),
       (SELECT count(*) FROM missing),
       (SELECT count(*) FROM changes
        WHERE differs AND NOT is_leftover),
       (SELECT count(*) FROM changes WHERE is_leftover),
       (SELECT count(*) FROM changes WHERE is_leftover AND differs),
       (SELECT count(*) - count(DISTINCT symbol) FROM entries),
       (SELECT count(*) FROM wanted WHERE value ? 'sector'),
       (SELECT count(*) FROM wanted WHERE value ->> 'confidence' = 'low')

-- name: held_stocks
-- Which of the symbols an ETF holds.
SELECT DISTINCT m.symbol::text
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s)

-- name: write
inserted AS (
    INSERT INTO public.cache_entries (type, name, key, value, environment)
    SELECT 'stock_metadata', left(name, 100), symbol, value, %(environment)s
    FROM missing
    RETURNING id, type, name, key, environment, value
),
updated AS (
    UPDATE public.cache_entries e
    SET value = c.value, updated_at = now()
    FROM changes c
    WHERE e.id = c.id AND c.differs AND NOT (%(rebuild)s AND c.is_leftover)
),
deleted AS (
    DELETE FROM public.cache_entries e
    USING changes c
    WHERE e.id = c.id AND c.is_leftover AND %(rebuild)s
),
-- All parts of one command see the table as it was before.
replaced AS (
    INSERT INTO stockgroups.replaced_entries (
        load_id, entry_id, environment, type, name, key, value, created_at, updated_at, written
    )
    SELECT %(load_id)s, e.id, e.environment, e.type, e.name, e.key, e.value, e.created_at,
           e.updated_at,
           CASE WHEN NOT (%(rebuild)s AND c.is_leftover) THEN md5(c.value::text)::uuid END
    FROM public.cache_entries e
    JOIN changes c ON c.id = e.id
    WHERE c.differs OR (%(rebuild)s AND c.is_leftover)
    UNION ALL
    SELECT %(load_id)s, id, environment, type, name, key, NULL, NULL, NULL, md5(value::text)::uuid
    FROM inserted
)

-- name: analyze
-- Only the columns in conditions: collecting statistics on the values would take long.
ANALYZE public.cache_entries (type, key, environment)

-- name: refresh_themes
-- Set the themes in the entries to those that hold the stocks now, and leave the rest. The earlier
-- entries are kept under the load's number.
WITH themes AS (
    SELECT m.symbol::text AS symbol, jsonb_agg(g.name ORDER BY g.name COLLATE "C") AS themes
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type = 'THEME'
    GROUP BY m.symbol
),
due AS MATERIALIZED (
    SELECT e.*, e.value || jsonb_build_object('themes', coalesce(t.themes, '[]')) AS wanted
    FROM public.cache_entries e
    LEFT JOIN themes t ON t.symbol = e.key
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
      AND jsonb_typeof(e.value -> 'themes') = 'array'
      AND e.value -> 'member_of_etfs' <> '[]'
      AND e.value -> 'themes' <> coalesce(t.themes, '[]')
),
replaced AS (
    INSERT INTO stockgroups.replaced_entries (
        load_id, entry_id, environment, type, name, key, value, created_at, updated_at, written
    )
    SELECT %(load_id)s, id, environment, type, name, key, value, created_at, updated_at,
           md5(wanted::text)::uuid
    FROM due
),
updated AS (
    UPDATE public.cache_entries e
    SET value = d.wanted, updated_at = now()
    FROM due d
    WHERE e.id = d.id
)
SELECT count(*) FROM due
