-- Holdings of funds, for overlaps and for looking through funds. If the day is NULL, answers are of
-- now: from the memberships and the receipt of their snapshot.

-- name: read_account
-- What a group's effective snapshot reports besides stocks: the weight of every category; the other
-- assets with ticker and weight, which include funds; and the notional of derivatives.
SELECT s.receipt -> 'weights',
       jsonb_path_query_array(
           s.receipt::jsonb,
           '$.lines[*] ? (@.category like_regex "^other.assets$" && @.ticker != null
                          && @.weight != null)'
       ),
       s.receipt -> 'notional'
FROM stockgroups.group_registry r
CROSS JOIN LATERAL (
    SELECT r.snapshot_id AS id
    WHERE %(on)s::date IS NULL
    UNION ALL
    SELECT e.id FROM stockgroups.effective_snapshot(
        r.id, %(on)s::date, %(known_at)s, %(published_by)s::date, %(of_kind)s::text) e
) effective
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = effective.id
WHERE r.environment = %(environment)s AND r.type = %(type)s AND r.name = %(name)s

-- name: read_accounts
-- Weight and rows of every category in today's receipts of all groups of a type.
SELECT r.name::text, s.receipt -> 'weights', s.receipt -> 'rows'
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE r.environment = %(environment)s AND r.type = %(type)s

-- name: read_members
-- The members of all groups of a type, or only those with one of the symbols (NULL: all). Drift
-- (see find_group) is compared only for all members.
SELECT g.name::text,
       %(symbols)s::text[] IS NULL AND s.id IS NOT NULL AND m.hash IS DISTINCT FROM r.member_hash,
       s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on, m.symbols, m.weights, m.industries
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r USING (environment, type, name)
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT array_agg(symbol::text) AS symbols, array_agg(weight::float8) AS weights,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash,
           CASE WHEN g.type = 'SECTOR' THEN array_agg(metadata ->> 'industry') END AS industries
    FROM public.group_memberships
    WHERE group_id = g.id AND (%(symbols)s::text[] IS NULL OR symbol = ANY (%(symbols)s::text[]))
) m
WHERE g.environment = %(environment)s AND g.type = %(type)s AND m.symbols IS NOT NULL
ORDER BY g.name COLLATE "C"

-- name: read_past_members
-- The same on a day, from the effective snapshots.
WITH effective AS MATERIALIZED (
    SELECT r.id AS group_id, e.id, e.as_of
    FROM stockgroups.group_registry r
    CROSS JOIN LATERAL stockgroups.effective_snapshot(
        r.id, %(on)s, %(known_at)s, %(published_by)s::date, %(of_kind)s::text) e
    WHERE r.environment = %(environment)s AND r.type = %(type)s
)
SELECT r.name::text, false, s.as_of, s.source, s.is_proxy, s.file_name, s.recorded_at, s.published_on,
       m.symbols, m.weights, NULL::text[]
FROM effective e
JOIN stockgroups.group_registry r ON r.id = e.group_id
JOIN stockgroups.snapshots s ON s.group_id = e.group_id AND s.id = e.id
JOIN (
    SELECT p.group_id, array_agg(p.symbol::text) AS symbols, array_agg(p.weight) AS weights
    FROM (
        SELECT array_agg(group_id) AS groups, array_agg(id) AS numbers, array_agg(as_of) AS dates
        FROM effective
    ) w
    CROSS JOIN LATERAL stockgroups.stocks_in(
        w.groups, w.numbers, w.dates, %(environment)s, %(symbols)s::text[]) p
    GROUP BY p.group_id
) m ON m.group_id = e.group_id
ORDER BY r.name COLLATE "C"

-- name: find_funds
-- Which of the symbols are funds, whether they have or had a group, and their names: from their
-- group, or from a symbol directory that lists them as funds.
SELECT symbol, bool_or(is_recorded), array_agg(DISTINCT name) FILTER (WHERE name <> symbol)
FROM (
    SELECT name::text AS symbol, true AS is_recorded, description AS name
    FROM public.definition_groups
    WHERE environment = %(environment)s AND type = 'ETF' AND name = ANY (%(symbols)s::text[])
    UNION ALL
    SELECT name::text, true, NULL
    FROM stockgroups.group_registry
    WHERE environment = %(environment)s AND type = 'ETF' AND name = ANY (%(symbols)s::text[])
    UNION ALL
    SELECT symbol::text, false, name
    FROM stockgroups.listings
    WHERE is_etf AND symbol = ANY (%(symbols)s::text[])
) found
GROUP BY symbol
