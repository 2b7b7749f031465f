-- The contents of an export folder. First, the tables for people and other engines: the same
-- columns in every file, NULL for an open end. %(type)s selects one type of groups; NULL: all.

-- name: groups
-- Each group with its own row and its members' origin; is_drifted as in list_drifted.
SELECT g.type, g.name AS group_name, g.description, m.members,
       r.snapshot_id IS NOT NULL AND r.member_hash IS DISTINCT FROM m.hash AS is_drifted,
       CASE WHEN isfinite(s.as_of) THEN s.as_of END AS as_of, s.source, s.is_proxy, s.file_name,
       s.issuer, s.net_assets, s.recorded_at, s.published_on, g.metadata, g.liquidity_filter
FROM public.definition_groups g
LEFT JOIN stockgroups.group_registry r
       ON r.environment = g.environment AND r.type = g.type AND r.name = g.name
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
CROSS JOIN LATERAL (
    SELECT count(*) AS members,
           bit_xor(stockgroups.hash_membership(symbol, weight)) AS hash
    FROM public.group_memberships
    WHERE group_id = g.id
) m
WHERE g.environment = %(environment)s AND (%(type)s::text IS NULL OR g.type = %(type)s)
ORDER BY g.type COLLATE "C", g.name COLLATE "C"

-- name: memberships
-- The members of each group today, as other programs see them.
SELECT g.type, g.name AS group_name, m.symbol, m.weight::float8 AS weight,
       CASE WHEN isfinite(s.as_of) THEN s.as_of END AS as_of, s.source, s.is_proxy
FROM public.definition_groups g
JOIN public.group_memberships m ON m.group_id = g.id
LEFT JOIN stockgroups.group_registry r
       ON r.environment = g.environment AND r.type = g.type AND r.name = g.name
LEFT JOIN stockgroups.snapshots s ON s.group_id = r.id AND s.id = r.snapshot_id
WHERE g.environment = %(environment)s AND (%(type)s::text IS NULL OR g.type = %(type)s)
ORDER BY g.type COLLATE "C", g.name COLLATE "C", m.symbol COLLATE "C"

-- name: holdings
-- The positions of each group today, as its source reported them.
SELECT h.type, h.group_name, h.symbol, h.reported_symbol, h.name, h.weight, h.shares, h.cusip,
       h.isin, h.sedol, h.figi, h.exchange, h.country, h.currency,
       CASE WHEN isfinite(h.as_of) THEN h.as_of END AS as_of, h.source, h.is_proxy, h.file_name,
       h.published_on, h.security_id
FROM stockgroups.holdings h
WHERE h.environment = %(environment)s AND (%(type)s::text IS NULL OR h.type = %(type)s)
ORDER BY h.type COLLATE "C", h.group_name COLLATE "C", h.weight DESC NULLS LAST,
         h.symbol COLLATE "C", h.reported_symbol COLLATE "C", h.name COLLATE "C",
         h.isin COLLATE "C", h.cusip COLLATE "C", h.shares DESC NULLS LAST

-- name: history
-- The interval in which each stock was in each group.
SELECT i.type, i.group_name, i.symbol, i.valid_from, i.valid_to, i.security_id
FROM stockgroups.intervals i
WHERE i.environment = %(environment)s AND (%(type)s::text IS NULL OR i.type = %(type)s)
ORDER BY i.type COLLATE "C", i.group_name COLLATE "C", i.symbol COLLATE "C", i.valid_from,
         i.security_id

-- name: metadata
-- The metadata of each stock of an ETF. An entry written by another program may lack any key.
SELECT e.key AS symbol, e.value ->> 'name' AS name, e.value ->> 'sector' AS sector,
       e.value ->> 'industry' AS industry, e.value ->> 'confidence' AS confidence,
       e.value ->> 'member_of_etfs' AS etfs, e.value ->> 'themes' AS themes, e.updated_at,
       e.value AS metadata
FROM public.cache_entries e
WHERE e.type = 'stock_metadata' AND e.environment = %(environment)s
ORDER BY e.key COLLATE "C", e.id

-- name: list_types
SELECT DISTINCT type::text COLLATE "C" FROM stockgroups.group_registry
WHERE environment = %(environment)s
UNION
SELECT DISTINCT type::text COLLATE "C" FROM public.definition_groups
WHERE environment = %(environment)s
ORDER BY 1

-- Then every table that this program writes, unchanged, for an import. Directories and registers
-- are shared by all environments.

-- name: record_loads
SELECT t.* FROM stockgroups.loads t WHERE t.environment = %(environment)s ORDER BY t.id

-- name: record_group_registry
SELECT t.* FROM stockgroups.group_registry t WHERE t.environment = %(environment)s ORDER BY t.id

-- name: record_refs
SELECT t.* FROM stockgroups.refs t WHERE t.environment = %(environment)s ORDER BY t.id

-- name: record_securities
SELECT t.* FROM stockgroups.securities t WHERE t.environment = %(environment)s ORDER BY t.id

-- name: record_security_symbols
SELECT t.* FROM stockgroups.security_symbols t
WHERE t.environment = %(environment)s
ORDER BY t.symbol COLLATE "C", t.valid_from

-- name: record_security_refs
SELECT t.*
FROM stockgroups.security_refs t
JOIN stockgroups.refs f ON f.id = t.ref_id
WHERE f.environment = %(environment)s
ORDER BY t.ref_id, t.valid_from

-- name: record_snapshots
SELECT t.*
FROM stockgroups.full_snapshots t
JOIN stockgroups.group_registry r ON r.id = t.group_id
WHERE r.environment = %(environment)s
ORDER BY t.group_id, t.id

-- name: record_ref_runs
SELECT t.*
FROM stockgroups.ref_runs t
JOIN stockgroups.group_registry r ON r.id = t.group_id
WHERE r.environment = %(environment)s
ORDER BY t.group_id, t.kind, t.valid_from, t.valid_to

-- name: record_membership_history
SELECT t.*
FROM stockgroups.membership_history t
JOIN stockgroups.group_registry r ON r.id = t.group_id
WHERE r.environment = %(environment)s
ORDER BY t.group_id, t.security_id, t.valid_from

-- name: record_aliases
SELECT t.* FROM stockgroups.aliases t
WHERE t.environment = %(environment)s
ORDER BY t.old_symbol COLLATE "C", t.effective

-- name: record_sector_overrides
SELECT t.* FROM stockgroups.sector_overrides t
WHERE t.environment = %(environment)s
ORDER BY t.symbol COLLATE "C", t.decided_on

-- name: record_archived_entries
SELECT t.* FROM stockgroups.archived_entries t
WHERE stockgroups.home_of_entry(t.environment) = %(environment)s
ORDER BY t.id

-- name: record_replaced_entries
SELECT t.* FROM stockgroups.replaced_entries t
WHERE stockgroups.home_of_entry(t.environment) = %(environment)s
ORDER BY t.load_id, t.entry_id

-- name: record_directories
SELECT t.* FROM stockgroups.directories t ORDER BY t.id

-- name: record_listings
SELECT t.* FROM stockgroups.listings t ORDER BY t.directory_id, t.symbol COLLATE "C"

-- name: record_fund_classes
SELECT t.* FROM stockgroups.fund_classes t
ORDER BY t.directory_id, t.series_id COLLATE "C", t.class_id COLLATE "C", t.ticker COLLATE "C"

-- name: record_cusip_symbols
SELECT t.* FROM stockgroups.cusip_symbols t
ORDER BY t.cusip COLLATE "C", t.symbol COLLATE "C", t.first_day

-- name: record_cusip_changes
SELECT t.* FROM stockgroups.cusip_changes t
ORDER BY t.symbol COLLATE "C", t.cusip COLLATE "C", t.day, t.is_new

-- name: record_definition_groups
SELECT t.* FROM public.definition_groups t WHERE t.environment = %(environment)s ORDER BY t.id

-- name: record_group_memberships
SELECT t.*
FROM public.group_memberships t
JOIN public.definition_groups g ON g.id = t.group_id
WHERE g.environment = %(environment)s
ORDER BY t.group_id, t.symbol COLLATE "C"

-- name: record_cache_entries
SELECT t.* FROM public.cache_entries t
WHERE stockgroups.home_of_entry(t.environment) = %(environment)s
ORDER BY t.id

-- name: read_state
SELECT version, identity FROM stockgroups.env_state WHERE environment = %(environment)s
