-- Where the members of snapshots are stored: in `snapshots`, in `snapshot_members` (partitioned by year), or
-- in `distributed_members` (on other servers). In braces: the table that they move to.

-- name: read_layout
SELECT to_regclass('stockgroups.snapshot_members') IS NOT NULL,
       to_regprocedure('stockgroups.members_of(integer, bigint)') IS NOT NULL

-- name: count_years
-- The number of snapshots of each year, oldest first. Infinite dates, and those before our era, have no
-- year.
SELECT extract(year FROM as_of)::int AS year, count(*)
FROM stockgroups.snapshots
WHERE as_of >= '0001-01-01' AND as_of < '9999-01-01'
GROUP BY year
ORDER BY year

-- name: create_table
CREATE TABLE IF NOT EXISTS stockgroups.{members} (
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
    {rest};
ALTER TABLE stockgroups.{members}
    ALTER COLUMN ref_ids SET STORAGE EXTERNAL,
    ALTER COLUMN weights SET STORAGE EXTERNAL,
    ALTER COLUMN shares SET STORAGE EXTERNAL

-- name: list_filled
-- The snapshots between two days whose members were copied. A temporary table, because Citus does not
-- join a table of this server with one that it distributes.
CREATE TEMPORARY TABLE filled ON COMMIT DROP AS
SELECT group_id, snapshot_id FROM stockgroups.{members}
WHERE as_of >= {since} AND as_of <= {until}

-- name: fill
-- Copy the members of the snapshots between two days, except those copied before. Members never change.
INSERT INTO stockgroups.{members} (
    group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
    industry_codes, member_metadata
)
SELECT s.group_id, s.id, s.as_of, s.ref_ids, s.weights, s.shares, s.sector_codes, s.industry_labels,
       s.industry_codes, s.member_metadata
FROM stockgroups.snapshots s
WHERE s.as_of >= %(since)s AND s.as_of <= %(until)s
  AND NOT EXISTS (
      SELECT FROM pg_temp.filled f WHERE f.group_id = s.group_id AND f.snapshot_id = s.id
  )

-- name: list_strays
-- Copied members whose snapshot was deleted meanwhile.
SELECT coalesce(array_agg(f.group_id), '{{}}'), coalesce(array_agg(f.snapshot_id), '{{}}')
FROM pg_temp.filled f
WHERE NOT EXISTS (
    SELECT FROM stockgroups.snapshots s WHERE s.group_id = f.group_id AND s.id = f.snapshot_id
)

-- name: delete_strays
DELETE FROM stockgroups.{members} m
WHERE m.group_id = ANY (%(group_ids)s::int[]) AND m.snapshot_id = ANY (%(snapshot_ids)s::bigint[])

-- name: drop_filled
DROP TABLE pg_temp.filled

-- name: lock_readers
-- Other readers wait behind this lock. So the wait for it is short.
SET LOCAL lock_timeout = '15s';
LOCK TABLE stockgroups.snapshots IN ACCESS EXCLUSIVE MODE;
SET LOCAL lock_timeout = 0

-- name: drop_columns
-- After the views read the other table.
ALTER TABLE stockgroups.snapshots
    DROP COLUMN ref_ids, DROP COLUMN weights, DROP COLUMN shares, DROP COLUMN sector_codes,
    DROP COLUMN industry_labels, DROP COLUMN industry_codes, DROP COLUMN member_metadata

-- name: add_columns
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
FROM stockgroups.full_snapshots m
WHERE m.group_id = s.group_id AND m.id = s.id AND m.as_of = s.as_of
  AND s.as_of >= %(since)s AND s.as_of <= %(until)s AND s.ref_ids IS NULL AND NOT s.is_retraction

-- name: add_check
ALTER TABLE stockgroups.snapshots
    ADD CONSTRAINT snapshots_is_retraction_check CHECK (is_retraction = (ref_ids IS NULL))

-- name: give_back_space
-- Write the table anew: that frees the space of dropped columns and of older versions of rows.
VACUUM (FULL, ANALYZE) stockgroups.snapshots

-- name: analyze
ANALYZE stockgroups.{members}
