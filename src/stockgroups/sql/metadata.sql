-- name: wanted
-- What every stock of an ETF should say: a list of common table expressions that the statements
-- below stand on. Its name is that in the newest file of an issuer, a stand-in's only where there
-- is none; what sources give for its sector comes in the parameters.
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
counting AS MATERIALIZED (
    SELECT s.ref_ids, s.as_of, row_number() OVER (ORDER BY s.is_proxy, s.as_of DESC, s.id DESC) AS rank
    FROM stockgroups.group_registry reg
    JOIN stockgroups.snapshots s ON s.group_id = reg.id AND s.id = reg.snapshot_id
    WHERE reg.environment = %(environment)s AND reg.type IN ('ETF', 'UNIVERSE')
),
-- The few prints that mean a stock which has another symbol today.
renamed AS MATERIALIZED (
    SELECT s.symbol AS printed, s.valid_from, s.valid_to, y.symbol
    FROM stockgroups.security_symbols s
    JOIN stockgroups.securities y ON y.id = s.security_id AND y.symbol <> s.symbol
    WHERE s.environment = %(environment)s
),
excepted AS MATERIALIZED (
    SELECT x.ref_id, x.valid_from, x.valid_to, y.symbol
    FROM stockgroups.security_refs x
    JOIN stockgroups.securities y ON y.id = x.security_id
    WHERE y.environment = %(environment)s
),
-- Of each stock the print of the newest file: one pass, by one number.
named AS (
    SELECT coalesce(x.symbol, o.symbol, r.symbol) AS symbol,
           (min((c.rank << 32) + r.id) & 4294967295)::int AS ref_id
    FROM counting c
    CROSS JOIN LATERAL unnest(c.ref_ids) AS p (ref_id)
    JOIN stockgroups.refs r ON r.id = p.ref_id
    LEFT JOIN excepted x ON x.ref_id = r.id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
    LEFT JOIN renamed o
           ON o.printed = r.symbol AND o.valid_from <= c.as_of AND c.as_of < o.valid_to
    WHERE r.name IS NOT NULL
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
           ) || said AS value
    FROM (
        SELECT s.symbol, s.etfs, coalesce(t.themes, '{}') AS themes,
               coalesce(c.value, '{}') AS said,
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
           CASE WHEN jsonb_typeof(e.value) <> 'object' THEN '{}'
                WHEN %(rebuild)s THEN e.value - %(own_keys)s::text[]
                ELSE e.value END AS kept
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
),
-- An entry of a stock that has left every ETF keeps what others wrote and belongs to none. A sector
-- with a confidence was written here: it goes when no source says anything any more.
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
-- Relationships are counted over ETFs. A key that stands twice in the table counts as duplicate.
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
)

-- name: analyze
-- The columns that statements choose by; of the values, only collecting would be dear.
ANALYZE public.cache_entries (type, key, environment)
