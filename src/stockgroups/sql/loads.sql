-- The audit of loads.

-- name: reserve_load
SELECT nextval(pg_get_serial_sequence('stockgroups.loads', 'id'))

-- name: read_start
SELECT transaction_timestamp()

-- name: write_load
INSERT INTO stockgroups.loads (
    id, environment, kind, started_at, actor, program, target, arguments, accepted, changes, undoes
) VALUES (
    %(id)s, %(environment)s, %(kind)s, %(started_at)s, %(actor)s, %(program)s, %(target)s,
    %(arguments)s, %(accepted)s, %(changes)s, %(undoes)s
)

-- name: list_loads
-- The newest loads of an environment, or one of them.
SELECT id, kind, started_at, actor, program, target, arguments, accepted, changes, undoes
FROM stockgroups.loads
WHERE environment = %(environment)s AND (%(id)s::bigint IS NULL OR id = %(id)s)
ORDER BY id DESC
LIMIT %(limit)s

-- name: find_undoing
-- The loads that took back some of these.
SELECT undoes, max(id)
FROM stockgroups.loads
WHERE environment = %(environment)s AND undoes = ANY (%(ids)s::bigint[])
GROUP BY undoes

-- name: find_recorded_by
-- What a load recorded, with its group.
SELECT r.type, r.name, s.group_id, s.id
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND s.load_id = %(load_id)s
ORDER BY s.group_id, s.id
