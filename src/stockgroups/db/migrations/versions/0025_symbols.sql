-- Refs by their symbol, without going through all of them.
CREATE INDEX refs_symbol_idx ON stockgroups.refs (symbol);
