-- The entries of the old store: rows of cache_entries, and archived ones.

-- name: count_types
-- The number of entries by type and environment.
SELECT kind, home, count(*)
FROM (
    SELECT coalesce(type, '') AS kind, stockgroups.home_of_entry(environment) AS home
    FROM public.cache_entries
) entries
GROUP BY kind, home
ORDER BY kind COLLATE "C", home COLLATE "C"

-- name: list_entries
-- The environment's entries of these types, without their values. Times outside the range of
-- Python's dates (infinity) are NULL.
SELECT id, type, name, key, environment,
       CASE WHEN written BETWEEN '1970-01-01' AND '9999-01-01' THEN written END, size
FROM (
    SELECT id, type, name, key, environment,
           coalesce(updated_at, created_at)::timestamp AS written,
           coalesce(octet_length(value::text), 0) AS size,
           stockgroups.home_of_entry(environment) AS home
    FROM public.cache_entries
    WHERE type = ANY (%(types)s)
) entries
WHERE home = %(environment)s
ORDER BY id

-- name: list_archived
-- Archived entries, which are always entries of groups. Their times are read as UTC.
SELECT id, type, name, key, environment,
       CASE WHEN coalesce(updated_at, created_at) BETWEEN '1970-01-01' AND '9999-01-01'
            THEN coalesce(updated_at, created_at) AT TIME ZONE 'UTC' END,
       coalesce(octet_length(value::text), 0)
FROM stockgroups.archived_entries
WHERE stockgroups.home_of_entry(environment) = %(environment)s
ORDER BY id

-- name: list_strangers
-- Entries of other types whose value lists members as a group's does: some other program's kind of
-- group. The list is under one of the keys, or is the whole value; then its first item is a symbol,
-- or an object with one.
SELECT id, coalesce(type, ''), name, key, environment, NULL::timestamp, 0
FROM (
    SELECT *, stockgroups.home_of_entry(environment) AS home
    FROM public.cache_entries
    WHERE coalesce(type, '') = ANY (%(types)s)
) entries
WHERE home = %(environment)s
  AND CASE jsonb_typeof(value)
          WHEN 'object' THEN EXISTS (
              SELECT FROM unnest(%(member_keys)s::text[]) AS k (name)
              WHERE jsonb_typeof(value -> k.name) IN ('array', 'object')
          )
          WHEN 'array' THEN CASE jsonb_typeof(value -> 0)
              WHEN 'string' THEN
                  (value ->> 0) ~ '^(?=.*[A-Z])[A-Z0-9]{1,10}([./ -][A-Z0-9]{1,4})?$'
              WHEN 'object' THEN value -> 0 ?| '{symbol,ticker}'::text[]
              ELSE false END
          ELSE false END
ORDER BY id

-- name: read_values
SELECT id, value::text FROM public.cache_entries WHERE id = ANY (%(ids)s)

-- name: read_archived
SELECT id, value::text FROM stockgroups.archived_entries WHERE id = ANY (%(ids)s)

-- name: list_reorganised
-- Sectors that a load other than a migration wrote last, and the kind of that load.
SELECT name, kind, day
FROM (
    SELECT DISTINCT ON (c.key) substr(c.key, length('SECTOR ') + 1) AS name, l.kind,
           l.started_at::date AS day
    FROM stockgroups.loads l
    CROSS JOIN LATERAL jsonb_object_keys(l.changes) AS c (key)
    WHERE l.environment = %(environment)s AND c.key LIKE 'SECTOR %%'
    ORDER BY c.key, l.id DESC
) latest
WHERE kind <> 'migrate'

-- name: list_migrated
-- The groups whose members come from the migration.
SELECT r.type, r.name
FROM stockgroups.group_registry r
JOIN public.definition_groups g USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE r.environment = %(environment)s AND s.source = 'legacy'
ORDER BY r.type, r.name COLLATE "C"

-- name: list_stock_entries
-- The ETFs that the old store names for each stock, or for one stock in any spelling.
SELECT coalesce(key, ''), (value::jsonb -> 'member_of_etfs')::text
FROM public.cache_entries
WHERE type = 'stock_metadata'
  AND stockgroups.home_of_entry(environment) = %(environment)s
  AND (%(symbol)s::text IS NULL
       OR translate(upper(key), './- ', '') = translate(upper(%(symbol)s), './- ', ''))
ORDER BY id

-- name: list_holders
-- The ETFs that hold each stock in the new tables.
SELECT m.symbol, array_agg(g.name::text ORDER BY g.name COLLATE "C")
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s)
GROUP BY m.symbol
