-- These functions get more arguments. A new database creates them with all arguments.
DROP FUNCTION IF EXISTS stockgroups.effective_snapshot(integer, date, timestamptz);
DROP FUNCTION IF EXISTS stockgroups.current_snapshots(integer, timestamptz);
