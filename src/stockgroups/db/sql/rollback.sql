-- Rolling a migration back.

-- name: find_load
SELECT l.id, l.kind, l.started_at, l.changes,
       (SELECT max(u.id) FROM stockgroups.loads u WHERE u.undoes = l.id)
FROM stockgroups.loads l
WHERE l.environment = %(environment)s AND l.id = %(load_id)s

-- name: list_standing
-- The migrations that were not rolled back, newest first.
SELECT l.id
FROM stockgroups.loads l
WHERE l.environment = %(environment)s AND l.kind = %(kind)s
  AND NOT EXISTS (SELECT FROM stockgroups.loads u WHERE u.undoes = l.id)
ORDER BY l.id DESC

-- name: list_snapshots
-- The snapshots that a load recorded of these groups.
SELECT group_id, id FROM stockgroups.snapshots
WHERE load_id = %(load_id)s AND group_id = ANY (%(registry_ids)s)

-- name: delete_snapshots
DELETE FROM stockgroups.snapshots
WHERE load_id = %(load_id)s AND group_id = ANY (%(registry_ids)s)

-- name: restore_definitions
UPDATE public.definition_groups g
SET description = w.description, metadata = w.metadata, liquidity_filter = w.liquidity_filter,
    updated_at = now(), last_update = now()
FROM jsonb_to_recordset(%(groups)s)
    AS w (id int, description text, metadata jsonb, liquidity_filter jsonb)
WHERE g.id = w.id
