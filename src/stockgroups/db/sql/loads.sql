-- The audit of loads.

-- name: reserve_load
SELECT nextval(pg_get_serial_sequence('stockgroups.loads', 'id'))

-- name: write_load
-- Insert the row of a load and advance the environment's version.
WITH written AS (
    INSERT INTO stockgroups.loads (
        id, environment, kind, started_at, actor, program, target, arguments, accepted, changes,
        undoes
    ) VALUES (
        %(id)s, %(environment)s, %(kind)s, coalesce(%(started_at)s, transaction_timestamp()),
        %(actor)s, %(program)s, %(target)s, %(arguments)s, %(accepted)s, %(changes)s, %(undoes)s
    )
)
UPDATE stockgroups.env_state SET version = version + 1
WHERE environment = %(environment)s
RETURNING version

-- name: notify
-- Notify listeners when the transaction commits. This is a statement of its own: as part of
-- another, a server that holds a part of a table would run it too, and nobody listens there.
SELECT pg_notify('stockgroups', %(payload)s)

-- name: list_loads
-- The newest loads of an environment: all, the one with an id, those after one, or those of a plan.
SELECT id, kind, started_at, actor, program, target, arguments, accepted, changes, undoes
FROM stockgroups.loads
WHERE environment = %(environment)s AND (%(id)s::bigint IS NULL OR id = %(id)s)
  AND (%(after)s::bigint IS NULL OR id > %(after)s)
  AND (%(plan)s::text IS NULL OR arguments ->> 'plan' = %(plan)s)
ORDER BY id DESC
LIMIT %(limit)s

-- name: find_undoing
-- The rollbacks of some loads.
SELECT undoes, max(id)
FROM stockgroups.loads
WHERE environment = %(environment)s AND undoes = ANY (%(ids)s::bigint[])
GROUP BY undoes

-- name: find_recorded_by
-- The snapshots that a load recorded, with their groups.
SELECT r.type, r.name, s.group_id, s.id
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND s.load_id = %(load_id)s
ORDER BY s.group_id, s.id

-- name: list_worded_since
-- The groups ("TYPE NAME") whose own row a later load changed, if that load was not rolled back.
SELECT DISTINCT c.key
FROM stockgroups.loads l
CROSS JOIN LATERAL jsonb_each(l.changes) c
WHERE l.environment = %(environment)s AND l.id > %(load_id)s AND l.kind <> 'rollback'
  AND c.value ? 'former'
  AND NOT EXISTS (
      SELECT FROM stockgroups.loads u
      WHERE u.environment = l.environment AND u.undoes = l.id
  )

-- name: list_withdrawn
-- The definitions of groups from before migrations that preceded a load and were rolled back after
-- it.
SELECT c.key, c.value -> 'definition'
FROM stockgroups.loads l
CROSS JOIN LATERAL jsonb_each(l.changes) c
WHERE l.environment = %(environment)s AND l.kind = 'migrate' AND l.id < %(load_id)s
  AND EXISTS (SELECT FROM stockgroups.loads u WHERE u.undoes = l.id AND u.id > %(load_id)s)
  AND c.value ? 'definition'
ORDER BY l.id DESC

-- name: count_replaced
-- The number of entries that a load replaced, and how many of them are unchanged since.
SELECT count(*),
       count(*) FILTER (WHERE CASE WHEN e.id IS NULL THEN r.written IS NULL
                                   ELSE md5(e.value::text)::uuid = r.written END)
FROM stockgroups.replaced_entries r
LEFT JOIN public.cache_entries e ON e.id = r.entry_id
WHERE r.load_id = %(load_id)s AND r.environment = %(environment)s

-- name: put_back_entries
-- Restore the entries that a load replaced, if nobody has changed them since. Their present values
-- are kept under the number of the restoring load.
WITH due AS MATERIALIZED (
    SELECT r.*, e.value AS now, e.created_at AS now_created, e.updated_at AS now_updated
    FROM stockgroups.replaced_entries r
    LEFT JOIN public.cache_entries e ON e.id = r.entry_id
    WHERE r.load_id = %(load_id)s AND r.environment = %(environment)s
      AND CASE WHEN e.id IS NULL THEN r.written IS NULL
               ELSE md5(e.value::text)::uuid = r.written END
),
remembered AS (
    INSERT INTO stockgroups.replaced_entries (
        load_id, entry_id, environment, type, name, key, value, created_at, updated_at, written
    )
    SELECT %(number)s, entry_id, environment, type, name, key, now, now_created, now_updated,
           md5(value::text)::uuid
    FROM due
),
updated AS (
    UPDATE public.cache_entries e
    SET value = d.value, updated_at = d.updated_at
    FROM due d
    WHERE e.id = d.entry_id AND d.value IS NOT NULL
),
deleted AS (
    DELETE FROM public.cache_entries e
    USING due d
    WHERE e.id = d.entry_id AND d.value IS NULL
),
-- If another program has written the same key meanwhile, its entry stays.
inserted AS (
    INSERT INTO public.cache_entries (
        id, type, name, key, value, environment, created_at, updated_at
    )
    OVERRIDING SYSTEM VALUE
    SELECT entry_id, type, name, key, value, environment, created_at, updated_at
    FROM due
    WHERE value IS NOT NULL AND now IS NULL
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM due
