-- The functions were made again before this, so that nothing calls the old one. Databases of the
-- later revisions have never had it.
DROP FUNCTION IF EXISTS stockgroups.standing_snapshots(integer, timestamptz);

ALTER VIEW stockgroups.ref_meanings RENAME TO ref_securities;
COMMENT ON VIEW stockgroups.ref_securities IS
    'Which security a ref is, from valid_from up to, not with, valid_to';
