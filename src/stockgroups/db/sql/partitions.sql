-- The members of snapshots in partitions, one for each year.

-- name: list_years
-- The years that have a partition.
SELECT substring(c.relname FROM '_([0-9]+)$')::int AS year
FROM pg_inherits i
JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = to_regclass('stockgroups.' || %(table)s::text) AND c.relname ~ '_[0-9]+$'
ORDER BY year

-- name: create_others
-- The partition of all dates without a partition of their own.
CREATE TABLE IF NOT EXISTS stockgroups.snapshot_members_other
    PARTITION OF stockgroups.snapshot_members_coming DEFAULT;
COMMENT ON TABLE stockgroups.snapshot_members_coming IS
    'Members of snapshots, partitioned by the year of the as-of date; read the view full_snapshots'

-- name: add_key
-- Deleting a snapshot deletes its members. The key comes last: checked row by row, it would write to
-- every snapshot.
ALTER TABLE stockgroups.snapshot_members_coming
    ADD CONSTRAINT snapshot_members_snapshots_fkey FOREIGN KEY (group_id, snapshot_id)
    REFERENCES stockgroups.snapshots (group_id, id) ON DELETE CASCADE

-- name: begin_using
-- The table has its name only after all members are copied: by the name snapshot_views.sql knows what
-- to read.
ALTER TABLE stockgroups.snapshot_members_coming RENAME TO snapshot_members

-- name: list_publications
-- The publications that publish snapshots by name. They publish the members too from now on.
SELECT p.pubname::text
FROM pg_publication p
JOIN pg_publication_rel r ON r.prpubid = p.oid
WHERE r.prrelid = 'stockgroups.snapshots'::regclass

-- name: take_others
-- Remove the rows of a new partition from the partition of all other dates.
DELETE FROM stockgroups.snapshot_members_other
WHERE as_of >= %(since)s AND as_of <= %(until)s
RETURNING group_id, snapshot_id, as_of, ref_ids, weights, shares, sector_codes, industry_labels,
          industry_codes, member_metadata

-- name: stop_using
ALTER TABLE stockgroups.snapshot_members RENAME TO snapshot_members_leaving

-- name: drop_table
DROP TABLE stockgroups.snapshot_members_leaving
