-- A row that is too large for a quarter of a page is made this small, not only as small as has to be. So
-- receipts are compressed to half also if storing the members apart is enough: 360 bytes a snapshot.
-- Rows that are there stay as they are.
ALTER TABLE stockgroups.snapshots SET (toast_tuple_target = 1024);
