-- Entries come from a table of somebody else's: the old default environment alone, `development`,
-- is longer than the names of environments are here.
ALTER TABLE stockgroups.archived_entries
    ALTER COLUMN type TYPE text,
    ALTER COLUMN name TYPE text,
    ALTER COLUMN key TYPE text,
    ALTER COLUMN environment TYPE text;
