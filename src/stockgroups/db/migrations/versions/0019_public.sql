-- They get more arguments. Where the functions are made for the first time, they have them already.
DROP FUNCTION IF EXISTS stockgroups.effective_snapshot(integer, date, timestamptz);
DROP FUNCTION IF EXISTS stockgroups.current_snapshots(integer, timestamptz);
