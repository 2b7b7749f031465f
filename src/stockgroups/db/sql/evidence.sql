-- Votes of sources on the sectors of stocks: the newest label of each source, by today's symbols.

-- name: find_stocks
-- The stocks that have some symbols today.
SELECT id, symbol::text
FROM stockgroups.securities
WHERE environment = %(environment)s AND symbol = ANY (%(symbols)s)

-- name: find_held_stocks
-- The stocks that any ETF holds.
SELECT y.id, y.symbol::text
FROM stockgroups.securities y
JOIN (
    SELECT DISTINCT m.symbol
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE g.environment = %(environment)s AND g.type = 'ETF'
) held ON held.symbol = y.symbol
WHERE y.environment = %(environment)s

-- name: find_holders
-- The groups that ever reported one of some refs.
SELECT DISTINCT u.group_id
FROM unnest(%(ref_ids)b::int[]) AS w (ref_id)
JOIN stockgroups.ref_runs u ON u.ref_ids @> ARRAY[w.ref_id]

-- name: find_reports
-- What each group's source reports now: labels, in its newest report that has any, or the holding of
-- a stock itself. Of some groups, or of all (NULL).
WITH groups AS MATERIALIZED (
    SELECT g.id, g.type, g.name, f.label
    FROM stockgroups.group_registry g
    LEFT JOIN unnest(%(funds)s::text[], %(fund_labels)s::text[]) AS f (name, label)
           ON g.type = 'ETF' AND f.name = g.name
    WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'UNIVERSE')
      AND (%(group_ids)s::int[] IS NULL OR g.id = ANY (%(group_ids)s))
)
SELECT s.as_of, g.name::text, CASE g.type WHEN 'UNIVERSE' THEN 'list' ELSE 'issuer' END,
       s.source, g.id, s.id, NULL
FROM groups g
CROSS JOIN LATERAL (
    SELECT s.id, s.as_of, coalesce(s.issuer, split_part(s.source, ' ', 1)) AS source
    FROM stockgroups.snapshots s
    WHERE s.group_id = g.id AND s.sector_labels IS NOT NULL AND s.as_of <= %(on)s
      AND (g.type = 'UNIVERSE' OR NOT s.is_proxy)
      AND EXISTS (
          SELECT FROM stockgroups.current_snapshots(g.id, 'infinity') c
          WHERE c.id = s.id OFFSET 0
      )
    ORDER BY s.as_of DESC, s.is_proxy, s.id DESC
    LIMIT 1
) s
UNION ALL
SELECT e.as_of, g.name::text, 'membership', 'Select Sector', g.id, e.id, g.label
FROM groups g
CROSS JOIN LATERAL stockgroups.effective_snapshot(g.id, %(on)s, 'infinity') e
WHERE g.label IS NOT NULL AND NOT e.is_proxy

-- name: read_runs_to
-- Which refs some groups held from when to when, up to a date of each: the ended runs, or all.
-- Proxies count in lists.
SELECT (w.place - 1)::int, u.valid_from, u.valid_to, u.ref_ids
FROM unnest(%(group_ids)b::int[], %(dates)s::date[], %(are_lists)s::bool[])
     WITH ORDINALITY AS w (group_id, as_of, is_list, place)
JOIN stockgroups.ref_runs u
  ON u.group_id = w.group_id AND u.valid_from <= w.as_of AND (w.is_list OR u.kind <> 'proxy')
WHERE u.valid_to <= w.as_of OR NOT %(ended)s
ORDER BY w.place

-- name: find_last_reports
-- The newest reports of some groups before a date: with labels, or any.
SELECT (w.place - 1)::int, s.id, s.as_of, s.source
FROM unnest(%(group_ids)b::int[], %(ends)s::date[], %(are_lists)s::bool[], %(are_labelled)s::bool[])
     WITH ORDINALITY AS w (group_id, until, is_list, is_labelled, place)
CROSS JOIN LATERAL (
    -- Separately for reports and proxies, so an index finds the newest of each without reading all.
    SELECT n.id, n.as_of, n.source
    FROM (VALUES (false), (true)) AS k (is_proxy)
    CROSS JOIN LATERAL (
        SELECT s.id, s.as_of, coalesce(s.issuer, split_part(s.source, ' ', 1)) AS source
        FROM stockgroups.snapshots s
        WHERE s.group_id = w.group_id AND s.is_proxy = k.is_proxy AND s.as_of < w.until
          AND (NOT w.is_labelled OR s.sector_labels IS NOT NULL)
          AND EXISTS (
              SELECT FROM stockgroups.current_snapshots(w.group_id, 'infinity') c
              WHERE c.id = s.id OFFSET 0
          )
        ORDER BY s.as_of DESC, s.id DESC
        LIMIT 1
    ) n
    WHERE w.is_list OR NOT k.is_proxy
    ORDER BY n.as_of DESC, k.is_proxy, n.id DESC
    LIMIT 1
) s

-- name: read_codes
-- The refs of some snapshots, in their order, with the codes of their labels. The arrays are read only when the rows
-- are sent, so the sort does not read them.
SELECT snapshot_id, m.ref_ids, m.sector_codes, m.industry_codes
FROM unnest(%(snapshot_ids)s::bigint[]) WITH ORDINALITY AS w (snapshot_id, place)
JOIN stockgroups.members_in(
    %(group_ids)b::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[],
    '{ref_ids, sector_codes, industry_codes}'
) m USING (snapshot_id)
ORDER BY w.place

-- name: read_texts
-- The labels of some snapshots: of sectors, and of industries.
SELECT s.id, s.sector_labels, m.industry_labels
FROM stockgroups.members_in(
    %(group_ids)b::int[], %(snapshot_ids)s::bigint[], %(dates)s::date[], '{industry_labels}'
) m
JOIN stockgroups.snapshots s ON s.group_id = m.group_id AND s.id = m.snapshot_id

-- name: read_screener
-- The screener's newest labels: each pair with its date and its securities, the newest last. A symbol
-- that is not in the lists of the newest date is looked up in earlier ones.
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (l.symbol) l.symbol, d.as_of, l.sector, l.industry
    FROM (
        SELECT id, as_of
        FROM stockgroups.directories
        WHERE source = 'nasdaq_screener' AND as_of = (
            SELECT max(as_of) FROM stockgroups.directories
            WHERE source = 'nasdaq_screener' AND as_of <= %(on)s
        )
        OFFSET 0
    ) d
    CROSS JOIN LATERAL (
        SELECT x.symbol, x.sector, x.industry
        FROM stockgroups.listings x
        WHERE x.directory_id = d.id AND x.sector IS NOT NULL
        OFFSET 0
    ) l
    ORDER BY l.symbol, d.id DESC
),
screened AS (
    SELECT * FROM newest
    UNION ALL
    SELECT s.symbol, l.as_of, l.sector, l.industry
    FROM (
        SELECT DISTINCT y.symbol
        FROM stockgroups.security_symbols y
        WHERE y.environment = %(environment)s
          AND y.symbol NOT IN (SELECT n.symbol FROM newest n)
          AND EXISTS (
              SELECT FROM stockgroups.listings z WHERE z.symbol = y.symbol AND z.sector IS NOT NULL
              OFFSET 0
          )
        OFFSET 0
    ) s
    CROSS JOIN LATERAL (
        SELECT d.as_of, x.sector, x.industry
        FROM stockgroups.directories d
        CROSS JOIN LATERAL (
            SELECT z.sector, z.industry
            FROM stockgroups.listings z
            WHERE z.directory_id = d.id AND z.symbol = s.symbol AND z.sector IS NOT NULL
            OFFSET 0
        ) x
        WHERE d.source = 'nasdaq_screener' AND d.as_of <= %(on)s
        ORDER BY d.as_of DESC, d.id DESC
        LIMIT 1
    ) l
)
SELECT d.as_of, d.sector, d.industry, array_agg(s.security_id)
FROM screened d
JOIN stockgroups.security_symbols s
  ON s.environment = %(environment)s AND s.symbol = d.symbol
 AND s.valid_from <= d.as_of AND d.as_of < s.valid_to
GROUP BY d.as_of, d.sector, d.industry
ORDER BY d.as_of, d.sector COLLATE "C", d.industry COLLATE "C"

-- name: read_overrides
-- Users' decisions, with today's symbols of the stocks.
SELECT coalesce(y.symbol, o.symbol)::text, o.decided_on, o.sector, o.industry, o.reason
FROM stockgroups.sector_overrides o
LEFT JOIN stockgroups.security_symbols s
       ON s.environment = o.environment AND s.symbol = o.symbol
      AND s.valid_from <= o.decided_on AND o.decided_on < s.valid_to
LEFT JOIN stockgroups.securities y ON y.id = s.security_id
WHERE o.environment = %(environment)s AND o.decided_on <= %(on)s
ORDER BY o.symbol COLLATE "C", o.decided_on

-- name: read_labels
-- Every sector label in the effective snapshots, with its file.
SELECT g.name::text, s.file_name, array_agg(DISTINCT l.label ORDER BY l.label)
FROM stockgroups.group_registry g
JOIN stockgroups.snapshots s ON s.group_id = g.id AND s.id = g.snapshot_id
CROSS JOIN LATERAL unnest(s.sector_labels) AS l (label)
WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'UNIVERSE')
GROUP BY g.name, s.file_name
ORDER BY g.name::text COLLATE "C"

-- name: read_screener_labels
SELECT d.file_name, array_agg(DISTINCT l.sector ORDER BY l.sector)
FROM stockgroups.directories d
JOIN stockgroups.listings l ON l.directory_id = d.id
WHERE d.source = 'nasdaq_screener' AND l.sector IS NOT NULL
  AND d.as_of = (SELECT max(as_of) FROM stockgroups.directories WHERE source = 'nasdaq_screener')
GROUP BY d.file_name
ORDER BY d.file_name COLLATE "C"

-- name: find_current_symbols
-- Today's symbols of the stocks that had these symbols; if several had one, of the last.
SELECT DISTINCT ON (s.symbol) s.symbol::text, y.symbol::text
FROM stockgroups.security_symbols s
JOIN stockgroups.securities y ON y.id = s.security_id
WHERE s.environment = %(environment)s AND s.symbol = ANY (%(symbols)s)
ORDER BY s.symbol, s.valid_to DESC

-- name: list_held
-- The members of the ETFs with their weights.
SELECT g.name::text, array_agg(m.symbol::text), array_agg(m.weight::float8)
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'ETF'
  AND (%(etfs)s::text[] IS NULL OR g.name = ANY (%(etfs)s))
GROUP BY g.id, g.name
ORDER BY g.name COLLATE "C"

-- name: decide
-- A later decision of the same day replaces the earlier one; the audit keeps both.
INSERT INTO stockgroups.sector_overrides (
    environment, symbol, decided_on, sector, industry, reason
) VALUES (
    %(environment)s, %(symbol)s, %(decided_on)s, %(sector)s, %(industry)s, %(reason)s
)
ON CONFLICT (environment, symbol, decided_on) DO UPDATE
SET sector = excluded.sector, industry = excluded.industry, reason = excluded.reason,
    added_at = excluded.added_at

-- name: read_kept_sectors
-- Memberships of SECTOR groups that this program did not decide: those that are missing from the
-- group's newest classification, and those that it kept because they existed (they have a label in
-- it). Symbols are today's, as in memberships. A group has none of them if it is as this program
-- left it (see point_groups), by a classification that kept none. OFFSET 0: the newest classification
-- is found by an index, without all earlier ones.
WITH groups AS MATERIALIZED (
    SELECT g.id, g.name, r.id AS registry_id, s.id AS snapshot_id, s.as_of, s.labelled
    FROM public.definition_groups g
    LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
    LEFT JOIN LATERAL (
        SELECT c.id, c.as_of, ARRAY(
                   SELECT m.ref_id
                   FROM unnest(c.ref_ids, c.sector_codes) AS m (ref_id, code)
                   WHERE m.code > 0
               ) AS labelled
        FROM stockgroups.full_snapshots c
        WHERE c.group_id = r.id AND NOT c.is_proxy AND c.source = 'classification'
          AND NOT c.is_retraction
          AND NOT EXISTS (
              SELECT FROM stockgroups.snapshots n
              WHERE n.group_id = c.group_id AND n.as_of = c.as_of AND n.is_proxy = c.is_proxy
                AND n.source = c.source AND n.id > c.id
              OFFSET 0
          )
        ORDER BY c.as_of DESC, c.id DESC
        LIMIT 1
    ) s ON true
    WHERE g.environment = %(environment)s AND g.type = 'SECTOR'
      AND (s.id IS DISTINCT FROM r.snapshot_id OR s.labelled <> '{}'
           OR r.member_hash IS DISTINCT FROM (
               SELECT bit_xor(stockgroups.hash_membership(symbol, weight))
               FROM public.group_memberships
               WHERE group_id = g.id
           ))
),
decided AS (
    SELECT g.id, p.symbol
    FROM groups g
    CROSS JOIN LATERAL stockgroups.positions_of(g.registry_id, g.snapshot_id, g.as_of) p
    WHERE p.ref_id <> ALL (g.labelled)
)
SELECT m.symbol::text, g.name::text, m.metadata ->> 'industry',
       coalesce(m.added_at::date, current_date)
FROM groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE NOT EXISTS (SELECT FROM decided d WHERE d.id = g.id AND d.symbol = m.symbol)
ORDER BY m.added_at, g.name COLLATE "C", m.symbol COLLATE "C"
