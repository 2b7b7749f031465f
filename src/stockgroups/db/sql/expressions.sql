-- What filters of expressions ask about stocks by their symbols of today, and what rows show of them.

-- name: find_securities
SELECT symbol::text, id
FROM stockgroups.securities
WHERE environment = %(environment)s AND symbol = ANY (%(symbols)s::text[])

-- name: describe_stocks
-- Name, country and currency of stocks, each by the newest ref that tells it. One pass for all of
-- them: for one security after another the refs were scanned each time.
SELECT c.symbol::text,
       (array_agg(r.name ORDER BY r.id DESC) FILTER (WHERE r.name IS NOT NULL))[1],
       (array_agg(r.country ORDER BY r.id DESC) FILTER (WHERE r.country IS NOT NULL))[1],
       (array_agg(r.currency ORDER BY r.id DESC) FILTER (WHERE r.currency IS NOT NULL))[1]
FROM stockgroups.securities c
JOIN stockgroups.ref_securities x ON x.security_id = c.id
JOIN stockgroups.refs r ON r.id = x.ref_id
WHERE c.environment = %(environment)s AND c.symbol = ANY (%(symbols)s::text[])
GROUP BY c.symbol

-- name: list_with_industry
-- Those of the symbols of which a source tells the industry.
SELECT DISTINCT key::text
FROM public.cache_entries
WHERE type = 'stock_metadata' AND environment = %(environment)s
  AND key = ANY (%(symbols)s::text[])
  AND coalesce(value ->> 'industry', value ->> 'industry_label') IS NOT NULL

-- name: count_etfs
-- How many ETFs hold each of the stocks now.
SELECT m.symbol::text, count(*)
FROM public.group_memberships m
JOIN public.definition_groups g ON g.id = m.group_id
WHERE g.environment = %(environment)s AND g.type = 'ETF' AND m.symbol = ANY (%(symbols)s::text[])
GROUP BY m.symbol

-- name: count_past_etfs
-- The same at a moment, by the effective snapshots.
SELECT p.symbol::text, count(DISTINCT r.id)
FROM stockgroups.group_registry r
CROSS JOIN LATERAL stockgroups.effective_snapshot(r.id, %(on)s, %(known_at)s) e
CROSS JOIN LATERAL stockgroups.positions_of(r.id, e.id) p
WHERE r.environment = %(environment)s AND r.type = 'ETF' AND p.symbol = ANY (%(symbols)s::text[])
GROUP BY p.symbol
