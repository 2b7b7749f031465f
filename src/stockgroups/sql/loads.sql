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
