-- name: wanted
-- What every stock of an ETF should say: a list of common table expressions that the statements
-- below stand on. A printed sector is that of the newest file of an issuer, a stand-in's only
-- where no file prints one; labels are brought to keys by the table in the parameters.
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
-- The snapshots that count, ranked once, and their few labels brought to keys, not every row's.
counting AS MATERIALIZED (
    SELECT s.ref_ids, s.sector_codes, s.sector_labels, s.industry_codes, s.industry_labels,
           row_number() OVER (ORDER BY s.is_proxy, s.as_of DESC, s.id DESC) AS rank,
           (
               SELECT array_agg(l.key ORDER BY p.place)
               FROM unnest(s.sector_labels) WITH ORDINALITY AS p (label, place)
               LEFT JOIN unnest(%(labels)s::text[], %(keys)s::text[]) AS l (label, key)
                      ON l.label = lower(p.label)
           ) AS sectors
    FROM stockgroups.group_registry reg
    JOIN stockgroups.snapshots s ON s.group_id = reg.id AND s.id = reg.snapshot_id
    WHERE reg.environment = %(environment)s AND reg.type IN ('ETF', 'UNIVERSE')
),
printed AS MATERIALIZED (
    SELECT r.symbol, r.name, c.rank,
           c.sectors[p.sector_code] AS sector,
           c.sector_labels[p.sector_code] AS label,
           c.industry_labels[p.industry_code] AS industry
    FROM counting c
    CROSS JOIN LATERAL unnest(c.ref_ids, c.sector_codes, c.industry_codes)
        AS p (ref_id, sector_code, industry_code)
    JOIN stockgroups.refs r ON r.id = p.ref_id
),
-- Of each stock the first that says anything: one pass, sorted once.
chosen AS (
    SELECT symbol,
           (array_agg(name ORDER BY rank) FILTER (WHERE name IS NOT NULL))[1] AS name,
           (array_agg(sector ORDER BY rank) FILTER (WHERE sector IS NOT NULL))[1] AS sector,
           (array_agg(label ORDER BY rank) FILTER (WHERE sector IS NOT NULL))[1] AS label,
           (array_agg(industry ORDER BY rank) FILTER (WHERE industry IS NOT NULL))[1] AS industry
    FROM printed
    GROUP BY symbol
),
wanted AS MATERIALIZED (
    SELECT stock.symbol, coalesce(stock.name, stock.symbol) AS name,
           jsonb_strip_nulls(to_jsonb(stock)) AS value
    FROM (
        SELECT s.symbol, c.name, c.sector, c.label AS sector_label, c.industry,
               s.etfs AS member_of_etfs, coalesce(t.themes, '{}') AS themes
        FROM stocks s
        LEFT JOIN themes t USING (symbol)
        LEFT JOIN chosen c USING (symbol)
    ) AS stock
),
entries AS MATERIALIZED (
    SELECT e.id, e.key::text AS symbol, e.value AS old,
           CASE WHEN jsonb_typeof(e.value) <> 'object' THEN '{}'
                WHEN %(rebuild)s THEN e.value - %(own_keys)s::text[]
                ELSE e.value END AS kept
    FROM public.cache_entries e
    WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
),
-- An entry of a stock that has left every ETF keeps what others wrote and belongs to none.
changes AS MATERIALIZED (
    SELECT e.id, e.symbol, w.symbol IS NULL AS is_leftover,
           e.kept || coalesce(w.value, '{"member_of_etfs": []}') AS value,
           e.old IS DISTINCT FROM e.kept || coalesce(w.value, '{"member_of_etfs": []}') AS differs
    FROM entries e
    LEFT JOIN wanted w USING (symbol)
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
       (SELECT count(*) FROM wanted WHERE value ? 'sector')

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
