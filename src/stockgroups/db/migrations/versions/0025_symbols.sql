-- Finds refs by their symbol.
CREATE INDEX refs_symbol_idx ON stockgroups.refs (symbol);
