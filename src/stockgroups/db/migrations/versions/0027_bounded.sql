-- What a load asks for, without going through all that is recorded: the runs of some refs, what maps of
-- symbols state about some symbols, and whether a newer map of the same name replaces one. Without a
-- list of pending entries, which each look-up would go through.
CREATE INDEX ref_runs_ref_ids_idx ON stockgroups.ref_runs USING gin (ref_ids) WITH (fastupdate = off);
CREATE INDEX directories_steps_idx ON stockgroups.directories
    USING gin (jsonb_path_query_array(receipt, '$.steps[*][0,2]')) WHERE source = 'symbol_map';
CREATE INDEX directories_maps_idx ON stockgroups.directories (file_name, as_of, id)
    WHERE source = 'symbol_map';
