-- Marks retractions in the row itself: the members may be in another table.
ALTER TABLE stockgroups.snapshots ADD COLUMN is_retraction boolean NOT NULL DEFAULT false;
UPDATE stockgroups.snapshots SET is_retraction = true WHERE ref_ids IS NULL;
ALTER TABLE stockgroups.snapshots
    ADD CONSTRAINT snapshots_is_retraction_check CHECK (is_retraction = (ref_ids IS NULL));
COMMENT ON COLUMN stockgroups.snapshots.is_retraction IS
    'Whether it holds nothing and takes back what was recorded before for its date';
-- The function gets another argument.
DROP FUNCTION IF EXISTS stockgroups.positions_of(integer, bigint);
\ir ../snapshot_views.sql
\ir ../functions.sql
