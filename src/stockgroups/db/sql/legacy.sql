-- The entries of the old store: rows of cache_entries, and those that were archived.

-- name: count_types
-- How many entries there are of each type in each environment.
SELECT kind, home, count(*)
FROM (
    SELECT coalesce(type, '') AS kind, stockgroups.home_of_entry(environment) AS home
    FROM public.cache_entries
) entries
GROUP BY kind, home
ORDER BY kind COLLATE "C", home COLLATE "C"

-- name: list_entries
-- The entries of these types that belong to the environment, without their values. Times that no
-- calendar of a program has (infinity) count as none.
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
-- Those that were archived; only entries of groups are. Their times were taken for universal ones.
SELECT id, type, name, key, environment,
       CASE WHEN coalesce(updated_at, created_at) BETWEEN '1970-01-01' AND '9999-01-01'
            THEN coalesce(updated_at, created_at) AT TIME ZONE 'UTC' END,
       coalesce(octet_length(value::text), 0)
FROM stockgroups.archived_entries
WHERE stockgroups.home_of_entry(environment) = %(environment)s
ORDER BY id

-- name: list_strangers
-- Entries of other types that list members as those of groups do: somebody's own kind of group. The
-- list stands under a key, or is the whole value; it then begins with a symbol, or with an object
-- that has one.
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
-- The sectors that something else than a migration wrote last, and what.
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
-- The groups whose members are what the migration brought.
SELECT r.type, r.name
FROM stockgroups.group_registry r
JOIN public.definition_groups g USING (environment, type, name)
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE r.environment = %(environment)s AND s.source = 'legacy'
ORDER BY r.type, r.name COLLATE "C"

-- name: list_stock_entries
-- What the old store says of stocks, or of one in any spelling: symbol, and the ETFs that hold it.
SELECT coalesce(key, ''), (value::jsonb -> 'member_of_etfs')::text
FROM public.cache_entries
WHERE type = 'stock_metadata'
  AND stockgroups.home_of_entry(environment) = %(environment)s
  AND (%(symbol)s::text IS NULL
       OR translate(upper(key), './- ', '') = translate(upper(%(symbol)s), './- ', ''))
ORDER BY id

-- name: list_holders
-- What the new tables say: by stock the ETFs that hold it.
SELECT m.symbol, array_agg(g.name::text ORDER BY g.name COLLATE "C")
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s)
GROUP BY m.symbol
