-- Answers about past days, from the snapshots. A moment is a day and a time of knowledge: snapshots
-- recorded after that time are ignored.

-- name: find_past_group
-- A group (also a deleted one) by type and name, with its effective snapshot at a moment. If there
-- is none, with the first date and time of its record.
SELECT r.id, g.description, g.metadata, first.as_of, first.recorded_at,
       s.id, s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
LEFT JOIN LATERAL stockgroups.effective_snapshot(
    r.id, %(on)s, %(known_at)s, %(published_by)s::date, %(of_kind)s::text) e ON true
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = e.id
LEFT JOIN LATERAL (
    SELECT min(as_of) AS as_of, min(recorded_at) AS recorded_at
    FROM stockgroups.snapshots
    WHERE group_id = r.id AND e.id IS NULL
) first ON true
WHERE r.environment = %(environment)s AND r.type = %(type)s AND r.name = %(name)s

-- name: read_past_group
-- The contents of a snapshot of a group, with or without details.
SELECT array_agg(o.security_id), array_agg(o.symbol::text), array_agg(o.reported_symbol::text),
       array_agg(o.weight),
       array_agg(o.name) FILTER (WHERE %(details)s),
       array_agg(o.shares) FILTER (WHERE %(details)s),
       array_agg(o.country) FILTER (WHERE %(details)s),
       array_agg(o.currency) FILTER (WHERE %(details)s),
       array_agg(o.cusip) FILTER (WHERE %(details)s),
       array_agg(o.isin) FILTER (WHERE %(details)s),
       array_agg(o.sedol) FILTER (WHERE %(details)s),
       array_agg(o.figi) FILTER (WHERE %(details)s)
FROM stockgroups.positions_of(%(registry_id)s, %(snapshot_id)s, %(as_of)s) o

-- name: find_effective
-- The effective snapshot of each of some groups at a moment.
SELECT r.id, r.type, r.name, coalesce(g.metadata ->> 'name', g.description), s.id, s.as_of,
       s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on, s.member_count
FROM stockgroups.group_registry r
LEFT JOIN public.definition_groups g USING (environment, type, name)
CROSS JOIN LATERAL stockgroups.effective_snapshot(
    r.id, %(on)s, %(known_at)s, %(published_by)s::date, %(of_kind)s::text) e
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = e.id
WHERE r.id = ANY (%(registry_ids)s::int[])
ORDER BY r.type, r.name COLLATE "C"

-- name: count_left_out
-- Reports newer than those used, which the public could not know by a day: how many, of how many
-- groups, how many of them have no day of publication, the newest as-of date, and the first day on
-- which one was public. Only reports since the used one are looked up, separately for reports and
-- proxies, so that an index finds them.
SELECT count(*), count(DISTINCT s.group_id), count(*) FILTER (WHERE s.published_on IS NULL),
       max(s.as_of), min(s.public_on)
FROM unnest(%(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[])
    AS w (registry_id, snapshot_id, as_of)
CROSS JOIN (VALUES (false), (true)) AS k (is_proxy)
CROSS JOIN LATERAL (
    SELECT s.group_id, s.as_of, s.published_on,
           stockgroups.public_on(s.group_id, s.id) AS public_on
    FROM stockgroups.snapshots s
    WHERE s.group_id = w.registry_id AND s.is_proxy = k.is_proxy
      AND s.as_of >= w.as_of AND s.as_of <= %(on)s AND s.id IS DISTINCT FROM w.snapshot_id
      AND EXISTS (
          SELECT FROM stockgroups.current_snapshots(
              w.registry_id, %(known_at)s, NULL, %(of_kind)s::text) c
          WHERE c.id = s.id OFFSET 0
      )
    OFFSET 0
) s
WHERE s.public_on > %(published_by)s::date

-- name: list_registry
-- The groups that were ever recorded; of one type, if given.
SELECT id
FROM stockgroups.group_registry
WHERE environment = %(environment)s AND (%(type)s::text IS NULL OR type = %(type)s)

-- name: find_first
-- The first date in the record of an environment, and the first time of recording.
SELECT min(s.as_of), min(s.recorded_at)
FROM stockgroups.snapshots s
JOIN stockgroups.group_registry r ON r.id = s.group_id
WHERE r.environment = %(environment)s AND NOT s.is_retraction

-- name: read_positions
SELECT reported_symbol::text, security_id, symbol::text, weight, shares
FROM stockgroups.positions_of(%(registry_id)s, %(snapshot_id)s, %(as_of)s)

-- name: find_named
-- Securities that ever had one of the symbols, with the days on which they had it.
SELECT y.symbol::text, y.valid_from, y.valid_to, y.security_id
FROM stockgroups.security_symbols y
WHERE y.environment = %(environment)s AND y.symbol = ANY (%(symbols)s)
ORDER BY y.symbol, y.valid_from

-- name: find_name
-- The name of a stock, given its symbol of today: from the newest snapshot that has a name for it,
-- among the groups that held it last. Snapshots are read one after another until one has a name. If none
-- has, as in a history of tickers, it is the name of the ref that was recorded last.
(SELECT n.name
FROM (
    SELECT c.id AS security_id, s.group_id, s.id, s.as_of
    FROM stockgroups.securities c
    CROSS JOIN LATERAL (
        SELECT m.group_id, m.valid_from, m.valid_to
        FROM stockgroups.membership_history m
        WHERE m.security_id = c.id
        ORDER BY m.valid_to DESC, m.group_id
        LIMIT 50
    ) h
    CROSS JOIN LATERAL (
        -- Separately for proxies and reports, so an index finds the newest of each without reading
        -- the whole interval.
        SELECT n.group_id, n.id, n.as_of
        FROM (VALUES (false), (true)) AS k (is_proxy)
        CROSS JOIN LATERAL (
            SELECT s.group_id, s.id, s.as_of
            FROM stockgroups.snapshots s
            WHERE s.group_id = h.group_id AND s.is_proxy = k.is_proxy
              AND s.as_of >= h.valid_from AND s.as_of < h.valid_to AND NOT s.is_retraction
            ORDER BY s.as_of DESC, s.id DESC
            LIMIT 1
        ) n
        ORDER BY n.as_of DESC, n.id DESC
        LIMIT 1
    ) s
    WHERE c.symbol = %(symbol)s AND c.environment = %(environment)s
    ORDER BY s.as_of DESC, s.group_id
) newest
CROSS JOIN LATERAL (
    SELECT r.name
    FROM stockgroups.ref_securities x
    JOIN stockgroups.refs r ON r.id = x.ref_id
    WHERE x.security_id = newest.security_id AND r.name IS NOT NULL
      AND x.valid_from <= newest.as_of AND newest.as_of < x.valid_to
      AND x.ref_id = ANY (CAST((
          SELECT s.ref_ids FROM stockgroups.full_snapshots s
          WHERE s.group_id = newest.group_id AND s.id = newest.id
      ) AS int[]))
    ORDER BY r.id DESC
    LIMIT 1
) n
ORDER BY newest.as_of DESC, newest.group_id
LIMIT 1)
UNION ALL
(SELECT r.name
FROM stockgroups.ref_securities x
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE x.security_id = ANY (ARRAY(
          SELECT id FROM stockgroups.securities
          WHERE symbol = %(symbol)s AND environment = %(environment)s
      ))
  AND r.name IS NOT NULL
  AND stockgroups.is_evidence(x.ref_id, x.valid_from, x.valid_to)
ORDER BY r.id DESC
LIMIT 1)
LIMIT 1

-- name: read_security
-- A security with all its symbols, oldest first, and the name from its metadata entry.
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
GROUP BY c.id, c.symbol, c.environment

-- name: find_groups_of
-- The groups that held a security on a day, as known now.
SELECT h.group_id
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
  AND h.valid_from <= %(on)s AND %(on)s < h.valid_to

-- name: list_refs_of
-- The refs that were ever this security, with the dates.
SELECT ref_id, valid_from, valid_to
FROM stockgroups.ref_securities
WHERE security_id = %(security_id)s

-- name: read_holders
-- A security's position in some snapshots: reported symbol (NULL if no ticker was reported), weight,
-- shares. The ref is looked up only for rows of this security: with a join, a server that considers
-- indexes cheap looks it up for every member. OFFSET 0: else the server may read the snapshots once for
-- each ref, and does so where they are partitioned.
SELECT s.group_id, s.snapshot_id,
       (SELECT nullif(r.symbol::text, r.isin::text) FROM stockgroups.refs r WHERE r.id = m.ref_id),
       m.weight, m.shares
FROM (
    SELECT * FROM stockgroups.positions_in(
        %(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], %(ref_ids)s::int[]
    )
    OFFSET 0
) s
CROSS JOIN LATERAL unnest(s.ref_ids, s.weights, s.shares) AS m (ref_id, weight, shares)
JOIN unnest(%(ref_ids)s::int[], %(starts)s::date[], %(ends)s::date[]) AS p (ref_id, start, stop)
  ON p.ref_id = m.ref_id AND p.start <= s.as_of AND s.as_of < p.stop

-- name: count_securities
-- The number of distinct stocks in some snapshots: in ETFs, and in all groups. What several snapshots of
-- one date report alike is looked up once (OFFSET 0 keeps the join after that): this leaves a fourth of
-- the 225,000 members of 900 funds.
SELECT count(DISTINCT r.security_id) FILTER (WHERE h.in_etf), count(DISTINCT r.security_id)
FROM (
    SELECT w.in_etf, p.as_of, 64 * p.page + b.bit AS ref_id
    FROM (
        SELECT g.in_etf, array_agg(g.registry_id) AS groups, array_agg(g.snapshot_id) AS numbers,
               array_agg(g.as_of) AS dates
        FROM unnest(
            %(registry_ids)s::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], %(in_etf)s::bool[]
        ) AS g (registry_id, snapshot_id, as_of, in_etf)
        GROUP BY g.in_etf
    ) w
    CROSS JOIN LATERAL stockgroups.refs_in(w.groups, w.numbers, w.dates) p
    JOIN generate_series(0, 63) AS b (bit) ON p.bits & (1::bigint << b.bit) <> 0
    OFFSET 0
) h
JOIN stockgroups.ref_securities r
  ON r.ref_id = h.ref_id AND r.valid_from <= h.as_of AND h.as_of < r.valid_to

-- name: was_held
-- A row if a group ever held a security.
SELECT true FROM stockgroups.membership_history WHERE security_id = %(security_id)s LIMIT 1

-- name: read_timeline
-- All intervals of a security in groups, oldest first.
SELECT r.type, r.name, h.valid_from, h.valid_to
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
ORDER BY r.type, r.name COLLATE "C", h.valid_from

-- name: find_any_group
-- Groups of any type with one of these names.
SELECT r.id, r.type, r.name, coalesce(g.metadata ->> 'name', g.description)
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
-- The origins of snapshots of a group, and the loads that recorded them.
SELECT s.id, s.file_name, encode(s.sha256, 'hex'), s.reader, s.issuer, s.net_assets, s.receipt,
       s.load_id, l.kind, l.actor, l.started_at
FROM stockgroups.snapshots s
LEFT JOIN stockgroups.loads l ON l.id = s.load_id
WHERE s.group_id = %(registry_id)s AND s.id = ANY (%(snapshot_ids)s::bigint[])

-- name: list_groups_ever
-- The groups that ever held a security.
SELECT DISTINCT r.id, r.type, r.name, coalesce(g.metadata ->> 'name', g.description)
FROM stockgroups.membership_history h
JOIN stockgroups.group_registry r ON r.id = h.group_id
LEFT JOIN public.definition_groups g USING (environment, type, name)
WHERE h.security_id = %(security_id)s AND r.environment = %(environment)s
ORDER BY r.type, r.name
