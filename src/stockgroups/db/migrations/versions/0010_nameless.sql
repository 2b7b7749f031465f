-- A ref with neither ticker nor ISIN has no symbol; other identifiers resolve it.
ALTER TABLE stockgroups.refs ALTER COLUMN symbol DROP NOT NULL;

COMMENT ON COLUMN stockgroups.refs.symbol IS
    'Canonical spelling of what was reported; NULL where neither ticker nor ISIN tells it';
COMMENT ON COLUMN stockgroups.holdings.symbol IS
    'Symbol that the stock has today; NULL: no source has told one, and it is no member yet';
COMMENT ON COLUMN stockgroups.holdings.reported_symbol IS
    'Symbol as the source reported it; NULL where it reported neither ticker nor ISIN';
