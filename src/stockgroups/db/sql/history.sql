-- The intervals of memberships, and their sources. Rows are stored and compared by whole groups, or
-- by arrays of (group, security).

-- name: read_headers
SELECT group_id, id, as_of, is_proxy, encode(sha256, 'hex'), reader, digest::text, member_count,
       recorded_at, source, is_retraction, published_on
FROM stockgroups.snapshots
WHERE group_id = ANY (%(registry_ids)s)
ORDER BY group_id, id
LIMIT %(most)s::int

-- name: read_headers_near
-- The snapshot headers that decide about snapshots of some dates; for each date all of them, so
-- that a load's reading does not grow with the record. They are those of: the given dates; the
-- neighbouring current snapshots on both sides, of the same kind, of reports and of proxies; the
-- same files; the first report, the newest report and the newest proxy; proxies that an earlier
-- first report supersedes; the snapshot behind the memberships; the last recorded snapshot. A
-- missing date means today, or the effective snapshot's date if later.
-- The planner takes CASE for true in half of the rows, and OR for so rare that it would read and sort all
-- snapshots of a group to find its nearest one.
WITH groups AS (SELECT unnest(%(registry_ids)s::int[]) AS id),
given AS MATERIALIZED (
    SELECT w.group_id, w.kind, decode(w.sha256, 'hex') AS sha256,
           coalesce(w.as_of, greatest(%(today)s, e.as_of)) AS as_of
    FROM unnest(%(group_ids)s::int[], %(kinds)s::text[], %(hashes)s::text[], %(dates)s::date[])
        AS w (group_id, kind, sha256, as_of)
    LEFT JOIN LATERAL stockgroups.effective_snapshot(w.group_id, 'infinity', 'infinity') e
           ON w.as_of IS NULL
),
probes AS MATERIALIZED (
    SELECT a.group_id, a.as_of, a.kind = 'proxy' AS is_proxy, a.kind FROM given a
    UNION
    SELECT a.group_id, a.as_of, p.is_proxy, NULL
    FROM given a CROSS JOIN (VALUES (false), (true)) AS p (is_proxy)
    UNION
    SELECT g.id, p.day::date, p.is_proxy, NULL
    FROM groups g
    CROSS JOIN (VALUES ('-infinity', false), ('infinity', false), ('infinity', true))
        AS p (day, is_proxy)
),
dates AS (
    SELECT a.group_id, a.as_of FROM given a
    UNION
    SELECT p.group_id, near.as_of
    FROM probes p
    CROSS JOIN LATERAL (
        (SELECT c.as_of
         FROM stockgroups.current_snapshots(p.group_id, 'infinity') c
         WHERE c.is_proxy = p.is_proxy AND c.as_of < p.as_of
           AND CASE WHEN p.kind IS NULL THEN true ELSE c.kind = p.kind END
         ORDER BY c.as_of DESC
         LIMIT 1)
        UNION ALL
        (SELECT c.as_of
         FROM stockgroups.current_snapshots(p.group_id, 'infinity') c
         WHERE c.is_proxy = p.is_proxy AND c.as_of > p.as_of
           AND CASE WHEN p.kind IS NULL THEN true ELSE c.kind = p.kind END
         ORDER BY c.as_of
         LIMIT 1)
    ) near
    UNION
    SELECT s.group_id, s.as_of
    FROM given a
    JOIN stockgroups.snapshots s ON s.sha256 = a.sha256 AND s.group_id = a.group_id
    UNION
    SELECT s.group_id, s.as_of
    FROM given a
    JOIN stockgroups.snapshots s
      ON s.group_id = a.group_id AND s.is_proxy AND s.as_of > a.as_of AND a.kind <> 'proxy'
    WHERE NOT EXISTS (
        SELECT FROM stockgroups.current_snapshots(s.group_id, 'infinity') c
        WHERE NOT c.is_proxy AND c.as_of <= s.as_of)
    UNION
    SELECT s.group_id, s.as_of
    FROM groups g
    JOIN stockgroups.group_registry r ON r.id = g.id
    JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
    UNION
    SELECT g.id, last.as_of
    FROM groups g
    CROSS JOIN LATERAL (
        SELECT s.as_of FROM stockgroups.snapshots s
        WHERE s.group_id = g.id ORDER BY s.id DESC LIMIT 1
    ) last
)
SELECT s.group_id, s.id, s.as_of, s.is_proxy, encode(s.sha256, 'hex'), s.reader, s.digest::text,
       s.member_count, s.recorded_at, s.source, s.is_retraction, s.published_on
FROM dates d
CROSS JOIN (VALUES (false), (true)) AS p (is_proxy)
-- OFFSET 0: each date is looked up.
CROSS JOIN LATERAL (
    SELECT * FROM stockgroups.snapshots s
    WHERE s.group_id = d.group_id AND s.is_proxy = p.is_proxy AND s.as_of = d.as_of
    OFFSET 0
) s
ORDER BY s.group_id, s.id

-- name: list_recorded_groups
-- All groups of the environment that have snapshots, intervals or runs.
SELECT r.id
FROM stockgroups.group_registry r
WHERE r.environment = %(environment)s
  AND (EXISTS (SELECT FROM stockgroups.snapshots s WHERE s.group_id = r.id)
       OR EXISTS (SELECT FROM stockgroups.membership_history h WHERE h.group_id = r.id)
       OR EXISTS (SELECT FROM stockgroups.ref_runs u WHERE u.group_id = r.id))
ORDER BY r.id

-- name: read_ref_ids
-- The ref ids of some snapshots.
SELECT snapshot_id, ref_ids
FROM stockgroups.members_in(
    %(registry_ids)b::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], '{ref_ids}'
)

-- name: read_history
-- All intervals of some groups: the securities of each range of days.
SELECT group_id, valid_from, valid_to, array_agg(security_id)
FROM stockgroups.membership_history
WHERE group_id = ANY (%(registry_ids)b::int[])
GROUP BY group_id, valid_from, valid_to

-- name: hash_snapshots
-- How many refs some snapshots have, and a hash of them.
SELECT snapshot_id, members, hash
FROM stockgroups.hashes_in(%(registry_ids)b::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[])

-- name: hash_securities
SELECT u.id, hashint4extended(u.id, 0) FROM unnest(%(securities)b::int[]) AS u (id)

-- name: hash_runs
-- How many refs the runs of some groups have, and their hash as in `hashes_in`; the hash of their
-- securities, and the refs whose security is not given (0); whether a run of one of the refs ends where
-- another one begins.
SELECT u.group_id, u.kind,
       u.valid_to < 'infinity' AND EXISTS (
           SELECT FROM stockgroups.ref_runs n
           WHERE n.group_id = u.group_id AND n.kind = u.kind AND n.valid_from = u.valid_to
             AND EXISTS (SELECT unnest(u.ref_ids) INTERSECT SELECT unnest(n.ref_ids))
       ),
       u.valid_from, u.valid_to, cardinality(u.ref_ids), p.*
FROM stockgroups.ref_runs u
CROSS JOIN LATERAL (
    SELECT coalesce(bit_xor(hashint4extended(p.ref_id, 0)), 0),
           coalesce(
               bit_xor(hashint4extended(p.security_id, 0)) FILTER (WHERE p.security_id <> 0), 0
           ),
           array_agg(p.ref_id) FILTER (WHERE p.security_id = 0)
    FROM (
        SELECT m.ref_id, coalesce((%(securities)b::int[])[m.ref_id], 0) AS security_id
        -- Not unnested in FROM, where the server would store all elements first.
        FROM (SELECT unnest(u.ref_ids) AS ref_id) m
        OFFSET 0
    ) p
) p
WHERE u.group_id = ANY (%(registry_ids)b::int[])

-- name: hash_intervals
-- How many securities have an interval of the same dates in some groups, and their hash; whether
-- another interval of one of them begins where these end.
SELECT h.group_id,
       bool_or(h.valid_to < 'infinity' AND EXISTS (
           SELECT FROM stockgroups.membership_history n
           WHERE n.group_id = h.group_id AND n.security_id = h.security_id
             AND n.valid_from = h.valid_to
       )),
       h.valid_from, h.valid_to, count(*), bit_xor(hashint4extended(h.security_id, 0))
FROM stockgroups.membership_history h
WHERE h.group_id = ANY (%(registry_ids)b::int[])
GROUP BY h.group_id, h.valid_from, h.valid_to

-- name: read_intervals
-- The intervals of pairs of group and security that touch some dates; earlier stays do not matter.
SELECT h.group_id, h.security_id, h.valid_from, h.valid_to
FROM unnest(%(group_ids)b::int[], %(security_ids)b::int[], %(starts)s::date[], %(ends)s::date[])
    AS w (group_id, security_id, start, "end")
JOIN stockgroups.membership_history h USING (group_id, security_id)
WHERE h.valid_from <= w."end" AND h.valid_to >= w.start

-- name: read_intervals_of
-- The intervals of some securities in some groups, for every combination.
SELECT h.group_id, h.security_id, h.valid_from, h.valid_to
FROM stockgroups.membership_history h
WHERE h.group_id = ANY (%(group_ids)b::int[]) AND h.security_id = ANY (%(security_ids)b::int[])

-- name: remove_intervals
DELETE FROM stockgroups.membership_history h
USING unnest(%(group_ids)b::int[], %(security_ids)b::int[], %(starts)s::date[])
    AS u (group_id, security_id, valid_from)
WHERE h.group_id = u.group_id AND h.security_id = u.security_id AND h.valid_from = u.valid_from

-- name: end_intervals
-- Change the ends of stored intervals.
UPDATE stockgroups.membership_history h
SET valid_to = u.valid_to
FROM unnest(
    %(group_ids)b::int[], %(security_ids)b::int[], %(starts)s::date[], %(ends)s::date[]
) AS u (group_id, security_id, valid_from, valid_to)
WHERE h.group_id = u.group_id AND h.security_id = u.security_id AND h.valid_from = u.valid_from

-- name: copy_intervals
COPY stockgroups.membership_history (group_id, security_id, valid_from, valid_to) FROM STDIN

-- name: read_runs
SELECT group_id, kind, valid_from, valid_to, ref_ids
FROM stockgroups.ref_runs
WHERE group_id = ANY (%(registry_ids)b::int[])

-- name: read_runs_near
-- The runs of some series that overlap or touch ranges of dates.
SELECT u.group_id, u.kind, u.valid_from, u.valid_to, u.ref_ids
FROM unnest(%(registry_ids)s::int[], %(kinds)s::text[], %(starts)s::date[], %(ends)s::date[])
    AS w (group_id, kind, valid_from, valid_to)
JOIN stockgroups.ref_runs u ON u.group_id = w.group_id AND u.kind = w.kind
 AND u.valid_from <= w.valid_to AND u.valid_to >= w.valid_from

-- name: read_runs_of
-- The runs of some refs in some groups.
SELECT u.group_id, u.kind, u.valid_from, u.valid_to, array_agg(m.ref_id)
FROM stockgroups.ref_runs u
CROSS JOIN LATERAL unnest(u.ref_ids) AS m (ref_id)
WHERE u.group_id = ANY (%(registry_ids)b::int[]) AND m.ref_id = ANY (%(ref_ids)b::int[])
GROUP BY u.group_id, u.kind, u.valid_from, u.valid_to

-- name: find_runs
-- The runs of some refs in all groups that are reports (see `CONCLUDED`). Each ref is looked up. If more
-- than one ref in sixty is requested, reading all runs is faster. In both cases the number of
-- requested refs bounds the work.
WITH amount AS (
    SELECT cardinality(%(ref_ids)b::int[])
           > (SELECT max(f.id) FROM stockgroups.refs f) / 60 AS are_many
),
found AS (
    SELECT u.group_id, u.kind, u.valid_from, u.valid_to, w.ref_id
    FROM unnest(%(ref_ids)b::int[]) AS w (ref_id)
    JOIN stockgroups.ref_runs u ON u.ref_ids @> ARRAY[w.ref_id]
    WHERE NOT (SELECT a.are_many FROM amount a)
    UNION ALL
    SELECT u.group_id, u.kind, u.valid_from, u.valid_to, m.ref_id
    FROM stockgroups.ref_runs u
    CROSS JOIN LATERAL unnest(u.ref_ids) AS m (ref_id)
    WHERE (SELECT a.are_many FROM amount a) AND m.ref_id = ANY (%(ref_ids)b::int[])
),
runs AS MATERIALIZED (
    SELECT f.group_id, f.kind, f.valid_from, f.valid_to, array_agg(f.ref_id) AS ref_ids
    FROM found f
    GROUP BY f.group_id, f.kind, f.valid_from, f.valid_to
)
SELECT u.group_id, u.kind, u.valid_from, u.valid_to, u.ref_ids
FROM runs u
-- Each group is looked up once, not for each of its runs: a fund has more with each change.
-- IS TRUE, OFFSET 0: a join compared each ref that was found with every group.
WHERE (u.group_id IN (
    SELECT d.group_id
    FROM (SELECT DISTINCT o.group_id FROM runs o) d
    WHERE EXISTS (
        SELECT FROM stockgroups.group_registry r
        WHERE r.id = d.group_id AND r.environment = %(environment)s
          AND r.type <> ALL (%(concluded)s::text[])
        OFFSET 0
    )
)) IS TRUE

-- name: read_dates
-- The dates of the current snapshots in the series of some groups.
SELECT w.group_id, s.kind, array_agg(s.as_of ORDER BY s.as_of)
FROM unnest(%(registry_ids)b::int[]) AS w (group_id)
CROSS JOIN LATERAL stockgroups.current_snapshots(w.group_id, 'infinity') s
GROUP BY w.group_id, s.kind

-- name: remove_runs
DELETE FROM stockgroups.ref_runs u
USING unnest(%(registry_ids)b::int[], %(kinds)s::text[], %(starts)s::date[], %(ends)s::date[])
    AS w (group_id, kind, valid_from, valid_to)
WHERE (u.group_id, u.kind, u.valid_from, u.valid_to)
    = (w.group_id, w.kind, w.valid_from, w.valid_to)

-- name: add_runs
INSERT INTO stockgroups.ref_runs (group_id, kind, valid_from, valid_to, ref_ids)
VALUES (%(registry_id)s, %(kind)s, %(valid_from)s, %(valid_to)s, %(ref_ids)b::int[])

-- name: find_moved_groups
-- The groups that have an interval of some securities, or of the owners of the symbols of some
-- refs.
SELECT DISTINCT h.group_id
FROM stockgroups.membership_history h
WHERE h.security_id = ANY (%(security_ids)s::int[])
   OR h.security_id IN (
       SELECT y.security_id
       FROM stockgroups.refs r
       JOIN stockgroups.security_symbols y
         ON y.symbol = r.symbol AND y.environment = r.environment
       WHERE r.id = ANY (%(ref_ids)s::int[])
   )

-- name: list_rebuildable
-- Groups with a record: whether they exist, and how many snapshots and members are recorded.
SELECT r.id, r.type, r.name, g.id IS NOT NULL, count(s.id), sum(s.member_count)::bigint
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s
GROUP BY r.id, r.type, r.name, g.id
ORDER BY r.id

-- name: name_places
-- The names of groups and securities, for reports of differences.
SELECT r.type, r.name, c.symbol
FROM unnest(%(group_ids)s::int[], %(security_ids)s::int[]) WITH ORDINALITY
    AS w (group_id, security_id, place)
LEFT JOIN stockgroups.group_registry r ON r.id = w.group_id
LEFT JOIN stockgroups.securities c ON c.id = w.security_id
ORDER BY w.place
