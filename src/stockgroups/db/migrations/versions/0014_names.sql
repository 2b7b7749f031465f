-- Dropped with the function that calls it; a later revision creates both again.
DROP FUNCTION IF EXISTS stockgroups.standing_snapshots(integer, timestamptz) CASCADE;

ALTER VIEW stockgroups.ref_meanings RENAME TO ref_securities;
COMMENT ON VIEW stockgroups.ref_securities IS
    'Which security a ref is, from valid_from up to, not with, valid_to';
