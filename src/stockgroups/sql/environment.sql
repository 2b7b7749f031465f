-- name: lock_environment
-- Writers of one environment queue here, before anything is read that they will act on.
SELECT version FROM stockgroups.env_state WHERE environment = %(environment)s FOR UPDATE

-- name: bump_version
WITH bumped AS (
    UPDATE stockgroups.env_state SET version = version + 1
    WHERE environment = %(environment)s
    RETURNING version
)
SELECT version, pg_notify('stockgroups', %(environment)s || ' ' || version) FROM bumped

-- name: list_others
SELECT DISTINCT environment COLLATE "C" AS environment FROM public.definition_groups
WHERE environment <> %(environment)s AND type = 'ETF'
ORDER BY environment
