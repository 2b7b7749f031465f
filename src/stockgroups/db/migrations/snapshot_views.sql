-- Snapshots with what they hold, under one name in either layout: their members lie in `snapshots`
-- itself, or in `snapshot_members`, which is parted by year (see db/partitions). Who reads or writes
-- members does it here; who needs none reads `snapshots`. A revision that adds a column to either table
-- adds it to the end here, and runs the file.
DO $view$
DECLARE
    is_parted CONSTANT boolean := to_regclass('stockgroups.snapshot_members') IS NOT NULL;
    made text;
    granted record;
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE VIEW stockgroups.full_snapshots AS '
        'SELECT s.group_id, s.id, %1$s.as_of, s.recorded_at, s.published_on, s.source, s.file_name, '
        's.sha256, s.reader, s.issuer, s.is_proxy, s.is_retraction, s.net_assets, s.receipt, s.digest, '
        's.member_count, s.sector_labels, s.load_id, %1$s.ref_ids, %1$s.weights, %1$s.shares, '
        '%1$s.sector_codes, %1$s.industry_labels, %1$s.industry_codes, %1$s.member_metadata '
        'FROM stockgroups.snapshots s %2$s',
        CASE WHEN is_parted THEN 'm' ELSE 's' END,
        CASE WHEN is_parted
             THEN 'JOIN stockgroups.snapshot_members m '
                  'ON m.as_of = s.as_of AND m.group_id = s.group_id AND m.snapshot_id = s.id'
             ELSE '' END
    );
    COMMENT ON VIEW stockgroups.full_snapshots IS 'Snapshots with what they hold';
    -- Who may read or write snapshots may do so here.
    FOREACH made IN ARRAY '{full_snapshots,snapshot_members}'::text[] LOOP
        FOR granted IN
            SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END AS role
            FROM pg_class c
            CROSS JOIN aclexplode(c.relacl) a
            WHERE c.oid = 'stockgroups.snapshots'::regclass AND a.grantee <> c.relowner
              AND to_regclass('stockgroups.' || made) IS NOT NULL
              AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
        LOOP
            EXECUTE format('GRANT %s ON stockgroups.%I TO %s', granted.privilege_type, made, granted.role);
        END LOOP;
    END LOOP;
END
$view$;

CREATE OR REPLACE VIEW stockgroups.holdings AS
SELECT r.environment, r.type, r.name AS group_name,
       coalesce(s.symbol, f.symbol) AS symbol, f.symbol AS reported_symbol, f.name,
       u.weight, u.shares, f.cusip, f.isin, f.sedol, f.figi, f.exchange, f.country, f.currency,
       c.as_of, c.source, c.is_proxy, c.file_name, c.recorded_at,
       r.id AS group_id, s.id AS security_id, c.id AS snapshot_id, c.published_on
FROM stockgroups.group_registry r
JOIN stockgroups.full_snapshots c ON c.group_id = r.id AND c.id = r.snapshot_id
CROSS JOIN LATERAL unnest(c.ref_ids, c.weights, c.shares) AS u (ref_id, weight, shares)
JOIN stockgroups.refs f ON f.id = u.ref_id
LEFT JOIN stockgroups.ref_securities x
       ON x.ref_id = f.id AND x.valid_from <= c.as_of AND c.as_of < x.valid_to
LEFT JOIN stockgroups.securities s ON s.id = x.security_id;
