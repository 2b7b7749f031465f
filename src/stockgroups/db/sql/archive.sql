-- Moving migrated entries of the old store to the archive, and back.

-- name: find_unknown_columns
-- Columns of cache_entries that the archive lacks, or has with another type.
SELECT a.attname || CASE a.attname WHEN 'value' THEN ' as ' || a.atttypid::regtype ELSE '' END
FROM pg_attribute a
WHERE a.attrelid = 'public.cache_entries'::regclass AND a.attnum > 0 AND NOT a.attisdropped
  AND (a.attname NOT IN ('id', 'type', 'name', 'key', 'value', 'environment', 'created_at',
                         'updated_at')
       OR (a.attname = 'value' AND a.atttypid <> 'jsonb'::regtype))
ORDER BY a.attname

-- name: use_universal_time
-- The archive's times have a zone; those of the old table may have none. In UTC each time comes
-- back unchanged; a zone with daylight saving time lacks one hour a year.
SELECT set_config('TimeZone', 'UTC', true)

-- name: archive
WITH moved AS (
    DELETE FROM public.cache_entries WHERE id = ANY (%(ids)s)
    RETURNING id, type, name, key, value, environment, created_at, updated_at
)
INSERT INTO stockgroups.archived_entries (
    id, type, name, key, value, environment, created_at, updated_at, load_id
)
SELECT id, type, name, key, value, environment, created_at, updated_at, %(load_id)s
FROM moved
RETURNING type

-- name: list_taken
-- Archived entries that cannot come back, because another entry now has the same number or the same
-- values in a unique key.
WITH archived AS MATERIALIZED (
    SELECT * FROM stockgroups.archived_entries WHERE id = ANY (%(ids)s)
),
keys AS MATERIALIZED (
    SELECT array_agg(a.attname::text) AS columns
    FROM pg_index i
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
    WHERE i.indrelid = 'public.cache_entries'::regclass AND i.indisunique
      AND i.indpred IS NULL AND i.indexprs IS NULL
    GROUP BY i.indexrelid
)
SELECT a.id, a.type, a.key
FROM archived a
JOIN public.cache_entries e ON e.id = a.id
UNION
SELECT a.id, a.type, a.key
FROM archived a
JOIN public.cache_entries e ON e.type = a.type AND e.key = a.key AND e.environment = a.environment
WHERE EXISTS (
    SELECT FROM keys k
    WHERE NOT EXISTS (
        SELECT FROM unnest(k.columns) AS c (name)
        WHERE (to_jsonb(e) ->> c.name) = (to_jsonb(a) ->> c.name) IS NOT TRUE
    )
)
ORDER BY id

-- name: list_archived
SELECT id, type
FROM stockgroups.archived_entries
WHERE stockgroups.home_of_entry(environment) = %(environment)s
ORDER BY id

-- name: bring_back
WITH moved AS (
    DELETE FROM stockgroups.archived_entries WHERE id = ANY (%(ids)s)
    RETURNING id, type, name, key, value, environment, created_at, updated_at
)
INSERT INTO public.cache_entries (
    id, type, name, key, value, environment, created_at, updated_at
)
OVERRIDING SYSTEM VALUE
SELECT id, type, name, key, value, environment, created_at, updated_at
FROM moved
RETURNING type
