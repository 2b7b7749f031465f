DROP INDEX stockgroups.directories_steps_idx;
CREATE INDEX directories_steps_idx ON stockgroups.directories
    USING gin (jsonb_path_query_array(receipt, '$.steps[*][0,2]')) WITH (fastupdate = off)
    WHERE source = 'symbol_map';
