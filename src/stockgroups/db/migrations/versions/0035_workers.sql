-- What is asked of many snapshots is computed where their members are.
\ir ../snapshot_views.sql
DROP FUNCTION IF EXISTS stockgroups.members_in(integer[], bigint[], date[]);
