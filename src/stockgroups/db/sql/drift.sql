-- Changes that other programs made in the shared tables.

-- name: list_unrecorded
-- Groups with members but without any snapshot: the number of members, and the day of the last
-- write to them.
SELECT g.type, g.name, count(*),
       least(current_date, greatest(
           max(m.added_at)::date, max(m.updated_at)::date, g.updated_at::date, g.last_update::date))
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = ANY (%(types)s)
  AND NOT EXISTS (
      SELECT FROM stockgroups.group_registry r
      JOIN stockgroups.snapshots s ON s.group_id = r.id
      WHERE r.environment = g.environment AND r.type = g.type AND r.name = g.name
  )
GROUP BY g.id, g.type, g.name, g.updated_at, g.last_update
ORDER BY g.type, g.name COLLATE "C"

-- name: list_rows
-- The numbers of the groups' rows.
SELECT g.type, g.name, g.id
FROM public.definition_groups g
JOIN jsonb_to_recordset(%(groups)s) AS w (type text, name text)
  ON g.type = w.type AND g.name = w.name
WHERE g.environment = %(environment)s

-- name: count_bereft
-- Recorded groups with members that have no row or no memberships in the shared tables.
SELECT r.environment, count(*)::int
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE s.member_count > 0
  AND NOT EXISTS (SELECT FROM public.group_memberships m WHERE m.group_id = g.id)
GROUP BY r.environment
ORDER BY r.environment COLLATE "C"

-- name: list_outranked
-- Groups whose memberships come from a proxy, although a source's own snapshot is recorded. Earlier
-- versions took an index's members for a universe's own.
SELECT r.environment, r.id, r.type, r.name
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
JOIN public.definition_groups g USING (environment, type, name)
WHERE s.is_proxy AND EXISTS (
    SELECT FROM stockgroups.snapshots o
    WHERE o.group_id = r.id AND NOT o.is_proxy AND o.as_of <= current_date
)
ORDER BY r.id

-- name: find_drifted
-- Groups that are not as this program left them (see point_groups), with the day of the last
-- visible write, and whether the record continues to apply. It does after a source's report, and
-- for any recorded group that was emptied, because an empty group is no evidence.
WITH requested AS (
    SELECT g.id, g.type, g.name, g.environment, g.updated_at, g.last_update,
           r.id AS registry_id, r.snapshot_id, r.member_hash
    FROM public.definition_groups g
    LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
    WHERE g.environment = %(environment)s AND (g.type, g.name) IN (
        SELECT w.type, w.name FROM jsonb_to_recordset(%(groups)s) AS w (type text, name text)
    )
),
-- One group at a time: a join would read all memberships of the environment for a few groups.
stored AS (
    SELECT a.id AS group_id, nullif(m.members, 0) AS members, m.hash
    FROM requested a
    CROSS JOIN LATERAL (
        SELECT count(*) AS members, bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
        FROM public.group_memberships
        WHERE group_id = a.id
    ) m
)
SELECT a.type, a.name, coalesce(s.members, 0),
       greatest(h.as_of, least(current_date, greatest(
           (SELECT greatest(max(m.added_at)::date, max(m.updated_at)::date)
            FROM public.group_memberships m WHERE m.group_id = a.id),
           CASE WHEN h.source IN ('adopted', 'external') OR h.id IS NULL
                THEN greatest(a.updated_at::date, a.last_update::date) END,
           CASE WHEN s.members IS NULL THEN current_date END))),
       h.id IS NOT NULL AND (s.members IS NULL OR h.source NOT IN ('adopted', 'external'))
FROM requested a
JOIN stored s ON s.group_id = a.id
LEFT JOIN stockgroups.snapshots h ON h.group_id = a.registry_id AND h.id = a.snapshot_id
WHERE CASE WHEN h.id IS NULL THEN s.members IS NOT NULL ELSE s.hash IS DISTINCT FROM a.member_hash END
ORDER BY a.type, a.name COLLATE "C"

-- name: list_recorded_drift
-- The snapshots of other programs' changes that a load recorded.
SELECT r.type, r.name, s.id
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND s.load_id = %(load_id)s AND s.source = 'external'

-- name: list_definitions
-- Groups whose own row another program changed or deleted: the row as we left it, and as it is now.
SELECT r.type, r.name, r.definition, d.definition
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
CROSS JOIN LATERAL (
    SELECT jsonb_build_object('description', g.description, 'metadata', g.metadata,
                              'liquidity_filter', g.liquidity_filter) AS definition
) d
WHERE r.environment = %(environment)s AND jsonb_typeof(r.definition) = 'object'
  AND (g.id IS NOT NULL OR r.snapshot_id IS NOT NULL) AND r.definition <> d.definition
ORDER BY r.type, r.name COLLATE "C"
