-- Answers about days that have passed, from the snapshots themselves. A moment is a day, and what
-- was known at a time: snapshots recorded later are as if they were not there.

-- name: find_past_group
-- A group by type and name, a deleted one too: what counts of it at a moment (see find_counting),
-- its members (see read_positions), and the first date and time of its record.
SELECT r.id, g.description, g.metadata, first.as_of, first.recorded_at,
       s.id, s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.member_count,
       m.symbols, m.securities, m.current_symbols, m.weights
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
LEFT JOIN LATERAL (
    SELECT min(as_of) AS as_of, min(recorded_at) AS recorded_at
    FROM stockgroups.snapshots
    WHERE group_id = r.id
) first ON true
LEFT JOIN LATERAL (
    SELECT c.*
    FROM stockgroups.snapshots c
    WHERE c.group_id = r.id AND c.as_of <= %(on)s AND c.recorded_at <= %(known_at)s
      AND c.ref_ids IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM stockgroups.snapshots n
          WHERE n.group_id = c.group_id AND n.is_proxy = c.is_proxy AND n.as_of = c.as_of
            AND n.id > c.id AND n.recorded_at <= %(known_at)s
      )
    ORDER BY c.is_proxy, c.as_of DESC, c.id DESC
    LIMIT 1
) s ON true
LEFT JOIN LATERAL (
    SELECT array_agg(f.symbol::text) AS symbols,
           array_agg(c.id) AS securities,
           array_agg(c.symbol::text) AS current_symbols,
           array_agg(u.weight) AS weights
    FROM unnest(
        s.ref_ids, coalesce(s.weights, array_fill(NULL::float8, ARRAY[coalesce(s.member_count, 0)]))
    ) AS u (ref_id, weight)
    JOIN stockgroups.refs f ON f.id = u.ref_id
    LEFT JOIN stockgroups.security_refs x
           ON x.ref_id = u.ref_id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to
    LEFT JOIN stockgroups.security_symbols y
           ON y.symbol = f.symbol AND y.environment = f.environment
          AND y.valid_from <= s.as_of AND s.as_of < y.valid_to
          AND NOT EXISTS (SELECT FROM stockgroups.security_refs z WHERE z.ref_id = u.ref_id)
    LEFT JOIN stockgroups.securities c ON c.id = coalesce(x.security_id, y.security_id)
) m ON true
WHERE r.environment = %(environment)s AND r.type = %(type)s AND r.name = %(name)s

-- name: find_counting
-- The snapshot that counts at a moment, of each of some groups: not taken back, of one date the one
-- recorded last, an issuer's file before any stand-in, then the newest date.
SELECT r.id, r.type, r.name, g.description, s.id, s.as_of, s.source, s.is_proxy, s.file_name,
       s.recorded_at, s.member_count
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
CROSS JOIN LATERAL (
    SELECT c.*
    FROM stockgroups.snapshots c
    WHERE c.group_id = r.id AND c.as_of <= %(on)s AND c.recorded_at <= %(known_at)s
      AND c.ref_ids IS NOT NULL
      AND NOT EXISTS (
          SELECT FROM stockgroups.snapshots n
          WHERE n.group_id = c.group_id AND n.is_proxy = c.is_proxy AND n.as_of = c.as_of
            AND n.id > c.id AND n.recorded_at <= %(known_at)s
      )
    ORDER BY c.is_proxy, c.as_of DESC, c.id DESC
    LIMIT 1
) s
WHERE r.id = ANY (%(registry_ids)s::int[])
ORDER BY r.type, r.name COLLATE "C"

-- name: list_registry
SELECT id FROM stockgroups.group_registry WHERE environment = %(environment)s

-- name: read_positions
-- What a snapshot's members are: symbol as printed, security, weight, shares. The view of meanings
-- is written out: through it, all prints of the environment would be looked at.
SELECT r.symbol::text, c.id, c.symbol::text, m.weight, m.shares
FROM stockgroups.snapshots s
CROSS JOIN LATERAL unnest(
    s.ref_ids,
    coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count])),
    coalesce(s.shares, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight, shares)
JOIN stockgroups.refs r ON r.id = m.ref_id
LEFT JOIN stockgroups.security_refs x
       ON x.ref_id = m.ref_id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to
LEFT JOIN stockgroups.security_symbols y
       ON y.symbol = r.symbol AND y.environment = r.environment
      AND y.valid_from <= s.as_of AND s.as_of < y.valid_to
      AND NOT EXISTS (SELECT FROM stockgroups.security_refs z WHERE z.ref_id = m.ref_id)
LEFT JOIN stockgroups.securities c ON c.id = coalesce(x.security_id, y.security_id)
WHERE s.group_id = %(registry_id)s AND s.id = %(snapshot_id)s

-- name: find_named
-- Securities that have ever had one of the symbols, with the days on which they had it.
SELECT y.symbol::text, y.valid_from, y.valid_to, y.security_id
FROM stockgroups.security_symbols y
WHERE y.environment = %(environment)s AND y.symbol = ANY (%(symbols)s)
ORDER BY y.symbol, y.valid_from

-- name: read_security
-- A security with all its symbols, the oldest first, and the name that its metadata entry has.
SELECT c.symbol::text,
       (
           SELECT coalesce(e.value ->> 'name', e.name)
           FROM public.cache_entries e
           WHERE e.type = 'stock_metadata' AND e.key = c.symbol AND e.environment = c.environment
           ORDER BY e.updated_at DESC, e.id DESC
           LIMIT 1
       ),
       array_agg(y.symbol::text ORDER BY y.valid_from),
       array_agg(y.valid_from ORDER BY y.valid_from), array_agg(y.valid_to ORDER BY y.valid_from)
FROM stockgroups.securities c
LEFT JOIN stockgroups.security_symbols y ON y.security_id = c.id
WHERE c.id = %(security_id)s
GROUP BY c.id

-- name: find_groups_of
-- The groups that a security was in on a day, as it is known now.
SELECT h.group_id
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
  AND h.valid_from <= %(on)s AND %(on)s < h.valid_to

-- name: list_prints_of
-- The prints that have ever meant a security, with the days on which they do.
SELECT ref_id, valid_from, valid_to
FROM stockgroups.ref_meanings
WHERE security_id = %(security_id)s

-- name: read_holders
-- A security's place in some snapshots: what was printed of it, weight, shares.
SELECT s.group_id, s.id, r.symbol::text, m.weight, m.shares
FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[]) AS w (registry_id, snapshot_id)
JOIN stockgroups.snapshots s ON s.group_id = w.registry_id AND s.id = w.snapshot_id
CROSS JOIN LATERAL unnest(
    s.ref_ids,
    coalesce(s.weights, array_fill(NULL::float8, ARRAY[s.member_count])),
    coalesce(s.shares, array_fill(NULL::float8, ARRAY[s.member_count]))
) AS m (ref_id, weight, shares)
JOIN unnest(%(ref_ids)s::int[], %(starts)s::date[], %(ends)s::date[]) AS p (ref_id, start, stop)
  ON p.ref_id = m.ref_id AND p.start <= s.as_of AND s.as_of < p.stop
JOIN stockgroups.refs r ON r.id = m.ref_id
WHERE s.ref_ids && %(ref_ids)s::int[]

-- name: count_securities
-- How many stocks some snapshots hold together: of the ETFs, and of all.
SELECT count(DISTINCT x.security_id) FILTER (WHERE w.in_etf), count(DISTINCT x.security_id)
FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(in_etf)s::bool[])
    AS w (registry_id, snapshot_id, in_etf)
JOIN stockgroups.snapshots s ON s.group_id = w.registry_id AND s.id = w.snapshot_id
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
JOIN stockgroups.ref_meanings x
  ON x.ref_id = m.ref_id AND x.valid_from <= s.as_of AND s.as_of < x.valid_to

-- name: read_timeline
-- Every stay of a security in a group, the oldest first.
SELECT r.type, r.name, h.valid_from, h.valid_to
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
ORDER BY r.type, r.name COLLATE "C", h.valid_from

-- name: find_any_group
-- Groups of any type whose name is one of these.
SELECT r.id, r.type, r.name, g.description
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE r.environment = %(environment)s AND r.name = ANY (%(names)s::text[])
  AND (%(type)s::text IS NULL OR r.type = %(type)s)
  AND EXISTS (SELECT FROM stockgroups.snapshots s WHERE s.group_id = r.id)
ORDER BY r.type

-- name: list_registry_of_type
SELECT id FROM stockgroups.group_registry
WHERE environment = %(environment)s AND type = %(type)s

-- name: read_provenance
-- Where snapshots of a group come from, and which load recorded them.
SELECT s.id, s.file_name, encode(s.sha256, 'hex'), s.reader, s.issuer, s.net_assets, s.receipt,
       s.load_id, l.kind, l.actor, l.started_at
FROM stockgroups.snapshots s
LEFT JOIN stockgroups.loads l ON l.id = s.load_id
WHERE s.group_id = %(registry_id)s AND s.id = ANY (%(snapshot_ids)s::bigint[])

-- name: list_groups_ever
-- The groups that a security has ever been in.
SELECT DISTINCT r.id, r.type, r.name, g.description
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
ORDER BY r.type, r.name
