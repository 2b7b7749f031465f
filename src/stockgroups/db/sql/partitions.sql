-- Where the members of snapshots lie: in `snapshots`, or in `snapshot_members`, parted by year.

-- name: is_parted
SELECT to_regclass('stockgroups.snapshot_members') IS NOT NULL

-- name: count_years
-- The snapshots of each year, oldest first. Dates without end, and those before our era, have none.
SELECT extract(year FROM as_of)::int AS year, count(*)
FROM stockgroups.snapshots
WHERE as_of >= '0001-01-01' AND as_of < '9999-01-01'
GROUP BY year
ORDER BY year

-- name: list_years
-- The years that have a partition.
SELECT substring(c.relname FROM '_([0-9]+)$')::int AS year
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('stockgroups.' || %(table)s::text) AND c.relname ~ '_[0-9]+$'
ORDER BY year

-- name: prepare
-- Under another name until all is in it: by the name snapshot_views.sql knows what to read.
CREATE TABLE IF NOT EXISTS stockgroups.snapshot_members_coming (
    group_id integer NOT NULL,
    snapshot_id bigint NOT NULL,
    as_of date NOT NULL,
    ref_ids integer[],
    weights double precision[],
    shares double precision[],
    sector_codes smallint[],
    industry_labels text[],
    industry_codes smallint[],
    member_metadata jsonb,
    CONSTRAINT snapshot_members_pkey PRIMARY KEY (group_id, snapshot_id, as_of)
) PARTITION BY RANGE (as_of);
ALTER TABLE stockgroups.snapshot_members_coming
    ALTER COLUMN ref_ids SET STORAGE EXTERNAL,
    ALTER COLUMN weights SET STORAGE EXTERNAL,
    ALTER COLUMN shares SET STORAGE EXTERNAL;
CREATE TABLE IF NOT EXISTS stockgroups.snapshot_members_other
    PARTITION OF stockgroups.snapshot_members_coming DEFAULT;
COMMENT ON TABLE stockgroups.snapshot_members_coming IS
    'What snapshots hold, parted by the year of their as-of date; read the view full_snapshots'

-- name: fill
-- The members of the snapshots between two days, where they are not there yet. None is ever changed.
INSERT INTO stockgroups.snapshot_members_coming (
    group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
    industry_codes, member_metadata
)
SELECT s.group_id, s.id, s.as_of, s.ref_ids, s.weights, s.shares, s.sector_codes, s.industry_labels,
       s.industry_codes, s.member_metadata
FROM stockgroups.snapshots s
WHERE s.as_of >= %(since)s AND s.as_of <= %(until)s
  AND NOT EXISTS (
      SELECT FROM stockgroups.snapshot_members_coming m
      WHERE m.group_id = s.group_id AND m.snapshot_id = s.id AND m.as_of = s.as_of
  )

-- name: add_key
-- A snapshot that goes takes its members with it; those that went meanwhile have left theirs. The key
-- comes last: row by row, its check would write to every snapshot.
DELETE FROM stockgroups.snapshot_members_coming m
WHERE NOT EXISTS (
    SELECT FROM stockgroups.snapshots s WHERE s.group_id = m.group_id AND s.id = m.snapshot_id
);
ALTER TABLE stockgroups.snapshot_members_coming
    ADD CONSTRAINT snapshot_members_snapshots_fkey FOREIGN KEY (group_id, snapshot_id)
    REFERENCES stockgroups.snapshots (group_id, id) ON DELETE CASCADE

-- name: lock_readers
-- Whoever asks meanwhile waits behind: so it is given up soon.
SET LOCAL lock_timeout = '15s';
LOCK TABLE stockgroups.snapshots IN ACCESS EXCLUSIVE MODE;
SET LOCAL lock_timeout = 0

-- name: begin_using
ALTER TABLE stockgroups.snapshot_members_coming RENAME TO snapshot_members

-- name: part
-- Once the views read the new table. What is added to full_snapshots goes to both tables, so that the
-- statements that write need not know of them.
ALTER TABLE stockgroups.snapshots
    DROP COLUMN ref_ids, DROP COLUMN weights, DROP COLUMN shares, DROP COLUMN sector_codes,
    DROP COLUMN industry_labels, DROP COLUMN industry_codes, DROP COLUMN member_metadata;
CREATE FUNCTION stockgroups.add_full_snapshot() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    NEW.id := coalesce(NEW.id, nextval(pg_get_serial_sequence('stockgroups.snapshots', 'id')));
    NEW.is_retraction := NEW.ref_ids IS NULL;
    INSERT INTO stockgroups.snapshots (
        group_id, id, as_of, recorded_at, published_on, source, file_name, sha256, reader, issuer,
        is_proxy, is_retraction, net_assets, receipt, digest, member_count, sector_labels, load_id
    ) VALUES (
        NEW.group_id, NEW.id, NEW.as_of, NEW.recorded_at, NEW.published_on, NEW.source,
        NEW.file_name, NEW.sha256, NEW.reader, NEW.issuer, NEW.is_proxy, NEW.is_retraction,
        NEW.net_assets, NEW.receipt, NEW.digest, NEW.member_count, NEW.sector_labels, NEW.load_id
    );
    INSERT INTO stockgroups.snapshot_members (
        group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
        industry_codes, member_metadata
    ) VALUES (
        NEW.group_id, NEW.id, NEW.as_of, NEW.ref_ids, NEW.weights, NEW.shares, NEW.sector_codes,
        NEW.industry_labels, NEW.industry_codes, NEW.member_metadata
    );
    RETURN NEW;
END
$body$;
CREATE TRIGGER add_full_snapshot INSTEAD OF INSERT ON stockgroups.full_snapshots
    FOR EACH ROW EXECUTE FUNCTION stockgroups.add_full_snapshot()

-- name: list_publications
-- Those that publish snapshots by name: from now on their members too.
SELECT p.pubname::text
FROM pg_publication p
JOIN pg_publication_rel r ON r.prpubid = p.oid
WHERE r.prrelid = 'stockgroups.snapshots'::regclass

-- name: give_back_space
-- What the columns took that were dropped, and rows as they were before, is free once all is written anew.
VACUUM (FULL, ANALYZE) stockgroups.snapshots

-- name: analyze
ANALYZE stockgroups.snapshot_members

-- name: take_others
-- The rows of the partition of all other dates that belong to a new one.
DELETE FROM stockgroups.snapshot_members_other
WHERE as_of >= %(since)s AND as_of <= %(until)s
RETURNING group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
          industry_codes, member_metadata

-- name: prepare_undo
ALTER TABLE stockgroups.snapshots
    ADD COLUMN IF NOT EXISTS ref_ids integer[],
    ADD COLUMN IF NOT EXISTS weights double precision[],
    ADD COLUMN IF NOT EXISTS shares double precision[],
    ADD COLUMN IF NOT EXISTS sector_codes smallint[],
    ADD COLUMN IF NOT EXISTS industry_labels text[],
    ADD COLUMN IF NOT EXISTS industry_codes smallint[],
    ADD COLUMN IF NOT EXISTS member_metadata jsonb;
ALTER TABLE stockgroups.snapshots
    ALTER COLUMN ref_ids SET STORAGE EXTERNAL,
    ALTER COLUMN weights SET STORAGE EXTERNAL,
    ALTER COLUMN shares SET STORAGE EXTERNAL

-- name: fill_back
UPDATE stockgroups.snapshots s
SET ref_ids = m.ref_ids, weights = m.weights, shares = m.shares, sector_codes = m.sector_codes,
    industry_labels = m.industry_labels, industry_codes = m.industry_codes,
    member_metadata = m.member_metadata
FROM stockgroups.snapshot_members m
WHERE m.as_of = s.as_of AND m.group_id = s.group_id AND m.snapshot_id = s.id
  AND s.as_of >= %(since)s AND s.as_of <= %(until)s AND s.ref_ids IS NULL AND NOT s.is_retraction

-- name: stop_using
DROP TRIGGER add_full_snapshot ON stockgroups.full_snapshots;
DROP FUNCTION stockgroups.add_full_snapshot();
ALTER TABLE stockgroups.snapshot_members RENAME TO snapshot_members_leaving

-- name: unite
DROP TABLE stockgroups.snapshot_members_leaving;
ALTER TABLE stockgroups.snapshots
    ADD CONSTRAINT snapshots_is_retraction_check CHECK (is_retraction = (ref_ids IS NULL))
