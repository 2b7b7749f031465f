-- Data about stocks for filters of expressions and for their rows, by today's symbols.

-- name: find_securities
SELECT symbol::text, id
FROM stockgroups.securities
WHERE environment = %(environment)s AND symbol = ANY (%(symbols)s::text[])

-- name: describe_stocks
-- Name, country and currency of stocks, each from the newest ref that has it. One pass for all
-- stocks: one at a time, each stock would scan the refs. The array keeps the server from joining
-- every ref with its security first.
SELECT c.symbol::text,
       (array_agg(r.name ORDER BY r.id DESC) FILTER (WHERE r.name IS NOT NULL))[1],
       (array_agg(r.country ORDER BY r.id DESC) FILTER (WHERE r.country IS NOT NULL))[1],
       (array_agg(r.currency ORDER BY r.id DESC) FILTER (WHERE r.currency IS NOT NULL))[1]
FROM stockgroups.securities c
JOIN stockgroups.ref_securities x ON x.security_id = c.id
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE c.environment = %(environment)s AND c.symbol = ANY (%(symbols)s::text[])
  AND x.security_id = ANY (ARRAY(
      SELECT id
      FROM stockgroups.securities
      WHERE environment = %(environment)s AND symbol = ANY (%(symbols)s::text[])
  ))
  AND stockgroups.is_evidence(x.ref_id, x.valid_from, x.valid_to)
GROUP BY c.symbol

-- name: list_with_industry
-- Which of the symbols have an industry from some source.
SELECT DISTINCT key::text
FROM public.cache_entries
WHERE type = 'stock_metadata' AND environment = %(environment)s
  AND key = ANY (%(symbols)s::text[])
  AND coalesce(value ->> 'industry', value ->> 'industry_label') IS NOT NULL

-- name: count_etfs
-- The number of ETFs that hold each of the stocks now.
SELECT m.symbol::text, count(*)
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s::text[])
GROUP BY m.symbol

-- name: count_past_etfs
-- The same at a moment, by the effective snapshots.
WITH effective AS (
    SELECT array_agg(r.id) AS groups, array_agg(e.id) AS numbers, array_agg(e.as_of) AS dates
    FROM stockgroups.group_registry r
    CROSS JOIN LATERAL stockgroups.effective_snapshot(
        r.id, %(on)s, %(known_at)s, %(published_by)s::date, %(of_kind)s::text) e
    WHERE r.environment = %(environment)s AND r.type = 'ETF'
)
SELECT p.symbol::text, count(DISTINCT p.group_id)
FROM effective e
CROSS JOIN LATERAL stockgroups.stocks_in(
    e.groups, e.numbers, e.dates, %(environment)s, %(symbols)s::text[]) p
GROUP BY p.symbol

-- name: list_saved
-- The saved expressions: CUSTOM groups with an expression in their metadata and a snapshot computed
-- from one. With the members as stored (of one key, or of all), and whether another program changed
-- them.
SELECT g.name::text, g.metadata ->> 'expression', m.symbols, m.weights,
       m.hash IS DISTINCT FROM r.member_hash
FROM public.definition_groups g
JOIN stockgroups.group_registry r USING (environment, type, name)
CROSS JOIN LATERAL (
    SELECT array_agg(symbol::text) AS symbols, array_agg(weight::float8) AS weights,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    WHERE group_id = g.id AND (%(key)s::text IS NULL OR g.name = %(key)s)
) m
WHERE g.environment = %(environment)s AND g.type = 'CUSTOM'
  AND jsonb_typeof(g.metadata -> 'expression') = 'string'
  AND EXISTS (SELECT FROM stockgroups.snapshots s WHERE s.group_id = r.id AND s.source = %(source)s)
ORDER BY g.name COLLATE "C"

-- name: list_candidates
-- Refs in the snapshots of some groups that are one of some securities, either today or on the
-- snapshot's date; the second column is true for today. A group without a day is taken as of now.
-- (The rule is that of `ref_securities`, applied to these refs alone.)
WITH snapshots AS (
    SELECT DISTINCT s.group_id, s.id, s.as_of
    FROM unnest(%(types)s::text[], %(names)s::text[], %(days)s::date[], %(known)s::timestamptz[],
                %(published)s::date[]) AS w (type, name, day, known_at, published_by)
    JOIN stockgroups.group_registry g
      ON g.environment = %(environment)s AND g.type = w.type AND g.name = w.name
    CROSS JOIN LATERAL (
        SELECT g.snapshot_id AS id WHERE w.day IS NULL
        UNION ALL
        SELECT e.id FROM stockgroups.effective_snapshot(g.id, w.day, w.known_at, w.published_by) e
        WHERE w.day IS NOT NULL
    ) e
    JOIN stockgroups.snapshots s ON s.group_id = g.id AND s.id = e.id
),
wanted AS (
    SELECT array_agg(group_id) AS groups, array_agg(id) AS numbers, array_agg(as_of) AS dates,
           ARRAY(
               SELECT x.ref_id FROM stockgroups.ref_securities x
               WHERE x.security_id = ANY (%(security_ids)s::int[])
           ) AS ref_ids
    FROM snapshots
)
SELECT DISTINCT c.symbol::text, d.day = %(today)s, f.symbol::text, f.ticker, f.name, f.cusip, f.isin, f.sedol, f.figi,
       f.exchange, f.country, f.currency
FROM wanted w
CROSS JOIN LATERAL stockgroups.positions_in(w.groups, w.numbers, w.dates, w.ref_ids) s
CROSS JOIN LATERAL unnest(s.ref_ids) AS m (ref_id)
JOIN stockgroups.refs f ON f.id = m.ref_id AND f.symbol IS NOT NULL
CROSS JOIN LATERAL (VALUES (%(today)s::date), (s.as_of)) AS d (day)
LEFT JOIN stockgroups.security_refs x
  ON x.ref_id = f.id AND x.valid_from <= d.day AND d.day < x.valid_to
LEFT JOIN stockgroups.security_symbols y
  ON y.symbol = f.symbol AND y.environment = f.environment
 AND y.valid_from <= d.day AND d.day < y.valid_to
 AND NOT EXISTS (SELECT FROM stockgroups.security_refs z WHERE z.ref_id = f.id)
JOIN stockgroups.securities c ON c.id = coalesce(x.security_id, y.security_id)
WHERE c.id = ANY (%(security_ids)s::int[])
