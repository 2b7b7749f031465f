-- The table holds no other kinds; reading one would be a fault of the program.
ALTER TABLE stockgroups.ref_runs
    ADD CONSTRAINT ref_runs_kind_check CHECK (kind IN ('issuer', 'nport', 'proxy'));
