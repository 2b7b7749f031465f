-- Entries come from another program's table. Its old default environment, `development`, is longer
-- than our environment names.
ALTER TABLE stockgroups.archived_entries
    ALTER COLUMN type TYPE text,
    ALTER COLUMN name TYPE text,
    ALTER COLUMN key TYPE text,
    ALTER COLUMN environment TYPE text;
