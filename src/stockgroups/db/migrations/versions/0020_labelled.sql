-- Finds the newest snapshot with labels of a group without reading those that have none.
CREATE INDEX snapshots_group_id_as_of_idx
    ON stockgroups.snapshots (group_id, as_of DESC, id DESC) WHERE sector_labels IS NOT NULL;
