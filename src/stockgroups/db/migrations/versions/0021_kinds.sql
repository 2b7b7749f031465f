-- Reading a run of another kind would be a fault of the program: the table holds none.
ALTER TABLE stockgroups.ref_runs
    ADD CONSTRAINT ref_runs_kind_check CHECK (kind IN ('issuer', 'nport', 'proxy'));
