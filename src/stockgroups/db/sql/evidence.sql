-- Votes of sources on the sectors of stocks: the newest label of each source, by today's symbols.

-- name: read_votes
-- Stocks with the same votes share one row: the votes as numbers (words), and the symbols. The
-- other rows explain a word: one snapshot with its labels, or one pair of the screener's labels. A
-- label belongs to the security that its ref is on the snapshot's date.
WITH asked AS MATERIALIZED (
    SELECT unnest(%(symbols)s::text[]) AS symbol
    UNION
    SELECT m.symbol
    FROM public.definition_groups g
    JOIN public.group_memberships m ON m.group_id = g.id
    WHERE %(symbols)s::text[] IS NULL AND g.environment = %(environment)s AND g.type = 'ETF'
      AND (%(etfs)s::text[] IS NULL OR g.name = ANY (%(etfs)s))
    -- Without GROUP BY the planner expects one stock for each membership, avoids the hashes below,
    -- and scans all of them for each stock.
    GROUP BY m.symbol
),
groups AS MATERIALIZED (
    SELECT g.id, g.type, g.name, f.label
    FROM stockgroups.group_registry g
    LEFT JOIN unnest(%(funds)s::text[], %(fund_labels)s::text[]) AS f (name, label)
           ON g.type = 'ETF' AND f.name = g.name
    WHERE g.environment = %(environment)s AND g.type IN ('ETF', 'UNIVERSE')
),
-- What each group's source reports now: labels, in its newest report that has any, or the holding
-- of a stock itself. Earlier reports are read only for stocks that have left since, so the work
-- does not grow with the record.
newest AS MATERIALIZED (
    SELECT g.id AS group_id, g.type, s.id, s.as_of, s.source,
           CASE g.type WHEN 'UNIVERSE' THEN 'list' ELSE 'issuer' END AS kind
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
    SELECT g.id, g.type, e.id, e.as_of, 'Select Sector', 'membership'
    FROM groups g
    CROSS JOIN LATERAL stockgroups.effective_snapshot(g.id, %(on)s, 'infinity') e
    WHERE g.label IS NOT NULL AND NOT e.is_proxy
),
-- The refs of the requested stocks, read once for the tables below.
known AS MATERIALIZED (
    SELECT r.ref_id, r.security_id, r.valid_from, r.valid_to
    FROM stockgroups.ref_securities r
    JOIN stockgroups.securities y ON y.id = r.security_id
    -- IS TRUE keeps this a hash look-up; as a join it was planned as nested loops.
    WHERE y.environment = %(environment)s AND (y.symbol IN (SELECT symbol FROM asked)) IS TRUE
),
runs AS MATERIALIZED (
    SELECT n.source, n.kind, n.group_id, n.as_of, u.valid_from, u.valid_to, u.ref_ids
    FROM newest n
    JOIN stockgroups.ref_runs u
      ON u.group_id = n.group_id AND u.valid_from <= n.as_of
     AND (n.type = 'UNIVERSE' OR u.kind <> 'proxy')
),
-- The stocks that have left one of these groups. Other stocks need only the newest reports.
leavers AS MATERIALIZED (
    SELECT DISTINCT r.security_id
    FROM runs u
    CROSS JOIN LATERAL unnest(u.ref_ids) AS m (ref_id)
    JOIN known r
      ON r.ref_id = m.ref_id AND r.valid_from < u.valid_to AND u.valid_from < r.valid_to
    WHERE u.valid_to <= u.as_of
),
-- For each of these stocks, the end of its time in the groups of a source, and the date of the
-- source's newest report that still has it.
held AS MATERIALIZED (
    SELECT *, max(as_of) FILTER (WHERE until > as_of)
                  OVER (PARTITION BY security_id, source, kind) AS newest
    FROM (
        SELECT u.source, u.kind, u.group_id, r.security_id, u.as_of, max(u.valid_to) AS until
        FROM runs u
        CROSS JOIN LATERAL unnest(u.ref_ids) AS m (ref_id)
        JOIN known r
          ON r.ref_id = m.ref_id AND r.valid_from < u.valid_to AND u.valid_from < r.valid_to
        WHERE r.security_id IN (SELECT security_id FROM leavers)
        GROUP BY u.source, u.kind, u.group_id, r.security_id, u.as_of
    ) h
),
ended AS MATERIALIZED (
    SELECT e.group_id, e.kind, e.until, s.id, s.as_of
    FROM (
        SELECT DISTINCT group_id, kind, until
        FROM held
        WHERE until <= as_of AND (newest IS NULL OR until > newest + 1)
    ) e
    JOIN groups g ON g.id = e.group_id
    CROSS JOIN LATERAL (
        SELECT s.id, s.as_of
        FROM stockgroups.snapshots s
        WHERE s.group_id = e.group_id AND s.as_of < e.until
          AND (e.kind = 'membership' OR s.sector_labels IS NOT NULL)
          AND (g.type = 'UNIVERSE' OR NOT s.is_proxy)
          AND EXISTS (
              SELECT FROM stockgroups.current_snapshots(e.group_id, 'infinity') c
              WHERE c.id = s.id OFFSET 0
          )
        ORDER BY s.as_of DESC, s.is_proxy, s.id DESC
        LIMIT 1
    ) s
),
former AS MATERIALIZED (
    SELECT DISTINCT ON (h.security_id, h.source, h.kind)
           h.security_id, h.kind, e.group_id, e.id
    FROM held h
    JOIN ended e ON e.group_id = h.group_id AND e.kind = h.kind AND e.until = h.until
    JOIN groups g ON g.id = h.group_id
    WHERE h.newest IS NULL OR e.as_of > h.newest
    ORDER BY h.security_id, h.source, h.kind, e.as_of DESC, g.name COLLATE "C" DESC
),
-- One row for each kind of vote that a snapshot has: by labels, or by membership.
votes AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY s.as_of, g.name COLLATE "C", n.kind)::bigint AS place,
           dense_rank() OVER (ORDER BY w.source COLLATE "C", n.kind) AS opinion,
           w.source, n.kind, g.name AS seen_in, s.as_of, s.ref_ids, w.sector_codes,
           w.sector_labels, s.industry_codes, s.industry_labels, n.former
    FROM (
        SELECT group_id, id, kind, NULL::int[] AS former FROM newest
        UNION ALL
        SELECT f.group_id, f.id, f.kind, array_agg(f.security_id)
        FROM former f
        GROUP BY f.group_id, f.id, f.kind
    ) n
    JOIN groups g ON g.id = n.group_id
    JOIN stockgroups.full_snapshots s ON s.group_id = n.group_id AND s.id = n.id
    CROSS JOIN LATERAL (
        SELECT coalesce(s.issuer, split_part(s.source, ' ', 1)) AS source, s.sector_labels,
               s.sector_codes
        WHERE n.kind <> 'membership'
        UNION ALL
        SELECT 'Select Sector', ARRAY[g.label],
               array_fill(1::smallint, ARRAY[cardinality(s.ref_ids)])
        WHERE n.kind = 'membership'
    ) w
),
-- A word combines the place of the snapshot with the codes of both labels, so the greatest word is
-- the newest. The screener's words are negative. Each ref keeps one word of each opinion before
-- securities are looked up.
reported AS (
    SELECT r.security_id, max(m.word) AS word
    FROM (
        SELECT m.ref_id, w.opinion, w.as_of, w.former,
               max((w.place << 32) + (m.sector_code::bigint << 16) + coalesce(m.industry_code, 0))
                   AS word
        FROM votes w
        CROSS JOIN LATERAL unnest(w.ref_ids, w.sector_codes, w.industry_codes)
            AS m (ref_id, sector_code, industry_code)
        WHERE m.sector_code > 0
        GROUP BY m.ref_id, w.opinion, w.as_of, w.former
    ) m
    JOIN known r ON r.ref_id = m.ref_id AND r.valid_from <= m.as_of AND m.as_of < r.valid_to
    WHERE m.former IS NULL OR r.security_id = ANY (m.former)
    GROUP BY r.security_id, m.opinion
),
screened AS MATERIALIZED (
    SELECT DISTINCT ON (l.symbol) l.symbol, d.as_of, l.sector, l.industry
    FROM stockgroups.directories d
    JOIN stockgroups.listings l ON l.directory_id = d.id
    WHERE d.source = 'nasdaq_screener' AND d.as_of <= %(on)s AND l.sector IS NOT NULL
    ORDER BY l.symbol, d.as_of DESC, d.id DESC
),
words AS MATERIALIZED (
    SELECT as_of, sector, industry,
           -row_number() OVER (ORDER BY as_of, sector, industry) AS word
    FROM screened
    GROUP BY as_of, sector, industry
),
heard AS (
    SELECT security_id, word FROM reported
    UNION ALL
    SELECT s.security_id, max(w.word)
    FROM screened d
    JOIN words w
      ON w.as_of = d.as_of AND w.sector = d.sector AND w.industry IS NOT DISTINCT FROM d.industry
    JOIN stockgroups.security_symbols s
      ON s.environment = %(environment)s AND s.symbol = d.symbol
     AND s.valid_from <= d.as_of AND d.as_of < s.valid_to
    GROUP BY s.security_id
),
-- If two stocks have used a symbol, it belongs to the later one.
stocks AS (
    SELECT DISTINCT ON (y.symbol) y.symbol::text AS symbol, h.words
    FROM (
        SELECT security_id, array_agg(word ORDER BY word) AS words FROM heard GROUP BY security_id
    ) h
    JOIN stockgroups.securities y ON y.id = h.security_id
    JOIN stockgroups.security_symbols s
      ON s.security_id = y.id AND s.symbol = y.symbol AND s.environment = y.environment
    WHERE (y.symbol IN (SELECT symbol FROM asked)) IS TRUE  -- as above
    ORDER BY y.symbol, s.valid_to DESC, y.id DESC
),
alike AS MATERIALIZED (
    SELECT words, array_agg(symbol ORDER BY symbol COLLATE "C") AS symbols
    FROM stocks
    GROUP BY words
)
SELECT words, symbols, NULL AS said FROM alike
UNION ALL
SELECT ARRAY[place], NULL,
       json_build_array(source, kind, as_of, seen_in, sector_labels, industry_labels)::text
FROM votes
WHERE place IN (SELECT v.word >> 32 FROM alike a CROSS JOIN LATERAL unnest(a.words) AS v (word))
UNION ALL
SELECT ARRAY[word], NULL, json_build_array(as_of, sector, industry)::text FROM words

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
-- it). Symbols are today's, as in memberships.
WITH classified AS (
    SELECT r.id AS group_id, r.name, s.id, s.as_of, s.labelled
    FROM stockgroups.group_registry r
    CROSS JOIN LATERAL (
        SELECT c.id, c.as_of, ARRAY(
                   SELECT m.ref_id
                   FROM unnest(c.ref_ids, c.sector_codes) AS m (ref_id, code)
                   WHERE m.code > 0
               ) AS labelled
        FROM stockgroups.full_snapshots c
        WHERE c.group_id = r.id AND c.source = 'classification' AND NOT c.is_retraction
          AND NOT EXISTS (
              SELECT FROM stockgroups.snapshots n
              WHERE n.group_id = c.group_id AND n.as_of = c.as_of AND n.is_proxy = c.is_proxy
                AND n.source = c.source AND n.id > c.id
          )
        ORDER BY c.as_of DESC, c.id DESC
        LIMIT 1
    ) s
    WHERE r.environment = %(environment)s AND r.type = 'SECTOR'
),
decided AS (
    SELECT c.name, p.symbol
    FROM classified c
    CROSS JOIN LATERAL stockgroups.positions_of(c.group_id, c.id, c.as_of) p
    WHERE p.ref_id <> ALL (c.labelled)
)
SELECT m.symbol::text, g.name::text, m.metadata ->> 'industry',
       coalesce(m.added_at::date, current_date)
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
WHERE g.environment = %(environment)s AND g.type = 'SECTOR'
  AND NOT EXISTS (SELECT FROM decided d WHERE d.name = g.name AND d.symbol = m.symbol)
ORDER BY m.added_at, g.name COLLATE "C", m.symbol COLLATE "C"
