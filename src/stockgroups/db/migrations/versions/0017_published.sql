-- The day on which the public could know a snapshot, such as the filing date.
ALTER TABLE stockgroups.snapshots ADD COLUMN published_on date;
COMMENT ON COLUMN stockgroups.snapshots.published_on IS
    'Day on which the public could know it; NULL where the source does not tell';

CREATE OR REPLACE VIEW stockgroups.holdings AS
SELECT r.environment, r.type, r.name AS group_name,
       coalesce(s.symbol, f.symbol) AS symbol, f.symbol AS reported_symbol, f.name,
       u.weight, u.shares, f.cusip, f.isin, f.sedol, f.figi, f.exchange, f.country, f.currency,
       c.as_of, c.source, c.is_proxy, c.file_name, c.recorded_at,
       r.id AS group_id, s.id AS security_id, c.id AS snapshot_id, c.published_on
FROM stockgroups.group_registry r
JOIN stockgroups.snapshots c ON c.group_id = r.id AND c.id = r.snapshot_id
CROSS JOIN LATERAL unnest(c.ref_ids, c.weights, c.shares) AS u (ref_id, weight, shares)
JOIN stockgroups.refs f ON f.id = u.ref_id
LEFT JOIN stockgroups.ref_securities x
       ON x.ref_id = f.id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
LEFT JOIN stockgroups.securities s ON s.id = x.security_id;
COMMENT ON COLUMN stockgroups.holdings.published_on IS
    'Day on which the public could know it; NULL where the source does not tell';

-- A group has three series of snapshots: its issuer's, its N-PORT filings, and its proxies.
ALTER TABLE stockgroups.ref_runs
    ALTER COLUMN is_proxy TYPE text USING CASE WHEN is_proxy THEN 'proxy' ELSE 'issuer' END;
ALTER TABLE stockgroups.ref_runs RENAME COLUMN is_proxy TO kind;
COMMENT ON COLUMN stockgroups.ref_runs.kind IS
    'Whose snapshots: issuer (all but the others), nport (N-PORT filings), proxy';

-- The columns of their results change.
DROP FUNCTION IF EXISTS stockgroups.effective_snapshot(integer, date, timestamptz);
DROP FUNCTION IF EXISTS stockgroups.current_snapshots(integer, timestamptz);
