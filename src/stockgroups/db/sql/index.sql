-- An environment's memberships, for a program that keeps them in memory.

-- name: read_version
SELECT coalesce((SELECT version FROM stockgroups.env_state WHERE environment = %(environment)s), 0)

-- name: read_index
-- One statement: one round trip, and all rows from the same moment. The first row has the state
-- alone; each other row has a group with its members, as in find_group. If `load` is NULL, all
-- groups; otherwise the groups that later loads changed, and those in `labels`. The state has the
-- version, the newest load, the time, the number of loads after `load`, the labels ("TYPE NAME") of
-- the groups that they changed, and former symbols with today's (see find_successor).
WITH loaded AS MATERIALIZED (
    SELECT l.id, c.label
    FROM stockgroups.loads l
    LEFT JOIN LATERAL jsonb_object_keys(l.changes) AS c (label) ON true
    WHERE l.environment = %(environment)s AND l.id > %(load)s::bigint
),
former AS (
    SELECT DISTINCT ON (y.symbol) y.symbol AS former, s.symbol
    FROM stockgroups.security_symbols y
    JOIN stockgroups.securities s ON s.id = y.security_id
    WHERE y.environment = %(environment)s AND y.valid_to < 'infinity'
    ORDER BY y.symbol, y.valid_to DESC
)
SELECT json_build_object(
           'version', coalesce(
               (SELECT version FROM stockgroups.env_state WHERE environment = %(environment)s), 0),
           'newest_load', coalesce(
               (SELECT max(id) FROM stockgroups.loads WHERE environment = %(environment)s), 0),
           'read_at', transaction_timestamp(),
           'count', (SELECT count(DISTINCT id) FROM loaded),
           'labels', ARRAY(SELECT DISTINCT label FROM loaded WHERE label IS NOT NULL),
           'former', (SELECT coalesce(json_object_agg(former, symbol), '{}') FROM former)),
       NULL::text, NULL::text, NULL::text[], NULL::float8[], NULL::boolean, NULL::date, NULL::text,
       NULL::boolean, NULL::text, NULL::timestamptz, NULL::date, NULL::text
UNION ALL
SELECT NULL, g.type, g.name, m.symbols, m.weights,
       s.id IS NOT NULL AND m.hash IS DISTINCT FROM r.member_hash,
       s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on,
       ROW (m.hash, r.member_hash, s.id, s.recorded_at)::text
FROM (
    SELECT id, environment, type, name
    FROM public.definition_groups
    WHERE environment = %(environment)s AND type = ANY (%(types)s::text[])
      AND (%(load)s::bigint IS NULL
           OR type || ' ' || name = ANY (ARRAY(SELECT label FROM loaded) || %(labels)s::text[]))
    ORDER BY type, name COLLATE "C"
) g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT array_agg(symbol::text) AS symbols, array_agg(weight::float8) AS weights,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    WHERE group_id = g.id
) m

-- name: read_stamps
-- For each group ("TYPE NAME"), a text that changes whenever anyone changes the group. It is the
-- last column of read_index.
SELECT g.type || ' ' || g.name, ROW (m.hash, r.member_hash, s.id, s.recorded_at)::text
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
LEFT JOIN (
    SELECT group_id,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    GROUP BY group_id
) m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = ANY (%(types)s::text[])
