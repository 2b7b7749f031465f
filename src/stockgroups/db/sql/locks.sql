-- Writers' locks, and the programs that hold them.

-- name: try_environment
-- Writers of one environment queue at this lock before they read anything that they act on. The
-- server does not wait: no row is returned while another writer holds it.
SELECT version FROM stockgroups.env_state WHERE environment = %(environment)s FOR UPDATE SKIP LOCKED

-- name: make_environment
-- Insert only if missing, so that a role without the right to insert can still wait.
INSERT INTO stockgroups.env_state (environment)
SELECT w.environment
FROM (SELECT %(environment)s::text AS environment) w
WHERE NOT EXISTS (SELECT FROM stockgroups.env_state e WHERE e.environment = w.environment)
ON CONFLICT (environment) DO NOTHING

-- name: name_environment_holder
-- The program that locked the row; the row has the number of its transaction.
SELECT string_agg(
           format('%%s (process %%s of %%s%%s)', coalesce(nullif(a.application_name, ''), 'a program'),
                  l.pid, a.usename, ', since ' || to_char(a.xact_start, 'HH24:MI:SS "UTC"')),
           ', ' ORDER BY l.pid),
       false
FROM stockgroups.env_state e
JOIN pg_locks l ON l.locktype = 'transactionid' AND l.transactionid = e.xmax AND l.granted
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE e.environment = %(environment)s AND l.pid <> pg_backend_pid()

-- name: try_directories
-- All environments share the directories: a writer of directories holds this lock until the commit.
SELECT pg_try_advisory_xact_lock(hashtext('stockgroups.directories'))

-- name: name_directories_holder
SELECT string_agg(
           format('%%s (process %%s of %%s%%s)', coalesce(nullif(a.application_name, ''), 'a program'),
                  l.pid, a.usename, ', since ' || to_char(a.xact_start, 'HH24:MI:SS "UTC"')),
           ', ' ORDER BY l.pid),
       false
FROM pg_locks l
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (l.classid::bigint << 32 | l.objid::bigint) = hashtext('stockgroups.directories')::bigint
  AND l.pid <> pg_backend_pid()

-- name: find_tables
-- Which of the tables exist, and `deadlock_timeout` in milliseconds.
SELECT coalesce(array_agg(c.relname::text), '{}'),
       (extract(epoch FROM current_setting('deadlock_timeout')::interval) * 1000)::int
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relname = ANY (%(tables)s)

-- name: name_holders
-- The programs whose open transactions block such a lock on the tables, and whether all of them
-- only do maintenance (vacuum, analyze).
SELECT string_agg(
           format('%%s (process %%s of %%s%%s)', coalesce(nullif(a.application_name, ''), 'a program'),
                  a.pid, a.usename, ', since ' || to_char(a.xact_start, 'HH24:MI:SS "UTC"')),
           ', ' ORDER BY a.pid),
       coalesce(bool_and(h.is_upkeep), false)
FROM (
    SELECT l.pid, bool_and(l.mode = 'ShareUpdateExclusiveLock') AS is_upkeep
    FROM pg_locks l
    WHERE l.granted AND (l.mode <> 'AccessShareLock' OR %(readers)s)
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.relation = ANY (%(tables)s::regclass[])
    GROUP BY l.pid
) h
JOIN pg_stat_activity a ON a.pid = h.pid
WHERE a.pid <> pg_backend_pid()
