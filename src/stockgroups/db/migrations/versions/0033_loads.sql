-- The snapshots that a load recorded. They are written one after another, so BRIN suffices, which takes
-- a thousandth of the space of a B-tree and no time to write.
CREATE INDEX snapshots_load_id_idx ON stockgroups.snapshots USING brin (load_id)
    WITH (pages_per_range = 16);
